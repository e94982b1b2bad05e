"""Leaks: rows of one part of a version that another part, or a benchmark, holds as well, or nearly so.

No pair is left to chance: see `leak_search`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.problem import Error, Problem
from dprep.engine.leak_index import Indexed, agreed, indexed
from dprep.engine.leak_rows import Block, TextBlock, file_blocks, file_names, version_blocks
from dprep.engine.leak_search import Progress, Searched, Wanted, search
from dprep.engine.pool import Pool
from dprep.engine.resources import settle
from dprep.plan.tasks import TASKS
from dprep.store.commit import guarded
from dprep.store.versions import Version

MOST_GROUPS = 64
"""Parts and files: a mask has so many bits."""


@dataclass(frozen=True)
class Asked:
    """What counts as a leak."""

    threshold: float = 0.8
    shingles: str = "auto"
    ngram: int = 0
    show: int = 5
    columns: tuple[str, ...] = ()
    """Of the version; empty: all texts of its task."""


@dataclass(frozen=True)
class Row:
    """A row as it is shown."""

    id: str
    origin: str
    text: str


@dataclass(frozen=True)
class Example:
    """Two rows that are twins."""

    similarity: float
    row: Row
    twin: Row


@dataclass(frozen=True)
class Crossing:
    """One part or benchmark against another."""

    part: str
    against: str
    rows: int
    """Of `part`."""
    exact: int
    """Rows whose very text is in `against`."""
    near: int
    """Other rows that have a near twin there."""
    examples: tuple[Example, ...]
    """The most similar ones, no text twice."""

    @property
    def leaking(self) -> int:
        return self.exact + self.near

    @property
    def share(self) -> float:
        return self.leaking / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Leaks:
    """What leaks between the parts of a version, and between it and benchmarks."""

    version: str
    threshold: float
    shingles: str
    """Empty where there was nothing to compare."""
    ngram: int
    parts: dict[str, int]
    """Rows of each part."""
    benchmarks: dict[str, int]
    """Rows of each file or index, which holds equal texts once."""
    crossings: tuple[Crossing, ...]
    compared: int
    """Pairs whose shingles were compared."""
    columns: tuple[str, ...]
    """Of the version, whose texts were compared together."""
    asking: tuple[str, ...]
    """Benchmarks that lack some of these columns: their questions alone were compared."""
    cut: int
    """How often a text shared a key with too many others to be compared with all; 0: every pair was found."""

    @property
    def leaking(self) -> int:
        """Rows with a twin, summed over the crossings."""
        return sum(crossing.leaking for crossing in self.crossings)

    def summary(self) -> dict[str, Any]:
        """For programs."""
        plain = {name: value for name, value in vars(self).items() if name != "crossings"}
        crossings = [
            {
                **{name: value for name, value in vars(each).items() if name != "examples"},
                "leaking": each.leaking,
                "share": round(each.share, 6),
                "examples": [{**vars(one), "row": vars(one.row), "twin": vars(one.twin)} for one in each.examples],
            }
            for each in self.crossings
        ]
        return {**plain, "leaking": self.leaking, "crossings": crossings}


def find_leaks(version: Version, against: Sequence[str], asked: Asked, store: Path, progress: Progress) -> Leaks:
    """Every row of `version` with a twin in a part before its own, and every row of the files and indexes `against` with one in
    any part. Raises Error.
    """
    known = {each: indexed(each, store) for each in against}
    indexes = [index for index in known.values() if index]
    wanted = Wanted(*agreed(indexes, asked.shingles, asked.ngram), asked.threshold, folded=bool(indexes))
    with tempfile.TemporaryDirectory(prefix="dprep-leaks-") as work, guarded(Path(work)):
        files = file_names([each for each, index in known.items() if not index])
        # what is trained on first, what is tested on last: each is compared with those before it
        parts = sorted(version.parts, key=lambda part: (part != "train", part == "test"))
        groups, blocks = _gathered(version, parts, files, indexes, asked.columns, Path(work), progress)
        counts = [sum(block.rows for block in blocks if block.group == group) for group in range(len(groups))]
        rows = dict(zip(parts, counts, strict=False)), dict(zip(groups[len(parts) :], counts[len(parts) :], strict=True))
        if len(groups) < 2 or not blocks:
            return Leaks(str(version), asked.threshold, "", 0, *rows, (), 0, asked.columns, (), 0)
        targets = min(len(parts), len(groups) - 1)
        with Pool(settle(None, None, _sizes(blocks)).workers) as pool:
            searched = search(blocks, targets, wanted, Path(work), pool, progress)
        crossings = _crossings(searched, blocks, groups, targets, asked.show)
        shape = searched.shape
        kind = "characters" if shape.characters else "words"
        told = _compared(blocks, groups)
        return Leaks(str(version), asked.threshold, kind, shape.ngram, *rows, crossings, searched.pairs, *told, searched.cut)


def _compared(blocks: Sequence[Block], groups: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns of the version's rows, and the names of the groups that have questions instead."""
    columns = next((block.columns for block in blocks if isinstance(block, TextBlock) and block.group == 0), ())
    return columns, tuple(groups[n] for n in sorted({block.group for block in blocks if block.asks}))


def _gathered(
    version: Version,
    parts: list[str],
    files: dict[str, str],
    indexes: list[Indexed],
    columns: tuple[str, ...],
    folder: Path,
    progress: Progress,
) -> tuple[list[str], list[Block]]:
    """The names of all groups, and their blocks."""
    held = [(index, name, span) for index in indexes for name, span in index.groups().items()]
    groups = [*parts, *files, *(name for _, name, _ in held)]
    if len(groups) > MOST_GROUPS:
        sentence = f"{len(parts)} parts and {len(groups) - len(parts)} benchmarks are more than can be compared at once"
        raise Error(Problem("too-many-parts", sentence, help=f"the most is {MOST_GROUPS} together: name fewer at a time"))
    blocks: list[Block] = list(version_blocks(version, parts, columns, folder))
    ours = columns or TASKS[version.manifest["task"]].texts
    for number, (name, path) in enumerate(files.items()):
        progress("reading", number, len(files))
        blocks += file_blocks(name, path, len(parts) + number, ours, folder)
        progress("reading", number + 1, len(files))
    for number, (index, _, span) in enumerate(held):
        blocks += index.blocks(span, len(parts) + len(files) + number, folder)
    return groups, blocks


def _sizes(blocks: Sequence[Block]) -> list[int]:
    """Bytes of the files that blocks are read from."""
    paths = {Path(block.path) for block in blocks}
    return [sum(each.stat().st_size for each in ([path] if path.is_file() else path.iterdir())) for path in paths]


class _Seen(NamedTuple):
    """A row that has a twin; the smallest is the first to be shown."""

    distance: float
    row: int
    member: int


def _crossings(
    searched: Searched, blocks: Sequence[Block], groups: Sequence[str], targets: int, show: int
) -> tuple[Crossing, ...]:
    pairs = [(one, other) for one in range(len(groups)) for other in range(min(one, targets))]
    counts = {pair: np.zeros(3, np.int64) for pair in pairs}
    shown: dict[tuple[int, int], list[_Seen]] = {pair: [] for pair in pairs}
    for block, first, members in _members(searched, blocks):
        for other in range(min(block.group, targets)):
            exact, alike = searched.twins(members, other)
            counts[block.group, other] += len(members), int(exact.sum()), int((alike > 0).sum() - exact.sum())
            shown[block.group, other] = _foremost([*shown[block.group, other], *_first_seen(alike, members, first, show)], show)
    examples = _examples(searched, blocks, shown)
    return tuple(_crossing(groups[one], groups[other], counts[one, other], examples[one, other]) for one, other in pairs)


def _crossing(part: str, against: str, counts: npt.NDArray[np.int64], examples: list[Example]) -> Crossing:
    rows, exact, near = map(int, counts)
    return Crossing(part, against, rows, exact, near, tuple(examples))


def _members(searched: Searched, blocks: Sequence[Block]) -> Iterator[tuple[Block, int, Any]]:
    """Every block, its first row, and the members of its rows."""
    first = 0
    for block in blocks:
        yield block, first, np.array(searched.of_row.array[first : first + block.rows])
        searched.of_row.give_back()
        first += block.rows


def _first_seen(alike: npt.NDArray[np.float32], members: npt.NDArray[Any], first: int, show: int) -> list[_Seen]:
    """The most similar rows of a block, of each text the first."""
    near = np.flatnonzero(alike)
    near = near[np.argsort(-alike[near], kind="stable")]
    _, once = np.unique(members[near], return_index=True)
    chosen = near[np.sort(once)[:show]]
    return list(map(_Seen, (1 - alike[chosen]).tolist(), (first + chosen).tolist(), members[chosen].tolist()))


def _foremost(seen: list[_Seen], show: int) -> list[_Seen]:
    """The first rows to be shown, of each text one."""
    once = {one.member: one for one in sorted(seen, reverse=True)}
    return sorted(once.values())[:show]


def _examples(
    searched: Searched, blocks: Sequence[Block], shown: dict[tuple[int, int], list[_Seen]]
) -> dict[tuple[int, int], list[Example]]:
    """The rows that are shown, and a twin of each, with their texts."""
    wanted: dict[tuple[int, int], int] = {}  # (group, member) -> its first row there
    for (_, other), seen in shown.items():
        for one in seen:
            wanted[other, _twin(searched, one.member, other)] = -1
    members = np.array(sorted({member for _, member in wanted}), np.int64)
    for block, first, held in _members(searched, blocks):
        for local in np.flatnonzero(np.isin(held, members)).tolist():
            key = block.group, int(held[local])
            if wanted.get(key) == -1:
                wanted[key] = first + local
    rows = _rows(blocks, {*wanted.values(), *(one.row for seen in shown.values() for one in seen)})
    found: dict[tuple[int, int], list[Example]] = {}
    for pair, seen in shown.items():
        twins = [rows[wanted[pair[1], _twin(searched, one.member, pair[1])]] for one in seen]
        found[pair] = [
            Example(float(str(np.float32(1 - one.distance))), rows[one.row], twin)
            for one, twin in zip(seen, twins, strict=True)
        ]
    return found


def _twin(searched: Searched, member: int, group: int) -> int:
    """The member that `group` holds and that `member` is most like."""
    exact, _ = searched.twins(np.array([member]), group)
    return member if exact[0] else int(searched.partner[group, searched.slot[member]])


def _rows(blocks: Sequence[Block], wanted: set[int]) -> dict[int, Row]:
    """Rows by their places among those of all blocks."""
    found: dict[int, Row] = {}
    first = 0
    for block in blocks:
        here = sorted(place - first for place in wanted if first <= place < first + block.rows)
        if here:
            shown = block.shown(here).iter_rows(named=True)
            found |= {first + local: Row(**row) for local, row in zip(here, shown, strict=True)}
        first += block.rows
    return found
