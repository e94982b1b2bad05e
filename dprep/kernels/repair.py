"""A bounded search for a better place for groups of rows, where classes are further from their shares than they should be.

A few groups at a time are tried in every way in which they can lie in the parts (a large neighbourhood search: Shaw 1998,
"Using constraint programming and local search methods to solve vehicle routing problems"). What counts is, of each class, its
worst part: by how much it is beyond the class's slack, squared; squares of all differences decide between ways that are equal
in that. Rows that are in no group are thought of as filling the parts that lack most, so groups need not do what single rows
can.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit
from dprep.kernels.quotas import level

Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int32]
Parts = npt.NDArray[np.uint8]

_WAYS = 4096
"""Most ways in which a few groups are tried."""
EVERY_WAY = 1 << 20
"""Most ways in which all groups are tried: no way is then better than what was found."""
_ROUNDS = 4
"""Sets of groups that are tried for a class, each time that its turn comes."""
_PATIENCE = 8
"""How often all classes have their turn in vain before the search ends."""
_SHORT = 1000.0
"""What a row below a class's least costs, beside a difference as large as the slack."""
_EVEN = 1e-6


class Books(NamedTuple):
    """What is held and what is wanted. Group g has counts[i] rows of classes[i] for i in starts[g]:starts[g + 1]."""

    starts: Counts
    classes: Cells
    counts: Cells
    held: Shares
    """(classes, parts): rows of groups."""
    wanted: Shares
    """(classes, parts): all rows, as fractions."""
    least: Shares
    """(classes, parts)."""
    singles: Shares
    """Rows of each class that are in no group."""
    slack: Shares
    """(classes + 1,): how far a class may be from its shares, and all rows together."""
    off: Shares
    """(classes + 1, parts): how far each class is from its shares once single rows have filled what they can, and all rows."""
    costs: Shares
    """(classes,)"""
    fill: Shares
    """(parts,): for a moment."""
    overlap: bool
    """Whether a row may be of several classes: then all rows are a class like others, and `off[-1]` stays 0."""


@njit(cache=True, nogil=True)
def judged(books):  # type: ignore[no-untyped-def]
    """Set `off` and `costs` of every class, as `held` is."""
    total = books.off[-1]
    total[:] = 0.0
    for of in range(len(books.costs)):
        books.costs[of] = _judge(books, of)
        if not books.overlap:
            total += books.off[of]


@njit(cache=True, nogil=True)
def _judge(books, of):  # type: ignore[no-untyped-def]
    held, wanted, least = books.held[of], books.wanted[of], books.least[of]
    fill = books.fill
    if books.singles[of] > 0.0:
        level(held, wanted, least, books.singles[of], fill)
    else:
        fill[:] = 0.0
    short = 0.0
    for part in range(len(held)):
        books.off[of, part] = held[part] + fill[part] - wanted[part]
        short += max(0.0, least[part] - held[part] - fill[part])
    return _cost(books.off[of], books.slack[of]) + _SHORT * short * short


@njit(cache=True, nogil=True)
def _cost(off, slack):  # type: ignore[no-untyped-def]
    worst, squares = 0.0, 0.0
    for part in range(len(off)):
        worst = max(worst, abs(off[part]))
        squares += off[part] * off[part]
    beyond = max(0.0, worst - slack) / slack
    return beyond * beyond + _EVEN * squares / (slack * slack)


@njit(cache=True, nogil=True)
def _shift(books, g, old, new):  # type: ignore[no-untyped-def]
    """Group `g` goes from part `old` to `new`; how much the costs of its classes grow."""
    grown = 0.0
    total = books.off[-1]
    for i in range(books.starts[g], books.starts[g + 1]):
        of = books.classes[i]
        books.held[of, old] -= books.counts[i]
        books.held[of, new] += books.counts[i]
        if not books.overlap:
            total -= books.off[of]
        cost = _judge(books, of)
        if not books.overlap:
            total += books.off[of]
        grown += cost - books.costs[of]
        books.costs[of] = cost
    return grown


@njit(cache=True, nogil=True)
def _tried(books, chosen, groups):  # type: ignore[no-untyped-def]
    """Try all ways in which `groups` can lie, and keep the best; whether it is better than what was."""
    parts, many = books.held.shape[1], len(groups)
    before = np.empty(many, np.uint8)
    slack = books.slack[-1]
    start = _cost(books.off[-1], slack)
    grown = 0.0
    for k in range(many):
        before[k] = chosen[groups[k]]
        if before[k] != 0:
            grown += _shift(books, groups[k], before[k], 0)
    digits, best = np.zeros(many, np.uint8), before.copy()
    least, better = -1e-10 * (1.0 + start), False
    while True:
        found = grown + _cost(books.off[-1], slack) - start
        if found < least - 1e-10 * abs(least):
            least, better = found, True
            best[:] = digits
        k = 0
        while k < many and digits[k] == parts - 1:
            grown += _shift(books, groups[k], parts - 1, 0)
            digits[k] = 0
            k += 1
        if k == many:
            break
        grown += _shift(books, groups[k], digits[k], digits[k] + 1)
        digits[k] += 1
    for k in range(many):
        if best[k] != 0:
            _shift(books, groups[k], 0, best[k])
        chosen[groups[k]] = best[k]
    return better


@njit(cache=True, nogil=True)
def repaired(books, chosen, bad, of_bad, members, budget):  # type: ignore[no-untyped-def]
    """Look for better places for the groups of `bad` classes: those of bad[k] are members[of_bad[k]:of_bad[k + 1]], the largest
    first. Takes at most about `budget` steps; whether anything was found.
    """
    parts = books.held.shape[1]
    limit = EVERY_WAY if float(parts) ** len(chosen) <= EVERY_WAY else _WAYS
    most, ways = 0, 1
    while ways * parts <= limit:
        most, ways = most + 1, ways * parts
    state = np.array([np.uint64(0x9E3779B97F4A7C15)])
    found, idle = False, 0
    while idle < _PATIENCE and budget > 0:
        moved, any_left = False, False
        for k in range(len(bad)):
            if budget <= 0 or not _beyond(books, bad[k]):
                continue
            any_left = True
            for turn in range(_ROUNDS):
                groups = _picked(members, of_bad[k], of_bad[k + 1], len(chosen), max(1, most), turn, state)
                cells = 0
                for g in groups:
                    cells += books.starts[g + 1] - books.starts[g]
                budget -= 2 * cells * float(parts) ** len(groups) / max(1, len(groups))
                moved = _tried(books, chosen, groups) or moved
                if len(groups) == len(chosen):
                    return moved
        found, idle = found or moved, 0 if moved else idle + 1
        if not any_left:
            break
    return found


@njit(cache=True, nogil=True)
def _beyond(books, of):  # type: ignore[no-untyped-def]
    """Whether a class is further from its shares than its slack, or has a part with fewer rows than it must have."""
    if np.abs(books.off[of]).max() > books.slack[of] + 1e-6:
        return True
    return of < len(books.costs) and books.costs[of] >= _SHORT / 2.0


@njit(cache=True, nogil=True)
def _picked(members, first, end, everything, most, turn, state):  # type: ignore[no-untyped-def]
    """Groups to try together: the largest of a class, the smallest, or any; with others where the class has too few."""
    if most >= everything:
        return np.arange(everything)
    own = end - first
    picked = np.empty(most, np.int64)
    taken = 0
    for k in range(min(len(picked), own)):
        if own <= len(picked) or turn == 0:
            picked[taken] = members[first + k]
        elif turn == 1:
            picked[taken] = members[end - 1 - k]
        else:
            picked[taken] = members[first + _any(state, own)]
        taken += _new(picked, taken)
    for _ in range(4 * len(picked)):
        if taken == len(picked):
            break
        near = _any(state, 2) == 0
        picked[taken] = members[_any(state, len(members))] if near else _any(state, everything)
        taken += _new(picked, taken)
    return picked[:taken]


@njit(cache=True, nogil=True)
def _new(picked, taken):  # type: ignore[no-untyped-def]
    for k in range(taken):
        if picked[k] == picked[taken]:
            return 0
    return 1


@njit(cache=True, nogil=True)
def _any(state, below):  # type: ignore[no-untyped-def]
    """A number below `below`: xorshift64*, Vigna 2016, "An experimental exploration of Marsaglia's xorshift generators"."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return np.int64(((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(33)) % np.uint64(below))
