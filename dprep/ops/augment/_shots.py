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

_ODD = np.uint64(0x9FB21C651E98DF25)
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
    draws = _Draws(wanted, found, places_of(rows, wanted.pool), as_texts(rows, wanted.inputs))
    several = max(min(len(found.classes), count), 1)
    classes = walk(splitmix64(luck), len(found.classes))
    tried = np.zeros((several, len(rows)), np.int64)
    made = []
    for nth in range(count):
        number = classes.at(nth % several)
        way = walk(luck ^ found.classes[number], found.sizes[number])
        made.append(_drawn(draws, way, found.starts[number], tried[nth % several]))
    return _shuffled(made, luck)


def _of_classes(found: Members) -> Members:
    """Without the rows of no class, if there are others."""
    if len(found.classes) < 2 or has_class(found.classes[:1])[0]:
        return found
    return Members(found.classes[1:], found.starts[1:], found.members)


@dataclass(frozen=True)
class _Draws:
    """Rows that want examples, and where these are."""

    wanted: Wanted
    found: Members
    own: Places
    texts: pl.Series


def _drawn(draws: _Draws, way: Walk, starts: Places, tried: Places) -> Shot:
    """The next row on each way that may be an example. tried: how far each way has been gone; it is moved on."""
    wanted, own = draws.wanted, draws.own
    prompts, answers = (pl.repeat(None, len(own), dtype=pl.String, eager=True) for _ in range(2))
    left = np.arange(len(own))
    for _ in range(_TRIES):
        left = left[tried[left] < way.size[left]]
        if not len(left):
            break
        there = draws.found.members[starts[left] + way.of(left).at(tried[left])]
        tried[left] += 1
        theirs = taken(wanted.pool, there)
        shown = wanted.rendered(theirs)
        twins = near(buffers(draws.texts.gather(left)), buffers(as_texts(theirs, wanted.inputs)), TWIN)
        usable = shown.select(pl.col("prompt").is_not_null() & pl.col("answer").is_not_null()).to_series().to_numpy()
        fits = (there != own[left]) & ~twins & usable
        if fits.any():
            some = shown.filter(pl.Series(fits))
            prompts = prompts.scatter(left[fits], some.get_column("prompt"))
            answers = answers.scatter(left[fits], some.get_column("answer"))
        left = left[~fits]
    return Shot(prompts, answers)


def _shuffled(made: list[Shot], luck: U64) -> list[Shot]:
    """The examples of each row in an order by its luck."""
    salts = np.arange(1, len(made) + 1, dtype=np.uint64)[:, None] * _ODD
    keys = splitmix64(luck[None, :] + salts)
    order = np.argsort(keys, axis=0, kind="stable") * len(luck) + np.arange(len(luck))
    prompts, answers = (pl.concat([getattr(each, side) for each in made]) for side in ("prompt", "answer"))
    return [Shot(prompts.gather(places), answers.gather(places)) for places in order]
