from __future__ import annotations

import html

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dprep.base.text import Text
from dprep.ops.clean.markdown import Markdown
from tests.ops.strange import edited, texts


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# One #\n\nTwo\n===\n\n### Three", "One\n\nTwo\n\nThree"),
        ("a *b* **c** ***d*** _e_ ~~f~~ `g`", "a b c d e f g"),
        ("[text](http://a.b 'title') <http://c.d> [x][1]\n\n[1]: http://e.f", "text http://c.d x"),
        ("![the cat](cat.png)", "the cat"),
        ("> quoted\n> on\n\nend", "quoted\non\n\nend"),
        ("1. one\n2. two\n   - in\n   - out\n3. three", "1. one\n2. two\n  - in\n  - out\n3. three"),
        ("1. 挪威\n2. 瑞士\n3.澳大利亚\n4. 爱尔兰\n7) seven", "1. 挪威\n2. 瑞士\n3.澳大利亚\n4. 爱尔兰\n\n7. seven"),
        ("```py\nx = 1\n\ny\n```\n", "x = 1\n\ny"),
        ("    indented\n    code", "indented\ncode"),
        ("| a | b |\n|---|:-:|\n| 1 | `2` |\n| 3 | |\n\nend", "a\tb\n1\t2\n3\n\nend"),
        ("one\n\n---\n\ntwo", "one\n\ntwo"),
        ("---\ntitle: x\n---\n# Head", "Head"),
        (r"\*not\* &amp; 5 \< 6", "*not* & 5 < 6"),
        ("a<br>b <b>c</b>", "ab c"),
        ("<div>\n<p>in</p>\n</div>", "in"),
        ("<script>\nalert(1)\n</script>\n\nx", "x"),
        ("**重点**是", "重点是"),
        ("line one  \nline two *x*", "line one\nline two x"),
    ],
)
def test_examples_by_hand(before, after):
    assert edited(Markdown(), before) == [after]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "2 * 3 * 4",
        "snake_case_name",
        "#hashtag",
        "a\n  b\n\n\n\nc",
        "5 < 6 & 7",
        "你好，世界。\n第二行",
        "well - yes",
        "(a) [b] c",
    ],
)
def test_text_without_markdown_stays_to_the_byte(text):
    assert edited(Markdown(), text) == [text]


@pytest.mark.parametrize(
    "formula",
    [
        r"\(x^2\)",
        r"\(a_1 * b_1 * c_{2}\)",
        r"\(ABC\)",
        "\\[\n\\frac{1}{2} \\\\[2pt]\n= 3\n- 4\n\\]",
        r"\[x = \left[1, 2\right]\]",
        r"$$ a \\ b $$",
        "$$\na_1 &= b*c*d \\\\\n---\n$$",
        r"$a*b*c$",
        r"$\{x\}$",
        r"$\$5$",
        "$|x|$",
    ],
)
def test_formulas_come_through_unharmed(formula):
    assert edited(Markdown(), formula) == [formula]
    assert edited(Markdown(), f"# *A*\n\n**so** {formula} *is*") == [f"A\n\nso {formula} is"]
    assert edited(Markdown(), f"**{formula}** `$a`*b*`c$`") == [f"{formula} $abc$"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("$5 *and* $6", "$5 and $6"),
        ("$5*2*$6", "$52$6"),
        ("`$HOME` and `$PATH`", "$HOME and $PATH"),
        ("```\n$x\n```\n\n*a*$", "$x\n\na$"),
        ("\\[1\\] and \\[see *this*\\]", "[1] and [see this]"),
        ("$a\n\n*b*$", "$a\n\nb$"),
        ("$$a\n\n*b*$$", "$$a\n\nb$$"),
        ("| a | $|x|$ |\n|---|---|\n| 1 | 2 |", "a\t$|x|$\n1\t2"),
        ("\ue000 $a*b*c$ *d* \ue0000\ue000", "\ue000 $a*b*c$ d \ue0000\ue000"),
    ],
)
def test_what_is_a_formula_is_told_from_money_and_code(before, after):
    assert edited(Markdown(), before) == [after]


def test_a_formula_in_the_target_of_a_link_comes_back():
    assert edited(Markdown(links="target"), "[a](http://b.c/$d_e$)") == ["a (http://b.c/$d_e$)"]


def test_names_of_python_keep_their_underscores():
    code = (
        "from __future__ import x\n"
        'class A:\n  def __init__(self):\n  super().__init__()\nif __name__ == "__main__": f(__file__)'
    )

    flat = code.replace("\n  ", "\n")  # the indent goes, as the page says
    assert edited(Markdown(), f"{code} *x*") == [f"{flat} x"]
    assert edited(Markdown(), "__bold__ and (__bold__) 很__好__") == ["bold and (bold) 很__好__"]


@pytest.mark.parametrize(
    ("settings", "before", "after"),
    [
        ({"code": "drop"}, "a\n\n```\nx\n```\n\nb `c`", "a\n\nb c"),
        ({"links": "target"}, "[a](http://b.c)", "a (http://b.c)"),
        ({"images": "drop"}, "x ![a](b)", "x"),
        ({"tables": "drop"}, "x\n\n| a |\n|---|\n| b |\n\ny", "x\n\ny"),
        ({"html": "keep"}, "*a* <b>c</b>", "a <b>c</b>"),
        ({"front_matter": "keep"}, "---\nt: 1\n---\n*a*", "---\nt: 1\n---\na"),
    ],
)
def test_settings_by_hand(settings, before, after):
    assert edited(Markdown(**settings), before) == [after]


@given(st.one_of(texts, st.text("*_`#>-[]()|\\\n ab1.&<", max_size=60)))
def test_any_text_is_read_and_no_letter_is_made_up(text):
    (plain,) = edited(Markdown(), text)
    made_up = {c for c in plain if c.isalpha()} - {c for c in html.unescape(text) if c.isalpha()}
    assert not made_up


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000,
        "*a **a " * 20_000,
        ">" * 50_000 + "a",
        "[a](" * 20_000,
        "|a" * 20_000 + "\n" + "|-" * 20_000,
        "\\[" * 50_000,
        "\\(a" * 50_000,
        "$$a" * 50_000,
        "$a " * 50_000,
        "__a" * 50_000,
        " ".join("`" * n for n in range(1, 400)),
        "$" * 99_999,
    ],
)
def test_hostile_text_takes_no_time_by_the_square(text):
    assert len(edited(Markdown(), text)[0]) <= len(text)


def test_deep_quotations_lose_nothing():
    assert edited(Markdown(), ">" * 200 + "a") == [">" * 200 + "a"]


def test_a_block_without_signs_is_not_copied():
    series = pl.Series(["plain", "你好"])

    assert Markdown().edit(Text(series)) is series
