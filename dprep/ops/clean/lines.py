"""Remove lines of capitals, digits and counters, lines of one word, and the stubs of shops and blogs.

Each line is judged alone, in this order: stubs are cut out of short lines (`inside` anywhere, `prefixes` and `suffixes` at
the ends); then the line goes if too many of its characters are upper-case letters, if it holds digits only, if it is a
counter ("1,204 likes", "3.4K followers", "12 条评论"), or if it has too few words. Empty lines stay, but no more than
`max_newlines` line feeds follow each other. What was removed is counted by kind in the report.

In mails and other text wrapped at a fixed width a line is neither cut nor judged where it goes on with the sentence of the
line before it: that line stays, has 45 characters or more, no end mark and no stub, and this one starts with a lower-case
letter ("…he came late that day" / "because"). Text wrapped narrower may lose such lines: join them first.

Use it on web pages, where `clean.c4_lines` would be too hard: it asks for no end mark. Do not use it on poems, tables, code
or headings that you want to keep (a one-word heading goes). To drop documents that lose much, compare the length before and
after: its source drops a page that loses more than 5 % of its words.

**Chinese.** Han have no case, so the rule for capitals does not act; `fewest_words` counts what blanks separate, so it would
remove every line of Chinese without a blank: a line with han, kana, hangul or another letter that has no case is never too
short. Counters are known in Chinese too (赞, 评论, 转发, 收藏, 浏览, 阅读, 播放, 粉丝).

Source: datamap-rs `configs/all_dressed/all_dressed_config.yaml` (bounds, stubs, English counters); the Chinese counters are
ours. Unlike the source, a counter must be the whole line, a line is judged as it stands after stubs were cut out of it, and
wrapped sentences keep their lines.

```toml
op = "clean.lines"
```
```diff
- {"text": "BUY NOW AND SAVE\\nThe lamp is made of brass. Read more...\\n1,204 likes\\n2024\\nHome"}
+ {"text": "The lamp is made of brass."}
  {"text": "The lamp is made of brass.\\n\\nIt was sold in 1920."}
- {"text": "Sign-in to continue\\n3 items in cart\\n今天天气很好。\\n12 条评论"}
+ {"text": "to continue\\n今天天气很好。"}
  {"text": "你好！\\n我们去公园。"}
  {"text": "NASA and ESA said so on Monday."}
  {"text": "The lamp was not sold in the year when they wanted to,\\nbecause\\nit was broken."}
```

```toml
op = "clean.lines"
fewest_words = 0
counters = false
inside = []
suffixes = ["(more)"]
max_newlines = 1
```
```diff
- {"text": "Go on (more)\\n\\n\\n7 likes"}
+ {"text": "Go on\\n7 likes"}
  {"text": "Home\\nAbout"}
```
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Annotated

import polars as pl
from annotated_types import Ge, Le

from dprep.base.operator import Clean, Words
from dprep.base.text import Text
from dprep.ops.clean._lines import Edited, counted, exploded, protected, without

COUNTER = (
    r"(?i)^\W*\d[\d,.]*(?:[kmb]|千|万|亿)?(?:\s+(?:likes?|shares?|comments?|retweets?|reposts?|quotes?|bookmarks?|upvotes?|"
    r"downvotes?|downloads?|views?|followers?)|\s*(?:个|条|次|人|位)?\s*(?:点?赞|评论|转发|分享|收藏|浏览|阅读|播放|粉丝|关注|下载))\W*$"
)
_UNCASED = r"[\p{Lo}]"
_KINDS = ("capitals", "digits", "counter", "few_words")


class Lines(Clean):
    max_upper_case: Annotated[float, Ge(0), Le(1)] = 0.5
    """Largest share of upper-case letters among the characters of a line."""

    digits: bool = True
    """Remove lines of digits only."""

    counters: bool = True
    """Remove lines that are a number and what it counts: likes, shares, comments, views, followers."""

    fewest_words: Annotated[int, Ge(0)] = 2
    """Fewest words of a line that is not empty; a word is what blanks separate."""

    inside: Words = ("items in cart",)
    """Cut out of short lines wherever they stand; case is ignored."""

    prefixes: Words = ("Sign-in",)
    """Cut off the start of short lines; case is ignored."""

    suffixes: Words = ("Read more...",)
    """Cut off the end of short lines; case is ignored."""

    short_words: Annotated[int, Ge(1)] = 10
    """Most words of a line that stubs are cut out of."""

    max_newlines: Annotated[int, Ge(1), Le(1000)] = 2
    """Longest run of line feeds."""

    def edit(self, text: Text) -> pl.Series:
        return text.once(_editor(self)).texts

    def counts(self, before: Text, after: pl.Series) -> dict[str, pl.Series]:
        """Lines removed by rule, and lines that stubs were cut out of."""
        return before.once(_editor(self)).counts


@cache
def _editor(op: Lines) -> Callable[[Text], Edited]:
    def edited(text: Text) -> Edited:
        lines = _without_stubs(op, exploded(text))
        lines = lines.with_columns(kind=pl.when(pl.col("emptied")).then(pl.lit("emptied")).otherwise(_kind(op)))
        lines = _spared(lines)
        done = without(text, lines, _KINDS)
        few = "\n" * op.max_newlines
        texts = done.texts.str.replace_all(rf"\n{{{op.max_newlines + 1},}}", few).str.strip_chars("\n")
        cut = lines.with_columns(kind=pl.when("stub").then(pl.lit("stub")))
        return Edited(texts, done.counts | counted(len(text), cut, ["stub"]))

    return edited


def _spared(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines that go on with a wrapped sentence as they came, neither cut nor judged."""
    judged = lines.select("row", line="whole", bad=pl.col("kind").is_not_null(), stub="stub")
    marked = lines.with_columns(protected(judged, pl.col("bad"), wrapped=~pl.col("stub")).get_column("protected"))
    return marked.with_columns(
        line=pl.when("protected").then("whole").otherwise("line"),
        kind=pl.when(~pl.col("protected")).then("kind"),
        stub=pl.col("stub") & ~pl.col("protected"),
    )


def _kind(op: Lines) -> pl.Expr:
    """The rule that removes a line, or null."""
    line, size = pl.col("line"), pl.col("line").str.len_chars()
    upper = line.str.count_matches(r"\p{Uppercase}") > op.max_upper_case * size
    few = (line.str.count_matches(r"\S+") < op.fewest_words) & ~line.str.contains(_UNCASED)
    kind = pl.when(size == 0).then(None).when(upper).then(pl.lit("capitals"))
    kind = kind.when(op.digits & line.str.contains(r"^\d+$")).then(pl.lit("digits"))
    kind = kind.when(op.counters & line.str.contains(COUNTER)).then(pl.lit("counter"))
    return kind.when(few).then(pl.lit("few_words"))


def _without_stubs(op: Lines, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines with stubs cut out; `whole` is what they were, `stub` whether they had one, `emptied` whether it was all."""
    lines = lines.with_columns(whole="line", stub=False, emptied=False)
    stubs = [stub for stub in (*op.inside, *op.prefixes, *op.suffixes) if stub]
    if not stubs:
        return lines
    found = pl.col("line").str.contains_any(stubs, ascii_case_insensitive=True)
    short = pl.col("line").str.count_matches(r"\S+") <= op.short_words
    places = lines.select((found & short).arg_true()).to_series()
    before = lines.get_column("line").gather(places)
    after = pl.Series([_cut(line, op.inside, op.prefixes, op.suffixes) for line in before], dtype=pl.String)
    cut = before != after
    return lines.with_columns(
        line=lines.get_column("line").scatter(places, after),
        stub=lines.get_column("stub").scatter(places, cut),
        emptied=lines.get_column("emptied").scatter(places, cut & (after.str.strip_chars() == "")),
    )


def _cut(line: str, inside: tuple[str, ...], prefixes: tuple[str, ...], suffixes: tuple[str, ...]) -> str:
    """`line` without its stubs and the blank before (or, for a prefix, after) each, until none is left."""
    while True:
        shorter = line
        for pattern in _patterns(inside, prefixes, suffixes):
            shorter = pattern.sub("", shorter)
        if shorter == line:
            return line
        line = shorter


@cache
def _patterns(inside: tuple[str, ...], prefixes: tuple[str, ...], suffixes: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    shapes = ((inside, r"\s?(?:{})"), (prefixes, r"^(?:{})\s?"), (suffixes, r"\s?(?:{})$"))
    listed = [(["|".join(re.escape(stub) for stub in stubs if stub)], shape) for stubs, shape in shapes]
    return tuple(re.compile(shape.format(words[0]), re.IGNORECASE | re.ASCII) for words, shape in listed if words[0])
