"""Add the length of each text: characters, words, sentences, lines, bytes.

Use it to look at a version before thresholds are chosen, with `filter.outliers` and `filter.where`, or to budget a mix. To
drop by words or characters, `filter.length` alone is enough. Tokens of a model are counted by `tag.tokens`.

Characters are Unicode code points. Words are those of `filter.length`. Lines that hold nothing but blanks do not count. A
sentence ends at a line's end, at `.`, `!`, `?` or `…` (closing quotes and brackets may follow) before a blank, and at `。`,
`！` or `？` wherever they stand; marks alone are no sentence. An abbreviation before a blank (`Dr. Lee`) ends one too: the
number is for statistics, not for cutting.

**Chinese.** Every han character is one word; sentences end at `。！？` without a blank. A han character has three bytes.

```toml
op = "tag.length"
```
```diff
- {"text": "Is it here? Yes.\\nGood."}
+ {"text": "Is it here? Yes.\\nGood.", "characters": 22, "words": 5, "sentences": 3, "lines": 2, "bytes": 22}
- {"text": "你好。在吗？"}
+ {"text": "你好。在吗？", "characters": 6, "words": 4, "sentences": 2, "lines": 1, "bytes": 18}
- {"text": ""}
+ {"text": "", "characters": 0, "words": 0, "sentences": 0, "lines": 0, "bytes": 0}
```

```toml
op = "tag.length"
counts = ["words"]
as = { words = "length" }
```
```diff
- {"text": "one column only"}
+ {"text": "one column only", "length": 3}
```
"""

from typing import Annotated, Literal

import numpy as np
import polars as pl
from annotated_types import MinLen
from pydantic import Strict

from dprep.base.operator import Tag
from dprep.base.text import Text
from dprep.kernels.sizes import sizes
from dprep.kernels.words import counts

Count = Literal["characters", "words", "sentences", "lines", "bytes"]


class Length(Tag):
    counts: Annotated[tuple[Count, ...], MinLen(1), Strict(False)] = ("characters", "words", "sentences", "lines", "bytes")
    """What is counted; a column each."""

    def notes(self) -> dict[str, pl.DataType]:
        return {name: pl.Int64() for name in self.counts}

    def note(self, text: Text) -> dict[str, pl.Series]:
        return {name: pl.Series(self._counted(name, text), dtype=pl.Int64) for name in self.counts}

    def _counted(self, name: str, text: Text) -> np.ndarray:
        if name in {"characters", "words"}:
            found: np.ndarray = getattr(text.once(counts), name)
        elif name == "bytes":
            found = np.diff(text.buffers.offsets)
        else:
            found = getattr(text.once(sizes), name)
        return found
