"""Whether parts are alike: labels, lengths and numbers of each part against those of `train`.

Sizes of effects decide, not p: of a million rows everything is significant. Words for Cramér's V of two parts are those of
w in J. Cohen, "Statistical Power Analysis for the Behavioral Sciences" (1988): 0.1, 0.3, 0.5; those for Cliff's delta are in
`report.effects`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dprep.report.effects import cliffs_delta
from dprep.report.sections.parts.labels import Labels, Numbers
from dprep.report.sections.parts.lengths import Length

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


def drifts(
    train: str, parts: Sequence[str], labels: Labels | None, numbers: Numbers | None, lengths: Sequence[Length]
) -> tuple[Drift, ...]:
    """In the order of the parts. Parts without rows are left out."""
    found: list[Drift] = []
    for part in parts:
        if part == train:
            continue
        if labels is not None:
            found += _labels(labels, train, part)
        if numbers is not None:
            counts = {each.part: each.counts for each in numbers.parts}
            found += _counted(part, "numbers", counts[train], counts[part])
        for length in lengths[:1]:
            of = {group.name: group.counts for group in length.groups}
            found += _counted(part, length.measure, of.get(train, ()), of.get(part, ()))
    return tuple(found)


def _labels(labels: Labels, train: str, part: str) -> list[Drift]:
    rows = {each.part: each.labelled for each in labels.balance}
    return [
        Drift(part, "labels", effect, min(rows[train], rows[part]), moved, chance, p)
        for name, moved, chance, effect, p in labels.differences
        if name == part
    ]


def _counted(part: str, measure: str, ours: Sequence[int], theirs: Sequence[int]) -> list[Drift]:
    if not sum(ours) or not sum(theirs):
        return []
    return [Drift(part, measure, float(f"{cliffs_delta(theirs, ours):.6g}"), min(sum(ours), sum(theirs)))]
