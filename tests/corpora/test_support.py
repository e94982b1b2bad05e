"""The support set is what its README says: big enough, dirty in every listed way, worth learning, and made by its script."""

from __future__ import annotations

import gzip
import re
import runpy
import sys
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import ftfy.badness
import pytest

from tests.corpora.support_set import (
    CORPORA,
    JSON_FILES,
    SUPPORT,
    cleaned,
    form_records,
    lines,
    listing,
    parsed,
    records,
    tickets,
    unique_rows,
)


def test_set_is_large_and_its_intents_uneven() -> None:
    counts = Counter(record["intent"] for record in records().values() if record.get("intent"))

    assert len(records()) >= 3_600
    assert len(counts) >= 14
    assert 10 <= max(counts.values()) / min(counts.values()) <= 14


def test_set_stays_small_on_disk() -> None:
    assert (
        sum(file.stat().st_size for file in CORPORA.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
        < 6_000_000
    )


def test_script_writes_the_same_bytes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(CORPORA))
    monkeypatch.setattr(sys, "argv", ["make_support.py", str(tmp_path)])

    runpy.run_path(str(CORPORA / "make_support.py"), run_name="__main__")

    assert sorted(file.name for file in SUPPORT.iterdir()) == sorted(file.name for file in tmp_path.iterdir())
    for made in tmp_path.iterdir():
        committed = SUPPORT / made.name
        unpack: Callable[[bytes], bytes] = gzip.decompress if made.suffix == ".gz" else bytes  # zlib versions pack differently
        assert unpack(committed.read_bytes()) == unpack(made.read_bytes()), made.name


def test_another_seed_gives_another_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(CORPORA))
    make = runpy.run_path(str(CORPORA / "make_support.py"))["make"]

    assert make(1)["form.csv"] != make(2)["form.csv"]


def _has_tags(text: str) -> bool:
    seen: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: seen.append(tag)  # type: ignore[method-assign]
    parser.feed(text)
    return "p" in seen and bool({"html", "div"} & set(seen))


SIGNS: dict[str, Callable[[str], object]] = {
    "html_mail": _has_tags,
    "double_escaped": re.compile(r"&amp;(#\d+|[a-z]+);").search,
    "emoji_zwj": re.compile("[\U0001f300-\U0001faff\u2600-\u27ff\ufe0f\U0001f3fb-\U0001f3ff]\u200d").search,
    "emoji_skin_tone": re.compile("[\u2600-\u27ff\U0001f400-\U0001faff][\U0001f3fb-\U0001f3ff]").search,
    "emoji_flag": re.compile("[\U0001f1e6-\U0001f1ff]{2}|\U0001f3f4[\U000e0061-\U000e007a]+\U000e007f").search,
    "emoji_keycap": re.compile("[0-9#*]\ufe0f\u20e3").search,
    "full_width": re.compile("[\uff10-\uff19]").search,
    "control": re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028]").search,
    "zero_width": re.compile("[\u200b\u200c\u2060\ufeff\u00ad]").search,
    "bidi": re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]").search,
    "mojibake_cp1252": ftfy.badness.is_bad,
    "mojibake_gbk": lambda text: re.search(
        "[的了我你订单退款请是可以用]", text.encode("gbk", "replace").decode("utf-8", "ignore")
    ),
    "empty": lambda text: text == "",
    "whitespace_only": lambda text: text and not text.strip(),
    "giant": lambda text: len(text.encode()) >= 200_000,
    "pii_email": re.compile(r"[\w.]+@example\.com").search,
    "pii_phone": re.compile(r"\(212\) 555-01\d\d").search,
    "pii_card": lambda text: any(_luhn(found) for found in re.findall(r"\d[\d -]{13,18}\d", cleaned(text))),
    "pii_mobile_cn": re.compile(r"1[3-9]\d0000\d{4}").search,
    "other_language": re.compile(
        "[\u3040-\u30ff\u0400-\u04ff]|\\b(der|die|das|mein|wann|bitte|auf|la|le|mon|je|el|los|mi|he|me|por|quiero)\\b"
    ).search,
}


def _luhn(number: str) -> bool:
    digits = [int(sign) for sign in reversed(re.sub(r"\D", "", number))]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


@pytest.mark.parametrize("kind", SIGNS)
def test_every_listed_row_shows_its_dirt(kind: str) -> None:
    clean = [ticket for ticket in tickets(kind) if not SIGNS[kind](records()[ticket]["text"])]

    assert len(tickets(kind)) >= 3
    assert clean == []


@pytest.mark.parametrize("kind", ["html_mail", "control", "empty", "whitespace_only", "giant", "emoji_flag", "emoji_keycap"])
def test_no_unlisted_row_shows_that_dirt(kind: str) -> None:
    copies = listing()["copy_of"]
    listed = set(tickets(kind))

    shown = {ticket for ticket, record in records().items() if "text" in record and SIGNS[kind](record["text"])}

    strangers = {
        ticket for ticket in shown - listed if copies.get(ticket) not in listed and ticket not in tickets("missing_field")
    }
    assert strangers - set(tickets("mojibake_cp1252")) == set()


def test_duplicates_are_what_the_listing_says() -> None:
    exact, near = set(tickets("exact_duplicate")), set(tickets("near_duplicate"))

    for copy, original in listing()["copy_of"].items():
        same = records()[copy]["text"] == records()[original]["text"]
        assert same if copy in exact else not same
    assert len(exact) >= 80
    assert len(near) >= 100


def test_labels_are_wrong_or_missing_where_listed() -> None:
    wrong = listing()["true_intent"]

    assert 0.015 < len(wrong) / len(records()) < 0.025
    assert all(records()[ticket]["intent"] not in (None, truth) for ticket, truth in wrong.items())
    assert all(records()[ticket]["intent"] is None for ticket in tickets("null_label"))


def test_missing_fields_are_missing() -> None:
    assert len(tickets("missing_field")) >= 20
    assert all({"intent", "text"} - set(records()[ticket]) for ticket in tickets("missing_field"))


def test_other_languages_are_few() -> None:
    assert 0.01 < len(tickets("other_language")) / len(records()) < 0.03


def test_broken_lines_are_broken_and_no_others() -> None:
    for name in JSON_FILES:
        listed = sorted(number for numbers in listing()["broken_lines"].get(name, {}).values() for number in numbers)
        unreadable = [number for number, line in enumerate(lines(name), start=1) if parsed(line) is None]
        assert unreadable == listed

    kinds = listing()["broken_lines"]["mail-en.jsonl"]
    assert set(kinds) == {"truncated", "bare_text", "single_quotes", "invalid_utf8"}
    for number in kinds["invalid_utf8"]:
        with pytest.raises(UnicodeDecodeError):
            lines("mail-en.jsonl")[number - 1].decode("utf-8")


def test_form_has_a_mark_and_records_of_a_wrong_length() -> None:
    header, *rest = form_records()

    assert (SUPPORT / "form.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert sorted(fields[0] for fields in rest if len(fields) != len(header)) == tickets("wrong_field_count")


def test_no_piece_was_left_unfilled() -> None:
    assert [text for text in unique_rows() if re.search(r"\{\w+\}|\[[^\]]*\|", text)] == []
