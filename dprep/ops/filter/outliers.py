"""Drop rows whose number lies far from what is usual, by a table of percentiles that was learnt before.

Use it where there is no published threshold: tag a number (`tag.length`, `tag.perplexity` …) or take one from the source, learn
its distribution once with `dprep fit percentiles`, and keep what is usual. The table is an artifact: the same rows pass
tomorrow, whatever comes with them. Do not use it on numbers with two humps (texts of two languages): learn a table for each and
use `when`.

The robust z-score is 0.6745 (x - median) / MAD, where MAD is the median distance from the median: a few monsters do not move it
as they move mean and standard deviation. Where more than half of the learnt numbers were alike (MAD = 0), the mean distance
times 1.253314 is used instead. `percentile` is the share of the learnt numbers below, counting half of those that are equal. A
null has neither and breaks every bound.

**Chinese.** Numbers know no language, but a Chinese text of a given content has other counts than an English one: learn a table
per language.

Source: Iglewicz and Hoaglin 1993, "How to Detect and Handle Outliers": the modified z-score, the limit of 3.5, and the mean
distance where MAD = 0.

```toml
op = "filter.outliers"
number = "characters"
percentiles = "percentiles.json"
min_z = -3.5
```
```diff
  {"text": "about as long as usual", "characters": 22}
- {"text": "a giant", "characters": 40000}  # max_z
  {"text": "short, but not rare", "characters": 19}
- {"text": "unknown", "characters": null}  # min_z
```

```toml
op = "filter.outliers"
number = "characters"
percentiles = "percentiles.json"
max_z = 1000.0
min_percentile = 5
max_percentile = 95
```
```diff
  {"text": "about as long as usual", "characters": 22}
- {"text": "a", "characters": 1}  # min_percentile
- {"text": "a giant", "characters": 40000}  # max_z
- {"text": "long", "characters": 45}  # max_percentile
```
"""

from typing import Annotated, ClassVar

import numpy as np
import polars as pl
from annotated_types import Ge, Gt, Le, Lt, MinLen

from dprep.base.artifact import Made
from dprep.base.operator import File, Filter
from dprep.base.problem import fail
from dprep.base.text import Text
from dprep.models.percentiles import distribution


class Outliers(Filter):
    text_only: ClassVar[bool] = False

    number: Annotated[str, MinLen(1)]
    """The number column that is judged."""

    percentiles: Annotated[File, Made("percentiles")]
    """The table: an artifact (`usual-lengths@v1`) or its file."""

    entry: Annotated[str, MinLen(1)] | None = None
    """What the table calls the number, such as `filter.length.words`; without it, as the column."""

    min_z: Annotated[float, Lt(0)] | None = None
    """Least robust z-score; -3.5 is usual."""

    max_z: Annotated[float, Gt(0)] | None = 3.5
    """Largest robust z-score."""

    min_percentile: Annotated[float, Ge(0), Le(100)] | None = None
    """Least percentile of the learnt numbers."""

    max_percentile: Annotated[float, Ge(0), Le(100)] | None = None
    """Largest percentile of the learnt numbers."""

    def reads(self) -> tuple[str, ...]:
        return (self.number,)

    def measure(self, text: Text) -> dict[str, pl.Series]:
        learnt = distribution(self.percentiles, self.entry or self.number)
        column = text.rows.get_column(self.number)
        if not (column.dtype.is_numeric() or column.dtype == pl.Null):
            raise fail(
                "wrong-type", f"the column `{self.number}` holds no numbers", 'say so in the source: `types = { … = "float" }`'
            )
        x = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        with np.errstate(invalid="ignore"):
            return {"z": pl.Series(learnt.z(x)), "percentile": pl.Series(learnt.percentile(x))}
