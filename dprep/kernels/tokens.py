"""Word tokens over Arrow buffers: the door that filters ask through `text.once(english)` and `text.once(chinese)`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels import english as spacy
from dprep.kernels import jieba
from dprep.kernels.jieba_dictionary import dictionary
from dprep.kernels.jit import njit


class Tokens(NamedTuple):
    """Token t is data[starts[t]:ends[t]] of the text's buffers; row r has tokens rows[r] up to rows[r + 1]."""

    rows: npt.NDArray[np.int64]  # (rows + 1,)
    starts: npt.NDArray[np.int64]  # (tokens,)
    ends: npt.NDArray[np.int64]  # (tokens,)

    def taken(self, rows: npt.NDArray[np.int64], shift: npt.NDArray[np.int64]) -> Tokens:
        """The tokens of the kept `rows` alone; `shift[i]` is how far the text of kept row i has moved, in bytes."""
        counts = self.rows[rows + 1] - self.rows[rows]
        kept = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(counts, out=kept[1:])
        starts, ends = np.empty(kept[-1], np.int64), np.empty(kept[-1], np.int64)
        _take(self.rows, self.starts, self.ends, rows, shift, kept, starts, ends)
        return Tokens(kept, starts, ends)


@njit(cache=True, nogil=True)
def _take(rows, starts, ends, chosen, shift, kept, new_starts, new_ends):  # type: ignore[no-untyped-def]
    """Copy the tokens of the chosen rows to their new places."""
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
    """Chinese words and punctuation; ask through `text.once(chinese)`."""
    return Tokens(*jieba.tokenized(text.buffers, dictionary()))
