"""From what a step did to a block to its page in the books."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from dprep.base import rowdiff
from dprep.base.chance import luck
from dprep.base.operator import Clean
from dprep.base.step import DROP_COLUMNS, Outcome, Step
from dprep.engine.borders import borders
from dprep.engine.characters import characters
from dprep.store.ledger import SAMPLES, Characters, Entry, bins

SHOWN = 300
"""Characters of a text that a sample shows on either side of what changed."""

NEAR = 240
"""Characters of a text of a row that is shown for being near a bound: a step has many bounds."""

Samples = list[tuple[int, str]]
Veiled = Callable[[pl.DataFrame], pl.DataFrame]
"""Masks in rows what a later step will mask."""


def entry(
    step: Step, rows: pl.DataFrame, outcome: Outcome, seconds: float, veiled: Veiled, texts: Sequence[str], came: int
) -> Entry:
    """The books of one step over one block of `rows`.

    veiled: makes sample rows fit to be shown. texts: paths of the task's texts, which have `came` characters in all.
    """
    reasons = Counter(dict(outcome.dropped.get_column("reason").value_counts().iter_rows()))
    samples = {reason: _dropped(step, outcome.dropped.filter(pl.col("reason") == reason), veiled) for reason in reasons}
    if outcome.changed is not None and len(outcome.changed):
        samples["changed"] = _changed(step, outcome, veiled)
    if outcome.added:
        samples["added"] = _added(step, outcome.kept.filter(pl.col("made_by") == step.name), veiled)
    return Entry(
        step.name,
        step.op_name,
        rows_in=len(rows),
        added=outcome.added,
        changed=0 if outcome.changed is None else len(outcome.changed),
        reasons=reasons,
        counts=Counter({kind: times for kind, times in outcome.counts.items() if times}),
        histograms={name: bins(values.cast(pl.Float64).drop_nulls().to_numpy()) for name, values in outcome.measured.items()},
        samples=samples,
        seconds=seconds,
        characters=_characters(step, outcome, texts, came),
        borders=borders(step, rows, outcome, lambda near: _near(near, veiled)),
    )


def _characters(step: Step, outcome: Outcome, texts: Sequence[str], came: int) -> Characters:
    """Only what left, came or was edited is counted: most steps leave most rows as they are."""
    dropped = characters(outcome.dropped, texts)
    added = characters(outcome.kept.filter(pl.col("made_by") == step.name), texts) if outcome.added else 0
    if outcome.changed is None or not len(outcome.changed):
        return Characters(came, dropped, added)
    return Characters(came, dropped, added, characters(outcome.kept, texts) - (came + added - dropped))


def _near(rows: pl.DataFrame, veiled: Veiled) -> list[dict[str, object]]:
    return [_short(row, NEAR) for row in veiled(rows).iter_rows(named=True)]


def _luckiest(step: Step, rows: pl.DataFrame) -> tuple[pl.DataFrame, list[int]]:
    """The rows with the smallest luck, and their luck."""
    chance = luck(step.seed, step.name, rows.get_column("id"))
    places = np.argsort(chance, kind="stable")[:SAMPLES]
    return rows[places.tolist()], [int(n) for n in chance[places]]


def _dropped(step: Step, rows: pl.DataFrame, veiled: Veiled) -> Samples:
    chosen, chance = _luckiest(step, rows)
    lines = []
    for row in veiled(chosen).iter_rows(named=True):
        measured, twin = row.pop("measured"), row.pop("twin")
        told = " ".join(
            filter(None, [row.pop("reason"), measured if measured != "{}" else None, f"twin {twin}" if twin else None])
        )
        lines.append(rowdiff.line("-", _short(row), told))
    return list(zip(chance, lines, strict=True))


def _changed(step: Step, outcome: Outcome, veiled: Veiled) -> Samples:
    assert outcome.changed is not None
    chosen, chance = _luckiest(step, outcome.changed)
    now = outcome.kept.filter(pl.col("id").is_in(chosen.get_column("id").to_list()))
    after = {row["id"]: row for row in veiled(now).iter_rows(named=True)}
    found = []
    for number, before in zip(chance, veiled(chosen).iter_rows(named=True), strict=True):
        differing = {name for name, value in before.items() if after[before["id"]][name] != value} | {"id"}
        pair = [{name: row[name] for name in row if name in differing} for row in (before, after[before["id"]])]
        sides = zip("-+", around(*pair), strict=True)
        lines = [rowdiff.line(sign, row) for sign, row in sides if sign == "+" or not masks(step)]  # type: ignore[arg-type]
        found.append((number, "\n".join(lines)))
    return found


def masks(step: Step) -> bool:
    """Whether what the step took out must not be seen again."""
    return isinstance(step.op, Clean) and step.op.masks


def _added(step: Step, rows: pl.DataFrame, veiled: Veiled) -> Samples:
    chosen, chance = _luckiest(step, rows)
    shown = veiled(chosen).iter_rows(named=True)
    return [(number, rowdiff.line("+", _short(row))) for number, row in zip(chance, shown, strict=True)]


def _short(row: dict[str, object], most: int = 2 * SHOWN) -> dict[str, object]:
    """The row without empty cells, long texts cut."""
    return {name: cut(value, most) for name, value in row.items() if value is not None and name not in DROP_COLUMNS}


def cut(value: object, most: int = 2 * SHOWN) -> object:
    """A value for showing: long texts lose their end, long lists their tail."""
    if isinstance(value, str) and len(value) > most:
        return f"{value[:most]}… ({len(value):,} characters)"
    if isinstance(value, list):
        return [cut(item, most) for item in value[:20]] + ([f"… {len(value) - 20} more"] if len(value) > 20 else [])
    if isinstance(value, dict):
        return {name: cut(item, most) for name, item in value.items()}
    return value


def around(before: dict[str, object], after: dict[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """Both rows, long texts cut to what stands around their first difference."""
    shown: tuple[dict[str, object], dict[str, object]] = ({}, {})
    for name, old in before.items():
        new = after[name]
        start = 0
        if isinstance(old, str) and isinstance(new, str):
            start = max(0, _first_difference(old, new) - SHOWN)
        for target, value in zip(shown, (old, new), strict=True):
            target[name] = cut(("…" if start else "") + value[start:] if isinstance(value, str) and start else value)
    return shown


def _first_difference(a: str, b: str) -> int:
    low, high = 0, min(len(a), len(b))
    while low < high:  # the longest common start, by halving: slices compare at memory speed
        middle = (low + high + 1) // 2
        low, high = (middle, high) if a[:middle] == b[:middle] else (low, middle - 1)
    return low
