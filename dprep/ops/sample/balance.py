"""Make classes equal in size: drop rows of large ones, repeat rows of small ones.

Use it on the training part of a dataset whose classes differ much, where a loss that weighs classes cannot be set. Do not use
it before a split, since copies of one row would fall into several parts, nor on parts to test on, whose counts should be those
of life: behind a split it acts on `train` only, unless `parts` says otherwise. Repeating rows teaches nothing new; an
augmenter with `per_class_target` makes new ones instead.

`classes` are the columns whose values (together) are the classes. `to` says how many rows each should have: as many as the
smallest class, the largest, the median (rounded down), or a number. `mode` says whether rows are dropped (`down`), repeated
(`up`), or both. Counts are exact: classes that are too large keep the rows of smallest luck; those that are too small repeat
all rows equally often, and the luckiest of them once more. `most` limits how often a row may come out, so that a class of
three rows is not repeated a thousand times: such a class stays below its target, and the manifest says so. Rows without a
class (null) all stay, once. A column of lists is not taken apart: rows with the same list are a class.

A repeated row is a row of its own: its `parent` is the row that it repeats, `made_by` the step, and `copy` its number from 1.
`originals` names columns such as `variant` and `copy` that are empty in rows of the source: then only rows where all of these
are empty are repeated, while all rows count, and rows where one is not are dropped first.

With `action = "mark"` all rows stay as they are, and the column `times` says how often each should come out.

Which rows are dropped or repeated once more depends on the recipe's seed, the step's name and the rows' ids, not on the order
of rows.

**Chinese.** Reads no text; the same in every language.

Source: random over- and undersampling, Japkowicz and Stephen 2002, "The class imbalance problem".

```toml
op = "sample.balance"
to = 2
```
```diff
- {"text": "hello", "label": "greet"}  # not_sampled
  {"text": "hi", "label": "greet"}
- {"text": "good day", "label": "greet"}  # not_sampled
  {"text": "您好", "label": "greet"}
  {"text": "bye", "label": "part"}
+ {"text": "bye", "label": "part", "parent": "00000000000000000000000000000005", "made_by": "balance", "copy": 1}
  {"text": "no label"}
```

```toml
op = "sample.balance"
to = "largest"
most = 2
action = "mark"
```
```diff
- {"text": "hello", "label": "greet"}
+ {"text": "hello", "label": "greet", "times": 1}
- {"text": "hi", "label": "greet"}
+ {"text": "hi", "label": "greet", "times": 1}
- {"text": "good day", "label": "greet"}
+ {"text": "good day", "label": "greet", "times": 1}
- {"text": "bye", "label": "part"}
+ {"text": "bye", "label": "part", "times": 2}
- {"text": "再见", "label": "part"}
+ {"text": "再见", "label": "part", "times": 1}
- {"text": "sorry", "label": "excuse"}
+ {"text": "sorry", "label": "excuse", "times": 2}
```
"""

from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Ge, Le, MinLen

from dprep.base.operator import Words
from dprep.base.sample import Sample
from dprep.base.table import NO_VALUE, Asks, Decided, Table
from dprep.ops.sample._groups import Groups, told

Counts = npt.NDArray[np.int64]


class Balance(Sample):
    repeats: ClassVar[bool] = True

    classes: Annotated[Words, MinLen(1)] = ("label",)
    """The columns whose values, together, are the classes."""
    to: Literal["smallest", "largest", "median"] | Annotated[int, Ge(1), Le(1_000_000_000)] = "median"
    """Rows that every class should have: those of the smallest class, the largest or the median one, or a number."""
    mode: Literal["up", "down", "both"] = "both"
    """Whether rows are repeated, dropped, or both."""
    most: Annotated[int, Ge(1), Le(1_000_000)] | None = None
    """How often a row may come out at most."""
    originals: Words = ()
    """Columns that are empty in rows that may be repeated, such as `variant`; all rows count for their class."""

    def asks(self) -> Asks:
        return Asks(groups=(self.classes, *((name,) for name in self.originals)))

    def makes(self) -> dict[str, pl.DataType]:
        return {} if self.mode == "down" and self.action == "take" else super().makes()

    def decide(self, table: Table) -> Decided:
        made = np.zeros(len(table), np.bool_)
        for values in table.groups[1:]:
            made |= values != NO_VALUE
        groups = Groups.by(table.groups[0], table.luck, made)
        originals = groups.rows - groups.sums(made[groups.order]).astype(np.int64)
        extra = self._missing(groups, originals)
        times = _times(groups, originals, extra, self._kept(groups))
        notes = told(table, groups, times)
        return Decided({"times": groups.back(times)}, notes | self._short(table, groups, times))

    def _target(self, groups: Groups) -> int:
        sizes = np.sort(groups.rows[groups.numbers != NO_VALUE])
        if not len(sizes):
            return 0
        if isinstance(self.to, int):
            return self.to
        return int({"smallest": sizes[0], "largest": sizes[-1], "median": np.median(sizes)}[self.to])

    def _kept(self, groups: Groups) -> Counts:
        """How many rows of each class stay."""
        if self.mode == "up":
            return groups.rows
        return np.where(groups.numbers == NO_VALUE, groups.rows, np.minimum(groups.rows, self._target(groups)))

    def _missing(self, groups: Groups, originals: Counts) -> Counts:
        """How many copies each class gets."""
        if self.mode == "down":
            return np.zeros_like(groups.rows)
        lacks = np.maximum(self._target(groups) - groups.rows, 0)
        lacks[(groups.numbers == NO_VALUE) | (originals == 0)] = 0
        return lacks if self.most is None else np.minimum(lacks, originals * (self.most - 1))

    def _short(self, table: Table, groups: Groups, times: Counts) -> dict[str, dict[str, int]]:
        """The classes that stay below the target though rows were to be repeated, with the rows that they lack."""
        if self.mode == "down":
            return {}
        lacks = self._target(groups) - groups.sums(times).astype(np.int64)
        short = np.flatnonzero((lacks > 0) & (groups.numbers != NO_VALUE))[:20]
        names = table.look(0, [int(number) for number in groups.numbers[short]], ()) if len(short) else {}
        return {"short": {names.get(int(groups.numbers[place]), ""): int(lacks[place]) for place in short.tolist()}}


def _times(groups: Groups, originals: Counts, extra: Counts, kept: Counts) -> Counts:
    """How often each row comes out, in the order of `groups`, where originals come first in every group."""
    turns, own = groups.turns(), np.maximum(originals, 1)
    times = (turns < groups.each(kept)).astype(np.int64)
    copies = groups.each(extra // own) + (turns < groups.each(extra % own))
    return times + np.where(turns < groups.each(originals), copies, 0)
