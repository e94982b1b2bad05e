"""Drop new rows that are too like, or too unlike, the text that they were made from.

Use it after every augmenter that rewrites: what comes back nearly as it went teaches nothing, and what shares little with its
parent most likely says something else. Two yardsticks, each with a lower and an upper bound; set either or both.

`jaccard` is the share of words that both texts have among those that either has, without case. `chrf` (0 to 100) compares
runs of one to six characters, so that `parcels` is near `parcel` where `jaccard` sees two different words; blanks do not
count, case does. A text of `n` different words with one exchanged has a `jaccard` of (n - 1) / (n + 1): .71 with 6 words, .90
with 20. So an upper bound of .9 drops long texts with a single synonym: raise it for texts of over 20 words. The default band
is that of sentences that went through a rule-based translator and back.

Words in another order are the same words: `max_jaccard = 0.9` drops all that `augment.recombine` makes of a row's sentences,
and what `swap` of `augment.eda` does. Behind those set `max_jaccard = 1.0`, and judge by `max_chrf`, which sees order.

Do not use it to keep the meaning: `not` is one word (`gate.kept`), and a label is not in the letters (`gate.label`). A text
without a word has no `jaccard`, one of blanks alone no `chrf`; where a bound is set, such new rows leave.

**Chinese.** Every han character counts as a word, so `jaccard` compares sets of characters, and `chrf` runs of up to six of
them. A Chinese word has two characters where an English one has five, so Chinese paraphrases come out lower in `chrf`: one
word exchanged leaves 67 of `when will my parcel arrive` and 39 of 我想取消昨天的订单. One wrong character of twenty leaves a
`jaccard` of .9: raise `max_jaccard` behind `augment.noise` and `augment.typo`.

Source: the default band: of 2,000 English sentences that Apertium took to Spanish and back, eight in ten have a `jaccard`
between .44 and .83. Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation", as sacrebleu 2.6.0 computes
it for a sentence (order 6, beta 2).

```toml
op = "gate.similarity"
```
```diff
  {"text": "Where is the parcel that I ordered?"}
  {"text": "Where is the package that I ordered?", "variant": 1}
- {"text": "where is the parcel that I ordered", "variant": 2}  # gate.max_jaccard
- {"text": "It does not interest me.", "variant": 3}  # gate.min_jaccard
  {"text": "我的包裹在哪里？应该星期一到的。"}
  {"text": "我的快递在哪里？应该星期一送到的。", "variant": 1}
- {"text": "今天天气很好。", "variant": 2}  # gate.min_jaccard
```

```toml
op = "gate.similarity"
min_jaccard = 0.0
max_jaccard = 1.0
min_chrf = 45
max_chrf = 95
```
```diff
  {"text": "parcels arrive on Mondays"}
  {"text": "parcel arrives on Monday", "variant": 1}
- {"text": "parcels arrive on  Mondays", "variant": 2}  # gate.max_chrf
- {"text": "deliveries come weekly", "variant": 3}  # gate.min_chrf
  {"text": "我的包裹在哪里？应该星期一到的。"}
  {"text": "我的快递在哪里？应该星期一到的。", "variant": 1}
- {"text": "我的快递还没到，请问在哪里？", "variant": 2}  # gate.min_chrf
```
"""

from typing import Annotated

import polars as pl
from annotated_types import Ge, Le

from dprep.base.gate import Gate
from dprep.base.text import Text
from dprep.kernels.chrf import chrf
from dprep.kernels.word_overlap import jaccards
from dprep.ops._blocked import lowered


class Similarity(Gate):
    min_jaccard: Annotated[float, Ge(0), Le(1)] | None = 0.4
    """Least share of words that both texts have."""

    max_jaccard: Annotated[float, Ge(0), Le(1)] | None = 0.9
    """Largest share of words that both texts have."""

    min_chrf: Annotated[float, Ge(0), Le(100)] | None = None
    """Least chrF of the new text, its parent being the reference."""

    max_chrf: Annotated[float, Ge(0), Le(100)] | None = None
    """Largest chrF of the new text."""

    def compare(self, before: Text, after: Text) -> dict[str, pl.Series]:
        found = {"jaccard": pl.Series(jaccards(before.once(lowered), after.once(lowered)))}
        if self.min_chrf is not None or self.max_chrf is not None:
            found["chrf"] = pl.Series(chrf(before.buffers, after.buffers))
        return found
