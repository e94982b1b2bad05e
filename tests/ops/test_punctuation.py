from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import Text
from dprep.ops.clean.punctuation import Punctuation
from tests.ops.strange import edited, texts

MARKS = [
    *',.?!:;()[]"“”‘’「」『』，。？！：；（）、…⋯`/-',
    "...",
    "://",
    " ",
    "\n",
    "好",
    "一",
    "a",
    "7",
    "か",
    "\U00020bb7",
    "😀",
]
mixtures = st.lists(st.sampled_from(MARKS), max_size=25).map("".join)
WAYS = {"marks": ["full", "half", "keep"], "quotes": ["curly", "corner", "keep"], "ellipsis": ["full", "half", "keep"]}
settings_of = st.fixed_dictionaries({name: st.sampled_from(ways) for name, ways in WAYS.items()})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("你好,世界.", "你好，世界。"),
        ("你好, 世界. 真的?! 是的!!!", "你好，世界。真的？！是的！！！"),
        ("时间:3:30,价格:1,000.50元;", "时间：3:30，价格：1,000.50元；"),
        ("3.14,2.71", "3.14,2.71"),
        ("我用Python,很好.", "我用Python，很好。"),
        ("版本2.0,发布", "版本2.0，发布"),
        ("见说明.txt,谢谢", "见说明.txt，谢谢"),
        ("等等..还有", "等等..还有"),
        ("一.总则 二.分则", "一.总则 二.分则"),
        ("&nbsp;你好", "&nbsp;你好"),
        ('{"a":"你好","b":1}', '{"a":"你好","b":1}'),
        ("好:) 好:-) C::好", "好:) 好:-) C::好"),
        ("看图![图](a.png)和[链接](http://a.b)好", "看图![图](a.png)和[链接](http://a.b)好"),
        ("か,き", "か，き"),
        ("\U00020bb7,好", "\U00020bb7，好"),
        ("Hello, world. (Yes): no; really?!", "Hello, world. (Yes): no; really?!"),
        ("a, b\n好", "a, b\n好"),
    ],
)
def test_marks_by_hand(before, after):
    assert edited(Punctuation(), before) == [after]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("你好(世界)", "你好（世界）"),
        ("中国(China)很大", "中国（China）很大"),
        ("GDP(国内生产总值)", "GDP（国内生产总值）"),
        ("f(x)是函数", "f(x)是函数"),
        ("(注)说明", "（注）说明"),
        ("(a) b", "(a) b"),
        ("好(a(b)c)", "好（a(b)c）"),
        ("好（半)好(半）", "好（半）好（半）"),
        ("好(没有完\n好)", "好(没有完\n好)"),
        ("你好(世界).", "你好（世界）。"),
        ("a,(好)", "a,（好）"),
    ],
)
def test_parentheses_change_in_pairs(before, after):
    assert edited(Punctuation(), before) == [after]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(推荐) 插入", "（推荐）插入"),
        ("实验特性 （experimental）", "实验特性（experimental）"),
        (
            "常量传播 （Constant Propagation），下一个定义 (Definition) 前",
            "常量传播（Constant Propagation），下一个定义（Definition）前",
        ),
        ("好( 世界 )", "好（世界）"),
        ("GDP （国内生产总值） 2024", "GDP（国内生产总值）2024"),
        ("- (推荐) *插入*", "- （推荐） *插入*"),
        ("  （一） 总则\n  （二）", "  （一）总则\n  （二）"),
        ("正确的是（   ） A", "正确的是（   ） A"),
        ("Python (CPython) and （more） 2", "Python (CPython) and （more） 2"),
        ("是Python f(x) 的", "是Python f(x) 的"),
    ],
)
def test_blanks_beside_parentheses(before, after):
    assert edited(Punctuation(), before) == [after]


@pytest.mark.parametrize(
    "text",
    [
        "电话号码：(234) 567-8901",
        "计算：(6+2)*(2-2)",
        "得(3 × 4) ÷ 2",
        "步骤(1)",
        "[佛学].释净空.扫描版.pdf",
        "下载 一本书.第二册.(扫描).mp3 好",
    ],
)
def test_figures_in_parentheses_and_file_names_stay(text):
    assert edited(Punctuation(), text) == [text]


def test_a_full_stop_before_a_file_name_in_another_clause_changes():
    assert edited(Punctuation(), "好.见,说明.txt 好.是a.b好.") == ["好。见，说明.txt 好。是a.b好。"]


@pytest.mark.parametrize(
    "text",
    [
        "https://a.b/c?d=你好,世界.html",
        "https://例子.中国/路径,文件",
        "见 http://a.b/c,d;e:f 好",
        "`f(变量,值)`",
        "好 ``a`好,b`` 好",
        "好\n```\n打印(你好,世界)\n```",
        "```\n没完(你好,世界)",
    ],
)
def test_addresses_and_code_stay(text):
    assert edited(Punctuation(quotes="curly"), text) == [text]


def test_text_goes_on_after_an_address_and_after_code():
    assert edited(Punctuation(), "见http://a.b/c,很好.") == ["见http://a.b/c，很好。"]
    assert edited(Punctuation(), "用`a,b`,很好. 一个`没有完,好") == ["用`a,b`，很好。一个`没有完，好"]


@pytest.mark.parametrize(
    ("before", "curly", "corner"),
    [
        ('他说"你好"。', "他说“你好”。", "他说「你好」。"),
        ("他说“读‘论语’”", "他说“读‘论语’”", "他说「读『论语』」"),
        ("他说「读『论语』」", "他说“读‘论语’”", "他说「读『论语』」"),
        ("他说“hello”，", "他说“hello”，", "他说「hello」，"),
        ("He said “don’t” 好", "He said “don’t” 好", "He said “don’t” 好"),
        ("‘don’t好’", "‘don’t好’", "『don’t好』"),
        ('屏幕5"大', '屏幕5"大', '屏幕5"大'),
        ("没完“好\n好”", "没完“好\n好”", "没完“好\n好”"),
    ],
)
def test_quotes_change_in_pairs(before, curly, corner):
    assert edited(Punctuation(quotes="curly"), before) == [curly]
    assert edited(Punctuation(quotes="corner"), before) == [corner]


@pytest.mark.parametrize(
    ("before", "full", "half"),
    [
        ("好...", "好……", "好..."),
        ("好......好", "好……好", "好...好"),
        ("好…好", "好……好", "好...好"),
        ("好⋯⋯", "好……", "好..."),
        ("好。。。。", "好……", "好..."),
        ("好……。", "好……。", "好...。"),
        ("wait... what", "wait... what", "wait... what"),
        ("wait… what", "wait… what", "wait... what"),
        ("..好", "..好", "..好"),
    ],
)
def test_ellipses_by_hand(before, full, half):
    assert edited(Punctuation(), before) == [full]
    assert edited(Punctuation(marks="keep", ellipsis="half"), before) == [half]


def test_the_other_direction():
    op = Punctuation(marks="half", ellipsis="keep")

    assert edited(op, "你好，世界！（好）a、b；", "A（b）c。", "`好，好`") == ["你好, 世界! (好) a, b;", "A (b) c.", "`好，好`"]


@given(st.one_of(mixtures, texts), settings_of)
@settings(max_examples=400, deadline=None)
def test_twice_is_once(text, asked):
    op = Punctuation(**asked)
    once = edited(op, text)

    assert edited(op, *once) == once


@given(st.one_of(mixtures, texts), settings_of)
@settings(max_examples=300, deadline=None)
def test_nothing_but_marks_and_spaces_changes(text, asked):
    marks = ',.?!:;()"“”‘’「」『』，。？！：；（）、．…⋯ '
    rest = str.maketrans("", "", marks)

    assert edited(Punctuation(**asked), text)[0].translate(rest) == text.translate(rest)


def test_a_megabyte_on_one_line():
    assert edited(Punctuation(), "好," * 250_000) == ["好，" * 250_000]
    assert edited(Punctuation(), "好" + "(" * 1_000_000) == ["好" + "(" * 1_000_000]
    assert edited(Punctuation(), "好" + "` " * 100_000)[0].startswith("好`")


def test_text_without_chinese_is_not_copied():
    series = pl.Series(["plain, text (1)", "naïve..."])

    assert Punctuation().edit(Text(series)) is series


def test_a_text_knows_nothing_of_the_one_before():
    assert edited(Punctuation(), "a]", "(好)", "好", ",b", "(好", ")") == ["a]", "（好）", "好", ",b", "(好", ")"]
