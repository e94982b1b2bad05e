"""Records that are compared field by field: the runs of characters in a value, and the signature made of them.

A member of a field is 48 bits of hash above 16 bits of weight: equal runs weigh the same, so members are compared as whole
words. A run is three characters of a value that has a blank put before and behind it; two where it starts with a character of a
script without blanks. Characters are folded as for shingles.

The signature of a record: one word, the least weight (in thousandths) that a comparison is divided by; then for every field a
word that holds its weight (thousandths, high half) and size (low half, MISSING where it has no value), and its sorted members.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dprep.base.dedup import Sets
from dprep.base.text import Buffers
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.shingles import _SALT, _SINGLE, _characters, _words, distinct, fold_table
from dprep.kernels.similarity import MISSING

U64 = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]
Weights = npt.NDArray[np.uint64]

BUCKETS = 1 << 16
"""Members are counted, and weighed, by the leading bits of their hash."""
HEAVIEST = 0xFFFF

_HASH = np.uint64(0xFFFFFFFFFFFF0000)
_TOP = np.uint64(48)
_APART = np.uint64(0x14057B7EF767814F)
_NOTHING = np.uint64(0)
_UNFOLD = np.uint64(pow(int(_SALT), -1, 1 << 64))
"""Folded characters are a number times `_SALT`."""
_BLANK = np.uint64(32 * int(_SALT) % (1 << 64))
WHOLE = np.uint64(1)
"""Set in the token that stands for a value of several words: where it is, its words are too."""


@njit(cache=True, nogil=True)
def _hashed(a, b, c, salt):  # type: ignore[no-untyped-def]
    return mixed(mixed(mixed(a + salt) + b) + c) & _HASH


@njit(cache=True, nogil=True)
def _is_single(letter):  # type: ignore[no-untyped-def]
    """Whether a folded character is of a script without blanks."""
    return (letter * _UNFOLD) & np.uint64(_SINGLE) != _NOTHING


@njit(cache=True, nogil=True)
def _runs(letters, count, salt, out):  # type: ignore[no-untyped-def]
    """Write the runs of letters[:count], a blank at either end; how many there are: count + 1 at most."""
    made = 0
    for k in range(count):
        before = _BLANK if k == 0 else letters[k - 1]
        after = _BLANK if k + 1 == count else letters[k + 1]
        if _is_single(letters[max(k - 1, 0)]):
            after = _NOTHING
        out[made] = _hashed(before, letters[k], after, salt)
        made += 1
    if count and _is_single(letters[count - 1]):
        out[made] = _hashed(letters[count - 1], _BLANK, _NOTHING, salt)
        made += 1
    return made


@njit(cache=True, nogil=True)
def _value(letters, count, salt):  # type: ignore[no-untyped-def]
    """One hash of all letters; blanks do not count."""
    running = salt ^ _APART
    for k in range(count):
        if letters[k] != _BLANK:
            running = mixed(running + letters[k])
    return running & _HASH


@njit(cache=True, nogil=True)
def _row_members(data, start, end, table, salt, whole, letters, out):  # type: ignore[no-untyped-def]
    """Write the members of one value: all of it as one, if `whole`, else its runs."""
    count = _characters(data, start, end, table, letters)
    if not whole:
        return distinct(out, _runs(letters, count, salt, out))
    if count:
        out[0] = _value(letters, count, salt)
    return min(count, 1)


@njit(cache=True, nogil=True)
def _row_tokens(data, start, end, table, salt, letters, out):  # type: ignore[no-untyped-def]
    """Write the words of one value, the whole of several, and pairs of neighbours in scripts without blanks."""
    made = _words(data, start, end, table, out)
    for k in range(made):
        out[k] = mixed(out[k] + salt) & _HASH
    count = _characters(data, start, end, table, letters)
    if made > 1:
        out[made] = _value(letters, count, salt) | WHOLE
        made += 1
    for k in range(count - 1):
        if _is_single(letters[k]) and _is_single(letters[k + 1]):
            out[made] = _hashed(letters[k], letters[k + 1], _APART, salt)
            made += 1
    return distinct(out, made)


@njit(cache=True, nogil=True)
def _all_rows(offsets, data, table, salt, whole, tokens, ends, out):  # type: ignore[no-untyped-def]
    longest = 0
    for row in range(len(offsets) - 1):
        longest = max(longest, offsets[row + 1] - offsets[row])
    letters = np.empty(longest + 1, np.uint64)
    total = 0
    for row in range(len(offsets) - 1):
        start, end = offsets[row], offsets[row + 1]
        if tokens:
            total += _row_tokens(data, start, end, table, salt, letters, out[total:])
        else:
            total += _row_members(data, start, end, table, salt, whole, letters, out[total:])
        ends[row + 1] = total


def _made(buffers: Buffers, field: int, *, whole: bool, tokens: bool) -> Sets:
    offsets, data = buffers
    ends = np.zeros(len(offsets), np.int64)
    out = np.empty(int(offsets[-1] - offsets[0]) + 2 * len(offsets), np.uint64)
    salt = np.uint64((field + 1) * 0x9E3779B97F4A7C15 % (1 << 64))
    _all_rows(offsets, data, fold_table(), salt, whole, tokens, ends, out)
    return Sets(ends, out[: ends[-1]].copy())


def value_members(buffers: Buffers, field: int, *, whole: bool) -> Sets:
    """The members of every value of one field, weights 0: its runs, or all letters and digits as one, if `whole`."""
    return _made(buffers, field, whole=whole, tokens=False)


def value_tokens(buffers: Buffers, field: int) -> Sets:
    """By what records meet in one field: the words of every value, the whole value, pairs of neighbours in Chinese."""
    return _made(buffers, field, whole=False, tokens=True)


def counted(sets: Sets) -> Counts:
    """(BUCKETS,): in how many sets a member occurs, together with all that share the leading bits of its hash."""
    return np.bincount((sets.hashes >> _TOP).astype(np.int64), minlength=BUCKETS)


def weighed(sets: Sets, weights: Weights) -> Sets:
    """The members with their weights, (BUCKETS,) of 1 to HEAVIEST."""
    return Sets(sets.offsets, sets.hashes | weights[(sets.hashes >> _TOP).astype(np.int64)])


@njit(cache=True, nogil=True)
def _all_signatures(offsets, members, heads, least, ends, out):  # type: ignore[no-untyped-def]
    """offsets (fields, rows + 1) into members."""
    at = 0
    for row in range(len(ends) - 1):
        out[at] = least
        at += 1
        for field in range(len(heads)):
            first, end = offsets[field, row], offsets[field, row + 1]
            out[at] = (heads[field] << np.uint64(32)) | np.uint64(end - first if end > first else MISSING)
            at += 1
            out[at : at + end - first] = members[first:end]
            at += end - first
        ends[row + 1] = at


def signatures(fields: Sequence[Sets], heads: Sequence[int], least: int) -> Sets:
    """The signature of each record. heads, least: weights in thousandths."""
    starts = np.cumsum([0, *(len(each.hashes) for each in fields)])
    offsets = np.stack([each.offsets + start for each, start in zip(fields, starts[:-1], strict=True)])
    members = np.concatenate([each.hashes for each in fields])
    rows = offsets.shape[1] - 1
    ends = np.zeros(rows + 1, np.int64)
    out = np.empty(len(members) + rows * (1 + len(fields)), np.uint64)
    _all_signatures(offsets, members, np.array(heads, np.uint64), np.uint64(least), ends, out)
    return Sets(ends, out)
