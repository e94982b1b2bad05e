"""Drop texts whose lines are too short or too long.

Short lines are menus, lists and tables; endless ones are minified code, encoded data and logs. Average: the characters of the
text, line breaks included, divided by its lines. Use it for web pages and for code; set bounds after a look at the histogram
in the report. Do not use it on text wrapped at a fixed width (every average is 60 to 70) or on chats.

Lines end where Unicode says they do; characters are code points. A text without a line has an average and a longest line of
0. Other bounds in use: Data-Juicer's recipes for Common Crawl keep averages up to 1,500 and longest lines up to 5,000, for C4
up to 3,000 and 4,000, for Wikipedia up to 192 and 1,630, for books 500 and 13,381, for arXiv 682 and 4,000.

**Chinese.** A Chinese paragraph has a third to a half of the characters of its English translation: halve bounds made for
English. ChineseWebText asks for an average of at least 10.

Source: Data-Juicer `data_juicer/ops/filter/average_line_length_filter.py`, `maximum_line_length_filter.py` (10 for both) and
`configs/data_juicer_recipes/*.yaml`; CASIA-LM/ChineseWebText `preprocess.py`.

```toml
op = "filter.line_length"
```
```diff
  {"text": "This paragraph stands on one line.\\nSo does this one."}
- {"text": "Home\\nAbout\\nLog in\\nHelp"}  # min_average
- {"text": "Home\\n\\n\\n"}  # min_average
  {"text": "今天天气很好，我们去公园走走。"}
```

```toml
op = "filter.line_length"
min_average = 0.0
min_longest = 0
max_longest = 20
```
```diff
  {"text": "a,b,c"}
- {"text": "!function(e,t){return e(t)}(window,document)"}  # max_longest
```
"""

from typing import Annotated

import numpy as np
import polars as pl
from annotated_types import Ge

from dprep.base.operator import Filter
from dprep.base.text import Text
from dprep.kernels.line_sizes import split_sizes
from dprep.kernels.words import counts


class LineLength(Filter):
    min_average: Annotated[float, Ge(0)] | None = 10.0
    """Fewest characters per line on average."""

    max_average: Annotated[float, Ge(0)] | None = None
    """Most characters per line on average."""

    min_longest: Annotated[int, Ge(0)] | None = 10
    """Fewest characters of the longest line."""

    max_longest: Annotated[int, Ge(0)] | None = None
    """Most characters of the longest line."""

    def measure(self, text: Text) -> dict[str, pl.Series]:
        sizes = text.once(split_sizes)
        average = text.once(counts).characters / np.maximum(sizes.lines, 1)
        return {"average": pl.Series(average), "longest": pl.Series(sizes.longest)}
