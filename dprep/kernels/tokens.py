"""Word tokens over Arrow buffers as datatrove 0.10.1 sees them: spaCy's for English, jieba's for Chinese, without blanks.

Filters ask through `text.once(english)` and `text.once(chinese)`, so that consecutive steps share one pass.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels import english as spacy
from dprep.kernels import jieba
from dprep.kernels.jieba_dictionary import dictionary
from dprep.kernels.jit import njit

Offsets = npt.NDArray[np.int64]


class Tokens(NamedTuple):
    """Token t is data[starts[t]:ends[t]] of the text's buffers; row r has tokens rows[r] up to rows[r + 1]."""

    rows: Offsets  # (rows + 1,)
    starts: Offsets  # (tokens,)
    ends: Offsets  # (tokens,)

    def taken(self, rows: Offsets, shift: Offsets) -> Tokens:
        """The tokens of the kept `rows` alone; `shift[i]` is how far the text of kept row i has moved, in bytes."""
        return Tokens(*taken(self.rows, self.starts, self.ends, rows, shift))


def taken(rows: Offsets, starts: Offsets, ends: Offsets, chosen: Offsets, shift: Offsets) -> tuple[Offsets, Offsets, Offsets]:
    """The spans of the chosen rows, moved by `shift[i]` bytes: (chosen + 1,) numbers, starts, ends."""
    kept = np.zeros(len(chosen) + 1, np.int64)
    np.cumsum(rows[chosen + 1] - rows[chosen], out=kept[1:])
    new_starts, new_ends = np.empty(kept[-1], np.int64), np.empty(kept[-1], np.int64)
    _take(rows, starts, ends, chosen, shift, kept, new_starts, new_ends)
    return kept, new_starts, new_ends


@njit(cache=True, nogil=True)
def _take(rows, starts, ends, chosen, shift, kept, new_starts, new_ends):  # type: ignore[no-untyped-def]
    """Copy the spans of the chosen rows to their new places."""
    for i in range(len(chosen)):
        source = rows[chosen[i]]
        for at in range(kept[i], kept[i + 1]):
            new_starts[at] = starts[source] + shift[i]
            new_ends[at] = ends[source] + shift[i]
            source += 1


def english(text: Text) -> Tokens:
    """English words and punctuation; ask through `text.once(english)`."""
    return Tokens(*spacy.tokenized(text.buffers, spacy.rules()))


def chinese(text: Text) -> Tokens:
    """Chinese words and punctuation; ask through `text.once(chinese)`. Needs jieba (extra `zh`): problem `missing-library`."""
    return Tokens(*jieba.tokenized(text.buffers, dictionary()))
