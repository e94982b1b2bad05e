"""Records that could not be read, counted by reason, with the first of each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FIRST = 3
"""Records shown per reason."""


@dataclass(frozen=True)
class Rejection:
    """All records rejected for one reason."""

    reason: str
    count: int
    first: list[Mapping[str, Any]] = field(default_factory=list)
    """`file`, `line`, `detail`, `raw` of the first ones, in the order of the files."""


def rejections(folder: Path) -> list[Rejection]:
    """The rejected records of the version in `folder`, the most frequent reason first."""
    counts: Counter[str] = Counter()
    first: dict[str, list[Mapping[str, Any]]] = {}
    for path in sorted((folder / "rejected").glob("*.jsonl")):
        with path.open(encoding="utf-8", errors="backslashreplace") as lines:
            for line in lines:
                record = json.loads(line)
                reason = str(record["reason"])
                counts[reason] += 1
                if counts[reason] <= FIRST:
                    first.setdefault(reason, []).append(record)
    return [
        Rejection(reason, count, first[reason])
        for reason, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
