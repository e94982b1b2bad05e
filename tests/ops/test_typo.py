from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.models.typo_lists import merged, typo_list
from dprep.ops.augment._typos import common
from dprep.ops.augment.typo import Typo
from tests.ops.strange import batches

SENTENCE = "I definitely received the parcel from my friend before tomorrow"
CHINESE = "我已经知道快递应该再来，因为你们没有注意"


def luck(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**63, n).astype(np.uint64)


def variants(text: str, n: int = 100, **parameters) -> list[str | None]:
    return Typo(**parameters).variant(Text(pl.Series([text] * n)), luck(n), 1).to_list()


@pytest.fixture
def listed(tmp_path: Path):
    """A function that writes a list and gives its path."""

    def write(content: str, name: str = "list.txt") -> str:
        (tmp_path / name).write_text(content, encoding="utf-8")
        return str(tmp_path / name)

    return write


def only(path: str, **more) -> dict:
    return {"lists": (), "files": (path,), **more}


def test_every_variant_differs_by_words_that_the_list_knows():
    known = common("en")
    for made in variants(SENTENCE, rate=0.3):
        pairs = list(zip(SENTENCE.split(), made.split(), strict=True))
        wrong = [(a, b) for a, b in pairs if a != b]
        assert wrong
        assert all(b.lower() in known[a.lower()] for a, b in wrong)


def test_chinese_variants_differ_by_entries_of_the_list():
    made = set(variants(CHINESE, n=300, rate=0.2))
    assert len(made) > 20
    assert CHINESE not in made
    assert any("以经" in each or "已近" in each for each in made)
    assert all(len(each) == len(CHINESE) for each in made)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5, 1.0])
def test_the_rate_is_the_share_of_known_words_misspelt(listed, rate):
    file = listed("teh->the\n")
    text = " ".join(["the"] * 200)
    share = np.mean([made.split().count("teh") / 200 for made in variants(text, rate=rate, **only(file))])

    assert share == pytest.approx(rate, rel=0.1)


def test_each_spelling_is_as_likely_as_the_others(listed):
    drawn = Counter(variants("receive", n=3000, **only(listed("receive recieve receve riceive\n"))))

    assert set(drawn) == {"recieve", "receve", "riceive"}
    assert all(900 < count < 1100 for count in drawn.values())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("friend", "freind"),
        ("Friend", "Freind"),
        ("FRIEND", "FREIND"),
        ("my friend's", "my freind's"),
        ("(friend)", "(freind)"),
        ("友friend友", "友freind友"),
        ("Écrit", "Ecrit"),
    ],
)
def test_case_and_surroundings_are_kept(listed, before, after):
    file = listed("freind->friend\necrit->écrit\n")
    if before == "Écrit":
        assert set(variants("écrit", n=5, **only(file))) == {"ecrit"}
    else:
        assert set(variants(before, n=5, **only(file))) == {after}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "12345 ２ 👍🏽",
        "friend@example.org https://friend.org/friend @friend #friend #friend# {friend} <friend> `friend` friend_1 friend2",
        "friends befriend fRIEND friend.py x=friend(",
    ],
)
def test_what_is_unknown_or_protected_has_no_variant(listed, text):
    assert set(variants(text, n=10, rate=1.0, **only(listed("freind->friend\n")))) == {None}


def test_the_longest_chinese_entry_is_taken(listed):
    file = listed("以经\t已经\n", "words.tsv"), listed("已\t己巳\n", "characters.tsv")
    made = Typo(lists=(), files=file, rate=1.0).variant(Text(pl.Series(["我已经来", "我已来"] * 40)), luck(80), 1)

    assert set(made[::2]) == {"我以经来"}
    assert set(made[1::2]) == {"我己来", "我巳来"}


def test_real_words_are_made_on_request_only(listed):
    file = listed("form->from\nfrom->form\nfomr->from\nfomr->form\n")

    assert set(variants("from", **only(file))) == {"fomr"}
    assert set(variants("from", real_words=True, **only(file))) == {"fomr", "form"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("teh->the\nache->cache, ace,\n", {"the": ("teh",), "cache": ("ache",), "ace": ("ache",)}),
        ("teh\tthe\n安按\t安装\n", {"the": ("teh",), "安装": ("安按",)}),
        ("the teh hte\n", {"the": ("teh", "hte")}),
        ("# pairs\nthe teh\nof fo\n", {"the": ("teh",), "of": ("fo",)}),
        ("#字\t同\n己\t已\t巳\n未\t末味\n", {"己": ("已", "巳"), "未": ("末", "味")}),
        (
            "# v\nU+65F6: shí  # 时\nU+662F: shì  # 是\nU+5341: shí\nU+7EFF: lǜ,lù\nU+8DEF: lù\nU+5F8B: lǜ\n",
            {"时": ("是", "十"), "是": ("十",), "十": ("是",), "绿": ("律",), "律": ()},
        ),
    ],
)
def test_every_way_of_writing_a_list_is_read(listed, content, expected):
    assert typo_list(listed(content)) == {right: wrongs for right, wrongs in expected.items() if wrongs}


def test_a_table_of_readings_keeps_scripts_apart(listed):
    # 会 is simplified, 會 traditional, 回 and 灰 are both
    readings = "U+4F1A: huì\nU+6703: huì\nU+56DE: huí\nU+7070: huī\n"

    assert typo_list(listed(readings)) == {"会": ("回", "灰"), "會": ("回", "灰"), "回": ("灰",), "灰": ("回",)}


@pytest.mark.parametrize("content", ["", "word\n", "a->b->c\n", "teh->\n", "U+65F6: shí\n"])
def test_a_file_that_says_nothing_is_a_problem(listed, content):
    with pytest.raises(Error) as caught:
        Typo(lists=(), files=(listed(content),)).check_files()
    assert caught.value.problems[0].code == "unreadable-file"


def test_a_step_without_any_list_is_refused():
    with pytest.raises(ValueError, match="name a list or a file"):
        Typo(lists=())


def test_lists_of_dprep_hold_no_word_as_its_own_misspelling():
    for name in ("en", "zh"):
        for right, wrongs in common(name).items():
            assert right not in wrongs
            assert len(set(wrongs)) == len(wrongs)
            assert all(right.strip() and wrong.strip() for wrong in wrongs)
    assert merged([common("en")], real_words=False).keys() <= common("en").keys()


@pytest.mark.parametrize(
    ("name", "text", "least"),
    [
        ("res-en-misspellings/dictionary.txt.zst", "the government received an acknowledgement", 18_000),
        ("res-en-misspellings/spelling_en.txt.zst", "the government received a letter", 10_000),
        ("res-zh-confusion/same_pinyin.txt.zst", "今天的天气很好", 3_400),
        ("res-zh-confusion/same_stroke.txt", "今天的天气很好", 800),
        ("res-zh-pinyin/pinyin.txt.zst", "今天的天氣很好", 6_000),
    ],
)
def test_the_lists_of_others_are_read_whole(shared, tmp_path, name, text, least):
    source, file = shared / "corpora" / name, tmp_path / "list.txt"
    if source.suffix == ".zst":
        file.write_bytes(zstandard.ZstdDecompressor().stream_reader(source.open("rb")).read())
    else:
        shutil.copy(source, file)

    assert len(merged([typo_list(str(file))], real_words=False)) >= least
    made = variants(text, n=50, **only(str(file)))
    assert None not in made
    assert text not in made


@given(batches, st.floats(0.01, 1.0))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_a_different_text_or_none(rows, rate):
    op, chance = Typo(rate=rate), luck(len(rows), seed=3)
    made = op.variant(Text(pl.Series(rows, dtype=pl.String)), chance, 1).to_list()

    assert all(each is None or each != row for each, row in zip(made, rows, strict=True))
    assert made == [op.variant(Text(pl.Series([row])), chance[i : i + 1], 1)[0] for i, row in enumerate(rows)]


def test_a_megabyte_in_one_line_is_done():
    (made,) = variants("received 已经 " * 60_000, n=1, rate=0.5)
    assert 25_000 < made.count("recieved") + made.count("recived") < 35_000
