"""What real collections showed to mislead: each test holds one such thing down, with the truth written by hand."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl

from dprep.report.blocks import Bin, Change, Column, Histogram, Report, Section, Table
from dprep.report.numbers import number
from dprep.report.reading.found import Found
from dprep.report.reading.measured import bins_of, closed
from dprep.report.renderers.charts import draw
from dprep.report.renderers.html_page.page import write_page
from dprep.report.say import Say
from dprep.report.sections import portrait
from dprep.report.sections.duplicates.notices import _labels as label_notices
from dprep.report.sections.funnel.groups import Group, Groups
from dprep.report.sections.funnel.notices import lost
from dprep.report.sections.portrait.words import number as numbered
from dprep.report.verdict import verdict
from dprep.store.ledger import bins
from tests.report.whole import whole
from tests.store.hand import row_id, write_version

EN, ZH = Say("en"), Say("zh")


def facts(folder: Path, parts: dict[str, list[str]]) -> portrait.Facts:
    frames = {}
    for number_, (name, texts) in enumerate(parts.items()):
        ids = [row_id(10_000 * number_ + place) for place in range(len(texts))]
        frames[name] = pl.DataFrame({"id": ids, "text": texts, "label": ["a"] * len(texts)})
    found = portrait.facts(Found.of(write_version(folder, frames, columns=dict.fromkeys(["id", "text", "label"], "String"))))
    assert found is not None
    return found


def page(*blocks: Any) -> str:
    return write_page(whole_with(Section("own", "Own", blocks)))


def whole_with(section: Section) -> Report:
    return replace(whole(), sections=(section,), notices=())


def test_marks_within_a_sentence_do_not_end_it(tmp_path: Path) -> None:
    texts = [
        f"第{n}号\n<!-- INFO END -->\nf1: Menu ?: Help q: Quit number\n真的吗!那么我们明天就出发去北京 {n}" for n in range(30)
    ]

    told = {each.text: each.rows for each in facts(tmp_path / "v1", {"train": texts}).repeats.sentences}

    assert told["<!-- INFO END -->"] == 30
    assert told["f1: Menu ?: Help q: Quit number"] == 30
    assert not any("真的吗" in text for text in told), "of Chinese no blank is asked after the mark"


def test_japanese_words_are_runs_of_a_script_and_no_endings_of_verbs() -> None:
    texts = ["システムを設定します。Debianのインストール", "安装系统 abc", "Kernel 2 を使う"]

    words = numbered(pl.Series(texts))
    told = [str(words.vocabulary[int(code)]) for code, row in zip(words.codes, words.rows, strict=True) if row != 1]

    assert told == ["システム", "設定", "debian", "インストール", "kernel", "2", "使"]
    latin = numbered(pl.Series(["naïve café, twice"]))
    assert [str(latin.vocabulary[int(code)]) for code in latin.codes] == ["naïve", "café", "twice"]


def test_addresses_of_private_networks_and_examples_are_nobodys(tmp_path: Path) -> None:
    nobodys = ["127.0.0.1", "192.168.1.7", "10.20.30.40", "172.16.0.9", "255.255.255.0", "198.51.100.19", "203.0.113.5"]
    texts = [f"route to {address} now" for address in nobodys] + ["route to 88.198.12.34 now", "and 172.15.0.9 too"]

    left = facts(tmp_path / "v1", {"train": texts}).personal.left[0]

    assert (left.kinds, left.rows) == ((("ip", 2),), 2)


def test_headlines_in_han_are_chinese_and_what_is_unsure_is_not_known(tmp_path: Path) -> None:
    texts = ["近五万兰州高考生将被录取 录取率超过57%", "恒指涨幅继续收窄 恒基地产跌近3%", "QQ三国玩家诉说地图意境", "ok ttyl 8"]

    told = facts(tmp_path / "v1", {"train": texts}).languages

    assert told.guessed
    assert dict(told.parts[0].languages) == {"zh": 3, "und": 1}


def test_parts_drawn_by_chance_have_nothing_typical(tmp_path: Path) -> None:
    lot = random.Random(5)
    draws = [" ".join(f"w{int(lot.paretovariate(0.8))}x" for _ in range(12)) for _ in range(4_000)]

    found = facts(tmp_path / "v1", {"train": draws[:3_000], "test": draws[3_000:]}).ngrams

    assert [each.terms for each in found.parts] == [(), ()]


def test_rows_without_a_language_do_not_hide_what_a_language_lost() -> None:
    groups = Groups("lang", (group(None, 3_000, 3_000), group("en", 1_000, 700), group("de", 1_000, 10)), None, 3)
    told = SimpleNamespace(sampled=(), named_by={})

    found = lost(told, groups)  # type: ignore[arg-type]

    assert [(each.name, own, rest) for each, own, rest in found] == [("en", 0.7, 0.01)]


def group(name: str | None, read: int, dropped: int) -> Group:
    return Group(name, read, 0, dropped, 0, read - dropped, "step", dropped, {"step": dropped})


def test_no_axis_says_that_a_likeness_may_be_above_one() -> None:
    counts = {str(place): 3 for place in bins(np.array([0.7, 0.9, 1.0]))}

    ends = closed(bins_of(counts, 40), "similarity")
    picture = draw(Histogram("similarity", ends, (), unit="rows"), EN)

    assert ends[-1] == Bin(1.0, 1.0, 3)
    assert sum(bin.count for bin in ends) == 9
    assert "1.12" not in picture
    assert picture.count(">1</text>") == 1
    assert closed(bins_of(counts, 40), "perplexity")[-1].high == 1.125


def test_of_what_both_texts_have_only_what_is_near_a_change_is_shown() -> None:
    alike = "".join(chr(0x4E00 + place) for place in range(1_000))

    told = page(Change(f"甲{alike}乙{alike}", f"丙{alike}丁{alike}"))

    assert alike[:120] in told
    assert alike[-120:] in told
    assert alike[200:300] not in told
    assert "760 characters alike" in told
    for changed in "甲乙丙丁":
        assert f"</span>{changed}<" in told, "a change is never left out"


def test_code_in_a_caption_is_drawn_as_code_and_not_read_out_as_backticks() -> None:
    told = page(Table("Each part against `train`", (Column("a"),), (("b",),)))

    assert "Each part against <code>train</code>" in told
    assert 'aria-label="Each part against train"' in told


def test_nothing_has_no_sign() -> None:
    assert [number(value) for value in (-0.0, 0.0, -0.016)] == ["0", "0", "-0.016"]


def test_a_copy_or_two_in_thousands_with_another_label_is_no_warning() -> None:
    def step(copies: int, rows: int) -> Any:
        crossing = SimpleNamespace(other_label=copies)
        return SimpleNamespace(crossing=crossing, kind="twins", rows_in=rows, name="minhash", number=3)

    assert label_notices(step(1, 9_992), EN) == []
    assert len(label_notices(step(11, 9_992), EN)) == 1
    assert len(label_notices(step(1, 60), EN)) == 1


def test_chinese_sentences_have_chinese_brackets() -> None:
    manifest = {"rows": {"in": 10, "out": 10, "rejected": 0, "parts": {"train": 9, "test": 1}}}

    told = verdict(manifest, {"steps": []}, ZH)

    assert "train 9（90.0 %），test 1（10.0 %）" in told[-1]
