"""Add how hard a text is to read: Flesch's scores for English, length of sentences and rare characters for Chinese.

`language = "en"` makes `reading_ease` (206.835 - 1.015 words/sentence - 84.6 syllables/word: 100 is very easy, 30 hard; there
is no lower end) and `grade` (0.39 words/sentence + 11.8 syllables/word - 15.59: years of school in the US). Use it on running
text of a hundred words and more. Do not use it on lists, headings and code, or as a measure of quality: a good law is hard to
read. Both numbers, rounded to two places, are null without a word or sentence.

Words and sentences are those of `tag.length` (`Dr. Lee` ends a sentence). Syllables are groups of `aeiouy`, minus a silent `e`
at the end (`make`, `makes`, `asked`), one at least. Neighbouring vowels that are spoken apart (`ra-di-o`) are counted as one:
of 113 common words counted by hand, most of several syllables, 11 get one too few, 4 % of all syllables. A number is a word of
one syllable. Other languages than English need other coefficients and are not judged.

**Chinese.** `language = "zh"` makes `sentence_characters` (han characters per sentence) and `rare_characters` (the share of han
characters that stand neither in level 1 of GB 2312, 3,755 characters, nor in that of Big5, 5,401: what is in daily use in
simplified or traditional writing). Japanese kanji count as han, kana do not. Null without a han character.

Source: Flesch 1948, "A new readability yardstick", Journal of Applied Psychology 32(3); Kincaid et al. 1975, Research Branch
Report 8-75 (grade); GB 2312-1980 and Big5 (1984), levels of frequency, as Python's codecs have them.

```toml
op = "tag.readability"
```
```diff
- {"text": "The cat sat on the mat. It was happy."}
+ {"text": "The cat sat on the mat. It was happy.", "reading_ease": 108.27, "grade": -0.72}
- {"text": "Institutional considerations necessitate reconsideration."}
+ {"text": "Institutional considerations necessitate reconsideration.", "reading_ease": -220.22, "grade": 44.97}
  {"text": "..."}
```

```toml
op = "tag.readability"
language = "zh"
```
```diff
- {"text": "我们去河边。好吗？"}
+ {"text": "我们去河边。好吗？", "sentence_characters": 3.5, "rare_characters": 0.0}
- {"text": "龘龘之徒"}
+ {"text": "龘龘之徒", "sentence_characters": 4.0, "rare_characters": 0.5}
```
"""

from typing import Literal

import numpy as np
import polars as pl

from dprep.base.operator import Tag
from dprep.base.text import Text
from dprep.kernels.sizes import sizes
from dprep.kernels.statistics import han_counts, syllables
from dprep.kernels.word_shapes import Values, ratios
from dprep.kernels.words import words


class Readability(Tag):
    language: Literal["en", "zh"] = "en"
    """Whose measures."""

    def notes(self) -> dict[str, pl.DataType]:
        names = ("reading_ease", "grade") if self.language == "en" else ("sentence_characters", "rare_characters")
        return {name: pl.Float64() for name in names}

    def note(self, text: Text) -> dict[str, pl.Series]:
        found = _english(text) if self.language == "en" else _chinese(text)
        return {name: pl.Series(np.round(values, 2)).fill_nan(None) for name, values in found.items()}


def _english(text: Text) -> dict[str, Values]:
    found = text.once(words)
    total = np.diff(found.rows)
    per_sentence = ratios(total, text.once(sizes).sentences)
    per_word = ratios(syllables(text.buffers, found), total)
    return {
        "reading_ease": 206.835 - 1.015 * per_sentence - 84.6 * per_word,
        "grade": 0.39 * per_sentence + 11.8 * per_word - 15.59,
    }


def _chinese(text: Text) -> dict[str, Values]:
    found = han_counts(text)
    per_sentence = ratios(found[:, 0], np.where(found[:, 0] > 0, text.once(sizes).sentences, 0))
    return {"sentence_characters": per_sentence, "rare_characters": ratios(found[:, 1], found[:, 0])}
