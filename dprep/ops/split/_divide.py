"""What `split.stratified` and `split.folds` share: from the table of all rows to the part of each, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from dprep.base.problem import Error
from dprep.base.table import Asks, Table
from dprep.ops.split._classes import Classes, Spelt, classes_of
from dprep.ops.split._overlap import labels_of, spread_labels
from dprep.ops.split._spread import Dealt, spread
from dprep.ops.split._told import asked_too_much, least_of, not_reached, notes
from dprep.ops.split._units import Counts, linked, units_of

Parts = npt.NDArray[np.uint8]
Names = Callable[[Sequence[int]], list[str]]


@dataclass(frozen=True)
class Wish:
    """What is asked of a division."""

    ratios: Mapping[str, float]
    """The parts in their order, each with its share."""
    stratum: Sequence[str] = ()
    bins: Mapping[str, int] = field(default_factory=dict)
    labels: str | None = None
    pairs: bool = False
    unit: Sequence[str] = ()
    min_rows: int | Mapping[str, int] = 0

    def asks(self) -> Asks:
        """What must be known of every row."""
        grouped = self._grouped()
        return Asks(
            groups=(grouped,) if grouped else (),
            links=linked(self.unit),
            numbers=tuple(self.bins),
            lists=(self.labels,) if self.labels else (),
        )

    def divided(self, table: Table) -> tuple[Parts, dict[str, Any]]:
        """The place in `ratios` of every row, and notes. Raises Error where classes are too small for `min_rows`."""
        if not len(table):
            return np.zeros(0, np.uint8), {}
        classes, spelt = classes_of(table, self._grouped(), self.bins)
        return self._by_labels(table, classes, spelt) if self.labels else self._by_classes(table, classes, spelt)

    def _grouped(self) -> tuple[str, ...]:
        return tuple(name for name in self.stratum if name not in self.bins)

    def _weights(self) -> npt.NDArray[np.float64]:
        return np.fromiter(self.ratios.values(), np.float64)

    def _by_classes(self, table: Table, classes: Classes, spelt: Spelt) -> tuple[Parts, dict[str, Any]]:
        first = classes.first()
        least = least_of(self.min_rows, tuple(self.ratios), len(classes))
        least[spelt.empty(first)] = 0.0

        def names(which: Sequence[int]) -> list[str]:
            return spelt.names(first[list(which)].tolist())

        _raise(asked_too_much(classes.rows, least, names))
        dealt = spread(table.luck, classes, units_of(table.links), self._weights(), least)
        return self._told(dealt, classes.rows, least, names, overlap=False)

    def _by_labels(self, table: Table, classes: Classes, spelt: Spelt) -> tuple[Parts, dict[str, Any]]:
        labels = labels_of(table, classes if self.stratum or self.bins else None, self.pairs)
        first = classes.first()
        least = least_of(self.min_rows, tuple(self.ratios), labels.told)
        if labels.strata:
            least[len(labels.values) :][spelt.empty(first)] = 0.0

        def names(which: Sequence[int]) -> list[str]:
            known = len(labels.values)
            strata = [each - known for each in which if each >= known]
            spelled = iter(spelt.names(first[strata].tolist()) if strata else [])
            return [next(spelled) if each >= known else table.item(0, int(labels.values[each])) for each in which]

        _raise(asked_too_much(labels.rows[: labels.told], least, names))
        dealt = spread_labels(table.luck, labels, units_of(table.links), self._weights(), least)
        rows: Counts = np.append(labels.rows[: labels.told], len(table))
        return self._told(dealt, rows, least, names, overlap=True)

    def _told(
        self, dealt: Dealt, rows: Counts, least: npt.NDArray[np.float64], names: Names, *, overlap: bool
    ) -> tuple[Parts, dict[str, Any]]:
        _raise(not_reached(dealt, least, tuple(self.ratios), names))
        return dealt.part, notes(dealt, rows, tuple(self.ratios), names, overlap)


def _raise(problems: Sequence[Any]) -> None:
    if problems:
        raise Error(problems, exit_code=1)
