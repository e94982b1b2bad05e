"""Cartography: how sure the model was of the truth of each row of train, epoch by epoch, and how much that varied.

Confidence is the mean over epochs of the probability of what is true, variability its standard deviation (over all epochs, not
one less), correctness the share of epochs in which it was right.
Source: Swayamdipta et al. 2020, Dataset Cartography: Mapping and Diagnosing Datasets with Training Dynamics.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dprep.report.blocks import Bin, Block, Card, Column, Deck, Histogram, Notice, Prose, Scatter, Section, Subhead, Table
from dprep.report.numbers import share
from dprep.report.reading.found import opened
from dprep.report.reading.found_run import FoundRun
from dprep.report.reading.rows_by_id import excerpt, rows_by_id
from dprep.report.run_sections.words import score, without_empty
from dprep.report.say import Say

ID = "cartography"
GRID = 40
EASY, HARD, STEADY = 2 / 3, 1 / 3, 0.2
"""Easy: surer than EASY on average; hard: less than HARD; both varying by less than STEADY. All else is ambiguous."""
SHOWN = 10
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Learnt:
    """A row of train. right: share of the epochs in which it was right; None where that is not the question."""

    id: str
    confidence: float
    variability: float
    right: float | None
    origin: str = ""
    label: str = ""
    text: str = ""


@dataclass(frozen=True)
class CartographyFacts:
    """cells: (column, line, rows, mean correctness) of a grid of GRID x GRID over confidence 0..1 and variability 0..0.5."""

    rows: int
    epochs: int
    by_tokens: bool
    """The probability is the geometric mean over tokens, and nothing is right or wrong."""
    cells: tuple[tuple[int, int, int, float | None], ...]
    easy: int
    ambiguous: int
    hard: int
    never_right: int
    hardest: tuple[Learnt, ...]
    most_ambiguous: tuple[Learnt, ...]


@dataclass
class _Sums:
    rows: int = 0
    epochs: int = 0
    easy: int = 0
    hard: int = 0
    never: int = 0
    judged: int = 0
    counts: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros((GRID, GRID), np.int64))
    right: Floats = field(default_factory=lambda: np.zeros((GRID, GRID)))
    hardest: list[Learnt] = field(default_factory=list)
    ambiguous: list[Learnt] = field(default_factory=list)


def facts(found: FoundRun) -> CartographyFacts | None:
    """From `dynamics.parquet`, a row group at a time; None where there is none."""
    path = found.dynamics
    if path is None:
        return None
    sums = _Sums()
    for block in _blocks(path):
        _take(sums, *block)
    if not sums.rows:
        return None
    ids = [each.id for each in (*sums.hardest, *sums.ambiguous)]
    shown = rows_by_id(found.version, ids, found.texts) if found.version else {}

    def told(many: list[Learnt]) -> tuple[Learnt, ...]:
        rows = ((each, shown.get(each.id)) for each in many)
        return tuple(
            Learnt(
                each.id,
                each.confidence,
                each.variability,
                each.right,
                row.origin,
                row.label,
                excerpt(found.told_text(row.text)),
            )
            if row
            else each
            for each, row in rows
        )

    places = np.argwhere(sums.counts)
    return CartographyFacts(
        rows=sums.rows,
        epochs=sums.epochs,
        by_tokens=not sums.judged,
        cells=tuple((int(i), int(j), int(sums.counts[i, j]), _share(sums, i, j)) for i, j in places),
        easy=sums.easy,
        ambiguous=sums.rows - sums.easy - sums.hard,
        hard=sums.hard,
        never_right=sums.never,
        hardest=told(sums.hardest),
        most_ambiguous=told(sums.ambiguous) if sums.epochs > 1 else (),
    )


def _share(sums: _Sums, i: int, j: int) -> float | None:
    return float(f"{sums.right[i, j] / sums.counts[i, j]:.6g}") if sums.judged else None


def _blocks(path: Path) -> Iterator[tuple[pa.Array, Floats, Floats, Floats, int]]:
    """Of the rows of each group: ids, confidence, variability, correctness (no number where unknown), and the most epochs."""
    with opened(path) as file:
        for number in range(file.num_row_groups):
            table = file.read_row_group(number, ["id", "confidence", "right"], use_threads=False)
            ids = table.column("id").combine_chunks()
            if not len(ids):
                continue
            other = pc.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1)).to_numpy(zero_copy_only=False)
            starts = np.concatenate([[0], np.flatnonzero(other) + 1])
            epochs = int(np.diff([*starts, len(ids)]).max())
            yield ids.take(pa.array(starts)), *_moments(table, starts), epochs


def _moments(table: object, starts: npt.NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
    column = table.column  # type: ignore[attr-defined]
    each = column("confidence").to_numpy().astype(np.float64)
    right = column("right").cast("float32").to_numpy(zero_copy_only=False).astype(np.float64)
    counts = np.diff([*starts, len(each)])
    means = np.add.reduceat(each, starts) / counts
    spread = np.sqrt(np.add.reduceat((each - np.repeat(means, counts)) ** 2, starts) / counts)
    return means, spread, np.add.reduceat(right, starts) / counts


def _take(sums: _Sums, ids: pa.Array, means: Floats, spread: Floats, right: Floats, epochs: int) -> None:
    known = ~np.isnan(right)
    columns = np.minimum((means * GRID).astype(np.int64), GRID - 1)
    lines = np.minimum((spread * 2 * GRID).astype(np.int64), GRID - 1)
    np.add.at(sums.counts, (columns, lines), 1)
    np.add.at(sums.right, (columns, lines), np.where(known, right, 0.0))
    sums.rows += len(ids)
    sums.epochs = max(sums.epochs, epochs)
    sums.easy += int(((means >= EASY) & (spread < STEADY)).sum())
    sums.hard += int(((means <= HARD) & (spread < STEADY)).sum())
    sums.never += int((right[known] == 0).sum())
    sums.judged += int(known.sum())

    def row(place: np.int64) -> Learnt:
        told = (float(f"{value:.6g}") for value in (means[place], spread[place], right[place]))
        sure, varied, often = told
        return Learnt(str(ids[place]), sure, varied, None if np.isnan(right[place]) else often)

    least = np.argsort(means, kind="stable")[: 2 * SHOWN]
    most = np.argsort(-spread, kind="stable")[: 2 * SHOWN]
    sums.hardest = heapq.nsmallest(SHOWN, [*sums.hardest, *map(row, least)], key=lambda each: (each.confidence, each.id))
    sums.ambiguous = heapq.nsmallest(SHOWN, [*sums.ambiguous, *map(row, most)], key=lambda each: (-each.variability, each.id))


# in words


def section(facts: CartographyFacts, say: Say) -> Section:
    """The map, then the rows at its edges."""
    return Section(ID, say("Cartography"), (*_map(facts, say), *_edges(facts, say)))


def _map(facts: CartographyFacts, say: Say) -> Iterator[Block]:
    yield Prose(_meaning(facts, say))
    if facts.epochs < 2:
        yield Prose(say("Variability needs at least 2 epochs; this run had 1."))
        bins = [Bin(i / GRID, (i + 1) / GRID, 0) for i in range(GRID)]
        for column, _, rows, _ in facts.cells:
            bins[column] = Bin(bins[column].low, bins[column].high, bins[column].count + rows)
        yield Histogram(say("Confidence in the truth, by row of train"), tuple(bins))
        return
    wide, high = 1 / GRID, 0.5 / GRID
    points = tuple(
        (round((j + 0.5) * high, 6), round((i + 0.5) * wide, 6), rows, 0.0 if right is None else right)
        for i, j, rows, right in facts.cells
    )
    title = say("Map of {rows} rows of train", rows=facts.rows)
    shade = "" if facts.by_tokens else say("share of epochs in which it was right")
    yield Scatter(title, say("variability"), say("confidence"), points, (0.0, 0.5), (0.0, 1.0), (high, wide), shade)
    if not facts.by_tokens:
        yield _regions(facts, say)


def _meaning(facts: CartographyFacts, say: Say) -> str:
    if facts.by_tokens:
        what = say(
            "Confidence is the probability that the model gave to what it should say, as the geometric mean over its tokens, "
            "averaged over {epochs} epochs; variability is its standard deviation.",
            epochs=facts.epochs,
        )
    else:
        what = say(
            "Confidence is the probability that the model gave to the true answer, averaged over {epochs} epochs; variability "
            "is its standard deviation.",
            epochs=facts.epochs,
        )
    how = say("Both come from the forward pass of training, with dropout, when the row was trained on.")
    return say("{what} {how}", what=what, how=how)


def _regions(facts: CartographyFacts, say: Say) -> Table:
    head = (Column(say("Region")), Column(say("Rows"), "number"), Column(say("Share"), "share"), Column(say("Meaning")))
    easy = say("confidence above 2/3, variability below 0.2: learnt early and kept")
    ambiguous = say("all others: the model wavers; such rows teach it most")
    hard = say("confidence below 1/3, variability below 0.2: never learnt; look for wrong labels here")
    lines = (
        (say("easy"), facts.easy, facts.easy / facts.rows, easy),
        (say("ambiguous"), facts.ambiguous, facts.ambiguous / facts.rows, ambiguous),
        (say("hard"), facts.hard, facts.hard / facts.rows, hard),
    )
    return Table(say("Regions"), head, lines)


def _edges(facts: CartographyFacts, say: Say) -> Iterator[Block]:
    least = say("the least confidence in what is given as true: possible label errors")
    if facts.by_tokens:
        least = say("the least confidence in what is to be said")
    yield Subhead(say("Hardest rows"), least, f"{ID}-hard")
    yield _deck(facts.hardest, say("The {n} hardest", n=len(facts.hardest)), say)
    if facts.most_ambiguous:
        yield Subhead(say("Most ambiguous rows"), say("the greatest variability"), f"{ID}-ambiguous")
        yield _deck(facts.most_ambiguous, say("The {n} most ambiguous", n=len(facts.most_ambiguous)), say)


def _deck(rows: tuple[Learnt, ...], title: str, say: Say) -> Deck:
    cards = tuple(
        Card(
            each.text,
            (
                (say("label"), each.label),
                (say("confidence"), score(each.confidence)),
                (say("variability"), score(each.variability)),
                (say("right"), "" if each.right is None else share(each.right, 1)),
                (say("origin"), each.origin),
                (say("row"), each.id),
            ),
        )
        for each in rows
    )
    return Deck(title, without_empty(cards))


def notices(facts: CartographyFacts, say: Say) -> list[Notice]:
    """None: rows that are hard are worth a look, and no fault by themselves."""
    return []
