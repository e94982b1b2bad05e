"""The family that cuts out of texts what stands elsewhere too: lines, paragraphs, long substrings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from annotated_types import Ge, Gt, Le

from dprep.base.operator import Operator
from dprep.base.text import Text


@dataclass(frozen=True)
class Anchors:
    """Hashes of short pieces such that spans which are equal have an equal one; some of a block's."""

    hashes: npt.NDArray[np.uint64]  # (anchors,)


@dataclass(frozen=True)
class Sites:
    """Spans that may be repeats; some of a block's, in order."""

    places: npt.NDArray[np.int64]  # (sites,)
    """The number of each span among all spans of the block, those that cannot be repeats counted too."""
    texts: npt.NDArray[np.int64]  # (sites,)
    """The number of the text it stands in."""
    keys: npt.NDArray[np.uint64]  # (sites, 2)
    """Equal keys: equal spans."""
    seen: int
    """Spans of the block gone through so far; after the last piece, all of them."""


@dataclass(frozen=True)
class Cuts:
    """What is cut out of the texts of a block: bytes from each text's start, in order, apart from each other."""

    texts: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]


class DedupSpans(Operator):
    family: ClassVar[str] = "dedup"
    counted: ClassVar[str] = "spans"
    """What the ledger counts."""
    keep: Literal["first", "none"] = "first"
    """Which copy of a repeat stays: the first in the input, or none."""
    min_left: Annotated[int, Ge(0)] = 1
    """Fewest letters and digits that must be left of a row that lost something; with fewer the row is dropped."""
    max_removed: Annotated[float, Gt(0), Le(1)] = 1.0
    """Largest share of its characters that a row may lose; a row that would lose more is dropped."""

    def screened(self) -> bool:
        """True: `anchors` is asked first, and `sites` gets a screen of those that were met twice."""
        return False

    def least(self) -> int:
        """Occurrences that make a repeat."""
        return 2

    def apart(self) -> int:
        """How far the numbers of two spans are apart that do not overlap; more than 1 needs `least` 2."""
        return 1

    def by_document(self) -> bool:
        """True: all occurrences in one row are one."""
        return False

    def anchors(self, text: Text) -> Iterator[Anchors]:
        """Pieces to screen by, if `screened`."""
        raise TypeError(f"{type(self).__name__} has no anchors")

    def sites(self, text: Text, screen: npt.NDArray[np.uint64] | None) -> Iterator[Sites]:
        """The spans to compare. screen: bits of the anchors that were met twice, if `screened`."""
        raise TypeError(f"{type(self).__name__} has no sites")

    def spans(self, text: Text, repeated: npt.NDArray[np.bool_]) -> Cuts:
        """Where to cut; repeated (spans of the block,): which spans are to go."""
        raise TypeError(f"{type(self).__name__} has no spans")
