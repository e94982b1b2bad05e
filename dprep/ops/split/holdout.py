"""Hold out whole sources, sites, authors or topics: what a part is tested on comes from none that it was trained on.

Use it to ask how a model does on a source that it has never seen. `by` names the columns that say where a row is from; rows
equal in all of them are one group, and no group is ever torn. A source's rows can say its name by `[[source]] constants = {
source = "wiki" }`.

Say which groups by one of
- `hold`: for each part the values that go there, letter for letter; of several columns with a comma and a blank between, as in
  `"wiki, en"`. All others go to `rest`. A value that no row has is a problem, unless `absent = "report"`;
- `groups`: for each part how many groups, drawn by chance; all others go to `rest`;
- `ratios`: the groups, drawn by chance, shared out in these proportions of *groups*: a part's number of groups is its share
  rounded up or down. For proportions of rows set `split.stratified` with `unit`, and for groups that keep their part when the
  dataset grows `split.stable` with `key`.

Every group has the same chance, whatever its size. Rows that say nothing in `by` go to `rest`.

Twins are not held together, since one text that two sources share would make one group of both. Let the check for leaks find
them (`leak_check = "near"`), and `leak = "drop-from-train"` take them out.

**Chinese.** Reads no text; the same in every language. Values are compared as they are.

```toml
op = "split.holdout"
by = ["source"]
hold = { test = ["forum", "百科"] }
absent = "report"
```
```diff
- {"text": "one", "source": "wiki"}
+ {"text": "one", "source": "wiki", "part": "train"}
- {"text": "two", "source": "forum"}
+ {"text": "two", "source": "forum", "part": "test"}
- {"text": "three", "source": "wiki"}
+ {"text": "three", "source": "wiki", "part": "train"}
- {"text": "四", "source": "百科"}
+ {"text": "四", "source": "百科", "part": "test"}
- {"text": "five", "source": "news"}
+ {"text": "five", "source": "news", "part": "train"}
- {"text": "six"}
+ {"text": "six", "part": "train"}
```

```toml
op = "split.holdout"
by = ["site", "lang"]
groups = { test = 1 }
```
```diff
- {"text": "one", "site": "a.org", "lang": "en"}
+ {"text": "one", "site": "a.org", "lang": "en", "part": "train"}
- {"text": "two", "site": "a.org", "lang": "en"}
+ {"text": "two", "site": "a.org", "lang": "en", "part": "train"}
- {"text": "trois", "site": "a.org", "lang": "fr"}
+ {"text": "trois", "site": "a.org", "lang": "fr", "part": "train"}
- {"text": "vier", "site": "b.de", "lang": "de"}
+ {"text": "vier", "site": "b.de", "lang": "de", "part": "train"}
- {"text": "fünf", "site": "b.de", "lang": "de"}
+ {"text": "fünf", "site": "b.de", "lang": "de", "part": "train"}
- {"text": "six", "site": "c.com", "lang": "en"}
+ {"text": "six", "site": "c.com", "lang": "en", "part": "test"}
```

```toml
op = "split.holdout"
by = ["author"]
ratios = { train = 2, test = 1 }
```
```diff
- {"text": "one", "author": "li"}
+ {"text": "one", "author": "li", "part": "test"}
- {"text": "two", "author": "li"}
+ {"text": "two", "author": "li", "part": "test"}
- {"text": "three", "author": "kim"}
+ {"text": "three", "author": "kim", "part": "train"}
- {"text": "four", "author": "roe"}
+ {"text": "four", "author": "roe", "part": "train"}
- {"text": "five", "author": "abe"}
+ {"text": "five", "author": "abe", "part": "test"}
- {"text": "six", "author": "roe"}
+ {"text": "six", "author": "roe", "part": "train"}
- {"text": "seven", "author": "wu"}
+ {"text": "seven", "author": "wu", "part": "train"}
- {"text": "eight", "author": "ito"}
+ {"text": "eight", "author": "ito", "part": "train"}
```
"""

from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from annotated_types import Ge, MaxLen, MinLen
from pydantic import Strict, model_validator

from dprep.base.chance import splitmix64
from dprep.base.operator import Split, Words
from dprep.base.problem import Error, Problem, fail
from dprep.base.table import NO_VALUE, Asks, Decided, Table
from dprep.base.twins import Twins
from dprep.kernels.apportion import by_weight
from dprep.ops.split._values import Value, cut, written
from dprep.ops.split._words import PartName, Ratios

U64 = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]

_SHOWN = 20
"""Groups of a part that the notes name."""


class Holdout(Split):
    by: Annotated[Words, MinLen(1)]
    """The columns that say, together, which group a row is of."""
    hold: Annotated[dict[PartName, Annotated[tuple[Value, ...], Strict(False), MinLen(1)]], MinLen(1), MaxLen(63)] | None = None
    """The parts, each with the values whose rows it gets."""
    groups: Annotated[dict[PartName, Annotated[int, Ge(1)]], MinLen(1), MaxLen(63)] | None = None
    """The parts, each with how many groups it gets."""
    ratios: Ratios | None = None
    """The parts, each with its share of the groups; only the proportion of the numbers matters."""
    rest: PartName = "train"
    """The part of all other rows."""
    absent: Literal["fail", "report"] = "fail"
    """What becomes of a value in `hold` that no row has."""
    twins: Twins = Twins()
    """How the check for leaks finds near-duplicates."""

    @model_validator(mode="after")
    def _is_sound(self) -> "Holdout":
        said = [name for name in ("hold", "groups", "ratios") if getattr(self, name) is not None]
        if len(said) != 1:
            sentence = f"`{said[0]}` and `{said[1]}` both say what is held out" if said else "nothing says what is held out"
            raise Error(Problem("wrong-value", sentence, help="set one of `hold`, `groups` and `ratios`"))
        listed = [written(value) for values in (self.hold or {}).values() for value in values]
        twice = next((value for value in listed if listed.count(value) > 1), None)
        if twice is not None:
            raise Error(Problem("wrong-value", f"`hold` lists `{twice}` twice", help="a group goes to one part"))
        return self

    def asks(self) -> Asks:
        return Asks(groups=(self.by,))

    def parts(self) -> tuple[str, ...]:
        named = self.hold or self.groups or self.ratios or {}
        return tuple(named) if self.rest in named else (self.rest, *named)

    def decide(self, table: Table) -> Decided:
        numbers, of = np.unique(table.groups[0], return_inverse=True)
        part_of = self._named(table, numbers) if self.hold else self._drawn(table, numbers, of)
        part = part_of[of].astype(np.uint8)
        return Decided({"part": part}, self._told(table, numbers, part_of, part))

    def _named(self, table: Table, numbers: U64) -> Counts:
        wanted = {written(value): part for part, values in (self.hold or {}).items() for value in values}
        known = {number: value for number, value in table.look(0, (), wanted).items() if value in wanted}
        absent = sorted(wanted.keys() - known.values())
        if absent and self.absent == "fail" and len(table):
            raise self._absent(absent)
        places = {number: self.parts().index(wanted[value]) for number, value in known.items()}
        rest = self.parts().index(self.rest)
        return np.array([places.get(int(number), rest) for number in numbers], np.int64)

    def _absent(self, absent: list[str]) -> Error:
        names = ", ".join(f"`{cut(name)}`" for name in absent[:5]) + (f" and {len(absent) - 5} more" if len(absent) > 5 else "")
        by = ", ".join(f"`{column}`" for column in self.by)
        help = 'mend the spelling, drop it, or set `absent = "report"`'
        return fail("absent-values", f"`hold` names {names}, and no row says so in {by}", help)

    def _drawn(self, table: Table, numbers: U64, of: npt.NDArray[np.int64]) -> Counts:
        """Groups in the order of their luck, the first to the first part, and so on."""
        drawable = np.flatnonzero(numbers != NO_VALUE)
        luck = np.zeros(len(numbers), np.uint64)
        # the sum of all rows' luck: the least of them would draw large groups first
        np.add.at(luck, of, splitmix64(table.luck))
        order = drawable[np.lexsort((numbers[drawable], splitmix64(luck)[drawable]))]
        counts = self._counts(len(order))
        part_of = np.full(len(numbers), self.parts().index(self.rest), np.int64)
        places = [self.parts().index(part) for part in (self.groups or self.ratios or {})]
        part_of[order[: counts.sum()]] = np.repeat(places, counts)
        return part_of

    def _counts(self, there: int) -> Counts:
        if self.ratios:
            return by_weight(there, np.fromiter(self.ratios.values(), np.float64))
        counts = np.fromiter((self.groups or {}).values(), np.int64)
        if there and counts.sum() > there:
            by = ", ".join(f"`{column}`" for column in self.by)
            sentence = f"`groups` asks for {int(counts.sum()):,} groups, and the rows have {there:,} by {by}"
            raise fail("too-few-groups", sentence, "ask for fewer, or group by a finer column")
        return np.minimum(counts, there)

    def _told(self, table: Table, numbers: U64, part_of: Counts, part: npt.NDArray[np.uint8]) -> dict[str, Any]:
        rows = np.bincount(part, minlength=len(self.parts()))
        counts = np.bincount(part_of, minlength=len(self.parts()))
        held = np.flatnonzero((part_of != self.parts().index(self.rest)) & (numbers != NO_VALUE))[:_SHOWN]
        names = table.look(0, [int(number) for number in numbers[held]], ()) if len(held) else {}
        shown: dict[str, list[str]] = {}
        for place in held.tolist():
            shown.setdefault(self.parts()[part_of[place]], []).append(cut(names.get(int(numbers[place]), "")))
        return {
            "rows": dict(zip(self.parts(), rows.tolist(), strict=True)),
            "groups": dict(zip(self.parts(), counts.tolist(), strict=True)),
            "held_out": {name: sorted(values) for name, values in shown.items()},
        }
