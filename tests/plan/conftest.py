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
    "ops/filter/raising.py": "LIMITS = {}\n\nLEAST = LIMITS['least']\n",
    "ops/filter/leaving.py": "import sys\n\nsys.exit(3)\n",
    "ops/filter/bare.py": "from dprep.base.operator import Filter\n\n\nclass Bare(Filter):\n    pass\n",
    "ops/filter/orphan.py": "from dprep.base.operator import Operator\n\n\nclass Orphan(Operator):\n    pass\n",
    "ops/filter/untyped.py": "from dprep.base.operator import Filter\n\n\nclass Untyped(Filter):\n    min_size = 3\n",
    "ops/filter/refusing.py": (
        "from dprep.base.operator import Filter\n\n\nclass Refusing(Filter):\n"
        "    def measure(self, text):\n        return {}\n\n"
        "    def model_post_init(self, context):\n        raise RuntimeError('not today. Nor tomorrow')\n"
    ),
    "ops/filter/counted.py": (
        "from dprep.base.operator import Filter\n\n\nclass Counted(Filter):\n    min_size: int = 0\n\n"
        "    def measure(self, text):\n        return {}\n\n    def reads(self):\n        return 10 // self.min_size\n"
    ),
    "ops/tag/topics.py": (
        "import polars as pl\n\nfrom dprep.base.operator import Tag, Words\n\n\nclass Topics(Tag):\n"
        "    names: Words = ()\n    least: float = 0.5\n\n"
        "    def notes(self):\n        return {name: pl.Float64() for name in self.names}\n\n"
        "    def note(self, text):\n        return {}\n"
    ),
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
