"""The page without a browser: what differs between texts, colours of a recipe, the policy, colours that can be told apart."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dprep.report.blocks import Block, Card, Change, Column, Deck, Figures, Link, Notice, Prose, RowDiff, Section, Source, Table
from dprep.report.renderers.difference import WINDOW, difference, tokens
from dprep.report.renderers.html_page.page import write_page
from dprep.report.renderers.html_page.toml import coloured
from tests.report.whole import RECIPE, whole

VOID = {"meta", "input", "br", "line", "rect", "path", "circle", "polyline", "polygon", "use"}


class Elements(HTMLParser):
    """Elements of a page in order, which must be closed in the order they were opened."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.text += data


def page_of(*blocks: Block) -> str:
    made = write_page(replace(whole(), notices=(), sections=(Section("one", "One", blocks),)))
    return made[made.index("<h2>") : made.index("</section>")]


def test_a_fact_that_a_card_lacks_is_not_shown_and_keeps_its_place() -> None:
    cards = (Card("one", (("twins", ""), ("part", "train"))), Card("two", (("twins", "3"), ("part", "test"))))
    made = page_of(Deck("d", cards, ("part",)))

    assert made.count("<dt>twins</dt>") == 2
    assert made.count("<div hidden><dt>twins</dt><dd></dd></div>") == 1
    assert 'data-fact="1"' in made


def test_no_line_ends_before_a_percent_sign() -> None:
    assert "3 rows (69.0\u00a0%)" in page_of(Prose("3 rows (69.0 %)"))


def test_every_element_is_closed_and_every_id_is_its_own() -> None:
    found = Elements(write_page(whole())).found

    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {"funnel", "steps", "step-1", "steps-inside", "samples-2", "lineage-seed"} <= set(ids)


def test_headings_go_down_step_by_step() -> None:
    levels = [int(tag[1]) for tag, _ in Elements(write_page(whole())).found if re.fullmatch("h[1-6]", tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_policy_lets_through_our_script_and_our_style_and_no_other() -> None:
    page = write_page(whole())

    policy = re.search('http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    inlined = {tag: re.search(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL) for tag in ("script", "style")}

    assert policy
    told = dict(part.strip().split(" ", 1) for part in policy[1].split(";"))
    for tag, directive in (("script", "script-src"), ("style", "style-src-elem")):
        content = inlined[tag]
        assert content
        assert told[directive] == f"'sha256-{b64encode(sha256(content[1].encode()).digest()).decode()}'"
    assert told["default-src"] == told["base-uri"] == told["form-action"] == "'none'"
    assert set(told) == {"default-src", "script-src", "style-src-elem", "style-src-attr", "base-uri", "form-action"}


def test_nothing_in_the_page_names_another_host() -> None:
    page = write_page(whole())

    assert not re.search(r"(?:src|href|url|@import|xlink)[=( ]*[\"']?(?:https?:)?//", page)


def test_a_number_is_written_as_people_read_it() -> None:
    head = (Column("name"), Column("rows", "number"), Column("of all", "share"), Column("mean", "number"), Column("none"))

    text = Elements(
        page_of(Table("t", head, (("a", 1234567, 0.5, 0.12345, None), ("b", -1, float("nan"), float("inf"), ""))))
    ).text

    assert "1,234,567" in text
    assert "50.0 %" in text
    assert "0.123" in text
    assert "–" in text


def test_lines_left_out_are_counted() -> None:
    table = Table("t", (Column("a"),), tuple((str(n),) for n in range(150)), most=100)

    assert "50 more lines are not shown" in page_of(table)
    assert ">99<" in page_of(table)
    assert ">100<" not in page_of(table)


def test_a_link_to_nowhere_is_no_link() -> None:
    blocks = (
        Table("t", (Column("a"),), ((Link("x", "nowhere"),), (Link("y", "javascript:alert(1)"),))),
        Notice("warning", "w", "nowhere"),
        Source("s", "a\n", marks=((1, 'x" onclick="'),)),
    )

    assert "href" not in page_of(*blocks)
    assert "onclick" not in page_of(*blocks)


def test_backticks_are_code_in_sentences_only() -> None:
    assert "<code>a&lt;b</code>" not in page_of(Figures((("`a<b`", 1, ""),)))
    assert "<code>min_words</code>" in page_of(Prose("of `min_words` and `"))


def test_what_hides_is_shown_and_lines_of_a_row_stand() -> None:
    deck = Deck("d", (Card("one\ntwo\u202e\u00a0\ud800\x00", (("a", "b"),)),))

    assert "one\ntwo\\u202e\\u00a0\\ud800\\u0000" in page_of(deck)


def marked(page: str, tag: str) -> list[str]:
    found = re.findall(f"<{tag}>(.*?)</{tag}>", page)
    return [re.sub('<span class="vh">.*?</span>', "", each) for each in found]


@pytest.mark.parametrize(
    ("before", "after", "gone", "new"),
    [
        ("Where is my card?", "Where is my new card?", [], ["new "]),
        ("pay the bill now", "pay a fee now", ["the bill"], ["a fee"]),
        ("我要退款，谢谢。", "我要退货，谢谢！", ["款", "。"], ["货", "！"]),
        ("同じ", "同じ", [], []),
        ("", "a", [], ["a"]),
        ("a", "", ["a"], []),
        ("用GPT4写", "用GPT5写", ["GPT4"], ["GPT5"]),
        ("wait...", "wait!", ["..."], ["!"]),
        ("a  b", "a b", ["  "], [" "]),
    ],
)
def test_the_words_that_differ_are_marked(before: str, after: str, gone: list[str], new: list[str]) -> None:
    page = page_of(Change(before, after))

    assert marked(page, "del") == gone
    assert marked(page, "ins") == new
    assert ("the same text" in page) == (before == after)


def test_lines_of_a_row_diff_mark_what_differs_and_keep_their_reason() -> None:
    page = page_of(RowDiff(('- {"text": "a b"}\n+ {"text": "a c"}', '- {"text": "d"}  # min_words')))

    assert marked(page, "del") == ["b"]
    assert marked(page, "ins") == ["c"]
    assert "<em># min_words</em>" in page


@given(st.text(alphabet="ab 我要。!\n\t\u202e", max_size=30), st.text(alphabet="ab 我要。!\n\t\u202e", max_size=30))
def test_spans_of_a_difference_are_the_texts(before: str, after: str) -> None:
    found = difference(before, after)

    assert "".join(span.text for span in found.before.spans) == before
    assert "".join(span.text for span in found.after.spans) == after
    assert "".join(old for old, _, _ in found.merged) == before
    assert all(old == new for old, new, same in found.merged if same)
    assert "".join(tokens(before)) == before


def test_the_window_stands_around_the_first_difference() -> None:
    before, after = "word " * 100_000 + "old " + "tail " * 5_000, "word " * 100_000 + "new " + "tail " * 5_000

    found = difference(before, after)

    assert [(old, new) for old, new, same in found.merged if not same] == [("old", "new")]
    assert 499_700 < found.before.skipped < 500_000
    shown = sum(len(span.text) for span in found.before.spans)
    assert shown <= WINDOW
    assert found.before.skipped + shown + found.before.omitted == len(before)


def test_what_one_text_has_only_because_the_other_was_cut_is_no_difference() -> None:
    samples = difference("一\u200b二三四… (9,980 characters)", "一二三四五六… (9,964 characters)")
    words = " ".join(f"word{n}" for n in range(1_000))
    windows = difference(f"new {words}", words)
    shortened = difference("a b c d… (9,980 characters)", "a b")

    assert [(old, new) for old, new, same in samples.merged if not same] == [("\u200b", "")]
    assert (samples.before.whole, samples.after.whole) == (9_980, 9_964)
    assert [(old, new) for old, new, same in windows.merged if not same] == [("new ", "")]
    assert [(old, new) for old, new, same in shortened.merged if not same] == [(" c ", "")]


def test_texts_of_one_repeated_word_are_compared_in_no_time() -> None:
    found = difference("! ? " * 500 + "a", "? ! " * 500 + "b")

    assert len(found.merged) <= 3


@pytest.mark.parametrize(
    "text", [RECIPE, 'a = """x\n# no comment\n[no table]\n"""\n"b c".d = \'e\' # f', "[a\nb=\n=\n'''", "x = [1, 2.5, true]"]
)
def test_coloured_runs_joined_are_the_text(text: str) -> None:
    assert "\n".join("".join(run for _, run in line) for line in coloured(text)) == text


def test_a_recipe_is_coloured_by_what_its_words_are() -> None:
    lines = list(coloured('[step]\n"a b" = "c # d" # e\nn = [1_000, true, nan]\nt = """f\ng = 1\n"""\nh = 2'))

    assert lines[0] == [("table", "[step]")]
    assert lines[1] == [("", ""), ("key", '"a b"'), ("", " ="), ("", " "), ("string", '"c # d"'), ("", " "), ("comment", "# e")]
    assert [run for kind, run in lines[2] if kind == "number"] == ["1_000", "true", "nan"]
    assert lines[3][-1] == ("string", '"""f')
    assert lines[4] == [("string", "g = 1")]
    assert ("key", "h") in lines[6]


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colours(mode: int) -> dict[str, str]:
    style = files("dprep.report.renderers.html_page").joinpath("style.css").read_text()
    return {
        name: (light, dark)[mode] for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", style)
    }


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_colours_stand_out_from_the_paper_and_from_each_other(mode: int) -> None:
    found = colours(mode)

    assert {f"s{place}" for place in range(1, 9)} <= set(found)
    for name in ("ink", "soft", "mark", "gone", "new", "warn"):
        assert contrast(found[name], found["paper"]) >= 4.5, name
        assert contrast(found[name], found["tint"]) >= 4.5, name
    for name in ("gone", "new", "warn"):
        assert contrast(found[name], found[f"{name}-tint"]) >= 4.5, name
    series = [found[f"s{place}"] for place in range(1, 9)]
    assert all(contrast(colour, found["paper"]) >= 3 for colour in series)
    assert len(set(series)) == 8
