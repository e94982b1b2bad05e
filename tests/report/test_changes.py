"""What differs between two texts: nothing is lost, words are whole, Chinese goes by the character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dprep.report.changes import MOST, Piece, brief, pieces

TEXTS = st.text(alphabet="ab 中文,\n", max_size=60)


def side(found: tuple[Piece, ...], without: str) -> str:
    return "".join(piece.text for piece in found if piece.kind != without)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_the_pieces(before: str, after: str) -> None:
    found = pieces(before, after)

    assert side(found, "new") == before
    assert side(found, "gone") == after
    assert all(piece.text for piece in found)


@pytest.mark.parametrize("kept", [MOST - 1, MOST, 3 * MOST])
def test_what_is_too_long_to_compare_is_still_there(kept: int) -> None:
    before, after = "前" + "字" * kept + "前", "后" + "字" * 2 * kept + "后"
    found = pieces(before, after)

    assert (side(found, "new"), side(found, "gone")) == (before, after)


def test_words_are_whole_and_chinese_is_not() -> None:
    assert pieces("the quick fox", "the slow fox") == (
        Piece("same", "the "),
        Piece("gone", "quick"),
        Piece("new", "slow"),
        Piece("same", " fox"),
    )
    assert [piece.text for piece in pieces("订单已取消", "订单未取消")] == ["订单", "已", "未", "取消"]


def test_a_brief_change_keeps_every_change_that_fits() -> None:
    found = brief(pieces(f"{'a ' * 400}old{' b' * 400}", f"{'a ' * 400}new{' b' * 400}"))

    assert [piece.text for piece in found if piece.kind != "same"] == ["old", "new"]
    assert sum(len(piece.text) for piece in found) < 120
    assert found[0].text.startswith("… ")
    assert found[-1].text.endswith(" …")


def test_a_brief_change_is_bounded() -> None:
    found = brief(pieces("x " * 300 + "z" * 5_000, "y " * 300))

    assert sum(len(piece.text) for piece in found) < 500
    assert found[-1].text.endswith("…")


@given(TEXTS, TEXTS)
def test_a_short_change_is_shown_whole(before: str, after: str) -> None:
    assert brief(pieces(before, after), around=100) == pieces(before, after)
