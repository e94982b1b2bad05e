"""Drop documents that have fewer than three long lines.

mC4's rule for pages in any language: at least three lines, the third longest of at least 200 characters. It needs no word
list, no tokenizer and no end marks. Use it on web pages of languages for which there is nothing better. Do not use it on text
wrapped at a fixed width (no line is that long), on chats, poems or product pages.

Lines are what line feeds separate; characters are code points, blanks included.

**Chinese.** 200 characters of Chinese say as much as 300 to 400 of English, so the rule is twice as strict there: 80 to 120
for `min_third_longest` is the same amount of text.

Source: datatrove `src/datatrove/pipeline/filters/c4_filters.py` (C4ParagraphFilter), after mC4 in tensorflow/datasets
`tensorflow_datasets/text/c4_utils.py`.

```toml
op = "filter.c4_paragraphs"
min_third_longest = 5
```
```diff
  {"text": "a long line\\n\\nlong enough\\nand a third"}
- {"text": "a very long line\\nand one more"}  # min_lines
- {"text": "a long line\\nlong enough\\nno"}  # min_third_longest
  {"text": "今天天气很好\\n我们去公园走走\\n然后回家吃饭"}
```

```toml
op = "filter.c4_paragraphs"
min_lines = 1
min_third_longest = 0
```
```diff
  {"text": "anything"}
  {"text": ""}
```
"""

from typing import Annotated

import polars as pl
from annotated_types import Ge

from dprep.base.operator import Filter
from dprep.base.text import Text
from dprep.kernels.line_sizes import feed_sizes


class C4Paragraphs(Filter):
    min_lines: Annotated[int, Ge(0)] = 3
    """Fewest lines, empty ones counted."""

    min_third_longest: Annotated[int, Ge(0)] = 200
    """Fewest characters of the third longest line."""

    def measure(self, text: Text) -> dict[str, pl.Series]:
        sizes = text.once(feed_sizes)
        return {"lines": pl.Series(sizes.lines), "third_longest": pl.Series(sizes.third)}
