"""Rows for people: what changed, with as much around it as fits a terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dprep.base import rowdiff
from dprep.engine.tally import cut
from dprep.store.versions import DOOR

MARKS = ("cluster", "cluster_size", "similarity")
PLACE = ("id", "origin", "parent", "made_by", "variant", "piece")
HIDDEN = frozenset({*PLACE, *MARKS, *DOOR})
"""Columns that say where a row stands, not what it is."""
MARGIN = 150
"""Characters shown on either side of a change."""


def shown(row: Mapping[str, Any], margin: int = MARGIN) -> dict[str, Any]:
    """The row without empty cells and system columns, long texts cut."""
    return {name: cut(value, 4 * margin) for name, value in row.items() if value is not None and name not in HIDDEN}


def change(before: Mapping[str, Any], after: Mapping[str, Any], margin: int = MARGIN) -> tuple[str, ...]:
    """The cells that differ as row-diff lines, cut to what is around the change; none where nothing that is shown differs."""
    names = [n for n in dict.fromkeys([*before, *after]) if before.get(n) != after.get(n) and n not in HIDDEN]
    pairs = {name: narrowed(before.get(name), after.get(name), margin) for name in names}
    sides = ({name: pair[side] for name, pair in pairs.items() if pair[side] is not None} for side in (0, 1))
    return tuple(rowdiff.line(sign, row) for sign, row in zip(("-", "+"), sides, strict=True)) if pairs else ()  # type: ignore[arg-type]


def narrowed(old: Any, new: Any, margin: int) -> tuple[Any, Any]:
    """Two values, cut alike to what is around their difference; equal parts within become "…"."""
    if isinstance(old, str) and isinstance(new, str):
        return _windows(old, new, margin)
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        pairs = {name: narrowed(old[name], new[name], margin) for name in old if old[name] != new[name]}
        return {name: pair[0] for name, pair in pairs.items()}, {name: pair[1] for name, pair in pairs.items()}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        items = [("…", "…") if a == b else narrowed(a, b, margin) for a, b in zip(old, new, strict=True)]
        kept = [pair for place, pair in enumerate(items) if pair != ("…", "…") or place == 0 or items[place - 1] != pair]
        return [a for a, _ in kept], [b for _, b in kept]
    return cut(old, 4 * margin), cut(new, 4 * margin)


def _windows(old: str, new: str, margin: int) -> tuple[str, str]:
    """Both texts from a little before their first difference to a little after their last."""
    start = _common_start(old, new)
    tail = _common_end(old[start:], new[start:])
    left = max(0, start - margin)
    return _window(old, left, len(old) - tail + margin, margin), _window(new, left, len(new) - tail + margin, margin)


def _window(text: str, left: int, right: int, margin: int) -> str:
    right = min(right, left + 6 * margin)
    return f"{'…' if left else ''}{text[left:right]}{f'… ({len(text):,} characters)' if right < len(text) else ''}"


def _common_start(a: str, b: str) -> int:
    low, high = 0, min(len(a), len(b))
    while low < high:  # by halving: slices compare at memory speed
        middle = (low + high + 1) // 2
        low, high = (middle, high) if a[:middle] == b[:middle] else (low, middle - 1)
    return low


def _common_end(a: str, b: str) -> int:
    return _common_start(a[::-1], b[::-1])


def value_text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer() and abs(value) < 1e15):
        return f"{int(value):,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    return rowdiff.escaped(json.dumps(cut(value), ensure_ascii=False, default=str))
