"""Drop texts that hold blocked words.

The words come from a list of yours: a file with one term per line (lines that begin with `#` do not count), or `words` in the
recipe, or both. Case does not count. A term may be a phrase. Terms of `allowed` are taken off the list.

A term counts where it stands alone: no letter, digit or underscore touches it, so `ass` is not found in `class`. Terms are
matched from the left, the longest first, none overlapping another. `hits` is their number, `share` the part of the characters
that they cover.

Use it with care: such lists strike medicine, law, reclaimed words and the names of places as well as abuse (`share` is the
milder flavour). dprep ships no list; LDNOOBW's lists of 28 languages are the usual choice.

**Chinese.** Chinese, Japanese and Thai write no blanks: there a term counts wherever it stands (`edges = "auto"` does so for
every term that holds such a character, `"never"` for all terms, which is C4's way for zh, ja and th lists). Short terms then
strike inside other words: C4 takes `性` off its list because it stands in a tenth of Chinese pages. Traditional and
simplified forms are different terms.

Source: datatrove `src/datatrove/pipeline/filters/c4_filters.py` (C4BadWordsFilter: edges, `allowed`, any hit drops);
shjwudp/c4-dataset-script `c4_dataset_script/Chinese/filter_out_bad_lines.py` (`share`: 0.05 of the characters).

```toml
op = "filter.blocked_words"
words = ["darn", "heck of a"]
```
```diff
- {"text": "Darn, it broke."}  # max_hits
  {"text": "The darned thing broke; what the heck."}
- {"text": "That was one HECK OF A ride"}  # max_hits
  {"text": "a ride"}
```

```toml
op = "filter.blocked_words"
file = "blocked_words.txt"
flavour = "share"
max_share = 0.25
```
```diff
- {"text": "坏词坏词啊"}  # max_share
  {"text": "这里只有一个坏词，其他的都没有问题。"}
- {"text": "darn it"}  # max_share
  {"text": "darn, the rest is fine"}
```
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
import polars as pl
from annotated_types import Ge, Le
from pydantic import model_validator

from dprep.base.operator import File, Filter, Words
from dprep.base.problem import Error, Problem
from dprep.base.text import Text
from dprep.kernels.automaton import tallies
from dprep.kernels.words import counts
from dprep.ops._blocked import listed, lowered


class BlockedWords(Filter):
    flavours: ClassVar[Mapping[str, Mapping[str, float | None]]] = {
        "c4": {"max_hits": 0, "max_share": None},
        "share": {"max_hits": None, "max_share": 0.05},
    }

    flavour: Literal["c4", "share"] = "c4"
    """Any hit drops the text (C4), or too large a share of its characters."""

    file: File | None = None
    """The list: UTF-8, one term per line."""

    words: Words = ()
    """Terms, added to those of the file."""

    allowed: Words = ("sm", "グロ", "女の子", "性")
    """Terms that do not count although they are on the list; the default is C4's."""

    edges: Literal["auto", "always", "never"] = "auto"
    """Where a term must stand alone: unless it holds a character of a script without blanks, always, or never."""

    max_hits: Annotated[int, Ge(0)] | None = 0
    """Most hits."""

    max_share: Annotated[float, Ge(0), Le(1)] | None = None
    """Largest share of the characters that hits cover."""

    @model_validator(mode="after")
    def _has_words(self) -> "BlockedWords":
        if not self.file and not self.words:
            help = 'set `file = "list.txt"` (one term per line) or `words = ["a", "b"]`'
            raise Error(Problem("missing-parameter", "`filter.blocked_words` needs a list of words", help=help))
        return self

    def measure(self, text: Text) -> dict[str, pl.Series]:
        small = text.once(lowered)
        found = [tallies(*small.buffers, known) for known in listed(self.file, self.words, self.allowed, self.edges)]
        hits = sum((each.matches for each in found), np.zeros(len(text), np.int64))
        covered = sum((each.covered for each in found), np.zeros(len(text), np.int64))
        characters = small.once(counts).characters
        return {"hits": pl.Series(hits), "share": pl.Series(covered / np.maximum(characters, 1))}
