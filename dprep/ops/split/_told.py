"""What is told of a split: how near every class came to what was asked, what its units force; and what cannot be had."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dprep.base.problem import Problem
from dprep.kernels.repair import EVERY_WAY
from dprep.ops.split._bounds import least_off
from dprep.ops.split._spread import POINTS, Cells, Dealt
from dprep.ops.split._units import Counts

Shares = npt.NDArray[np.float64]
Names = Callable[[Sequence[int]], list[str]]
"""Classes of these numbers as their readers would write them."""

_NAMED = 5
"""Classes called by their names, for which the rows are looked through."""


def notes(dealt: Dealt, rows: Counts, parts: Sequence[str], names: Names, overlap: bool) -> dict[str, Any]:
    """JSON values: the rows that each part got and was to get, and the classes that are off by more than was asked.

    rows: (classes,). Where classes `overlap`, the last is all rows.
    """
    counts, wanted = dealt.counts, dealt.wanted
    got, asked = (counts[-1], wanted[-1]) if overlap else (counts.sum(axis=0), wanted.sum(axis=0))
    told = rows[:-1] if overlap else rows
    off = np.abs(counts - wanted).max(axis=1)[: len(told)]
    beyond = np.flatnonzero(off > np.maximum(1.0, POINTS * told) + 1e-6)
    worst = beyond[np.argsort(-(off[beyond] / np.maximum(1.0, POINTS * told[beyond])), kind="stable")][:_NAMED]
    points = 100 * off[off > 1.0 + 1e-6] / told[off > 1.0 + 1e-6]
    found = {
        "parts": {part: {"rows": int(n), "asked": _short(a)} for part, n, a in zip(parts, got, asked, strict=True)},
        "classes": len(told),
        "units": _units(dealt.cells, overlap),
        "off": {"rows": _short(off.max(initial=0.0)), "points": _short(points.max(initial=0.0))},
        "classes_beyond": len(beyond),
        "beyond": [
            {"class": name, **_beyond(dealt, which, int(told[which]), parts)}
            for which, name in zip(worst.tolist(), names(worst.tolist()), strict=True)
        ],
    }
    if len(beyond) and len(parts) ** min(len(dealt.cells), 64) <= EVERY_WAY:  # a power of floats would overflow
        found["every_way_tried"] = True
    if not overlap and abs(got - asked).max() > max(1.0, POINTS * float(got.sum())) + 1e-6:
        found["all_rows"] = _all_rows(dealt, got, asked)
    return found


def _units(cells: Cells, overlap: bool) -> dict[str, int]:
    last = cells.counts[cells.classes == cells.classes.max(initial=0)] if overlap else cells.sizes()
    sizes = last[last > 1] if overlap else last
    return {"count": len(sizes), "rows": int(sizes.sum()), "largest": int(sizes.max(initial=0))}


def _beyond(dealt: Dealt, which: int, rows: int, parts: Sequence[str]) -> dict[str, Any]:
    got, asked = dealt.counts[which], dealt.wanted[which]
    units = dealt.cells.of_class(which)
    off = float(np.abs(got - asked).max())
    least = least_off(units[units > 1], rows - int(units[units > 1].sum()), asked, off)
    return {
        "rows": rows,
        "units": int((units > 1).sum()),
        "largest_unit": int(units.max(initial=0)),
        "parts": {part: {"rows": int(n), "asked": _short(a)} for part, n, a in zip(parts, got, asked, strict=True)},
        "off": _short(off),
        "at_least": _short(least),
    }


def _all_rows(dealt: Dealt, got: Counts, asked: Shares) -> dict[str, float]:
    sizes, off = dealt.cells.sizes(), float(np.abs(got - asked).max())
    return {"off": _short(off), "at_least": _short(least_off(sizes, int(got.sum() - sizes.sum()), asked, off))}


def _short(value: Any) -> float:
    return round(float(value), 4)


def asked_too_much(rows: Counts, least: Shares, names: Names) -> list[Problem]:
    """Classes that have fewer rows than `least` (classes, parts) asks of all parts together."""
    missing = least.sum(axis=1) - rows
    short, more = _most(missing)
    return [
        _problem(
            f"class `{name}` has {_rows(rows[which])}, and `min_rows` asks for {least[which].sum():.0f}, "
            f"{_each(least[which])}: {_rows(missing[which])} missing",
            more,
        )
        for which, name in zip(short, names(short), strict=True)
    ]


def not_reached(dealt: Dealt, least: Shares, parts: Sequence[str], names: Names) -> list[Problem]:
    """Classes that have fewer rows in a part than `least` asks: units cannot be torn."""
    missing = np.maximum(least - dealt.counts[: len(least)], 0)
    short, more = _most(missing.sum(axis=1))
    found = []
    for which, name in zip(short, names(short), strict=True):
        part, counts = int(missing[which].argmax()), dealt.counts[which]
        units = dealt.cells.of_class(which)
        whole = len(units) + int(counts.sum() - units.sum())
        sentence = (
            f"class `{name}` gets {_rows(counts[part])} in `{parts[part]}`, and `min_rows` asks for {least[which, part]:.0f}: "
            f"{_rows(missing[which].sum())} missing; its {_rows(counts.sum())} fall into "
            f"{whole:,} unit{'' if whole == 1 else 's'}"
        )
        found.append(_problem(sentence, more))
    return found


def _most(missing: Shares) -> tuple[list[int], int]:
    """The classes that miss most, and how many more there are."""
    short = np.flatnonzero(missing > 0)
    return short[np.argsort(-missing[short], kind="stable")][:_NAMED].tolist(), max(0, len(short) - _NAMED)


def _problem(sentence: str, more: int) -> Problem:
    also = f"there are {more:,} more such classes; " if more else ""
    help = also + "drop or merge such classes before the split, name fewer parts, or make `min_rows` smaller; "
    return Problem("too-few-rows", sentence, help=help + "a table asks it of single parts: `min_rows = { train = 1 }`")


def _rows(count: Any) -> str:
    return f"{int(count):,} row{'' if int(count) == 1 else 's'}"


def _each(least: Shares) -> str:
    asked = least[least > 0]
    if len(asked) == 1:
        return "in one part"
    return f"{asked[0]:.0f} in each of {len(asked)} parts" if (asked == asked[0]).all() else f"in {len(asked)} parts"


def least_of(min_rows: int | Mapping[str, int], parts: Sequence[str], classes: int) -> Shares:
    """(classes, parts): the rows that each class should have in each part."""
    row = [float(min_rows if isinstance(min_rows, int) else min_rows.get(part, 0)) for part in parts]
    return np.tile(np.array(row), (classes, 1))
