from __future__ import annotations

import difflib
import io
import random
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from dprep.base.problem import Error
from dprep.base.step import Outcome, Step, run_step
from dprep.base.text import buffers
from dprep.kernels.copies import MOST, copied_shares
from dprep.kernels.figures import missing_shares
from dprep.ops.filter.pairs import Pairs

LONG_EN = "We had a lot of sunshine in June and July, and hardly any rain at all."


def outcome(sources: list[str | None], targets: list[str | None], **parameters: object) -> Outcome:
    rows = pl.DataFrame({"source": sources, "target": targets}, schema={"source": pl.String, "target": pl.String})
    rows = rows.with_columns(id=pl.Series([f"{n:032x}" for n in range(len(rows))], dtype=pl.String))
    return run_step(Step("pairs", "filter.pairs", Pairs.model_validate(parameters)), rows)


def reasons(pairs: Sequence[tuple[str | None, str | None]], **parameters: object) -> list[str | None]:
    found = outcome([source for source, _ in pairs], [target for _, target in pairs], **parameters)
    told = dict(found.dropped.select("id", "reason").iter_rows())
    return [told.get(f"{n:032x}") for n in range(len(pairs))]


def copied(source: str, target: str) -> tuple[float, float]:
    share, similarity = copied_shares(buffers(pl.Series([target])), buffers(pl.Series([source])))[0]
    return float(share), float(similarity)


def missing(source: str, target: str) -> float:
    return float(missing_shares(buffers(pl.Series([source])), buffers(pl.Series([target])))[0])


def longest_common(a: list[str], b: list[str]) -> int:
    """The textbook's table."""
    above = [0] * (len(b) + 1)
    for x in a:
        row = [0]
        for k, y in enumerate(b):
            row.append(above[k] + 1 if x == y else max(above[k + 1], row[k]))
        above = row
    return above[-1]


@pytest.mark.parametrize(
    ("source", "target", "share", "similarity"),
    [
        ("a b c d", "a b c d", 1.0, 1.0),
        ("a b c d", "d c b a", 0.25, 0.25),
        ("The CAFÉ, closed!", "the cafe closed", 1.0, 1.0),
        ("one two three four five six", "two x five", 2 / 3, 4 / 9),
        ("我们走吧", "我走", 1.0, 2 / 3),
        ("ＡＢＣ １", "abc 1", 1.0, 1.0),
        ("a a a", "a a a a", 0.75, 6 / 7),
        ("a b", "!!", 0.0, 0.0),
        ("", "a", 0.0, 0.0),
        ("", "", 0.0, 0.0),
    ],
)
def test_copied_words_are_counted_in_order(source: str, target: str, share: float, similarity: float) -> None:
    assert copied(source, target) == pytest.approx((share, similarity))


def test_copied_words_agree_with_the_textbook_table() -> None:
    chance = random.Random(3)
    for size in (1, 5, 63, 64, 65, 128, 200, 331):
        for words in (2, 7, 60):
            a = [f"w{chance.randrange(words)}" for _ in range(size)]
            b = [f"w{chance.randrange(words)}" for _ in range(chance.randrange(1, 2 * size + 1))]
            assert copied(" ".join(a), " ".join(b))[0] == longest_common(a, b) / len(b)


def test_only_the_first_words_are_compared() -> None:
    same = " ".join(f"w{n}" for n in range(MOST))
    assert copied(same + " x" * 50, same + " y" * 50) == (1.0, 1.0)
    assert copied(same + " z", "z")[0] == 0.0


@pytest.mark.parametrize(
    ("source", "target", "share"),
    [
        ("1,000 chairs", "1.000 Stühle", 0.0),
        ("1,000 chairs", "１０００把椅子", 0.0),
        ("1,000,000", "1\u202f000\u202f000", 0.0),
        ("١٢ كتاب", "12 books", 0.0),
        ("3.14", "3,14", 0.0),
        ("2024-05-07", "7.5.2024", 0.0),
        ("12 and 13", "12", 0.5),
        ("12 and 12 and 13", "13", 0.5),
        ("12", "120", 1.0),
        ("1,00", "100", 1.0),
        ("1,0000", "10000", 1.0),
        ("12, 345", "12345", 1.0),
        ("7", "七", 1.0),
        ("0", "00", 0.0),
        ("0", "1", 1.0),
        ("10", "1", 1.0),
        ("no number", "5", 0.0),
        ("", "", 0.0),
        ("page 5", "", 1.0),
        ("12.", "12", 0.0),
        ("12,345", "12345.", 0.0),
        ("a sentence of some length 5", "another one without it", 1.0),
        ("这一句话里面有一个数字5个", "一个长一些的句子５。", 0.0),
        ("seven 7", "siebensi 7", 0.0),
    ],
)
def test_numbers_of_the_source_that_the_target_lacks(source: str, target: str, share: float) -> None:
    assert missing(source, target) == share


def test_rows_of_one_block_do_not_touch() -> None:
    sources = pl.Series(["10", "", "a b 7", "x" * 300, "我 8"])
    targets = pl.Series(["1", "10", "7 a b", "x" * 300, "8 我"])
    together = missing_shares(buffers(sources), buffers(targets)).tolist()
    assert together == [1.0, 0.0, 0.0, 0.0, 0.0]
    shares = copied_shares(buffers(targets), buffers(sources))[:, 0].tolist()
    assert shares == [0.0, 0.0, pytest.approx(2 / 3), 1.0, 0.5]


@pytest.mark.parametrize("side", [None, "", " \n", "\u3000"])
def test_an_empty_side_drops_in_both_flavours(side: str | None) -> None:
    for flavour in ("translation", "instruction"):
        assert reasons([(side, "text"), ("text", side), (side, side)], flavour=flavour) == ["empty"] * 3


def test_ratios_keep_their_limits() -> None:
    off = {"untranslated": False, "max_copied": 1.0, "min_word_ratio": 0.0, "max_word_ratio": 1000.0}
    found = reasons([("ab", "x" * n) for n in (1, 2, 6, 7)], min_character_ratio=1.0, max_character_ratio=3.0, **off)
    assert found == ["min_character_ratio", None, None, "max_character_ratio"]
    off = {"untranslated": False, "max_copied": 1.0, "min_character_ratio": 0.0, "max_character_ratio": 1000.0}
    found = reasons([("one two", "词" * n) for n in (1, 2, 6, 7)], min_word_ratio=1.0, max_word_ratio=3.0, **off)
    assert found == ["min_word_ratio", None, None, "max_word_ratio"]


def test_blanks_around_a_side_are_no_characters_and_no_words_are_one() -> None:
    assert reasons([("abc", "  xyz\n\n" + " " * 99), ("!!!", "???"), ("👍", "好")], untranslated=False) == [None] * 3


def test_copied_and_similar_keep_their_limits() -> None:
    pairs = [("a b c d e", "a b c d x"), ("a b c d e", "a b c d e"), ("a b c d e f g h i j", "a b")]
    assert reasons(pairs, max_copied=0.8, untranslated=False) == [None, "max_copied", "max_copied"]
    assert reasons(pairs, flavour="instruction", max_similarity=0.8) == [None, "max_similarity", None]


def test_a_target_in_the_language_of_the_source_is_untranslated() -> None:
    pairs = [
        ("The weather was very nice last summer.", LONG_EN),
        ("去年夏天的天气非常好，我们都很高兴。", "六月和七月阳光很充足，几乎没有下雨。"),
        ("The weather was very nice last summer.", "去年夏天的天气非常好。"),
        ("The weather was very nice last summer.", "Das Wetter war im letzten Sommer sehr schön."),
        ("12345", "12 34 5"),
        ("Tom!", "Mary!"),
    ]
    assert reasons(pairs) == ["untranslated", "untranslated", None, None, None, None]
    assert reasons(pairs, untranslated=False) == [None] * 6
    assert reasons(pairs, flavour="instruction") == [None] * 6
    assert reasons(pairs, flavour="instruction", untranslated=True)[:2] == ["untranslated"] * 2


def test_each_side_has_its_language() -> None:
    german = "Das Wetter war im letzten Sommer sehr schön."
    pairs = [(LONG_EN, german), (german, LONG_EN), ("42 42 42", german), (LONG_EN, "42 42 42 !")]
    assert reasons(pairs, source_lang="en", target_lang="de") == [None, "source_lang", None, None]
    assert reasons(pairs, target_lang="de") == [None, "target_lang", None, None]
    assert reasons(pairs, target_lang="de", certainty=1.0) == [None] * 4


def test_close_relatives_are_one_language() -> None:
    serbian = "Сва људска бића рађају се слободна и једнака у достојанству и правима."
    for language in ("hr", "sr", "bs"):
        assert reasons([(LONG_EN, serbian)], target_lang=language) == [None]
    assert reasons([(LONG_EN, serbian)], target_lang="ru") == ["target_lang"]


@pytest.mark.parametrize("parameter", ["source_lang", "target_lang"])
def test_a_language_that_is_not_known_is_told_with_its_parameter(parameter: str) -> None:
    with pytest.raises(Error) as fault:
        Pairs.model_validate({parameter: "zho"})
    problem = fault.value.problems[0]
    assert (problem.code, parameter in problem.sentence, "`zho`" in problem.sentence) == ("wrong-value", True, True)


def test_columns_have_any_name_and_numbers_are_text() -> None:
    rows = pl.DataFrame({"id": ["1" * 32, "2" * 32], "prompt": ["6 x 7?", "6 x 7?"], "completion": [42, None]})
    step = Step("pairs", "filter.pairs", Pairs(source="prompt", target="completion", flavour="instruction"))
    assert run_step(step, rows).dropped.select("id", "reason").rows() == [("2" * 32, "empty")]


def test_no_rows_and_hostile_rows() -> None:
    assert outcome([], [], source_lang="en", max_numbers_missing=0.5).kept.height == 0
    sides = [
        "a " * 500_000,
        "我" * 300_000,
        "1,234" * 200_000,
        "\u202e\x00\ud7ff\U0010ffff" * 1000,
        ",,,''" * 1000,
        "\u0301" * 999,
    ]
    found = reasons([(side, side) for side in sides], max_numbers_missing=0.0, source_lang="en")
    assert found[:3] == ["max_copied"] * 3


def test_real_translations_pass_and_wrong_ones_do_not(shared: Path) -> None:
    import zstandard

    data = (shared / "corpora/mt-tatoeba-112/tatoeba_pairs.jsonl.zst").read_bytes()
    pairs = pl.read_ndjson(io.BytesIO(zstandard.ZstdDecompressor().decompressobj().decompress(data)))
    for language, code in (("cmn", "zh"), ("deu", "de")):
        some = pairs.filter(lang=language)
        english, theirs = some.get_column("eng").to_list(), some.get_column("text").to_list()
        assert outcome(english, theirs, source_lang="en", target_lang=code).kept.height >= 990
        assert outcome(theirs, english, source_lang="en", target_lang=code).kept.height <= 60, "sides in each other's place"
        assert outcome(english, english[1:] + english[:1]).kept.height <= 150, "another English sentence as the target"
        assert outcome(english, english).kept.height == 0


def test_similarity_agrees_with_difflib_where_nothing_repeats() -> None:
    a, b = "red green blue grey pink", "red blue white pink"
    assert copied(a, b)[1] == difflib.SequenceMatcher(None, a.split(), b.split()).ratio()
