"""Mix sources in given proportions: by weights, or by their sizes made more alike with a temperature.

Use it where a training set is made of several sources and their sizes are not the proportions that are wanted: code beside
prose, small languages beside large ones. Behind a split it acts on `train` only, unless `parts` says otherwise; before one it
would put copies of a row into several parts.

`by` names the columns that say, together, where a row is from. `[[source]] constants = { source = "wiki" }` makes such a
column. Say one of
- `weights`: the share of each source, by its value in `by`, letter for letter (of several columns with a comma and a blank
  between). A source that has no weight gets `rest`, and without `rest` is a problem; 0 leaves it out. A weight for a source
  that is not there is a problem, unless `absent = "report"`;
- `temperature`: shares in proportion to size ** (1 / temperature): 1 leaves them as they are, larger ones make sources more
  alike, and very large ones equal. This is T5's temperature; the exponents of other papers are its inverse: 0.7 (multilingual
  BERT) is 1.43 here, 0.3 (XLM-R) is 3.33.

`rows` says how many rows come out; the counts of the sources are their shares rounded up or down (largest remainder). With
`measure`, a column of numbers such as `tokens`, sizes and shares are counted in it, and `budget` says how much of it comes
out: each source gets as many rows, in the order of their luck, as fit its part of the budget. With neither, the mixture is as
large as it can be without repeating a row.

Where a source is smaller than its part, its rows are repeated, all equally often and the luckiest once more: it is seen for
several *epochs*. The manifest tells rows and epochs of each source. Above `max_epochs` the step is refused with the sources
and what they would need: up to 4 epochs repeated text is almost as good as new, and beyond that worth less and less. A
repeated row has the row that it repeats as `parent`, and a number `copy` from 1.

With `action = "mark"` all rows stay as they are, and the column `times` says how often each should come out.

**Chinese.** Reads no text; the same in every language. Tokens of Chinese and of English texts differ in worth: a `measure` of
tokens mixes by what a model reads, one of characters makes Chinese the larger part.

Source: Raffel et al. 2020, "Exploring the limits of transfer learning" (T5), section 3.5.2 (temperature); Devlin 2019,
multilingual BERT's README, and Conneau et al. 2020 (XLM-R), section 3.1 (exponents); Muennighoff et al. 2023, "Scaling
data-constrained language models" (4 epochs).

```toml
op = "sample.mix"
weights = { wiki = 2, code = 1 }
rest = 0
absent = "report"
```
```diff
  {"text": "one", "source": "wiki"}
  {"text": "two", "source": "wiki"}
  {"text": "three", "source": "wiki"}
  {"text": "百科", "source": "wiki"}
  {"text": "x = 1", "source": "code"}
  {"text": "y = 2", "source": "code"}
- {"text": "z = 3", "source": "code"}  # not_sampled
- {"text": "buy now", "source": "ads"}  # not_sampled
```

```toml
op = "sample.mix"
by = ["lang"]
temperature = 1000
rows = 8
max_epochs = 100
```
```diff
  {"text": "one", "lang": "en"}
- {"text": "two", "lang": "en"}  # not_sampled
- {"text": "three", "lang": "en"}  # not_sampled
  {"text": "four", "lang": "en"}
  {"text": "five", "lang": "en"}
  {"text": "六", "lang": "zh"}
+ {"text": "六", "lang": "zh", "parent": "00000000000000000000000000000006", "made_by": "mix", "copy": 1}
  {"text": "七", "lang": "zh"}
  {"text": "huit", "lang": "fr"}
+ {"text": "huit", "lang": "fr", "parent": "00000000000000000000000000000008", "made_by": "mix", "copy": 1}
```

```toml
op = "sample.mix"
weights = { en = 1, zh = 1 }
by = ["lang"]
measure = "words"
budget = 24
max_epochs = 1000
absent = "report"
action = "mark"
```
```diff
- {"text": "a line of text", "lang": "en", "words": 4}
+ {"text": "a line of text", "lang": "en", "words": 4, "times": 1}
- {"text": "one more line", "lang": "en", "words": 4}
+ {"text": "one more line", "lang": "en", "words": 4, "times": 0}
- {"text": "and the last of them", "lang": "en", "words": 6}
+ {"text": "and the last of them", "lang": "en", "words": 6, "times": 1}
- {"text": "中文", "lang": "zh", "words": 2}
+ {"text": "中文", "lang": "zh", "words": 2, "times": 3}
- {"text": "第二行", "lang": "zh", "words": 3}
+ {"text": "第二行", "lang": "zh", "words": 3, "times": 2}
```
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Ge, Gt, Le, MinLen
from pydantic import model_validator

from dprep.base.operator import Words
from dprep.base.problem import Error, Problem, did_you_mean, fail
from dprep.base.sample import Sample
from dprep.base.table import Asks, Decided, Table
from dprep.kernels.apportion import by_weight
from dprep.ops.sample._groups import Groups, listed, repeated, sizes_of, told, within

Counts = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Weight = Annotated[float, Ge(0), Le(1e9)]


class Mix(Sample):
    repeats: ClassVar[bool] = True

    by: Annotated[Words, MinLen(1)] = ("source",)
    """The columns that say, together, which source a row is from."""
    weights: Annotated[Mapping[str, Weight], MinLen(1)] | None = None
    """The share of each source; only the proportion of the numbers matters."""
    temperature: Annotated[float, Gt(0), Le(1e6)] | None = None
    """How much the sizes of sources are made alike: 1 not at all."""
    rest: Weight | None = None
    """The weight of each source that `weights` does not name. Without it, such a source is a problem."""
    rows: Annotated[int, Ge(1), Le(1_000_000_000)] | None = None
    """How many rows come out."""
    measure: Annotated[str, MinLen(1)] | None = None
    """The column of numbers in which sizes and shares are counted; without it, rows are."""
    budget: Annotated[float, Gt(0), Le(1e15)] | None = None
    """How much of `measure` comes out at most."""
    max_epochs: Annotated[float, Ge(1), Le(1e6)] = 4.0
    """How often the rows of a source may be repeated on average."""
    absent: Literal["fail", "report"] = "fail"
    """What becomes of a weight for a source that is not there."""

    @model_validator(mode="after")
    def _is_sound(self) -> "Mix":
        if (self.weights is None) == (self.temperature is None):
            sentence = "`weights` and `temperature` both say the shares" if self.weights else "nothing says the shares"
            raise Error(Problem("wrong-value", sentence, help="set one of `weights` and `temperature`"))
        if self.rest is not None and self.weights is None:
            raise Error(Problem("wrong-value", "`rest` is a weight, and there are no `weights`", help="drop `rest`"))
        if self.weights is not None and not any(self.weights.values()) and not self.rest:
            raise Error(Problem("wrong-value", "`weights` are all 0", help="give a source that is wanted more than 0"))
        if self.budget is not None and self.measure is None:
            help = 'name the column that is counted: `measure = "tokens"`'
            raise Error(Problem("wrong-value", "`budget` needs `measure`", help=help))
        if self.rows is not None and self.measure is not None:
            sentence = "`rows` counts rows, and `measure` says that something else is counted"
            raise Error(Problem("wrong-value", sentence, help="set `budget` in place of `rows`, or drop `measure`"))
        return self

    def asks(self) -> Asks:
        return Asks(groups=(self.by,), numbers=() if self.measure is None else (self.measure,))

    def makes(self) -> dict[str, pl.DataType]:
        as_it_is = self.rows is None and self.budget is None
        return {} if as_it_is and self.action == "take" else super().makes()

    def decide(self, table: Table) -> Decided:
        groups = Groups.by(table.groups[0], table.luck)
        if not len(table):
            return Decided({"times": np.zeros(0, np.int32)})
        sizes = None if self.measure is None else sizes_of(table, 0, self.measure)[groups.order]
        whole = groups.rows.astype(np.float64) if sizes is None else groups.sums(sizes)
        weights = self._weights(table, groups, whole)
        total = self._total(whole, weights)
        self._check_epochs(table, groups, whole, weights, total)
        times = _times(groups, sizes, whole, weights, total)
        return Decided({"times": groups.back(times)}, told(table, groups, times, sizes))

    def _weights(self, table: Table, groups: Groups, whole: Numbers) -> Numbers:
        """The weight of each group; raises Error where a name or a group is left over."""
        if self.weights is None:
            return np.asarray(whole ** (1.0 / (self.temperature or 1.0)), np.float64)
        known = {number: name for number, name in table.look(0, (), self.weights).items() if name in self.weights}
        absent = sorted(self.weights.keys() - known.values())
        others = [int(number) for number in groups.numbers if int(number) not in known]
        if absent and self.absent == "fail":
            raise self._left_over(table, absent, others)
        if others and self.rest is None:
            names = sorted(table.look(0, others[:100], ()).values())
            by = ", ".join(f"`{column}`" for column in self.by)
            sentence = f"`weights` has no weight for {listed(names)}, which rows have in {by}"
            raise fail("unmapped-values", sentence, "give each a weight, or all of them `rest`: 0 leaves them out")
        return np.array([self._weight(known.get(int(number))) for number in groups.numbers])

    def _weight(self, name: str | None) -> float:
        return float(self.rest or 0.0) if name is None else float((self.weights or {})[name])

    def _left_over(self, table: Table, absent: list[str], others: list[int]) -> Error:
        names = list(table.look(0, others[:100], ()).values()) if others else []
        by = ", ".join(f"`{column}`" for column in self.by)
        meant = next(filter(None, (did_you_mean(each, names) for each in absent)), "")
        help = f'{meant or "mend the spelling,"} {"if not, " if meant else ""}drop it, or set `absent = "report"`'
        return fail("absent-values", f"`weights` names {listed(absent)}, and no row says so in {by}", help)

    def _total(self, whole: Numbers, weights: Numbers) -> float:
        """How much comes out of all sources together."""
        if self.rows is not None or self.budget is not None:
            return float(self.rows if self.rows is not None else self.budget or 0.0)
        wanted = (weights > 0) & (whole > 0)
        if not wanted.any():
            return 0.0
        return float(np.min(whole[wanted] / weights[wanted]) * weights[wanted].sum())

    def _check_epochs(self, table: Table, groups: Groups, whole: Numbers, weights: Numbers, total: float) -> None:
        counted = weights * (whole > 0)
        if not counted.sum():
            return
        epochs = total * (counted / counted.sum()) / np.maximum(whole, np.finfo(np.float64).tiny)
        over = np.flatnonzero((whole > 0) & (epochs > self.max_epochs * (1 + 1e-9)))
        if not len(over):
            return
        over = over[np.argsort(-epochs[over], kind="stable")]
        names = table.look(0, [int(number) for number in groups.numbers[over[:5]]], ())
        told = [f"`{names.get(int(groups.numbers[place]), '')}` {epochs[place]:.1f} times" for place in over[:5].tolist()]
        more = f" and {len(over) - 5:,} more" if len(over) > 5 else ""
        limit = np.floor(total / (epochs.max() / self.max_epochs) + 1e-6)
        raise fail(
            "too-many-epochs",
            f"the mixture would go through {', '.join(told)}{more}; `max_epochs` is {self.max_epochs:g}",
            f"ask for at most {limit:,.0f} {self.measure or 'rows'} in all, lower the weight, or raise `max_epochs`",
        )


def _times(groups: Groups, sizes: Numbers | None, whole: Numbers, weights: Numbers, total: float) -> Counts:
    """How often each row comes out, in the order of `groups`."""
    counted = weights * (whole > 0)
    if not counted.sum():
        return np.zeros(len(groups.order), np.int64)
    if sizes is None:
        return repeated(groups, by_weight(int(total + 1e-6), counted))
    times = within(groups, sizes, total * (counted / counted.sum()))
    return np.where(groups.each(weights > 0), times, 0)
