"""Decode HTML entities in text that holds no HTML: `&amp;`, `&#8217;`, `&eacute;`.

Names are those of the HTML standard, numbers decimal or hexadecimal; each must end in `;` unless `strict = false`, which reads
`&copy 2024` and `&#39s` as browsers do (and so breaks addresses such as `?a=1&copy=2`). Text that was escaped twice or more
(`&amp;amp;quot;`) is decoded as often as it takes, for cleaning twice must be cleaning once: a text *about* entities that shows
`&amp;lt;` loses what it shows. What has no meaning (`&unknown;`, `AT&T;`, `&#0;`) stays as it is. Numbers 128 to 159 mean the
characters of Windows-1252, as browsers take them.

`keep` names entities that stay, so that the text is still HTML: `keep = ["lt", "gt", "amp", "quot"]`. Tags are not touched;
where there are tags to take out, use `clean.html`, which decodes entities as well.

**Chinese.** Text written in numbers (`&#20320;&#22909;`) becomes characters, without blanks between them. `&nbsp;` becomes
U+00A0, `&emsp;` U+2003: `clean.whitespace` makes spaces of them. A full-width `＆` is no entity.

Source: names, the list of those that need no `;`, and the meaning of 128 to 159: HTML standard, sections 13.5 and 13.2.5.80, as
Python's `html` module carries them.

```toml
op = "clean.entities"
```
```diff
- {"text": "Caf&eacute; &amp; Bar &#8211; it&#x27;s open"}
+ {"text": "Café & Bar – it's open"}
- {"text": "&#20320;&#22909;&amp;quot;"}
+ {"text": "你好\\""}
  {"text": "AT&T; R&D &unknown; ?a=1&copy=2"}
  {"text": "<b>no entity</b>"}
```

```toml
op = "clean.entities"
keep = ["lt", "gt", "amp", "quot"]
```
```diff
- {"text": "<p>1 &lt; 2 &mdash; caf&eacute;</p>"}
+ {"text": "<p>1 &lt; 2 — café</p>"}
  {"text": "a &amp; b"}
```

```toml
op = "clean.entities"
strict = false
```
```diff
- {"text": "&copy 2024, it&#39s"}
+ {"text": "© 2024, it's"}
  {"text": "R&D"}
```
"""

import html
import html.entities
import re
from functools import cache

import polars as pl

from dprep.base.operator import Clean, Words
from dprep.base.text import Text

_SIGN = r"&[#a-zA-Z]"
_ENTITY = re.compile(r"&(?:#(?:[0-9]{1,7}|[xX][0-9a-fA-F]{1,6});|[a-zA-Z][a-zA-Z0-9]{1,31};)")
_LOOSE = re.compile(r"&(?:#(?:[0-9]{1,7}|[xX][0-9a-fA-F]{1,6});?|[a-zA-Z][a-zA-Z0-9]{1,31};?)")
_AMPERSANDS = re.compile(r"&(?:(?:amp|AMP|#0*38|#[xX]0*26);)+(?=[a-zA-Z#])")
_ROUNDS = 20
"""Layers of escaping that are taken off, `&amp;amp;…` counting as one."""


class Entities(Clean):
    strict: bool = True
    """Only what ends in `;` is an entity."""

    keep: Words = ()
    """Names of entities that stay, without `&` and `;`. Numbers for the same characters stay too."""

    def edit(self, text: Text) -> pl.Series:
        rows = text.series.str.contains(_SIGN).arg_true()
        if not len(rows):
            return text.series
        edited = [self._decoded(one) for one in text.series.gather(rows)]
        return text.series.clone().scatter(rows, pl.Series(edited, dtype=pl.String))

    def _decoded(self, text: str) -> str:
        pattern, kept = _ENTITY if self.strict else _LOOSE, _characters(self.keep)
        for _ in range(_ROUNDS):
            # layers of `&amp;` come off at once, so that their number costs no rounds
            layers = text if "&" in kept else _AMPERSANDS.sub("&", text)
            decoded = pattern.sub(lambda match: _meaning(match[0], kept, self.strict), layers)
            if decoded == text:
                break
            text = decoded
        return text


@cache
def _characters(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(html.entities.html5.get(f"{name};", "") for name in names) - {""}


def _meaning(entity: str, kept: frozenset[str], strict: bool) -> str:
    """What an entity stands for; itself if it has no meaning or is to stay."""
    by_name = strict and entity[1] != "#"
    meaning = html.entities.html5.get(entity[1:], "") if by_name else html.unescape(entity)
    # no character has this number, or none that a text may hold
    return entity if not meaning or meaning in kept or meaning in {"\ufffd", "\0"} else meaning
