"""What is known of duplicates, as plain values: from the books, the dropped rows and the marks in the version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dprep.report.reading.found import Found
from dprep.report.sections.duplicates.clusters import Clusters, dropped_clusters, marked_clusters
from dprep.report.sections.duplicates.crossing import Crossing, crossing
from dprep.report.sections.duplicates.leaks import Leaks, leaks
from dprep.store.ledger import bin_edges, bins

ID = "duplicates"
TWINS = ("exact", "minhash", "simhash", "semantic", "fields", "twins")
"""Operators of `dedup` whose dropped rows name the row that stayed in their place."""
INDEXES = ("against", "decontaminate")
"""Those that compare with rows of an index."""
SPANS = ("lines", "paragraphs", "substring")
"""Those that cut repeated pieces out of texts."""
LIKENESS = ("similarity", "estimate", "overlap")
"""What a step of this family measures of a row and its twin."""


_ONE = next(iter(bins(np.ones(1))))
"""The bin of likeness 1, which holds nothing above it."""


@dataclass(frozen=True)
class Bar:
    """`count` rows between `low` and `high`."""

    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Step:
    """One step of the family `dedup`, but for the check for leaks."""

    number: int
    """Its place in the ledger: `read` is 0."""
    name: str
    op: str
    kind: str
    """twins, index, spans or conflicts."""
    action: str
    """drop, mark or weight."""
    keep: str
    by: str
    threshold: float | None
    rows_in: int
    dropped: int
    changed: int
    equal: int
    """Of those measured, the rows that are equal to their twin in all that was compared."""
    near: int
    """The others."""
    counts: Mapping[str, int]
    """What was cut."""
    measure: str
    likeness: tuple[Bar, ...]
    """Histogram of how like their twin rows are, rising."""
    clusters: Clusters | None
    crossing: Crossing | None


@dataclass(frozen=True)
class Duplicates:
    """rows_in: of the version's recipe; dropped: by all steps of kind twins and index."""

    version: str
    """How it is asked for, `support@v3`; empty for a trial, which has no number."""
    rows_in: int
    parts: int
    dropped: int
    equal: int
    near: int
    edited_later: bool
    """Texts may have been changed by a step behind the first of these."""
    steps: tuple[Step, ...]
    leaks: tuple[Leaks, ...]


def facts(found: Found) -> Duplicates | None:
    """None where nothing was looked for."""
    steps = tuple(_step(found, number, entry) for number, entry in enumerate(found.ledger["steps"]) if _is_one(entry["op"]))
    checks = leaks(found)
    if not steps and not checks and "cluster" not in found.manifest["columns"]:
        return None
    gone = [step for step in steps if step.kind in {"twins", "index"} and step.action != "mark"]
    return Duplicates(
        f"{found.manifest['dataset']}@{found.manifest['version']}" if _is_numbered(found) else "",
        int(found.manifest["rows"]["in"]),
        len(found.parts),
        sum(step.dropped for step in gone),
        sum(step.equal for step in gone),
        sum(step.near for step in gone),
        bool(steps) and any(entry["op"].startswith("clean.") for entry in found.ledger["steps"][steps[0].number :]),
        steps,
        checks,
    )


def _is_numbered(found: Found) -> bool:
    version = str(found.manifest["version"])
    return version[:1] == "v" and version[1:].isdigit()


def _is_one(op: str) -> bool:
    return op.startswith("dedup.") and op != "dedup.leaks"


def _kind(op: str) -> str:
    name = op.partition(".")[2]
    if name == "conflicts":
        return "conflicts"
    return "index" if name in INDEXES else "spans" if name in SPANS else "twins"


def _step(found: Found, number: int, entry: Mapping[str, Any]) -> Step:
    told = found.steps.get(entry["name"], {})
    parameters = told.get("parameters", {})
    kind, action = _kind(entry["op"]), str(parameters.get("action", "drop"))
    measure = next((name for name in LIKENESS if name in entry["histograms"]), "")
    likeness = _bars(entry["histograms"].get(measure, {}))
    equal = sum(bar.count for bar in likeness if bar.low >= 1)
    threshold = parameters.get("threshold")
    clusters, crosses = _clusters(found, entry, kind, action)
    return Step(
        number,
        entry["name"],
        entry["op"],
        kind,
        action,
        str(parameters.get("keep", "")),
        str(parameters.get("by") or ""),
        float(threshold) if isinstance(threshold, (int, float)) else None,
        entry["in"],
        entry["dropped"],
        entry["changed"],
        equal,
        sum(bar.count for bar in likeness) - equal,
        dict(sorted(entry.get("counts", {}).items())),
        measure,
        likeness,
        clusters,
        crosses,
    )


def _clusters(found: Found, entry: Mapping[str, Any], kind: str, action: str) -> tuple[Clusters | None, Crossing | None]:
    if kind == "twins" and action == "mark":
        last = [step["name"] for step in found.manifest["steps"] if step["parameters"].get("action") == "mark"]
        mine = bool(last) and last[-1] == entry["name"]  # an earlier step's marks are written over
        return (marked_clusters(found, entry["name"]) if mine else None), None
    if kind in {"twins", "index"} and entry["dropped"]:
        return dropped_clusters(found, entry["name"], kind == "index"), crossing(found, entry["name"])
    return None, None


def _bars(counts: Mapping[str, int]) -> tuple[Bar, ...]:
    """The ledger's bins from the first to the last that holds a row; likenesses are above 0, and gaps are filled."""
    places = [int(place) for place in counts if int(place) > 0]
    found = [Bar(0.0, 0.0, counts["0"])] if counts.get("0") else []
    for place in range(min(places, default=1), max(places, default=0) + 1):
        low, high = bin_edges(place)
        found.append(Bar(low, low if place == _ONE else high, int(counts.get(str(place), 0))))
    return tuple(found)
