"""Whether parts are alike: labels, lengths and numbers of each part against those of `train`.

Sizes of effects decide, not p: of a million rows everything is significant. Words for Cramér's V of two parts are those of
w in J. Cohen, "Statistical Power Analysis for the Behavioral Sciences" (1988): 0.1, 0.3, 0.5; those for Cliff's delta are in
`report.reading.effects`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dprep.report.reading.effects import cliffs_delta_of_values
from dprep.report.sections.parts.labels import Labels

V_SMALL, V_MEDIUM, V_LARGE = 0.1, 0.3, 0.5


@dataclass(frozen=True)
class Drift:
    """A part against `train`. measure: labels, numbers, or what is counted of a text.

    effect: Cramér's V for labels, Cliff's delta for others (positive: the part has more); rows: of the smaller of both.
    moved, chance, p: of labels, else None: the share of rows that would have to change their label, how much of that chance
    alone would give, and how probable as large a chi-square is by chance.
    """

    part: str
    measure: str
    effect: float
    rows: int
    moved: float | None = None
    chance: float | None = None
    p: float | None = None


Values = Mapping[str, npt.NDArray[Any]]
_NONE = np.zeros(0)


def drifts(train: str, parts: Sequence[str], labels: Labels | None, measures: Mapping[str, Values]) -> tuple[Drift, ...]:
    """By part: labels, then `measures` (name -> part -> values of its rows). Parts without rows are left out."""
    found: list[Drift] = []
    for part in parts:
        if part == train:
            continue
        if labels is not None:
            found += _labels(labels, train, part)
        for measure, values in measures.items():
            found += _measured(part, measure, values.get(train, _NONE), values.get(part, _NONE))
    return tuple(found)


def _labels(labels: Labels, train: str, part: str) -> list[Drift]:
    rows = {each.part: each.labelled for each in labels.balance}
    return [
        Drift(part, "labels", effect, min(rows[train], rows[part]), moved, chance, p)
        for name, moved, chance, effect, p in labels.differences
        if name == part
    ]


def _measured(part: str, measure: str, ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> list[Drift]:
    if not len(ours) or not len(theirs):
        return []
    effect = cliffs_delta_of_values(theirs, ours)
    return [Drift(part, measure, float(f"{effect:.6g}"), min(len(ours), len(theirs)))]
