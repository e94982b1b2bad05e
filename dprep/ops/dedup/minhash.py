"""Drop texts that are nearly the same as another one.

Two texts are twins if their sets of shingles (runs of words or characters) have a Jaccard similarity of `threshold` or more.
Use it after cleaning, for crawled pages, revisions of one document, templates. Not for paraphrases, which share few runs of
words, nor for short passages inside long texts. Where only equal texts matter, `dedup.exact` is cheaper.

Candidates come from locality-sensitive hashing: a sketch of `sketch` hashes per text, cut into bands; texts equal in one band
are compared by their whole sets, so no text is dropped on a hash's word. Bands are chosen such that two texts at the
threshold meet with the probability `recall`; more alike ones meet almost surely, and the curve below says how surely. With
`recall = 1` no pair is left to chance where either text has 24 shingles or fewer, and of longer ones less than one in 100,000
is missed; `dedup.twins`, which a split asks when it must not part twins, misses none.

Twins of twins are one cluster: `similarity` is the true similarity to the row that stays, and may lie below the threshold in a
chain; then `dprep why` names the row that linked the two. With `chain = false` no row goes that is not itself a twin of the
one that stays for it, and more rows stay.

Where more than 64 texts share one band (4,096 with `recall = 1`), each is compared with eight leaders only, turn after turn: a
million copies of one page cost a million comparisons, not their square. The manifest counts such `large_buckets`. With
`recall = 1` and chains those that no leader has joined are compared with all others in the end.

Compared are letters and digits, without case, accents and full-width forms; punctuation, blanks and emoji are not. A text
shorter than one shingle is compared whole; a text without letters or digits is a twin of equal texts only.

`shingles = "auto"` and `ngram = 0` are settled once from all rows. If most words are characters of a script without blanks:
characters, 2 in a row where half the texts have fewer than 30 of them, 3 under 100, else 5. If not, by the middle number of
words per text: under 20 words 5 characters (3 under 5 words), under 50 words 3 words, else 5 words. When a step is run again
on its own output the middle may have moved and other rows be twins: state `shingles` and `ngram` where that matters.

Chinese: every han and kana character counts as a word, so under `words` a Chinese text falls into runs of characters and is
never one token; traditional and simplified characters stay different. Thai, Lao, Khmer and Burmese go by characters too.

Source: sketch: Dahlgaard, Knudsen, Thorup 2017, "Fast Similarity Sketching", arXiv 1704.04370. Threshold 0.8 and 256 hashes:
this project's design. Five words: FineWeb (datatrove), Data-Juicer. Shingles of shorter texts: this project's, such that one
changed word in the middle text, or one typo in a short one, leaves about the threshold.

```toml
op = "dedup.minhash"
threshold = 0.7
shingles = "words"
ngram = 2
```
```diff
  {"text": "The quick brown fox jumps over the lazy dog by the old river bank in May"}
- {"text": "the quick brown fox jumps over the lazy dog by the old river bank in June!"}  # duplicate
  {"text": "The quick brown fox sleeps"}
```

```toml
op = "dedup.minhash"
threshold = 0.6
shingles = "characters"
ngram = 2
```
```diff
  {"text": "请问我的订单什么时候可以发货？"}
- {"text": "请问，我的订单什么时候能发货"}  # duplicate
  {"text": "我想退货"}
```
"""

from typing import Annotated, Literal, Self

import numpy as np
import numpy.typing as npt
from annotated_types import Ge, Gt, Le
from pydantic import model_validator

from dprep.base.dedup import Dedup, Metric, Postings, Sets
from dprep.base.problem import Error, Problem
from dprep.base.text import Text
from dprep.kernels.hashing import text_hashes
from dprep.kernels.shingles import shingle_sets
from dprep.kernels.short_sets import short_postings
from dprep.kernels.sketch import MAX_SIZE, band_keys, bands_for, row_sketches
from dprep.ops.dedup._curve import drawn, matched
from dprep.ops.dedup._runs import length_profile, lengths_of

_SURELY = 0.99999
"""The recall among long texts where none is to be missed."""


class MinHash(Dedup):
    threshold: Annotated[float, Gt(0), Le(1)] = 0.8
    """Jaccard similarity of two texts' shingles from which they are twins."""
    shingles: Literal["auto", "words", "characters"] = "auto"
    """What a shingle is a run of."""
    ngram: Annotated[int, Ge(0), Le(64)] = 0
    """Words or characters in a shingle; 0: by the length of the texts."""
    sketch: Annotated[int, Ge(16), Le(MAX_SIZE)] = 256
    """Hashes per text. With more of them bands can be wider at the same recall, so that fewer strangers are compared."""
    recall: Annotated[float, Ge(0.5), Le(1)] = 0.99
    """The probability that two texts at the threshold are compared at all; 1 for every pair, as far as that can be."""
    verify: Literal["exact", "sketch", "none"] = "exact"
    """What decides whether two candidates are twins: the true similarity of their shingles; its estimate from the sketches
    (off by up to 0.08 with 256 hashes, so rows are lost by it); or nothing, so that all texts which share a band are twins, as
    most tools have it."""
    chain: bool = True
    """Whether twins of twins are one cluster; otherwise every row that goes is a twin of the row that stays for it."""

    @model_validator(mode="after")
    def _is_sound(self) -> "MinHash":
        if self.verify == "none" and not self.chain:
            sentence = 'without chains every pair must be known, and `verify = "none"` looks at none'
            raise Error(Problem("wrong-value", sentence, help="leave out `verify`, or `chain = false`"))
        return self

    def profile(self, text: Text) -> npt.NDArray[np.int64]:
        return np.zeros(0, np.int64) if self.shingles != "auto" and self.ngram else length_profile(text)

    def resolved(self, profile: npt.NDArray[np.int64]) -> Self:
        if not len(profile):
            return self
        without_blanks, middle = lengths_of(profile)
        kind, ngram = _settled(self.shingles, without_blanks=without_blanks, middle=middle)
        return self.model_copy(update={"shingles": kind, "ngram": self.ngram or ngram})

    def settled(self) -> dict[str, int | float | str]:
        bands, width = self.bands()
        met = round(matched(self.threshold, bands, width), 6)
        return {"shingles": self.shingles, "ngram": self.ngram, "bands": bands, "width": width, "recall_at_threshold": met}

    def drawn(self) -> str:
        return drawn(self.threshold, *self.bands())

    def bands(self) -> tuple[int, int]:
        """How many bands, and hashes in each."""
        return bands_for(self.threshold, self.sketch, min(self.recall, _SURELY))

    def content(self, text: Text) -> npt.NDArray[np.uint64]:
        return text.once(_content)

    def keys(self, text: Text) -> npt.NDArray[np.uint64]:
        return band_keys(text.buffers, *self._run(), self.content(text), *self.bands())

    def postings(self, text: Text) -> Postings | None:
        return short_postings(shingle_sets(text.buffers, *self._run()), self.threshold) if self.recall == 1 else None

    def sets(self, text: Text) -> Sets:
        if self.verify == "sketch":
            return row_sketches(text.buffers, *self._run(), self.content(text), self.sketch)
        return shingle_sets(text.buffers, *self._run())

    def metric(self) -> Metric:
        return "none" if self.verify == "none" else "equal" if self.verify == "sketch" else "jaccard"

    def least(self) -> float:
        return self.threshold

    def chains(self) -> bool:
        return self.chain

    def thorough(self) -> bool:
        return self.recall == 1

    def _run(self) -> tuple[bool, int]:
        """Whether shingles are runs of characters, and how long."""
        if self.shingles == "auto" or not self.ngram:
            raise ValueError("`auto` is settled by `resolved`, from the profile of all rows")
        return self.shingles == "characters", self.ngram


def _content(text: Text) -> npt.NDArray[np.uint64]:
    return text_hashes(text.buffers)


def _settled(asked: str, *, without_blanks: bool, middle: int) -> tuple[str, int]:
    """Kind and length of the shingles, for texts with `middle` words in the middle."""
    kind = asked
    if asked == "auto":
        kind = "characters" if without_blanks or middle < 20 else "words"
    if kind == "words":
        return kind, 2 if middle < 20 else 3 if middle < 50 else 5
    if without_blanks:
        return kind, 2 if middle < 30 else 3 if middle < 100 else 5
    return kind, 3 if middle < 5 else 5
