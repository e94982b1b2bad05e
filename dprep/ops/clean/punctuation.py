"""Give Chinese text its own punctuation: `你好,世界!` becomes `你好，世界！`.

`marks = "full"`: of `, . ? ! : ; ( )` those that belong to Chinese text become full-width, and spaces after such a mark go. A
mark belongs to Chinese text when it follows han, kana or a full-width mark; `, ? ! :` also when they stand between a Latin
letter or digit and a han (`Python,很好`). Of parentheses both change or none: they must touch han inside or outside, spaces
between not counted (`定义 (Definition) 前`), and a call such as `f(x)` or a Markdown link does not count. Spaces go on both
sides of such parentheses, and of full-width ones, where a letter, digit, han or full-width mark stands beyond them; a gap to
fill in, `（  ）`, stays. `marks = "half"` goes the other way, wherever the mark stands, and puts the spaces that Latin text
has. Text without han, kana or full-width marks stays as it is.

Never touched: figures and times (`3:30`, `1,000`, `3.14`), parentheses around figures only (`(6+2)*2`, `(010) 6552`, `(1)`),
file names (`说明.txt`, and `作者.书名.pdf`: what has no blank and no other mark up to a dot and two to four letters or digits),
addresses from `://` on, code between backticks, smileys (`:)`), two dots, a full stop after 一 to 十 (`一.总则`). Use it on web
text and chats, before counting marks or cutting sentences. Do not use it on program code, JSON or LaTeX outside of backticks.

`quotes` unifies “”, ‘’, 「」, 『』 and straight `"` of Chinese text, pair by pair within a line, to curly (mainland) or
corner ones (Taiwan, Hong Kong, Japan). `ellipsis = "full"` makes one `……` of `...`, `…`, `⋯⋯` and `。。。` in Chinese text,
`"half"` makes `...` of them everywhere. All of it is repeated until nothing changes.

**Chinese.** That is what it is for. It does not know words: the dot in `约翰.史密斯` becomes a full stop, where `·` would be
right, and an ASCII comma in Japanese text becomes ，, not 、. English sentences inside Chinese text keep their own marks. In an
address han are taken for a part of it after one of `/ = _ - # ? & %`, with all that follows up to a blank or a full-width mark.

Source: the forms are those of GB/T 15834-2011 (use of punctuation: ，。？！：；（）“”‘’ and an ellipsis of six dots).

```toml
op = "clean.punctuation"
```
```diff
- {"text": "你好, 世界!现在是3:30,共1,000人(大约)."}
+ {"text": "你好，世界！现在是3:30，共1,000人（大约）。"}
- {"text": "变量 (Variable) 是（推荐） 的名字。电话：(234) 567-8901"}
+ {"text": "变量（Variable）是（推荐）的名字。电话：(234) 567-8901"}
- {"text": "我不知道...真的。。。"}
+ {"text": "我不知道……真的……"}
  {"text": "Hello, world (3.14). 见 https://例子.com/a,b 和 `f(变量, 2)`"}
```

```toml
op = "clean.punctuation"
quotes = "corner"
```
```diff
- {"text": "他说“我读过‘论语’”。"}
+ {"text": "他说「我读过『论语』」。"}
  {"text": "He said “don’t”."}
```

```toml
op = "clean.punctuation"
marks = "half"
ellipsis = "half"
```
```diff
- {"text": "你好，世界（大家）！等等……"}
+ {"text": "你好, 世界 (大家)! 等等..."}
  {"text": "Hello, world."}
```
"""

from typing import Literal

import polars as pl

from dprep.base.operator import Clean
from dprep.base.text import Text, buffers, from_buffers
from dprep.kernels.punctuation import CORNER, CURLY, FULL, HALF, KEEP, edited, holding

_ROUNDS = 16
"""A mark that changed may make its neighbour Chinese; two rounds are enough for nearly all texts."""


class Punctuation(Clean):
    marks: Literal["full", "half", "keep"] = "full"
    """Commas, stops, question and exclamation marks, colons, semicolons, parentheses: full-width in Chinese, or ASCII."""

    quotes: Literal["curly", "corner", "keep"] = "keep"
    """Quotation marks of Chinese text: “ ” and ‘ ’, or 「 」 and 『 』."""

    ellipsis: Literal["full", "half", "keep"] = "full"
    """Dots left out: `……` in Chinese text, or `...` everywhere."""

    def edit(self, text: Text) -> pl.Series:
        ways = {"keep": KEEP, "full": FULL, "half": HALF, "curly": CURLY, "corner": CORNER}
        asked = ways[self.marks], ways[self.quotes], ways[self.ellipsis]
        series, rows = text.series, pl.Series(holding(*text.buffers)).arg_true()
        for _ in range(_ROUNDS):
            last = series.gather(rows)
            after = from_buffers(*edited(*buffers(last), *asked))
            changed = (after != last).arg_true()
            if not len(changed):
                break
            rows = rows.gather(changed)
            series = series.clone().scatter(rows, after.gather(changed))
        return series
