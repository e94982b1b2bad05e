"""Equal texts and families across the parts of a version, found with pyarrow alone.

Only the hashes of the held-out rows are kept (8 bytes for a text, 8 for each id); train passes by, block after block. Two
texts are equal here if they are so after NFKC, in small letters, with runs of white space as one space.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.parquet as parquet
import xxhash

from dprep.store.versions import Version
from dprep.train.data.column_types import TASKS

Hashes = npt.NDArray[np.uint64]
AT_ONCE = 10_000
NO_TEXT = np.uint64(0)
"""Stands for a row that has no text, and for an id that is not there: equal to nothing."""
EXAMPLES = 3
_NOT_COMPARED = {"label", "tags", "answers", "tools"}


@dataclass
class Twins:
    """What one held-out part shares with train."""

    rows: int
    exact: int = 0
    child: int = 0
    """Relatives whose texts differ."""
    examples: list[tuple[str, str]] = field(default_factory=list)
    """(row, its twin in train), ids."""


@dataclass
class _HeldOut:
    ids: pa.ChunkedArray
    texts: Hashes
    own: Hashes
    parents: Hashes
    exact: npt.NDArray[np.bool_]
    child: npt.NDArray[np.bool_]
    twin: dict[int, str] = field(default_factory=dict)


def texts_of(task: str) -> list[str]:
    """The columns of a task that hold its texts."""
    return [name for name in TASKS[task] if name not in _NOT_COMPARED]


def search(version: Version, train: str, parts: Sequence[str], names: Sequence[str]) -> Mapping[str, Twins]:
    """For each of `parts` its rows that have an equal text or a relative in `train`. names: the columns of the texts."""
    held = {part: _held_out(version, part, names) for part in parts}
    for block in _blocks(version, train, names):
        for each in held.values():
            _meet(each, block)
    return {part: _counted(each) for part, each in held.items()}


@dataclass(frozen=True)
class _Block:
    ids: pa.Array
    texts: Hashes
    own: Hashes
    parents: Hashes


def _held_out(version: Version, part: str, names: Sequence[str]) -> _HeldOut:
    blocks = list(_blocks(version, part, names))
    texts, own, parents = (
        np.concatenate([getattr(block, name) for block in blocks]) if blocks else np.zeros(0, np.uint64)
        for name in ("texts", "own", "parents")
    )
    none = np.zeros(len(texts), np.bool_)
    ids = pa.chunked_array([block.ids for block in blocks], pa.large_string())
    return _HeldOut(ids, texts, own, parents, none, none.copy())


def _meet(held: _HeldOut, block: _Block) -> None:
    """Mark the rows that have a twin or a relative in this block of train."""
    exact = _among(held.texts, block.texts)
    child = _among(held.own, block.parents) | _among(held.parents, np.concatenate([block.own, block.parents]))
    new = np.flatnonzero((exact | child) & ~held.exact & ~held.child)
    for place in new[: EXAMPLES - len(held.twin)].tolist():
        held.twin[place] = block.ids[_twin(held, place, block, exact=bool(exact[place]))].as_py()
    held.exact |= exact
    held.child |= child


def _twin(held: _HeldOut, place: int, block: _Block, *, exact: bool) -> int:
    """The first row of a block that is a twin, or else a relative, of the row at `place`."""
    own, parent = held.own[place], held.parents[place]
    if exact:
        fits = block.texts == held.texts[place]
    else:
        fits = (block.parents == own) | ((parent != NO_TEXT) & ((block.own == parent) | (block.parents == parent)))
    return int(np.flatnonzero(fits)[0])


def _among(mine: Hashes, theirs: Hashes) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = np.isin(mine, theirs) & (mine != NO_TEXT)
    return found


def _counted(held: _HeldOut) -> Twins:
    examples = [(held.ids[place].as_py(), twin) for place, twin in sorted(held.twin.items())]
    return Twins(len(held.texts), int(held.exact.sum()), int((held.child & ~held.exact).sum()), examples)


def _blocks(version: Version, part: str, names: Sequence[str]) -> Iterator[_Block]:
    for path in version.data_files(part):
        file = parquet.ParquetFile(path)
        there = set(file.schema_arrow.names)
        wanted = [name for name in dict.fromkeys(["id", "parent", *names]) if name in there]
        for batch in file.iter_batches(AT_ONCE, columns=wanted):
            ids = batch.column("id").cast(pa.large_string())
            parents = batch.column("parent") if "parent" in wanted else pa.nulls(len(batch), pa.string())
            joined = _joined([batch.column(name) for name in names if name in there], len(batch))
            yield _Block(ids, _hashes(joined), _hashes(ids), _hashes(parents))


def _joined(columns: Sequence[pa.Array], rows: int) -> pa.Array:
    """One normalised text for each row."""
    texts = [compute.fill_null(_flat(column), "") for column in columns]
    if not texts:
        return pa.array([""] * rows, pa.large_string())
    whole = texts[0] if len(texts) == 1 else compute.binary_join_element_wise(*texts, pa.scalar("\n", pa.large_string()))
    small = compute.utf8_lower(compute.utf8_normalize(whole, "NFKC"))
    return compute.utf8_trim_whitespace(compute.replace_substring_regex(small, r"\s+", " "))


def _flat(column: pa.Array) -> pa.Array:
    """The texts of a column: its own, or those that its lists and structs hold, joined."""
    if not pa.types.is_nested(column.type):
        return column.cast(pa.large_string())
    return pa.array([None if value is None else "\n".join(_texts(value)) for value in column.to_pylist()], pa.large_string())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            if name != "role":
                yield from _texts(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from _texts(each)


def _hashes(texts: pa.Array) -> Hashes:
    """A hash for each; `NO_TEXT` for none."""
    as_bytes = texts.cast(pa.large_string()).cast(pa.large_binary()).to_pylist()
    return np.fromiter((xxhash.xxh3_64_intdigest(text) if text else 0 for text in as_bytes), np.uint64, len(texts))
