"""Which languages the rows of each part are in: as tagged, or guessed on a few of them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from dprep.base.text import Text
from dprep.models.langid import identifier
from dprep.report.blocks import Bars, Block, Prose, Subhead
from dprep.report.say import Say
from dprep.report.sections.portrait.reading import PartTexts, Reading

ANCHOR = "portrait-languages"
SHOWN = 12
"""Languages told of by name."""
COLUMN = "lang"
_GUESSED = 2_000
"""Rows guessed, of all parts together."""
_CHARACTERS = 200
_SURE = 0.5
"""Score below which a guess is none: of titles and short messages one in ten is taken for Finnish or Tagalog."""
UNKNOWN = "und"


@dataclass(frozen=True)
class PartLanguages:
    """`languages`: (code, rows), the most frequent first, at most SHOWN; `others`: rows in the rest; `rows`: of all."""

    part: str
    rows: int
    languages: tuple[tuple[str, int], ...]
    others: int


@dataclass(frozen=True)
class Languages:
    """`guessed`: by the language identifier, on a few rows; else counted from the column `lang` of all rows."""

    guessed: bool
    parts: tuple[PartLanguages, ...]


def look(reading: Reading) -> Languages:
    """Count the column of all rows where there is one; else guess."""
    tagged = reading.found.manifest["columns"].get(COLUMN) == "String"
    if tagged:
        return Languages(False, tuple(_tagged(reading, part) for part in reading.parts))
    most = _GUESSED // max(1, len(reading.parts))
    return Languages(True, tuple(_guessed(part, most) for part in reading.parts))


def _tagged(reading: Reading, part: PartTexts) -> PartLanguages:
    rows = reading.found.version.scan(part.name).select(pl.col(COLUMN).fill_null(UNKNOWN))
    return _counted(part.name, rows.group_by(COLUMN).len().collect(engine="streaming"))


def _guessed(part: PartTexts, most: int) -> PartLanguages:
    """What is written in han characters alone is Chinese: a model that reads bytes is unsure of headlines full of names."""
    texts = part.texts.head(most)
    told = identifier(_CHARACTERS)(Text(texts))
    guesses = pl.DataFrame({"text": texts, COLUMN: told.languages, "score": told.scores}).with_columns(
        han=pl.col("text").str.count_matches(r"\p{Han}"), letters=pl.col("text").str.count_matches(r"\p{L}")
    )
    chinese = (pl.col("han") > 0) & (pl.col("han") >= 0.8 * pl.col("letters"))
    named = pl.when(chinese).then(pl.lit("zh")).when(pl.col("score") >= _SURE).then(COLUMN).otherwise(pl.lit(UNKNOWN))
    return _counted(part.name, guesses.select(named.alias(COLUMN)).group_by(COLUMN).len())


def _counted(part: str, counts: pl.DataFrame) -> PartLanguages:
    ordered = [(str(code), int(count)) for code, count in counts.sort(["len", COLUMN], descending=[True, False]).iter_rows()]
    shown, rest = ordered[:SHOWN], ordered[SHOWN:]
    return PartLanguages(part, sum(count for _, count in ordered), tuple(shown), sum(count for _, count in rest))


def blocks(facts: Languages, say: Say) -> list[Block]:
    """A bar per part, in shares."""
    sums: dict[str, int] = {}
    for part in facts.parts:
        for code, count in part.languages:
            sums[code] = sums.get(code, 0) + count
    order = sorted(sums, key=lambda code: (-sums[code], code))[:SHOWN]
    counts = [(dict(part.languages), part.rows) for part in facts.parts]
    series = [
        (
            say("not known") if code == UNKNOWN else code,
            tuple(round(100 * own.get(code, 0) / max(1, rows), 3) for own, rows in counts),
        )
        for code in order
    ]
    left = tuple(round(100 - sum(values[n] for _, values in series), 3) for n in range(len(counts)))
    if any(value > 0.01 for value in left):
        series.append((say("other languages"), tuple(max(0.0, value) for value in left)))
    bars = Bars(say("Rows by language"), tuple(part.part for part in facts.parts), tuple(series), unit=say("% of rows"))
    return [Subhead(say("Languages"), anchor=ANCHOR), bars, Prose(_how(facts, say), soft=True)]


def _how(facts: Languages, say: Say) -> str:
    if not facts.guessed:
        return say("As the column `lang` tells, of all rows.")
    return say(
        "A guess from the first {characters} characters of {rows} rows, not known where it is unsure; `tag.language` in the "
        "recipe tells it of all rows.",
        characters=_CHARACTERS,
        rows=sum(part.rows for part in facts.parts),
    )
