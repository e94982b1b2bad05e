"""The Chinese pages of `corpora/web/`: whole ones, and one for each rule of the Chinese pack. `expect` is as in web_en.py."""

from __future__ import annotations

from typing import Any

from web_en import Articles, Page

PACK = "chinese-web"


def pages(said: dict[str, Any], seed: int) -> list[Page]:
    """All of them. `said` is `pieces/web.zh.toml`."""
    articles = Articles(said["sentences"], seed)
    whole = [Page("", articles.paragraphs(15, joint="")) for _ in range(8)]
    return [*whole, *_shapes(said, articles), *_repetition(said, articles), *_others(said, articles, whole)]


def _page(rule: str, text: str, reason: str = "") -> Page:
    return Page(rule, text, {PACK: reason} if reason else {})


def _shapes(said: dict[str, Any], articles: Articles) -> list[Page]:
    menu = "\n".join([*said["names"] * 2, *[f"第{n}页" for n in "一二三四五六七八九十" * 3]])
    mostly_english = articles.paragraphs(9, joint="") + "\n" + said["english"]
    return [
        _page("fewer than 200 characters", said["short"], "length min_characters"),
        _page("lines of fewer than 10 characters", menu, "line_length min_average"),
        _page("fewer than 30 % han", mostly_english, "han condition"),
        _page("no stop words", said["no_stop_words"], "gopher_quality min_stop_words"),
        _page(
            "no line ends in an end mark",
            articles.paragraphs(15, joint="").replace("。\n", "\n")[:-1],
            "fineweb_quality min_terminal_lines",
        ),
    ]


def _repetition(said: dict[str, Any], articles: Articles) -> list[Page]:
    copies = "\n".join(line for pair in zip(articles.lines(8), [said["repeated"]] * 8, strict=True) for line in pair)
    refrain = "\n".join(line[:-1] + "，" + said["refrain"] + "。" for line in articles.lines(8))
    once = articles.lines(12)
    return [
        _page("more than 28.7 % of the lines are copies", copies, "gopher_repetition max_duplicate_lines"),
        _page("a clause comes again and again inside others", refrain, "gopher_repetition max_duplicate_5_grams"),
        _page(
            "more than 10 % of the characters stand in copied lines",
            "\n".join([*once, *once[2:4]]),
            "fineweb_quality max_duplicate_line_characters",
        ),
    ]


def _others(said: dict[str, Any], articles: Articles, whole: list[Page]) -> list[Page]:
    near = "昨天" + whole[1].text
    return [
        _page("Japanese", said["japanese"], "language keep"),
        _page(
            "more than 5 % of the characters are blocked words",
            said["blocked"] * 2 + articles.paragraphs(9, joint=""),
            "blocked_words max_share",
        ),
        _page("a copy of the first page", whole[0].text, "minhash duplicate"),
        _page("nearly the second page", near, "minhash duplicate"),
        _page("personal data to be masked", articles.paragraphs(9, joint="") + said["contact"]),
    ]
