"""Drop new rows that hold a blocked word that their parent does not hold.

Use it after augmenters that choose words by themselves (`augment.masked`, `augment.rewrite`, `augment.back_translate`): a
model that fills a gap with an insult has made a row that nobody asked for. What a parent says already may stay: an abuse data
set keeps its abuse. `new_words` is the number of different terms of the list that stand in the new text alone.

The words come from a list of yours: a file with one term per line (lines that begin with `#` do not count), or `words` in the
recipe, or both, matched as in `filter.blocked_words`: without case, longest first, where no letter or digit touches them.
dprep ships no list; LDNOOBW's lists of 28 languages are the usual choice. A list sees words, not insults made of harmless
ones, and `ass` is an animal too.

**Chinese.** A Chinese term counts wherever it stands, as in `filter.blocked_words`; traditional and simplified forms are
different terms.

```toml
op = "gate.toxic"
words = ["darn", "heck", "坏词"]
```
```diff
  {"text": "Where is the parcel, darn it?"}
  {"text": "Darn it, where has the parcel gone?", "variant": 1}
- {"text": "Where the heck is the darn parcel?", "variant": 2}  # gate.max_new_words
  {"text": "包裹在哪里？"}
  {"text": "包裹到哪里了？", "variant": 1}
- {"text": "坏词包裹在哪里？", "variant": 2}  # gate.max_new_words
```

```toml
op = "gate.toxic"
file = "blocked_words.txt"
words = ["bloody"]
max_new_words = 1
```
```diff
  {"text": "it broke"}
  {"text": "darn, it broke", "variant": 1}
- {"text": "darn, the bloody thing broke", "variant": 2}  # gate.max_new_words
```
"""

from typing import Annotated, Literal

import numpy as np
import polars as pl
from annotated_types import Ge
from pydantic import model_validator

from dprep.base.gate import Gate
from dprep.base.operator import File, Words
from dprep.base.problem import Error, Problem
from dprep.base.text import Text
from dprep.kernels.terms import new_terms
from dprep.ops._blocked import listed, lowered


class Toxic(Gate):
    file: File | None = None
    """The list: UTF-8, one term per line."""

    words: Words = ()
    """Terms, added to those of the file."""

    allowed: Words = ()
    """Terms that do not count although they are on the list."""

    edges: Literal["auto", "always", "never"] = "auto"
    """Where a term must stand alone: unless it holds a character of a script without blanks, always, or never."""

    max_new_words: Annotated[int, Ge(0)] = 0
    """Most terms that the new text may hold and its parent does not."""

    @model_validator(mode="after")
    def _has_words(self) -> "Toxic":
        if not self.file and not self.words:
            help = 'set `file = "list.txt"` (one term per line) or `words = ["a", "b"]`'
            raise Error(Problem("missing-parameter", "`gate.toxic` needs a list of words", help=help))
        return self

    def compare(self, before: Text, after: Text) -> dict[str, pl.Series]:
        old, new = before.once(lowered).buffers, after.once(lowered).buffers
        lists = listed(self.file, self.words, self.allowed, self.edges)
        return {"new_words": pl.Series(sum((new_terms(old, new, each) for each in lists), np.zeros(len(after), np.int64)))}
