"""Where rows come from and what is like them: origin, the step that made them, twins that were dropped, relatives in train."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import polars as pl

from dprep.report.reading.found import Found
from dprep.report.reading.found_run import FoundRun
from dprep.report.reading.rows_by_id import Shown, excerpt, rows_by_id

TWINS = 3
"""Of a row that are told."""
COMPARED = 200_000
"""Rows of train whose texts are compared at most: above that only what the version has marked is told."""


@dataclass(frozen=True)
class Twin:
    """relation: `dropped` (as its copy, by `step`), `cluster`, `family` (made from one another) or `text` (the same one)."""

    relation: str
    id: str
    step: str
    label: str
    text: str


@dataclass(frozen=True)
class History:
    """What the version knows of a row."""

    origin: str
    label: str
    text: str
    made_by: str
    """The step that made it, empty where it was read."""
    twins: tuple[Twin, ...]
    twins_in_all: int


def histories(found: FoundRun, ids: Sequence[str]) -> dict[str, History]:
    """By id, of rows of the part that is judged; empty where the version is gone."""
    version = found.version
    if version is None or not ids:
        return {}
    shown = rows_by_id(version, ids, found.texts)
    marks = _marks(version, ids)
    twins = _twins(found, version, shown, marks)
    told = rows_by_id(version, {id for each in twins.values() for _, id, _ in each[:TWINS]}, found.texts)
    shown, told = ({id: replace(row, text=found.told_text(row.text)) for id, row in many.items()} for many in (shown, told))
    return {
        id: _history(row, str(marks.get(id, {}).get("made_by") or ""), twins.get(id, []), told) for id, row in shown.items()
    }


def _history(row: Shown, made_by: str, twins: list[tuple[str, str, str]], told: dict[str, Shown]) -> History:
    known = [(relation, told[id], step) for relation, id, step in twins[:TWINS] if id in told]
    many = tuple(Twin(relation, each.id, step, each.label, excerpt(each.text)) for relation, each, step in known)
    return History(row.origin, row.label, excerpt(row.text), made_by, many, len(twins))


def _marks(version: Found, ids: Iterable[str]) -> dict[str, dict[str, object]]:
    rows = version.version.scan()
    names = [name for name in ("id", "cluster", "parent", "made_by") if name in rows.collect_schema()]
    chosen = rows.filter(pl.col("id").is_in(list(ids))).select(names).collect(engine="streaming")
    return {row["id"]: row for row in chosen.iter_rows(named=True)}


def _twins(
    found: FoundRun, version: Found, shown: dict[str, Shown], marks: dict[str, dict[str, object]]
) -> dict[str, list[tuple[str, str, str]]]:
    """Id -> (relation, id, step) of those that are like it, each once."""
    relatives: dict[str, list[tuple[str, str, str]]] = {id: [] for id in shown}
    gone = version.version.dropped()
    gone = gone.filter(pl.col("twin").is_in(list(shown))).select("twin", "id", "step")
    for twin, id, step in gone.collect(engine="streaming").sort("twin", "id").iter_rows():
        relatives[twin].append(("dropped", id, step))
    for id, relation, other in _in_train(found, version, shown, marks):
        if other != id and all(other != known for _, known, _ in relatives[id]):
            relatives[id].append((relation, other, ""))
    return relatives


def _in_train(
    found: FoundRun, version: Found, shown: dict[str, Shown], marks: dict[str, dict[str, object]]
) -> list[tuple[str, str, str]]:
    """(id, relation, id in train), sorted."""
    part = str(found.settings.get("train") or "train")
    if part not in version.parts:
        return []
    rows = version.version.scan(part)
    schema = rows.collect_schema()
    keys: list[tuple[str, str, dict[str, list[str]]]] = []
    if "cluster" in schema:
        keys.append(("cluster", "cluster", _by(marks, "cluster")))
    if "parent" in schema:
        keys += [("family", "parent", {id: [id] for id in shown}), ("family", "id", _by(marks, "parent"))]
        keys.append(("family", "parent", _by(marks, "parent")))
    text = found.texts[0] if len(found.texts) == 1 else ""
    if text in schema and schema[text] == pl.String and version.rows(part) <= COMPARED:
        same: dict[str, list[str]] = {}
        whole = version.version.scan().filter(pl.col("id").is_in(list(shown))).select("id", text).collect(engine="streaming")
        for id, said in whole.iter_rows():
            if said:
                same.setdefault(said, []).append(id)
        keys.append(("text", text, same))
    return sorted(set(_matches(rows, keys)))


def _matches(rows: pl.LazyFrame, keys: list[tuple[str, str, dict[str, list[str]]]]) -> Iterable[tuple[str, str, str]]:
    for relation, column, wanted in keys:
        if not wanted:
            continue
        fits = rows.filter(pl.col(column).is_in(list(wanted))).select(other="id", key=column).collect(engine="streaming")
        for other, key in fits.iter_rows():
            for id in wanted[key]:
                yield id, relation, other


def _by(marks: dict[str, dict[str, object]], name: str) -> dict[str, list[str]]:
    """Value of a column -> ids of the rows that have it."""
    found: dict[str, list[str]] = {}
    for id, row in marks.items():
        if row.get(name) is not None:
            found.setdefault(str(row[name]), []).append(id)
    return found
