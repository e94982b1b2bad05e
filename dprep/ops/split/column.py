"""Take the parts from a column that says them, under whatever names.

Use it where a dataset comes divided and results are compared with others', or where parts were frozen once and must never
move. Where each file is a part, `[[source]] part = "test"` says so without a step. Do not trust a given division blindly: many
leak, and `leak_check = "near"` with `leak = "drop-from-train"` takes out of `train` what stands in the other parts too.

`values` lists for each part what the column says of its rows, letter for letter; numbers and booleans may be listed as such. A
value that is listed nowhere, or none at all, goes to `rest`; without `rest` it is a problem that names the values and how many
rows have each.

Units are not held together: the division is given. Chance has no part in it.

**Chinese.** Compares values as they are, in any language: `训练集` is listed like any other.

```toml
op = "split.column"
```
```diff
- {"text": "one", "split": "train"}
+ {"text": "one", "split": "train", "part": "train"}
- {"text": "two", "split": "train"}
+ {"text": "two", "split": "train", "part": "train"}
- {"text": "three", "split": "dev"}
+ {"text": "three", "split": "dev", "part": "validation"}
- {"text": "four", "split": "test"}
+ {"text": "four", "split": "test", "part": "test"}
- {"text": "五", "split": "train"}
+ {"text": "五", "split": "train", "part": "train"}
```

```toml
op = "split.column"
column = "fold"
values = { train = [1, 2, 3], test = [4, "训练外"] }
rest = "validation"
```
```diff
- {"text": "one", "fold": "1"}
+ {"text": "one", "fold": "1", "part": "train"}
- {"text": "two", "fold": "2"}
+ {"text": "two", "fold": "2", "part": "train"}
- {"text": "three", "fold": "3"}
+ {"text": "three", "fold": "3", "part": "train"}
- {"text": "four", "fold": "4"}
+ {"text": "four", "fold": "4", "part": "test"}
- {"text": "five", "fold": "5"}
+ {"text": "five", "fold": "5", "part": "validation"}
- {"text": "六", "fold": "训练外"}
+ {"text": "六", "fold": "训练外", "part": "test"}
- {"text": "seven"}
+ {"text": "seven", "part": "validation"}
```
"""

from typing import Annotated, ClassVar

import numpy as np
from annotated_types import MaxLen, MinLen
from pydantic import Strict, model_validator

from dprep.base.operator import Split
from dprep.base.problem import Error, Problem, fail
from dprep.base.table import Asks, Decided, Table
from dprep.base.twins import Twins
from dprep.ops.split._values import Value, counted, written
from dprep.ops.split._words import PartName

_SHOWN = 10
"""Values that a problem names."""


class Column(Split):
    random: ClassVar[bool] = False

    column: Annotated[str, MinLen(1)] = "split"
    """The column that says of each row which part it is in."""
    values: Annotated[dict[PartName, Annotated[tuple[Value, ...], Strict(False), MinLen(1)]], MinLen(1), MaxLen(64)] = {
        "train": ("train", "training"),
        "validation": ("validation", "valid", "val", "dev"),
        "test": ("test", "testing"),
    }
    """The parts, each with the values that stand for it."""
    rest: PartName | None = None
    """The part of rows with another value, or none. Without it they are a problem."""
    twins: Twins = Twins()
    """How the check for leaks finds near-duplicates."""

    @model_validator(mode="after")
    def _is_sound(self) -> "Column":
        listed = [written(value) for values in self.values.values() for value in values]
        twice = next((value for value in listed if listed.count(value) > 1), None)
        if twice is not None:
            raise Error(Problem("wrong-value", f"`values` lists `{twice}` twice", help="a value stands for one part"))
        return self

    def asks(self) -> Asks:
        return Asks(groups=((self.column,),))

    def parts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.values, *([] if self.rest is None else [self.rest])]))

    def decide(self, table: Table) -> Decided:
        part_of = {written(value): self.parts().index(part) for part, values in self.values.items() for value in values}
        numbers, of = np.unique(table.groups[0], return_inverse=True)
        known = table.look(0, (), part_of)
        rest = -1 if self.rest is None else self.parts().index(self.rest)
        places = np.array([part_of.get(known.get(int(number), ""), rest) for number in numbers], np.int64)
        rows = np.bincount(of, minlength=len(numbers))
        unmapped = np.flatnonzero(places < 0)
        if len(unmapped):
            raise self._unmapped(table, numbers[unmapped], rows[unmapped])
        return Decided({"part": places[of].astype(np.uint8)})

    def _unmapped(self, table: Table, numbers: np.ndarray, rows: np.ndarray) -> Error:
        return fail(
            "unmapped-values",
            f"`values` does not say the part of {int(rows.sum()):,} rows, whose `{self.column}` is "
            f"{counted(table, 0, numbers, rows, _SHOWN)}",
            f'list them in `values`, or set `rest = "{self.parts()[0]}"`',
        )
