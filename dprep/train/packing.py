"""Best-fit decreasing: which lengths go together in packs of at most so many tokens.

Works on the histogram of lengths, so a million documents take as long as their distinct lengths do. What comes out depends on
the lengths alone: which of the documents of one length fills which place of a pack is free, and drawn anew each epoch.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections import defaultdict
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


def best_fit(lengths: Numbers, capacity: int) -> Packs:
    """Packs of at most `capacity` tokens; a longer document has a pack of its own.

    Each document, from the longest on, goes to the pack with the least room that it fits in (Johnson 1973: at most 11/9 of the
    fewest possible packs, and a bit).
    """
    sizes, counts = np.unique(np.asarray(lengths, dtype=np.int64), return_counts=True)
    open_packs: dict[int, list[_Filled]] = defaultdict(list)
    rooms: list[int] = []
    closed: list[_Filled] = []
    for size, left in zip(sizes[::-1].tolist(), counts[::-1].tolist(), strict=True):
        if size > capacity:
            closed.append(_Filled(left, size, 1, None))
            continue
        _place(size, left, capacity, open_packs, rooms)
    return _as_arrays([*closed, *(filled for room in rooms for filled in open_packs[room])])


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
    return _Filled(count, size, times, packs if packs.times else None)


def _keep(packs: _Filled, room: int, open_packs: dict[int, list[_Filled]], rooms: list[int]) -> None:
    if room not in open_packs:
        insort(rooms, room)
    open_packs[room].append(packs)


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
