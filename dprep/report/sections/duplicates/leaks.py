"""What the check for leaks has found between parts, as the manifest tells, with texts of a few."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dprep.report.reading.found import Found
from dprep.report.reading.rows_by_id import Shown, excerpts, rows_by_id

EXAMPLES = 3
"""Shown of each two parts."""
MOST = 12
"""Shown in all."""


@dataclass(frozen=True)
class Pair:
    """`part` against `against`: how many of its `rows` are there too, as an equal text, as a child or nearly."""

    part: str
    against: str
    rows: int
    exact: int
    child: int
    near: int


@dataclass(frozen=True)
class Example:
    """Two rows in two parts. `texts` may be empty where a row is not in the version any more."""

    part: str
    against: str
    why: str
    origins: tuple[str, str]
    labels: tuple[str, str]
    dropped: bool
    texts: tuple[str, str]


@dataclass(frozen=True)
class Leaks:
    """One check. left: rows that leak and are still there; taken: rows that were dropped for it."""

    number: int
    name: str
    leak: str
    nearly: bool
    """Whether near twins were looked for."""
    threshold: float
    left: int
    taken: int
    extends: str
    """The version whose rows were not compared."""
    pairs: tuple[Pair, ...]
    examples: tuple[Example, ...]


def leaks(found: Found) -> tuple[Leaks, ...]:
    """Every step `dedup.leaks` of the version that has noted what it found."""
    return tuple(
        _check(found, number, entry, found.steps[entry["name"]])
        for number, entry in enumerate(found.ledger["steps"])
        if entry["op"] == "dedup.leaks" and "pairs" in found.steps.get(entry["name"], {}).get("notes", {})
    )


def _check(found: Found, number: int, entry: Mapping[str, Any], step: Mapping[str, Any]) -> Leaks:
    parameters, notes, base = step["parameters"], step["notes"], found.manifest.get("extends")
    return Leaks(
        number,
        entry["name"],
        str(parameters.get("leak", "")),
        parameters.get("check") == "near",
        float(parameters.get("threshold", 0.8)),
        sum(count for reason, count in entry.get("counts", {}).items() if reason.startswith("leak.")),
        int(entry["dropped"]),
        f"{base['dataset']}@{base['version']}" if base else "",
        tuple(Pair(*(pair[name] for name in ("part", "against", "rows", "exact", "child", "near"))) for pair in notes["pairs"]),
        _examples(found, notes["pairs"], tuple(step.get("columns") or ())),
    )


def _examples(found: Found, pairs: list[Mapping[str, Any]], columns: tuple[str, ...]) -> tuple[Example, ...]:
    few = [(pair, one) for pair in pairs for one in pair["examples"][:EXAMPLES]][:MOST]
    there = rows_by_id(found, (one[side]["id"] for _, one in few for side in ("row", "twin")), columns)
    return tuple(_example(pair, one, there.get(one["row"]["id"]), there.get(one["twin"]["id"])) for pair, one in few)


def _example(pair: Mapping[str, Any], one: Mapping[str, Any], row: Shown | None, twin: Shown | None) -> Example:
    text, (other,) = excerpts(row.text if row else "", [twin.text if twin else ""])
    return Example(
        pair["part"],
        pair["against"],
        one["why"],
        (one["row"]["origin"], one["twin"]["origin"]),
        (row.label if row else "", twin.label if twin else ""),
        any(side is None or bool(side.dropped_by) for side in (row, twin)),
        (text, other),
    )
