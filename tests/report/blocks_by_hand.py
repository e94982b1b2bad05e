"""A report with every kind of block in it, made by hand, and text that would do harm wherever it is not escaped."""

from __future__ import annotations

from typing import Any, get_args

from dprep.report.blocks import (
    Bars,
    Bin,
    Block,
    Card,
    Change,
    Column,
    Command,
    Deck,
    Distributions,
    Figures,
    Flow,
    Fold,
    Heat,
    Histogram,
    Limit,
    Lines,
    Link,
    Notice,
    Prose,
    Report,
    RowDiff,
    Scatter,
    Section,
    Source,
    Stream,
    Subhead,
    Table,
)

HOSTILE = (
    "</summary></details><script>alert(1)</script><img src=x onerror=alert(2)>|`tick @torvalds #1 GH-7 [a](javascript:alert(3))"
    " ![i](http://e.example/x.png) \x1b[31m\x1b]8;;http://e.example\x07\u202eabc\x00 https://e.example www.e.example "
    "$$x$$ ~~gone~~ **bold** <!-- --> &lt; ]]> ``` ````\r\n- item\n# head\n| a | b |\n|---|---|\n"
)
LETTERS = tuple("abcdefghij")


def every_block(text: str) -> tuple[Block, ...]:
    """All kinds, with `text` wherever there may be text."""
    return (*words(text), *charts(text), *rows(text))


def words(text: str) -> tuple[Block, ...]:
    head = (Column(f"name {text}"), Column("rows", "number"), Column("part", "share"), Column("code", "code"))
    table = Table(f"table {text}", head, ((text, 12345, 0.123, text), (Link(text, "s0"), None, 0.5, "中文")), filter=True)
    return (
        Prose(f"a `step` went {text}"),
        Prose(f"soft {text}", soft=True),
        Subhead(f"subhead {text}", text, "s0-1"),
        Notice("warning", f"`x` {text}", "s0"),
        table,
        Figures((("rows", 12345, text), (text, text, "of all"))),
        Command(f"dprep run {text}"),
        Fold(f"fold {text}", (Prose(f"inner {text}"), table)),
        Source(f"recipe {text}", f'[dataset]\nname = "x"\n{text}\n```', marks=((1, "s0"),)),
    )


def charts(text: str) -> tuple[Block, ...]:
    eighths = tuple(Bin(2 ** (n / 8), 2 ** ((n + 1) / 8), (n * 7) % 13 * 10) for n in range(80))
    flow = (
        Stream("read", 100, 0, (), 100),
        Stream(f"length {text}", 100, 5, (("min_words", 10), (text, 2)), 93, "step-1"),
    )
    return (
        Bars(f"bars {text}", ("a", "b", text), (("one", (1.0, 2.0, 3.0)), (text, (3.0, 2.0, 1.0)))),
        Bars("ranks", ("a", "b", "中文"), (("", (1.0, 2.0, 4.0)),), unit="rows"),
        Histogram("words", eighths, (Limit("min", 5), Limit("max", 500)), slider=True),
        Histogram(f"likeness {text}", tuple(Bin(n, n + 1, n) for n in range(5)), (Limit("threshold", 3),)),
        Distributions(f"lengths {text}", (0, 1, 2, 3, 4), (("train", (1, 2, 3, 4)), (text, (0, 0, 10, 0)))),
        Lines(f"loss {text}", "step", "loss", (("train", ((0, 8.0), (1, 4.0), (2, 6.0))), (text, ((0, 1.0),))), log=True),
        Lines("calibration", "said", "true", (), bands=(("sure", ((0, 0.1, 0.2), (1, 0.05, 0.3))),), diagonal=True),
        Flow(f"flow {text}", flow, parts=(("train", 80), (text, 13))),
        Heat(f"heat {text}", ("a", "b"), ("a", text), ((1, 2), (3, 4)), "true", "said"),
        Heat("confused", LETTERS, LETTERS, tuple(tuple(i * j % 7 for i in range(10)) for j in range(10)), text, "said"),
        Scatter(f"map {text}", "sure", "varies", ((0.1, 0.1, 5, 0.5), (0.2, 0.2, 9, 1.0)), (0, 1), (0, 1), (0.1, 0.1), text),
    )


def rows(text: str) -> tuple[Block, ...]:
    cards = tuple(Card(f"card {text}", (("part", "train"), ("label", text)), f"row {n}") for n in range(9))
    return (
        Change(f"the quick fox {text}", f"the slow fox jumped {text}", "before", text, f"note {text}"),
        Change("订单已经取消", "订单没有取消", "a", text, "similarity 0.9", side_by_side=True),
        RowDiff(('- {"text": "a"}  # min_words', f'+ {{"text": "{text}"}}'), note=text),
        Deck(f"deck {text}", cards, ("part", "label")),
    )


def by_hand(text: str, language: Any = "en", times: int = 1) -> Report:
    """`times`: sections, all alike."""
    notices = (Notice("error", f"leaks `x` {text}", "s0"), Notice("good", "fine"))
    sections = tuple(Section(f"s{n}", f"section {n} {text}", every_block(text)) for n in range(times))
    return Report("support@v3", f"classification {text}", (f"3 rows in, `length` dropped {text}",), notices, sections, language)


def kinds() -> set[type]:
    """Of blocks that there are: a new one must come into `every_block`."""
    return set(get_args(Block))
