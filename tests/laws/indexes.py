"""The small indexes in `files/` that the examples of `dedup.against` and `dedup.decontaminate` name, and what they hold.

`python -m tests.laws.indexes` writes them anew, which is needed when sketches or shingles change.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from dprep import api

FILES = Path(__file__).parent / "files"
OLD = [
    "The quick brown fox jumps over the lazy dog by the old river bank in May",
    "请问我的订单什么时候可以发货？",
    "lost and found",
]
RIDDLES = [
    "A farmer has seventeen sheep, and all but nine of them run away one night. How many are left?",
    "What is the tallest mountain in the whole solar system?",
    "Who wrote it?",
]
MATH = [
    "Natalia sold clips to forty-eight of her friends in April, and then she sold half as many clips in May.",
    "小明有十二个苹果，他给了小红三个，又买了五个，问小明现有几个苹果？",
]


def make(folder: Path) -> dict[str, Path]:
    """Make the indexes in `folder`; name -> where each is."""
    for name, column, texts in (("old", "text", OLD), ("riddles", "question", RIDDLES), ("math", "question", MATH)):
        lines = [json.dumps({column: text}, ensure_ascii=False) for text in texts]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    files = [str(folder / f"{name}.jsonl") for name in ("riddles", "math")]
    old = str(folder / "old.jsonl")
    rows = api.index("seen-rows", of=old, store=folder / "store", threshold=0.7, shingles="words", ngram=2)
    items = api.index("benchmarks", kind="benchmark", of=files, store=folder / "store")
    return {"seen-rows": rows.artifact.folder, "benchmarks": items.artifact.folder}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        for name, made in make(Path(temporary)).items():
            shutil.rmtree(FILES / name, ignore_errors=True)
            shutil.copytree(made, FILES / name, ignore=shutil.ignore_patterns("manifest.json"))
