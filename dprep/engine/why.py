"""The life of one row: where it came from, what every step did to it and why it is where it is.

Row-local steps are run again on the one record from its origin; what was decided over all rows is read from the version.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dprep.base import rowdiff
from dprep.base.problem import Error
from dprep.engine.answering import answer_folders, remembering
from dprep.engine.decided_told import Event, Lineage
from dprep.engine.lookup import Found, by_id, children, find_rejected, find_row, is_inherited, twins
from dprep.engine.records import in_types, record_of, split_origin
from dprep.engine.replay import replay, stored
from dprep.engine.showing import change, shown
from dprep.plan.model import Plan
from dprep.store import layout
from dprep.store.manifest import NAME
from dprep.store.versions import Version, open_version

MOST_RELATIVES = 5
"""Copies and made rows that are shown; the others are counted."""


@dataclass(frozen=True)
class Life:
    """What is known of one row."""

    version: str
    id: str
    """Empty for a rejected record."""
    origin: str
    source: str
    fate: str
    events: tuple[Event, ...]
    notes: tuple[str, ...] = ()
    """Why the tale may be incomplete."""

    def lines(self) -> list[str]:
        """The tale for a terminal; row-diff lines are indented."""
        head = [
            f"{name:<9}{rowdiff.escaped(value)}"
            for name, value in (("row", self.id), ("origin", _from(self)), ("fate", self.fate))
            if value
        ]
        width = max([len(event.step) for event in self.events], default=0)
        told = []
        for event in self.events:
            told.append(f"{event.step:<{width}}  {rowdiff.escaped(event.what)}".rstrip())
            told += [f"{'':<{width}}    {line}" for line in event.lines]
        notes = [f"note: {rowdiff.escaped(note)}" for note in self.notes]
        return [*head, "", *told, *(["", *notes] if notes else [])]


def why(version: Version, row: str, root: Path | None = None) -> Life:
    """The life of `row` (an id, the start of one, or file:line). Raises Error (`no-such-row`, `ambiguous-row`).

    root: where relative source paths start; else DPREP_ROOT, else where the run found them, else here.
    """
    try:
        return _life(version, row, root)
    except Error as error:
        gone = _gone_before(version, row, root) if error.problems[0].code == "no-such-row" else None
        if gone is None:
            raise
        return gone


def _life(version: Version, row: str, root: Path | None) -> Life:
    """The life of a row that this version has, kept, dropped or rejected."""
    try:
        found = find_row(version, row)
    except Error as error:
        rejected = find_rejected(version, row.strip())
        if rejected is None or error.problems[0].code != "no-such-row":
            raise
        return _rejected(version, rejected)
    if not found.dropped and is_inherited(version, found.id):
        return _inherited(version, found, root)
    life = Lineage(found, tuple(_ancestors(version, found)))
    plan, notes = _plan(version, root)
    events: list[Event] = []
    if plan is not None:
        told, note = _again(version, plan, life)
        events, notes = told, [*notes, *note]
    relatives = _relatives(version, life, replayed=bool(events))
    events = [*(events or stored(found)), *relatives]
    return Life(str(version), found.id, found.origin, _source(version, found.origin), _fate(found), tuple(events), tuple(notes))


def _base(version: Version) -> Version | None:
    """The version that this one extends, as long as the store has it as it was."""
    told = version.manifest.get("extends")
    if not told:
        return None
    folder = layout.dataset_folder(store_of(version), told["dataset"]) / told["version"]
    base = open_version(folder) if (folder / NAME).is_file() else None
    return base if base is not None and base.manifest["got"] == told["got"] else None


def _gone_before(version: Version, row: str, root: Path | None) -> Life | None:
    """The life of a row that went when one of the versions was made that this one extends."""
    base = _base(version)
    while base is not None:
        try:
            there = _life(base, row, root)
        except Error as error:
            if error.problems[0].code != "no-such-row":
                raise
            base = _base(base)
        else:
            return replace(there, version=str(version), fate=f"{there.fate}, when `{base}` was made")
    return None


def _inherited(version: Version, found: Found, root: Path | None) -> Life:
    """The life of a row that was there before the run: that in the version it came with, as long as the store has it."""
    told = version.manifest["extends"]
    name = f"{told['dataset']}@{told['version']}"
    came = Event("extends", f"came with `{name}`, as it stands")
    copies = _relation("copies", twins(version, found.id), "dropped as its copies")
    base = _base(version)
    if base is None:
        note = f"the store has `{name}` no more, as it was; only what `{version}` stores is shown"
        return Life(str(version), found.id, found.origin, "", _fate(found), (came, *stored(found), *copies), (note,))
    there = why(base, found.id, root)
    return replace(there, version=str(version), fate=_fate(found), events=(*there.events, came, *copies))


def _again(version: Version, plan: Plan, life: Lineage) -> tuple[list[Event], list[str]]:
    """The steps run again on the record, or why that cannot be."""
    found = life.found
    oldest = life.ancestors[-1] if life.ancestors else found
    first = str(oldest.row.get("parent") or oldest.id)
    kept = layout.cache(store_of(version)) / "stdin" / _hash_of(version, "-")
    try:
        record = record_of(plan, found.origin, first, kept)
    except Error as error:
        return [], [f"the source cannot be read again ({error.problems[0].sentence}); only what the version stores is shown"]
    if record is None:
        return [], [f"`{found.origin}` is another record now: the source has changed; only what the version stores is shown"]
    rows = in_types(record, first, found.origin, found.types)
    asked = remembering(answer_folders(plan.steps, layout.cache(store_of(version)), plan.ops_folder), keep=False)
    events, end = replay(version, plan, rows, life, asked)
    return events, [] if end is None else [end]


def _ancestors(version: Version, found: Found) -> Iterator[Found]:
    """The row that it was made from, the one that this was made from, …: a variant may be one of a copy of a piece."""
    one: Found | None = found
    while one is not None and one.row.get("parent"):
        one = by_id(version, str(one.row["parent"]))
        if one is not None:
            yield one


def _plan(version: Version, root: Path | None) -> tuple[Plan | None, list[str]]:
    """The plan that made the version, from its recipe, or why there is none."""
    from dprep.plan.check import check
    from dprep.recipe.read import read_text, recipe_from_text

    file = version.folder / "recipe.toml"
    try:
        text = read_text(file, str(file))
        recipe = recipe_from_text(
            text, str(file), _recipe_folder(version), _root(version, root), version.manifest.get("overrides", ())
        )
        alone = replace(recipe, dataset=replace(recipe.dataset, extends=""))  # old rows have been told before this
        plan, problems = check(alone, store_of(version))
    except Error as error:
        plan, problems = None, list(error.problems)
    if plan is not None:
        return plan, []
    wrong = next((problem.sentence for problem in problems if problem.severity == "error"), "the recipe cannot be read")
    cure = "`--root` says where the sources are"
    return None, [f"the steps cannot be run again: {wrong} ({cure}); only what the version stores is shown"]


def store_of(version: Version) -> Path:
    """The store that a version's folder lies in."""
    return version.folder.parents[1] if version.folder.parent.name == "trials" else version.folder.absolute().parents[2]


def _root(version: Version, given: Path | None) -> Path:
    """Where relative source paths start."""
    if given is not None:
        return given
    if os.environ.get("DPREP_ROOT"):
        return Path(os.environ["DPREP_ROOT"])
    recorded = version.manifest["clock"].get("root")
    there = store_of(version) / recorded if recorded else Path()
    return there if there.is_dir() else Path()


def _recipe_folder(version: Version) -> Path:
    """Where the recipe lay: its own operators are beside it."""
    recorded = version.manifest["clock"].get("recipe")
    there = store_of(version) / recorded if recorded else version.folder
    return there if there.is_dir() else version.folder


def _relatives(version: Version, life: Lineage, *, replayed: bool) -> list[Event]:
    """Its parent (with the change, where no step has shown it), the rows made from it, those dropped as its copies."""
    events, found = [], life.found
    for parent in life.ancestors[:1]:
        which = next(
            (f"{kind} {found.row[kind]}" for kind in ("copy", "variant", "piece") if _new(kind, found, parent)), "made"
        )
        told = f"`{parent.id}` ({parent.origin}); this is {which} by `{found.row['made_by']}`"
        events.append(Event("parent", told, () if replayed else change(parent.row, found.row)))
    events += _relation("children", children(version, found.id), "made from it")
    return events + _relation("copies", twins(version, found.id), "dropped as its copies")


def _new(kind: str, found: Found, parent: Found) -> bool:
    """Whether the row has a number of this kind that its parent has not."""
    return found.row.get(kind) is not None and found.row.get(kind) != parent.row.get(kind)


def _relation(name: str, rows: list[Found], verb: str) -> list[Event]:
    """Rows that have to do with this one, if there are any."""
    if not rows:
        return []
    lines = tuple(_relative(one) for one in rows[:MOST_RELATIVES])
    more = f"; {MOST_RELATIVES} of them:" if len(rows) > MOST_RELATIVES else ":"
    return [Event(name, f"{len(rows):,} {verb}{more}", lines)]


def _relative(one: Found) -> str:
    where = f"dropped by {one.row['step']}: {one.row['reason']}{_alike(one)}" if one.dropped else f"part {one.row.get('part')}"
    texts = {name: value for name, value in shown(one.row).items() if name not in {"origin", "part", "parent", "step"}}
    return rowdiff.line("-" if one.dropped else "+", texts, f"{one.origin}, {where}")


def _alike(copy: Found) -> str:
    measured = json.loads(copy.row.get("measured") or "{}")
    found = measured.get("similarity", measured.get("estimate"))
    return "" if found is None else f", similarity {found:.4g}"


def _rejected(version: Version, record: dict[str, Any]) -> Life:
    origin = f"{record['file']}:{record['line']}"
    told = Event("read", f"rejected: {record['detail']}", (rowdiff.escaped(str(record["raw"])),))
    return Life(str(version), "", origin, _source(version, origin), f"rejected when read: {record['reason']}", (told,))


def _fate(found: Found) -> str:
    if found.dropped:
        return f"dropped by `{found.row['step']}`: {found.row['reason']}"
    return f"kept in part `{found.row.get('part')}`"


def _source(version: Version, origin: str) -> str:
    name = split_origin(origin)[0]
    sources = version.manifest["sources"]
    return next((str(source["name"]) for source in sources if any(file["name"] == name for file in source["files"])), "")


def _hash_of(version: Version, name: str) -> str:
    files = [file for source in version.manifest["sources"] for file in source["files"]]
    return next((str(file["hash"]) for file in files if file["name"] == name), "none")


def _from(life: Life) -> str:
    return f"{life.origin} (source {life.source})" if life.source else life.origin
