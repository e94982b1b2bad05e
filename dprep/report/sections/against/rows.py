"""What became of the rows from one version to another, with a few of them to look at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, overload

import polars as pl

from dprep.base import rowdiff
from dprep.report.reading.found import Found
from dprep.store.compare import Difference, Group, Row, compare

GROUPS = 40
"""Groups that are listed; the largest of each fate come first."""
SAMPLES = 3
"""Rows shown of a group."""
LONGEST = 400
"""Characters shown of a text."""
BEFORE = 60
"""Characters shown before the first that differs."""
OUTSIDE = ""
"""Stands for `no part`: the row is not in that version."""


@dataclass(frozen=True)
class Edit:
    """A column of a row that both versions have, around where it first differs."""

    column: str
    before: str
    after: str


@dataclass(frozen=True)
class ChangedRow:
    """A row that both have and that differs."""

    id: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class GroupFacts:
    """Rows that share their fate, step and reason."""

    fate: str
    """removed, added or changed."""
    step: str
    reason: str
    """For changes the columns that differ."""
    rows: int
    ids: tuple[str, ...]
    lines: tuple[str, ...]
    """Row-diff of the first ones that were added or removed, texts cut."""
    changed: tuple[ChangedRow, ...]


@dataclass(frozen=True)
class RowsFacts:
    """old rows - removed + added = new rows; same + changed = the rows that both have."""

    removed: int
    added: int
    changed: int
    same: int
    groups: tuple[GroupFacts, ...]
    groups_in_all: int
    columns: tuple[tuple[str, int], ...]
    """Columns that both have, with the rows that differ in them."""
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    recipe: tuple[str, ...]
    """Steps that differ, in words."""


@dataclass(frozen=True)
class MovedFacts:
    """How many rows went from which part of the old version to which of the new; OUTSIDE stands for neither."""

    old_parts: tuple[str, ...]
    new_parts: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    """A line per old part, a column per new part."""
    held_out_to_train: tuple[tuple[str, int], ...]
    """Old parts that were not trained on, and how many of their rows are in `train` now."""
    train_to_held_out: tuple[tuple[str, int], ...]
    """New parts that are not trained on, and how many of their rows were in `train`."""


def rows_facts(new: Found, old: Found) -> RowsFacts:
    """The difference of the two versions, bounded."""
    difference = compare(old.version, new.version, SAMPLES, _cut)
    counts = sorted(difference.columns.items(), key=lambda item: (-item[1], item[0]))
    return RowsFacts(
        difference.rows("removed"),
        difference.rows("added"),
        difference.rows("changed"),
        difference.same,
        tuple(_group(group) for group in _largest(difference)),
        len(difference.groups),
        tuple(counts),
        difference.columns_added,
        difference.columns_removed,
        difference.recipe,
    )


def _largest(difference: Difference) -> list[Group]:
    """At most GROUPS, in the order that the difference has them: by fate, the largest first."""
    if len(difference.groups) <= GROUPS:
        return list(difference.groups)
    ranked = sorted(range(len(difference.groups)), key=lambda place: (-difference.groups[place].rows, place))
    return [difference.groups[place] for place in sorted(ranked[:GROUPS])]


def _group(group: Group) -> GroupFacts:
    if group.fate != "changed":
        return GroupFacts(group.fate, group.step, group.reason, group.rows, group.ids, tuple(_bare(group)), ())
    rows = [rowdiff.parse(line)[0].row for line in group.samples]
    pairs = zip(group.ids, rows[::2], rows[1::2], strict=True)
    changed = tuple(ChangedRow(id, tuple(_edits(before, after))) for id, before, after in pairs)
    return GroupFacts(group.fate, group.step, group.reason, group.rows, group.ids, (), changed)


def _bare(group: Group) -> Iterator[str]:
    """Its lines without the reason, which stands above them."""
    for line in group.samples:
        told = rowdiff.parse(line)[0]
        yield rowdiff.line(told.sign, told.row)


def _edits(before: Row, after: Row) -> Iterator[Edit]:
    for column in before:
        if column in after and before[column] != after[column]:
            yield Edit(column, _text(before[column]), _text(after[column]))


def _cut(before: Row | None, after: Row | None) -> tuple[Row | None, Row | None]:
    """Long values from shortly before the first character that differs; alone, from their beginning."""
    if before is None or after is None:
        return _beginning(before), _beginning(after)
    names = [name for name in before if name in after]
    windows = {name: _around(before[name], after[name]) for name in names}
    old, new = ({name: window[side] for name, window in windows.items()} for side in (0, 1))
    return {**_beginning(before), **old}, {**_beginning(after), **new}


@overload
def _beginning(row: Row) -> Row: ...
@overload
def _beginning(row: Row | None) -> Row | None: ...
def _beginning(row: Row | None) -> Row | None:
    return None if row is None else {name: _around(value, value)[0] for name, value in row.items()}


def _around(before: Any, after: Any) -> tuple[Any, Any]:
    """Both as they are where they are short; else as text, cut."""
    if all(value is None or isinstance(value, (int, float)) for value in (before, after)):
        return before, after
    old, new = _text(before), _text(after)
    if max(len(old), len(new)) <= LONGEST:
        return before, after
    start = 0 if old == new else max(0, _alike(old, new) - BEFORE)
    return _window(old, start), _window(new, start)


def _alike(a: str, b: str) -> int:
    """How many characters both begin with, found by halving: a text may have millions."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if a.startswith(b[:middle]) else (low, middle - 1)
    return low


def _window(text: str, start: int) -> str:
    shown = text[start : start + LONGEST]
    return f"{'… ' if start else ''}{shown}{' …' if len(text) > start + LONGEST else ''}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def moved_facts(new: Found, old: Found) -> MovedFacts:
    """Every row of both versions by its two parts."""
    left, right = (_parts(found) for found in (old, new))
    told = left.join(right, on="id", how="full", suffix="__new", coalesce=True).group_by("part", "part__new").len()
    counted = {(a or OUTSIDE, b or OUTSIDE): count for a, b, count in told.iter_rows()}
    old_parts, new_parts = (*old.parts, OUTSIDE), (*new.parts, OUTSIDE)
    counts = tuple(tuple(counted.get((a, b), 0) for b in new_parts) for a in old_parts)
    to_train = [(part, counted.get((part, "train"), 0)) for part in old.parts if part != "train"]
    from_train = [(part, counted.get(("train", part), 0)) for part in new.parts if part != "train"]
    return MovedFacts(old_parts, new_parts, counts, tuple(x for x in to_train if x[1]), tuple(x for x in from_train if x[1]))


def _parts(found: Found) -> pl.DataFrame:
    """`id` and `part` of all rows."""
    return found.version.scan().select("id", "part").collect(engine="streaming")
