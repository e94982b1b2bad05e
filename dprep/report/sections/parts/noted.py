"""What steps that decide over all rows have noted: how near a split came to what was asked, what was drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dprep.report.reading.found import Found

NAMED = 20
"""Groups that are named."""


@dataclass(frozen=True)
class Asked:
    """Rows that a part got when it was split, and was to get; deviation: in points, what chance may do where it decides."""

    part: str
    rows: int | None
    share: float
    asked: float | None
    asked_share: float | None
    deviation: float | None


@dataclass(frozen=True)
class Forced:
    """A class that its units keep off; off: rows; at_least: no placing of units comes nearer."""

    name: str
    parts: tuple[tuple[str, int, float], ...]
    off: float
    at_least: float


@dataclass(frozen=True)
class Split:
    """`off_rows` and `off_points`: of the class that is furthest off; None where nothing was asked of classes."""

    number: int
    name: str
    op: str
    rows: int
    parts: tuple[Asked, ...]
    classes: int | None
    beyond: int
    off_rows: float | None
    off_points: float | None
    forced: tuple[Forced, ...]
    units: int | None
    """Groups of rows that had to stay together, of more than one row."""
    unit_rows: int
    largest_unit: int
    held_out: tuple[tuple[str, tuple[str, ...]], ...]
    undated: int | None
    older: tuple[tuple[str, int], ...]
    short: tuple[tuple[int, int], ...]
    """(rows per class asked, classes that have fewer)."""


@dataclass(frozen=True)
class Group:
    """What a sample made of one group."""

    name: str
    rows_in: int
    rows_out: int
    epochs: float


@dataclass(frozen=True)
class Drawn:
    """A step of the family `sample`."""

    number: int
    name: str
    op: str
    rows_in: int
    rows_out: int
    groups: tuple[Group, ...]
    more: int


def _noted(found: Found, family: str) -> Iterator[tuple[int, Mapping[str, Any], Mapping[str, Any]]]:
    """(number, entry of the ledger, step of the manifest with its notes)."""
    for number, entry in enumerate(found.ledger["steps"]):
        if entry["op"].startswith(f"{family}.") and entry["name"] in found.steps:
            yield number, entry, found.steps[entry["name"]]


def splits(found: Found) -> tuple[Split, ...]:
    """Every step of the family `split`."""
    return tuple(_split(number, entry, step) for number, entry, step in _noted(found, "split"))


def _split(number: int, entry: Mapping[str, Any], step: Mapping[str, Any]) -> Split:
    notes = step.get("notes", {})
    units, off = notes.get("units", {}), notes.get("off", {})
    return Split(
        number,
        entry["name"],
        entry["op"],
        int(entry["in"]),
        _asked(notes, step["parameters"]),
        notes.get("classes") if "off" in notes else None,
        int(notes.get("classes_beyond", 0)),
        off.get("rows"),
        off.get("points"),
        tuple(_forced(each) for each in notes.get("beyond", [])),
        units.get("count"),
        int(units.get("rows", 0)),
        int(units.get("largest", 0)),
        tuple((part, tuple(names[:NAMED])) for part, names in notes.get("held_out", {}).items()),
        notes.get("undated_rows"),
        tuple((part, int(rows)) for part, rows in notes.get("older_rows", {}).items()),
        tuple((int(k), int(count)) for k, count in notes.get("short", {}).items()),
    )


def _asked(notes: Mapping[str, Any], parameters: Mapping[str, Any]) -> tuple[Asked, ...]:
    """The share that was asked is that of the recipe: what rows it comes to is noted."""
    ratios = {part: float(share) for part, share in (parameters.get("ratios") or {}).items()}
    shares = {part: round(ratio / sum(ratios.values()), 6) for part, ratio in ratios.items()}
    if "got" in notes:  # shares alone
        off = notes.get("standard_deviation", {})
        return tuple(
            Asked(part, None, round(got / 100, 6), None, round(notes["asked"][part] / 100, 6), off.get(part))
            for part, got in notes["got"].items()
        )
    told = notes.get("parts") or {part: {"rows": rows} for part, rows in notes.get("rows", {}).items()}
    whole = sum(each["rows"] for each in told.values())
    return tuple(
        Asked(part, each["rows"], round(each["rows"] / whole, 6) if whole else 0.0, each.get("asked"), shares.get(part), None)
        for part, each in told.items()
    )


def _forced(each: Mapping[str, Any]) -> Forced:
    parts = tuple((part, int(told["rows"]), float(told["asked"])) for part, told in each["parts"].items())
    return Forced(str(each["class"]), parts, float(each["off"]), float(each["at_least"]))


def drawn(found: Found) -> tuple[Drawn, ...]:
    """Every step of the family `sample`."""
    told = []
    for number, entry, step in _noted(found, "sample"):
        groups = step.get("notes", {}).get("groups", [])
        shown = tuple(Group(str(g["group"]), int(g["in"]), int(g["out"]), float(g["epochs"])) for g in groups[:NAMED])
        more = int(step.get("notes", {}).get("more_groups", 0)) + len(groups) - len(shown)
        told.append(Drawn(number, entry["name"], entry["op"], entry["in"], entry["out"], shown, more))
    return tuple(told)
