"""Divide the rows by time: train on what is old, test on what is newer.

Use it where a model will meet rows that are later than all it was trained on: news, mails, prices, anything that drifts. A
random split of such rows tells too well of the model. Say either the `cuts` at which parts begin, or `ratios` of the rows in
the order of time, the oldest part first.

`column` holds dates, times or numbers (a year, a version), as such or as text in ISO form. Times without a zone count as UTC.
A row whose time is exactly a cut belongs to the part that begins there. With `ratios` the cuts fall between different times
only, each where the counts come nearest to what was asked: rows of one time are never parted, so a part may be larger or
smaller than asked, or empty where a whole dataset has one date. What came out stands beside what was asked in the manifest.

With `unit`, a unit goes where its latest row goes. So no row of a part is later than the part's end: a training row is never
newer than the first cut, and no customer is both trained and tested on. The price is that a later part also gets older rows of
its units; the manifest says how many (`older_rows`). Rows without a time go with their unit; where that has none either,
`undated` says where to, and without it they are a problem.

Chance has no part in it: another seed changes nothing.

**Chinese.** Reads no text; the same in every language. Dates are read as `2024-03-01`, `2024/03/01` or `2024.03.01`;
`2024年3月1日` is not read, and counts as no time.

```toml
op = "split.time"
column = "sent"
cuts = { validation = "2024-01-01", test = 2024-07-01 }
undated = "train"
```
```diff
- {"text": "old news", "sent": "2023-05-04"}
+ {"text": "old news", "sent": "2023-05-04", "part": "train"}
- {"text": "the last of the year", "sent": "2023-12-31T23:59:59"}
+ {"text": "the last of the year", "sent": "2023-12-31T23:59:59", "part": "train"}
- {"text": "new year", "sent": "2024-01-01"}
+ {"text": "new year", "sent": "2024-01-01", "part": "validation"}
- {"text": "spring", "sent": "2024/03/20"}
+ {"text": "spring", "sent": "2024/03/20", "part": "validation"}
- {"text": "summer", "sent": "2024-07-01T00:00:00Z"}
+ {"text": "summer", "sent": "2024-07-01T00:00:00Z", "part": "test"}
- {"text": "夏天", "sent": "2024-08-02"}
+ {"text": "夏天", "sent": "2024-08-02", "part": "test"}
- {"text": "no date"}
+ {"text": "no date", "part": "train"}
```

```toml
op = "split.time"
column = "year"
ratios = { train = 3, test = 1 }
unit = ["author"]
```
```diff
- {"text": "first", "year": 2018, "author": "li"}
+ {"text": "first", "year": 2018, "author": "li", "part": "test"}
- {"text": "second", "year": 2019, "author": "li"}
+ {"text": "second", "year": 2019, "author": "li", "part": "test"}
- {"text": "third", "year": 2019, "author": "kim"}
+ {"text": "third", "year": 2019, "author": "kim", "part": "train"}
- {"text": "fourth", "year": 2020, "author": "kim"}
+ {"text": "fourth", "year": 2020, "author": "kim", "part": "train"}
- {"text": "fifth", "year": 2021, "author": "roe"}
+ {"text": "fifth", "year": 2021, "author": "roe", "part": "train"}
- {"text": "sixth", "year": 2022, "author": "wu"}
+ {"text": "sixth", "year": 2022, "author": "wu", "part": "train"}
- {"text": "seventh", "year": 2023, "author": "li"}
+ {"text": "seventh", "year": 2023, "author": "li", "part": "test"}
- {"text": "eighth", "year": 2020, "author": "abe"}
+ {"text": "eighth", "year": 2020, "author": "abe", "part": "train"}
```
"""

from datetime import UTC, date, datetime
from math import isfinite
from typing import Annotated, Any, ClassVar

import numpy as np
import numpy.typing as npt
from annotated_types import MaxLen, MinLen
from pydantic import BeforeValidator, FiniteFloat, model_validator

from dprep.base.operator import Split, Words
from dprep.base.problem import Error, Problem, did_you_mean, fail
from dprep.base.table import Asks, Decided, Table
from dprep.base.twins import Twins
from dprep.ops.split._units import linked, units_of
from dprep.ops.split._words import USUAL, PartName, Ratios, asked_and_got

Numbers = npt.NDArray[np.float64]


def _plain(given: Any) -> Any:
    """A date as TOML has it, as text."""
    return given.isoformat() if isinstance(given, date) else given


Moment = Annotated[int | FiniteFloat | str, BeforeValidator(_plain, json_schema_input_type=int | FiniteFloat | str)]


class Time(Split):
    random: ClassVar[bool] = False

    column: Annotated[str, MinLen(1)]
    """The column of dates, times or numbers."""
    cuts: Annotated[dict[PartName, Moment], MinLen(1), MaxLen(63)] | None = None
    """The parts after the first, each with the date, time or number at which it begins, the earliest first."""
    first: PartName = "train"
    """The part of what is before the first cut."""
    ratios: Ratios | None = None
    """The parts, the oldest first, each with its share of the rows. By default, without `cuts`, 8 to 1 to 1."""
    undated: PartName | None = None
    """The part of rows that have no time. Without it they are a problem."""
    unit: Words = ()
    """Columns that hold rows together: rows equal in any of them go where the latest of them goes. `twins`: so do
    near-duplicates."""
    twins: Twins = Twins()
    """How `twins` are found."""

    @model_validator(mode="after")
    def _is_sound(self) -> "Time":
        if self.cuts is not None:
            self._check_cuts(self.cuts)
        if self.undated is not None and self.undated not in self.parts():
            sentence = f"`undated` names `{self.undated}`, which is no part"
            raise Error(Problem("unknown-part", sentence, help=did_you_mean(self.undated, self.parts())))
        return self

    def _check_cuts(self, cuts: dict[str, int | float | str]) -> None:
        if self.ratios is not None:
            raise Error(Problem("wrong-value", "`cuts` and `ratios` both say where parts begin", help="drop one of them"))
        if self.first in cuts:
            sentence = f"`{self.first}` is the part before the first cut, so `cuts` cannot say where it begins"
            raise Error(Problem("wrong-value", sentence, help="drop its cut, or name another part as `first`"))
        at = [moment(cut, name) for name, cut in cuts.items()]
        names = list(cuts)
        for place in range(1, len(at)):
            if not at[place] > at[place - 1]:
                sentence = f"`cuts.{names[place]}` is not later than `cuts.{names[place - 1]}`"
                raise Error(Problem("wrong-value", sentence, help="name the parts in the order of time"))

    def asks(self) -> Asks:
        return Asks(links=linked(self.unit), numbers=(self.column,))

    def parts(self) -> tuple[str, ...]:
        return tuple(self.ratios or USUAL) if self.cuts is None else (self.first, *self.cuts)

    def decide(self, table: Table) -> Decided:
        own = table.numbers[0]
        times = _latest(own, units_of(table.links)) if table.links.any() else own
        dated = ~np.isnan(times)
        if self.undated is None and not dated.all():
            raise self._undated(int(np.count_nonzero(~dated)), len(times))
        cuts = self._cuts(times[dated])
        part = np.full(len(times), self.parts().index(self.undated or self.parts()[0]), np.uint8)
        part[dated] = np.searchsorted(cuts, times[dated], side="right")
        return Decided({"part": part}, self._told(part, own, dated, cuts))

    def _cuts(self, times: Numbers) -> Numbers:
        """Where each part but the first begins."""
        if self.cuts is not None:
            return np.array([moment(cut, name) for name, cut in self.cuts.items()])
        return _nearest_cuts(times, np.fromiter((self.ratios or USUAL).values(), np.float64))

    def _undated(self, missing: int, rows: int) -> Error:
        return fail(
            "undated-rows",
            f"{missing:,} of {rows:,} rows have no date, time or number in `{self.column}`",
            f'set `undated = "{self.parts()[0]}"` to say where they go, or drop them with `filter.where`',
        )

    def _told(self, part: npt.NDArray[np.uint8], own: Numbers, dated: npt.NDArray[np.bool_], cuts: Numbers) -> dict[str, Any]:
        notes: dict[str, Any] = {"undated_rows": int(np.count_nonzero(~dated))}
        if self.cuts is None:
            weights = np.fromiter((self.ratios or USUAL).values(), np.float64)
            notes |= asked_and_got(self.parts(), weights / weights.sum(), part)
        begins = np.concatenate([[-np.inf], cuts])[part]
        older = np.bincount(part[dated & (own < begins)], minlength=len(self.parts()))
        return notes | {"older_rows": {name: int(rows) for name, rows in zip(self.parts(), older, strict=True)}}


def moment(cut: int | float | str, name: str) -> float:
    """Where a part begins: a number, or seconds since 1970; text is read as that of the column is. Raises Error."""
    try:
        number = float(cut)
    except ValueError:
        return _seconds(str(cut), name)
    if not isfinite(number):
        raise Error(Problem("wrong-value", f"`cuts.{name}` is no finite number", help="drop the cut"))
    return number


def _seconds(cut: str, name: str) -> float:
    try:
        at = datetime.fromisoformat(cut.strip())
    except ValueError:
        sentence = f"`cuts.{name}` is no date or time: `{cut}`"
        raise Error(Problem("wrong-value", sentence, help='write it as "2024-07-01" or "2024-07-01T12:00:00Z"')) from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _latest(own: Numbers, unit: npt.NDArray[Any]) -> Numbers:
    """The latest time of each row's unit; NaN where no row of it has one."""
    latest = np.full(len(own), np.nan)
    np.fmax.at(latest, unit, own)
    found: Numbers = latest[unit]
    return found


def _nearest_cuts(times: Numbers, weights: Numbers) -> Numbers:
    """The times at which parts begin so that their counts are nearest to `weights`, rows of one time together."""
    distinct, rows = np.unique(times, return_counts=True)
    before = np.concatenate([[0], np.cumsum(rows)])  # rows before each distinct time, and all
    asked = np.cumsum(weights)[:-1] / weights.sum() * len(times)
    at = np.searchsorted(before, asked)
    lower = np.maximum(at - 1, 0)
    at = np.where(asked - before[lower] <= before[np.minimum(at, len(before) - 1)] - asked, lower, at)
    cuts: Numbers = np.concatenate([distinct, [np.inf]])[np.minimum(at, len(distinct))]
    return cuts
