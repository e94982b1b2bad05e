"""Drop texts that are equal to another one, character for character.

Use it first in any list of steps: it is cheap, and later steps then work on less. It finds copies only; for copies with
small edits use `dedup.minhash`.

With `normalize = "case-space"` letters are compared without case, runs of blanks (line ends too) count as one, and blanks
at either end do not count; with `normalize = "letters"` only letters and digits count, without case: punctuation, symbols,
emoji and blanks are ignored, full-width forms equal their plain forms, and a text without any letter or digit is compared
as it is. `normalize = "datatrove"` compares as datatrove does before it hashes: lower case, every number (also with a decimal
part, in any script) is 0, punctuation is blank, runs of blanks are one, accents are gone.

With `whole_row = true` rows are compared by all their own columns, not by their texts alone: questions that are asked twice
stay if their answers differ. Columns that dprep makes (`id`, `origin`, `part`, marks of duplicates) do not count.

One row of every group of equal texts stays, by `keep`. Of equal texts with equal claims to stay, the one that comes first
in the input stays.

Chinese: compared as written; `letters` ignores full-width punctuation and blanks and takes full-width letters for plain
ones, but traditional and simplified characters stay different.

Texts are compared by a 128-bit hash: among a billion different texts the chance of one wrong pair is about 1e-21. A second,
64-bit hash of another kind is held against it, so that two texts made to collide are not taken for one; the manifest counts
such `collisions`. Source: MurmurHash3_x64_128, Austin Appleby, public domain; normalisation: huggingface/datatrove
`utils/text.py`.

```toml
op = "dedup.exact"
```
```diff
  {"text": "good morning"}
- {"text": "good morning"}  # duplicate
  {"text": "Good  morning!"}
```

```toml
op = "dedup.exact"
normalize = "case-space"
```
```diff
  {"text": "good morning"}
- {"text": "Good   Morning "}  # duplicate
  {"text": "Good morning!"}
```

```toml
op = "dedup.exact"
normalize = "datatrove"
```
```diff
  {"text": "Résumé of 2025: done!"}
- {"text": "resume of 2026 - DONE"}  # duplicate
  {"text": "resume of May: done"}
```

```toml
op = "dedup.exact"
whole_row = true
```
```diff
  {"text": "where is my parcel?", "label": "delivery"}
- {"text": "where is my parcel?", "label": "delivery"}  # duplicate
  {"text": "where is my parcel?", "label": "complaint"}
```

```toml
op = "dedup.exact"
normalize = "letters"
```
```diff
  {"text": "你好，世界！"}
- {"text": "你好 世界"}  # duplicate
  {"text": "您好，世界！"}
```
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.columns import SYSTEM_COLUMNS
from dprep.base.dedup import Dedup
from dprep.base.text import Text, buffers
from dprep.kernels.hashing import text_checks
from dprep.ops.dedup._normal import Normalize, compared, content_of, normalized

_NOT_ITS_OWN = frozenset((*SYSTEM_COLUMNS, "weight"))
"""Columns that say nothing of what a row holds."""


class Exact(Dedup):
    normalize: Normalize = "none"
    """What is ignored when texts are compared: nothing; case and the number of blanks; all but letters and digits; or case,
    numbers, punctuation and accents, as datatrove has it."""
    whole_row: bool = False
    """Whether rows are compared by all their own columns; `normalize` is for those of texts."""

    def content(self, text: Text) -> npt.NDArray[np.uint64]:
        return compared(self._row(text), "none") if self.whole_row else content_of(text, self.normalize)

    def check(self, text: Text) -> npt.NDArray[np.uint64]:
        return text_checks(buffers(self._row(text) if self.whole_row else normalized(text.series, self.normalize)))

    def _row(self, text: Text) -> pl.Series:
        """The own columns of each row as JSON."""
        own = text.rows.select(
            sorted(name for name in text.rows.columns if name not in _NOT_ITS_OWN and not name.startswith("__"))
        )
        texts = [name for name, dtype in own.schema.items() if dtype == pl.String]
        alike = own.with_columns(normalized(own.get_column(name), self.normalize) for name in texts)
        return alike.select(pl.struct(pl.all()).struct.json_encode().alias("row")).to_series()
