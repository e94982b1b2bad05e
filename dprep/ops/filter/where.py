"""Keep the rows for which a condition holds.

The condition is a polars SQL expression on the columns of the row: comparisons, `AND`, `OR`, `NOT`, `IN`, `LIKE`, `BETWEEN`,
`IS NULL`, arithmetic, `LENGTH(text)`, `LOWER(text)`, `STARTS_WITH(text, 'x')`, `REGEXP_LIKE(text, '…')` and the like. Where it
is false or unknown (null), the row is dropped. Use it for what a tag or the source's own columns say. Do not use it for what a
filter measures already (words, repetition …): the report shows no distribution of a condition. A condition that looks at more
than one row (aggregates, windows, subqueries) is a problem.

**Chinese.** `LENGTH(text)` counts characters, `OCTET_LENGTH(text)` bytes (three per han character); `LIKE '%退款%'` finds words
without segmentation.

```toml
op = "filter.where"
condition = "label <> 'spam' AND LENGTH(text) >= 2"
```
```diff
  {"text": "你好", "label": "greeting"}
- {"text": "buy now", "label": "spam"}  # condition
- {"text": "x", "label": "greeting"}  # condition
- {"text": "no label", "label": null}  # condition
```
"""

from typing import Annotated, ClassVar

import polars as pl
from annotated_types import MinLen

from dprep.base.operator import Bound, Filter
from dprep.base.text import Text


class Where(Filter):
    text_only: ClassVar[bool] = False
    libraries: ClassVar[tuple[str, ...]] = ("polars",)

    condition: Annotated[str, MinLen(1)]
    """A polars SQL condition on the columns of the row."""

    def reads(self) -> tuple[str, ...]:
        return tuple(sorted(set(pl.sql_expr(self.condition).meta.root_names())))

    def measure(self, text: Text) -> dict[str, pl.Series]:
        holds = pl.sql_expr(self.condition).cast(pl.Boolean).fill_null(False).cast(pl.Int64)
        return {"holds": text.rows.with_columns(__holds=holds).get_column("__holds")}

    def bounds(self) -> list[Bound]:
        return [Bound("condition", "holds", 1, "min")]
