from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import get_args

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import Text
from dprep.ops.clean.chinese import Chinese, Mode
from tests.ops.strange import edited, texts

opencc = pytest.importorskip("opencc")
TABLES = Path(os.environ.get("DPREP_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "corpora" / "res-zh-opencc"


def table(name: str) -> dict[str, str]:
    """OpenCC's dictionary as text: key, tab, candidates of which the first counts."""
    file = next((file for file in (TABLES / f"{name}.txt", TABLES / f"{name}.txt.zst") if file.exists()), None)
    if file is None:
        pytest.skip("the dictionaries of OpenCC are not beside the repository (res-zh-opencc)")
    raw = file.read_bytes()
    if file.suffix == ".zst":
        raw = subprocess.run(["zstd", "-dc", file], capture_output=True, check=True).stdout
    lines = [line.split("\t") for line in raw.decode().splitlines() if line and line[0] != "#" and "\t" in line]
    return {key: value.split()[0] for key, value, *_ in lines}


@pytest.mark.parametrize(("mode", "name"), [("s2t", "STCharacters"), ("t2s", "TSCharacters")])
def test_single_characters_follow_the_published_table(mode, name):
    told = table(name)
    found = edited(Chinese(mode=mode), *told)
    pairs = [(key, value, got) for (key, value), got in zip(told.items(), found, strict=True)]
    common = [pair for pair in pairs if pair[2] < "\U00020000"]  # the library has a table of rare forms more
    other = [pair for pair in common if pair[1] != pair[2]]

    assert len(common) > 3000
    assert len(other) <= len(common) // 100, other[:20]  # the table is of another release than the library


@pytest.mark.parametrize(("mode", "name"), [("s2t", "STPhrases"), ("t2s", "TSPhrases")])
def test_phrases_follow_the_published_table(mode, name):
    told = dict(list(table(name).items())[::7])
    found = edited(Chinese(mode=mode), *told)
    other = [(key, value, got) for (key, value), got in zip(told.items(), found, strict=True) if value != got]

    assert len(other) <= len(told) // 100, other[:20]


@pytest.mark.parametrize(
    ("mode", "before", "after"),
    [
        ("s2t", "头发发展，干杯干净", "頭髮發展，乾杯乾淨"),
        ("t2s", "皇后後來", "皇后后来"),
        ("s2tw", "这里", "這裡"),
        ("tw2s", "這裡", "这里"),
        ("s2twp", "打印机的默认设置", "印表機的預設設定"),
        ("tw2sp", "滑鼠", "鼠标"),
        ("s2hk", "这里", "這裏"),
        ("hk2s", "這裏", "这里"),
        ("t2tw", "這裏", "這裡"),
        ("tw2t", "這裡", "這裏"),
        ("t2jp", "舊字體", "旧字体"),
        ("jp2t", "旧字体", "舊字體"),
    ],
)
def test_examples_by_hand(mode, before, after):
    assert edited(Chinese(mode=mode), before) == [after]


@given(st.lists(st.one_of(texts, st.text(alphabet="头发后里\x1e干a\x00\n體裡")), max_size=8), st.sampled_from(get_args(Mode)))
@settings(max_examples=100, deadline=None)
def test_together_is_as_each_alone(rows, mode):
    convert = opencc.OpenCC(mode).convert
    alone = ["\0".join(map(convert, row.split("\0"))) for row in rows]  # the library takes NUL for the end

    assert edited(Chinese(mode=mode), *rows) == alone


def test_a_phrase_does_not_reach_into_the_next_text():
    assert edited(Chinese(mode="s2t"), "头", "发", "头发") == ["頭", "發", "頭髮"]


def test_text_without_han_is_not_copied():
    series = pl.Series(["plain", "текст", ""])

    assert Chinese().edit(Text(series)) is series


def test_a_megabyte_on_one_line():
    assert edited(Chinese(mode="s2t"), "头发" * 170_000) == ["頭髮" * 170_000]
