"""BM25 over hashed terms: what a text's terms are, and which texts of an index score best for a query.

A term is a word (letters and digits, without case, accents and full-width forms), or two neighbouring characters of a script
without blanks (han, kana, Thai …); one such character alone is a term too. Terms are known by a 64-bit hash.

  score(q, d) = sum over terms t of q of  idf(t) * f(t, d) * (k1 + 1) / (f(t, d) + k1 * (1 - b + b * |d| / mean |d|))
  idf(t)      = ln(1 + (N - n(t) + 0.5) / (n(t) + 0.5))

A term that stands twice in the query counts twice. Source: Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework:
BM25 and Beyond", eq. 3.15; the 1 in the idf, which keeps it positive: Apache Lucene, BM25Similarity.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.best import put
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.shingles import fold_table
from dprep.kernels.utf8 import code_point, width

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_IGNORED = 1
_SINGLE = 1 << 30
_POWER = np.uint64(0x9FB21C651E98DF25)
_SALT = np.uint64(0xD6E8FEB86659FD93)
_SLACK = 1.0 + 1e-9
"""Sums of floats may be off by so much."""


class Postings(NamedTuple):
    """Which texts hold which term: term t stands in texts[starts[t]:starts[t + 1]] with these weights."""

    terms: U64  # (terms,), ascending
    starts: Places  # (terms + 1,)
    texts: npt.NDArray[np.int32]  # (postings,), ascending within a term
    weights: npt.NDArray[np.float32]  # (postings,): the idf included
    tops: npt.NDArray[np.float32]  # (terms,): the largest weight of each


@njit(cache=True, nogil=True)
def _terms(data, start, end, table, out):  # type: ignore[no-untyped-def]
    """Write a hash per term of data[start:end]; how many there are. `out` holds one per byte at least."""
    found, inside, running = 0, False, np.uint64(0)
    before, alone, i = np.int64(0), False, start
    while i < end:
        point = code_point(data, i)
        token = np.int64(table[point]) if point < len(table) else np.int64(point | _SINGLE if point < 0x40000 else 0)
        i += width(data[i])
        if token == _IGNORED:
            continue
        if _IGNORED < token < _SINGLE:
            running = (running + np.uint64(token)) * _POWER
            running ^= running >> np.uint64(29)
        if inside and not _IGNORED < token < _SINGLE:
            out[found] = running
            found, running = found + 1, np.uint64(0)
        inside = bool(_IGNORED < token < _SINGLE)
        if alone and token < _SINGLE:
            out[found] = np.uint64(before) * _SALT
            found += 1
        if token >= _SINGLE and before:
            out[found] = mixed(np.uint64(before) * _SALT + np.uint64(token))
            found += 1
        alone = bool(token >= _SINGLE and not before)
        before = token if token >= _SINGLE else np.int64(0)
    if inside or alone:
        out[found] = running if inside else np.uint64(before) * _SALT
        found += 1
    return found


@njit(cache=True, nogil=True)
def _counted(hashes, count, times):  # type: ignore[no-untyped-def]
    """Sort hashes[:count], move its distinct values to the front, write how often each came; how many there are."""
    if count == 0:
        return 0
    hashes[:count].sort()
    last = 0
    times[0] = 1
    for k in range(1, count):
        if hashes[k] == hashes[last]:
            times[last] += 1
        else:
            last += 1
            hashes[last] = hashes[k]
            times[last] = 1
    return last + 1


@njit(cache=True, nogil=True)
def _count_all(offsets, data, table, rows, lengths, terms, times):  # type: ignore[no-untyped-def]
    total = 0
    for row in range(len(lengths)):
        rest = terms[total:]
        lengths[row] = _terms(data, offsets[row], offsets[row + 1], table, rest)
        total += _counted(rest, lengths[row], times[total:])
        rows[row + 1] = total


def term_counts(buffers: Buffers) -> tuple[Places, Places, U64, npt.NDArray[np.int32]]:
    """(rows + 1,) where each text's distinct terms begin, (rows,) its length in terms; its terms, and the count of each."""
    offsets, data = buffers
    rows, lengths = np.zeros(len(offsets), np.int64), np.zeros(len(offsets) - 1, np.int64)
    size = int(offsets[-1] - offsets[0]) + 1
    terms, times = np.empty(size, np.uint64), np.empty(size, np.int32)
    _count_all(offsets, data, fold_table(), rows, lengths, terms, times)
    return rows, lengths, terms[: rows[-1]].copy(), times[: rows[-1]].copy()


@njit(cache=True, nogil=True)
def weigh(starts, texts, times, norms, k1, weights, tops):  # type: ignore[no-untyped-def]
    """Write the weight of every posting, and the largest of each term. norms: k1 * (1 - b + b * |d| / mean |d|) of each."""
    for term in range(len(tops)):
        held = starts[term + 1] - starts[term]
        idf = np.log(1.0 + (len(norms) - held + 0.5) / (held + 0.5))
        for k in range(starts[term], starts[term + 1]):
            weights[k] = idf * times[k] * (k1 + 1.0) / (times[k] + norms[texts[k]])
            tops[term] = max(tops[term], weights[k])


@njit(cache=True, nogil=True)
def _place(values, start, end, value):  # type: ignore[no-untyped-def]
    """Where `value` stands in ascending values[start:end], or would."""
    while start < end:
        middle = (start + end) // 2
        if values[middle] < value:
            start = middle + 1
        else:
            end = middle
    return start


@njit(cache=True, nogil=True)
def _top(scores, seen, count, best, ranked):  # type: ignore[no-untyped-def]
    """The best of the texts seen[:count]; how many there are. Those with a score below zero are left out."""
    held = 0
    for k in range(count):
        if scores[seen[k]] > 0.0:
            held = put(best, ranked, held, scores[seen[k]], seen[k])
    return held


@njit(cache=True, nogil=True)
def _lookup(index, hashes, times, count, found, boosts):  # type: ignore[no-untyped-def]
    """The index's numbers of a query's terms, the rarest first, and how often each stands in the query; how many are known."""
    terms, starts = index[0], index[1]
    places, often, sizes = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
    known = 0
    for k in range(count):
        at = _place(terms, 0, len(terms), hashes[k])
        if at < len(terms) and terms[at] == hashes[k]:
            places[known], often[known], sizes[known] = at, times[k], starts[at + 1] - starts[at]
            known += 1
    order = np.argsort(sizes[:known], kind="mergesort")
    for k in range(known):
        found[k], boosts[k] = places[order[k]], often[order[k]]
    return known


@njit(cache=True, nogil=True)
def _add(index, term, boost, scores, seen, count):  # type: ignore[no-untyped-def]
    """Add what a term gives to every text that holds it."""
    _, starts, texts, weights, _ = index
    for k in range(starts[term], starts[term + 1]):
        text = texts[k]
        if scores[text] == 0.0:
            seen[count] = text
            count += 1
        scores[text] += boost * weights[k]
    return count


@njit(cache=True, nogil=True)
def _add_to_seen(index, term, boost, scores, seen, count, least):  # type: ignore[no-untyped-def]
    """Add what a term gives to the texts seen[:count]. Those under `least` are out, moved behind the others; how many stay."""
    _, starts, texts, weights, _ = index
    left, end = 0, starts[term + 1]
    for k in range(count):
        text = seen[k]
        if scores[text] < least:
            scores[text] = -1.0
            continue
        at = _place(texts, starts[term], end, text)
        if at < end and texts[at] == text:
            scores[text] += boost * weights[at]
        seen[k], seen[left] = seen[left], text
        left += 1
    return left


@njit(cache=True, nogil=True)
def _score(index, found, boosts, known, scores, seen, best, ranked):  # type: ignore[no-untyped-def]
    """The score of every text that can be among the best, into `scores`; how many texts were seen.

    Once what the terms to come can give at most is less than the score of the last of the best, texts not seen yet are out.
    """
    starts, tops = index[1], index[4]
    rest = 0.0
    for k in range(known):
        rest += boosts[k] * tops[found[k]]
    count, left, closed = 0, 0, False
    for k in range(known):
        term = found[k]
        if not closed and count >= len(best) and starts[term + 1] - starts[term] > count:
            held = _top(scores, seen, count, best, ranked)
            closed = held == len(best) and best[-1] > rest * _SLACK
        if closed:
            left = _add_to_seen(index, term, boosts[k], scores, seen, left, best[-1] - rest * _SLACK)
        else:
            count = left = _add(index, term, boosts[k], scores, seen, count)
        rest -= boosts[k] * tops[term]
    return count


@njit(cache=True, nogil=True)
def _search(offsets, data, table, index, size, own, out):  # type: ignore[no-untyped-def]
    own_starts, own_texts = own
    scores, seen = np.zeros(size, np.float64), np.empty(size, np.int64)
    longest = 1
    for row in range(len(out)):
        longest = max(longest, offsets[row + 1] - offsets[row])
    hashes, times = np.empty(longest, np.uint64), np.empty(longest, np.int32)
    found, boosts = np.empty(longest, np.int64), np.empty(longest, np.float64)
    best, ranked = np.empty(out.shape[1], np.float64), np.empty(out.shape[1], np.int64)
    for row in range(len(out)):
        count = _counted(hashes, _terms(data, offsets[row], offsets[row + 1], table, hashes), times)
        known = _lookup(index, hashes, times, count, found, boosts)
        for k in range(own_starts[row], own_starts[row + 1]):
            scores[own_texts[k]] = -np.inf
        count = _score(index, found, boosts, known, scores, seen, best, ranked)
        held = _top(scores, seen, count, best, ranked)
        for k in range(held):
            out[row, k] = ranked[k]
        for k in range(count):
            scores[seen[k]] = 0.0
        for k in range(own_starts[row], own_starts[row + 1]):
            scores[own_texts[k]] = 0.0


def search(queries: Buffers, index: Postings, size: int, own: tuple[Places, Places], most: int) -> npt.NDArray[np.int32]:
    """(rows, most): the texts of the index that score best for each query, best first; -1 where no more share a term with it.

    size: texts in the index; own: offsets (rows + 1,) and numbers of the texts that are left out for each query. Equal scores:
    the lower number first. Exact: texts are passed over only where they cannot be among the best.
    """
    out = np.full((len(queries.offsets) - 1, most), -1, np.int32)
    if most and size:
        _search(*queries, fold_table(), tuple(index), size, own, out)
    return out
