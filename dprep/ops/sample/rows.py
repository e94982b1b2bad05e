"""Keep a part of the rows, drawn by chance: so many, a share of them, or as many as a budget of tokens allows.

Use it to make a small set for trying things, to cap a source, or to fit a training run. Do not use it to make classes equal
(`sample.balance`) or to mix sources (`sample.mix`). `dprep run --limit` is quicker for a first look, but takes the first rows.
Behind a split it acts on `train` only, and the other parts stay whole, unless `parts` says otherwise.

Say one of
- `n`: how many rows; all of them where there are fewer;
- `share`: the share of the rows, rounded to a whole row;
- `budget`: how much of the column `measure` at most. It holds numbers of 0 or more, such as the `tokens` of `tag.tokens` or
  the `words`, `characters` or `bytes` of `tag.length`. Rows are taken in the order of their luck until one does not fit, so
  that long rows have the chance that short ones have; only rows larger than the whole budget are passed over. The sum is never
  above the budget, and below it by less than that one row.

With `stratum` every stratum is drawn from apart and gets its share of `n` or `share` rounded up or down (largest remainder),
or of the budget in proportion to its sum. Rows whose stratum is null are a stratum of their own.

Which rows are drawn depends on the recipe's seed, the step's name and the rows' ids: not on the order of rows, and hardly on
each other: a larger `n` keeps what a smaller one has taken (with `stratum` as far as its share grows).

With `action = "mark"` all rows stay, and the column `times` says 1 for those that are drawn and 0 for the others.

**Chinese.** Reads no text; the same in every language. What a budget counts is what made the column: one Chinese character is
one of the `words` of `tag.length`, three of its `bytes`, and often one of the `tokens`.

Source: largest remainders, Hamilton 1792, as in Balinski and Young 2001, "Fair representation".

```toml
op = "sample.rows"
share = 0.5
stratum = ["label"]
```
```diff
  {"text": "hello", "label": "en"}
- {"text": "good morning", "label": "en"}  # not_sampled
- {"text": "thanks", "label": "en"}  # not_sampled
  {"text": "bye", "label": "en"}
  {"text": "你好", "label": "zh"}
- {"text": "谢谢", "label": "zh"}  # not_sampled
```

```toml
op = "sample.rows"
budget = 12
measure = "words"
```
```diff
  {"text": "a short one", "words": 3}
  {"text": "another short one", "words": 3}
- {"text": "a longer one than that", "words": 5}  # not_sampled
- {"text": "far too long for any of us", "words": 40}  # not_sampled
  {"text": "yes", "words": 1}
  {"text": "no", "words": 1}
- {"text": "我的包裹在哪里", "words": 6}  # not_sampled
```

```toml
op = "sample.rows"
n = 2
action = "mark"
```
```diff
- {"text": "one"}
+ {"text": "one", "times": 1}
- {"text": "two"}
+ {"text": "two", "times": 0}
- {"text": "three"}
+ {"text": "three", "times": 0}
- {"text": "四"}
+ {"text": "四", "times": 1}
```
"""

from typing import Annotated

import numpy as np
import numpy.typing as npt
from annotated_types import Ge, Gt, Le, MinLen
from pydantic import model_validator

from dprep.base.operator import Words
from dprep.base.problem import Error, Problem
from dprep.base.sample import Sample
from dprep.base.table import Asks, Decided, Table
from dprep.kernels.apportion import in_proportion
from dprep.ops.sample._groups import Groups, sizes_of, told, within

Counts = npt.NDArray[np.int64]


class Rows(Sample):
    n: Annotated[int, Ge(0), Le(1_000_000_000)] | None = None
    """How many rows to keep."""
    share: Annotated[float, Gt(0), Le(1)] | None = None
    """The share of the rows to keep."""
    budget: Annotated[float, Gt(0), Le(1e15)] | None = None
    """The largest sum of `measure` over the rows that are kept."""
    measure: Annotated[str, MinLen(1)] | None = None
    """The column of numbers that the budget counts."""
    stratum: Words = ()
    """Columns whose values (together) keep their proportions."""

    @model_validator(mode="after")
    def _is_sound(self) -> "Rows":
        said = [name for name in ("n", "share", "budget") if getattr(self, name) is not None]
        if len(said) != 1:
            sentence = f"`{said[0]}` and `{said[1]}` both say how much is kept" if said else "nothing says how much is kept"
            raise Error(Problem("wrong-value", sentence, help="set one of `n`, `share` and `budget`"))
        if (self.budget is None) != (self.measure is None):
            sentence = "`budget` needs `measure`" if self.measure is None else "`measure` counts for a `budget` only"
            help = 'name the column that is counted: `measure = "tokens"`' if self.measure is None else "drop `measure`"
            raise Error(Problem("wrong-value", sentence, help=help))
        return self

    def asks(self) -> Asks:
        return Asks(groups=(self.stratum,), numbers=() if self.measure is None else (self.measure,))

    def decide(self, table: Table) -> Decided:
        groups = Groups.by(table.groups[0], table.luck)
        if self.budget is None or self.measure is None:
            times = (groups.turns() < groups.each(in_proportion(self._wanted(len(table)), groups.rows))).astype(np.int64)
            return Decided({"times": groups.back(times)}, told(table, groups, times))
        sizes = sizes_of(table, 0, self.measure)[groups.order]
        times = _fitting(groups, sizes, self.budget)
        return Decided({"times": groups.back(times)}, told(table, groups, times, sizes))

    def _wanted(self, rows: int) -> int:
        return min(self.n, rows) if self.n is not None else int(np.floor((self.share or 0.0) * rows + 0.5))


def _fitting(groups: Groups, sizes: npt.NDArray[np.float64], budget: float) -> Counts:
    """1 for the rows that a budget allows, in the order of `groups`. Where it allows all, all are taken."""
    of_group = groups.sums(sizes)
    whole = of_group.sum()
    if whole <= budget:
        return np.ones(len(sizes), np.int64)
    return np.minimum(within(groups, sizes, of_group * (budget / whole)), 1)
