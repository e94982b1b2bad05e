"""Drop rows that contradict each other: the same text under different labels.

Where equal texts have different labels, all of them go (`keep = "none"`), or those stay that have the label of more than half
of them (`keep = "majority"`); the reason is `conflict`, and `twin` names a row with another label. Copies that agree stay:
`dedup.exact` is for them, and belongs behind this step, which would else vote with the copies gone. A row without a label
contradicts nothing. Use it on labelled data from several hands; not where one text may rightly have several labels (give those
a list of labels). Texts are compared as `dedup.exact` compares them, by 128-bit hashes; labels letter by letter, lists of
labels as sets.

All rows are looked at, 48 bytes of memory for each.

**Chinese.** Compared as written; `normalize = "letters"` ignores full-width punctuation and blanks and takes full-width letters
for plain ones; traditional and simplified characters stay different, in texts and in labels.

```toml
op = "dedup.conflicts"
```
```diff
- {"text": "my card is late", "label": "card"}  # conflict
  {"text": "where is my parcel", "label": "delivery"}
- {"text": "my card is late", "label": "delivery"}  # conflict
  {"text": "where is my parcel", "label": "delivery"}
  {"text": "卡还没到", "label": "card"}
```

```toml
op = "dedup.conflicts"
keep = "majority"
normalize = "letters"
```
```diff
  {"text": "卡还没到", "label": "card"}
- {"text": "卡还没到！", "label": "delivery"}  # conflict
  {"text": "卡，还没到", "label": "card"}
  {"text": "my card is late", "label": "card"}
- {"text": "late?", "label": "card"}  # conflict
- {"text": "Late!", "label": "delivery"}  # conflict
```
"""

from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
import xxhash
from annotated_types import MinLen

from dprep.base.dedup import Conflict
from dprep.base.text import Text
from dprep.ops.dedup._normal import Normalize, content_of


class Conflicts(Conflict):
    label: Annotated[str, MinLen(1)] = "label"
    """The column of labels."""

    keep: Literal["none", "majority"] = "none"
    """Which of the rows that contradict each other stay: none, or those with the label of more than half of them."""

    normalize: Normalize = "none"
    """What is ignored when texts are compared: nothing; case and the number of blanks; all but letters and
    digits; or case, numbers, punctuation and accents, as datatrove has it."""

    def reads(self) -> tuple[str, ...]:
        return (self.label,)

    def content(self, text: Text) -> npt.NDArray[np.uint64]:
        return content_of(text, self.normalize)

    def majority(self) -> bool:
        return self.keep == "majority"

    def votes(self, text: Text) -> npt.NDArray[np.uint64]:
        labels = text.rows.get_column(self.label)
        if isinstance(labels.dtype, pl.List):
            ordered = labels.cast(pl.List(pl.String)).list.drop_nulls().list.unique().list.sort()
            labels = ordered.to_frame("l").select(pl.struct("l").struct.json_encode().alias("l")).to_series()
            labels = labels.zip_with(ordered.list.len() > 0, pl.Series([None], dtype=pl.String).new_from_index(0, len(labels)))
        labels = labels.cast(pl.String)
        distinct = labels.unique().drop_nulls()
        numbers = pl.Series([xxhash.xxh3_64_intdigest(each.encode()) | 1 for each in distinct], dtype=pl.UInt64)
        return labels.replace_strict(distinct, numbers, default=0, return_dtype=pl.UInt64).fill_null(0).to_numpy()
