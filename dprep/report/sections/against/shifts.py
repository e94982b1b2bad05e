"""How numbers and classes are spread in two versions, and how far the two differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.plan.tasks import NO_TASK, TASKS
from dprep.report.reading import effects
from dprep.report.reading.found import ROWS, Found
from dprep.report.sections.against.funnels import paired
from dprep.store.ledger import bin_edges, bins

BARS = 60
"""Bins that are drawn; effects are computed on all."""
LISTED = 100
"""Shifts that are kept, the largest first."""
VALUES = 20
"""Values of a column that are kept: those whose shares differ most."""
YES_OR_NO = frozenset(bins(np.array([0.0, 1.0])))
"""Bins of a condition, of which the funnel tells all."""

Histogram = Mapping[int, int]


@dataclass(frozen=True)
class NumberShift:
    """A number in both versions. `delta` is positive where it is larger in the new one."""

    what: Literal["measure", "length", "label"]
    where: str
    """The step that measured it, or the part; empty for the whole version."""
    measure: str
    """As the step calls it, or the column."""
    old_rows: int
    new_rows: int
    sampled: bool
    """Whether a part has more rows than were looked at."""
    of_copies: bool
    """Whether only rows that the step found to be copies have it: then its threshold alone may shift it."""
    delta: float
    by_chance: float
    """What |delta| would exceed in 1 of 20 cases if nothing but chance told the two apart."""
    ks: float
    old_median: float
    new_median: float
    """In the middle of a bin."""
    edges: tuple[float, ...]
    old_counts: tuple[int, ...]
    new_counts: tuple[int, ...]

    @property
    def matters(self) -> bool:
        """Whether it is worth naming."""
        return not self.of_copies and abs(self.delta) >= effects.SMALL and abs(self.delta) > self.by_chance


@dataclass(frozen=True)
class ShareShift:
    """Shares of the values of a column in both versions."""

    what: Literal["parts", "labels", "languages"]
    where: str
    """The part; empty for the whole version."""
    old_rows: int
    new_rows: int
    distance: float
    """Total variation."""
    by_chance: float
    """What it would be on average if nothing but chance told the two apart."""
    values: tuple[tuple[str, int, int], ...]
    """(value, rows in the old version, rows in the new one): those whose shares differ most."""
    values_in_all: int

    @property
    def matters(self) -> bool:
        """Whether it is worth naming."""
        return self.distance >= NAMED and self.distance > 2 * self.by_chance


NAMED = 0.05
"""Total variation from which a shift is named: one row of twenty would have to be of another class."""
GRAVE = 0.1
"""Total variation from which it is warned of."""


@dataclass(frozen=True)
class ShiftsFacts:
    """The largest first."""

    numbers: tuple[NumberShift, ...]
    shares: tuple[ShareShift, ...]
    labels_added: tuple[str, ...]
    labels_removed: tuple[str, ...]
    """At most VALUES of them each."""
    labels_added_in_all: int
    labels_removed_in_all: int


def shifts_facts(new: Found, old: Found) -> ShiftsFacts:
    """Of measures, lengths, labels, languages and parts: all that both versions have."""
    numbers = [*_measures(new, old), *_lengths(new, old), *_number_labels(new, old)]
    numbers.sort(key=lambda shift: (-abs(shift.delta), -shift.ks, shift.what, shift.where, shift.measure))
    shares = [_part_sizes(new, old), *_labels(new, old), *_languages(new, old)]
    shares.sort(key=lambda shift: (-shift.distance, shift.what, shift.where))
    before, after = (set(found.manifest.get("labels", ())) for found in (old, new))
    added, removed = sorted(after - before), sorted(before - after)
    return ShiftsFacts(
        tuple(numbers[:LISTED]),
        tuple(shares[:LISTED]),
        tuple(added[:VALUES]),
        tuple(removed[:VALUES]),
        len(added),
        len(removed),
    )


def _measures(new: Found, old: Found) -> Iterator[NumberShift]:
    """Numbers that a step measured in both, of all rows that came to it (of copies: of those it dropped)."""
    for a, b in paired(old.ledger["steps"], new.ledger["steps"]):
        if a is None or b is None or a["op"] != b["op"]:
            continue
        for measure, counts in sorted(b["histograms"].items()):
            before, after = _places(a["histograms"].get(measure, {})), _places(counts)
            if before and after and not {*before, *after} <= YES_OR_NO:
                yield _number("measure", b["name"], measure, before, after, of_copies=b["op"].startswith("dedup."))


def _places(counts: Mapping[str, int]) -> dict[int, int]:
    return {int(place): count for place, count in counts.items()}


def _lengths(new: Found, old: Found) -> Iterator[NumberShift]:
    """Characters of the task's texts, part by part."""
    for part in [part for part in new.parts if part in old.parts]:
        before, after = old.sample(part), new.sample(part)
        sampled = max(old.rows(part), new.rows(part)) > ROWS
        for column in _texts(new, old):
            a, b = _characters(before, column), _characters(after, column)
            if len(a) and len(b):
                yield _number("length", part, column, bins(a), bins(b), sampled=sampled)


def _texts(new: Found, old: Found) -> list[str]:
    """Columns with the texts of either task, in the order of the new version's."""
    paths = [path for found in (new, old) for path in TASKS.get(found.manifest["task"], NO_TASK).texts]
    return list(dict.fromkeys(path.partition(".")[0] for path in paths))


def _characters(rows: pl.DataFrame, column: str) -> npt.NDArray[np.float64]:
    """How long each text of a column is: of a conversation, all its turns; nothing where it is neither."""
    kind = rows.schema.get(column)
    if kind == pl.String:
        shown = pl.col(column).str.len_chars()
        whole = f"{column}:characters"
        lengths = pl.coalesce(whole, shown) if whole in rows.columns else shown
    elif isinstance(kind, pl.List) and isinstance(kind.inner, pl.Struct) and "content" in {f.name for f in kind.inner.fields}:
        lengths = pl.col(column).list.eval(pl.element().struct.field("content").str.len_chars()).list.sum()
    else:
        return np.zeros(0)
    return rows.select(lengths.cast(pl.Float64)).to_series().drop_nulls().to_numpy()


def _number_labels(new: Found, old: Found) -> Iterator[NumberShift]:
    """Labels that are numbers, of all rows."""
    before, after = (_numeric_labels(found) for found in (old, new))
    if len(before) and len(after):
        yield _number("label", "", "label", bins(before), bins(after))


def _numeric_labels(found: Found) -> npt.NDArray[np.float64]:
    rows = _column(found, "label")
    if rows is None or not rows.collect_schema()["label"].is_numeric():
        return np.zeros(0)
    return rows.select(pl.col("label").cast(pl.Float64)).collect(engine="streaming").to_series().drop_nulls().to_numpy()


def _column(found: Found, name: str) -> pl.LazyFrame | None:
    rows = found.version.scan()
    return rows.select("part", name) if name in rows.collect_schema() else None


def _part_sizes(new: Found, old: Found) -> ShareShift:
    before, after = ({part: found.rows(part) for part in found.parts} for found in (old, new))
    return _share("parts", "", before, after)


def _labels(new: Found, old: Found) -> Iterator[ShareShift]:
    """Of the whole version, and of each part that both have."""
    before, after = _counted(old, "label"), _counted(new, "label")
    if before is not None and after is not None:
        yield _share("labels", "", _summed(before), _summed(after))
        for part in [part for part in new.parts if part in old.parts and len(new.parts) > 1]:
            yield _share("labels", part, before.get(part, {}), after.get(part, {}))


def _languages(new: Found, old: Found) -> Iterator[ShareShift]:
    before, after = _counted(old, "lang"), _counted(new, "lang")
    if before is not None and after is not None:
        yield _share("languages", "", _summed(before), _summed(after))


def _counted(found: Found, name: str) -> dict[str, dict[str, int]] | None:
    """Part -> value -> rows, of all rows; a row with several labels counts for each. None where the column holds no words."""
    rows = _column(found, name)
    if rows is None:
        return None
    kind = rows.collect_schema()[name]
    if kind == pl.List(pl.String):
        rows = rows.explode(name)
    elif kind != pl.String:
        return None
    told: dict[str, dict[str, int]] = {}
    for part, value, count in rows.drop_nulls(name).group_by("part", name).len().collect(engine="streaming").iter_rows():
        told.setdefault(part, {})[value] = count
    return told


def _summed(counts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    told: dict[str, int] = {}
    for each in counts.values():
        for value, count in each.items():
            told[value] = told.get(value, 0) + count
    return told


def _share(what: Any, where: str, before: Mapping[str, int], after: Mapping[str, int]) -> ShareShift:
    values = sorted({*before, *after})
    a, b = ([counts.get(value, 0) for value in values] for counts in (before, after))
    rows, now = sum(a), sum(b)

    def off(value: str) -> float:
        return abs(before.get(value, 0) / rows - after.get(value, 0) / now) if rows and now else 0.0

    most = sorted(values, key=lambda value: (-off(value), value))[:VALUES]
    listed = tuple((value, before.get(value, 0), after.get(value, 0)) for value in most)
    distance, chance = effects.total_variation(b, a), effects.total_variation_by_chance(b, a)
    return ShareShift(what, where, rows, now, _round(distance), _round(chance), listed, len(values))


def _number(
    what: Any, where: str, measure: str, before: Histogram, after: Histogram, *, sampled: bool = False, of_copies: bool = False
) -> NumberShift:
    places = sorted({*before, *after})
    a, b = ([counts.get(place, 0) for place in places] for counts in (before, after))
    edges, old_counts, new_counts = _drawn(before, after)
    return NumberShift(
        what,
        where,
        measure,
        sum(a),
        sum(b),
        sampled,
        of_copies,
        _round(effects.cliffs_delta(b, a)),
        _round(effects.cliffs_delta_by_chance(b, a)),
        _round(effects.kolmogorov_smirnov(b, a)),
        _median(before),
        _median(after),
        edges,
        old_counts,
        new_counts,
    )


def _drawn(before: Histogram, after: Histogram) -> tuple[tuple[float, ...], tuple[int, ...], tuple[int, ...]]:
    """Edges and both counts, gaps filled, neighbours joined so that there are BARS or so."""
    places = sorted({*before, *after})
    signs = ([p for p in places if p < 0], [p for p in places if p == 0], [p for p in places if p > 0])
    runs = [range(run[0], run[-1] + 1) for run in signs if run]
    step = max(1, -(-sum(map(len, runs)) // BARS))
    groups = [range(first, min(first + step, run.stop)) for run in runs for first in range(run.start, run.stop, step)]
    edges = (*(bin_edges(group[0])[0] for group in groups), bin_edges(groups[-1][-1])[1])
    old, new = (tuple(sum(counts.get(place, 0) for place in group) for group in groups) for counts in (before, after))
    return edges, old, new


def _median(counts: Histogram) -> float:
    """The middle of the bin in which the middle row is."""
    places = sorted(counts)
    reached = np.cumsum([counts[place] for place in places])
    low, high = bin_edges(places[int(np.searchsorted(reached, (reached[-1] + 1) // 2))])
    return _round((low + high) / 2)


def _round(value: float) -> float:
    """Six digits: what a sum in another order does not change."""
    return float(f"{value:.6g}")
