from __future__ import annotations

import itertools
import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import Text, from_buffers
from dprep.kernels.near_pairs import folded_hashes, near
from dprep.kernels.sentence_order import sentences, shuffled
from dprep.ops.augment.recombine import Recombine
from tests.ops.pools import luck_of, made, pool_of, rows_of, variants
from tests.ops.strange import batches

FOUR = ["The card was stolen.", "Block it, please!", "Who pays?", "I wait."]
CHINESE = ["我的卡丢了。", "请挂失！", "新卡呢？", "谢谢。"]


def cut(text: str) -> list[tuple[str, bool]]:
    """The stretches of a text, and whether each is a whole sentence."""
    one = Text(pl.Series([text]))
    found, data = sentences(one), one.buffers.data.tobytes()
    places = zip(found.spans.starts, found.spans.ends, found.whole, strict=True)
    return [(data[start:end].decode(), bool(whole)) for start, end, whole in places]


def orders(text: str, count: int, luck: int = 12345) -> list[str | None]:
    """The first other orders of one text's sentences."""
    one = Text(pl.Series([text]))
    out = []
    for number in range(1, count + 1):
        offsets, data, there = shuffled(one.buffers, sentences(one), np.array([luck], np.uint64), number)
        out.append(from_buffers(offsets, data)[0] if there[0] else None)
    return out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "*Four"]),
        ("I met Mr. Smith. He left.", ["I met Mr. Smith.", "He left."]),
        ("Use e.g. this. Or i.e. that.", ["Use e.g. this.", "Or i.e. that."]),
        ("J. Smith wrote it. So do I. Bye.", ["J. Smith wrote it.", "So do I.", "Bye."]),
        ("It costs 3.50 now. See a.b.org today.", ["It costs 3.50 now.", "See a.b.org today."]),
        ("1. First.\n2. Second.", ["1. First.", "2. Second."]),
        ('"Go!" He went. (Really?) Yes.', ['"Go!"', "He went.", "(Really?)", "Yes."]),
        ("How (really?) are you? Fine.", ["How (really?) are you?", "Fine."]),
        ("Wait... what? Oh!!! no.", ["Wait...", "what?", "Oh!!!", "no."]),
        ("你好。我很好！再见？", ["你好。", "我很好！", "再见？"]),
        ("他说：“好。”然后走了。", ["他说：“好。”", "然后走了。"]),
        ("版本３．５好。是", ["版本３．", "５好。", "*是"]),
        ("Dear Sir\n\nI come. You go.\nBye", ["*Dear Sir", "I come.", "You go.", "*Bye"]),
        ("", []),
        (" \n\t", []),
    ],
)
def test_a_sentence_ends_where_a_reader_says(text, expected):
    assert [each if whole else f"*{each}" for each, whole in cut(text)] == expected


@pytest.mark.parametrize(("parts", "space"), [(FOUR, " "), (CHINESE, "")])
def test_every_other_order_comes_once_and_then_none(parts, space):
    every = {space.join(order) for order in itertools.permutations(parts)}

    found = orders(space.join(parts), 30)

    assert set(found[:23]) == every - {space.join(parts)}
    assert found[23:] == [None] * 7


def test_long_texts_are_shuffled_too():
    parts = [f"Sentence {n}." for n in range(40)]
    found = orders(" ".join(parts), 5)

    assert len(set(found)) == 5
    assert all(sorted(re.findall(r"Sentence \d+\.", text)) == sorted(parts) for text in found)


def test_headings_white_space_and_a_last_stretch_stay():
    found = orders("Dear Sir\n\n  I come. You go.\n- item\nthanks", 2)

    assert found == ["Dear Sir\n\n  You go. I come.\n- item\nthanks", None]


def test_a_blank_is_put_between_latin_sentences_that_had_none():
    found = orders("一。Two! Three! 四。", 23)

    assert {"Two! Three! 四。一。", "Two! 一。四。Three!"} & {each.replace("。 ", "。") for each in found}
    assert not any("!T" in each for each in found)


def test_equal_sentences_make_no_new_text():
    assert orders("Yes. Yes.", 1) == [None]


@given(batches, st.integers(0, 2**64 - 1), st.integers(1, 9))
@settings(max_examples=150, deadline=None)
def test_any_text_keeps_its_characters(rows, luck, number):
    text = Text(pl.Series(rows, dtype=pl.String))
    offsets, data, there = shuffled(text.buffers, sentences(text), np.full(len(rows), luck, np.uint64), number)
    found = from_buffers(offsets, data).to_list() if rows else []

    for old, new, is_new in zip(rows, found, there, strict=True):
        assert new == "" or is_new
        if is_new:
            assert new != old
            assert sorted(new.replace(" ", "")) == sorted(old.replace(" ", ""))


def test_one_line_of_a_megabyte_is_nothing_special():
    text = "word " * 200_000
    assert orders(text + ". Again.", 1) == ["Again. " + text + "."]
    assert orders(text, 1) == [None]


# ------------------------------------------------------------------------------------------------ mix


def support() -> pl.DataFrame:
    """40 rows of 4 classes; every sentence names its row and whether it is the first or the second."""
    texts = [f"Row {n} starts here. Number {n} ends." if n % 3 else f"只有第{n}行" for n in range(40)]
    return rows_of(text=texts, label=[f"class{n % 4}" for n in range(40)])


def test_halves_are_of_two_rows_of_one_class(tmp_path):
    rows = support()
    for number in (1, 2, 5):
        found = made(variants(Recombine(kind="mix"), rows, tmp_path, number), "text")
        for own, text in enumerate(found):
            first, second = (int(digits) for digits in re.findall(r"\d+", text))
            assert first == own
            assert second != own
            assert second % 4 == own % 4


def test_each_variant_has_another_half_until_there_are_no_more(tmp_path):
    rows = support()
    found = [made(variants(Recombine(kind="mix"), rows, tmp_path, number), "text")[0] for number in range(1, 12)]

    assert len({*found[:9]} - {None}) == 9
    assert found[9:] == [None, None]


def test_rows_without_a_partner_get_nothing(tmp_path):
    texts = [
        "Alone. Yes.",
        "No class here. Never.",
        "Another text. Of none.",
        "Same words here. Twice.",
        "same words HERE, twice",
        " ",
        "blank's mate.",
    ]
    rows = rows_of(text=texts, label=["one", None, None, "twins", "twins", "blank", "blank"])

    assert made(variants(Recombine(kind="mix"), rows, tmp_path), "text") == [None] * 7


def test_twins_are_passed_over(tmp_path):
    texts = [
        "Please block my stolen card now. Thanks.",
        "please block my stolen card now, thanks!",
        "Something else. Entirely.",
    ]
    rows = rows_of(text=texts, label=["a"] * 3)
    for seed in range(10):
        found = made(variants(Recombine(kind="mix"), rows, tmp_path, seed=seed), "text")
        assert found[0] == "Please block my stolen card now. Entirely."
        assert found[1] == "please block my stolen card now, thanks! Entirely."


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("怎么退款", "包裹没有到", "怎么退款。包裹没有到"),
        ("How do I pay", "where is it", "How do I pay. where is it"),
        ("Is it so? Yes!", "你好。再见。", "Is it so?再见。"),
        ("Aa. Bb. Cc.", "Dd. Ee. Ff.", "Aa. Bb. Ff."),
        ("안녕하세요. 네", "좋아요. 끝", "안녕하세요. 끝"),
        ("see 👍", "ok", "see 👍 ok"),
    ],
)
def test_the_seam_is_as_one_would_write_it(tmp_path, one, other, expected):
    rows = rows_of(text=[one, other], label=["a", "a"])
    assert made(variants(Recombine(kind="mix"), rows, tmp_path), "text")[0] == expected


@pytest.mark.parametrize("kind", ["sentences", "mix"])
def test_a_row_alone_gets_what_it_gets_among_all(tmp_path, kind):
    rows, op = support(), Recombine(kind=kind)
    pool, luck = pool_of(op, rows, tmp_path), luck_of(support(), 1)
    whole = op.mixed(rows, luck, 1, pool)

    alone = pl.concat([op.mixed(rows[n : n + 1], luck[n : n + 1], 1, pool) for n in range(len(rows))])
    assert alone.equals(whole)
    assert made(variants(op, rows.reverse(), tmp_path), "text") == made(whole.reverse(), "text")


# ------------------------------------------------------------------------------------------------ twins


def jaccard(a: str, b: str, size: int) -> float:
    one, other = (
        {tuple(w[i : i + size]) for i in range(max(len(w) - size + 1, 1))} for w in (a.lower().split(), b.lower().split())
    )
    return len(one & other) / len(one | other)


@given(st.lists(st.tuples(*[st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=30)] * 2), min_size=1, max_size=5))
@settings(max_examples=100, deadline=None)
def test_near_is_the_jaccard_similarity_of_words(pairs):
    left, right = ([" ".join(side) for side in sides] for sides in zip(*pairs, strict=True))
    found = near(Text(pl.Series(left)).buffers, Text(pl.Series(right)).buffers, 0.8)

    for a, b, told in zip(left, right, found, strict=True):
        size = 1 if min(len(a.split()), len(b.split())) < 20 else 3
        assert told == (jaccard(a, b, size) >= 0.8)


def test_four_of_five_is_near_and_less_is_not():
    left, right = ["a b c d e", "a b c d e", "我很好", "", "!"], ["a b c d", "a b c d e f g", "我很坏", "", "?"]
    found = near(Text(pl.Series(left)).buffers, Text(pl.Series(right)).buffers, 0.8)

    assert found.tolist() == [True, False, False, True, False]


def test_folded_texts_are_one():
    found = folded_hashes(Text(pl.Series(["Ａ B,c", "a b c!", "a bc", "...", "!!!", ""])).buffers)

    assert found[0] == found[1]
    assert len(set(found.tolist())) == 5
