"""Remove long passages that stand word for word elsewhere too.

Every run of `length` bytes or words that stands elsewhere as well, in another row or earlier in the same one, is cut; runs that
overlap are cut as one. Of equal runs the first in the input stays, with `keep = "none"` none does. It is exact: no run of
`length` is overlooked, and none is cut that does not stand elsewhere (runs are told apart by 122-bit hashes). A run that only
overlaps its own first copy, as in "aaaa…", is no repeat. A row of which too little is left is dropped, with reason `min_left`
or `max_removed`, as it was.

Use it on corpora for language models, after `dedup.exact` and `dedup.minhash` have taken out what is the same as a whole: it
finds quotations, notices and templates inside texts that are otherwise different. Do not use it where rows must stay whole
sentences: with bytes a cut may start in the middle of a word, and what stood before and behind it stands together afterwards.
Nor for rows shorter than `length`, of which none can be cut.

`unit = "bytes"` compares UTF-8 as it is and never cuts inside a character: a character that only half belongs to a repeat
stays. `unit = "words"` compares words as `dedup.minhash` does, so case, accents, punctuation, blanks and line breaks make no
difference; a cut takes along the signs that belong to its first and last word, and one of the blanks around it. Within a
text that lost passages, words that were apart stand together: a second run may find repeats that the first could not.

The cost grows with what is repeated: each byte or word that may start a repeat takes 24 bytes of disk while the step runs.

**Chinese.** Each han or kana character is a word of its own: 50 words are 50 characters. 100 bytes are about 33 characters, so
with bytes use 150 or more for Chinese. Suffix arrays over bytes are known to leave pieces of characters; here no character is
ever split.

Source: 100 bytes: google-research/deduplicate-text-datasets (Lee et al. 2022, "Deduplicating Training Data Makes Language
Models Better"), which keeps one copy too; 50 tokens: datatrove's exact substring deduplication. Anchors: Schleimer, Wilkerson,
Aiken 2003, "Winnowing". Passages are found there with a suffix array, here with anchors and hashed windows; the answer is the
same but for texts that overlap themselves.

```toml
op = "dedup.substring"
length = 24
```
```diff
  {"text": "He said: all rights to this text are reserved by him. And went."}
- {"text": "Note that all rights to this text are reserved by nobody."}
+ {"text": "Note thatnobody."}
  {"text": "No rights to this are given."}
- {"text": "all rights to this text are reserved by him"}  # min_left
  {"text": "我们保留对本文的所有权利，未经许可不得转载。"}
- {"text": "请注意：我们保留对本文的所有权利。"}
+ {"text": "请注意：。"}
  {"text": "本文的权利属于作者。"}
  {"text": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
```

```toml
op = "dedup.substring"
unit = "words"
length = 5
keep = "none"
max_removed = 0.8
```
```diff
- {"text": "Please read: this mail is for you alone. Best wishes to Ann and Bob"}
+ {"text": "Please read: Best wishes to Ann and Bob"}
- {"text": "THIS MAIL\\nis for you alone! The lamp is on the table since Monday."}
+ {"text": "The lamp is on the table since Monday."}
- {"text": "This mail is for you alone, Bob."}  # max_removed
  {"text": "This mail is for him alone."}
  {"text": "我喜欢喝茶。"}
- {"text": "今天下雨，我们在家里看书，很高兴。"}
+ {"text": "今天下雨，很高兴。"}
- {"text": "我们在家里看书吧，外面太冷。"}
+ {"text": "吧，外面太冷。"}
```
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from annotated_types import Ge, Le

from dprep.base.dedup_spans import Anchors, Cuts, DedupSpans, Sites
from dprep.base.text import Text
from dprep.kernels.window_cuts import byte_cuts, word_cuts
from dprep.kernels.windows import anchors, window_sites


class Substring(DedupSpans):
    counted: ClassVar[str] = "passages"
    exempt: ClassVar[Mapping[str, str]] = {
        "twice": "What stood before and behind a cut stands together afterwards, and may so equal what another cut has left."
    }

    length: Annotated[int, Ge(5), Le(10_000)] = 100
    """How long a passage must be to be cut, in `unit`."""

    unit: Literal["bytes", "words"] = "bytes"
    """What a passage is a run of."""

    def screened(self) -> bool:
        return True

    def apart(self) -> int:
        return self.length

    def anchors(self, text: Text) -> Iterator[Anchors]:
        for hashes in anchors(text.buffers, self.length, words=self.unit == "words"):
            yield Anchors(hashes)

    def sites(self, text: Text, screen: npt.NDArray[np.uint64] | None) -> Iterator[Sites]:
        if screen is None:
            raise ValueError("passages are looked for among those whose anchors were met twice")
        for places, texts, keys, seen in window_sites(text.buffers, self.length, screen, words=self.unit == "words"):
            yield Sites(places, texts, keys, seen)

    def spans(self, text: Text, repeated: npt.NDArray[np.bool_]) -> Cuts:
        cut = word_cuts if self.unit == "words" else byte_cuts
        return Cuts(*cut(text.buffers, repeated, self.length))
