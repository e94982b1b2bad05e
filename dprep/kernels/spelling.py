"""Which words of each text stand in a large set of words, and which in a set of misspellings: 64-bit hashes, no strings."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.hash_set import WordSet, holds
from dprep.kernels.jit import njit
from dprep.kernels.scripts import NAMES, script_table
from dprep.kernels.utf8 import code_point
from dprep.kernels.words import Words

_UNJUDGED = tuple(NAMES.index(name) for name in ("han", "kana", "thai", "lao", "khmer", "myanmar"))


class Judged(NamedTuple):
    """Of each text (rows,)."""

    words: npt.NDArray[np.int64]
    """Words of letters alone, in a script that puts blanks between words."""
    unknown: npt.NDArray[np.int64]
    misspelt: npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def _known(slots, data, start, end):  # type: ignore[no-untyped-def]
    """Whether a word is known as it stands, without a possessive `'s`, or in all its hyphenated parts."""
    if holds(slots, data, start, end):
        return True
    if end - start > 2 and data[end - 2] == 0x27 and data[end - 1] == 0x73:
        return _known_parts(slots, data, start, end - 2)
    return _known_parts(slots, data, start, end)


@njit(cache=True, nogil=True)
def _known_parts(slots, data, start, end):  # type: ignore[no-untyped-def]
    begin = start
    for i in range(start, end + 1):
        if i == end or data[i] == 0x2D or data[i] == 0x5F:
            if not holds(slots, data, begin, i):
                return False
            begin = i + 1
    return True


@njit(cache=True, nogil=True)
def _judged(data, start, end, scripts, unjudged):  # type: ignore[no-untyped-def]
    """Whether a word has no digit and starts in a script whose words can be looked up."""
    for i in range(start, end):
        if 0x30 <= data[i] <= 0x39:
            return False
    point = code_point(data, start)
    return point < len(scripts) and not unjudged[scripts[point]]


@njit(cache=True, nogil=True)
def _judge(data, rows, starts, ends, scripts, unjudged, known, wrong, words, unknown, misspelt):  # type: ignore[no-untyped-def]
    for row in range(len(words)):
        for word in range(rows[row], rows[row + 1]):
            start, end = starts[word], ends[word]
            if _judged(data, start, end, scripts, unjudged):
                words[row] += 1
                unknown[row] += len(known) > 1 and not _known(known, data, start, end)
                misspelt[row] += len(wrong) > 1 and holds(wrong, data, start, end)


def judged(buffers: Buffers, words: Words, known: WordSet | None, wrong: WordSet | None) -> Judged:
    """Words of lower-case texts, how many of them are not `known`, and how many are `wrong`."""
    nothing = np.zeros(1, np.uint64)
    table = script_table()
    unjudged = np.zeros(256, np.bool_)
    unjudged[list(_UNJUDGED)] = unjudged[len(NAMES) :] = True
    out = [np.zeros(len(words.rows) - 1, np.int64) for _ in range(3)]
    sets = (nothing if known is None else known, nothing if wrong is None else wrong)
    _judge(buffers.data, *words, table, unjudged, *sets, *out)
    return Judged(*out)
