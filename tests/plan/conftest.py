"""A folder of small inputs that recipes of these tests read."""

from __future__ import annotations

from pathlib import Path

import pytest

FILES = {
    "mail.jsonl": '{"text": "hello", "label": "greeting", "score": 0.5, "lang": "en", "customer": "a"}\n' * 3,
    "tickets.jsonl": '{"id": 1, "body": {"html": "<p>x"}, "intent": "refund"}\n',
    "chat.jsonl": '{"messages": [{"role": "user", "content": "hi"}]}\n',
    "qa.jsonl": '{"context": "a b", "question": "b?", "answers": {"text": ["b"], "answer_start": [2]}}\n',
    "ner.conll": "Ada B-PER\nsat O\n",
    "reasons.jsonl": '{"text": "x", "label": "a", "why": "late"}\n',
    "table.csv": "text;label\na;b\n",
    "data.dat": "?",
    "ops/filter/broken.py": "def (:\n",
    "ops/filter/empty.py": "X = 1\n",
    "ops/filter/needy.py": "import nowhere_to_be_found\n",
}


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, as the current one."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DPREP_ROOT", raising=False)
    return tmp_path
