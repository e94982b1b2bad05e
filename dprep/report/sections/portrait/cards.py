"""Rows to look at: a few of every stratum, so that rare classes and languages are seen too."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dprep.report.blocks import Block, Card, Deck, Prose, Subhead
from dprep.report.say import Say
from dprep.report.sections.portrait.reading import PartTexts, Reading

ANCHOR = "portrait-rows"
ROWS = 60
CHARACTERS = 300
BYTES = 36_000
"""Of all texts shown together."""
_FACT = 80
"""Characters of a label, a source."""


@dataclass(frozen=True)
class Row:
    """`text`: its first CHARACTERS; `characters`: how long it is."""

    id: str
    part: str
    label: str
    language: str
    source: str
    text: str
    characters: int


@dataclass(frozen=True)
class Cards:
    """`strata`: how many there are, shown or not; `by`: the column beside the part that tells them apart."""

    by: str
    strata: int
    rows: tuple[Row, ...]


def look(reading: Reading) -> Cards:
    """Round by round the luckiest row of every stratum of part and label (or language, or source)."""
    whole = pl.concat([_told(part, number) for number, part in enumerate(reading.parts)])
    if reading.classes is not None:
        whole = whole.with_columns(reading.classes.alias("label").fill_null("").str.slice(0, _FACT))
    by = next((name for name in ("label", "language", "source") if whole.get_column(name).n_unique() > 1), "source")
    turns = whole.with_row_index("place").with_columns(turn=pl.int_range(pl.len()).over("part", by))
    sizes = turns.group_by("number", by).len().sort(["number", "len", by], descending=[False, True, False])
    ranked = sizes.with_columns(rank=pl.int_range(pl.len()).over("number"))
    ordered = turns.join(ranked, on=["number", by]).sort(["turn", "rank", "number"])  # parts take turns: none is left out
    first = ordered.head(ROWS)
    texts = reading.texts.gather(first.get_column("place")).str.slice(0, CHARACTERS)
    chosen = first.with_columns(text=texts).filter(pl.col("text").str.len_bytes().cum_sum() <= BYTES)
    rows = chosen.select("id", "part", "label", "language", "source", "text", "characters")
    return Cards(by, len(sizes), tuple(Row(*row) for row in rows.iter_rows()))


def _told(part: PartTexts, number: int) -> pl.DataFrame:
    """What cards tell of every row read, besides its text; rows stand in the order of luck."""
    frame = part.frame
    empty = pl.repeat("", len(frame), dtype=pl.String, eager=True)
    language = frame.get_column("lang").fill_null("") if frame.schema.get("lang") == pl.String else empty
    origin = frame.get_column("origin").fill_null("") if frame.schema.get("origin") == pl.String else empty
    source = origin.str.replace(r":\d+$", "").str.split("/").list.last().fill_null("")
    named = [("id", frame.get_column("id")), ("label", empty), ("language", language), ("source", source)]
    columns = [series.str.slice(0, _FACT).alias(name) for name, series in named]
    return pl.DataFrame([*columns, part.lengths.alias("characters")]).with_columns(
        part=pl.lit(part.name), number=pl.lit(number)
    )


def blocks(facts: Cards, say: Say) -> list[Block]:
    """The deck; facts that no row has are left out."""
    names = (("part", say("Part")), ("label", say("Label")), ("language", say("Language")), ("source", say("Source")))
    there = [(name, title) for name, title in names if any(getattr(row, name) for row in facts.rows)]
    cards = tuple(
        Card(_cut(row, say), (*((title, getattr(row, name)) for name, title in there), (say("Id"), row.id)))
        for row in facts.rows
    )
    told = say(
        "{shown} rows drawn by luck, in turns from {strata} groups of `part` and `{by}`: of rare groups there are more here "
        "than their share.",
        shown=len(cards),
        strata=facts.strata,
        by=facts.by,
    )
    return [
        Subhead(say("Rows to look at"), anchor=ANCHOR),
        Deck(say("Sample rows"), cards, tuple(title for _, title in there)),
        Prose(told, soft=True),
    ]


def _cut(row: Row, say: Say) -> str:
    if row.characters <= len(row.text):
        return row.text
    return row.text + " " + say("… ({n} characters)", n=row.characters)
