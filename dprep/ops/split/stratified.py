"""Divide the rows into parts by given ratios, alike in every class, and keep together what belongs together.

Use it before any step that adds rows (`augment`), and after `dedup`, so that no copy of a training row is tested on. A
second split needs `parts`. For parts that do not change when a dataset grows use `split.stable`; where the future is to be
foretold, `split.time`.

**Classes.** Rows with equal values in the columns of `stratum` are a class. `bins = { price = 10 }` makes ten classes of a
column of numbers, by quantiles: each has about a tenth of the rows, equal numbers are never parted, and rows without a number
are a class of their own. Several columns, bins or not, are crossed. Where a row has several classes, `labels` names the column
with the list of them, and each label is spread in proportion by iterative stratification; a stratum besides counts as one more
label. Rows whose stratum is null are a class of their own; a list in `stratum` is one class for each list that occurs.

**How exact.** Without units the counts are: in every class each part gets its share rounded up or down, and so does each part
as a whole. The one row of a class goes to each part with the chance of its ratio: with 8:1:1, one such class in five has no row
in `train`. Of two rows `test` gets one in one class out of five. `min_rows = { train = 1 }` puts at least one row of every
class into `train`; `min_rows = 2` asks for two in each part. What a class gets more than its share is taken from its other
parts; a class with too few rows is a problem that names it and says how many are missing. Rows without a class are not asked
for a minimum.

With labels the part totals are exact too, and labels as near as moves of rows bring them: of 60 labels over 4,000 made-up rows
none was off by a whole row in five folds, where the package iterative-stratification 0.1.9 had one that was off by 0.8 to 7.6
rows. `pairs` brought pairs of labels a third nearer than it.

**Units.** With units (one customer's mails, the twins of one text) none is ever torn: rows that share a value of any `unit`
column, or are linked through others, form one unit. A row whose unit is null is a unit of its own. Large units are placed
first, each where the squared differences from the shares grow least; units then move while that helps, single rows fill what is
missing, and for classes that are still off by more than one row and 0.5 points, some units at a time are tried in all their
places (the search is bounded to about a second). So counts are exact wherever there are single rows enough. The version's notes
give, for the parts and for the classes that are furthest off, what was asked, what they got, and `at_least`: no way of placing
the units brings that class nearer than so many rows. With two parts, and with three for small classes, a class alone could
reach it; units that hold several classes may allow less. `every_way_tried` says that all placements of all units were looked
at.

Which row goes where depends on the recipe's seed, the step's name and the rows' ids: not on the order of rows.

**Chinese.** Reads no text, and classes may be called anything: the same in every language. `twins` reads the text, as
`dedup.twins` does.

Source: controlled rounding, Bacharach 1966, "Matrix rounding problems"; labels, Sechidis, Tsoumakas and Vlahavas 2011, "On the
stratification of multi-label data", algorithm 1, and their pairs, Szymański and Kajdanowicz 2017, "A network perspective on
stratification of multi-label data"; placing large groups first, Graham 1969, "Bounds on multiprocessing timing anomalies";
trying some units in all their places, Shaw 1998, "Using constraint programming and local search methods to solve vehicle
routing problems".

```toml
op = "split.stratified"
ratios = { train = 3, test = 1 }
unit = ["customer"]
```
```diff
- {"text": "hello", "customer": "a"}
+ {"text": "hello", "customer": "a", "part": "train"}
- {"text": "hello again", "customer": "a"}
+ {"text": "hello again", "customer": "a", "part": "train"}
- {"text": "where is my order", "customer": "b"}
+ {"text": "where is my order", "customer": "b", "part": "test"}
- {"text": "thanks", "customer": "a"}
+ {"text": "thanks", "customer": "a", "part": "train"}
```

```toml
op = "split.stratified"
ratios = { train = 2, test = 1 }
stratum = ["label"]
min_rows = { train = 1 }
```
```diff
- {"text": "发票在哪里", "label": "账单"}
+ {"text": "发票在哪里", "label": "账单", "part": "train"}
- {"text": "请退款", "label": "退货"}
+ {"text": "请退款", "label": "退货", "part": "train"}
- {"text": "扣了两次钱", "label": "账单"}
+ {"text": "扣了两次钱", "label": "账单", "part": "train"}
- {"text": "开发票", "label": "账单"}
+ {"text": "开发票", "label": "账单", "part": "test"}
```
"""

from collections.abc import Mapping
from typing import Annotated

from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from pydantic import StringConstraints, model_validator

from dprep.base.operator import Split, Words
from dprep.base.problem import Error, Problem
from dprep.base.table import Asks, Decided, Table
from dprep.base.twins import Twins
from dprep.ops.split._divide import Wish

PartName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]
Ratio = Annotated[float, Gt(0), Le(1_000_000_000)]
Column = Annotated[str, MinLen(1)]
Bins = Annotated[int, Ge(2), Le(1000)]
Rows = Annotated[int, Ge(0)]


class Stratified(Split):
    ratios: Annotated[dict[PartName, Ratio], MinLen(2), MaxLen(64)] = {"train": 8.0, "validation": 1.0, "test": 1.0}
    """The parts in their order, each with its share; only the proportion of the numbers matters."""
    stratum: Words = ()
    """Columns whose values (together) are spread over the parts in proportion, such as the label."""
    bins: dict[Column, Bins] = {}
    """Columns of numbers, dates or times that are spread in proportion too, each in so many bins of about as many rows."""
    labels: Column | None = None
    """A column with a list of labels per row, each of which is spread in proportion."""
    pairs: bool = False
    """Labels that occur together are spread in proportion as pairs too, at some cost to the labels alone."""
    unit: Words = ()
    """Columns that hold rows together: rows equal in any of them get the same part. `twins`: near-duplicates stay together."""
    twins: Twins = Twins()
    """How `twins` are found."""
    min_rows: Rows | dict[PartName, Rows] = 0
    """Fewest rows of every class, or label, in each part, or in the parts named: `{ train = 1 }`."""

    @model_validator(mode="after")
    def _is_sound(self) -> "Stratified":
        asked = self.min_rows if isinstance(self.min_rows, Mapping) else {}
        for part in asked:
            if part not in self.ratios:
                sentence = f"`min_rows` asks for rows in `{part}`, which is not among the parts of `ratios`"
                raise Error(
                    Problem("wrong-value", sentence, help=f"there are {', '.join(f'`{name}`' for name in self.ratios)}")
                )
        return self

    def asks(self) -> Asks:
        return self._wish().asks()

    def parts(self) -> tuple[str, ...]:
        return tuple(self.ratios)

    def decide(self, table: Table) -> Decided:
        part, notes = self._wish().divided(table)
        return Decided({"part": part}, notes)

    def _wish(self) -> Wish:
        return Wish(self.ratios, self.stratum, self.bins, self.labels, self.pairs, self.unit, self.min_rows)
