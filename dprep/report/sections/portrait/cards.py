"""Rows to look at: a few of every stratum, so that rare classes and languages are seen too."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dprep.report.blocks import Block, Card, Deck, Prose, Subhead
from dprep.report.say import Say
from dprep.report.sections.portrait.reading import Reading

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
    told = {"label": _labels(reading), "language": _languages(reading), "source": _sources(reading)}
    by = next((name for name, values in told.items() if values.n_unique() > 1), "source")
    strata = pl.DataFrame({"number": reading.part_of_row, by: told[by]}).with_row_index("place")
    sizes = strata.group_by("number", by).len().sort(["number", "len", by], descending=[False, True, False])
    ranked = sizes.with_columns(rank=pl.int_range(pl.len()).over("number"))
    turns = strata.with_columns(turn=pl.int_range(pl.len()).over("number", by)).filter(pl.col("turn") < ROWS)
    ordered = turns.join(ranked, on=["number", by]).sort(["turn", "rank", "number"])  # parts take turns: none is left out
    places = ordered.get_column("place").head(ROWS)
    texts = reading.texts.gather(places).str.slice(0, CHARACTERS)
    there = pl.DataFrame(
        {
            "id": _column(reading, "id").gather(places).str.slice(0, _FACT),
            "part": [reading.parts[number].name for number in reading.part_of_row[places].tolist()],
            **{name: values.gather(places) for name, values in told.items()},
            "text": texts,
            "characters": pl.concat([part.lengths for part in reading.parts]).gather(places),
        }
    )
    shown = there.filter(pl.col("text").str.len_bytes().cum_sum() <= BYTES)
    return Cards(by, len(sizes), tuple(Row(*row) for row in shown.iter_rows()))


def _column(reading: Reading, name: str) -> pl.Series:
    """(read rows of all parts,) empty where it is not there, or holds no words."""
    parts = [
        part.frame.get_column(name).fill_null("")
        if part.frame.schema.get(name) == pl.String
        else pl.repeat("", len(part.frame), dtype=pl.String, eager=True)
        for part in reading.parts
    ]
    return pl.concat([part.alias(name) for part in parts])


def _labels(reading: Reading) -> pl.Series:
    labels = reading.classes
    empty = pl.repeat("", len(reading.texts), dtype=pl.String, eager=True)
    return empty if labels is None else labels.fill_null("").str.slice(0, _FACT)


def _languages(reading: Reading) -> pl.Series:
    return _column(reading, "lang").str.slice(0, _FACT)


def _sources(reading: Reading) -> pl.Series:
    """Names of files."""
    return _column(reading, "origin").str.replace(r":\d+$", "").str.extract(r"([^/]*)$").str.slice(0, _FACT)


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
