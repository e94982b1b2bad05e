"""What differs between two texts: nothing is lost, words are whole, Chinese goes by the character."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dprep.report.renderers.changes import Piece, brief, pieces
from dprep.report.renderers.difference import WINDOW

TEXTS = st.text(alphabet="ab 中文,\n", max_size=60)


def side(found: tuple[Piece, ...], without: str) -> str:
    return "".join(piece.text for piece in found if piece.kind != without)


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_the_pieces(before: str, after: str) -> None:
    found = pieces(before, after)

    assert side(found, "new") == before
    assert side(found, "gone") == after
    assert all(piece.text for piece in found)


def test_long_texts_are_told_around_what_differs() -> None:
    found = pieces("字" * 5_000 + "前" + "字" * 5_000, "字" * 5_000 + "后" + "字" * 5_000)

    assert [piece.text for piece in found if piece.kind != "same"] == ["前", "后"]
    assert sum(len(piece.text) for piece in found) < 2 * WINDOW


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
