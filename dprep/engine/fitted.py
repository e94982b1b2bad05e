"""What is read, fitted to the version that is extended: the same types, and ids that are not taken.

What comes out is what one run over the old and the new input would read: types are the wider ones, and a row that repeats
an old one counts on from there.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl
import xxhash

from dprep.base.chance import id_words
from dprep.base.problem import fail
from dprep.engine.identity import U64, Repeats
from dprep.store.formats import kinds as k
from dprep.store.formats.kinds import Kind
from dprep.store.versions import Version

GROWTH = 4
"""How many times as many occurrence numbers are tried when too few of those before were free."""


def in_types_of(base: Version, kinds: dict[str, Kind]) -> dict[str, Kind]:
    """Kinds of what was read, widened to the types of `base` where those hold the new values, too.

    A column that has whole numbers or nothing but nulls this time is no other column than before.
    """
    types = base.scan().collect_schema()
    return {name: _widened(kind, types[name]) if name in types else kind for name, kind in kinds.items()}


def _widened(kind: Kind, to: pl.DataType) -> Kind:
    wide = k.merge(kind, k.kind_of_type(to))
    # JSON text and plain text have one type: what was no JSON text before must not become it
    return wide if k.dtype(wide) == to and k.holds_json(wide) == k.holds_json(kind) else kind


def told_apart(base: Version, ids: U64, keyed: npt.NDArray[np.bool_], repeated: Repeats) -> Repeats:
    """`repeated`, with the rows that repeat rows of `base`: their occurrence is the next number whose id is free there.

    `ids`: (rows, 2), before repeats are told apart. Rows of a source with its own key (`keyed`) count as repeated, so that
    they are rejected as they are within one run.
    """
    occurrence = np.zeros(len(ids), np.int64)
    occurrence[repeated.places] = repeated.occurrence
    there = held(base, _with_occurrence(ids, np.where(keyed, 0, occurrence)))
    if not there.any():
        return repeated
    places, starts = _equal(ids, there)
    wanted = np.diff(np.append(starts, len(places)))
    occurrence[places] = _free(base, ids[places[starts]], wanted)
    again = places[keyed[places]]
    occurrence[again] = 1
    found = np.flatnonzero(occurrence)
    return Repeats(found, occurrence[found])


def held(base: Version, words: U64) -> npt.NDArray[np.bool_]:
    """Which of these ids, as u64 pairs of shape (n, 2), are those of rows of `base` or of rows that they were made from."""
    order = np.lexsort((words[:, 1], words[:, 0]))
    first = np.ones(len(words), bool)
    first[1:] = (np.diff(words[order], axis=0) != 0).any(axis=1)
    distinct = words[order[first]]
    found = np.zeros(len(distinct), bool)
    for theirs in _ids_of(base) if len(words) else ():
        left = np.searchsorted(distinct[:, 0], theirs[:, 0])
        near = np.flatnonzero(distinct[np.minimum(left, len(distinct) - 1), 0] == theirs[:, 0])
        theirs, left = theirs[near], left[near]  # few: only those of which the first half is here
        many = np.searchsorted(distinct[:, 0], theirs[:, 0], side="right") - left
        rows = np.repeat(np.arange(len(theirs)), many)
        places = np.repeat(left, many) + np.arange(len(rows)) - np.repeat(np.cumsum(many) - many, many)
        found[places[distinct[places, 1] == theirs[rows, 1]]] = True
    there = np.empty(len(words), bool)
    there[order] = found[np.cumsum(first) - 1]
    return there


def _ids_of(base: Version) -> Iterator[U64]:
    """The ids and the parents' ids of all rows, shard by shard."""
    columns = ["id", "parent"] if "parent" in base.manifest["columns"] else ["id"]
    for file in base.data_files():
        try:
            rows = pl.read_parquet(file, columns=columns, glob=False)
        except FileNotFoundError as gone:
            raise fail("no-such-version", f"the files of `{base}` are there no more", "extend another version") from gone
        for name in columns:
            yield id_words(rows.get_column(name).drop_nulls())


def _with_occurrence(ids: U64, occurrence: npt.NDArray[np.int64]) -> U64:
    """The ids that rows with this content get as their n-th occurrence, as u64 pairs."""
    found = ids.copy()
    again = np.flatnonzero(occurrence)
    digests = ids[again].astype(">u8").tobytes()
    folded = b"".join(
        xxhash.xxh3_128_digest(digests[16 * row : 16 * row + 16] + nth.to_bytes(8, "big"))
        for row, nth in enumerate(occurrence[again].tolist())
    )
    found[again] = np.frombuffer(folded, dtype=">u8").reshape(-1, 2).astype(np.uint64)
    return found


def _equal(ids: U64, some: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Places of all rows that are equal to one of `some`, equal ones together in their order, and where each group starts."""
    order = np.lexsort((ids[:, 1], ids[:, 0]))
    first = np.ones(len(ids), bool)
    first[1:] = (np.diff(ids[order], axis=0) != 0).any(axis=1)
    group = np.cumsum(first) - 1
    wanted = np.zeros(int(group[-1]) + 1, bool)
    wanted[group[some[order]]] = True
    taken = wanted[group]
    return order[taken], np.flatnonzero(first[taken])


def _free(base: Version, contents: U64, wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """For each content, its first `wanted` occurrence numbers whose ids `base` does not have, one after the other."""
    found: list[npt.NDArray[np.int64]] = [np.zeros(0, np.int64)] * len(contents)
    waiting, tried = np.arange(len(contents)), 2 * wanted
    while len(waiting):
        many = tried[waiting]
        owner = np.repeat(waiting, many)
        number = np.arange(len(owner)) - np.repeat(np.cumsum(many) - many, many)
        free = ~held(base, _with_occurrence(contents[owner], number))
        for one, numbers in zip(waiting, np.split(np.where(free, number, -1), np.cumsum(many)[:-1]), strict=True):
            found[one] = numbers[numbers >= 0][: wanted[one]]
        waiting = np.array([one for one in waiting if len(found[one]) < wanted[one]], np.int64)
        tried[waiting] *= GROWTH
    return np.concatenate(found)
