"""Drop texts that mean much the same as another one, by the cosine of their vectors.

Use it to thin out questions, instructions and titles that are worded differently but ask the same, after `dedup.exact` and
`dedup.minhash` have taken the copies. Do not use it to find copies (`dedup.minhash` compares the words themselves), on texts
longer than the encoder reads, or with an encoder you have not looked at: what counts as the same is what the encoder thinks,
and "book a flight" and "cancel a flight" are near each other for many. Look at the pairs in the report, or start with
`action = "mark"`.

Vectors come from `encoder`, a folder as `tag.embedding` takes it: the plan puts a step `<name>-vectors` before this one, and
the vectors are gone when this one is done. To keep them, or to use those you have, make or read a column of them and name it in
`vectors`: lists of numbers, all of the same length. They are made 1 long first. Rows equal in text and vector are twins at
once. A row whose vector is null, empty or zero is a twin only of rows with an equal text that have none either.

Two rows are twins if their cosine is `threshold` or more. Up to 2,048 different rows, all pairs are compared. Beyond that, rows
are compared that lie on the same side of every plane of a band: bands and planes are chosen such that two rows at the threshold
meet with the probability `recall`, nearer ones more surely. Vectors of one encoder mostly share a direction, so that strangers
have a cosine of 0.3 to 0.8: planes go through the mean of all vectors, which tells strangers apart, and the angle that the
threshold means as seen from there is reckoned with. The manifest has `bands`, `width`, `recall_at_threshold`, and how long the
mean is (`mean_length`: 0 = no shared direction, near 1 = hardly anything else). Where that exceeds the square root of the
threshold, strangers are twins: set `threshold` higher, or take another encoder.

Where more than 64 rows lie on one side of all planes of a band, each is compared with eight others only, and pairs may be
missed; the manifest counts such `large_buckets`. They come where thousands of rows have nearly the same vector, and at low
thresholds: below 0.7 take fewer rows at a time.

Twins of twins are one cluster, which with vectors may wander far: `similarity` is the cosine to the row that stays, and may lie
below the threshold. With `chain = false` no row goes that is not itself a twin of the row that stays for it.

**Chinese.** As the encoder does it. One that has learnt from English alone sees a Chinese text as a row of unknown tokens, and
calls all Chinese texts of about the same length twins: use one that knows both.

Source: Charikar 2002 (planes). Threshold 0.9: semhash 0.5, `SemHash.self_deduplicate`. Twins by cosine: Abbas et al. 2023,
"SemDeDup", arXiv 2303.09540, which compares within k-means clusters instead; planes need no training and their recall is known.
The mean: this project's, measured in benchmarks/results/dedup-semantic.txt.

```toml
op = "dedup.semantic"
vectors = "vector"
```
```diff
  {"text": "where is my parcel", "vector": [0.6, 0.8, 0.0]}
- {"text": "my package has not come yet", "vector": [0.61, 0.78, 0.1]}  # duplicate
  {"text": "cancel my order", "vector": [0.0, 0.6, 0.8]}
  {"text": "我的包裹在哪里？", "vector": [0.1, 0.9, 0.3]}
- {"text": "包裹还没有到", "vector": [0.1, 0.9, 0.4]}  # duplicate
  {"text": "no vector"}
- {"text": "no vector"}  # duplicate
  {"text": "no direction", "vector": [0.0, 0.0, 0.0]}
```

```toml
op = "dedup.semantic"
encoder = "tiny-encoder"     # random weights, 8 dimensions
threshold = 0.96
chain = false
```
```diff
  {"text": "where is my parcel"}
  {"text": "Where is the parcel"}
- {"text": "thanks for the quick help"}  # duplicate
  {"text": "请取消订单"}
- {"text": "请取消订单"}  # duplicate
  {"text": "我的包裹在哪里？"}
  {"text": " "}
```
"""

from typing import Annotated, ClassVar, Self

import numpy as np
import numpy.typing as npt
from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import PrivateAttr, model_validator

from dprep.base.dedup import Dedup, Metric, Sets
from dprep.base.operator import File, Wanted
from dprep.base.problem import Error, Problem
from dprep.base.text import Text
from dprep.kernels.hashing import text_hashes
from dprep.kernels.planes import FINE, MOST, met, plane_keys, planes_for, sums
from dprep.ops.dedup._vectors import Directions, bad_vectors, directions

MADE = "semantic_vectors"
"""The column that the plan has `tag.embedding` make for this step alone."""
WHOLE = 2_048
"""Up to so many rows with a vector every pair is compared: two million pairs, in about a second."""
BANDS = 128
"""At most: each is a key of 8 bytes a row on disk."""


class Semantic(Dedup):
    guessable: ClassVar[bool] = False
    extra: ClassVar[str] = "train"
    varies: ClassVar[str] = (
        "with `encoder`, vectors depend in their last bits on the device; they are rounded, and remembered. With `vectors` the "
        "answer is always the same."
    )

    encoder: File | None = None
    """The folder of the encoder that makes the vectors. Either this or `vectors`."""
    vectors: Annotated[str, MinLen(1)] | None = None
    """The column of vectors."""
    threshold: Annotated[float, Gt(0), Lt(1)] = 0.9
    """Cosine of two vectors from which their rows are twins. Below 1: that of a vector with itself may be rounded to less."""
    recall: Annotated[float, Ge(0.5), Le(0.9999)] = 0.99
    """The probability that two rows at the threshold are compared at all, where not all pairs are."""
    chain: bool = True
    """Whether twins of twins are one cluster; otherwise every row that goes is a twin of the row that stays for it."""
    max_tokens: Annotated[int, Ge(8), Le(131_072)] | None = None
    """With `encoder`: tokens that are read of a text, as in `tag.embedding`."""
    prefix: str = ""
    """With `encoder`: put before each text, as in `tag.embedding`."""

    _mean: tuple[float, ...] | None = PrivateAttr(None)
    """Of all vectors; empty where there are none."""
    _rows: int = PrivateAttr(0)
    """Rows that have a vector."""

    @model_validator(mode="after")
    def _knows_its_vectors(self) -> Self:
        if self.encoder is None and self.vectors is None:
            help = 'name the folder of an encoder, or a column: `vectors = "embedding"`'
            raise Error(Problem("missing-parameter", "neither `encoder` nor `vectors` is set", help=help))
        if self.encoder is not None and self.vectors is not None:
            raise Error(Problem("wrong-value", "vectors come from `encoder` or from `vectors`, not from both", help="drop one"))
        for name in ("max_tokens", "prefix"):
            if self.encoder is None and getattr(self, name):
                help = "set it where the vectors are made, or drop the line"
                raise Error(Problem("wrong-value", f"`{name}` says nothing without `encoder`", help=help))
        return self

    def wants(self) -> Wanted | None:
        if self.encoder is None:
            return None
        limit = {} if self.max_tokens is None else {"max_tokens": self.max_tokens}
        told = {"encoder": self.encoder, "prefix": self.prefix, "as": {"embedding": MADE}, **limit}
        return Wanted("vectors", "tag.embedding", told)

    def spends(self) -> tuple[str, ...]:
        return () if self.encoder is None else (MADE,)

    def reads(self) -> tuple[str, ...]:
        return (*super().reads(), *([self.vectors or MADE] if self.vectors or self.encoder else []))

    def profile(self, text: Text) -> npt.NDArray[np.int64]:
        """Vectors, their dimensions and the squares of these summed up, then the sum of the vectors."""
        found = self._found(text).vectors
        count, dimensions = found.shape
        out = np.zeros(3 + MOST, np.int64)
        out[:3] = count, count * dimensions, count * dimensions**2
        out[3 : 3 + dimensions] = sums(found)
        return out

    def resolved(self, profile: npt.NDArray[np.int64]) -> Self:
        count, dimensions, squares = (int(number) for number in profile[:3])
        if count * squares != dimensions**2:
            raise bad_vectors(f"the vectors of `{self.vectors or MADE}` are not all of one length")
        found = self.model_copy()
        found._rows = count
        found._mean = tuple((profile[3 : 3 + dimensions // max(count, 1)] / (FINE * max(count, 1))).tolist())
        return found

    def settled(self) -> dict[str, int | float | str]:
        bands, width = self.bands()
        sure = round(met(self._seen()[1], bands, width), 6)
        told = {"vectors": self._rows, "dimensions": len(self._centre()), "mean_length": round(self._seen()[0] ** 0.5, 4)}
        return {**told, "bands": bands, "width": width, "recall_at_threshold": sure}

    def bands(self) -> tuple[int, int]:
        """How many bands, and planes in each; no planes: all rows are compared with all."""
        if self._rows <= WHOLE:
            return 1, 0
        return planes_for(self._seen()[1], self._rows, (1.0 + self.recall) / 2.0, BANDS)

    def content(self, text: Text) -> npt.NDArray[np.uint64]:
        """Of the text, and of its vector."""
        return text_hashes(text.buffers) + self._found(text).hashes()

    def keys(self, text: Text) -> npt.NDArray[np.uint64]:
        found, (bands, width) = self._found(text), self.bands()
        out = np.repeat(self.content(text)[:, :1], bands, axis=1)  # without a vector: a key of its own
        radius = (1.0 - self._seen()[0]) ** 0.5
        out[found.has] = plane_keys(found.vectors, np.array(self._centre()), radius, bands, width)
        return out

    def sets(self, text: Text) -> Sets:
        return self._found(text).sets()

    def metric(self) -> Metric:
        return "cosine"

    def least(self) -> float:
        return self.threshold

    def chains(self) -> bool:
        return self.chain

    def thorough(self) -> bool:
        return self._rows <= WHOLE

    def _found(self, text: Text) -> Directions:
        return directions(text.rows.get_column(self.vectors or MADE))

    def _centre(self) -> tuple[float, ...]:
        if self._mean is None:
            raise ValueError("the mean is settled by `resolved`, from the profile of all rows")
        return self._mean

    def _seen(self) -> tuple[float, float]:
        """The square of the mean's length, and the least cosine that two vectors at the threshold have as seen from the mean.

        Vectors of cosine t lie 2 - 2t apart (squared), and are kept 1 - s from the mean (squared). One of two may lie nearer to
        it than the other, and be moved further off: a third of the mean's length, and half of the misses that `recall` allows,
        are set aside for that. So pairs at the threshold meet often enough even where all of them differ in this way.
        """
        square = min(sum(x * x for x in self._centre()), 1.0 - 1e-9)
        apart = (1.0 - self.threshold) * (1.0 + square**0.5 / 3.0)
        return square, max(0.0, 1.0 - apart / (1.0 - square))
