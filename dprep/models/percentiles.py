"""Percentile tables that `dprep fit percentiles` made: robust z-scores and percentile ranks of numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dprep.base.problem import did_you_mean, fail

NAME = "percentiles.json"
NORMAL_MAD = 0.6745
"""The 75th percentile of the standard normal distribution: MAD / 0.6745 estimates its standard deviation."""
NORMAL_MEAN_AD = 1.253314
"""sqrt(pi / 2): the mean distance from the median, times this, estimates the standard deviation."""

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Distribution:
    """How one number was distributed over the rows that were learnt from."""

    median: float
    mad: float
    mean_ad: float
    points: Numbers  # (n,): percentiles, rising
    values: Numbers  # (n,): the numbers there

    def z(self, x: Numbers) -> Numbers:
        """Robust z-scores: 0.6745 (x - median) / MAD.

        Where more than half of the numbers were alike the MAD is 0, and the mean distance from the median stands in for it;
        where all were alike, another number is infinitely far away.
        """
        distance = x - self.median
        if self.mad > 0:
            return NORMAL_MAD * distance / self.mad
        if self.mean_ad > 0:
            return distance / (NORMAL_MEAN_AD * self.mean_ad)
        far = np.where(distance == 0, 0.0, np.copysign(np.inf, distance))
        return np.where(np.isnan(distance), np.nan, far)

    def percentile(self, x: Numbers) -> Numbers:
        """Share of the numbers below x, and half of those equal to it, in percent (interpolated between the table's points)."""
        ranks = (self._rank(x, "left") + self._rank(x, "right")) / 2
        return np.where(np.isnan(x), np.nan, ranks)

    def _rank(self, x: Numbers, side: Any) -> Numbers:
        """The percentile before (left) or behind (right) all equal numbers."""
        place = np.searchsorted(self.values, x, side=side)
        below, above = np.clip(place - 1, 0, None), np.clip(place, None, len(self.values) - 1)
        width = self.values[above] - self.values[below]
        inside = (place > 0) & (place < len(self.values)) & (width > 0)
        part = np.where(inside, (x - self.values[below]) / np.where(width > 0, width, 1), 0.0)
        ranks = self.points[below] + part * (self.points[above] - self.points[below])
        return np.where(place == 0, 0.0, np.where(place == len(self.values), 100.0, ranks))


@cache
def table(path: str) -> dict[str, Distribution]:
    """The distributions in a table's file or folder, by name. Raises Error (`unreadable-file`)."""
    file = Path(path) / NAME if Path(path).is_dir() else Path(path)
    try:
        entries = json.loads(file.read_bytes())["numbers"]
        return {name: _distribution(entry) for name, entry in entries.items() if entry["count"]}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        help = "`dprep fit percentiles NAME --from VERSION` makes one"
        raise fail("unreadable-file", f"`{Path(path).name}` is no table of percentiles", help) from None


def distribution(path: str, name: str) -> Distribution:
    """One number's distribution. Raises Error (`unreadable-file`, `missing-column`)."""
    found = table(path)
    if name not in found:
        help = did_you_mean(name, found) or f"it knows {', '.join(f'`{each}`' for each in list(found)[:12])}"
        raise fail("missing-column", f"the table of percentiles knows no number `{name}`", help)
    return found[name]


def _distribution(entry: dict[str, Any]) -> Distribution:
    points, values = np.array(entry["percentiles"], dtype=np.float64).T
    if np.any(np.diff(points) <= 0) or np.any(np.diff(values) < 0):
        raise ValueError("percentiles must rise")
    return Distribution(float(entry["median"]), float(entry["mad"]), float(entry["mean_ad"]), points, values)
