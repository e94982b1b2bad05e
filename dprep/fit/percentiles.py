"""A table of how numbers are distributed: percentiles, median and spread of number columns and of what filters measure.

Writes `percentiles.json`. `filter.outliers` takes it. It is also a way to choose thresholds: the percentiles of
`filter.gopher_quality` over your own rows say what `max_mean_word_length` would drop.

Numbers are exact over the rows that are learnt from: all of them, or a sample whose size the table tells. A percentile between
two values is interpolated linearly. `mad` is the median of the distances from the median, `mean_ad` their mean. Nulls, NaN and
infinities are left out and counted.

**Chinese.** Numbers know no language, but the distributions of Chinese and English texts differ: learn one table for each
(`when = "lang = 'zh'"`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Strict

from dprep.base.operator import Filter, Operator, Tag, Words
from dprep.base.problem import Error, Problem, fail
from dprep.base.text import Text
from dprep.fit.kinds import Fit, Locate, Rows
from dprep.plan.fingerprint import revision
from dprep.plan.operators import operator_class, validated
from dprep.recipe.places import Places
from dprep.store.manifest import write_json

LIBRARIES = ("numpy", "polars")
POINTS = (0, 0.1, 0.5, *range(1, 100), 99.5, 99.9, 100)
"""The percentiles that are told."""

Measure = Annotated[Mapping[str, Any], Strict(False)]


class Percentiles(Fit):
    numbers: Words = ()
    """Number columns. Without them and without `measures`: all number columns of the version."""
    measures: Annotated[tuple[Measure, ...], Strict(False)] = ()
    """Filters and tags whose numbers are measured on the texts, as a step writes them: `{ op = "filter.length" }`."""

    def located(self, locate: Locate) -> Self:
        measures = []
        for number, table in enumerate(self.measures):
            cls = type(_operator(table, number)[1])
            files = {key: locate(cls, key, table[key]) for key in cls.file_parameters() if isinstance(table.get(key), str)}
            measures.append({**table, **files})
        return self.model_copy(update={"measures": tuple(measures)})

    def learnt_by(self, names: bool = False) -> dict[str, Any]:
        """As of every kind; what is measured is told with all its parameters and the revision of its code."""
        ops = [_operator(table, number) for number, table in enumerate(self.measures)]
        measures = [{"op": name, **op.identity(names), "revision": revision(name)} for name, op in ops]
        return {**super().learnt_by(names), "measures": measures}


def learn(rows: Rows, asked: Percentiles, folder: Path) -> dict[str, Any]:
    """Collect the numbers, sort them, tell their places; details: the names and counts."""
    measures = [_operator(table, number) for number, table in enumerate(asked.measures)]
    held: dict[str, list[pl.Series]] = {}
    for block in rows.frames():
        for name, series in (_columns(block, asked) | _measured(block, measures)).items():
            held.setdefault(name, []).append(series.cast(pl.Float64))
    if not held:
        raise fail("fit-failed", "there is no number column to learn from", "name what to measure: `measures`")
    told = {name: described(pl.concat(series)) for name, series in sorted(held.items())}
    write_json(folder / "percentiles.json", {"rows": len(rows), "numbers": told}, durable=True)
    return {"rows": len(rows), "numbers": {name: entry["count"] for name, entry in told.items()}}


def described(series: pl.Series) -> dict[str, Any]:
    """The entry of one number."""
    values = np.sort(series.drop_nulls().to_numpy())
    values = values[np.isfinite(values)]
    counts = {"count": len(values), "left_out": len(series) - len(values)}
    if not len(values):
        return {**counts, "median": None, "mad": None, "mean_ad": None, "percentiles": []}
    median = float(np.median(values))
    distances = np.abs(values - median)
    return {
        **counts,
        "median": median,
        "mad": float(np.median(distances)),
        "mean_ad": _mean(distances),
        "percentiles": [[p, float(value)] for p, value in zip(POINTS, np.percentile(values, POINTS), strict=True)],
    }


def _mean(values: npt.NDArray[np.float64]) -> float:
    """The mean to 12 digits: the last bits of a sum differ between processors."""
    return float(f"{np.mean(values):.12g}")


def _columns(block: pl.DataFrame, asked: Percentiles) -> dict[str, pl.Series]:
    """The number columns that are asked for."""
    numbers = [name for name, dtype in block.schema.items() if dtype.is_numeric()]
    wanted = asked.numbers or ([] if asked.measures else numbers)
    wrong = [name for name in wanted if name not in numbers]
    if wrong:
        help = f"number columns: {', '.join(f'`{name}`' for name in numbers) or 'none'}"
        raise Error(Problem("missing-column", f"the version has no number column `{wrong[0]}`", help=help))
    return {name: block.get_column(name) for name in wanted}


def _measured(block: pl.DataFrame, measures: list[tuple[str, Operator]]) -> dict[str, pl.Series]:
    """What the operators measure on the texts, as `filter.length.words`."""
    text = Text(block.get_column("__text"), block)
    found = {}
    for name, op in measures:
        told = op.measure(text) if isinstance(op, Filter) else op.note(text) if isinstance(op, Tag) else {}
        found.update({f"{name}.{number}": series for number, series in told.items() if series.dtype.is_numeric()})
    return found


def _operator(table: Mapping[str, Any], number: int) -> tuple[str, Operator]:
    """The filter or tag that a table of `measures` sets, with its name. Raises Error."""
    name = table.get("op", "")
    cls = operator_class(str(name), None)
    if isinstance(cls, Problem):
        raise Error(cls)
    if not issubclass(cls, (Filter, Tag)):
        raise Error(Problem("wrong-value", f"`{name}` measures nothing", help="name a filter or a tag"))
    params = {key: value for key, value in table.items() if key != "op"}
    op = validated(cls, str(name), params, ("measures", number), Places(f"measures {number + 1}", ""))
    if not isinstance(op, Operator):
        raise Error(op)
    return str(name), op
