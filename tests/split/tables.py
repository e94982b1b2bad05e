"""Tables for decisions, as tests write them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dprep.base.table import Items, Table


def chance(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, rows, dtype=np.uint64)


def table(
    rows: int,
    stratum: Sequence[int] | np.ndarray | None = None,
    unit: Sequence[int] | np.ndarray | None = None,
    numbers: Sequence[float] | np.ndarray | None = None,
    labels: Sequence[Sequence[int]] | None = None,
    seed: int = 0,
) -> Table:
    """Classes are numbers from 2, as 1 is no value; a unit of 0 links nothing."""
    groups = () if stratum is None else (np.asarray(stratum, np.uint64),)
    links = np.zeros((rows, 0), np.uint64) if unit is None else np.asarray(unit, np.uint64).reshape(rows, 1)
    lists = () if labels is None else (items(labels),)
    return Table(
        chance(rows, seed),
        groups,
        links,
        () if numbers is None else (np.asarray(numbers, np.float64),),
        lists,
        _name,
        _look,
        _item,
    )


def items(labels: Sequence[Sequence[int]]) -> Items:
    lengths = [len(each) for each in labels]
    return Items(np.r_[0, np.cumsum(lengths)].astype(np.int64), np.array([x for each in labels for x in each], np.uint64))


def shuffled(whole: Table, order: np.ndarray) -> Table:
    """The same rows in another order."""
    lists = [each.offsets for each in whole.lists]
    moved = [
        items([each.values[offsets[i] : offsets[i + 1]].tolist() for i in order])
        for each, offsets in zip(whole.lists, lists, strict=True)
    ]
    return Table(
        whole.luck[order],
        tuple(each[order] for each in whole.groups),
        whole.links[order],
        tuple(each[order] for each in whole.numbers),
        tuple(moved),
        whole.name,
        whole.look,
        whole.item,
    )


def _name(which: int, number: int) -> str:
    return f"class {number}"


def _look(which: int, numbers: object, texts: object) -> dict[int, str]:
    return {number: f"class {number}" for number in numbers}  # type: ignore[attr-defined]


def _item(which: int, number: int) -> str:
    return f"label {number}"
