"""The rows nearest to a bound: those that it just let pass, and those that it just did not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base import rowdiff
from dprep.base.chance import luck
from dprep.base.dedup import Dedup
from dprep.base.gate import Gate
from dprep.base.operator import Bound, Filter
from dprep.base.step import Outcome, Step
from dprep.store.ledger import NEAREST, Border, Near

Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Shown = Callable[[pl.DataFrame], list[dict[str, object]]]
"""Makes rows fit to be shown: short, and masked as a later step masks them."""

UNMEASURED = ("error", "gate.no_parent")
"""Reasons of rows that left before anything was measured of them."""


def borders(step: Step, rows: pl.DataFrame, outcome: Outcome, shown: Shown) -> dict[str, Border]:
    """Border by the parameter that sets it, of the `rows` of one block: bounds of filters and gates, thresholds of twins."""
    if isinstance(step.op, (Filter, Gate)):
        bounds = step.op.bounds()
        return _of_bounds(step, rows, outcome, bounds, shown) if any(map(_numeric, bounds)) and outcome.measured else {}
    if isinstance(step.op, Dedup) and isinstance(threshold := getattr(step.op, "threshold", None), float):
        return _of_threshold(step, outcome, threshold, shown)
    return {}


def _numeric(bound: Bound) -> bool:
    return bound.reason in {f"{side}_{bound.measure}" for side in ("min", "max")}


@dataclass(frozen=True)
class _Side:
    """Rows on one side of a bound, among which the nearest are."""

    places: Places
    distance: npt.NDArray[np.float64]
    sign: Literal["-", " "]
    reason: str = ""


def _side(distance: npt.NDArray[np.float64], mask: Mask, places: Places, sign: Literal["-", " "], reason: str = "") -> _Side:
    """The rows in `mask` that are no further than the NEAREST: more than these where several are equally near."""
    which = np.flatnonzero(mask)
    near = distance[which]
    if len(which) > NEAREST:
        few = near <= np.partition(near, NEAREST - 1)[NEAREST - 1]
        which, near = which[few], near[few]
    return _Side(places[which], near, sign, reason)


def _of_bounds(step: Step, rows: pl.DataFrame, outcome: Outcome, bounds: list[Bound], shown: Shown) -> dict[str, Border]:
    measured = pl.DataFrame({bound.measure: outcome.measured[bound.measure] for bound in bounds})
    places = _measured_places(step, rows, outcome)
    # asked of the bounds themselves, so that a row never stands on another side of a bound than it was sent to
    asked = measured.select(bound.kept().alias(str(number)) for number, bound in enumerate(bounds))
    held = [column.to_numpy() for column in asked]
    passed = np.logical_and.reduce(held)
    numbers = {column.name: column.to_numpy() for column in measured.cast(pl.Float64)}  # null is NaN
    first, sides, beyond = np.ones(len(measured), np.bool_), {}, {}
    for bound, holds in zip(bounds, held, strict=True):
        if _numeric(bound):
            known = np.isfinite(numbers[bound.measure])
            distance = np.abs(numbers[bound.measure] - bound.limit)
            kept = _side(distance, passed & known, places, " ")
            sides[bound.reason] = kept, _side(distance, first & ~holds & known, places, "-", bound.reason)
            beyond[bound.reason] = int((~holds & known).sum())
        first &= holds
    values = {bound.reason: (measured.get_column(bound.measure), places) for bound in bounds}
    return _told(step, rows, sides, beyond, values, shown)


def _measured_places(step: Step, rows: pl.DataFrame, outcome: Outcome) -> Places:
    """The rows that the step acted on and did not fail on, as places in `rows`."""
    acted = np.ones(len(rows), np.bool_)
    if step.when is not None or step.parts is not None or isinstance(step.op, Gate):
        acted = step.chosen(rows).to_numpy().copy()
    unmeasured = outcome.dropped.filter(pl.col("reason").is_in(UNMEASURED)).get_column("id")
    if len(unmeasured):
        acted &= ~rows.get_column("id").is_in(unmeasured.implode()).to_numpy()
    return np.flatnonzero(acted)


def _of_threshold(step: Step, outcome: Outcome, threshold: float, shown: Shown) -> dict[str, Border]:
    """Of twins only those that left are known: what was compared and is no twin is in no block's books."""
    gone, values = outcome.dropped, outcome.measured.get("similarity")
    if values is None or len(values) != len(gone):
        return {}  # it marks, and drops none
    numbers, places = values.cast(pl.Float64).to_numpy(), np.arange(len(gone))
    # a row that hangs on its keeper by a chain may be less like it than the threshold: that is no border
    near = _side(np.abs(numbers - threshold), numbers >= threshold, places, "-", next(iter(gone.get_column("reason")), ""))
    none = _side(numbers, np.zeros(len(gone), np.bool_), places, " ")
    sides = {"threshold": (none, near)}
    return _told(step, gone, sides, {"threshold": len(gone)}, {"threshold": (values, places)}, shown)


def _told(
    step: Step,
    rows: pl.DataFrame,
    sides: Mapping[str, tuple[_Side, _Side]],
    beyond: Mapping[str, int],
    values: Mapping[str, tuple[pl.Series, Places]],
    shown: Shown,
) -> dict[str, Border]:
    """The borders, of equally near rows the luckiest. values: what was measured of which rows, by bound."""
    every = [side for pair in sides.values() for side in pair]
    asked = np.unique(np.concatenate([side.places for side in every]))
    chance = luck(step.seed, step.name, rows.get_column("id").gather(asked))
    chosen: dict[int, list[tuple[int, float, int]]] = {}
    for number, side in enumerate(every):
        lucky = chance[np.searchsorted(asked, side.places)]
        order = np.lexsort((lucky, side.distance))[:NEAREST]
        chosen[number] = [(int(side.places[i]), float(side.distance[i]), int(lucky[i])) for i in order]
    wanted = sorted({place for near in chosen.values() for place, *_ in near})
    row_of = dict(zip(wanted, shown(rows[wanted]) if wanted else [], strict=True))
    line = cache(lambda place, sign, reason: rowdiff.line(sign, row_of[place], reason))  # one row may be near several bounds

    def near(number: int, reason: str) -> list[Near]:
        side, (series, of) = every[number], values[reason]
        return [
            (distance, drawn, series[int(np.searchsorted(of, place))], line(place, side.sign, side.reason))
            for place, distance, drawn in chosen[number]
        ]

    return {
        reason: Border(beyond[reason], near(2 * number, reason), near(2 * number + 1, reason))
        for number, reason in enumerate(sides)
    }
