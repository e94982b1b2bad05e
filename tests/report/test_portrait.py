"""The text portrait: figures that were counted by hand, or by a few lines of plain Python, on small texts."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dprep.report.blocks import Deck, Notice, Table
from dprep.report.reading.found import Found
from dprep.report.say import Say
from dprep.report.sections import portrait
from dprep.report.sections.portrait import ngrams, tokens, words
from tests.store.hand import ledger, row_id, write_version

Parts = dict[str, list[tuple[str, str]]]
EN = Say("en")


def version(folder: Path, parts: Parts, **changes: Any) -> Path:
    """A version of (text, label) rows."""
    frames, number = {}, 0
    for part, pairs in parts.items():
        ids = [row_id(stirred(number + n)) for n in range(len(pairs))]
        number += len(pairs)
        columns = {
            "id": ids,
            "origin": [f"mail.jsonl:{n}" for n in range(len(pairs))],
            "text": [text for text, _ in pairs],
            "label": [label for _, label in pairs],
        }
        frames[part] = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return write_version(folder, frames, **changes)


def stirred(number: int) -> int:
    return (number * 0x9E3779B97F4A7C15F39CC0605CEDC835 + 1) % (1 << 128)


def look(folder: Path, parts: Parts | list[str], **changes: Any) -> portrait.Facts:
    given = {"train": [(text, "a") for text in parts]} if isinstance(parts, list) else parts
    found = portrait.facts(Found.of(version(folder / "v1", given, **changes)))
    assert found is not None
    return found


def test_scripts_and_kinds_are_those_counted_by_hand(tmp_path: Path) -> None:
    facts = look(tmp_path, ["Hello, 世界! 😀 7", "Привет سلام é"]).characters.parts[0]

    assert dict(facts.scripts) == {"latin": 6, "han": 2, "cyrillic": 6, "arabic": 4}
    assert dict(facts.kinds) == {"letters": 18, "punctuation": 2, "spaces": 5, "emoji": 1, "digits": 1}
    assert facts.characters == 27


def test_signs_of_bad_decoding_are_told_and_clean_texts_are_not_accused(tmp_path: Path) -> None:
    bad = look(tmp_path / "bad", ["caf\ufffd", "cafÃ©", "don\u00e2\u20ac\u2122t", "fine", "bell\x07"])
    good = look(tmp_path / "good", ["café", "Ã la carte? NÃO", "“quoted” — dash", "नमस्ते\u200d 👨\u200d👩\u200d👧"])

    part = bad.characters.parts[0]
    assert (part.damaged, part.hidden) == (3, 1)
    assert {odd.point: odd.count for odd in bad.characters.odd} == {"U+FFFD": 1, "U+0007": 1}
    assert [notice.level for notice in portrait.notices(bad, EN)] == ["warning", "warning"]
    assert portrait.notices(good, EN) == []
    assert good.characters.odd == ()


def test_words_and_phrases_are_those_counted_by_hand(tmp_path: Path) -> None:
    facts = look(tmp_path, ["The parcel is late. Late order!", "my parcel is late. Late order", "Order, late"]).ngrams
    by_order = {frequent.order: dict(frequent.grams) for frequent in facts.frequent}

    assert facts.words == 14
    assert facts.different == 6
    assert by_order[1] == {"late": 5, "order": 3, "parcel": 2}
    assert by_order[2] == {"parcel is": 2, "is late": 2, "late order": 2}  # no phrase goes over a full stop or a comma
    assert by_order[3] == {"parcel is late": 2}


def test_phrases_of_other_scripts_are_words_too(tmp_path: Path) -> None:
    facts = look(tmp_path, ["أين طردي الآن", "أين طردي اليوم", "😀 😀 😀"]).ngrams

    assert facts.words == 6
    assert dict(next(each.grams for each in facts.frequent if each.order == 2)) == {"أين طردي": 2}


def test_chinese_is_cut_as_jieba_cuts_it() -> None:
    jieba = pytest.importorskip("jieba")
    jieba.setLogLevel(60)
    texts = ["我的包裹在哪里？请帮我查一下订单。", "退款什么时候到账，谢谢！"]

    found = words.number(pl.Series(texts))
    mine = [found.vocabulary[int(code)] for code in found.codes]

    assert found.segmented
    assert mine == [word for text in texts for word in jieba.lcut(text) if word not in "？。，！"]


def test_words_of_chinese_and_english_rows_stay_in_their_rows() -> None:
    pytest.importorskip("jieba")
    found = words.number(pl.Series(["where is it", "我的订单", "thanks", "", "退款"]))
    rows = [
        [str(found.vocabulary[int(code)]) for code in found.codes[found.starts[row] : found.starts[row + 1]]]
        for row in range(5)
    ]

    assert rows == [["where", "is", "it"], ["我", "的", "订单"], ["thanks"], [], ["退款"]]


def test_without_jieba_characters_pair_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import dprep.kernels.jieba_dictionary as dictionary

    monkeypatch.setattr(dictionary.importlib.util, "find_spec", lambda name: None)
    dictionary.dictionary.cache_clear()
    facts = look(tmp_path, ["退款，退款", "我要退款"])

    assert not facts.ngrams.segmented
    assert facts.ngrams.unspaced
    assert dict(next(each.grams for each in facts.ngrams.frequent if each.order == 2)) == {"退款": 3}


def test_z_scores_are_those_of_the_formula() -> None:
    here, everywhere, size, all_ = 30, 40, 500, 2_000
    prior = 1_000 * everywhere / all_
    own, other = here + prior, everywhere - here + prior
    delta = math.log(own / (size + 1_000 - own)) - math.log(other / (all_ - size + 1_000 - other))
    expected = delta / math.sqrt(1 / own + 1 / other)

    assert ngrams.z_scores(np.array([here]), np.array([everywhere]), size, all_)[0] == pytest.approx(expected)


def test_what_is_typical_of_a_class_is_found_and_common_words_are_not(tmp_path: Path) -> None:
    refund = [(f"please send my money back {n}", "refund") for n in range(60)]
    parcel = [(f"please find my parcel soon {n}", "shipping") for n in range(60)]

    classes = {each.group: each for each in look(tmp_path, {"train": refund + parcel}).ngrams.classes}
    told = {name: " ".join(term.text for term in each.terms) for name, each in classes.items()}

    assert "money" in told["refund"]
    assert "parcel" in told["shipping"]
    assert "please" not in told["refund"].split() + told["shipping"].split()
    assert {(t.here, t.elsewhere) for each in classes.values() for t in each.terms if t.text == "money back"} <= {(60, 0)}


def test_at_most_twelve_classes_are_told_and_all_are_counted(tmp_path: Path) -> None:
    rows = [(f"word{n % 20} again", f"class{n % 20}") for n in range(200)]

    facts = look(tmp_path, {"train": rows}).ngrams

    assert facts.classes_in_all == 20
    assert len(facts.classes) == 12


def test_vocabulary_is_that_of_plain_sets(tmp_path: Path) -> None:
    train = ["the red fox", "the blue fox", "a dog"]
    test = ["the green dog", "green green"]
    facts = look(tmp_path, {"train": [(text, "a") for text in train], "test": [(text, "a") for text in test]}).vocabulary
    by_part = {part.part: part for part in facts.parts}

    assert facts.base == "train"
    assert (by_part["train"].words, by_part["train"].different, by_part["train"].once) == (8, 6, 4)
    assert (by_part["test"].words, by_part["test"].unseen_words, by_part["test"].unseen_different) == (5, 3, 1)
    assert by_part["test"].unseen == (("green", 3),)
    assert by_part["test"].base_unmet == 4  # red, fox, blue, a
    assert by_part["train"].growth[-1] == (8, 6)


def test_growth_counts_different_words_as_they_come() -> None:
    codes = [0, 0, 1, 2, 1, 3]

    from dprep.report.sections.portrait.vocabulary import growth

    assert growth(np.array(codes, np.int32)) == tuple((n, len(set(codes[:n]))) for n in range(1, 7))


def test_sentences_that_rows_share_are_counted_once_per_row(tmp_path: Path) -> None:
    footer = "Sent from my telephone."
    rows = [f"Message number {n} is here. {footer}" for n in range(30)] + [f"{footer} {footer} Other"] + [footer] * 5
    rows += ["请问退款什么时候到账？谢谢大家的帮助。" + str(n) for n in range(25)]

    facts = look(tmp_path, rows)
    told = {each.text: each.rows for each in facts.repeats.sentences}

    assert told[footer] == 31  # rows that are nothing else do not count
    assert told["请问退款什么时候到账？"] == 25
    assert any("same sentence" in notice.text for notice in portrait.notices(facts, EN))


def test_beginnings_and_ends_are_told(tmp_path: Path) -> None:
    rows = [f"Dear sir or madam, I write {n} times. Have a nice day at work" for n in range(10)]

    facts = look(tmp_path, rows).repeats

    assert [(each.text, each.rows) for each in facts.beginnings] == [("dear sir or madam, i", 10)]
    assert [(each.text, each.rows) for each in facts.ends] == [("a nice day at work", 10)]


def test_tokens_are_those_of_the_recipe_s_tokenizer(tmp_path: Path) -> None:
    library = pytest.importorskip("tokenizers")
    made = library.Tokenizer(library.models.WordLevel({"[UNK]": 0, "red": 1, "fox": 2}, unk_token="[UNK]"))
    made.pre_tokenizer = library.pre_tokenizers.Whitespace()
    made.save(str(tmp_path / "tokenizer.json"))
    folder = version(tmp_path / "v1", {"train": [("red fox", "a"), ("red dog", "a"), ("fox " * 10, "b"), ("red", "a")]})
    (folder / "recipe.toml").write_text(f'[train]\ntokenizer = "{tmp_path / "tokenizer.json"}"\nmax_length = 5\n')

    facts = portrait.facts(Found.of(folder))

    assert facts is not None
    assert facts.tokens is not None
    part = facts.tokens.parts[0]
    assert facts.tokens.tokenizer == "tokenizer.json"  # no folder of this machine
    assert (part.total, part.error, part.most, part.over) == (15, 0, 10, 1)
    assert part.unknown == round(1 / 15, 6)
    assert sum(part.bins) == 4
    assert any("`max_length`" in notice.text for notice in portrait.notices(facts, EN))


def test_tokens_of_a_cut_text_are_reckoned_from_its_head(tmp_path: Path) -> None:
    library = pytest.importorskip("tokenizers")
    made = library.Tokenizer(library.models.WordLevel({"[UNK]": 0, "abc": 1}, unk_token="[UNK]"))
    made.pre_tokenizer = library.pre_tokenizers.Whitespace()
    made.save(str(tmp_path / "tokenizer.json"))
    folder = version(tmp_path / "v1", {"train": [("abc " * 1_000, "a")]})
    (folder / "recipe.toml").write_text(f'[[step]]\nop = "tag.tokens"\ntokenizer = "{tmp_path}"\n')

    facts = portrait.facts(Found.of(folder))

    assert facts is not None
    assert facts.tokens is not None
    assert facts.tokens.parts[0].most == 1_000
    assert (facts.read[0].read, facts.read[0].cut) == (1, 1)


def test_a_recipe_without_a_tokenizer_leaves_tokens_out(tmp_path: Path) -> None:
    facts = look(tmp_path, ["a text", "another"])

    assert facts.tokens is None
    assert tokens.notices(None, EN) == []


def test_personal_data_is_counted_and_never_shown(tmp_path: Path) -> None:
    texts = ["write to jane.doe@mail.org", "手机13812345678", "call +44 20 7031 3000", "user@example.com", "v1.2.3 in 2024"]
    facts = look(tmp_path, texts).personal

    assert not facts.detector
    assert dict(facts.left[0].kinds) == {"email": 1, "cn_mobile": 1, "phone": 1}
    assert facts.left[0].rows == 3
    shown = str(portrait.personal.blocks(facts, EN)) + json.dumps(asdict(facts))
    assert "jane" not in shown
    assert "138123" not in shown


def test_what_was_masked_is_told_by_the_books(tmp_path: Path) -> None:
    folder = version(tmp_path / "v1", {"train": [("a text", "a")]})
    books = ledger()
    books["steps"].append({**books["steps"][0], "name": "pii", "op": "clean.pii", "counts": {"email": 12, "phone": 3}})
    (folder / "ledger.json").write_text(json.dumps(books))

    facts = portrait.facts(Found.of(folder))

    assert facts is not None
    assert [(each.step, each.kinds) for each in facts.personal.masked] == [("pii", (("email", 12), ("phone", 3)))]


def test_the_recipe_s_own_detector_looks_where_a_step_brought_it(tmp_path: Path) -> None:
    pytest.importorskip("phonenumbers")
    step = {"name": "pii", "op": "clean.pii", "parameters": {"kinds": ["email"], "style": "tag", "regions": ["US"]}}

    facts = look(tmp_path, ["[EMAIL] and jane.doe@mail.org", "fine"], steps=[step]).personal

    assert facts.detector
    assert dict(facts.left[0].kinds) == {"email": 1}


def test_languages_are_guessed_where_no_column_tells_them(tmp_path: Path) -> None:
    texts = ["Where is my parcel and when does it arrive?"] * 3 + ["我的包裹在哪里，什么时候能到？"] * 2
    facts = look(tmp_path, texts).languages

    assert facts.guessed
    assert facts.parts[0].languages == (("en", 3), ("zh", 2))


def test_languages_of_a_tag_are_counted_in_all_rows(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"id": [row_id(n) for n in range(4)], "text": ["a text"] * 4, "label": ["a"] * 4, "lang": ["en", "fr", "en", None]}
    )
    columns = dict.fromkeys(["id", "text", "label", "lang"], "String")
    facts = portrait.facts(Found.of(write_version(tmp_path / "v1", {"train": frame}, columns=columns)))

    assert facts is not None
    assert not facts.languages.guessed
    assert facts.languages.parts[0].languages == (("en", 2), ("fr", 1), ("und", 1))


def test_every_stratum_has_a_card_before_any_has_two(tmp_path: Path) -> None:
    rows = [(f"row {n} " + "long " * 200, "common") for n in range(200)] + [("rare row", "rare")]
    facts = look(tmp_path, {"train": rows, "test": [("seen", "common")]}).cards
    strata = Counter((row.part, row.label) for row in facts.rows)

    assert facts.strata == 3
    assert set(strata) == {("train", "common"), ("train", "rare"), ("test", "common")}
    assert len(facts.rows) <= 60
    assert max(len(row.text) for row in facts.rows) == 300
    assert sum(len(row.text.encode()) for row in facts.rows) <= 36_000


def test_no_part_is_left_out_where_one_has_more_classes_than_there_are_cards(tmp_path: Path) -> None:
    rows = [(f"row {n}", f"class {n % 90}") for n in range(900)]
    facts = look(tmp_path, {"train": rows, "test": rows[:90]}).cards

    assert Counter(row.part for row in facts.rows) == {"train": 30, "test": 30}
    assert len({(row.part, row.label) for row in facts.rows}) == 60


def shown(folder: Path) -> str:
    facts = portrait.facts(Found.of(folder))
    assert facts is not None
    return json.dumps(asdict(facts), ensure_ascii=False)


def test_the_same_rows_give_the_same_facts_in_any_number_of_files(tmp_path: Path) -> None:
    rows = [(f"text {n % 50} and 订单{n % 7}。 please help", "abc"[n % 3]) for n in range(500)]
    one = version(tmp_path / "one", {"train": rows, "test": rows[:50]})
    many = version(tmp_path / "many", {"train": rows, "test": rows[:50]})
    whole = many / "data" / "train-00000-of-00001.parquet"
    frame = pl.read_parquet(whole)
    whole.unlink()
    for number in range(4):
        piece = frame[number * 125 : (number + 1) * 125]
        piece.write_parquet(many / "data" / f"train-{number:05d}-of-00004.parquet", row_group_size=11)

    assert shown(one) == shown(one) == shown(many)


def test_empty_parts_and_blank_texts_are_no_portrait(tmp_path: Path) -> None:
    empty = version(tmp_path / "empty", {"train": []})
    blank = version(tmp_path / "blank", {"train": [("", "a"), (" \n", "a")]})
    one = version(tmp_path / "one", {"train": [("word", "a")], "test": []})

    assert portrait.facts(Found.of(empty)) is None
    assert portrait.facts(Found.of(blank)) is None
    assert portrait.facts(Found.of(one)) is not None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_section_says_it_in_both_languages(tmp_path: Path, language: Any) -> None:
    facts = look(tmp_path, {"train": [("<script>alert(1)</script> \u202e a text", "a")] * 3, "test": [("other words", "b")]})

    section = portrait.section(facts, Say(language))

    assert section.id == "portrait"
    assert any(isinstance(block, Deck) for block in section.blocks)
    tables = [block for block in section.blocks if isinstance(block, Table)]
    assert tables
    for table in tables:
        assert all(len(line) == len(table.head) for line in table.lines)
    anchors = {getattr(block, "anchor", "") for block in section.blocks}
    assert all(isinstance(notice, Notice) and notice.anchor in anchors for notice in portrait.notices(facts, Say(language)))


def test_reading_by_pieces_changes_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        f"Dear customer, order {row % 7} is late again. We are sorry for that! 订单 {row}。谢谢您的来信。" for row in range(60)
    ]
    parts: Parts = {"train": [(row, "a") for row in rows], "test": [(row, "b") for row in [*rows[:9], ""]]}
    whole = look(tmp_path / "whole", parts)
    monkeypatch.setattr(words, "_CHUNK", 200)
    monkeypatch.setattr(ngrams, "_CHUNK", 5)

    assert look(tmp_path / "pieces", parts) == whole
    assert any("sorry" in each.text and each.rows == 69 for each in whole.repeats.sentences)
