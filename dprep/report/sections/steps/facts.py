"""What the books and the manifest say of every step."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dprep.recipe.naming import step_names
from dprep.report.blocks import Bin
from dprep.report.reading.found import Found
from dprep.report.reading.measured import bins_of, closed, limits_of, yes_or_no
from dprep.report.reading.rows_by_id import text_paths
from dprep.report.sections.steps.samples import Near, Sample, cut, cut_near, near, sample, weight

ID = "steps"

SIZES = ((5, 640, 3), (3, 400, 3), (2, 300, 2), (1, 200, 1), (1, 80, 1), (1, 80, 0))
"""Samples per door, characters of their texts, rows on each side of a bound: as many as fit."""
BUDGET, OVERHEAD = 200_000, 500
"""Characters that the samples of all steps may take on a page, and what each takes besides its texts."""
BINS, LEAST, MOST = 2_400, 12, 120
"""Bins drawn in all; those of one figure at least and at most."""
FIGURES = 70
"""Figures drawn in all."""
VALUE = 200
"""Characters of a parameter's value."""
REASONS = 30
"""Reasons of a step, and kinds counted, that are listed."""


@dataclass(frozen=True)
class Door:
    """A way out of a step or into it: `changed`, `added` or a reason."""

    name: str
    rows: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Bound:
    """A parameter that sends rows away. `beyond`: rows that it alone would drop; None: an older dprep did not count them."""

    parameter: str
    measure: str
    limit: float
    dropped: int
    """Rows that left for this reason: of several broken bounds the first counts."""
    beyond: int | None
    kept: tuple[Near, ...]
    gone: tuple[Near, ...]


@dataclass(frozen=True)
class Measure:
    """A measured number."""

    name: str
    rows: int
    bins: tuple[Bin, ...]
    limits: Mapping[str, tuple[str, float]]
    """Parameter -> (side, value)."""


@dataclass(frozen=True)
class StepFacts:
    """One step. `number` counts from 0, the reading of the sources."""

    number: int
    name: str
    op: str
    rows_in: int
    changed: int
    dropped: int
    added: int
    out: int
    characters: Mapping[str, int] | None
    when: str | None
    parts: tuple[str, ...]
    columns: tuple[str, ...]
    stated: Mapping[str, str]
    """Parameters that the recipe sets."""
    parameters: Mapping[str, str]
    """All of them, as JSON."""
    doors: tuple[Door, ...]
    doors_in_all: int
    counts: Mapping[str, int]
    counts_in_all: int
    measures: tuple[Measure, ...]
    measures_in_all: int
    bounds: tuple[Bound, ...]


@dataclass(frozen=True)
class StepsFacts:
    """All steps. `texts`: paths of the task's texts."""

    texts: tuple[str, ...]
    steps: tuple[StepFacts, ...]


def facts(found: Found) -> StepsFacts | None:
    """Every step of the ledger, in its order; None where there is nothing but reading."""
    books = found.ledger["steps"]
    if len(books) < 2:
        return None
    stated, each = _stated(found), _bins_of_each(books)
    whole = [_step(number, entry, found.steps.get(entry["name"], {}), stated, each) for number, entry in enumerate(books)]
    return StepsFacts(text_paths(found), _few_figures(_fitting(whole)))


def _step(number: int, entry: Mapping[str, Any], told: Mapping[str, Any], stated: Mapping[str, Any], each: int) -> StepFacts:
    parameters = told.get("parameters", {})
    counts = sorted(entry.get("counts", {}).items(), key=_largest)
    measures = _measures(entry, parameters, each)
    return StepFacts(
        number=number,
        name=entry["name"],
        op=entry["op"],
        rows_in=entry["in"],
        changed=entry["changed"],
        dropped=entry["dropped"],
        added=entry["added"],
        out=entry["out"],
        characters=entry.get("characters"),
        when=told.get("when"),
        parts=tuple(told.get("parts") or ()),
        columns=tuple(told.get("columns", ())),
        stated={name: _value(parameters[name]) for name in stated.get(entry["name"], ()) if name in parameters},
        parameters={name: _value(value) for name, value in parameters.items()},
        doors=_doors(entry),
        doors_in_all=len(_numbers(entry)),
        counts=dict(counts[:REASONS]),
        counts_in_all=len(counts),
        measures=measures,
        measures_in_all=len(measures),
        bounds=_bounds(entry, parameters),
    )


def _largest(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _numbers(entry: Mapping[str, Any]) -> dict[str, int]:
    """Rows by door, the reasons last and the most frequent of them first."""
    moved = {name: entry[name] for name in ("changed", "added") if entry[name]}
    return {**moved, **dict(sorted(entry["reasons"].items(), key=_largest))}


def _doors(entry: Mapping[str, Any]) -> tuple[Door, ...]:
    doors = list(_numbers(entry).items())[: REASONS + 2]
    return tuple(Door(name, rows, tuple(map(sample, entry["samples"].get(name, ())))) for name, rows in doors)


def _measures(entry: Mapping[str, Any], parameters: Mapping[str, Any], most: int) -> tuple[Measure, ...]:
    """Those with bounds first."""
    found = []
    for name, counts in sorted(entry["histograms"].items()):
        limits = {parameter: (limit.side, limit.value) for parameter, limit in limits_of(parameters, name).items()}
        if counts and not yes_or_no(counts):
            found.append(Measure(name, sum(counts.values()), closed(bins_of(counts, most), name), limits))
    return tuple(sorted(found, key=lambda measure: not measure.limits))


def _bounds(entry: Mapping[str, Any], parameters: Mapping[str, Any]) -> tuple[Bound, ...]:
    """In the order of the parameters."""
    limits = {
        parameter: (measure, limit.value)
        for measure in entry["histograms"]
        for parameter, limit in limits_of(parameters, measure).items()
    }
    found = []
    for parameter in (name for name in parameters if name in limits):
        measure, limit = limits[parameter]
        told = entry.get("borders", {}).get(parameter, {})
        reasons = entry["reasons"]
        gone = entry["dropped"] if parameter == "threshold" else reasons.get(parameter, reasons.get(f"gate.{parameter}", 0))
        kept, dropped = (near(told.get(side, ())) for side in ("kept", "dropped"))
        found.append(Bound(parameter, measure, limit, gone, told.get("beyond"), kept, dropped))
    return tuple(found)


def _value(value: Any) -> str:
    told = json.dumps(value, ensure_ascii=False)
    return told if len(told) <= VALUE else f"{told[:VALUE]}…"


def _stated(found: Found) -> dict[str, list[str]]:
    """Parameters that the recipe sets, by step; steps that the plan has put in state none."""
    path = found.folder / "recipe.toml"
    try:
        steps = tomllib.loads(path.read_text(encoding="utf-8")).get("step", []) if path.exists() else []
    except ValueError:  # the chapter on lineage tells what is wrong with it
        return {}
    return {name: list(step) for name, step in zip(step_names(steps), steps, strict=True) if isinstance(step, dict)}


def _bins_of_each(books: list[Mapping[str, Any]]) -> int:
    figures = sum(len(entry["histograms"]) for entry in books)
    return max(LEAST, min(MOST, BINS // max(1, figures)))


def _few_figures(steps: tuple[StepFacts, ...]) -> tuple[StepFacts, ...]:
    """At most FIGURES measures: those with bounds before any other, in the order of the steps."""
    every = [(not measure.limits, step.number, place) for step in steps for place, measure in enumerate(step.measures)]
    kept = {(number, place) for _, number, place in sorted(every)[:FIGURES]}
    return tuple(
        replace(step, measures=tuple(m for place, m in enumerate(step.measures) if (step.number, place) in kept))
        for step in steps
    )


def _fitting(steps: list[StepFacts]) -> tuple[StepFacts, ...]:
    """The steps with as many samples, as long, as a page can hold."""
    sized: list[StepFacts] = []
    for samples, characters, rows in SIZES:
        sized = [_sized(step, samples, characters, rows) for step in steps]
        if sum(map(_weight, sized)) <= BUDGET:
            break
    return tuple(sized)


def _sized(step: StepFacts, samples: int, characters: int, rows: int) -> StepFacts:
    doors = tuple(replace(door, samples=tuple(cut(s, characters) for s in door.samples[:samples])) for door in step.doors)
    bounds = tuple(
        replace(
            bound,
            kept=tuple(cut_near(each, characters) for each in bound.kept[:rows]),
            gone=tuple(cut_near(each, characters) for each in bound.gone[:rows]),
        )
        for bound in step.bounds
    )
    return replace(step, doors=doors, bounds=bounds)


def _weight(step: StepFacts) -> int:
    rows = [row for door in step.doors for s in door.samples for row in (s.before, s.after)]
    rows += [each.row for bound in step.bounds for each in (*bound.kept, *bound.gone)]
    return sum(weight(row) + OVERHEAD for row in rows if row is not None)
