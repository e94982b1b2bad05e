"""Drop rows whose label is missing, unknown or too long to be one.

A label is missing where it is null or holds nothing but blanks; a list of labels, where it is empty or one of them is. With
`allowed` (or `allowed_file`, one label per line) every label must be one of these, letter by letter: run `dprep preview` to see
the near misses. `max_characters` finds answers and remarks that slipped into the label column. Use it first: one wrong label
makes one more class. It looks at one row at a time: two rows with the same text and different labels are `dedup.conflicts`,
and classes with too few rows show in the report.

**Chinese.** Labels are compared as they are: `体育` and `體育`, or `正面` with and without a blank after it, are two labels. A
blank is any Unicode white space, the ideographic one too. `max_characters` counts code points.

```toml
op = "filter.labels"
allowed = ["billing", "shipping", "退款"]
```
```diff
  {"text": "Where is my parcel?", "label": "shipping"}
  {"text": "我要退钱", "label": "退款"}
- {"text": "hello", "label": null}  # missing
- {"text": "hello?", "label": " "}  # missing
- {"text": "I was charged twice", "label": "Billing"}  # not_allowed
```

```toml
op = "filter.labels"
max_characters = 20
```
```diff
  {"text": "Where is my parcel?", "label": "shipping"}
  {"text": "Where?", "label": "lost parcel"}
- {"text": "late", "label": "The customer says that it is late again."}  # max_characters
```
"""

from typing import Annotated, ClassVar

import polars as pl
from annotated_types import Ge, MinLen

from dprep.base.operator import Bound, File, Filter, Words
from dprep.base.text import Text
from dprep.models.lists import lines


class Labels(Filter):
    text_only: ClassVar[bool] = False

    column: Annotated[str, MinLen(1)] = "label"
    """The column of labels: text, numbers, or lists of them."""

    allowed: Words = ()
    """The labels there may be; none: any."""

    allowed_file: File | None = None
    """A file with one more allowed label per line (UTF-8, empty lines do not count)."""

    max_characters: Annotated[int, Ge(1)] | None = 200
    """Most characters of a label."""

    def reads(self) -> tuple[str, ...]:
        return (self.column,)

    def measure(self, text: Text) -> dict[str, pl.Series]:
        labels = text.rows.get_column(self.column)
        if not isinstance(labels.dtype, pl.List):
            labels = labels.cast(pl.String).reshape((-1, 1)).arr.to_list() if len(labels) else labels.cast(pl.List(pl.String))
        each = pl.element()
        frame = labels.cast(pl.List(pl.String)).alias("labels").to_frame()
        blank = each.is_null() | (each.str.strip_chars() == "")
        return (
            frame.select(
                missing=(pl.col("labels").list.len().fill_null(0) == 0) | pl.col("labels").list.eval(blank).list.any(),
                not_allowed=pl.col("labels").list.eval(~each.is_in(self._known())).list.any()
                if self._known()
                else pl.lit(False),
                characters=pl.col("labels").list.eval(each.str.len_chars()).list.max(),
            )
            .with_columns(pl.col("missing", "not_allowed").fill_null(True).cast(pl.Int64))
            .to_dict(as_series=True)
        )

    def bounds(self) -> list[Bound]:
        found = [Bound("missing", "missing", 0, "max")]
        if self.allowed or self.allowed_file:
            found.append(Bound("not_allowed", "not_allowed", 0, "max"))
        return [*found, *super().bounds()]

    def _known(self) -> list[str]:
        return [*self.allowed, *(lines(self.allowed_file) if self.allowed_file else ())]
