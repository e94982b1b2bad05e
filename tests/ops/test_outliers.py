"""Robust z-scores and percentile ranks against scipy; bounds at their limits."""

from __future__ import annotations

import json
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dprep.base.problem import Error
from dprep.base.step import Step, run_step
from dprep.fit.percentiles import described
from dprep.models.percentiles import distribution
from dprep.ops.filter.outliers import Outliers


@pytest.fixture
def table(tmp_path):
    """Writes the table of some numbers and gives its path."""

    def write(values, name="x"):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        path.write_text(json.dumps({"numbers": {name: described(pl.Series(values, dtype=pl.Float64))}}))
        return str(path)

    return write


def reasons(op: Outliers, values: list[float | None]) -> list[str | None]:
    """The reason for each value; None where it stays."""
    rows = pl.DataFrame(
        {"text": [str(n) for n in range(len(values))], "x": values}, schema={"text": pl.String, "x": pl.Float64}
    )
    done = run_step(Step("outliers", "filter.outliers", op), rows)
    gone = dict(zip(done.dropped["text"], done.dropped["reason"], strict=True))
    return [gone.get(text) for text in rows["text"]]


def test_z_is_that_of_scipys_median_absolute_deviation(table):
    values = np.random.default_rng(5).lognormal(3, 1, 2_000)
    found = distribution(table(values), "x")

    expected = 0.6745 * (values - np.median(values)) / stats.median_abs_deviation(values)
    assert found.z(values) == pytest.approx(expected)


@pytest.mark.parametrize("shape", ["lognormal", "counts", "half alike"])
def test_percentile_ranks_are_near_scipys(table, shape):
    draw = np.random.default_rng(6)
    values = {
        "lognormal": draw.lognormal(3, 1, 3_000),
        "counts": draw.poisson(4, 3_000).astype(float),
        "half alike": np.concatenate([np.full(1_500, 7.0), draw.normal(7, 3, 1_500)]),
    }[shape]
    found = distribution(table(values), "x")
    asked = np.concatenate([values[:200], [values.min() - 1, values.max() + 1]])

    expected = [stats.percentileofscore(values, x, kind="mean") for x in asked]
    assert np.abs(found.percentile(asked) - expected).max() < 1.1  # the table has a point per percent


def test_a_bound_keeps_its_limit_and_drops_the_next_float(table):
    path = table([0.0, 10.0, 20.0, 30.0, 40.0])  # median 20, MAD 10
    limit = 20 + 3.5 * 10 / 0.6745
    op = Outliers(number="x", percentiles=path, max_z=float(distribution(path, "x").z(np.array([limit]))[0]))

    assert reasons(op, [20, limit, math.nextafter(limit, math.inf) + 1e-12, -1000]) == [None, None, "max_z", None]


def test_both_sides_and_the_order_of_reasons(table):
    path = table(range(101))
    op = Outliers(number="x", percentiles=path, min_z=-1.0, max_z=1.0, min_percentile=40, max_percentile=60)

    assert reasons(op, [50, 0, 100, 30, 70, 40, 60]) == [None, "min_z", "max_z", "min_percentile", "max_percentile", None, None]


def test_what_is_unknown_breaks_every_bound(table):
    path = table(range(101))

    assert reasons(Outliers(number="x", percentiles=path), [None, math.nan, 50]) == ["max_z", "max_z", None]
    assert reasons(Outliers(number="x", percentiles=path, max_z=None), [None, 50]) == [None, None]


def test_where_most_are_alike_the_mean_distance_stands_in(table):
    values = [5.0] * 8 + [1.0, 9.0]  # MAD 0, mean distance 0.8
    found = distribution(table(values), "x")

    assert found.z(np.array([5.0, 9.0])) == pytest.approx([0.0, 4 / (1.253314 * 0.8)])


def test_where_all_are_alike_anything_else_is_infinitely_far(table):
    path = table([5.0] * 10)

    assert distribution(path, "x").z(np.array([5.0, 5.1, 4.9])).tolist() == [0.0, math.inf, -math.inf]
    assert reasons(Outliers(number="x", percentiles=path, min_z=-1.0), [5.0, 5.1, 4.9]) == [None, "max_z", "min_z"]


@given(values=st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=50), x=st.floats(allow_nan=False, allow_infinity=False))
def test_ranks_are_percentages_and_rise(values, x):
    entry = described(pl.Series(values, dtype=pl.Float64))
    points, told = np.array(entry["percentiles"]).T
    from dprep.models.percentiles import Distribution

    found = Distribution(entry["median"], entry["mad"], entry["mean_ad"], points, told)
    low, high = found.percentile(np.array([x, x + abs(x) + 1]))
    assert 0 <= low <= high <= 100


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"numbers": 3}', '{"numbers": {"x": {"count": 1, "percentiles": []}}}'])
def test_a_file_that_is_no_table_is_a_problem(tmp_path, content):
    (tmp_path / "t.json").write_text(content)

    with pytest.raises(Error) as raised:
        distribution(str(tmp_path / "t.json"), "x")
    assert raised.value.problems[0].code == "unreadable-file"


def test_a_number_that_the_table_does_not_know_is_a_problem(table):
    path = table(range(9), "words")

    with pytest.raises(Error) as raised:
        distribution(path, "word")
    assert raised.value.problems[0].help == "did you mean `words`?"
    assert reasons(Outliers(number="x", percentiles=path, entry="words"), [4]) == [None]


def test_a_column_without_numbers_is_a_problem(table):
    rows = pl.DataFrame({"text": ["a"], "x": ["ten"]})

    with pytest.raises(Error) as raised:
        run_step(Step("o", "filter.outliers", Outliers(number="x", percentiles=table(range(9)))), rows)
    assert raised.value.problems[0].sentence == "the column `x` holds no numbers"
