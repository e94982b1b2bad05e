"""Cut long runs of one character: `soooooo good!!!!!!` becomes `sooo good!!!`.

Of a run of more than `max_run` equal characters the first `max_run` stay. What may be cut is said by `kinds`: `letters` (all
scripts but han), `han`, `punctuation` (full-width too, waves such as ～ with it), `symbols` (`=`, `+`, emoji of one
code point), `digits` and `white_space`. Numbers and blanks are left alone unless asked: 1000000 is no drawl, and
`clean.whitespace` knows blanks better.

Use it on chats, comments and reviews, before counting words or deduplicating: drawn-out forms become one form, and the
emphasis is still seen. Do not use it on program text or base64, where runs mean something. Layout and addresses are spared
(`spare`): lines of nothing but `- = _ * # + ~ . | : >`, backticks and blanks (rules, borders of tables), the run of
`- = _ * # +` or backticks that a line starts with (`#### Heading`), and URLs (`x.cn/aaaa-----b`). It cuts what stands next to
itself only: `hahahaha` and `sOoO` stay. A letter with a mark is one character after `clean.unicode`, and two before.

**Chinese.** Laughter and weeping (哈哈哈哈哈, 呜呜呜呜) are runs of han: `max_han` sets another length for them, 2 for the
dictionary's 哈哈. Han doubled by grammar (看看, 常常, 谢谢) has no runs of three. A run of `……` is cut to three of its halves:
put `clean.punctuation` before, which unifies ellipses. The dots of `......` count as punctuation, and a line of nothing else
stays.

Source: three is how TweetTokenizer's `reduce_len` cuts (nltk/tokenize/casual.py); no English word has three equal letters in a
row except by abbreviation.

```toml
op = "clean.repeated_characters"
```
```diff
- {"text": "soooooo good!!!!!!"}
+ {"text": "sooo good!!!"}
- {"text": "哈哈哈哈哈，真的吗？？？？？"}
+ {"text": "哈哈哈，真的吗？？？"}
  {"text": "www, 1000000 people and ===== stay"}
  {"text": "#### Table\\n| ---- | ---- |\\n| x.cn/aaaa-----b | 1 |"}
```

```toml
op = "clean.repeated_characters"
max_run = 1
kinds = ["punctuation", "han"]
max_han = 2
```
```diff
- {"text": "哈哈哈哈！！！"}
+ {"text": "哈哈！"}
- {"text": "Wait... what??"}
+ {"text": "Wait. what?"}
  {"text": "good book"}
```

```toml
op = "clean.repeated_characters"
kinds = ["symbols", "digits"]
spare = ["urls"]
```
```diff
- {"text": "=====\\n😂😂😂😂 66666"}
+ {"text": "===\\n😂😂😂 666"}
  {"text": "aaaa!!!! 哈哈哈哈"}
```
"""

from typing import Annotated, Literal

import numpy as np
import polars as pl
from annotated_types import Ge, Le, MinLen
from pydantic import Strict

from dprep.base.operator import Clean
from dprep.base.text import Text, buffers, from_buffers
from dprep.kernels.rules import marked
from dprep.kernels.runs import KINDS, UNLIMITED, cut, holding

Kind = Literal["letters", "han", "punctuation", "symbols", "digits", "white_space"]


class RepeatedCharacters(Clean):
    max_run: Annotated[int, Ge(1), Le(1000)] = 3
    """Longest run of one character that stays as it is."""

    kinds: Annotated[tuple[Kind, ...], Strict(False), MinLen(1)] = ("letters", "han", "punctuation")
    """Kinds of characters whose runs are cut."""

    max_han: Annotated[int, Ge(1), Le(1000)] | None = None
    """Another `max_run` for han."""

    spare: Annotated[tuple[Literal["rules", "urls"], ...], Strict(False)] = ("rules", "urls")
    """What is never cut: rules and marks at the start of lines, URLs."""

    def edit(self, text: Text) -> pl.Series:
        most = np.array([self._most(kind) for kind in KINDS], np.int64)
        rows = pl.Series(holding(*text.buffers, most)).arg_true()
        if not len(rows):
            return text.series
        offsets, data = buffers(text.series.gather(rows))
        spared = marked(offsets, data, rules="rules" in self.spare, urls="urls" in self.spare)
        return text.series.clone().scatter(rows, from_buffers(*cut(offsets, data, most, spared)))

    def _most(self, kind: str) -> int:
        if kind not in self.kinds:
            return UNLIMITED
        return self.max_han if kind == "han" and self.max_han is not None else self.max_run
