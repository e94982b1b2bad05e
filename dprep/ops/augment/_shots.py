"""Examples for a row, drawn from a pool: balanced over the classes, never the row itself or a twin of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.chance import splitmix64
from dprep.base.mixing import RowPool
from dprep.base.text import buffers
from dprep.kernels.near_pairs import near
from dprep.ops.augment._pool import TWIN, Members, Walk, as_texts, has_class, members, places_of, taken, walk

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_TRIES = 8
"""Rows of a class that may be refused before it gives no example."""


@dataclass(frozen=True)
class Shot:
    """One example for each row: its text and its answer, null where the class had none to give."""

    prompt: pl.Series
    answer: pl.Series


@dataclass(frozen=True)
class Wanted:
    """What the examples of some rows are drawn by."""

    pool: RowPool
    inputs: tuple[str, ...]
    """The columns by which twins are told."""
    rendered: Callable[[pl.DataFrame], pl.DataFrame]
    """Rows -> their `prompt` and `answer`, null where a row cannot be an example."""


def shots(wanted: Wanted, rows: pl.DataFrame, luck: U64, count: int) -> list[Shot]:
    """`count` examples for each row, in the order in which they stand. No example comes twice."""
    found = _of_classes(members(wanted.pool))
    own, texts = places_of(rows, wanted.pool), as_texts(rows, wanted.inputs)
    classes = walk(splitmix64(luck), len(found.classes))
    rounds = -(-count // max(len(found.classes), 1))
    made = []
    for nth in range(count):
        number = classes.at(nth)
        way = walk(luck ^ found.classes[number], found.sizes[number])
        step = nth // max(len(found.classes), 1)
        made.append(_drawn(wanted, (own, texts), (way, found.starts[number]), (step, rounds), found.members))
    return made


def _of_classes(found: Members) -> Members:
    """Without the rows of no class, if there are others."""
    if len(found.classes) < 2 or has_class(found.classes[:1])[0]:
        return found
    return Members(found.classes[1:], found.starts[1:], found.members)


def _drawn(
    wanted: Wanted, rows: tuple[Places, pl.Series], ways: tuple[Walk, Places], steps: tuple[int, int], places: Places
) -> Shot:
    """The first row on each way that may be an example. steps: where the way begins, and how far the next try is."""
    (own, texts), (way, starts), (step, stride) = rows, ways, steps
    prompts, answers = (pl.repeat(None, len(own), dtype=pl.String, eager=True) for _ in range(2))
    left = np.arange(len(own))
    for turn in range(_TRIES):
        at = step + turn * stride
        left = left[at < way.size[left]]
        if not len(left):
            break
        there = places[starts[left] + way.of(left).at(at)]
        theirs = taken(wanted.pool, there)
        shown = wanted.rendered(theirs)
        twins = near(buffers(texts.gather(left)), buffers(as_texts(theirs, wanted.inputs)), TWIN)
        usable = shown.select(pl.col("prompt").is_not_null() & pl.col("answer").is_not_null()).to_series().to_numpy()
        fits = (there != own[left]) & ~twins & usable
        if fits.any():
            some = shown.filter(pl.Series(fits))
            prompts = prompts.scatter(left[fits], some.get_column("prompt"))
            answers = answers.scatter(left[fits], some.get_column("answer"))
        left = left[~fits]
    return Shot(prompts, answers)
