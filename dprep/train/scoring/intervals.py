"""How sure a score is: bootstrap intervals over rows, and paired tests between two runs on the same rows.

Every score here is a function of sums over rows (a count of hits, a sum of squares …), so a resample of the rows is a vector of
weights, and its score needs the weighted sums alone. Weights are drawn for a chunk of rows at a time: neither the rows nor the
weights of all resamples are ever in memory together.

Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap (percentile intervals); McNemar 1947; Koehn 2004 (paired
bootstrap).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Metrics = Callable[[Floats], dict[str, Floats]]
"""From sums (samples, columns) to scores, each (samples,); NaN where a score is not defined."""

LEVEL = 0.95
CHUNK = 2048
"""Rows that are weighted together. Fixed, so that the portions in which rows arrive make no difference."""
BLOCK = 4_000_000
"""Weights in memory at once, where samples are worked off one block after the other."""
FLIPS = 10_000
MOST_FLIPS = 1_000_000_000
"""Signs drawn at most for one test: on very many rows fewer permutations do, and the result says how many."""


class Sums:
    """Sums of the columns of row statistics, over all rows and over each resample of them. Rows may come in any portions."""

    def __init__(self, rows: int, seed: int, resamples: int) -> None:
        """rows: how many will come in all; each resample draws so many of them with replacement."""
        self._chance = np.random.default_rng(seed)
        self._rows_left = rows
        self._draws_left = np.full(resamples, rows, np.int64)
        self._waiting: list[Floats] = []
        self._count = 0
        self.total: Floats = np.zeros(0)
        self.resampled: Floats = np.zeros((resamples, 0))

    def add(self, statistics: Floats) -> None:
        """The next rows (rows, columns). Columns may grow from call to call; earlier rows have zeros there."""
        self._waiting.append(statistics)
        self._count += len(statistics)
        while self._count >= CHUNK:
            self._take(CHUNK)

    def finish(self) -> tuple[Floats, Floats]:
        """Sums over all rows (columns,), and over each resample (resamples, columns)."""
        if self._count:
            self._take(self._count)
        if self._rows_left:
            raise ValueError(f"{self._rows_left} rows did not come")
        return self.total, self.resampled

    def _take(self, size: int) -> None:
        width = max(len(self.total), *(part.shape[1] for part in self._waiting))
        rows = np.concatenate([_wide(part, width) for part in self._waiting])
        chunk, rest = rows[:size], rows[size:]
        self._waiting, self._count = [rest], len(rest)
        self.total = _wide(self.total, width) + chunk.sum(0)
        self.resampled = _wide(self.resampled, width)
        if len(self._draws_left):
            self.resampled += self._weights(size) @ chunk
        self._rows_left -= size

    def _weights(self, size: int) -> Floats:
        """How often each resample has each row of a chunk: jointly over all chunks, exactly multinomial."""
        share = min(1.0, size / self._rows_left)
        draws = self._chance.binomial(self._draws_left, share) if share < 1 else self._draws_left.copy()
        self._draws_left -= draws
        where = self._chance.integers(0, size, int(draws.sum()))
        where += np.repeat(np.arange(len(draws)) * size, draws)
        return np.bincount(where, minlength=len(draws) * size).reshape(len(draws), size).astype(np.float64)


def _wide(values: Floats, width: int) -> Floats:
    missing = width - values.shape[-1]
    return values if not missing else np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, missing)])


def interval(values: Floats) -> tuple[float, float]:
    """The middle 95 % of resampled scores (resamples,); NaN where no resample defines the score."""
    defined = values[~np.isnan(values)]
    if not len(defined):
        return math.nan, math.nan
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def resampled_counts(counts: Whole, seed: int, resamples: int, width: int = 1) -> Iterator[Floats]:
    """Resamples of rows that fall into cells of equal rows: weights (samples, cells), block by block.

    counts: rows of each cell; width: columns of the sums that are taken of a block.
    """
    chance, rows = np.random.default_rng(seed), int(counts.sum())
    if not rows:
        return
    step = max(1, BLOCK // max(len(counts), width))
    many_cells = len(counts) * 10 > rows
    cell_of = np.repeat(np.arange(len(counts), dtype=np.int64), counts) if many_cells else None
    for first in range(0, resamples, step):
        size = min(step, resamples - first)
        if cell_of is None:
            yield chance.multinomial(rows, counts / rows, size).astype(np.float64)
        else:
            drawn = [np.bincount(cell_of[chance.integers(0, rows, rows)], minlength=len(counts)) for _ in range(size)]
            yield np.asarray(drawn, np.float64)


def swapped_counts(counts: Whole, seed: int, samples: int, width: int = 1) -> Iterator[Floats]:
    """Of the rows of each cell, how many change sides when each tosses a coin: (samples, cells), block by block."""
    chance = np.random.default_rng(seed)
    step = max(1, BLOCK // max(len(counts), width))
    single = bool((counts == 1).all())
    for first in range(0, samples, step):
        shape = (min(step, samples - first), len(counts))
        if single:
            bits = np.frombuffer(chance.bytes((shape[0] * shape[1] + 7) // 8), np.uint8)
            yield np.unpackbits(bits)[: shape[0] * shape[1]].reshape(shape).astype(np.float64)
        else:
            yield chance.binomial(counts, 0.5, shape).astype(np.float64)


@dataclass(frozen=True)
class Pair:
    """The same rows answered by two runs: cells of rows that both answer alike, and how each run's sums come from them."""

    counts: Whole
    """Rows of each cell."""
    differs: npt.NDArray[np.bool_]
    """Cells that the two runs answered differently."""
    sums_a: Callable[[Floats, npt.NDArray[np.intp]], Floats]
    """From weights (samples, cells picked) and the cells picked to the sums (samples, columns) of the first run."""
    sums_b: Callable[[Floats, npt.NDArray[np.intp]], Floats]
    metrics: Metrics
    width: int
    """Columns of the sums."""


@dataclass(frozen=True)
class Delta:
    """One score of two runs. `low` and `high` bound `b - a`; `p` is that of no difference, two-sided."""

    a: float
    b: float
    low: float
    high: float
    p: float
    permutations: int


def paired(pair: Pair, seed: int, resamples: int, flips: int = FLIPS) -> dict[str, Delta]:
    """Every score of both runs, the interval of the difference by paired bootstrap, and p by a sign-flip permutation test."""
    every = np.arange(len(pair.counts))
    whole = pair.counts[None].astype(np.float64)
    a, b = pair.metrics(pair.sums_a(whole, every)), pair.metrics(pair.sums_b(whole, every))
    spread: dict[str, list[Floats]] = {name: [] for name in a}
    for weights in resampled_counts(pair.counts, seed, resamples, pair.width):
        one, other = pair.metrics(pair.sums_a(weights, every)), pair.metrics(pair.sums_b(weights, every))
        for name, values in spread.items():
            values.append(other[name] - one[name])
    by_chance, done = _by_chance(pair, seed + 1, flips)
    found = {}
    for name, deltas in spread.items():
        low, high = interval(np.concatenate(deltas) if deltas else np.zeros(0))
        before, after = float(a[name][0]), float(b[name][0])
        found[name] = Delta(before, after, low, high, _p(after - before, by_chance[name]), done)
    return found


def _by_chance(pair: Pair, seed: int, flips: int) -> tuple[dict[str, Floats], int]:
    """Differences that come about when it is a matter of chance which run gave which answer; and how many were drawn."""
    other, every = np.flatnonzero(pair.differs), np.arange(len(pair.counts))
    whole, counts = pair.counts[None].astype(np.float64), pair.counts[other]
    all_a, all_b = pair.sums_a(whole, every), pair.sums_b(whole, every)
    samples = flips if not len(other) else int(min(flips, max(1000, MOST_FLIPS // len(other))))
    found: dict[str, list[Floats]] = {}
    for swapped in swapped_counts(counts, seed, samples, pair.width):
        moved = pair.sums_b(swapped, other) - pair.sums_a(swapped, other)
        one, two = pair.metrics(all_a + moved), pair.metrics(all_b - moved)
        for name in one:
            found.setdefault(name, []).append(two[name] - one[name])
    return {name: np.concatenate(parts) for name, parts in found.items()}, samples


def _p(observed: float, by_chance: Floats) -> float:
    """The share of differences by chance that are as large as the one observed, which counts as one of them."""
    defined = by_chance[~np.isnan(by_chance)]
    if math.isnan(observed) or not len(defined):
        return math.nan
    slack = 1e-9 * max(1e-3, abs(observed))  # sums in another order differ in their last bits
    return float((1 + np.count_nonzero(np.abs(defined) >= abs(observed) - slack)) / (1 + len(defined)))


def mcnemar(worse: int, better: int) -> float:
    """McNemar's exact two-sided p. worse, better: rows that only the first, only the second run has right."""
    rows, few = worse + better, min(worse, better)
    if not rows or worse == better:
        return 1.0
    logs = [math.lgamma(rows + 1) - math.lgamma(k + 1) - math.lgamma(rows - k + 1) - rows * math.log(2) for k in range(few + 1)]
    most = max(logs)
    return min(1.0, 2 * math.exp(most) * math.fsum(math.exp(each - most) for each in logs))
