from __future__ import annotations

import math

import polars as pl
import pytest

from dprep.base.problem import Error
from dprep.base.step import Shared, Step, run_step
from dprep.base.text import Text
from dprep.models import langid
from dprep.ops.filter.language import Language
from dprep.ops.tag.language import Language as Tag

TEXTS = [
    "The parcel has not arrived yet, and nobody answers the phone.",
    "包裹还没有到，电话也没有人接。",
    "Das Paket ist noch nicht angekommen, und niemand geht ans Telefon.",
    "Посылка ещё не пришла, и никто не отвечает на звонки.",
    "42 %",
    "",
]


def filtered(op: Language, texts: list[str]) -> tuple[list[str], list[str]]:
    done = run_step(Step("f", "filter.language", op), pl.DataFrame({"text": texts}, schema={"text": pl.String}))
    return done.kept["text"].to_list(), done.dropped["reason"].to_list()


def test_only_named_languages_are_kept():
    kept, reasons = filtered(Language(), TEXTS)

    assert kept == TEXTS[:2]
    assert reasons == ["keep"] * 4
    assert filtered(Language(keep=["de", "ru"]), TEXTS)[0] == TEXTS[2:4]


@pytest.mark.parametrize(
    ("flavour", "kept"), [("fineweb", False), ("ccnet", True), ("fineweb2_zh", False), ("data_juicer", True)]
)
def test_a_score_equal_to_the_least_is_kept_where_the_source_keeps_it(flavour, kept):
    score = Language().measure(Text(pl.Series(TEXTS[:1])))["score"][0]

    assert bool(filtered(Language(flavour=flavour, min_score=score), TEXTS[:1])[0]) is kept
    assert filtered(Language(flavour=flavour, min_score=math.nextafter(score, 0)), TEXTS[:1])[0]
    assert filtered(Language(flavour=flavour, min_score=math.nextafter(score, 2)), TEXTS[:1])[1] == ["min_score"]


def test_a_language_is_identified_once_for_tag_and_filter(monkeypatch):
    asked = []
    answers = langid._answers
    monkeypatch.setattr(langid, "_answers", lambda lines, most: asked.append(len(lines)) or answers(lines, most))
    rows, shared = pl.DataFrame({"text": TEXTS}), Shared()

    tagged = run_step(Step("t", "tag.language", Tag()), rows, shared).kept
    kept = run_step(Step("f", "filter.language", Language()), tagged, shared).kept
    again = run_step(Step("g", "filter.language", Language(keep=["en"])), kept, shared).kept

    assert sum(asked) == 4  # those with letters
    assert again["text"].to_list() == TEXTS[:1]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"keep": ["eng"]}, "`eng`"),
        ({"languages": ["en", "zh"]}, "lingua"),
        ({"identifier": "lingua", "languages": ["en", "de"], "keep": ["zh"]}, "`zh`"),
        ({"identifier": "lingua", "keep": ["yue"]}, "`yue`"),
    ],
)
def test_a_choice_that_can_not_be_is_told(parameters, words):
    with pytest.raises(Error) as fault:
        Language(**parameters)
    assert words in fault.value.problems[0].sentence


def test_lingua_judges_among_named_languages():
    pytest.importorskip("lingua")
    op = Language(identifier="lingua", languages=["en", "zh", "de", "ru"], keep=["zh"])

    assert filtered(op, TEXTS) == ([TEXTS[1]], ["keep"] * 5)


def test_a_megabyte_in_one_line_and_hostile_texts_are_judged():
    texts = ["word " * 250_000, "汉" * 300_000, "\x00\x01 a\r\n", "\u202eabc \u0301", "\ud7ff\ue000", "İİİİİİİ"]

    kept, reasons = filtered(Language(min_score=0.0), texts)

    assert len(kept) + len(reasons) == len(texts)
    assert texts[1] in kept
