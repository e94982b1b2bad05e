"""Shorten texts of more than `max_length` characters or words, at the end of a sentence where there is one.

Tried in turn: the last end of a sentence within the limit, the last end of a word, the last place between two characters (emoji
sequences and letters with their marks stay whole). The first two count only if at least `min_share` of `max_length` is kept;
`cut = "word"` or `"hard"` begins further down. `ellipsis` is appended to what was cut, and counts. Blanks before the cut go.

A sentence ends with `. ! ?` before a blank, with 。！？；, both with the closing quotes and brackets after them, or with a
paragraph. A full stop after a single letter or one of some forty abbreviations (`Mr.`, `e.g.`, `Fig.`) ends none.

Use it for models that read a fixed length, after cleaning. It throws text away: `expand.passages` keeps all of it in pieces.
Do not use it on answers that must be whole, chats or program text. Tokens cannot be its unit, since a cut moves them: measure
how many characters a token has in your texts with `tag.tokens`, and choose `max_length` accordingly.

**Chinese.** Every han and kana counts as a word of its own, so `unit = "words"` counts mixed text fairly. Without a sentence
end the cut is between two han, where it may part a word; it never stands before ，。 or a closing bracket, and never inside a
Latin word or a figure unless that alone is too long.

Source: none; the marks and abbreviations are our own choice, and `max_length` and `min_share` are no findings.

```toml
op = "clean.truncate"
max_length = 30
```
```diff
- {"text": "Mr. Smith came home. He was very tired and slept."}
+ {"text": "Mr. Smith came home."}
- {"text": "A long sentence without any end before the limit"}
+ {"text": "A long sentence without any"}
- {"text": "我昨天去了商店。那里的苹果很便宜，所以我买了很多，还给邻居送去了一些。"}
+ {"text": "我昨天去了商店。那里的苹果很便宜，所以我买了很多，还给邻居送"}
  {"text": "Short enough."}
```

```toml
op = "clean.truncate"
max_length = 5
unit = "words"
min_share = 0
ellipsis = " …"
```
```diff
- {"text": "One two. Three four five six seven."}
+ {"text": "One two. …"}
- {"text": "好的。今天天气非常好"}
+ {"text": "好的。 …"}
  {"text": "今天天气好。"}
```
"""

from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Ge, Le, MaxLen
from pydantic import ValidationInfo, field_validator

from dprep.base.operator import Clean
from dprep.base.text import Text
from dprep.kernels.cuts import HARD, SENTENCE, WHOLE, WORD, character_limits, cuts
from dprep.kernels.slices import pieces
from dprep.kernels.words import counts, words

Places = npt.NDArray[np.int64]


class Truncate(Clean):
    max_length: Annotated[int, Ge(1), Le(1_000_000_000)] = 2000
    """The longest text that stays as it is, and the limit for those that are cut."""

    unit: Literal["characters", "words"] = "characters"
    """What is counted: code points, or words (every han is one)."""

    cut: Literal["sentence", "word", "hard"] = "sentence"
    """The most careful cut that is tried."""

    min_share: Annotated[float, Ge(0), Le(1)] = 0.5
    """Share of `max_length` that a cut at a sentence or word must leave."""

    ellipsis: Annotated[str, MaxLen(100)] = ""
    """Appended to texts that were cut; it counts for the limit."""

    @field_validator("ellipsis")
    @classmethod
    def _fits(cls, ellipsis: str, info: ValidationInfo) -> str:
        size = _size(ellipsis, info.data.get("unit", "characters"))
        if size >= info.data.get("max_length", size + 1):
            raise ValueError("`ellipsis` must be shorter than `max_length`")
        return ellipsis

    def edit(self, text: Text) -> pl.Series:
        kept = self.max_length - _size(self.ellipsis, self.unit)
        least = min(int(np.ceil(self.min_share * self.max_length)), kept)
        if self.unit == "words":
            limits, leasts = self._word_limits(text, kept, least)
        else:
            limits, leasts = character_limits(*text.buffers, self.max_length, kept, least)
        rows = np.flatnonzero(limits != WHOLE)
        if not len(rows):
            return text.series
        offsets, data = text.buffers
        care = {"sentence": SENTENCE, "word": WORD, "hard": HARD}[self.cut]
        ends = cuts(offsets, data, limits, leasts, care)[rows]
        return text.series.clone().scatter(rows, pieces(data, offsets[:-1][rows], ends) + self.ellipsis)

    def _word_limits(self, text: Text, kept: int, least: int) -> tuple[Places, Places]:
        """Of texts with too many words: the start of word number `kept`, and of word number `least`."""
        found = text.once(words)
        limits = np.full(len(text), WHOLE, np.int64)
        leasts = np.zeros(len(text), np.int64)
        long = np.flatnonzero(np.diff(found.rows) > self.max_length)
        limits[long] = found.starts[found.rows[long] + kept]
        leasts[long] = found.ends[found.rows[long] + least - 1] if least else text.buffers.offsets[long]
        return limits, leasts


def _size(ellipsis: str, unit: str) -> int:
    return int(counts(Text(pl.Series([ellipsis]))).words[0]) if unit == "words" else len(ellipsis)
