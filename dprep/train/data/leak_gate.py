"""The leak gate: no run learns from rows that it is judged on, as far as the version's own check can tell.

A recipe with a split ends with `dedup.leaks`, whose counts stand in the manifest. Where they do not answer the question (no
split, steps behind the check, rows that came with `extends`) equal texts and families are looked for here, and a warning says
that near twins were not.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dprep.base.problem import Error, Problem
from dprep.base.rowdiff import escaped
from dprep.store.versions import Version
from dprep.train.data import twins
from dprep.train.settings import Settings

CHECK = "dedup.leaks"
KINDS = ("exact", "child", "near")
EXAMPLES = 3


@dataclass(frozen=True)
class Leak:
    """Rows of one held-out part that have a twin in train."""

    part: str
    rows: int
    """Of the part."""
    counts: Mapping[str, int]
    """`exact` (equal texts), `child` (made from one another, or from one row), `near` -> rows; each row counts once."""
    by: str
    """`version`: its own check; `train`: the check here, without near twins."""
    examples: tuple[tuple[str, str], ...] = ()
    """(row, its twin in train), ids."""

    @property
    def leaked(self) -> int:
        return sum(self.counts.values())

    @property
    def share(self) -> float:
        return self.leaked / self.rows if self.rows else 0.0

    def __str__(self) -> str:
        counted = ", ".join(f"{count:,} {kind}" for kind, count in self.counts.items() if count)
        return f"{self.leaked:,} of {self.rows:,} rows of `{escaped(self.part)}`" + (f" ({counted})" if counted else "")


@dataclass(frozen=True)
class Findings:
    """What the gate let through."""

    leaks: tuple[Leak, ...]
    warnings: tuple[Problem, ...] = ()

    def to_json(self) -> dict[str, Any]:
        told = [{**dataclasses.asdict(leak), "leaked": leak.leaked, "share": leak.share} for leak in self.leaks]
        return {"parts": told, "warnings": [warning.sentence for warning in self.warnings]}


def as_text(told: Mapping[str, Any]) -> str:
    """What `Findings.to_json` told: one line for each held-out part."""
    how = {"version": "by the version's own check", "train": "equal texts and families; near twins were not looked for"}
    lines = []
    for each in told.get("parts", ()):
        leak = Leak(each["part"], each["rows"], each["counts"], each["by"])
        lines.append(f"{leak} have a twin in train ({how[leak.by]})")
    return "\n".join(lines) + "\n" if lines else ""


def gate(version: Version, settings: Settings, task: str = "") -> Findings:
    """What train shares with validation and test. Raises Error (`train-leak`) where it is more than `max_leaked_share`.

    task: whose texts are compared where the version does not tell; default: that of the version.
    """
    rows = version.manifest["rows"]["parts"]
    held_out = [part for part in dict.fromkeys((settings.validation, settings.test)) if rows.get(part)]
    known = {part: _told(version, settings.train, part) for part in held_out if part != settings.train}
    unknown = [part for part, told in known.items() if told is None]
    searched = _searched(version, settings, unknown, task or version.manifest["task"])
    leaks = tuple(told if told is not None else searched[part] for part, told in known.items())
    too_many = [leak for leak in leaks if leak.share > settings.max_leaked_share]
    if too_many:
        raise Error([_refused(version, leak, settings) for leak in too_many], exit_code=1)
    return Findings(leaks, (_unchecked(version, unknown),) if unknown else ())


def _searched(version: Version, settings: Settings, parts: Sequence[str], task: str) -> Mapping[str, Leak]:
    if not parts or not version.manifest["rows"]["parts"].get(settings.train):
        return {part: Leak(part, _rows(version, part), dict.fromkeys(KINDS, 0), "train") for part in parts}
    names = [settings.columns.get(ours, ours) for ours in twins.texts_of(task)]
    return {
        part: Leak(part, found.rows, {"exact": found.exact, "child": found.child, "near": 0}, "train", tuple(found.examples))
        for part, found in twins.search(version, settings.train, parts, names).items()
    }


def _told(version: Version, train: str, part: str) -> Leak | None:
    """What the version's own check says; None where it does not answer, or did not look at the rows as they are now."""
    steps = version.manifest["steps"]
    if not steps or steps[-1]["op"] != CHECK or version.manifest.get("extends") or not steps[-1].get("notes"):
        return None
    if steps[-1].get("parts") or steps[-1].get("when"):  # it looked at some of the rows
        return None
    taken_out = steps[-1]["parameters"].get("leak") == "drop-from-train"
    for pair in steps[-1]["notes"].get("pairs", ()):
        if {pair["part"], pair["against"]} == {train, part}:
            return _of_pair(pair, part, _rows(version, part), taken_out=taken_out)
    return None


def _of_pair(pair: Mapping[str, Any], part: str, rows: int, *, taken_out: bool) -> Leak | None:
    """The leaks that one comparison counted: those of the part it was asked of, which may be train."""
    counts = {kind: int(pair[kind]) for kind in KINDS}
    if pair["part"] == part:
        examples = tuple((one["row"]["id"], one["twin"]["id"]) for one in pair.get("examples", ())[:EXAMPLES])
        return Leak(part, rows, counts, "version", examples)
    if not any(counts.values()) or (taken_out and pair["part"] == "train"):
        return Leak(part, rows, dict.fromkeys(KINDS, 0), "version")
    return None  # rows of train were counted, and how many of the part they meet is not known


def _rows(version: Version, part: str) -> int:
    return int(version.manifest["rows"]["parts"][part])


def _refused(version: Version, leak: Leak, settings: Settings) -> Problem:
    sentence = (
        f"{leak} of `{version}` have a twin in `{escaped(settings.train)}`, {100 * leak.share:.3g} % where "
        f"{100 * settings.max_leaked_share:.3g} % are allowed: the scores would tell what was learnt by heart"
    )
    shown = ", ".join(f"`{escaped(row[:40])}` and `{escaped(twin[:40])}`" for row, twin in leak.examples)
    help = (
        f'{f"for example {shown}; " if shown else ""}set `unit = ["twins"]` in the split, or `leak = "drop-from-train"`, '
        f"and run the recipe again; `dprep leaks {version}` shows the texts; `max_leaked_share` allows more"
    )
    return Problem("train-leak", sentence, help=help)


def _unchecked(version: Version, parts: Sequence[str]) -> Problem:
    named = " and ".join(f"`{escaped(part)}`" for part in parts)
    base = version.manifest.get("extends")
    why = (
        f"rows that came with `{base['dataset']}@{base['version']}` were not compared"
        if base
        else "no check for leaks stands at its end"
    )
    sentence = f"`{version}` does not say what train shares with {named}: {why}; only equal texts and families were looked for"
    help = f"`dprep leaks {version}` looks for near twins; a split in the recipe looks for them in every version"
    return Problem("train-unchecked-leaks", sentence, help=help, severity="warning")
