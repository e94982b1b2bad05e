"""Row-diffs of the books as rows to look at, cut to what a page can hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dprep.base import rowdiff

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Sample:
    """A row as it was and as it became; None where it was not there, or must not be seen."""

    before: Row | None
    after: Row | None
    note: str = ""
    """Why it left, with what was measured of it, as the books say it."""


@dataclass(frozen=True)
class Near:
    """A row near a bound."""

    value: float
    row: Row


def sample(text: str) -> Sample:
    """One sample of the books: a line, or two of a row that changed."""
    lines = rowdiff.parse(text)
    before = next((line.row for line in lines if line.sign != "+"), None)
    after = next((line.row for line in lines if line.sign == "+"), None)
    return Sample(before, after, next((line.reason for line in lines if line.reason), ""))


def near(told: Iterable[tuple[float, str]]) -> tuple[Near, ...]:
    """Rows on one side of a bound as the books have them: number and row-diff."""
    return tuple(Near(value, (rowdiff.after(lines) or rowdiff.before(lines))[0]) for value, lines in _parsed(told))


def _parsed(told: Iterable[tuple[float, str]]) -> Iterable[tuple[float, list[rowdiff.Line]]]:
    return ((value, rowdiff.parse(text)) for value, text in told)


def cut(shown: Sample, most: int) -> Sample:
    """Texts of at most `most` characters; of a row that changed what stands around the first difference."""
    if shown.before is None or shown.after is None:
        return replace(shown, before=_short(shown.before, most), after=_short(shown.after, most))
    pairs = {name: _around(value, shown.after.get(name), most) for name, value in shown.before.items()}
    after = {name: pairs[name][1] if name in pairs else value for name, value in shown.after.items()}
    return replace(shown, before={name: old for name, (old, _) in pairs.items()}, after=after)


def cut_near(each: Near, most: int) -> Near:
    """Texts of at most `most` characters."""
    return replace(each, row=_short(each.row, most) or {})


def weight(row: Row | None) -> int:
    """Characters that a row takes on a page, about."""
    return 0 if row is None else sum(len(str(value)) for value in row.values())


def _short(row: Row | None, most: int) -> Row | None:
    return None if row is None else {name: _cut(value, most) for name, value in row.items()}


def _cut(value: Any, most: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= most else f"{value[:most]}…"
    if isinstance(value, list):
        return [_cut(each, most // max(1, min(len(value), 4))) for each in value]
    return {name: _cut(each, most) for name, each in value.items()} if isinstance(value, dict) else value


def _around(old: Any, new: Any, most: int) -> tuple[Any, Any]:
    if not isinstance(old, str) or not isinstance(new, str):
        return _cut(old, most), _cut(new, most)
    same = next(
        (place for place, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), min(len(old), len(new))
    )
    start = max(0, same - most // 3) if max(len(old), len(new)) > most else 0
    return _cut(("…" if start else "") + old[start:], most), _cut(("…" if start else "") + new[start:], most)
