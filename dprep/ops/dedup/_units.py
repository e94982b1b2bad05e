"""What `dedup.lines` and `dedup.paragraphs` share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dprep.base.dedup_spans import Cuts, Sites
from dprep.base.text import Text
from dprep.kernels.units import unit_cuts, unit_sites, unit_table


class Units(Protocol):
    """The parameters that say which units are compared, and as what."""

    @property
    def normalize(self) -> str: ...

    @property
    def min_length(self) -> int: ...

    @property
    def min_words(self) -> int: ...


def sites_of(op: Units, text: Text, *, paragraphs: bool) -> Iterator[Sites]:
    """The lines or paragraphs that may be repeats."""
    folded = op.normalize == "ccnet"
    found = unit_sites(
        text.buffers,
        unit_table(folded),
        paragraphs=paragraphs,
        squeezed=folded,
        characters=op.min_length,
        words=op.min_words,
    )
    for places, texts, keys, seen in found:
        yield Sites(places, texts, keys, seen)


def cuts_of(text: Text, repeated: npt.NDArray[np.bool_], *, paragraphs: bool) -> Cuts:
    """Where the repeated ones are cut out."""
    return Cuts(*unit_cuts(text.buffers, unit_table(False), repeated, paragraphs=paragraphs))
