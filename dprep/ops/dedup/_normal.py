"""What is ignored when texts are compared for equality."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.text import Text, buffers
from dprep.kernels.hashing import text_hashes

Normalize = Literal["none", "case-space", "letters"]


def compared(text: Text, normalize: Normalize) -> npt.NDArray[np.uint64]:
    """(rows, 2): equal for texts that are equal but for what `normalize` ignores."""
    if normalize == "none":
        return text_hashes(text.buffers)
    return text_hashes(buffers(_squeezed(text.series) if normalize == "case-space" else _letters(text.series)))


def _squeezed(series: pl.Series) -> pl.Series:
    return series.str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars(" ")


def _letters(series: pl.Series) -> pl.Series:
    """NFKC, lower case, letters, marks and numbers only; a text with none of these stays as it is."""
    letters = series.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[^\p{L}\p{M}\p{N}]+", "")
    return letters.zip_with(letters.str.len_bytes() > 0, series)
