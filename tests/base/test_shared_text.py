"""What consecutive steps share of a text: read once, cut down with the rows, forgotten when texts change."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import polars as pl
import pytest

from dprep.base.operator import Clean, Filter, Tag
from dprep.base.step import Shared, Step, run_step
from dprep.base.text import Text
from dprep.kernels.words import words

CALLS: list[int] = []


class FirstBytes(NamedTuple):
    """Where each text starts in the block's bytes."""

    places: np.ndarray

    def taken(self, rows: np.ndarray, shift: np.ndarray) -> Self:
        return type(self)(self.places[rows] + shift)


def first_bytes(text: Text) -> FirstBytes:
    CALLS.append(len(text))
    return FirstBytes(text.buffers.offsets[:-1].copy())


def first_letters(text: Text) -> pl.Series:
    """The first letter, found through the shared view: wrong if that view is."""
    places, data = text.once(first_bytes).places, text.buffers.data
    return pl.Series([chr(data[place]) for place in places], dtype=pl.String)


class NotLetter(Filter):
    letter: str
    min_other: float = 1

    def measure(self, text: Text) -> dict[str, pl.Series]:
        return {"other": (first_letters(text) != self.letter).cast(pl.Int8)}


class First(Tag):
    def notes(self) -> dict[str, pl.DataType]:
        return {"first": pl.String()}

    def note(self, text: Text) -> dict[str, pl.Series]:
        return {"first": first_letters(text)}


class Upper(Clean):
    family: ClassVar[str] = "clean"

    def edit(self, text: Text) -> pl.Series:
        return text.series.str.to_uppercase()


ROWS = pl.DataFrame(
    {
        "id": [f"{n:032x}" for n in range(8)],
        "text": ["apple", "bee", "cat", "中文", "ape", "dog and more", "bear", "emu"],
        "n": list(range(8)),
    }
)


def through(*steps: Step) -> pl.DataFrame:
    CALLS.clear()
    shared, rows = Shared(), ROWS
    for step in steps:
        rows = run_step(step, rows, shared).kept
    return rows


def step(name: str, op: Any, when: str | None = None) -> Step:
    return Step(name, f"filter.{name}", op, when=when)


def without(letter: str, when: str | None = None) -> Step:
    return step(f"no-{letter}", NotLetter(letter=letter), when)


def test_a_view_is_computed_once_and_cut_down_with_the_rows() -> None:
    rows = through(without("a"), without("b"), step("first", First()), without("d"))
    assert rows.get_column("text").to_list() == ["cat", "中文", "emu"]
    assert rows.get_column("first").to_list() == ["c", chr("中".encode()[0]), "e"]
    assert CALLS == [8]


def test_changed_texts_are_read_again() -> None:
    rows = through(without("a"), step("upper", Upper()), without("B"), step("first", First()))
    assert rows.get_column("first").to_list() == ["C", chr("中".encode()[0]), "D", "E"]
    assert CALLS == [8, 6]


def test_a_step_that_changes_nothing_costs_nothing() -> None:
    through(without("a"), step("upper", Upper(), when="n > 99"), without("b"))
    assert CALLS == [8]


class Even(Filter):
    """Reads no text."""

    text_only: ClassVar[bool] = False
    min_even: float = 1

    def measure(self, text: Text) -> dict[str, pl.Series]:
        return {"even": (text.rows.get_column("n") % 2 == 0).cast(pl.Int8)}


def test_a_step_that_reads_no_text_drops_rows_of_what_is_shared() -> None:
    rows = through(without("b"), step("even", Even()), step("first", First()))
    assert rows.get_column("first").to_list() == ["a", "c", "a"]
    assert CALLS == [8]


def test_rows_dropped_under_another_condition_are_not_mistaken() -> None:
    """Both conditions hold for four rows: as many, but other ones."""
    rows = through(without("z", "n < 4"), step("even", Even(), "n >= 4"), without("c", "n < 4"), step("first", First()))
    assert rows.get_column("text").to_list() == ["apple", "bee", "中文", "ape", "bear"]
    assert rows.get_column("first").to_list() == ["a", "b", chr("中".encode()[0]), "a", "b"]


def test_steps_of_one_condition_share_and_others_do_not() -> None:
    rows = through(without("a", "n < 3"), without("b", "n < 3"), without("b"), without("e"))
    assert rows.get_column("text").to_list() == ["cat", "中文", "ape", "dog and more"]
    assert CALLS == [3, 6]


@pytest.mark.parametrize("keep", [[0, 3, 5], [7], [], list(range(8)), [3, 4]])
def test_word_boundaries_cut_down_are_those_of_the_texts_left(keep: list[int]) -> None:
    whole = Text(ROWS.get_column("text"))
    before = whole.once(words)
    kept = pl.Series([n in keep for n in range(8)])
    left = whole.kept(kept, ROWS.filter(kept))
    fresh = words(Text(ROWS.get_column("text").filter(kept)))
    if not hasattr(before, "taken"):
        pytest.fail("word boundaries are the view that most filters share")
    for cut, made in zip(left.once(words), fresh, strict=True):
        assert np.array_equal(cut, made)
