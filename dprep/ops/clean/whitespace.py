"""Put blanks and line breaks in order.

Every run of blanks becomes one space, lines lose the blanks at their ends, texts lose white space at theirs, every kind of line
break (CRLF, CR, NEL, vertical tab, form feed, U+2028, U+2029) becomes `\\n`, and no more than `max_newlines` of them follow
each other. A line that holds only blanks counts as an empty line.

Use it early, before filters that count and before deduplication: it removes differences that nobody reads. Do not use it where
columns are laid out with blanks (tables in plain text); for program code or Markdown set `keep_indent = true`.

**Chinese.** The ideographic space (U+3000) is a blank like any other. A blank between two han or kana characters is kept as one
space unless `join_cjk = true` drops it; that is right for text broken by a PDF or a typesetter, and wrong where blanks separate
items of a list or names.

Source: blanks and line breaks are Unicode's White_Space (PropList.txt, 25 code points). Zero-width characters are not white
space: `clean.unicode` removes them.

```toml
op = "clean.whitespace"
```
```diff
- {"text": "  two   blanks\\tand a tab \\r\\n\\r\\n\\r\\n\\r\\nnext "}
+ {"text": "two blanks and a tab\\n\\nnext"}
  {"text": "in order"}
- {"text": "你好\u3000世界\u3000"}
+ {"text": "你好 世界"}
```

```toml
op = "clean.whitespace"
max_newlines = 0
join_cjk = true
```
```diff
- {"text": "断\\n行 的 text 很 多"}
+ {"text": "断行的 text 很多"}
  {"text": "one line"}
```

```toml
op = "clean.whitespace"
keep_indent = true
```
```diff
- {"text": "if x:  \\n    go(1,  2)\\n"}
+ {"text": "if x:\\n    go(1, 2)"}
  {"text": "    quoted"}
```
"""

from typing import Annotated

import polars as pl
from annotated_types import Ge, Le

from dprep.base.operator import Clean
from dprep.base.text import Text, from_buffers
from dprep.kernels.whitespace import ordered


class Whitespace(Clean):
    max_newlines: Annotated[int, Ge(0), Le(1000)] = 2
    """Longest run of line breaks; 2 keeps one empty line between paragraphs, 0 makes one line of the text."""

    keep_indent: bool = False
    """Keep the blanks at the start of a line as they are (program code, Markdown, poems)."""

    join_cjk: bool = False
    """Drop blanks between two han or kana characters or their punctuation."""

    def edit(self, text: Text) -> pl.Series:
        offsets, data = text.buffers
        edited = ordered(offsets, data, max_newlines=self.max_newlines, keep_indent=self.keep_indent, join_cjk=self.join_cjk)
        return text.series if edited is None else from_buffers(*edited, text.series.name)
