"""Drawing a passage that does not belong to a query, from all of a pool or from the best ranked, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.text import buffers
from dprep.kernels.near_pairs import near
from dprep.ops.augment._known import Known, column
from dprep.ops.augment._pool import TWIN, taken, walk

Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_TRIES = 30
"""Passages that may be refused to a row, where it is drawn from all of them, before it is left alone."""
_MOST_QUERIES = 64
"""Rows of a passage whose queries are looked at."""
_PAIRS = 100_000
"""Pairs of texts that are compared at a time."""


@dataclass(frozen=True)
class Draws:
    """What passages are drawn from, and what decides whether one may be."""

    known: Known
    query: str
    passage: str
    answers: str | None
    ranked: npt.NDArray[np.int32] | None
    """(rows, most): for each row its candidates, -1 where there are no more; None: all passages."""

    def passages(self, numbers: Places) -> pl.Series:
        """The texts of these passages, as they stand first."""
        return column(taken(self.known.pool, self.known.passages.first[numbers]), self.passage)


def drawn(draws: Draws, places: Places, number: int) -> Places:
    """The number of the passage that each of the pool's rows at `places` gets: the `number`-th on its way through the
    candidates that is not refused; -1: there is none.
    """
    luck, ranked = draws.known.pool.luck[places], draws.ranked
    size = len(draws.known.passages) if ranked is None else (ranked >= 0).sum(axis=1)
    way, sizes = walk(luck, size), np.broadcast_to(np.asarray(size), places.shape)
    found, seen = np.full(len(places), -1, np.int64), np.zeros(len(places), np.int64)
    left = np.arange(len(places))
    for step in range(number + _TRIES if ranked is None else ranked.shape[1]):
        left = left[step < sizes[left]]
        if not len(left):
            break
        nth = way.of(left).at(step)
        candidates = nth if ranked is None else ranked[left, nth].astype(np.int64)
        fits = ~refused(draws, places[left], candidates)
        seen[left] += fits
        done = fits & (seen[left] == number)
        found[left[done]] = candidates[done]
        left = left[~done]
    return found


def refused(draws: Draws, places: Places, candidates: Places) -> Flags:
    """Whether a row may not get its candidate: it is blank, or may belong to the row's query."""
    texts = draws.passages(candidates)
    out = ~texts.str.contains(r"\S").to_numpy()
    for first in range(0, len(places), _PAIRS // 8):
        some = slice(first, first + _PAIRS // 8)
        out[some] |= _belongs(draws, places[some], texts[some]) | _asked_alike(draws, places[some], candidates[some])
    return out


def _belongs(draws: Draws, places: Places, texts: pl.Series) -> Flags:
    """Whether a text is a twin of a passage of the row's query, or holds an answer to it."""
    out = np.zeros(len(places), np.bool_)
    side = draws.known.queries
    which, there = side.places(side.number[places], len(draws.known.pool))
    for first in range(0, len(which), _PAIRS):
        some = which[first : first + _PAIRS]
        rows, mine = taken(draws.known.pool, there[first : first + _PAIRS]), texts.gather(some)
        alike = near(buffers(mine), buffers(column(rows, draws.passage)), TWIN)
        if draws.answers is not None:
            alike |= holds_answer(mine, rows.get_column(draws.answers))
        out[some[alike]] = True
    return out


def _asked_alike(draws: Draws, places: Places, candidates: Places) -> Flags:
    """Whether a row of the candidate asks nearly what the row asks."""
    out = np.zeros(len(places), np.bool_)
    pool = draws.known.pool
    which, there = draws.known.passages.places(candidates, _MOST_QUERIES)
    for first in range(0, len(which), _PAIRS):
        some = which[first : first + _PAIRS]
        mine, theirs = (column(taken(pool, each), draws.query) for each in (places[some], there[first : first + _PAIRS]))
        out[some[near(buffers(mine), buffers(theirs), TWIN)]] = True
    return out


def holds_answer(texts: pl.Series, answers: pl.Series) -> Flags:
    """(rows,): whether one of a row's answers occurs in its text, case and width ignored. Blank answers are none."""
    listed = answers.struct.field("text") if isinstance(answers.dtype, pl.Struct) else answers
    if not isinstance(listed.dtype, pl.List):
        listed = listed.cast(pl.String).reshape((-1, 1)).arr.to_list()
    frame = pl.DataFrame({"row": pl.int_range(len(texts), eager=True), "answer": listed.cast(pl.List(pl.String))})
    frame = frame.filter(pl.col("answer").list.len() > 0).explode("answer").drop_nulls()
    frame = frame.with_columns(_plain(pl.col("answer").str.strip_chars())).filter(pl.col("answer") != "")
    plain = texts.to_frame("text").select(_plain(pl.col("text"))).to_series()
    pairs = frame.with_columns(text=plain.gather(frame.get_column("row")))
    found = pairs.filter(pl.col("text").str.contains(pl.col("answer"), literal=True)).get_column("row")
    out = np.zeros(len(texts), np.bool_)
    out[found.to_numpy()] = True
    return out


def _plain(text: pl.Expr) -> pl.Expr:
    return text.str.normalize("NFKC").str.to_lowercase()
