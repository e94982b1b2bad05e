"""What the books keep of measured numbers, as bins and bounds to draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from dprep.report.blocks import Bin, Limit
from dprep.store.ledger import bin_edges, bins

SIDES = ("min", "max")
AT_MOST_ONE = ("similarity", "estimate", "overlap", "lang_score")
"""Measures of which nothing is above 1: the bin that begins there holds nothing else."""


def bins_of(counts: Mapping[str, int], most: int) -> tuple[Bin, ...]:
    """Bins of the ledger in rising order, gaps filled, neighbours joined so that there are at most `most` or so.

    What is below, at and above 0 is never joined.
    """
    places = sorted(int(place) for place in counts)
    signs = [[place for place in places if np.sign(place) == sign] for sign in (-1, 0, 1)]
    runs = [range(run[0], run[-1] + 1) for run in signs if run]
    each = max(1, -(-sum(map(len, runs)) // most))
    found = []
    for run in runs:
        for first in range(run.start, run.stop, each):
            last = min(first + each, run.stop) - 1
            number = sum(counts.get(str(place), 0) for place in range(first, last + 1))
            found.append(Bin(bin_edges(first)[0], bin_edges(last)[1], number))
    return tuple(found)


def closed(found: tuple[Bin, ...], measure: str) -> tuple[Bin, ...]:
    """The bins of a measure that ends at 1, without what its last bin has beyond it."""
    if not found or measure not in AT_MOST_ONE or found[-1].high <= 1:
        return found
    return (*found[:-1], replace(found[-1], high=max(1.0, found[-1].low)))


def limits_of(parameters: Mapping[str, Any], measure: str) -> dict[str, Limit]:
    """The bounds that a step's parameters set on `measure`, by parameter; the threshold of twins bounds `similarity`."""
    named = [(f"{side}_{measure}", side) for side in SIDES] + ([("threshold", "threshold")] if measure == "similarity" else [])
    values = [(name, side, parameters.get(name)) for name, side in named]
    return {
        name: Limit(side, float(value))  # type: ignore[arg-type]
        for name, side, value in values
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }


def yes_or_no(counts: Mapping[str, int]) -> bool:
    """Whether all values are 0 or 1: a condition, of which the number of rows tells all."""
    return {int(place) for place in counts} <= set(bins(np.array([0.0, 1.0])))
