from __future__ import annotations

import math
from pathlib import Path

import polars as pl
import pytest

from dprep.base.gate import Gate
from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.ops.gate.language import Language
from dprep.ops.gate.length import Length
from dprep.ops.gate.toxic import Toxic

SHARED = Path(__file__).resolve().parents[3] / "shared"


def measured(gate: Gate, pairs: list[tuple[str, str]]) -> dict[str, list[float | None]]:
    before, after = (Text(pl.Series([pair[side] for pair in pairs], dtype=pl.String)) for side in (0, 1))
    return {name: series.to_list() for name, series in gate.compare(before, after).items()}


def test_ratios_are_the_new_by_the_old() -> None:
    pairs = [("ab", "abc"), ("one two", "one two three four"), ("你好", "你好吗"), ("a", ""), ("👍👍", "👍")]

    found = measured(Length(), pairs)

    assert found["character_ratio"] == [1.5, 18 / 7, 1.5, 0.0, 0.5]
    assert found["word_ratio"] == [1.0, 2.0, 1.5, 0.0, None]


def test_a_parent_without_characters_has_no_ratio() -> None:
    assert measured(Length(), [("", "a"), ("", "")]) == {"character_ratio": [None, None], "word_ratio": [None, None]}


def test_length_bounds_keep_their_limits() -> None:
    limits = {bound.reason: bound for bound in Length(min_word_ratio=0.5).bounds()}
    for reason, limit, beyond in (
        ("min_character_ratio", 0.5, math.nextafter(0.5, 0)),
        ("max_character_ratio", 2.0, math.nextafter(2.0, 3)),
        ("min_word_ratio", 0.5, math.nextafter(0.5, 0)),
    ):
        kept = pl.DataFrame({limits[reason].measure: [limit, beyond, None]}).select(limits[reason].kept()).to_series()
        assert kept.to_list() == [True, False, False]


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        ("it is fine", "it is darn fine", 1),
        ("it is DARN fine", "it is darn fine", 0),
        ("darn it", "heck it", 1),
        ("heck it", "darn it", 1),
        ("it", "darn heck darn", 2),
        ("it", "darned heckler", 0),
        ("it", "Heck Of A ride", 1),
        ("heck", "heck of a ride", 1),
        ("包裹", "坏词包裹", 1),
        ("坏词", "坏词坏词", 0),
        ("", "", 0),
        ("", "darn", 1),
    ],
)
def test_new_words_are_different_terms_that_the_parent_lacks(before: str, after: str, new: int) -> None:
    gate = Toxic(words=("darn", "heck", "heck of a", "坏词"))
    assert measured(gate, [(before, after)]) == {"new_words": [new]}


def test_allowed_words_do_not_count() -> None:
    assert measured(Toxic(words=("darn", "heck"), allowed=("DARN",)), [("a", "darn heck")]) == {"new_words": [1]}


def test_a_gate_without_a_list_is_a_problem() -> None:
    with pytest.raises(Error, match="needs a list of words"):
        Toxic()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_word_of_a_real_list_is_new_once(language: str) -> None:
    file = SHARED / "corpora/res-multi-badwords" / f"{language}.txt"
    if not file.exists():
        pytest.skip("needs ../shared/corpora")
    terms = sorted({line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()})
    gate = Toxic(file=str(file))

    new = measured(gate, [("fine", f"fine {term} fine") for term in terms])["new_words"]
    old = measured(gate, [(f"so {term} so", f"fine {term} fine") for term in terms])["new_words"]

    assert all(count is not None and count >= 1 for count in new)
    assert old == [0] * len(terms)


ENGLISH, OTHER = "Where is my parcel? It should have arrived on Monday.", "Where is the package? It was to come on Monday."
SPANISH, CHINESE = "¿Dónde está mi paquete? Debería haber llegado el lunes.", "我的包裹在哪里？应该星期一到的。"


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        (ENGLISH, OTHER, 0),
        (ENGLISH, SPANISH, 1),
        (SPANISH, ENGLISH, 1),
        (ENGLISH, CHINESE, 1),
        (CHINESE, "我的包裹呢？本来星期一就该到了。", 0),
        (CHINESE, "我的包裹在哪裡？應該星期一到的。", 0),
        (ENGLISH, "12345 !!", 1),
        ("12345", ENGLISH, 1),
        ("12345", "👍", 0),
        ("", "", 0),
    ],
)
def test_a_change_of_language_is_seen(before: str, after: str, changed: int) -> None:
    assert measured(Language(), [(before, after)])["changed"] == [changed]


def test_a_difference_counts_only_where_the_identifier_is_sure_of_both() -> None:
    (score,) = measured(Language(), [(ENGLISH, SPANISH)])["score"]
    assert score is not None
    assert 0.5 < score < 1
    assert measured(Language(sure=score), [(ENGLISH, SPANISH)])["changed"] == [1]
    assert measured(Language(sure=math.nextafter(score, 1)), [(ENGLISH, SPANISH)])["changed"] == [0]
    assert measured(Language(sure=math.nextafter(score, 1)), [(SPANISH, ENGLISH)])["changed"] == [0]


def test_an_unknown_language_is_a_problem() -> None:
    with pytest.raises(Error, match="only lingua chooses"):
        Language(languages=("en",))
