"""Which lengths go together in packs of at most so many tokens.

Best fit says how few packs do. It puts like with like: documents of one length fill a pack, and each step of training would see
one length. So the documents are then dealt evenly to as many packs, each of which gets long and short ones, as long as all stay
within the limit; for padded computing, where likeness is wanted, best fit stands.

Works on the histogram of lengths, so a million documents take as long as their distinct lengths do. What comes out depends on
the lengths alone: which of the documents of one length fills which place of a pack is free, and drawn anew each epoch.
"""

from __future__ import annotations

import heapq
import itertools
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Packs:
    """Places in packs, each filled by a document of a certain length."""

    lengths: Numbers
    """(documents,) the length of each place, pack after pack."""
    starts: Numbers
    """(packs + 1,) where each pack's places begin."""

    @property
    def count(self) -> int:
        return len(self.starts) - 1

    @property
    def tokens(self) -> Numbers:
        """(packs,) tokens of each."""
        return np.add.reduceat(self.lengths, self.starts[:-1]) if self.count else np.zeros(0, np.int64)


@dataclass(frozen=True)
class _Filled:
    """So many packs alike: the lengths put in last, how often, and what was there before."""

    count: int
    length: int
    times: int
    before: _Filled | None


SLACK = 0.005
"""How many more packs than best fit needs may be taken for an even mixture of lengths."""
LARGE = (1, 4)
"""Documents above this share (one in so many) of a pack are put by best fit; the smaller ones are dealt."""


def packs_of(lengths: Numbers, capacity: int, of: int, alike: bool) -> Packs:
    """Packs of at most `capacity` tokens (a longer document has its own), as many as `of` goes into, none empty.

    alike: documents of a pack shall have about the same length, rather than all packs the same mixture of lengths.
    """
    fewest = best_fit(lengths, capacity)
    for large in () if alike else LARGE:
        even = _dealt_evenly(lengths, capacity, -(-int(fewest.count * (1 + SLACK)) // of) * of, capacity // large)
        if even is not None:
            return even
    return in_multiples(fewest, of)


def best_fit(lengths: Numbers, capacity: int) -> Packs:
    """Packs of at most `capacity` tokens; a longer document has a pack of its own.

    Each document, from the longest on, goes to the pack with the least room that it fits in (Johnson 1973: at most 11/9 of the
    fewest possible packs, and a bit).
    """
    return _as_arrays([packs for _, packs in _best_fit(lengths, capacity)])


def _best_fit(lengths: Numbers, capacity: int) -> list[tuple[int, _Filled]]:
    """(tokens of a pack, packs)."""
    sizes, counts = np.unique(np.asarray(lengths, dtype=np.int64), return_counts=True)
    open_packs: dict[int, list[_Filled]] = defaultdict(list)
    rooms: list[int] = []
    closed: list[tuple[int, _Filled]] = []
    for size, left in zip(sizes[::-1].tolist(), counts[::-1].tolist(), strict=True):
        if size > capacity:
            closed.append((size, _Filled(left, size, 1, None)))
            continue
        _place(size, left, capacity, open_packs, rooms)
    return [*closed, *((capacity - room, filled) for room in rooms for filled in open_packs[room])]


def _place(size: int, left: int, capacity: int, open_packs: dict[int, list[_Filled]], rooms: list[int]) -> None:
    """Put `left` documents of `size` tokens where they fit best; `rooms` is what `open_packs` has, ascending."""
    while left:
        at = bisect_left(rooms, size)
        if at == len(rooms):
            room, packs = capacity, _Filled(-(-left // max(1, capacity // max(1, size))), 0, 0, None)
        else:
            room = rooms[at]
            packs = open_packs[room].pop()
            if not open_packs[room]:
                del open_packs[room], rooms[at]
        each = room // size if size else left
        whole = min(packs.count, left // each)
        rest = left - whole * each if whole < packs.count else 0
        for count, times in ((whole, each), (1 if rest else 0, rest), (packs.count - whole - (1 if rest else 0), 0)):
            if count:
                _keep(_add(packs, count, size, times), room - times * size, open_packs, rooms)
        left -= whole * each + rest


def _add(packs: _Filled, count: int, size: int, times: int) -> _Filled:
    if not times:
        return _Filled(count, packs.length, packs.times, packs.before)
    if packs.length == size:
        return _Filled(count, size, packs.times + times, packs.before)
    return _Filled(count, size, times, packs if packs.times else None)


def _keep(packs: _Filled, room: int, open_packs: dict[int, list[_Filled]], rooms: list[int]) -> None:
    if room not in open_packs:
        insort(rooms, room)
    open_packs[room].append(packs)


def _dealt_evenly(lengths: Numbers, capacity: int, count: int, large: int) -> Packs | None:
    """Just so many packs: each document, from the longest on, goes to the pack with the fewest tokens (Graham 1969).

    Those above `large` tokens are there before, by best fit. None where a pack is then over capacity or empty.
    """
    begun = _best_fit(lengths[lengths > large], capacity)
    over = [packs for load, packs in begun if load > capacity]
    orders = itertools.count()  # so that packs with as many tokens are told apart
    heap = [(load, next(orders), packs) for load, packs in begun if load <= capacity]
    empty = count - sum(packs.count for _, packs in begun)
    small = lengths[lengths <= large]
    if empty < 0 or len(small) < empty or (len(small) and not heap and not empty):
        return None
    if empty:
        heap.append((0, next(orders), _Filled(empty, 0, 0, None)))
    heapq.heapify(heap)
    top = max((load for load, _, _ in heap), default=0)
    packs_in_all = sum(packs.count for _, _, packs in heap)
    sizes, counts = np.unique(small, return_counts=True)
    for size, left in zip(sizes[::-1].tolist(), counts[::-1].tolist(), strict=True):
        top = max(top, _deal(size, left, heap, orders, top, packs_in_all))
        if top > capacity:
            return None
    if heap and heap[0][0] == 0:
        return None
    return _as_arrays([*over, *(packs for _, _, packs in sorted(heap))])


def _deal(
    size: int, left: int, heap: list[tuple[int, int, _Filled]], orders: Iterator[int], top: int, packs_in_all: int
) -> int:
    """`left` documents of `size` tokens to the packs with the fewest; the heap holds (tokens, an order, packs).

    top: the most tokens of a pack. Answers the most tokens that a pack got to.
    """
    got = 0
    rounds = left // packs_in_all
    if rounds and top - heap[0][0] <= size:
        # all in turn: with loads this close, nobody is passed over; one amount more for all keeps a heap a heap
        heap[:] = [(load + rounds * size, order, _add(packs, packs.count, size, rounds)) for load, order, packs in heap]
        left -= rounds * packs_in_all
        got = top + rounds * size
    while left:
        load, order, packs = heapq.heappop(heap)
        lucky = min(left, packs.count)
        heapq.heappush(heap, (load + size, next(orders), _add(packs, lucky, size, 1)))
        if packs.count > lucky:
            rest = _Filled(packs.count - lucky, packs.length, packs.times, packs.before)
            heapq.heappush(heap, (load, order, rest))
        left -= lucky
        got = max(got, load + size)
    return got


def _as_arrays(groups: list[_Filled]) -> Packs:
    places: list[Numbers] = []
    sizes: list[Numbers] = []
    for group in groups:
        chain: list[tuple[int, int]] = []
        link: _Filled | None = group
        while link is not None:
            chain.append((link.length, link.times))
            link = link.before
        one = np.repeat([length for length, _ in chain[::-1]], [times for _, times in chain[::-1]]).astype(np.int64)
        places.append(np.tile(one, group.count))
        sizes.append(np.full(group.count, len(one), np.int64))
    return _packs(places, sizes)


def _packs(places: list[Numbers], sizes: list[Numbers]) -> Packs:
    empty = [np.zeros(0, np.int64)]
    return Packs(
        np.concatenate(places or empty), np.concatenate([[0], np.cumsum(np.concatenate(sizes or empty))]).astype(np.int64)
    )


def in_multiples(packs: Packs, of: int) -> Packs:
    """As many packs as `of` goes into, none empty: the fullest are halved, and nothing grows.

    Where there are too few documents for that, the surplus packs join the lightest instead, which may then be over capacity.
    Needs at least `of` documents.
    """
    missing = -packs.count % of
    if not missing:
        return packs
    each = [packs.lengths[start:end] for start, end in zip(packs.starts[:-1], packs.starts[1:], strict=True)]
    halved = len(packs.lengths) >= packs.count + missing
    each = _halve(each, missing) if halved else _join(each, packs.count % of)
    return _packs(each, [np.array([len(one) for one in each], np.int64)])


def _halve(packs: list[Numbers], times: int) -> list[Numbers]:
    heap = [(-int(one.sum()), place) for place, one in enumerate(packs) if len(one) > 1]
    heapq.heapify(heap)
    for _ in range(times):
        _, place = heapq.heappop(heap)
        halves = _two(packs[place])
        packs[place] = halves[0]
        packs.append(halves[1])
        for where in (place, len(packs) - 1):
            if len(packs[where]) > 1:
                heapq.heappush(heap, (-int(packs[where].sum()), where))
    return packs


def _two(one: Numbers) -> tuple[Numbers, Numbers]:
    """Two parts with about the same tokens, none empty."""
    sides: tuple[list[int], list[int]] = ([], [])
    for length in np.sort(one)[::-1].tolist():
        lighter = min(sides, key=lambda side: (sum(side), len(side)))
        lighter.append(length)
    return np.array(sides[0], np.int64), np.array(sides[1], np.int64)


def _join(packs: list[Numbers], surplus: int) -> list[Numbers]:
    ordered = sorted(packs, key=lambda one: int(one.sum()))
    lightest, others = ordered[:surplus], ordered[surplus:]
    for place, one in enumerate(lightest):
        others[place % len(others)] = np.concatenate([others[place % len(others)], one])
    return others
