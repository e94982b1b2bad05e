"""Values of columns as a recipe lists them and as a problem names them."""

import json

import numpy as np
import numpy.typing as npt

from dprep.base.table import Table

Value = str | int | float | bool


def written(value: Value) -> str:
    """A value as `Table.look` has it."""
    return value if isinstance(value, str) else json.dumps(value)


def counted(table: Table, which: int, numbers: npt.NDArray[np.uint64], rows: npt.NDArray[np.int64], most: int) -> str:
    """Values with their rows, for a sentence: those of most rows first, at most `most` of them."""
    order = np.lexsort((numbers, -rows))[:most]
    names = table.look(which, [int(number) for number in numbers[order]], ())
    shown = [f"`{cut(names.get(int(numbers[place]), ''))}` ({int(rows[place]):,} rows)" for place in order.tolist()]
    more = len(numbers) - len(shown)
    return ", ".join(shown) + (f" and {more:,} other values" if more else "")


def cut(text: str, most: int = 60) -> str:
    """The start of a value that may be as long as a row."""
    return text if len(text) <= most else f"{text[:most]}…"
