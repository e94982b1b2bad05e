"""Remove @mentions and marks of reposts from short messages, and the signs of hashtags.

`@name` goes, or becomes `replacement`; `RT @name:` and Weibo's `//@name:` go whole. Of a hashtag the word stays
(`hashtags = "word"`), nothing (`"remove"`) or all (`"keep"`). The full-width signs ＠ and ＃ count too. A name is letters,
digits, `_` and an inner `-`, at most 50 characters, with the server after it (`@name@server.example`).

Signs after a letter or digit stay, so that e-mail addresses, `C#` and fragments of URLs are safe; so are `#1`, colours (`#fff`,
`#1a2b3c`), headings of Markdown (`# Title`), `&#39;` and paths (`/@name`). Use it for posts and chats. Do not use it on program
text: `@decorator` and `#include` look the same. Blanks around what is removed stay: put `clean.whitespace` after, and
`clean.urls` before.

**Chinese.** Weibo's `#话题#` is one hashtag, blanks in it included, when it holds han and is not longer than 140 characters.
A name that holds han, kana or hangul ends at a blank, a colon, `/`, `、`, a bracket, a quotation mark, the next `@` or the end
of the text, and has at most 15 characters; before a comma or a full stop nobody can tell it from the sentence (`@张三你好，`):
only the sign goes then, and no word is lost. At the ends before it a name may take such words with it (`@张三你好）`), but not
the verb of `@张三说：`.

Source: TweetEval's `@user` as a replacement. Lengths are wider than what platforms allow (15 on Twitter, 30 on Instagram) for
Latin names, and half of Weibo's 30 half-width places for han.

```toml
op = "clean.mentions"
```
```diff
- {"text": "RT @ann: thanks @bob_1, read #DataScience #1"}
+ {"text": "thanks , read DataScience #1"}
- {"text": "#爸爸去哪儿#真好//@张三:同意 ＠李四"}
+ {"text": "爸爸去哪儿真好同意 "}
- {"text": "对@李四说：您好（分享自@今日头条）"}
+ {"text": "对说：您好（分享自）"}
  {"text": "mail a@example.org about C#, &#39;, #fff and issue #12"}
  {"text": "# Title"}
```

```toml
op = "clean.mentions"
replacement = "@user"
hashtags = "remove"
```
```diff
- {"text": "@ann so #tired of #AI2"}
+ {"text": "@user so  of "}
  {"text": "@user is @ home"}
  {"text": "nobody"}
```

```toml
op = "clean.mentions"
users = false
reposts = false
```
```diff
- {"text": "RT @ann: #win"}
+ {"text": "RT @ann: win"}
  {"text": "RT @ann: hi"}
```
"""

from typing import Literal

import numpy as np
import polars as pl

from dprep.base.operator import Clean
from dprep.base.text import Text, buffers, from_buffers
from dprep.kernels.mentions import KEEP, REMOVE, WORD, edited, holding

_ROUNDS = 16
"""What is removed may leave a sign at the start of a word, as `@ann#tag` does."""


class Mentions(Clean):
    users: bool = True
    """Remove mentions."""

    replacement: str = ""
    """What stands in the place of a mention."""

    hashtags: Literal["word", "remove", "keep"] = "word"
    """What becomes of a hashtag: its word without the sign, nothing, or all of it."""

    reposts: bool = True
    """Remove `RT @name:` and `//@name:`."""

    def edit(self, text: Text) -> pl.Series:
        series, rows = text.series, np.flatnonzero(holding(*text.buffers))
        for _ in range(_ROUNDS):
            last = series.gather(rows)
            after = self._edited(last)
            changed = np.flatnonzero((after != last).to_numpy())
            if not len(changed):
                break
            rows = rows[changed]
            series = series.clone().scatter(rows, after.gather(changed))
        return series

    def _edited(self, texts: pl.Series) -> pl.Series:
        offsets, data = buffers(texts)
        new, tags = self.replacement.encode(), {"word": WORD, "remove": REMOVE, "keep": KEEP}[self.hashtags]
        return from_buffers(
            *edited(offsets, data, replacement=new, users=self.users, tags=tags, reposts=self.reposts), texts.name
        )
