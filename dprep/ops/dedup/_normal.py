"""What is ignored when texts are compared for equality."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.text import Text, buffers
from dprep.kernels.hashing import text_hashes

Normalize = Literal["none", "case-space", "letters", "datatrove"]

_PUNCTUATION = "!/—”:％１〈&(、━\\【#%「」，】；+^]~“《„';’{|∶´[=-`*．（–？！：$～«〉,><》)?）。…@_.\"}►»" + "".join(
    map(chr, [*range(9), *range(11, 32), *range(127, 160)])
)
"""What datatrove turns into blanks: `utils/text.py`, PUNCTUATION."""
_NUMBER = r"\p{Nd}+([.,،٫⎖⎗⎘]\p{Nd}+)?"


def normalized(series: pl.Series, normalize: Normalize) -> pl.Series:
    """Texts of which equal ones are equal but for what `normalize` ignores."""
    if normalize == "case-space":
        return series.str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars(" ")
    if normalize == "letters":
        return _letters(series)
    return _simplified(series) if normalize == "datatrove" else series


def compared(series: pl.Series, normalize: Normalize) -> npt.NDArray[np.uint64]:
    """(rows, 2): equal for texts that are equal but for what `normalize` ignores."""
    return text_hashes(buffers(normalized(series, normalize)))


def content_of(text: Text, normalize: Normalize) -> npt.NDArray[np.uint64]:
    """`compared`, over Arrow's own buffers where nothing is ignored."""
    return text_hashes(text.buffers) if normalize == "none" else compared(text.series, normalize)


def _letters(series: pl.Series) -> pl.Series:
    """NFKC, lower case, letters, marks and numbers only; a text with none of these stays as it is."""
    letters = series.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[^\p{L}\p{M}\p{N}]+", "")
    return letters.zip_with(letters.str.len_bytes() > 0, series)


def _simplified(series: pl.Series) -> pl.Series:
    """Lower case, every number 0, punctuation blank, runs of blanks one, accents gone."""
    blanks = "[" + "".join(f"\\x{{{ord(character):x}}}" for character in _PUNCTUATION) + "]"
    lower = series.str.to_lowercase().str.replace_all(_NUMBER, "0")
    spaced = lower.str.replace_all(blanks, " ").str.replace_all(r"\s+", " ").str.strip_chars()
    return spaced.str.normalize("NFD").str.replace_all(r"\p{Mn}+", "").str.strip_chars()
