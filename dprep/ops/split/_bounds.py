"""How near to its shares a class can come at best, whatever is done: what whole units force."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.packing import least_over

Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]

_WORK = 100_000_000
"""Most cells, or bits over 8, that are looked at for one class."""
_MANY = (2, 4, 6, 8, 12, 16, 24, 32)
_STEPS = 3_000_000


def least_off(units: Counts, singles: int, wanted: Shares, found: float) -> float:
    """No way to put a class's rows into parts has all parts nearer to `wanted` (parts,) than this many rows.

    units: the rows of the class in each unit; singles: its rows in none; found: how far off a known way is. With two parts it
    is the best that can be reached for this class alone, with three as long as the class is small; with more it is a bound.
    """
    bound = max(_too_large(units, wanted), _too_few(units, singles, wanted), _sums(units, singles, wanted))
    if len(wanted) == 3:
        bound = max(bound, _three(units, singles, wanted, found))
    if bound < found:
        bound = max(bound, _packed(units, wanted, found))
    return min(bound, found)


def _too_large(units: Counts, wanted: Shares) -> float:
    """Of any k * parts + 1 units, k + 1 share a part."""
    sizes = np.sort(units)[::-1]
    worst, parts = 0.0, len(wanted)
    for k in range(min(64, (len(sizes) - 1) // parts + 1)):
        together = sizes[k * parts - k : k * parts + 1]  # the k + 1 smallest of them
        worst = max(worst, float(together.sum()) - float(wanted.max()))
    return worst


def _packed(units: Counts, wanted: Shares, found: float) -> float:
    """What the largest units force, as many of them as can be tried in all their places."""
    sizes, bound = np.sort(units)[::-1], 0.0
    for many in _MANY:
        tried = least_over(sizes[:many].astype(np.int64), wanted, found, _STEPS)
        if tried < 0.0:
            break
        bound = tried
        if many >= len(sizes) or bound >= found:
            break
    return bound


def _too_few(units: Counts, singles: int, wanted: Shares) -> float:
    """With fewer units than parts, some parts get nothing."""
    empty = len(wanted) - len(units) - singles
    return float(np.sort(wanted)[empty - 1]) if empty > 0 else 0.0


def _sums(units: Counts, singles: int, wanted: Shares) -> float:
    """The sums that units can have, as bits: how near each part's share can come to any of them."""
    sizes, times = np.unique(units, return_counts=True)
    whole = int(units.sum())
    steps = sum(int(count).bit_length() for count in times)
    if whole // 8 * max(1, steps) > _WORK:
        return 0.0
    reached = 1
    for size, count in zip(sizes.tolist(), times.tolist(), strict=True):
        chunk = 1
        while count > 0:  # multiplicities by doubling
            chunk = min(chunk, count)
            reached |= reached << (size * chunk)
            count -= chunk
            chunk *= 2
    return max(_nearest(reached, singles, float(share)) for share in wanted)


def _nearest(reached: int, singles: int, share: float) -> float:
    floor = int(share)
    below = (reached & ((1 << (floor + 1)) - 1)).bit_length() - 1  # 0 is always reached
    above = reached >> (floor + 1)
    under = max(0.0, share - below - singles)
    over = floor + 1 + (above & -above).bit_length() - 1 - share if above else np.inf
    return min(under, over)


def _three(units: Counts, singles: int, wanted: Shares, found: float) -> float:
    """All pairs of sums that two of three parts can have, as far as they may be better than `found`."""
    small = np.argsort(wanted, kind="stable")
    low, mid, high = (float(wanted[part]) for part in small)
    whole = int(units.sum())
    shape = (min(whole, int(low + found)) + 2, min(whole, int(mid + found)) + 2)
    if shape[0] * shape[1] * max(1, len(units)) > _WORK:
        return 0.0
    reached = np.zeros(shape, np.bool_)
    reached[0, 0] = True
    for size in units.tolist():
        before = reached.copy()
        reached[size:] |= before[: max(0, shape[0] - size)]
        reached[:, size:] |= before[:, : max(0, shape[1] - size)]
    first, second = np.nonzero(reached)
    third = whole - first - second
    lacking = np.sort(np.stack([low - first, mid - second, high - third]), axis=0)[::-1]
    water = ((np.cumsum(lacking, axis=0) - singles) / np.arange(1, 4)[:, None]).max(axis=0)
    worst = np.maximum(water, -lacking[-1])
    return float(worst.min()) if len(worst) else found
