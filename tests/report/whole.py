"""A report by hand with every kind of block, in English and Chinese, and the same with other words in every string."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import fields, is_dataclass, replace
from typing import Any, Literal

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

SETTLED: Set[str] = {"level", "kind", "side", "language"}
"""Fields whose strings are choices of ours, not words."""

RECIPE = """[recipe]
name = "support"  # what it is for
seed = 7

[[step]]
op = "filter.length"
min_words = 20
"""

BINS = tuple(
    Bin(low, low + 10, count) for low, count in ((0, 30), (10, 120), (20, 260), (30, 180), (40, 60), (50, 0), (60, 12))
)


def whole(language: Literal["en", "zh"] = "en") -> Report:
    """One section per theme, every kind of block in one of them."""
    chinese = language == "zh"
    titles = ("漏斗", "步骤", "分布", "样本", "来历") if chinese else ("Funnel", "Steps", "Shapes", "Samples", "Lineage")
    ids = ("funnel", "steps", "shapes", "samples", "lineage")
    made = (_funnel(chinese), _steps(chinese), _shapes(), _samples(chinese), _lineage())
    return Report(
        title="support@v3",
        subtitle="classification · 2026-01-02 03:04 UTC · dprep 0.1.0",
        verdict=("662 行中保留 512 行。",) if chinese else ("662 rows in, 512 kept; `min_words` dropped the most.",),
        notices=(
            Notice("error", "12 rows of `test` are in `train`" if not chinese else "`test` 中有 12 行与 `train` 重复", "steps"),
            Notice("warning", "the label `refund` has 3 rows" if not chinese else "标签 `refund` 仅 3 行", "samples-2"),
            Notice("good", "no twins across parts" if not chinese else "各部分之间没有近似重复"),
        ),
        sections=tuple(Section(*each) for each in zip(ids, titles, made, strict=True)),
        language=language,
    )


def _funnel(chinese: bool) -> tuple[Block, ...]:
    streams = (
        Stream("read", 0, 662, (), 662, ""),
        Stream("length", 662, 0, (("min_words", 150),), 512, "step-1"),
    )
    head = (Column("标签" if chinese else "label"), Column("rows", "number"), Column("share", "share"), Column("id", "code"))
    lines = tuple((f"label {place}", place * 1_000, place / 40, f"{place:04x}") for place in range(40))
    return (
        Prose("每一步的行数。" if chinese else "Rows through every step."),
        Figures((("rows", 512, "of 662"), ("labels", 7, ""), ("mean words", 31.25, "per row"), ("seed", None, ""))),
        Flow("Rows", streams, parts=(("train", 400), ("test", 112))),
        Table("标签" if chinese else "Labels", head, lines, most=30, filter=True),
        Prose("Of a sample.", soft=True),
    )


def _steps(chinese: bool) -> tuple[Block, ...]:
    diff = (
        '- {"id": "a1", "text": "Please  pay now"}\n+ {"id": "a1", "text": "Please pay today"}',
        '- {"id": "b2", "text": "short"}  # min_words',
        '  {"id": "c3", "text": "kept as it is"}',
        '+ {"id": "d4", "text": "a new row"}',
    )
    return (
        Subhead("length", "filter.length", "step-1"),
        Histogram("words", BINS, (Limit("min", 20), Limit("max", 55)), slider=True),
        RowDiff(diff, "first four"),
        Change("我要退款，谢谢。", "我要退货，谢谢！", "before", "after", "id `c3`"),
        Change("Where is my card?", "Where is my new card?", "row a", "row b", side_by_side=True),
        Fold("More" if not chinese else "更多", (Subhead("Inside", anchor="steps-inside"), Prose("Folded words."))),
    )


def _shapes() -> tuple[Block, ...]:
    points = tuple((float(x), 2.0 - x / 10) for x in range(12))
    return (
        Bars("Rows per part", ("train", "test"), (("ham", (300.0, 80.0)), ("spam", (100.0, 32.0)))),
        Distributions("words", (0.0, 10.0, 20.0, 30.0), (("train", (10, 20, 30)), ("test", (3, 9, 5)))),
        Lines(
            "loss",
            "step",
            "loss",
            (("train", points), ("validation", points[::3])),
            bands=(("range", ((0, 1, 2), (11, 0, 1))),),
        ),
        Heat("confusion", ("ham", "spam"), ("ham", "spam"), ((70.0, 10.0), (2.0, 30.0)), "true", "said", by_line=True),
        Scatter(
            "map", "variability", "confidence", ((0.1, 0.9, 20, 1.0), (0.3, 0.5, 4, 0.2)), (0, 0.5), (0, 1), (0.1, 0.1), "right"
        ),
    )


def _samples(chinese: bool) -> tuple[Block, ...]:
    texts = (("我的卡丢了", "zh"), ("my card is lost", "en"), ("ou est ma carte", "fr"), ("card\tstolen\nplease help", "en"))
    cards = tuple(
        Card(text, (("part", part), ("lang", lang)), f"row {place}")
        for part in ("train", "test")
        for place, (text, lang) in enumerate(texts)
    )
    return (
        Deck("抽样" if chinese else "Rows", cards, ("part", "lang")),
        Subhead("Links", anchor="samples-2"),
        Table(
            "Steps", (Column("step"), Column("rows", "number")), ((Link("length", "step-1"), 150), (Link("lost", "nowhere"), 0))
        ),
        Fold("Open", (Prose("Seen at once."),), open=True),
    )


def _lineage() -> tuple[Block, ...]:
    return (
        Source("recipe.toml", RECIPE, marks=((3, "lineage-seed"), (7, "step-1"))),
        Source("notes.txt", "plain\nwords\n", "text"),
        Command("dprep run recipe.toml --seed 7"),
        Notice("warning", "the library `torch` differs", "funnel"),
    )


def reworded(value: Any, words: Callable[[str], str], settled: Set[str] = SETTLED) -> Any:
    """`value` with other words in every string but those of the fields `settled`."""
    if isinstance(value, str):
        return words(value)
    if isinstance(value, tuple):
        return tuple(reworded(each, words, settled) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        changed = {each.name: getattr(value, each.name) for each in fields(value) if each.name not in settled}
        return replace(value, **{name: reworded(each, words, settled) for name, each in changed.items()})
    return value
