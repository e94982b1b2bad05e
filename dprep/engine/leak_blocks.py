"""The blocks of a run as leaks are looked for in them, after `leak_verdicts.emit_leaks` was there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.columns import joined
from dprep.base.dedup import Sets
from dprep.base.step import Step
from dprep.base.text import Text
from dprep.engine.blocks import read_array, read_json
from dprep.engine.leak_rows import Masks, Shape, sets_of
from dprep.engine.leak_verdicts import keys_of
from dprep.engine.stages import Handle, load
from dprep.kernels.union import flatten, join_all

U64 = npt.NDArray[np.uint64]
Codes = npt.NDArray[np.int64]


def part_names(blocks: Sequence[Handle]) -> set[str]:
    """The parts that the rows of `blocks` are in."""
    return {name for block in blocks for name in read_json(Path(block.told + ".parts.json"))}


def run_blocks(step: Step, blocks: Sequence[Handle], groups: Sequence[str], folder: Path) -> list[RunBlock]:
    """The rows of `blocks` that the step acts on; each part is a group, in the order of `groups`. `folder`: for their keys."""
    found = []
    for number, block in enumerate(blocks):
        places = tuple(groups.index(name) for name in read_json(Path(block.told + ".parts.json")))
        rows = len(read_array(block.told + ".part.npy", mapped=True))
        found.append(RunBlock(step, block, rows, places, str(folder / f"block-{number:06d}")))
    return found


@dataclass(frozen=True)
class RunBlock:
    """A block of the run, as leaks are looked for in it; one of `leak_rows.Block`."""

    step: Step
    handle: Handle
    rows: int
    places: tuple[int, ...]
    """The group of each part that the block has."""
    stem: str
    group: int = -1
    """Each row has its own."""
    asks: bool = False

    @property
    def path(self) -> str:
        return self.handle.path

    @property
    def hashes(self) -> str:
        return self.handle.told + ".content.npy"

    def groups(self) -> Codes:
        """(rows,)"""
        found: Codes = np.array(self.places, np.int64)[read_array(self.handle.told + ".part.npy")]
        return found

    def masks(self) -> Masks:
        return np.uint64(1) << self.groups().astype(np.uint64)

    def content(self) -> U64:
        return read_array(self.hashes)

    def profile(self) -> npt.NDArray[np.int64]:
        return read_array(self.handle.told + ".profile.npy")

    def sets(self, shape: Shape, local: npt.NDArray[np.int64] | None = None) -> Sets:
        text = self.step.text(self._frame())
        return sets_of(text if local is None else Text(text.series.gather(local)), shape)

    def shown(self, local: Sequence[int]) -> pl.DataFrame:
        rows = self._frame()[list(local)]
        return rows.select("id", "origin", text=joined(rows, self.step.columns))

    def keys(self) -> U64:
        """(rows,) a number of each row that no other has: of its id."""
        return keys_of(read_array(self.handle.told + ".id.npy"))

    def parents(self) -> U64:
        """(2, rows made from others): the place of each, and the key of the row that it was made from."""
        path = Path(self.handle.told + ".parent.npy")
        return read_array(path) if path.exists() else np.zeros((2, 0), np.uint64)

    def _frame(self) -> pl.DataFrame:
        rows = load(self.handle)
        return rows.filter(self.step.chosen(rows))


def families(blocks: Sequence[RunBlock]) -> npt.NDArray[np.int64] | None:
    """(rows,) equal numbers for rows of which one was made from the other, or both from one; 0 for all others. None: there are
    no such rows.
    """
    edges = [
        np.stack([block.keys()[parents[0].astype(np.int64)], parents[1]]) for block in blocks for parents in [block.parents()]
    ]
    child, parent = np.concatenate(edges, axis=1)
    if not len(child):
        return None
    nodes = np.unique(np.concatenate([child, parent]))
    family = np.arange(len(nodes))
    join_all(family, np.searchsorted(nodes, child), np.searchsorted(nodes, parent))
    flatten(family)
    found = np.zeros(sum(block.rows for block in blocks), np.int64)
    first = 0
    for block in blocks:
        keys = block.keys()
        place = np.minimum(np.searchsorted(nodes, keys), len(nodes) - 1)
        found[first : first + block.rows] = np.where(nodes[place] == keys, family[place] + 1, 0)
        first += block.rows
    return found


class Names:
    """Ids and origins of rows, by their places among those of all blocks."""

    def __init__(self, blocks: Sequence[RunBlock]) -> None:
        self.blocks = blocks
        self.starts = np.concatenate([[0], np.cumsum([block.rows for block in blocks])]).astype(np.int64)

    def of(self, row: int) -> dict[str, str]:
        """`id` and `origin` of a row. Reads its block: for few."""
        block = int(np.searchsorted(self.starts, row, "right")) - 1
        shown = self.blocks[block].shown([row - int(self.starts[block])]).row(0, named=True)
        return {"id": shown["id"], "origin": shown["origin"]}

    def ids(self, rows: Codes) -> pl.Series:
        """The ids of many rows."""
        found = np.zeros((len(rows), 2), np.uint64)
        for number, block in enumerate(self.blocks):
            first, end = self.starts[number], self.starts[number + 1]
            here = (rows >= first) & (rows < end)
            if here.any():
                found[here] = read_array(block.handle.told + ".id.npy", mapped=True)[rows[here] - first]
        text = found.astype(">u8").tobytes().hex()
        return pl.Series([text[i : i + 32] for i in range(0, len(text), 32)], dtype=pl.String)
