"""The check for leaks within a run: which rows leak, and what is told of them.

Kinds of leaks are the places in `base.leaks.REASONS`, from 1; 0: none.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.leaks import REASONS, TRAIN, Leaks
from dprep.base.problem import Error, fail
from dprep.base.step import Step
from dprep.engine.blocks import write_frame
from dprep.engine.leak_blocks import Codes, Names, RunBlock, families, part_names, run_blocks
from dprep.engine.leak_search import Searched, Wanted, search_equal, search_measured
from dprep.engine.pool import Pool
from dprep.engine.stages import Handle

MOST_PARTS = 64
"""A mask has so many bits."""
_EXAMPLES = 3
"""Rows of each two parts that are named."""
_EXACT, _CHILD, _NEAR = 1, 2, 3


@dataclass(frozen=True)
class _Found:
    """Rows that leak, each once, with what it meets in a group of a smaller number."""

    row: Codes
    kind: Codes
    other: Codes
    """The group that it meets."""
    twin: Codes
    """The row that it meets there."""
    similarity: npt.NDArray[np.float32]


def decide_leaks(
    step: Step, op: Leaks, blocks: Sequence[Handle], verdicts: Sequence[str], folder: Path, pool: Pool
) -> dict[str, Any]:
    """Write the verdict of every block; what is counted. Raises Error (`leaks`) where none may be."""
    groups = _ordered(op, part_names(blocks))
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="work-") as work:
        rows = run_blocks(step, blocks, groups, Path(work))
        if len(groups) < 2:
            return _told(op, [], rows, verdicts, None)
        if len(groups) > MOST_PARTS:
            help = f"the most is {MOST_PARTS}: join parts, or leave the check out"
            raise fail("too-many-parts", f"{len(groups)} parts are more than can be compared for leaks", help)
        searched = _searched(op, rows, len(groups) - 1, Path(work), pool)
        whole = _Rows(rows, searched)
        return _told(op, _pairs(whole, groups), rows, verdicts, searched)


def _ordered(op: Leaks, names: set[str]) -> list[str]:
    """The parts in the order in which each is compared with those before it: what is trained on first, what is tested on last.
    Where rows of `train` are to be found, it is compared with all others.
    """
    if op.leak == "drop-from-train":
        return sorted(names, key=lambda name: (name == TRAIN, name == "test", name))
    return sorted(names, key=lambda name: (name != TRAIN, name == "test", name))


def _searched(op: Leaks, rows: Sequence[RunBlock], targets: int, folder: Path, pool: Pool) -> Searched:
    near = op.near()
    if near is None:
        return search_equal(rows, targets, folder)
    profile = np.sum([block.profile() for block in rows], axis=0)
    return search_measured(rows, profile, targets, Wanted(*near), folder, pool, lambda *_: None)


class _Rows:
    """All rows, with what is known of each."""

    def __init__(self, blocks: Sequence[RunBlock], searched: Searched) -> None:
        self.blocks, self.searched = blocks, searched
        self.member = searched.of_row.array
        self.group = np.concatenate([block.groups().astype(np.uint8) for block in blocks])
        self.family = families(blocks)
        self.family_masks = np.zeros(0, np.uint64)
        if self.family is not None:
            self.family_masks = np.zeros(int(self.family.max()) + 1, np.uint64)
            np.bitwise_or.at(self.family_masks, self.family, np.uint64(1) << self.group.astype(np.uint64))
            self.family_masks[0] = 0

    def kinds(self, one: int, other: int) -> tuple[Codes, Codes, npt.NDArray[np.float32]]:
        """The rows of group `one` that leak into `other`, how, and how alike they are."""
        rows = np.flatnonzero(self.group == one)
        exact, alike = self.searched.twins(self.member[rows], other)
        kind = np.where(exact, _EXACT, np.where(alike > 0, _NEAR, 0))
        if self.family is not None:
            related = (self.family_masks[self.family[rows]] >> np.uint64(other)) & np.uint64(1) == np.uint64(1)
            kind = np.where(related & ~exact, _CHILD, kind)
        found = kind > 0
        return rows[found], kind[found], alike[found]

    def twins(self, rows: Codes, kind: Codes, other: int) -> Codes:
        """For each of `rows` a row that it meets in group `other`: of several the one with the smallest key."""
        if not len(rows):
            return rows
        theirs = np.flatnonzero(self.group == other)
        member = self.member[rows].astype(np.int64)
        near = kind == _NEAR
        member[near] = self.searched.partner[other, self.searched.slot[member[near]]]
        child = kind == _CHILD
        found = np.empty(len(rows), np.int64)
        found[~child] = self._first(theirs, self.member, member[~child])
        if self.family is not None:
            found[child] = self._first(theirs, self.family, self.family[rows[child]])
        return found

    def _first(self, theirs: Codes, values: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> Codes:
        """For each of `wanted` the row of `theirs` whose value it is."""
        fit = theirs[np.isin(values[theirs], wanted)]
        fit = fit[np.lexsort((self.keys[fit], values[fit]))]
        return fit[np.searchsorted(values[fit], wanted)]

    @cached_property
    def keys(self) -> npt.NDArray[np.uint64]:
        """(rows,) a number of each, whatever their order."""
        return np.concatenate([block.keys() for block in self.blocks])


@dataclass(frozen=True)
class _Pair:
    """One part against another."""

    part: str
    against: str
    rows: int
    found: _Found


def _pairs(whole: _Rows, groups: Sequence[str]) -> list[_Pair]:
    pairs = []
    sizes = np.bincount(whole.group, minlength=len(groups))
    for one in range(len(groups)):
        for other in range(one):
            rows, kind, alike = whole.kinds(one, other)
            twins = whole.twins(rows, kind, other)
            found = _Found(rows, kind, np.full(len(rows), other), twins, np.where(kind == _CHILD, np.nan, alike))
            pairs.append(_Pair(groups[one], groups[other], int(sizes[one]), found))
    return pairs


def _told(
    op: Leaks,
    pairs: Sequence[_Pair],
    rows: Sequence[RunBlock],
    verdicts: Sequence[str],
    searched: Searched | None,
) -> dict[str, Any]:
    """Write the verdicts; the notes. Raises Error where there is a leak and none may be."""
    ids = Names(rows)
    notes: dict[str, Any] = {"leaks": sum(len(pair.found.row) for pair in pairs)}
    if searched is not None and op.near() is not None:
        kind = "characters" if searched.shape.characters else "words"
        notes |= {"shingles": kind, "ngram": searched.shape.ngram, "compared": searched.pairs, "cut": searched.cut}
    notes["pairs"] = [_pair(pair, ids) for pair in pairs]
    if op.leak == "fail" and notes["leaks"]:
        raise _failed(notes)
    _write_verdicts(pairs, rows, verdicts, ids)
    return notes


def _pair(pair: _Pair, names: Names) -> dict[str, Any]:
    found = pair.found
    counts = np.bincount(found.kind, minlength=len(REASONS) + 1)
    counted = {reason.removeprefix("leak."): int(counts[kind]) for kind, reason in enumerate(REASONS, 1)}
    order = np.lexsort((found.row, found.kind))[:_EXAMPLES]
    examples = [
        {"why": REASONS[found.kind[k] - 1], "row": names.of(int(found.row[k])), "twin": names.of(int(found.twin[k]))}
        for k in order
    ]
    return {"part": pair.part, "against": pair.against, "rows": pair.rows, **counted, "examples": examples}


def _failed(notes: dict[str, Any]) -> Error:
    told, seen = [], []
    for pair in notes["pairs"]:
        kinds = [f"{pair[kind]:,} {kind}" for kind in ("exact", "child", "near") if pair[kind]]
        if kinds:
            told.append(f"{', '.join(kinds)} of `{pair['part']}` in `{pair['against']}`")
            seen += [f"{one['row']['origin']} and {one['twin']['origin']}" for one in pair["examples"]]
    rows = notes["leaks"]
    verb = "row is in one part and has" if rows == 1 else "rows are in one part and have"
    sentence = f"{rows:,} {verb} a twin in another: {'; '.join(told)}"
    cures = 'set `leak = "drop-from-train"` in the split to take them out of `train`, or `leak = "report"` to count them only'
    return fail("leaks", sentence, f"for example {'; '.join(seen[:_EXAMPLES])}; {cures}")


def _write_verdicts(pairs: Sequence[_Pair], rows: Sequence[RunBlock], verdicts: Sequence[str], names: Names) -> None:
    """One line for every row that leaks: its place among those of the block that the step acts on, and its worst leak."""
    found = _once([pair.found for pair in pairs])
    whole = pl.DataFrame(
        {
            "row": found.row,
            "reason": pl.Series([REASONS[kind - 1] for kind in found.kind.tolist()], dtype=pl.String),
            "twin": names.ids(found.twin),
            "similarity": pl.Series([float(str(x)) for x in found.similarity], dtype=pl.Float64).fill_nan(None),
        }
    )
    for number, verdict in enumerate(verdicts):
        first, end = names.starts[number], names.starts[number + 1]
        here = whole.filter((pl.col("row") >= first) & (pl.col("row") < end))
        write_frame(Path(verdict), here.with_columns(pl.col("row") - int(first)))


def _once(found: Sequence[_Found]) -> _Found:
    """Each row once, by its worst leak."""
    names = ("row", "kind", "other", "twin", "similarity")
    row, kind, other, twin, similarity = (
        np.concatenate([getattr(each, name) for each in found]) if found else np.zeros(0, np.int64) for name in names
    )
    order = np.lexsort((other, -np.nan_to_num(similarity), kind, row))
    first = order[np.flatnonzero(np.concatenate([[True], row[order][1:] != row[order][:-1]]))] if len(row) else order
    return _Found(row[first], kind[first], other[first], twin[first], similarity[first].astype(np.float32))
