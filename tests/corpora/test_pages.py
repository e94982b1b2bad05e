"""The pages and notes are in the encodings and shapes that their names promise."""

from __future__ import annotations

import codecs
import re

import pytest

from tests.corpora.support_set import CORPORA

PAGES, NOTES = CORPORA / "pages", CORPORA / "notes"
ENCODINGS = {
    "pages/zh-news-gbk.html": ("gbk", "门店搬迁通知"),
    "pages/ja-care-shift-jis.html": ("cp932", "鉄のフライパン"),
    "pages/zh-traditional-big5.html": ("big5", "行李箱輪子保養"),
    "pages/fr-no-charset.html": ("cp1252", "éclaire la feuille"),
    "pages/en-utf16.html": ("utf-16", "Power banks on planes"),
    "notes/zh-handover-gb18030.txt": ("gb18030", "夜班交接"),
    "notes/zh-tea-utf16.txt": ("utf-16", "桂花乌龙"),
    "notes/ja-memo-euc.txt": ("euc_jp", "倉庫メモ"),
    "notes/en-interview-cp1252.txt": ("cp1252", "2 €"),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_foreign_encodings_hold_their_text_and_are_not_utf8(name: str) -> None:
    encoding, passage = ENCODINGS[name]
    data = (CORPORA / name).read_bytes()

    assert passage in data.decode(encoding)
    assert passage not in data.decode("utf-8", "ignore")


def test_all_other_files_are_utf8() -> None:
    others = [file for folder in (PAGES, NOTES) for file in folder.iterdir() if f"{folder.name}/{file.name}" not in ENCODINGS]

    assert len(others) >= 12
    for file in others:
        file.read_text("utf-8")


def test_pages_hold_what_extraction_must_cope_with() -> None:
    pages = "".join(
        file.read_bytes().decode(ENCODINGS.get(f"pages/{file.name}", ("utf-8", ""))[0]) for file in sorted(PAGES.iterdir())
    )

    assert len(list(PAGES.iterdir())) >= 12
    assert {"nav", "footer", "table", "pre", "ul", "ol", "script", "style", "form", "aside"} <= set(
        re.findall(r"<(\w+)", pages)
    )
    assert 'id="cookies"' in pages


def test_pages_name_their_charset_except_one() -> None:
    unnamed = [file.name for file in PAGES.iterdir() if b"charset" not in file.read_bytes().replace(b"\0", b"")]

    assert sorted(unnamed) == ["en-broken-markup.html", "fr-no-charset.html"]


def test_notes_have_marks_and_both_line_ends() -> None:
    notes = {file.name: file.read_bytes() for file in NOTES.iterdir()}

    assert len(notes) >= 8
    assert {"en-tone-of-voice.txt", "zh-bom-crlf.txt"} == {
        name for name, data in notes.items() if data.startswith(codecs.BOM_UTF8)
    }
    assert {"en-depot-log-crlf.txt", "zh-bom-crlf.txt"} == {name for name, data in notes.items() if b"\r\n" in data}
