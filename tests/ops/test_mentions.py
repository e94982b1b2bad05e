from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.ops.clean.mentions import Mentions
from tests.ops.strange import PIECES, edited

SOUP = [
    "@",
    "#",
    "＠",
    "＃",
    "RT ",
    "//",
    ":",
    "：",
    "ann",
    "bob_1",
    "张三",
    "话题",
    "1",
    "fff",
    " ",
    "\n",
    "/",
    "&",
    "-",
    "_",
    ".",
    "é",
]
soups = st.lists(st.sampled_from(SOUP + PIECES), max_size=14).map("".join)
settings_of = st.fixed_dictionaries(
    {
        "users": st.booleans(),
        "replacement": st.sampled_from(["", "@user", "某人"]),
        "hashtags": st.sampled_from(["word", "remove", "keep"]),
        "reposts": st.booleans(),
    }
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("@ann", ""),
        ("hi @ann_1, and @bob-by!", "hi , and !"),
        (".@ann (@bob) “@cy”", ". () “”"),
        ("@ann@mastodon.example says", " says"),
        ("@ann: hi", ": hi"),
        ("@José @мария", " "),
        ("@" + "a" * 50, ""),
        ("@" + "a" * 51, "@" + "a" * 51),
        ("＠ann ＠张三 好", "  好"),
        ("@张三 你好", " 你好"),
        ("谢谢@张三：好", "谢谢：好"),
        ("@张三@李四 好", " 好"),
        ("@张三你好，", "张三你好，"),
        ("@张三你好。@李四你好！@王五你好？", "张三你好。李四你好！王五你好？"),
        ("对@子琳Windy说：您好", "对说：您好"),
        ("對@張三說:您好", "對說:您好"),
        ("@Windy说：好", "说：好"),
        ("@小说：好 @说：好", "：好 ：好"),
        ("好//@听张三说：同意", "好同意"),
        ("@张三说 好", " 好"),
        ("@" + "张" * 15 + "说：好", "说：好"),
        ("@" + "张" * 16 + "说：好", "张" * 16 + "说：好"),
        ("(分享自@今日头条)好", "(分享自)好"),
        ("（分享自@今日头条）好", "（分享自）好"),
        ("【关注@粤语情感热线】《@张三》「@李四」“@王五”", "【关注】《》「」“”"),
        ("@张三、@李四（北京）", "、（北京）"),
        ("@" + "张" * 15 + " 好", " 好"),
        ("@" + "张" * 16 + " 好", "张" * 16 + " 好"),
        ("RT @ann: hi", "hi"),
        ("so RT @ann hi", "so hi"),
        ("SMART @ann", "SMART "),
        ("真好//@张三:同意//@李四：是", "真好同意是"),
        ("a@example.org, me.you@x.cn, 张a@b.c", "a@example.org, me.you@x.cn, 张a@b.c"),
        ("3 @ $5 and @ and @, x@", "3 @ $5 and @ and @, x@"),
        ("https://medium.com/@ann/x", "https://medium.com/@ann/x"),
    ],
)
def test_mentions_by_hand(before, after):
    assert edited(Mentions(hashtags="keep"), before) == [after]


@pytest.mark.parametrize(
    ("before", "word", "nothing"),
    [
        ("#win", "win", ""),
        ("so #BigData_2, #9lives!", "so BigData_2, 9lives!", "so , !"),
        ("#été #日本", "été 日本", " "),
        ("＃话题＃好", "话题好", "好"),
        ("#爸爸去哪儿#好看", "爸爸去哪儿好看", "好看"),
        ("#a b 话题#好", "a b 话题好", "好"),
        ("#甲##乙#丙", "甲乙丙", "丙"),
        ("#你好 #世界", "你好 世界", " "),
        ("C# F# a#b", "C# F# a#b", "C# F# a#b"),
        ("#1 #12 №#3", "#1 #12 №#3", "#1 #12 №#3"),
        ("#fff #FFF #1a2b3c #00ff0080", "#fff #FFF #1a2b3c #00ff0080", "#fff #FFF #1a2b3c #00ff0080"),
        ("#add #face #ab1de", "add face ab1de", "  "),
        ("# Title\n## More", "# Title\n## More", "# Title\n## More"),
        ("&#39; http://a.b/#x page#y", "&#39; http://a.b/#x page#y", "&#39; http://a.b/#x page#y"),
        ("#", "#", "#"),
    ],
)
def test_hashtags_by_hand(before, word, nothing):
    assert edited(Mentions(), before) == [word]
    assert edited(Mentions(hashtags="remove"), before) == [nothing]
    assert edited(Mentions(hashtags="keep"), before) == [before]


def test_a_topic_is_no_longer_than_its_limit():
    topic = "话 " * 69 + "话"

    assert edited(Mentions(hashtags="remove"), f"#{topic}话#好") == ["好"]
    assert edited(Mentions(hashtags="remove"), f"#{topic}话话#好") == [f" {topic[2:]}话话"]


def test_a_replacement_stands_for_each_mention():
    assert edited(Mentions(replacement="@user"), "@a @b: @user") == ["@user @user: @user"]
    assert edited(Mentions(users=False), "@a RT @b: c") == ["@a c"]
    assert edited(Mentions(users=False, reposts=False), "@a RT @b: c") == ["@a RT @b: c"]


@given(soups, settings_of)
@settings(max_examples=300, deadline=None)
def test_twice_is_once(text, parameters):
    op = Mentions(**parameters)
    once = edited(op, text)

    assert edited(op, *once) == once


@given(st.lists(soups, max_size=6), settings_of)
@settings(max_examples=100, deadline=None)
def test_rows_do_not_see_each_other(rows, parameters):
    op = Mentions(**parameters)

    assert edited(op, *rows) == [edited(op, row)[0] for row in rows]


@pytest.mark.parametrize(
    "text", ["@" * 300_000, "#" * 300_000, "@a" * 200_000, "#话" * 100_000, "//@" * 100_000, "x" * 1_000_000]
)
def test_hostile_texts_end_and_are_done_at_once(text):
    op = Mentions(replacement="@user")
    once = edited(op, text)
    assert edited(op, *once) == once
