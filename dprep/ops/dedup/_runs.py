"""How long the texts of all rows are, and in what kind of script: by this `shingles = "auto"` is settled."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels.shingles import token_counts

_BINS = 1024
"""Texts of 1023 words or more share the last bin: no rule asks beyond 100."""


class Lengths(NamedTuple):
    without_blanks: bool
    """Whether most words are characters of a script without blanks."""
    middle: int
    """Words of the middle text, such characters counted as words."""


def length_profile(text: Text) -> npt.NDArray[np.int64]:
    """Words, characters that are words, then texts by their number of either (0 left out, 1023 and more together)."""
    words, singles = token_counts(text.buffers)
    lengths = np.bincount(np.minimum(words + singles, _BINS - 1), minlength=_BINS)
    lengths[0] = 0
    return np.concatenate([[words.sum(), singles.sum()], lengths]).astype(np.int64)


def lengths_of(profile: npt.NDArray[np.int64]) -> Lengths:
    """What the sum of all rows' profiles says."""
    lengths = profile[2:]
    middle = int(np.searchsorted(np.cumsum(lengths), (lengths.sum() + 1) // 2))
    return Lengths(bool(profile[1] > profile[0]), middle)
