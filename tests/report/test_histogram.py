from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

from dprep.report.histogram import Limit, bars, draw, limits
from dprep.store.ledger import bins
from tests.store.hand import manifest


def counted(*values: float) -> dict[str, int]:
    return {str(place): count for place, count in bins(np.array(values, dtype=np.float64)).items()}


@pytest.mark.parametrize(
    "values",
    [[1.0], [0.0], [-3.0, 0.0, 3.0], [1, 2, 3, 1000], [1e-12, 1e12], list(range(-50, 50)), [0.1] * 7],
)
def test_bars_hold_every_value_once_and_in_order(values: list[float]) -> None:
    found = bars(counted(*values))

    assert sum(bar.count for bar in found) == len(values)
    assert all(bar.low <= bar.high for bar in found)
    assert all(a.high <= b.low or a.high == pytest.approx(b.low) for a, b in pairwise(found))
    assert found[0].low <= min(values) <= found[0].high
    assert found[-1].low <= max(values) <= found[-1].high
    assert len(found) <= 62


def test_bars_beyond_the_bounds_are_marked() -> None:
    picture = draw("words", counted(1, 1, 10, 100), [Limit("min", 2.0), Limit("max", 50.0)])

    assert re.findall(r'class="(in|out)"', picture) == ["out", "in", "out"]
    assert picture.count('class="limit"') == 2
    assert "min 2, max 50" in picture
    assert "4 rows" in picture


def test_twins_above_the_threshold_are_marked() -> None:
    picture = draw("similarity", counted(0.25, 1.0), [Limit("threshold", 0.5)])

    assert re.findall(r'class="(in|out)"', picture) == ["in", "out"]


def test_a_bar_is_as_tall_as_its_count() -> None:
    heights = re.findall(r'height="([\d.]+)"', draw("words", counted(1, 1, 1, 1, 100, 100), []))

    assert heights == ["80.00", "40.00"]


def test_the_axis_tells_where_bars_begin() -> None:
    picture = draw("words", counted(*range(1, 1000)), [])
    ticks = [float(told.replace(",", "")) for told in re.findall(r"<span[^>]*>([^<]*)</span>", picture)]

    assert ticks[0] == 1
    assert 896 <= ticks[-1] <= 1000
    assert ticks == sorted(ticks)
    assert 3 <= len(ticks) <= 6


def test_one_bar_is_no_picture() -> None:
    assert draw("similarity", counted(1.0, 1.0), []) == ""


def test_a_measure_without_values_has_no_picture() -> None:
    assert draw("words", {}, []) == ""


def test_bounds_come_from_the_parameters_of_the_step() -> None:
    step = manifest()["steps"][1]

    assert limits(step, "words") == [Limit("min", 2.0)]
    assert limits(step, "characters") == limits(None, "words") == []
    assert limits({"parameters": {"threshold": 0.8}}, "similarity") == [Limit("threshold", 0.8)]
    assert limits({"parameters": {"threshold": 0.8}}, "words") == []
    assert limits({"parameters": {"min_words": True, "max_words": "9"}}, "words") == []
