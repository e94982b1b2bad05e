from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dprep.base.problem import Error
from dprep.report.html import page, write_report
from dprep.report.rejections import rejections
from dprep.report.summary import share, size, verdict
from tests.store.hand import GOT, ledger, manifest, write_version

HOSTILE = '</div><script>alert(1)</script><img src=x onerror="alert(2)"> & \u202eevil\x1b[31m\ud800 "\' \u200b'
ALLOWED = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "section",
        "h1",
        "h2",
        "h3",
        "p",
        "small",
        "bdi",
        "div",
        "span",
        "br",
        "code",
    ),
    *("table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "svg", "rect", "line", "text"),
}


class Reader(HTMLParser):
    """What a browser would make of the page: its elements, their attributes, its text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data if self.open and self.open[-1] != "style" else ""


def test_the_page_tells_what_the_books_say() -> None:
    text = Reader(page(manifest(), ledger())).text

    assert (
        "6 rows in, 4 out, 2 dropped (33.3 %); most went at length, reason min_words (2); 1 record could not be read." in text
    )
    assert "<code>min_words</code>" in page(manifest(), ledger())
    assert "min_words 2" in text
    assert "2026-01-02 03:04 UTC" in text
    assert "train" in text
    assert "75.0 %" in text
    assert GOT in text
    assert "CC-BY-4.0" in text
    assert "f" * 32 in text
    assert '- {"text": "ﬁne"}' in text
    assert "0.25" in text


def test_the_page_stands_alone() -> None:
    source = page(manifest(), ledger())

    assert set(Reader(source).tags) <= ALLOWED
    assert "default-src 'none'" in source
    assert not re.search(r"https?://|url\(|@import|src=|href=", source)


def test_hostile_text_is_inert_wherever_it_stands() -> None:
    books = ledger()
    step = {**books["steps"][1], "name": HOSTILE, "op": HOSTILE, "reasons": {HOSTILE: 2}}
    step |= {"histograms": {HOSTILE: {"100016": 2, "100032": 1}}, "samples": {HOSTILE: [f"- {HOSTILE}"]}}
    file = {"name": HOSTILE, "bytes": 1, "hash": HOSTILE, "rows": 1, "rejected": 0}
    told = manifest(
        dataset=HOSTILE,
        task=HOSTILE,
        description=HOSTILE,
        labels=[HOSTILE],
        rows={"in": 6, "out": 4, "rejected": 0, "parts": {HOSTILE: 4}},
        sources=[{"name": HOSTILE, "license": HOSTILE, "files": [file]}],
        libraries={HOSTILE: HOSTILE},
        dprep=HOSTILE,
    )

    source = page(told, {**books, "steps": [step]})
    read = Reader(source)

    assert set(read.tags) <= ALLOWED - {"img", "script"}
    assert not {name for name in read.attributes if name.startswith("on")}
    assert "<script>alert(1)</script>" in read.text
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e\u200b\ud800]", source)
    assert "\\u202e" in source
    source.encode("utf-8")


def test_backticks_in_a_name_open_no_element() -> None:
    books = ledger()
    books["steps"][1] |= {"name": "a`<b>`c", "reasons": {"`</code><i>`": 2}}

    read = Reader(page(manifest(), books))

    assert read.open == []
    assert set(read.tags) <= ALLOWED


def test_a_condition_has_no_histogram() -> None:
    books = ledger()
    books["steps"][1]["histograms"] = {"holds": {"0": 2, "100008": 4}}

    assert "What was measured" in page(manifest(), ledger())
    assert "What was measured" not in page(manifest(), books)


def test_every_element_is_closed() -> None:
    assert Reader(page(manifest(), ledger())).open == []


def test_the_page_is_the_same_for_the_same_version() -> None:
    assert page(manifest(), ledger()) == page(manifest(), ledger())


def test_only_the_clocks_make_two_runs_differ() -> None:
    later = manifest(clock={"started": "2027-09-09T09:09:09Z", "seconds": 99.0})
    slower = {**ledger(), "clock": {"seconds": {"unicode": 8.0, "length": 9.0}}}

    one, two = page(manifest(), ledger()).split("\n"), page(later, slower).split("\n")

    assert len(one) == len(two)
    assert len([pair for pair in zip(one, two, strict=True) if pair[0] != pair[1]]) == 3


def test_a_giant_sample_is_cut_and_many_files_are_counted() -> None:
    books = ledger()
    books["steps"][0]["samples"] = {"changed": ["- " + "x" * 1_000_000]}
    file = {"name": "a.jsonl", "bytes": 1, "hash": "0", "rows": 1, "rejected": 0}

    source = page(manifest(sources=[{"name": "mail", "license": "", "files": [file] * 5_000}]), books)

    assert "998,002 more characters" in source
    assert "and 4,900 more files" in source
    assert "licence: not stated" in source
    assert len(source) < 60_000


def test_rejected_records_are_told_by_reason_and_inert(tmp_path: Path) -> None:
    folder = write_version(tmp_path / "v1")
    records = [{"file": HOSTILE, "line": n, "reason": "wrong-type", "detail": HOSTILE, "raw": "<b>" * 5_000} for n in range(9)]
    (folder / "rejected" / "2-more.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))

    source = write_report(folder).read_text()
    text = Reader(source).text

    assert [(each.reason, each.count, len(each.first)) for each in rejections(folder)] == [
        ("wrong-type", 9, 3),
        ("malformed-json", 1, 1),
    ]
    assert "mail.jsonl:7" in text
    assert "cut short" in text
    assert "14,700 more characters" in text
    assert set(Reader(source).tags) <= ALLOWED


def test_an_empty_version_has_a_page() -> None:
    told = manifest(
        rows={"in": 0, "out": 0, "rejected": 0, "parts": {"train": 0}}, sources=[], steps=[], labels=[], description=""
    )

    text = Reader(page(told, {"steps": [], "clock": {}})).text

    assert "0 rows in, 0 out, none dropped." in text


def test_the_report_is_written_into_the_folder_or_beside(tmp_path: Path) -> None:
    folder = write_version(tmp_path / "v1")

    assert write_report(folder) == folder / "report.html"
    assert write_report(folder, out=tmp_path / "copy.html").read_text() == (folder / "report.html").read_text()
    with pytest.raises(Error, match=r"holds no `manifest\.json`"):
        write_report(tmp_path / "nothing")


def test_a_version_under_construction_has_a_report(tmp_path: Path) -> None:
    assert write_report(tmp_path, manifest=manifest(), ledger=ledger()).read_text() == page(
        manifest(), json.loads(json.dumps(ledger()))
    )


@pytest.mark.parametrize(
    ("part", "whole", "words"), [(0, 9, "0 %"), (1, 0, "0 %"), (1, 100_000, "under 0.1 %"), (1, 3, "33.3 %"), (3, 3, "100.0 %")]
)
def test_shares_never_read_as_nothing(part: int, whole: int, words: str) -> None:
    assert share(part, whole) == words


@pytest.mark.parametrize(
    ("bytes", "words"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (5 * 2**30, "5.0 GiB"), (2**42, "4.0 TiB")]
)
def test_sizes_are_read_by_people(bytes: int, words: str) -> None:
    assert size(bytes) == words


def test_the_verdict_counts_added_rows() -> None:
    books = ledger()
    books["steps"][0] |= {"added": 3, "out": 9}

    assert verdict(manifest(), books).startswith("6 rows in, 4 out, 2 dropped (22.2 %), 3 added;")


def test_the_share_dropped_is_one_of_all_rows_and_pieces_that_could_be() -> None:
    """Of 6 rows one is cut into 9: the 5 others and the 9 are there, and 2 of those 14 are dropped."""
    books = ledger()
    cutting = books["steps"][0] | {"op": "expand.passages", "added": 9, "dropped": 1, "out": 14, "reasons": {"expanded": 1}}
    books["steps"][0] = cutting

    assert verdict(manifest(), books).startswith("6 rows in, 4 out, 1 cut into 9 pieces, 2 dropped (14.3 % of 14);")


def test_the_page_counts_what_was_done_inside_texts() -> None:
    books = ledger()
    books["steps"][1]["counts"] = {"phone": 3, HOSTILE: 7, "email": 1_204}
    read = Reader(page(manifest(), books, []))

    assert "email 1,204" in " ".join(read.text.split())
    assert "script" not in read.tags
