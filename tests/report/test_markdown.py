"""A report as GitHub shows it: nothing of the data becomes a tag, a link, an image, a mention or a column."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from dprep.report.blocks import Block, Change, Column, Deck, Heat, Histogram, Prose, Report, RowDiff, Section, Source, Table
from dprep.report.renderers.markdown import MOST, code, coded, render, safe
from tests.report.blocks_by_hand import HOSTILE, by_hand, every_block

OURS = {"h2", "h4", "p", "ul", "li", "details", "summary", "strong", "em", "table", "thead", "tbody", "tr", "th", "td"}
OURS |= {"pre", "code"}


def one(*blocks: Block) -> str:
    return render(Report("r@v1", "", (), (), (Section("s", "Section", blocks),)))


class Seen(HTMLParser):
    """The tags of a page, and its text outside of code."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.open: list[str] = []
        self.text = ""
        self.comments = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(sorted(name for name, _ in attrs))))
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "tags are closed in order"

    def handle_comment(self, data: str) -> None:
        self.comments += 1

    def handle_data(self, data: str) -> None:
        if "code" not in self.open:
            self.text += data


def parsed(markdown: str) -> Seen:
    seen = Seen()
    seen.feed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))
    seen.close()
    assert seen.open == []
    return seen


@pytest.mark.parametrize("language", ["en", "zh"])
def test_hostile_text_is_inert(language: str) -> None:
    seen = parsed(render(by_hand(HOSTILE, language)))

    assert {tag for tag, _ in seen.tags} <= OURS
    assert {attribute for _, attributes in seen.tags for attribute in attributes} <= {"style", "class"}
    assert seen.comments == 0
    assert re.search(r"(^|[^\w`])@\w", seen.text) is None, "a mention would ping"
    assert re.search(r"#\d|GH-\d|\w+://|www\.", seen.text) is None, "a reference or an address would become a link"
    assert "torvalds" in seen.text
    assert "<script>alert(1)</script>" in seen.text


@pytest.mark.parametrize("block", every_block(HOSTILE), ids=lambda block: type(block).__name__)
def test_hostile_text_in_each_block_is_inert(block: Block) -> None:
    assert {tag for tag, _ in parsed(one(block)).tags} <= OURS


def test_a_table_keeps_its_columns() -> None:
    head = (Column("a | b"), Column("c", "code"))
    seen = parsed(one(Table("", head, (("x | y", "p|q `r`"), ("`|`", "||"), ("\\|", "\\"), ("a\nb", "")))))

    assert [tag for tag, _ in seen.tags].count("th") == 2
    assert [tag for tag, _ in seen.tags].count("td") == 8


@pytest.mark.parametrize(
    "text", ["- a", "1. a", "12) a", "# a", "> a", "---", "===", "+ a", "* a", "    a", "```", "~~~", "a `b` `c"]
)
def test_no_text_begins_anything(text: str) -> None:
    html = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(f"{safe(text)}\n")

    assert re.findall(r"<(\w+)", html) == ["p"]
    assert re.sub(r"</?p>|\u200b|\n", "", html).replace("&gt;", ">") == text.strip()


@pytest.mark.parametrize("text", ["a", "`", "``", "a`b", "`a`", " a ", "```x````", "<b>", "a|b"])
def test_code_is_code_to_its_end(text: str) -> None:
    (token,) = MarkdownIt("commonmark").parseInline(code(text))[0].children or []

    assert (token.type, token.content) == ("code_inline", text)


def test_our_code_is_code_and_an_odd_tick_is_a_tick() -> None:
    assert coded("the step `length` of *data*") == "the step `length` of \\*data\\*"
    assert coded("one ` tick") == "one \\` tick"


def test_a_change_is_a_diff_whose_fence_nothing_closes() -> None:
    text = one(Change("first\n-- \n````\nsame", "first\n-- \n`````\nsame"))
    (fence,) = [token for token in MarkdownIt("commonmark").parse(text) if token.type == "fence"]

    assert fence.info == "diff"
    assert fence.content == " -- \n-````\n+`````\n same\n"


def test_a_signature_that_is_gone_is_still_in_the_diff() -> None:
    (fence,) = [token for token in MarkdownIt("commonmark").parse(one(Change("a\n-- ", "a"))) if token.type == "fence"]

    assert fence.content == " a\n--- \n"


def test_it_never_outgrows_a_comment_and_says_what_is_missing() -> None:
    small, large = render(by_hand("x")), render(by_hand(HOSTILE, times=60))

    assert len(large) <= MOST
    assert "left out here, as it would be too long: section " in large
    assert "left out" not in small
    assert {tag for tag, _ in parsed(large).tags} <= OURS


def test_what_room_is_left_goes_to_the_first_chapters() -> None:
    lines = tuple((f"step {n:02d}", "x" * 250) for n in range(40))
    table = Table("t", (Column("step"), Column("why")), lines, most=20)
    report = Report("r@v1", "", (), (), tuple(Section(name, name, (table,) * 4) for name in ("first", "middle", "last")))

    text = render(report)
    first, last = (text.partition(f"<summary>{name}<")[2].partition("</details>")[0] for name in ("first", "last"))

    assert len(text) <= MOST
    assert first.count("| step 19 |") == 4
    assert last.count("| step 19 |") < 4
    assert "| step 03 |" in last


def test_what_is_cut_is_counted() -> None:
    table = Table("t", (Column("n", "number"),), tuple((n,) for n in range(100)), most=10)

    assert "… 90 more lines" in one(table)
    assert "… 600 more lines" in one(Source("s", "\n".join(map(str, range(1_000)))))


def test_every_block_says_something() -> None:
    for block in every_block("plain"):
        assert len(one(block)) > len(one()) + 5, type(block).__name__


def test_rows_of_a_deck_are_a_table_with_their_facts() -> None:
    (deck,) = [block for block in every_block("x") if isinstance(block, Deck)]

    assert "| row 0 | train | x | card x |" in one(deck)


def test_numbers_are_as_people_write_them() -> None:
    text = one(Table("", (Column("a", "number"), Column("b", "share")), ((12345, 0.125), (0.5, 0.0))), Prose("12.5 rows"))

    assert "| 12,345 | 12.5 % `█` |" in text
    assert "| 0.5 | 0 % |" in text
    assert "\n12.5 rows\n" in text


def test_a_heat_map_and_histograms_are_tables() -> None:
    drawn = [block for block in every_block("x") if isinstance(block, Heat | Histogram | RowDiff)]

    assert [tag for tag, _ in parsed(one(*drawn)).tags].count("table") == 3
