"""Whether two texts say nearly the same: the Jaccard similarity of their shingles, pair by pair.

A pair is compared by characters, two in a row, where more characters of it are words of their own (han, kana) than words are
written between blanks; by single words where one of the two has under 20; else by three words in a row.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.eight import ones
from dprep.kernels.hashing import text_checks
from dprep.kernels.jit import njit
from dprep.kernels.shingles import distinct, fold_table, row_shingles, token_counts
from dprep.kernels.similarity import threshold

FEW_WORDS = 20
_WORDS = 64
_WORD = np.uint64(58)
"""The first bits of a hash number one of so many words of bits."""
_WHOLE = 1 << 40
"""More characters than a text has: its one shingle is all of it."""


@njit(cache=True, nogil=True)
def _folded(offsets, data, table, scratch, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        if row_shingles(data, offsets[row], offsets[row + 1], table, True, _WHOLE, scratch):
            out[row] = scratch[0]


def folded_hashes(buffers: Buffers) -> npt.NDArray[np.uint64]:
    """(rows,): a hash of each text without case, accents, full-width forms and punctuation; of its bytes if nothing is left."""
    out = text_checks(buffers)
    longest = int(np.diff(buffers.offsets).max(initial=0))
    _folded(*buffers, fold_table(), np.empty(longest + 1, np.uint64), out)
    return out


@njit(cache=True, nogil=True)
def _marked(hashes, count, bits):  # type: ignore[no-untyped-def]
    """Set a bit for each hash, of 64 for each word of `bits`."""
    bits[:] = np.uint64(0)
    for k in range(count):
        bits[hashes[k] >> _WORD] |= np.uint64(1) << (hashes[k] & np.uint64(63))


@njit(cache=True, nogil=True)
def _may_be_near(mine, a, theirs, b, ratio, bits, others):  # type: ignore[no-untyped-def]
    """False where even the bits of two lists of shingles tell that they are not near: most pairs need no sorting.

    A bit that one side alone has set stands for a shingle that it alone has, or more of them.
    """
    _marked(mine, a, bits)
    _marked(theirs, b, others)
    one, other = 0, 0
    for k in range(len(bits)):
        one += ones(bits[k] & ~others[k])
        other += ones(others[k] & ~bits[k])
    shared = min(a - one, b - other)
    return shared * ratio[1] >= ratio[0] * (shared + one + other)


@njit(cache=True, nogil=True)
def _same_bytes(one, start, end, other, from_, until):  # type: ignore[no-untyped-def]
    if end - start != until - from_:
        return False
    i = 0
    while i < end - start and one[start + i] == other[from_ + i]:
        i += 1
    return i == end - start


@njit(cache=True, nogil=True)
def _shared(mine, a, theirs, b):  # type: ignore[no-untyped-def]
    """How many members two sorted sets share, of `a` and `b` members."""
    shared, i, j = 0, 0, 0
    while i < a and j < b:
        x, y = mine[i], theirs[j]
        shared += x == y
        i += x <= y
        j += y <= x
    return shared


@njit(cache=True, nogil=True)
def _near(left, right, kinds, table, ratio, spaces, out):  # type: ignore[no-untyped-def]
    (offsets, data), (others, other), (characters, lengths) = left, right, kinds
    (numerator, denominator), (mine, theirs) = ratio, spaces
    bits, marks = np.empty(_WORDS, np.uint64), np.empty(_WORDS, np.uint64)
    for row in range(len(out)):
        start, end, from_, until = offsets[row], offsets[row + 1], others[row], others[row + 1]
        a = row_shingles(data, start, end, table, characters[row], lengths[row], mine)
        b = row_shingles(other, from_, until, table, characters[row], lengths[row], theirs)
        if a == 0 and b == 0:
            out[row] = _same_bytes(data, start, end, other, from_, until)
        elif _may_be_near(mine, a, theirs, b, ratio, bits, marks):
            a, b = distinct(mine, a), distinct(theirs, b)
            shared = _shared(mine, a, theirs, b)
            out[row] = shared * denominator >= numerator * (a + b - shared)


def _shared_kinds(left: Buffers, right: Buffers) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """(rows,) each: whether a pair is compared by characters, and how many of them, or of words, are a shingle."""
    (words, singles), (other_words, other_singles) = token_counts(left), token_counts(right)
    characters = singles + other_singles > words + other_words
    fewest = np.minimum(words + singles, other_words + other_singles)
    return characters, np.where(characters, 2, np.where(fewest < FEW_WORDS, 1, 3)).astype(np.int64)


def near(left: Buffers, right: Buffers, least: float) -> npt.NDArray[np.bool_]:
    """(rows,): whether text i of `left` and text i of `right` have a similarity of `least` or more. Exact: no hash decides but
    those of the shingles."""
    out = np.zeros(len(left.offsets) - 1, np.bool_)
    longest = (int(np.diff(side.offsets).max(initial=0)) + 1 for side in (left, right))
    spaces = tuple(np.empty(size, np.uint64) for size in longest)
    kinds = _shared_kinds(left, right)
    _near(tuple(left), tuple(right), kinds, fold_table(), threshold(least), spaces, out)
    return out
