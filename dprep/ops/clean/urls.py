"""Remove URLs, or put something else in their place.

A URL starts with `http`, `https`, `ftp`, `ftps`, `sftp`, `ws` or `wss` and `://`, or with `www.`; with `bare = true` also with
a domain whose ending is well known (`example.com/path`). It ends at a blank, quotation mark, angle, square or curly bracket,
and at a closing parenthesis that was not opened in it; punctuation at its end is the sentence's. Angle brackets around it go
with it. E-mail addresses and local paths are no URLs; `file.py` and `README.md` are no domains.

Links and images of Markdown become their text; `links = "remove"` drops the text too, `"leave"` sees only the URL. Use it
before counting words, deduplication and language tags of short messages. Do not use it where links are the answer
(retrieval, citations), and with `bare` not on program text. Blanks around a removed URL stay: put `clean.whitespace` after.

**Chinese.** Han, kana, hangul and their punctuation end a URL, so that 看http://t.cn/abc真好 loses the URL only; a path typed
in han without percent signs is cut there. A domain in han (`http://例子.中国/`) is read whole. Thai, Lao, Khmer and Burmese
end a URL too; other letters (`/café`, `http://пример.рф`) belong to it.

Source: characters of URLs as in RFC 3986, brackets as Markdown's autolinks have them; endings of domains are a choice of
IANA's root zone without those that files have.

```toml
op = "clean.urls"
```
```diff
- {"text": "see https://example.com/a_(b)?c=1#d, or (www.example.org)."}
+ {"text": "see , or ()."}
- {"text": "看http://t.cn/abc真好，[原文](https://example.cn/x)"}
+ {"text": "看真好，原文"}
  {"text": "write to a@example.com, open C:/x and read www. or example.com"}
```

```toml
op = "clean.urls"
replacement = "<url>"
links = "leave"
```
```diff
- {"text": "[text](http://example.com) and <http://example.com/>"}
+ {"text": "[text](<url>) and <url>"}
  {"text": "a < b: c//d"}
```

```toml
op = "clean.urls"
keep_domain = true
bare = true
```
```diff
- {"text": "from https://user@www.example.com:80/a?b and example.org/c"}
+ {"text": "from example.com and example.org"}
  {"text": "e.g. file.py, README.md, a@example.com and example.com"}
```
"""

from typing import Literal

import numpy as np
import polars as pl

from dprep.base.operator import Clean
from dprep.base.text import Text, buffers, from_buffers
from dprep.kernels.urls import LEAVE, REMOVE, TEXT, holding, replaced

_ROUNDS = 16
"""Removed URLs may leave a new one behind, as links in the text of links do."""


class Urls(Clean):
    replacement: str = ""
    """What stands in the place of a URL."""

    keep_domain: bool = False
    """Leave the domain of each URL, without `www.`, user and port, instead of `replacement`."""

    links: Literal["text", "remove", "leave"] = "text"
    """What becomes of Markdown links and images: their text, nothing, or the link without its URL."""

    bare: bool = False
    """Count domains without scheme and `www.` as URLs."""

    def edit(self, text: Text) -> pl.Series:
        links = {"text": TEXT, "remove": REMOVE, "leave": LEAVE}[self.links]
        held = holding(*text.buffers, links=links, bare=self.bare)
        series, rows = text.series, np.flatnonzero(held)
        for _ in range(_ROUNDS):
            last = series.gather(rows)
            after = self._replaced(last, links)
            changed = np.flatnonzero((after != last).to_numpy())
            if not len(changed):
                break
            rows = rows[changed]
            series = series.clone().scatter(rows, after.gather(changed))
        return series

    def _replaced(self, texts: pl.Series, links: int) -> pl.Series:
        offsets, data = buffers(texts)
        new = self.replacement.encode()
        out = replaced(offsets, data, replacement=new, links=links, keep_domain=self.keep_domain, bare=self.bare)
        return from_buffers(*out, texts.name)
