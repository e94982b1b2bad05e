"""Back-translation by real translators: Apertium, tiny Marian models (transformers and CTranslate2), a server."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.models.translators.cutting import halves, sentences
from dprep.models.translators.masks import KINDS, masked, pattern, restored
from dprep.ops.augment.back_translate import BackTranslate
from tests.models.stand_in import Outcome, StandIn, serving

MODELS = Path(__file__).resolve().parents[1] / "laws" / "files"
ALL = frozenset([*KINDS, "emoji"])
MARK = "ZQ{n}Q"


def said(op: BackTranslate, texts: list[str], number: int = 1) -> list[str | None]:
    return op.variant(Text(pl.Series("text", texts)), np.zeros(len(texts), np.uint64), number).to_list()


# ------------------------------------------------------------------------------------------------ marks and sentences


def test_what_may_not_change_stands_behind_marks() -> None:
    text = "Pay $20 to @tom at http://a.b/c?d=1, write to x@y.org, use {name} 👩🏽‍🔬👍 :)"

    found = masked([text], ALL, MARK)[0]

    assert found.kept == ("$20", "@tom", "http://a.b/c?d=1", "x@y.org", "{name}", "👩🏽‍🔬👍", ":)")
    assert found.text == "Pay ZQ0Q to ZQ1Q at ZQ2Q, write to ZQ3Q, use ZQ4Q ZQ5Q ZQ6Q"
    assert masked(["订单12345寄到北京，谢谢😀"], ALL, MARK)[0].text == "订单ZQ0Q寄到北京，谢谢ZQ1Q"


def test_only_the_kinds_that_are_asked_for_are_masked() -> None:
    assert masked(["5 to http://a.b"], frozenset(["urls"]), MARK)[0].text == "5 to ZQ0Q"
    assert masked(["5 😀"], frozenset(["emoji"]), MARK)[0].text == "5 ZQ0Q"


@pytest.mark.parametrize(
    ("back", "whole"),
    [
        ("ZQ1Q, then ZQ0Q", "b, then a"),
        ("zq 0 q and Zq1q", "a and b"),
        ("ZQ0Q", None),
        ("ZQ0Q ZQ1Q ZQ1Q", None),
        ("ZQ0Q ZQ2Q", None),
        ("ZQ0Q ZQ1Q ZQ2Q", None),
    ],
)
def test_every_mark_must_come_back_once(back: str, whole: str | None) -> None:
    assert restored(back, ("a", "b"), MARK) == whole


def test_a_text_that_looks_like_a_mark_is_not_taken_for_one() -> None:
    found = masked(["ZQ0Q is 7"], ALL, MARK)[0]

    assert restored(found.text, found.kept, MARK) == "ZQ0Q is 7"
    assert restored("ZQ0Q", (), MARK) is None


@given(st.text(alphabet="ab 1.@:/{}ZQ0q中。😀\n&<>%s#", max_size=60))
def test_marks_and_sentences_put_together_again_are_the_text(text: str) -> None:
    found = masked([text], ALL, MARK)[0]

    assert restored(found.text, found.kept, MARK) == text
    assert "".join(piece + gap for piece, gap in sentences(text)) == text


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One. Two! three? Four", ["One.", "Two!", "three?", "Four"]),
        ("Dr. Smith met J. Doe, e.g. here. Then left.", ["Dr. Smith met J. Doe, e.g. here.", "Then left."]),
        ('"Is it?" he asked. Yes.', ['"Is it?" he asked.', "Yes."]),
        ("a\n\n b\r\nc", ["a", "b", "c"]),
        ("好的。我们走吧！“真的？”是", ["好的。", "我们走吧！", "“真的？”", "是"]),
        ("3.5 is a number", ["3.5 is a number"]),
    ],
)
def test_sentences(text: str, pieces: list[str]) -> None:
    assert [piece for piece, _ in sentences(text) if piece] == pieces


def test_halves_cut_at_a_comma_or_word_and_never_in_a_mark() -> None:
    assert halves("one two three, four five six", pattern(MARK)) == ("one two three,", " four five six")
    assert halves("aaaa" * 10, pattern(MARK)) == ("a" * 20, "a" * 20)
    left, right = halves("aaaaaaZQ0Qaaaaaa", pattern(MARK))
    assert (left + right, "ZQ0Q" in left or "ZQ0Q" in right) == ("aaaaaaZQ0Qaaaaaa", True)


# ------------------------------------------------------------------------------------------------------------ models


@pytest.fixture(scope="module", params=["hf", "ctranslate2"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Parameters for English over Chinese."""
    pytest.importorskip("torch", reason="needs the extra `augment`")
    pytest.importorskip("transformers", reason="needs the extra `augment`")
    there, back = str(MODELS / "tiny-en-zh"), str(MODELS / "tiny-zh-en")
    if request.param == "ctranslate2":
        pytest.importorskip("ctranslate2", reason="needs the extra `augment`")
        from tests.models.tiny_translators import converted

        folder = tmp_path_factory.mktemp("converted")
        there, back = (str(converted(Path(each), folder / Path(each).name)) for each in (there, back))
    return {"provider": request.param, "there": (there,), "back": (back,)}


def test_a_pair_of_models_rewords_what_it_knows(pair: dict[str, Any]) -> None:
    texts = [
        "Where is my parcel?",
        "The lamp is broken. I want my money back.\n\nNobody answers.",
        "Please send 12 to @tom.",
        "123",
    ]

    assert said(BackTranslate(**pair), texts) == [
        "Where has my parcel got to?",
        "The lamp does not work. Please refund me.\n\nI get no answer.",
        "Kindly ship 12 to @tom.",
        None,
    ]


def test_chinese_over_english(pair: dict[str, Any]) -> None:
    op = BackTranslate(provider=pair["provider"], there=pair["back"], back=pair["there"])

    assert said(op, ["我的包裹在哪里？灯坏了。", "请把 A-17 寄到 tom@example.com。"]) == [
        "我的包裹到哪儿了？这盏灯不亮了。",
        "麻烦将 A-17 发往 tom@example.com。",
    ]


def test_the_second_variant_is_the_second_best_beam(pair: dict[str, Any]) -> None:
    op = BackTranslate(**pair, beams=3, variants=3)
    found = [said(op, ["Where is my parcel?"], number)[0] for number in (1, 2, 3)]

    assert found[0] == "Where has my parcel got to?"
    assert len({each for each in found if each}) == len([each for each in found if each])


def test_pivots_take_turns(pair: dict[str, Any]) -> None:
    folders = (pair["there"][0], pair["back"][0])  # the second way there is a model that knows no English
    op = BackTranslate(provider=pair["provider"], there=folders, back=(pair["back"][0],) * 2, beams=1, variants=2)

    assert said(op, ["Nobody answers."], 1) == ["I get no answer."]
    assert said(op, ["Nobody answers."], 2) != ["I get no answer."]
    assert said(op, ["Nobody answers."], 3) == [None]  # one beam gives no second best


def test_nothing_is_cut_off_unseen(pair: dict[str, Any]) -> None:
    """The models have 64 places: a longer sentence is translated in parts, and every part of it comes back."""
    found = said(BackTranslate(**pair), ["Nobody answers. " * 40])[0]

    assert found == "I get no answer. " * 40
    long = said(BackTranslate(**pair, beams=1), ["Nobody answers, " * 30])[0]
    assert long is None or long.count(".") >= 4  # as many parts, whatever the model makes of them


def test_long_empty_and_hostile_texts_get_no_variant_or_a_whole_one(pair: dict[str, Any]) -> None:
    texts = ["", " \n", "x" * 1_000_000, "\x00\u202e[{^$]}", "😀" * 50, "ZQ0Q ZQ0Q"]

    assert said(BackTranslate(**pair, beams=1), texts)[:3] == [None, None, None]


def test_drawing_depends_on_the_text_and_the_number_not_on_the_batch(pair: dict[str, Any]) -> None:
    if pair["provider"] == "ctranslate2":
        pytest.skip("its library has one source of chance for a batch, as the page says")
    op = BackTranslate(**pair, temperature=1.5)
    texts = ["Where is my parcel?", "Nobody answers.", "The lamp is broken.", "I want my money back."]
    together, again = said(op, texts), said(op, texts)

    assert together == again == [said(op, [text])[0] for text in texts]
    assert said(op, texts, 2) != together


def test_one_model_of_many_languages_serves_both_ways(tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="needs the extra `augment`")
    from tests.models.tiny_translators import m2m

    folder = str(m2m(tmp_path / "m2m"))
    op = BackTranslate(provider="hf", there=(folder,), source="en", via=("zh",), beams=1)

    assert said(op, ["Nobody answers.", "Where is my parcel?"]) == ["I get no answer.", "Where has my parcel got to?"]
    with pytest.raises(Error, match="knows no language `xx`"):
        said(BackTranslate(provider="hf", there=(folder,), source="en", via=("xx",)), ["Nobody answers."])


def test_a_folder_without_a_model_is_a_problem(tmp_path: Path, pair: dict[str, Any]) -> None:
    op = BackTranslate(provider=pair["provider"], there=(str(tmp_path),), back=(str(tmp_path),))

    with pytest.raises(Error, match="holds no model that can be used"):
        op.check_files()


# ---------------------------------------------------------------------------------------------------------- apertium


@pytest.fixture
def apertium() -> dict[str, Any]:
    if shutil.which("apertium") is None:
        pytest.skip("Debian's apertium and apertium-eng-spa are not installed")
    known = subprocess.run(["apertium", "-l"], capture_output=True, text=True, check=True).stdout.split()
    if not {"eng-spa", "spa-eng"} <= set(known):
        pytest.skip("Debian's apertium-eng-spa is not installed")
    return {"provider": "apertium", "source": "eng", "via": ("spa",)}


def test_apertium_rewords_and_keeps_what_is_protected(apertium: dict[str, Any]) -> None:
    texts = [
        "Many students prefer to study at night.",
        "Pay $20 to {name} now, see https://a.b/c?d=1 &amp; call @tom 😀",
        "中文",
    ]
    found = said(BackTranslate(**apertium), texts)

    assert found[0] not in (None, texts[0])
    assert "students" in str(found[0])
    assert all(each in str(found[1]) for each in ("$20", "{name}", "https://a.b/c?d=1", "&amp;", "@tom", "😀"))
    assert found[2] in (None, "中文")


def test_apertium_keeps_texts_apart(apertium: dict[str, Any]) -> None:
    """Signs of its own stream format, texts without a stop and odd characters: none leaks into the next, none is lost."""
    odd = ["a [x] {y} ^z$ / \\ @ < >", "early in the morning", "[\n7\n]", "^", "\x00", "one\ntwo", "", ".[]", "it is cold"]
    op = BackTranslate(**apertium)
    alone = [said(op, [text])[0] for text in odd]

    assert said(op, odd * 3) == alone * 3
    assert alone[5].count("\n") == 1  # type: ignore[union-attr]


def test_apertium_without_a_pair_names_the_package(apertium: dict[str, Any]) -> None:
    with pytest.raises(Error, match="cannot translate `eng-xyz`") as told:
        BackTranslate(provider="apertium", source="eng", via=("xyz",)).check_files()

    assert "apt-get install apertium apertium-eng-xyz" in told.value.problems[0].help
    assert "`eng-spa`" in told.value.problems[0].help


def test_installed_rules_are_part_of_the_identity(apertium: dict[str, Any]) -> None:
    rules = BackTranslate(**apertium).identity()["rules"]

    assert len(rules) == 2
    assert all(len(each) == 32 for each in rules)
    assert rules[0] != rules[1]


# ---------------------------------------------------------------------------------------------------------- endpoint


@pytest.fixture
def server() -> Iterator[StandIn]:
    """Translates by turning words around; knows no mercy with a text that says `lose`."""

    def turned(body: dict[str, Any]) -> str | Outcome:
        text = body["messages"][-1]["content"]
        if "cut" in text:
            return Outcome(text, ended="length")
        if "lose" in text:
            return "no marks"
        return (
            " ".join(reversed(text.split())) if "to spa" in body["messages"][0]["content"] else text.replace("red", "crimson")
        )

    with serving(turned) as found:
        yield found


def service(server: StandIn, **more: Any) -> BackTranslate:
    return BackTranslate(provider="endpoint", endpoint=server.url, chat_model="m", source="eng", via=("spa",), **more)


def test_an_endpoint_is_asked_for_both_ways(server: StandIn) -> None:
    assert said(service(server), ["the red car 7", "lose 5", "cut here", "12"]) == ["7 car crimson the", None, None, None]
    assert {each["path"] for each in server.requests} == {"/v1/chat/completions"}
    assert "ZQ0Q" in server.asked or any("ZQ0Q" in text for text in server.asked)
    assert not any("7" in text for text in server.asked)


# -------------------------------------------------------------------------------------------------------- parameters


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({}, "nobody to translate"),
        ({"provider": "apertium", "via": ("spa",)}, "`source`"),
        ({"provider": "apertium", "source": "eng"}, "`via`"),
        ({"provider": "apertium", "source": "eng", "via": ("spa",), "there": ("x",)}, "takes none"),
        ({"provider": "hf"}, "`there`"),
        ({"provider": "hf", "there": ("x",)}, "`back`"),
        ({"provider": "hf", "there": ("x", "y", "z"), "back": ("x", "y")}, "do not pair up"),
        ({"provider": "hf", "there": ("x",), "back": ("y",), "precision": "int8"}, "int8"),
        ({"provider": "hf", "there": ("x",), "back": ("y",), "mark": "Z{n}"}, "no mark"),
        ({"provider": "hf", "there": ("x",), "back": ("y",), "variants": 5}, "4 different ways"),
        ({"provider": "endpoint", "source": "a", "via": ("b",)}, "`endpoint`"),
        ({"provider": "endpoint", "source": "a", "via": ("b",), "endpoint": "http://h/v1"}, "`chat_model`"),
        (
            {"provider": "endpoint", "source": "a", "via": ("b",), "endpoint": "http://u:p@h/v1", "chat_model": "m"},
            "no address",
        ),
    ],
)
def test_what_does_not_go_together_is_a_problem(given: dict[str, Any], word: str) -> None:
    with pytest.raises(Error, match=word):
        BackTranslate(**given)


def test_whoever_has_no_provider_is_told_the_commands() -> None:
    with pytest.raises(Error) as told:
        BackTranslate()

    problem = told.value.problems[0]
    assert problem.code == "no-provider"
    for command in ("apt-get install apertium apertium-eng-spa", "pip install 'dprep[train]'", "hf download", "endpoint"):
        assert command in problem.help


def test_a_machine_without_apertium_is_told_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from dprep.models.translators import apertium as module

    module.apertium.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Error, match="`apertium` is not installed") as told:
        BackTranslate(provider="apertium", source="eng", via=("spa",)).check_files()

    assert "apt-get install apertium apertium-eng-spa" in told.value.problems[0].help
