"""Which examples are computed together, and when: a pure function of (lengths, settings, seed, epoch).

A portion is what one device computes at once; a step is `accumulate` portions on each device. Portion `g` of a run is found by
arithmetic, so a run goes on where it stopped without replaying anything, and the order of an epoch is that epoch's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from dprep.base.problem import Error, Problem
from dprep.train.data.packing import Numbers, Packs, packs_of
from dprep.train.settings import Settings

_ORDER, _CHANCE = 1, 2
"""What a stream of chance is for, so that no two are the same."""


def chance(seed: int, epoch: int, portion: int) -> np.random.Generator:
    """The chance of a portion of a run (masks of tokens): the same however often the run was stopped."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, _CHANCE, epoch, portion])))


class Plan:
    """The batches of a run over examples of some lengths.

    lengths: (examples,) tokens of each. world_size: devices. Device `r` takes portions `r`, `r + world_size`, … of a step.
    alike: the model computes padded, so the documents of a portion shall have about the same length. What is in a step of
    rows does not depend on it.
    Every step has exactly `accumulate * world_size` portions, none of them empty, and every epoch has as many steps.
    Raises Error (`train-too-few-rows`) where there are fewer examples than that.
    """

    def __init__(self, lengths: npt.ArrayLike, settings: Settings, world_size: int = 1, alike: bool = False) -> None:
        self.lengths: Numbers = np.asarray(lengths, dtype=np.int64)
        self.capacity = settings.batch_tokens
        self.seed = settings.seed
        self.alike = alike
        self.each_step = settings.accumulate * world_size
        """Portions of a step, on all devices."""
        if len(self.lengths) < self.each_step:
            raise Error(_too_few(len(self.lengths), settings.accumulate, world_size))
        self._packs = packs_of(self.lengths, self.capacity, self.each_step, alike) if self.capacity else None
        self._rows = settings.batch_size
        self._epoch = lru_cache(maxsize=2)(self._portions)

    @property
    def steps_each(self) -> int:
        """Optimiser steps of an epoch."""
        if self._packs is not None:
            return self._packs.count // self.each_step
        rows = len(self.lengths)
        whole, rest = divmod(rows, self._rows * self.each_step)
        # a rest with too few rows for all portions joins the step before it
        return whole + (1 if rest >= self.each_step or not whole else 0)

    def steps(self, epoch: int) -> int:
        """Optimiser steps of an epoch; the same for all."""
        return self.steps_each

    def portions(self, epoch: int) -> list[Numbers]:
        """Places of the examples of each portion; `steps(epoch) * each_step` of them. Each example is in exactly one."""
        return self._epoch(epoch)

    def at(self, portion: int) -> tuple[int, Numbers]:
        """(epoch, places of the examples) of a portion of a run, counted from 0 over all epochs."""
        epoch, place = divmod(portion, self.steps_each * self.each_step)
        return epoch, self._epoch(epoch)[place]

    def epoch_ends(self, epochs: float) -> list[int]:
        """Steps done when each epoch is; the last is the end of the run, also where it is within an epoch."""
        last = max(1, round(epochs * self.steps_each))
        return [*(step for step in range(self.steps_each, last, self.steps_each)), last]

    def _portions(self, epoch: int) -> list[Numbers]:
        luck = np.random.Generator(np.random.Philox(np.random.SeedSequence([self.seed, _ORDER, epoch])))
        return self._shuffled_packs(luck, self._packs) if self._packs is not None else self._shuffled_rows(luck)

    def _shuffled_packs(self, luck: np.random.Generator, packs: Packs) -> list[Numbers]:
        """Documents of one length swap places; packs swap places, but the lightest stay together in one step."""
        order = luck.permutation(len(self.lengths))
        by_length = order[np.argsort(self.lengths[order], kind="stable")]
        places = np.empty(len(by_length), np.int64)
        places[np.argsort(packs.lengths, kind="stable")] = by_length
        heavy_first = np.argsort(-packs.tokens, kind="stable")
        steps = np.concatenate(
            [luck.permutation(heavy_first[: -self.each_step]), luck.permutation(heavy_first[-self.each_step :])]
        )
        steps = luck.permutation(steps.reshape(-1, self.each_step))
        starts = packs.starts
        return [places[starts[pack] : starts[pack + 1]] for pack in steps.reshape(-1).tolist()]

    def _shuffled_rows(self, luck: np.random.Generator) -> list[Numbers]:
        order = luck.permutation(len(self.lengths))
        whole = self._rows * self.each_step
        ends = [whole * step for step in range(1, self.steps_each)]
        return [portion for step in np.split(order, ends) for portion in self._dealt(step)]

    def _dealt(self, step: Numbers) -> list[Numbers]:
        """The rows of a step in portions of as many rows, or one more.

        By length in turn there and back, so that portions have about as many tokens; or, alike, by length.
        """
        by_length = step[np.argsort(-self.lengths[step], kind="stable")]
        if self.alike:
            return np.array_split(by_length, self.each_step)
        turn, seat = np.divmod(np.arange(len(step)), self.each_step)
        seat = np.where(turn % 2 == 1, self.each_step - 1 - seat, seat)
        return [by_length[seat == portion] for portion in range(self.each_step)]


def shares(plan: Plan) -> dict[str, float]:
    """`padding`: share of the places of a rectangle that would hold no token; `filled`: tokens of what a portion may hold.

    Both over the first epoch. Where portions are counted in rows nothing is there to fill, and `filled` is 1 - `padding`.
    """
    portions = plan.portions(0)
    tokens = int(plan.lengths.sum())
    rectangles = sum(len(portion) * int(plan.lengths[portion].max()) for portion in portions)
    padding = 1 - tokens / rectangles if rectangles else 0.0
    filled = tokens / sum(_rooms(plan, portions)) if plan.capacity else 1 - padding
    return {"padding": padding, "filled": filled}


def _rooms(plan: Plan, portions: Sequence[Numbers]) -> list[int]:
    return [max(plan.capacity, int(plan.lengths[portion].sum())) for portion in portions]


def _too_few(rows: int, accumulate: int, world_size: int) -> Problem:
    devices = f" on {world_size} devices" if world_size > 1 else ""
    return Problem(
        "train-too-few-rows",
        f"a step of `accumulate = {accumulate}`{devices} needs {accumulate * world_size} rows, and the part has {rows}",
        help="lower `accumulate`, or train on a larger part",
    )
