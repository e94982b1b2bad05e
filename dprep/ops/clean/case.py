"""Write capitals as small letters: everywhere, or only where a text or line shouts.

`only = "texts"` lowers texts in which `min_share` of the letters that have case are capitals, `only = "lines"` judges each line
for itself; texts and lines with fewer than `min_letters` such letters are left alone, so that `USA` and `OK` stay. Without
`only` everything is lowered.

Lowering everything serves bag-of-words models, matching and counting. Do not do it for training language models, named entities
or program text: case means something there, and tokenizers know it. `only = "lines"` repairs headings and shouted mail.

Each character becomes one character (Unicode's simple mapping): Σ becomes σ also at the end of a word, ẞ becomes ß. The Turkish
İ becomes i, without the dot that the full mapping leaves behind; I becomes i, not ı, whatever the language. Full-width Ａ
becomes ａ. Sentences do not get their first capital back.

**Chinese.** Han and kana have no case; Latin words inside Chinese text are lowered like others, and only they are counted
for `min_share`.

Source: UnicodeData.txt, field Simple_Lowercase_Mapping, in the version of Python's unicodedata.

```toml
op = "clean.case"
```
```diff
- {"text": "Hello WORLD, ÄÖÜ, ΣΑΣ, İzmir"}
+ {"text": "hello world, äöü, σασ, izmir"}
- {"text": "我在用Python和GPU"}
+ {"text": "我在用python和gpu"}
  {"text": "small letters, 你好"}
```

```toml
op = "clean.case"
only = "lines"
```
```diff
- {"text": "TERMS AND CONDITIONS\\nPlease read. See NASA."}
+ {"text": "terms and conditions\\nPlease read. See NASA."}
  {"text": "OK\\nNASA\\nHe works for IBM and AT&T."}
```

```toml
op = "clean.case"
only = "texts"
min_share = 0.9
min_letters = 5
```
```diff
- {"text": "WHERE IS MY ORDER???"}
+ {"text": "where is my order???"}
  {"text": "TERMS AND CONDITIONS\\nPlease read them."}
```
"""

from typing import Annotated, Literal

import polars as pl
from annotated_types import Ge, Le

from dprep.base.operator import Clean
from dprep.base.text import Text, buffers, from_buffers
from dprep.kernels.case import LINES, WHOLE, lowered


class Case(Clean):
    only: Literal["texts", "lines"] | None = None
    """Lower only texts, or only lines, that are mostly capitals."""

    min_share: Annotated[float, Ge(0), Le(1)] = 0.7
    """With `only`: share of capitals among the letters that have case."""

    min_letters: Annotated[int, Ge(1), Le(1_000_000)] = 10
    """With `only`: letters that have case, without which nothing is lowered."""

    def edit(self, text: Text) -> pl.Series:
        rows = text.series.str.contains(r"\p{Lu}|\p{Lt}|[Ⅰ-ⅯⒶ-Ⓩ\x{2183}]").arg_true()
        if not len(rows):
            return text.series
        unit = LINES if self.only == "lines" else WHOLE
        least, share = (0, 0.0) if self.only is None else (self.min_letters, self.min_share)
        after = from_buffers(*lowered(*buffers(text.series.gather(rows)), unit=unit, least=least, share=share))
        return text.series.clone().scatter(rows, after)
