"""The family that needs all rows: which of them are twins (Dedup), and which contradict each other (Conflict)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Ge, MinLen
from pydantic import Strict, model_validator

from dprep.base.operator import Operator
from dprep.base.problem import Error, Problem
from dprep.base.text import Text

Metric = Literal["jaccard", "equal", "hamming", "cosine", "fields", "none"]
"""How two signatures are compared; `kernels.similarity` has the arithmetic.

  jaccard   sorted distinct hashes: members that both have, over members that either has
  equal     sketches of one length: the share of places at which they are equal
  hamming   64-bit words of one length: the share of bits that agree
  cosine    vectors of length 1, two 32-bit floats to a word
  fields    several sets of weighed members (`kernels.fields`): the weighted mean of the cosines of those that both have
  none      rows that share a key are twins, unseen
"""

Weights = Annotated[Mapping[str, Annotated[int, Ge(0)]], Strict(False)]

FINEWEB2 = {"1": 1, "2": 2, "3": 3, "5": 5, "100": 8, "1000": 1}


@dataclass(frozen=True)
class Sets:
    """The signature of each text, by which candidates are compared: i is hashes[offsets[i]:offsets[i + 1]].

    Under the metric `jaccard`: its sorted distinct shingle hashes.
    """

    offsets: npt.NDArray[np.int64]  # (rows + 1,)
    hashes: npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Postings:
    """Keys of rows, as many for each as it needs: rows that share any are candidates."""

    rows: npt.NDArray[np.int64]  # (postings,)
    keys: npt.NDArray[np.uint64]  # (postings,)


class Dedup(Operator):
    family: ClassVar[str] = "dedup"
    reason: ClassVar[str] = "duplicate"
    """Why the rows that do not stay are dropped."""
    guessable: ClassVar[bool] = True
    """Whether the profile of one block most likely settles it as that of all rows does."""
    keep: Literal["first", "longest", "shortest", "highest", "lowest"] = "first"
    """Which copy survives: the first in the input, the longest or shortest text, or the one with the highest or lowest value in
    the column `by`: `keep = "highest"`, `by = "date"` keeps the newest. Ties are broken by content hash."""
    by: Annotated[str, MinLen(1)] | None = None
    """The column that `keep = "highest"` and `"lowest"` compare: numbers, dates, or texts that hold one number or one ISO date.
    A row without one survives only where no copy has one."""
    action: Literal["drop", "mark", "weight"] = "drop"
    """`mark` keeps every row and adds `cluster`, `cluster_size`, `similarity`. `weight` drops the others and adds to the one
    that stays `cluster_size` and `weight`, how often it is to be repeated."""
    weights: Weights = FINEWEB2
    """For `action = "weight"`: the weight of a row whose cluster has so many rows or more, up to the next number. The default
    repeats rows of small clusters as often as they came, those of large ones 5 or 8 times, and giant ones once.
    Source: huggingface/fineweb-2, README."""

    @model_validator(mode="after")
    def _names_a_column(self) -> Self:
        if (self.keep in {"highest", "lowest"}) != (self.by is not None):
            if self.by is None:
                help = 'name a column: `by = "date"`'
                raise Error(Problem("missing-parameter", f'`keep = "{self.keep}"` needs a column to compare', help=help))
            raise Error(
                Problem(
                    "wrong-value", f'`by` says nothing with `keep = "{self.keep}"`', help='set `keep = "highest"` or `"lowest"`'
                )
            )
        if self.action != "weight" and dict(self.weights) != FINEWEB2:
            help = 'set `action = "weight"`'
            raise Error(Problem("wrong-value", f'`weights` says nothing with `action = "{self.action}"`', help=help))
        wrong = next((size for size in self.weights if not (size.isascii() and size.isdigit() and int(size) > 0)), None)
        if wrong is not None or "1" not in self.weights:
            sentence = (
                f"`{wrong}` is no size of a cluster" if wrong is not None else "`weights` says nothing of rows without a twin"
            )
            raise Error(
                Problem("wrong-value", sentence, help="write sizes and weights, from 1 on: `weights = { 1 = 1, 5 = 3 }`")
            )
        return self

    def reads(self) -> tuple[str, ...]:
        return () if self.by is None else (self.by,)

    def profile(self, text: Text) -> npt.NDArray[np.int64]:
        """Counts that `resolved` needs, additive over blocks; empty when it needs none."""
        return np.zeros(0, np.int64)

    def resolved(self, profile: npt.NDArray[np.int64]) -> Self:
        """This operator with every `auto` settled from the profile of all rows."""
        return self

    def readings(self, profile: npt.NDArray[np.int64]) -> tuple[Self, ...]:
        """`resolved`, then what else the profile may mean: rows that are twins by any of them are twins."""
        return (self.resolved(profile),)

    def settled(self) -> dict[str, int | float | str]:
        """What was settled, and what follows from it, for the manifest."""
        return {}

    def content(self, text: Text) -> npt.NDArray[np.uint64]:
        """(rows, 2): 128-bit hash of what is compared. Rows with equal hashes are twins at once."""
        raise TypeError(f"{type(self).__name__} has no content")

    def check(self, text: Text) -> npt.NDArray[np.uint64] | None:
        """(rows,): a second hash of what `content` is of, by another function. Rows whose contents are equal and whose checks
        differ are no twins: two texts have collided. None: the odds of that are borne.
        """
        return None

    def keys(self, text: Text) -> npt.NDArray[np.uint64]:
        """(rows, bands): rows equal in any column are candidates. (rows, 0): equal content is all that counts."""
        return np.zeros((len(text), 0), np.uint64)

    def postings(self, text: Text) -> Postings | None:
        """Further keys, as many as each row needs; None: this operator has none."""
        return None

    def rare(self) -> bool:
        """Whether candidates are those that share any of their rarest members, among those of `sets`: then every pair that is
        alike by `least` is compared, and the operator has no keys of its own.
        """
        return False

    def sets(self, text: Text) -> Sets:
        """What candidates are verified by."""
        raise TypeError(f"{type(self).__name__} has no sets")

    def metric(self) -> Metric:
        """How two signatures are compared."""
        return "jaccard"

    def least(self) -> float:
        """Similarity of two signatures from which they are twins."""
        return 1.0

    def chains(self) -> bool:
        """Whether twins of twins are one cluster; else every row that goes is itself a twin of the one that stays."""
        return True

    def thorough(self) -> bool:
        """Whether large groups of candidates are compared pair by pair as well, as far as that can be borne."""
        return False

    def makes(self) -> dict[str, pl.DataType]:
        if self.action == "drop":
            return {}
        if self.action == "weight":
            return {"weight": pl.Int32(), "cluster_size": pl.Int64()}
        return {"cluster": pl.String(), "cluster_size": pl.Int64(), "similarity": pl.Float64()}


class Conflict(Operator):
    family: ClassVar[str] = "dedup"
    reason: ClassVar[str] = "conflict"
    """Why the rows that do not stay are dropped."""
    action: Literal["drop", "mark"] = "drop"
    """`mark` keeps every row and adds `cluster`, `cluster_size`, `similarity`."""

    def content(self, text: Text) -> npt.NDArray[np.uint64]:
        """(rows, 2): 128-bit hash of what is compared. Rows with equal hashes are opponents where their votes differ."""
        raise TypeError(f"{type(self).__name__} has no content")

    def votes(self, text: Text) -> npt.NDArray[np.uint64]:
        """(rows,): what each row says of its content; 0 says nothing."""
        raise TypeError(f"{type(self).__name__} has no votes")

    def majority(self) -> bool:
        """Whether rows stay that say what more than half of those with their content say."""
        return False

    def makes(self) -> dict[str, pl.DataType]:
        if self.action == "drop":
            return {}
        return {"cluster": pl.String(), "cluster_size": pl.Int64(), "similarity": pl.Float64()}
