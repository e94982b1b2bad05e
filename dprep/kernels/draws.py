"""Numbers drawn inside kernels from one u64 per text: splitmix64, as dprep.base.chance has it."""

from __future__ import annotations

import numpy as np

from dprep.kernels.jit import njit


@njit(cache=True, nogil=True)
def draw(state):  # type: ignore[no-untyped-def]
    """The next u64, and the state after it."""
    state += np.uint64(0x9E3779B97F4A7C15)
    z = state
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31)), state


@njit(cache=True, nogil=True)
def below(state, limit):  # type: ignore[no-untyped-def]
    """A number from 0 to limit - 1, and the state after it."""
    value, state = draw(state)
    return np.int64((value >> np.uint64(32)) * np.uint64(limit) >> np.uint64(32)), state


@njit(cache=True, nogil=True)
def chance(state, rate):  # type: ignore[no-untyped-def]
    """True with chance `rate` (0 to 1), and the state after it."""
    value, state = draw(state)
    return value >> np.uint64(11) < np.uint64(rate * 2.0**53), state
