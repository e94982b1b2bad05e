"""A growing set of pairs of members: (smaller member << 32 | larger member) + 1 for each, so that 0 is a free slot."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit

Slots = npt.NDArray[np.uint64]


def empty() -> Slots:
    """A set without pairs."""
    return np.zeros(1 << 10, np.uint64)


@njit(cache=True, nogil=True)
def slot_of(slots, code):  # type: ignore[no-untyped-def]
    """The slot of a pair, or the free one where it belongs."""
    mask = np.uint64(len(slots) - 1)
    slot = mixed(code) & mask
    while slots[slot] != 0 and slots[slot] != code:
        slot = (slot + np.uint64(1)) & mask
    return slot


@njit(cache=True, nogil=True)
def code_of(a, b):  # type: ignore[no-untyped-def]
    """The number of a pair of members under 2**32."""
    return (np.uint64(min(a, b)) << np.uint64(32) | np.uint64(max(a, b))) + np.uint64(1)


@njit(cache=True, nogil=True)
def grown(slots, count):  # type: ignore[no-untyped-def]
    """`slots`, or twice as many with the same pairs where three in four are taken."""
    if 4 * count < 3 * len(slots):
        return slots
    wider = np.zeros(2 * len(slots), np.uint64)
    for code in slots:
        if code != 0:
            wider[slot_of(wider, code)] = code
    return wider


def pairs_in(slots: Slots) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """The smaller and the larger member of each pair, in no order."""
    codes = slots[slots != 0] - np.uint64(1)
    return (codes >> np.uint64(32)).astype(np.uint32), codes.astype(np.uint32)
