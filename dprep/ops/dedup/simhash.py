"""Drop texts whose fingerprints of 64 bits differ in a few bits only.

The fingerprint is voted on by the shingles of a text (runs of words or characters), each as often as it occurs; two texts
are twins if `distance` bits or fewer differ. Use it where texts are many and copies nearly equal, a title or a date apart:
a row is compared by 8 bytes, and no pair is left to chance. Where recall matters take `dedup.minhash`: it finds more of the
same twins and says how alike they are. A bit is a coarse measure, the more so the shorter the text: of 2,000-character
texts with one typo `distance = 3` finds 78 %, of 47-character questions 24 % (`distance = 8`: 77 %), of Chinese headlines
of 19 characters 9 % (50 %); 94 % or more of each have a Jaccard similarity of 0.7, from which `dedup.minhash` can find
them.

Rows are compared that agree in all but `distance` of `blocks` stretches of the fingerprint. Two fingerprints within `distance`
always do, so every pair is found. There are `blocks` choose `distance` such keys a row, of about 64 (1 - distance / blocks)
bits: more blocks cost more keys, 8 bytes each on disk, and save comparisons of strangers. By default there are two blocks more
than `distance`: 10 keys of 25 bits for 3, 45 keys of 12 bits for 8. Where more than 4,096 different fingerprints share a key
(16 million rows with keys of 12 bits, or a pile of almost equal texts) each is compared with eight others, turn after turn; the
manifest counts such `large_buckets`.

By chance alone, among a million unrelated texts no pair lies within 3 bits, some 140 pairs lie within 8. `similarity` is the
share of equal bits: 0.95 is 3 bits, and strangers have 0.5. Twins of twins are one cluster, unless `chain = false`.

Compared are letters and digits, without case, accents and full-width forms. A text shorter than one shingle is compared whole;
a text without letters or digits is a twin of equal texts only. `shingles = "auto"` is settled once from all rows: characters
where most words are characters of a script without blanks or the middle text has fewer than 20 words, else words; `ngram = 0`
is 2 words, 3 characters, or 2 characters of such a script.

Flavours: `manku` is `distance = 3`, as for pages of the web. `data-juicer` is its setting for web text (6 words, 4 bits, 6
blocks), `data-juicer-short` that for short posts (3 words, 7 bits, 9 blocks), `data-juicer-chinese` that for Chinese
instructions (4 characters, 8 bits, 10 blocks). Data-Juicer hashes and splits words in its own way, so borderline pairs differ.

**Chinese.** Every han and kana character counts as a word; traditional and simplified characters stay different. One changed
character in a text of 19 moves 9 bits or more in half of all cases: set `distance = 8` with `ngram = 2`, or use
`dedup.minhash`.

Source: Charikar 2002, "Similarity Estimation Techniques from Rounding Algorithms"; Manku, Jain, Das Sarma 2007, "Detecting
Near-Duplicates for Web Crawling": 64 bits, distance 3, the keys. Data-Juicer: configs/data_juicer_recipes, as
`document_simhash_deduplicator`. The recalls above are measured, one typo each, on 4,000 texts of banking77, THUCNews and
Debian's pages and source files.

```toml
op = "dedup.simhash"
distance = 8
```
```diff
  {"text": "What can I do if my card still has not arrived after 2 weeks?"}
- {"text": "What can I do if my card still has not arived after 2 weeks?"}  # duplicate
- {"text": "what can I do, if my card still has not arrived after 2 weeks"}  # duplicate
  {"text": "What can I do if my transfer still has not arrived?"}
  {"text": "How long does a transfer take?"}
```

```toml
op = "dedup.simhash"
flavour = "data-juicer-chinese"
ngram = 2
```
```diff
  {"text": "请问我上周五在网上下的订单什么时候可以发货？我急着用，谢谢"}
- {"text": "请问，我上周五在网上下的订单什么时候可以发货，我急着用，谢谢您"}  # duplicate
  {"text": "我想退货，请问需要怎么办理手续？"}
  {"text": "你们的客服电话是多少？"}
```
"""

from collections.abc import Mapping
from math import comb
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from annotated_types import Ge, Le
from pydantic import model_validator

from dprep.base.dedup import Dedup, Metric, Sets
from dprep.base.problem import Error, Problem
from dprep.base.text import Text
from dprep.kernels.hashing import text_hashes
from dprep.kernels.simhash import BITS, block_keys, fingerprints
from dprep.ops.dedup._runs import length_profile, lengths_of

_MOST_KEYS = 256


class SimHash(Dedup):
    flavours: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "manku": {"shingles": "auto", "ngram": 0, "distance": 3, "blocks": 0},
        "data-juicer": {"shingles": "words", "ngram": 6, "distance": 4, "blocks": 6},
        "data-juicer-short": {"shingles": "words", "ngram": 3, "distance": 7, "blocks": 9},
        "data-juicer-chinese": {"shingles": "characters", "ngram": 4, "distance": 8, "blocks": 10},
    }

    flavour: Literal["manku", "data-juicer", "data-juicer-short", "data-juicer-chinese"] = "manku"
    """Whose settings are taken where yours say nothing."""
    distance: Annotated[int, Ge(0), Le(12)] = 3
    """In how many of 64 bits two fingerprints may differ."""
    shingles: Literal["auto", "words", "characters"] = "auto"
    """What a shingle is a run of."""
    ngram: Annotated[int, Ge(0), Le(64)] = 0
    """Words or characters in a shingle; 0: by the kind of text."""
    blocks: Annotated[int, Ge(0), Le(BITS)] = 0
    """Stretches of the fingerprint, all but `distance` of which make a key; 0: two more than `distance`."""
    chain: bool = True
    """Whether twins of twins are one cluster; otherwise every row that goes is a twin of the row that stays for it."""

    @model_validator(mode="after")
    def _has_keys(self) -> Self:
        if self.blocks and self.blocks <= self.distance:
            sentence = f"`blocks = {self.blocks}` leaves nothing to compare by where {self.distance} bits may differ"
            raise Error(Problem("wrong-value", sentence, help=f"set `blocks` to {self.distance + 1} or more"))
        if comb(self._blocks(), self.distance) > _MOST_KEYS:
            sentence = f"`blocks = {self.blocks}` makes {comb(self.blocks, self.distance):,} keys a row"
            raise Error(Problem("wrong-value", sentence, help=f"set `blocks` to {self.distance + 2}, or `0`"))
        return self

    def profile(self, text: Text) -> npt.NDArray[np.int64]:
        return np.zeros(0, np.int64) if self.shingles != "auto" and self.ngram else length_profile(text)

    def resolved(self, profile: npt.NDArray[np.int64]) -> Self:
        if not len(profile):
            return self
        without_blanks, middle = lengths_of(profile)
        kind = self.shingles
        if kind == "auto":
            kind = "characters" if without_blanks or middle < 20 else "words"
        ngram = self.ngram or (2 if kind == "words" or without_blanks else 3)
        return self.model_copy(update={"shingles": kind, "ngram": ngram})

    def settled(self) -> dict[str, int | float | str]:
        keys = comb(self._blocks(), self.distance)
        return {"shingles": self.shingles, "ngram": self.ngram, "blocks": self._blocks(), "keys": keys}

    def content(self, text: Text) -> npt.NDArray[np.uint64]:
        return text.once(_content)

    def keys(self, text: Text) -> npt.NDArray[np.uint64]:
        return block_keys(self._fingerprints(text), self._blocks(), self.distance)

    def sets(self, text: Text) -> Sets:
        return Sets(np.arange(len(text) + 1, dtype=np.int64), self._fingerprints(text))

    def metric(self) -> Metric:
        return "hamming"

    def least(self) -> float:
        return 1.0 - self.distance / BITS

    def chains(self) -> bool:
        return self.chain

    def thorough(self) -> bool:
        return True

    def _blocks(self) -> int:
        return self.blocks or self.distance + 2

    def _fingerprints(self, text: Text) -> npt.NDArray[np.uint64]:
        if self.shingles == "auto" or not self.ngram:
            raise ValueError("`auto` is settled by `resolved`, from the profile of all rows")
        return fingerprints(text.buffers, self.shingles == "characters", self.ngram, self.content(text))


def _content(text: Text) -> npt.NDArray[np.uint64]:
    return text_hashes(text.buffers)
