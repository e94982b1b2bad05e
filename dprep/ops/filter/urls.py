"""Drop rows whose URL is on a block list, or holds words that tell what the page is about.

The five kinds of list that FineWeb's filter has, each a file of yours, in this order:

- `domains`: the page's domain, or one above it (`a.b.org` is under `b.org`). One per line, or a hosts file
  (`0.0.0.0 bad.org`), adblock lines (`||bad.org^`), or a folder of the UT1 lists, whose file `domains` is read.
- `urls`: whole URLs, without scheme, fragment and final slash; or such a folder, whose file `urls` is read.
- `words`: words that strike the page when they stand in its URL alone (`/casino/`); words are runs of letters and digits.
- `soft_words`: words of which `max_soft_words` different ones may stand there: FineWeb drops at two.
- `subwords`: parts of words, looked for in the URL with all but letters and digits taken out (`adultvideo` in `adult-videos`).

Use it on crawled pages, early: it reads no text. Do not use it as the only judge of a page: lists are years behind and strike
harmless pages of shared hosts. Case does not count. Escapes (`%E4`) are not decoded and names of `xn--` domains not translated.
A row without a URL has no hits and stays. FineWeb itself compares the bare name of the domain (`bad` of `bad.org`) and cased
words; dprep ships no list.

**Chinese.** Words of han characters can be listed; as a URL has no blanks either, `subwords` is the kind for them (色情), and
only where the crawler has decoded the URL.

Source: huggingface/datatrove 0.10.1 `src/datatrove/pipeline/filters/url_filter.py` (kinds, order, two soft words); the UT1
lists of Université Toulouse Capitole (format).

```toml
op = "filter.urls"
domains = "hosts.txt"
words = "url_words.txt"
```
```diff
  {"text": "a", "url": "https://example.org/casinos"}
- {"text": "b", "url": "http://www.bad.example/page"}  # domains
- {"text": "c", "url": "https://example.org/Casino/?p=1"}  # words
  {"text": "d", "url": "https://notbad.example/"}
  {"text": "e", "url": null}
```

```toml
op = "filter.urls"
column = "source_url"
soft_words = "url_words.txt"
subwords = "url_words.txt"
```
```diff
- {"text": "a", "source_url": "https://example.org/casino/poker"}  # max_soft_words
- {"text": "b", "source_url": "https://example.org/po-ker-tables"}  # subwords
  {"text": "c", "source_url": "https://example.org/cards"}
```
"""

from functools import cache
from typing import Annotated, ClassVar

import numpy as np
import polars as pl
from annotated_types import Ge, MinLen
from pydantic import model_validator

from dprep.base.operator import Bound, File, Filter
from dprep.base.problem import Error, Problem
from dprep.base.text import Text, buffers
from dprep.kernels.hash_set import WordSet, word_set
from dprep.kernels.url_lists import listed_domains, listed_exactly
from dprep.models import urllists

_WORD = r"[\p{L}\p{N}]+"
_BETWEEN = r"[^\p{L}\p{N}]+"


class Urls(Filter):
    text_only: ClassVar[bool] = False

    column: Annotated[str, MinLen(1)] = "url"
    """The column of URLs."""

    domains: File | None = None
    """Blocked domains: a list, a hosts file, or a folder of UT1."""

    urls: File | None = None
    """Blocked URLs: a list, or a folder of UT1."""

    words: File | None = None
    """Words that a URL must not hold."""

    soft_words: File | None = None
    """Words of which a URL may hold some."""

    max_soft_words: Annotated[int, Ge(0)] = 1
    """Most different soft words."""

    subwords: File | None = None
    """Parts of words that a URL must not hold."""

    @model_validator(mode="after")
    def _has_lists(self) -> "Urls":
        if not any((self.domains, self.urls, self.words, self.soft_words, self.subwords)):
            help = 'set `domains = "domains.txt"`, `urls`, `words`, `soft_words` or `subwords`'
            raise Error(Problem("missing-parameter", "`filter.urls` needs a list", help=help))
        return self

    def reads(self) -> tuple[str, ...]:
        return (self.column,)

    def bounds(self) -> list[Bound]:
        found = [
            (self.domains, Bound("domains", "domain", 0, "max")),
            (self.urls, Bound("urls", "url", 0, "max")),
            (self.words, Bound("words", "words", 0, "max")),
            (self.soft_words, Bound("max_soft_words", "soft_words", self.max_soft_words, "max")),
            (self.subwords, Bound("subwords", "subword", 0, "max")),
        ]
        return [bound for file, bound in found if file is not None]

    def measure(self, text: Text) -> dict[str, pl.Series]:
        plain = urllists.plain(text.rows.get_column(self.column).cast(pl.String).fill_null(""))
        found: dict[str, pl.Series] = {}
        if self.domains is not None:
            hits = listed_domains(buffers(urllists.hosts(plain)), _domains(self.domains))
            found["domain"] = pl.Series(hits.astype(np.int64))
        if self.urls is not None:
            found["url"] = pl.Series(listed_exactly(buffers(plain), _urls(self.urls)).astype(np.int64))
        if self.words is not None:
            found["words"] = _different(plain, urllists.words(self.words))
        if self.soft_words is not None:
            found["soft_words"] = _different(plain, urllists.words(self.soft_words))
        if self.subwords is not None:
            joined = plain.str.replace_all(_BETWEEN, "")
            found["subword"] = joined.str.contains_any(list(urllists.words(self.subwords))).cast(pl.Int64)
        return found


def _different(plain: pl.Series, listed: tuple[str, ...]) -> pl.Series:
    """How many different words of a list stand in each URL."""
    frame = plain.str.extract_all(_WORD).alias("found").to_frame()
    hits = pl.element().filter(pl.element().is_in(list(listed))).n_unique()
    return frame.select(pl.col("found").list.eval(hits).list.first().fill_null(0).cast(pl.Int64)).to_series()


@cache
def _domains(path: str) -> WordSet:
    return word_set(urllists.domains(path))


@cache
def _urls(path: str) -> WordSet:
    return word_set(urllists.urls(path))
