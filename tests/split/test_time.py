"""split.time: what is later is in a later part; units go where their latest row goes."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.base.step import Step
from dprep.base.table import Table
from dprep.engine.memory import run_rows
from dprep.ops.split.time import Time

CUTS = {"validation": 100, "test": 200}
times = st.lists(st.integers(0, 300), min_size=1, max_size=60)


def table(numbers: list[float], links: np.ndarray | None = None) -> Table:
    rows = len(numbers)
    luck = np.arange(rows, dtype=np.uint64)
    links = np.zeros((rows, 0), np.uint64) if links is None else links
    return Table(luck=luck, links=links, numbers=(np.array(numbers, np.float64),))


def parts(op: Time, numbers: list[float], links: np.ndarray | None = None) -> list[str]:
    return [op.parts()[place] for place in op.decide(table(numbers, links)).columns["part"].tolist()]


@pytest.mark.parametrize(
    ("number", "part"),
    [
        (-5, "train"),
        (np.nextafter(100, 0), "train"),
        (100, "validation"),
        (np.nextafter(200, 0), "validation"),
        (200, "test"),
        (np.inf, "test"),
    ],
)
def test_a_part_begins_exactly_at_its_cut(number: float, part: str) -> None:
    assert parts(Time(column="t", cuts=CUTS), [number]) == [part]


@settings(deadline=None)
@given(times, st.data())
def test_no_row_of_a_part_is_later_than_its_end_and_units_are_whole(numbers: list[int], data: st.DataObject) -> None:
    links = np.array(data.draw(st.lists(st.integers(0, 8), min_size=len(numbers), max_size=len(numbers))), np.uint64)[:, None]

    got = parts(Time(column="t", cuts=CUTS, unit=("who",)), numbers, links)

    ends = {"train": 100, "validation": 200, "test": 10**9}
    assert all(number < ends[part] for number, part in zip(numbers, got, strict=True))
    for value in set(links[:, 0].tolist()) - {0}:
        members = np.flatnonzero(links[:, 0] == value)
        (part,) = {got[row] for row in members}
        latest = max(numbers[row] for row in members)
        assert part == ("train" if latest < 100 else "validation" if latest < 200 else "test")


@settings(deadline=None)
@given(times, st.sampled_from([(8, 1, 1), (1, 1, 1), (3, 1), (1, 98, 1)]))
def test_ratios_cut_between_times_as_near_as_can_be(numbers: list[int], ratios: tuple[int, ...]) -> None:
    op = Time(column="t", ratios={f"p{place}": ratio for place, ratio in enumerate(ratios)})

    got = parts(op, numbers)

    order = sorted(zip(numbers, got, strict=True))
    assert [part for _, part in order] == sorted(part for _, part in order), "a later row is in an earlier part"
    assert all(len({part for number, part in order if number == one}) == 1 for one in set(numbers))
    # every boundary, by trying all places where one could be
    possible = [0, *(sum(number <= one for number in numbers) for one in set(numbers))]
    for place in range(1, len(ratios)):
        asked = len(numbers) * sum(ratios[:place]) / sum(ratios)
        there = sum(part < f"p{place}" for part in got)
        assert abs(there - asked) == pytest.approx(min(abs(one - asked) for one in possible))


@settings(deadline=None)
@given(times, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(numbers: list[int], shuffler) -> None:  # type: ignore[no-untyped-def]
    order = shuffler.sample(range(len(numbers)), len(numbers))
    links = np.array(numbers, np.uint64)[:, None] % np.uint64(7)
    op = Time(column="t", unit=("who",))

    whole = parts(op, numbers, links)

    assert parts(op, [numbers[row] for row in order], links[order]) == [whole[row] for row in order]


def test_different_times_divide_exactly() -> None:
    got = parts(Time(column="t"), list(range(1000)))

    assert got == ["train"] * 800 + ["validation"] * 100 + ["test"] * 100


def test_one_time_is_one_part_and_the_notes_say_so() -> None:
    decided = Time(column="t").decide(table([5.0] * 10))

    assert set(decided.columns["part"].tolist()) == {0}
    assert decided.notes["asked"] == {"train": 80.0, "validation": 10.0, "test": 10.0}
    assert decided.notes["got"] == {"train": 100.0, "validation": 0.0, "test": 0.0}


def test_rows_of_a_unit_that_are_older_than_its_part_are_counted() -> None:
    unit = np.array([[1], [1], [2], [0]], np.uint64)

    decided = Time(column="t", cuts=CUTS, unit=("who",)).decide(table([50, 150, 250, 60], unit))

    assert decided.columns["part"].tolist() == [1, 1, 2, 0]
    assert decided.notes["older_rows"] == {"train": 0, "validation": 1, "test": 0}


def test_rows_without_a_time_go_with_their_unit_or_where_the_recipe_says() -> None:
    unit = np.array([[1], [1], [0], [2], [2]], np.uint64)
    numbers = [float("nan"), 250, float("nan"), float("nan"), float("nan")]

    assert parts(Time(column="t", cuts=CUTS, undated="train", unit=("w",)), numbers, unit) == [
        *("test", "test", "train", "train", "train")
    ]
    with pytest.raises(Error) as fault:
        parts(Time(column="sent", cuts=CUTS, unit=("w",)), numbers, unit)
    assert fault.value.problems[0].code == "undated-rows"
    assert "3 of 5 rows" in fault.value.problems[0].sentence
    assert "`sent`" in fault.value.problems[0].sentence


@pytest.mark.parametrize(
    ("cut", "last_before", "first_after"),
    [
        ("2024-07-01", datetime(2024, 6, 30, 23, 59, 59, 999999), datetime(2024, 7, 1)),
        (date(2024, 7, 1), datetime(2024, 6, 30, 23, 59), datetime(2024, 7, 1)),
        ("2024-07-01T12:00:00+02:00", datetime(2024, 7, 1, 9, 59, 59), datetime(2024, 7, 1, 10)),
        ("1969-12-31T23:59:59.5", datetime(1969, 12, 31, 23, 59, 59, 499999), datetime(1969, 12, 31, 23, 59, 59, 500000)),
    ],
)
@pytest.mark.parametrize("kind", ["time", "text", "zoned text"])
def test_dates_in_a_run_fall_on_the_right_side(cut: object, last_before: datetime, first_after: datetime, kind: str) -> None:
    sent = pl.Series("sent", [last_before, first_after], dtype=pl.Datetime("us"))
    if kind != "time":
        sent = sent.dt.to_string("%Y-%m-%dT%H:%M:%S%.6f" + ("Z" if kind == "zoned text" else ""))
    rows = pl.DataFrame({"id": ["0" * 31 + "1", "0" * 31 + "2"], "origin": ["a:1", "a:2"], "text": ["x", "y"]}).with_columns(
        sent
    )
    step = Step("time", "split.time", Time(column="sent", cuts={"test": cut}), ("text",))

    assert run_rows([step], rows, block_rows=1).rows["part"].to_list() == ["train", "test"]


def test_numbers_as_text_are_read_as_numbers_on_both_sides() -> None:
    rows = pl.DataFrame({"id": ["0" * 31 + "1", "0" * 31 + "2"], "origin": ["a:1", "a:2"], "t": ["20240630", "20240701"]})
    step = Step("time", "split.time", Time(column="t", cuts={"test": "20240701"}), ())

    assert run_rows([step], rows, block_rows=1).rows["part"].to_list() == ["train", "test"]


def test_a_cut_is_kept_as_text() -> None:
    op = Time(column="sent", cuts={"test": date(2024, 7, 1), "later": datetime(2025, 1, 1, tzinfo=UTC)})

    assert op.parameters()["cuts"] == {"test": "2024-07-01", "later": "2025-01-01T00:00:00+00:00"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cuts": CUTS, "ratios": {"a": 1, "b": 1}}, "both say"),
        ({"cuts": {"validation": 200, "test": 100}}, "`cuts.test` is not later than `cuts.validation`"),
        ({"cuts": {"validation": "2024-01-01", "test": "2024-01-01"}}, "is not later"),
        ({"cuts": {"test": "last summer"}}, "`cuts.test` is no date or time: `last summer`"),
        ({"cuts": {"test": "nan"}}, "`cuts.test` is no finite number"),
        ({"cuts": {"train": 5}}, "`train` is the part before the first cut"),
        ({"undated": "trian"}, "`undated` names `trian`"),
    ],
)
def test_what_contradicts_itself_is_a_problem(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(Error) as fault:
        Time(column="t", **wrong)
    assert said in fault.value.problems[0].sentence


def test_no_rows_are_fine() -> None:
    assert parts(Time(column="t"), []) == []
    assert parts(Time(column="t", cuts=CUTS), []) == []
