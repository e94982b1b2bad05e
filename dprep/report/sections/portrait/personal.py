"""Personal data: what the recipe masked, by the books, and what the rows read still hold. Values are never shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.report.blocks import Block, Cell, Column, Notice, Prose, Subhead, Table
from dprep.report.numbers import share
from dprep.report.say import Say
from dprep.report.sections.portrait.reading import PartTexts, Reading

ANCHOR = "portrait-personal"
ACT = 0.002
"""Share of the rows read with e-mail addresses and the like from which on a person is told."""
_SHAPES = {
    "email": r"[\w.+%-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}",
    "ip": r"\b(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]\d)\.)(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){2}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b",
    "phone": r"\+\d{1,3}[ (.-]{0,2}\d(?:[ ().-]{0,2}\d){6,12}\b",
    "cn_mobile": r"(?:^|[^\d.,])1[3-9]\d{9}(?:$|[^\d.,])",
    "cn_id": r"(?:^|\D)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?:$|\D)",
}
"""What looks like personal data, where no step of the recipe brings the detector."""
_NOBODYS_IP = (
    r"\b(?:(?:10|127)\.\d{1,3}|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|198\.1[89]|2(?:2[4-9]|[345]\d)\.\d{1,3})"
    r"\.\d{1,3}\.\d{1,3}\b|\b(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}\b"
)
"""Addresses of private and local networks, masks, those of examples (RFC 6890): manuals are full of them."""
_NOBODYS = r"@(?:[\w-]+\.)*(?:example\.(?:com|org|net)|[\w-]+\.(?:test|example|invalid|local))\b"


@dataclass(frozen=True)
class Masked:
    """What a step masked in all rows that it saw, by kind."""

    step: str
    kinds: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Left:
    """Of the rows read of a part: finds by kind, and the rows that hold any."""

    part: str
    read: int
    rows: int
    kinds: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Personal:
    """`detector`: found by the rules of `clean.pii`; else by shape alone."""

    detector: bool
    masked: tuple[Masked, ...]
    left: tuple[Left, ...]


def look(reading: Reading) -> Personal:
    """The recipe's own detector where a step brought it, so that no first run compiles it for this page; else shapes."""
    steps = reading.found.manifest["steps"]
    parameters = next((step["parameters"] for op in ("clean.pii", "tag.pii") for step in steps if step["op"] == op), None)
    masked = _masked(reading.found.ledger)
    if parameters is not None:
        try:
            return Personal(True, masked, tuple(_detected(part, parameters) for part in reading.parts))
        except Error:  # made elsewhere, and the library that knows phone numbers is not here
            pass
    return Personal(False, masked, tuple(_shaped(part) for part in reading.parts))


def _masked(ledger: Mapping[str, Any]) -> tuple[Masked, ...]:
    steps = [step for step in ledger["steps"] if step["op"] == "clean.pii"]
    return tuple(
        Masked(step["name"], tuple(sorted(step["counts"].items(), key=lambda kind: (-kind[1], kind[0])))) for step in steps
    )


def _detected(part: PartTexts, parameters: Mapping[str, Any]) -> Left:
    """By the operator itself, with its parameters: what it would mask again."""
    from dprep.ops.clean.pii import Pii

    asked = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in parameters.items()
        if name in Pii.model_fields
    }
    counts = Pii.model_validate(asked).counts(Text(part.texts), part.texts)
    return _left(part, {str(kind): series for kind, series in counts.items()})


def _shaped(part: PartTexts) -> Left:
    """By regular expressions, on the rows that have an `@` or a run of digits at all."""
    some = part.texts.filter(part.texts.str.contains(r"@|\d{2}"))
    counts = {kind: some.str.count_matches(shape).cast(pl.Int64) for kind, shape in _SHAPES.items()}
    for kind, nobodys in (("email", _NOBODYS), ("ip", _NOBODYS_IP)):
        counts[kind] = (counts[kind] - some.str.count_matches(nobodys).cast(pl.Int64)).clip(0)
    return _left(part, counts)


def _left(part: PartTexts, counts: Mapping[str, pl.Series]) -> Left:
    sums = {kind: int(series.sum()) for kind, series in counts.items()}
    rows = int(pl.DataFrame(dict(counts)).sum_horizontal().gt(0).sum()) if counts else 0
    return Left(
        part.name,
        len(part.texts),
        rows,
        tuple(sorted(((k, n) for k, n in sums.items() if n), key=lambda kind: (-kind[1], kind[0]))),
    )


def blocks(facts: Personal, say: Say) -> list[Block]:
    """A line per kind."""
    told: list[Block] = [Subhead(say("Personal data"), anchor=ANCHOR)]
    masked = tuple((step.step, kind, count) for step in facts.masked for kind, count in step.kinds if count)
    if masked:
        head = (Column(say("Step")), Column(say("Kind")), Column(say("Masked"), "number"))
        told.append(Table(say("Masked by the recipe, in all rows"), head, masked))
    kinds = sorted({kind for part in facts.left for kind, _ in part.kinds})
    if kinds:
        parts = tuple(Column(part.part, "number") for part in facts.left)
        counts = [dict(part.kinds) for part in facts.left]
        lines: tuple[tuple[Cell, ...], ...] = tuple((kind, *(own.get(kind, 0) for own in counts)) for kind in kinds)
        told.append(Table(say("Left in the rows read"), (Column(say("Kind")), *parts), lines))
    else:
        told.append(Prose(say("None was found in the {n} rows read.", n=sum(part.read for part in facts.left))))
    told.append(Prose(_how(facts, say), soft=True))
    return told


def _how(facts: Personal, say: Say) -> str:
    if facts.detector:
        return say("As `clean.pii` finds it. Names and street addresses are not looked for.")
    return say(
        "By shape alone: e-mail and network addresses, phone numbers with `+`, Chinese mobile and identity numbers. "
        "`clean.pii` knows more kinds and checks them; nobody looks for names and street addresses."
    )


def notices(facts: Personal, say: Say) -> list[Notice]:
    """Where personal data is left."""
    rows, read = sum(part.rows for part in facts.left), sum(part.read for part in facts.left)
    if rows <= ACT * read:
        return []
    if facts.detector:
        sentence = say("{share} of the rows read still hold personal data by the rules of `clean.pii`", share=share(rows, read))
    else:
        sentence = say(
            "{share} of the rows read hold what looks like personal data: `clean.pii` masks it", share=share(rows, read)
        )
    return [Notice("warning", sentence, ANCHOR)]
