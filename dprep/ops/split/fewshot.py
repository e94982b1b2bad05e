"""Choose k rows of every class, for several k and several seeds: training sets to see how much a method makes of few examples.

Use it to compare augmenters, prompts or small models where labelled rows are few: accuracy on ten examples depends on which ten
they are, so nothing is to be told from a single choice. For each `k` and each seed a Boolean column `fewshot_<k>_<seed>` says
which rows are chosen; all rows stay in the part `train`. Divide the rows with `split.stratified` before, so that there is a
test part, and choose from what is for training: `parts = ["train"]`.

The smaller sets of a seed lie in its larger ones. Rows whose class is null are not chosen. Where `classes` names several
columns, equal values in all of them make a class.

**Units.** No two rows of a set are of one unit, whichever their classes: with `unit = ["twins"]` ten examples are ten different
texts. Classes with the fewest units choose first. A unit has one row in a set of k = 50 of a seed, so it has no second row in
the smaller sets either.

A class with fewer rows (or units) than a `k` is a problem that names it; with `short = "take"` it gives what it has, and the
version's notes say how many classes do.

Which rows are chosen depends on the recipe's seed, the step's name, the seed in the column's name and the rows' ids: not on the
order of rows.

**Chinese.** Reads no text: the same in every language. `twins` reads the text, as `dedup.twins` does.

Source: Zhang, Wu, Katiyar, Weinberger and Artzi 2021, "Revisiting few-sample BERT fine-tuning", whose results on the same data
differ by several points with the sample; five seeds as in Gao, Fisch and Chen 2021, "Making pre-trained language models better
few-shot learners".

```toml
op = "split.fewshot"
k = [1]
seeds = [7]
short = "take"
```
```diff
- {"text": "where is my parcel", "label": "delivery"}
+ {"text": "where is my parcel", "label": "delivery", "fewshot_1_7": false}
- {"text": "charged twice", "label": "billing"}
+ {"text": "charged twice", "label": "billing", "fewshot_1_7": true}
- {"text": "发票在哪里", "label": "billing"}
+ {"text": "发票在哪里", "label": "billing", "fewshot_1_7": false}
- {"text": "it never came", "label": "delivery"}
+ {"text": "it never came", "label": "delivery", "fewshot_1_7": true}
```
"""

from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import Strict

from dprep.base.chance import splitmix64
from dprep.base.operator import Split, Words
from dprep.base.problem import Error, Problem
from dprep.base.table import NO_VALUE, Asks, Decided, Table
from dprep.base.twins import Twins
from dprep.kernels.picking import picked
from dprep.ops.split._classes import Classes, numbered
from dprep.ops.split._units import Counts, Small, linked, stretches, units_of

Sizes = Annotated[tuple[Annotated[int, Ge(1), Le(1_000_000)], ...], Strict(False), MinLen(1), MaxLen(20)]
Seeds = Annotated[tuple[Annotated[int, Ge(0), Le(2**31)], ...], Strict(False), MinLen(1), MaxLen(100)]

_NAMED = 5


class Fewshot(Split):
    k: Sizes
    """How many rows of every class, one set for each: `[10, 20, 50]`."""
    seeds: Annotated[int, Ge(1), Le(100)] | Seeds = 5
    """How many choices are made for each `k`, numbered from 1; or their numbers."""
    classes: Annotated[Words, MinLen(1)] = ("label",)
    """The columns whose values (together) are the classes."""
    unit: Words = ()
    """Columns that hold rows together: no two rows of a set are equal in any of them. `twins`: no two are near-duplicates."""
    twins: Twins = Twins()
    """How `twins` are found."""
    short: Literal["fail", "take"] = "fail"
    """What becomes of a class with fewer rows than `k`: `fail`, or `take` what it has."""

    def asks(self) -> Asks:
        return Asks(groups=(self.classes,), links=linked(self.unit))

    def parts(self) -> tuple[str, ...]:
        return ("train",)

    def makes(self) -> dict[str, pl.DataType]:
        names = (_column(k, seed) for seed in self._seeds() for k in self.k)
        return {"part": pl.String(), **dict.fromkeys(names, pl.Boolean())}

    def decide(self, table: Table) -> Decided:
        columns: dict[str, npt.NDArray[Any]] = {"part": np.zeros(len(table), np.uint8)}
        if not len(table):
            return Decided({**columns, **{name: np.zeros(0, np.bool_) for name in self.makes() if name != "part"}})
        classes, unit = numbered(table.luck, table.groups[0]), units_of(table.links)
        there = table.groups[0] != NO_VALUE
        units = _units_in(classes, unit) if table.links.shape[1] else classes.rows
        scarce = np.argsort(np.argsort(units, kind="stable"), kind="stable").astype(classes.of.dtype)
        fewest = np.full(len(classes), np.iinfo(np.int64).max)
        for seed in self._seeds():
            drawn = splitmix64(table.luck ^ splitmix64(np.array([seed], np.uint64)))
            ranks, taken = _drawn(drawn, there, classes, unit, scarce, max(self.k))
            columns |= {_column(k, seed): (ranks >= 0) & (ranks < k) for k in self.k}
            fewest = np.minimum(fewest, taken)
        named = there[classes.first()]
        if self.short == "fail":
            self._refuse(table, classes, np.where(named, fewest, max(self.k)))
        return Decided(columns, self._notes(named, fewest))

    def _seeds(self) -> tuple[int, ...]:
        return tuple(range(1, self.seeds + 1)) if isinstance(self.seeds, int) else self.seeds

    def _notes(self, named: npt.NDArray[np.bool_], fewest: Counts) -> dict[str, Any]:
        short = {str(k): int((named & (fewest < k)).sum()) for k in self.k}
        return {"classes": int(named.sum()), "short": {k: count for k, count in short.items() if count}}

    def _refuse(self, table: Table, classes: Classes, fewest: Counts) -> None:
        short = np.flatnonzero(fewest < max(self.k))
        if not len(short):
            return
        worst = short[np.argsort(fewest[short], kind="stable")][:_NAMED].tolist()
        numbers = [int(table.groups[0][classes.first()[which]]) for which in worst]
        names = table.look(0, set(numbers), ())
        more = f"there are {len(short) - _NAMED:,} more such classes; " if len(short) > _NAMED else ""
        help = f'{more}leave that `k` out, label more rows, or set `short = "take"`'
        raise Error([self._problem(names[n], int(fewest[c]), help) for n, c in zip(numbers, worst, strict=True)], exit_code=1)

    def _problem(self, name: str, rows: int, help: str) -> Problem:
        k = min(k for k in self.k if k > rows)
        kind = " of different units" if self.unit else ""
        found = f"class `{name}` has {rows:,} row{'' if rows == 1 else 's'}{kind} to choose from"
        return Problem("too-few-rows", f"{found}, and `k` asks for {k:,}: {k - rows:,} missing", help=help)


def _column(k: int, seed: int) -> str:
    return f"fewshot_{k}_{seed}"


def _drawn(
    drawn: npt.NDArray[np.uint64], there: npt.NDArray[np.bool_], classes: Classes, unit: Small, scarce: Small, most: int
) -> tuple[npt.NDArray[np.int32], Counts]:
    """The rank of each row in its class, -1 where it is not chosen; and how many rows each class gets.

    Scarce classes choose first, each its rows in the order of `drawn`. Of large classes only the first rows are put in order:
    if those suffice, the others would not have had a turn.
    """
    limit = np.minimum((8.0 * most + 64.0) / np.maximum(classes.rows, 1), 1.0)
    early = there.copy()
    for part in stretches(len(drawn)):
        early[part] &= drawn[part] <= limit[classes.of[part]] * float(2**64)
    ranks, taken = _ranked(np.flatnonzero(early), drawn, classes, unit, scarce, most)
    if ((taken < most) & (limit < 1.0)).any():
        ranks, taken = _ranked(np.flatnonzero(there), drawn, classes, unit, scarce, most)
    return ranks, taken


def _ranked(
    rows: Counts, drawn: npt.NDArray[np.uint64], classes: Classes, unit: Small, scarce: Small, most: int
) -> tuple[npt.NDArray[np.int32], Counts]:
    order = rows[np.lexsort((drawn[rows], scarce[classes.of[rows]]))]
    ranks = picked(order, classes.of, unit, len(classes), most)
    return ranks, np.bincount(classes.of[ranks >= 0], minlength=len(classes))


def _units_in(classes: Classes, unit: Small) -> Counts:
    """How many units have rows of each class."""
    pairs = classes.of.astype(np.uint64)
    pairs *= np.uint64(len(unit))
    pairs += unit
    pairs.sort()
    new = np.ones(len(pairs), np.bool_)
    new[1:] = pairs[1:] != pairs[:-1]
    return np.bincount((pairs[new] // np.uint64(len(unit))).astype(np.int64), minlength=len(classes))
