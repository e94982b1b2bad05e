"""Which passages of a pool come nearest to a query: by BM25, from an index on disk, or by the vectors of an encoder."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.mixing import RowPool
from dprep.base.text import buffers
from dprep.kernels.best import Best
from dprep.kernels.bm25 import Postings, search, term_counts, weigh
from dprep.models.encoders import Encoder
from dprep.ops.augment._known import Known, Side, column
from dprep.ops.augment._pool import AT_ONCE, kept, made, save

Places = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

_RECORD = np.dtype([("term", np.uint64), ("text", np.int32), ("times", np.int32)])
_BITS = 6
"""Postings are sorted in so many parts (two to the power of it), by the first bits of their terms."""
_QUERIES, _PASSAGES = 1024, 16_384
"""How many vectors are multiplied with how many at a time: 64 MiB of products."""


def save_index(pool: RowPool, passages: Side, passage: str, k1: float, b: float) -> None:
    """Keep a BM25 index of the distinct passages."""
    drafts = pool.folder / "drafts"
    shutil.rmtree(drafts, ignore_errors=True)
    drafts.mkdir(parents=True)
    lengths = np.zeros(len(passages), np.int64)
    for first in range(0, len(passages), AT_ONCE):
        texts = column(pool.take(passages.first[first : first + AT_ONCE]), passage)
        lengths[first : first + len(texts)] = _drafted(drafts, texts, first)
    mean = max(float(lengths.mean()), 1.0) if len(lengths) else 1.0
    _sorted(drafts, pool.folder, np.asarray(k1 * (1.0 - b + b * lengths / mean), np.float64), k1)
    shutil.rmtree(drafts)


def _drafted(folder: Path, texts: pl.Series, first: int) -> Places:
    """Add the postings of some passages, numbered from `first`, to the drafts; how many terms each passage has."""
    rows, lengths, terms, times = term_counts(buffers(texts))
    records = np.empty(len(terms), _RECORD)
    records["term"], records["times"] = terms, times
    records["text"] = first + np.repeat(np.arange(len(texts)), np.diff(rows))
    parts = (terms >> np.uint64(64 - _BITS)).astype(np.int64)
    records = records[np.argsort(parts, kind="stable")]
    ends = np.cumsum(np.bincount(parts, minlength=1 << _BITS))
    for part, piece in enumerate(np.split(records, ends[:-1])):
        with (folder / str(part)).open("ab") as file:
            piece.tofile(file)
    return lengths


def _sorted(drafts: Path, folder: Path, norms: npt.NDArray[np.float64], k1: float) -> None:
    """The drafts in the order of terms, with weights."""
    found: list[tuple[npt.NDArray[np.uint64], Places, Floats]] = []
    with (folder / "bm25_texts").open("wb") as texts, (folder / "bm25_weights").open("wb") as weights:
        for part in range(1 << _BITS):
            path = drafts / str(part)
            records = np.fromfile(path, _RECORD) if path.exists() else np.empty(0, _RECORD)
            records = records[np.argsort(records["term"], kind="stable")]
            terms, starts = np.unique(records["term"], return_index=True)
            ends, tops = np.append(starts, len(records)).astype(np.int64), np.zeros(len(terms), np.float32)
            weight, text = np.empty(len(records), np.float32), records["text"].copy()
            weigh(ends, text, records["times"].copy(), norms, k1, weight, tops)
            text.tofile(texts)
            weight.tofile(weights)
            found.append((terms, np.diff(ends), tops))
    terms, sizes, tops = (np.concatenate(each) for each in zip(*found, strict=True))
    save(folder, bm25_terms=terms, bm25_starts=np.concatenate([[0], np.cumsum(sizes)]), bm25_tops=tops)


def _index(folder: Path) -> Postings:
    terms, starts, tops = (np.asarray(kept(folder, f"bm25_{name}")) for name in ("terms", "starts", "tops"))
    return Postings(terms, starts, _raw(folder / "bm25_texts", np.int32), _raw(folder / "bm25_weights", np.float32), tops)


def _raw(path: Path, dtype: type) -> npt.NDArray[Any]:
    """A mapped file of numbers; an empty file cannot be mapped."""
    return np.asarray(np.memmap(path, dtype, "r")) if path.stat().st_size else np.empty(0, dtype)


def best_by_terms(known: Known, texts: pl.Series, own: tuple[Places, Places], most: int) -> npt.NDArray[np.int32]:
    """(rows, most): the passages that score best for each query, best first, without its `own`; -1: no more."""
    return search(buffers(texts), _index(known.pool.folder), len(known.passages), own, most)


def save_nearest(known: Known, encoder: Encoder, query: tuple[str, str], passage: tuple[str, str], most: int) -> None:
    """Keep the passages nearest to each distinct query. query, passage: the column, and what is put before its texts."""
    folder, sides = known.pool.folder, (known.queries, known.passages)
    ours, theirs = (
        _vectors(known.pool, side, encoder, told, folder / f"{name}.vectors.npy")
        for side, told, name in zip(sides, (query, passage), ("query", "passage"), strict=True)
    )
    out = made(folder / "nearest.npy", np.int32, (len(known.queries), most))
    for first in range(0, len(known.queries), _QUERIES):
        numbers = np.arange(first, min(first + _QUERIES, len(known.queries)))
        out[numbers] = _nearest(known, ours[numbers], theirs, numbers, most)


def best_by_vectors(known: Known, queries: Places) -> npt.NDArray[np.int32]:
    """(rows, most): as `best_by_terms`, for queries by number, from what `save_nearest` has kept."""
    return np.asarray(kept(known.pool.folder, "nearest")[queries])


def _vectors(pool: RowPool, side: Side, encoder: Encoder, told: tuple[str, str], path: Path) -> Floats:
    """The vector of each distinct text of one side, of length 1, mapped."""
    name, prefix = told
    out: Floats | None = None
    for first in range(0, len(side), AT_ONCE):
        texts = column(pool.take(side.first[first : first + AT_ONCE]), name)
        found = encoder.vectors(prefix + texts, normalize=True).numbers
        if out is None:
            out = made(path, np.float32, (len(side), found.shape[1]))
        out[first : first + len(found)] = found
    return np.zeros((0, 1), np.float32) if out is None else out


def _nearest(known: Known, vectors: Floats, others: Floats, numbers: Places, most: int) -> npt.NDArray[np.int32]:
    """The passages nearest to some queries: equal ones by number; -1: no more."""
    starts, own = known.positives(numbers, len(known.pool))
    of = np.repeat(np.arange(len(numbers)), np.diff(starts))
    best = Best(len(numbers), most)
    for first in range(0, len(others), _PASSAGES):
        found = vectors @ others[first : first + _PASSAGES].T
        mine = (own >= first) & (own < first + found.shape[1])
        found[of[mine], own[mine] - first] = -np.inf
        best.keep(found, first)
    return best.ranked
