"""Which values a bound drops, told from a histogram: exact between two bins, a range of counts within one.

Bins hold their lower edge where it is above 0 (and 0 itself), their upper edge where it is below 0, as those of the ledger do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dprep.report.blocks import Bin, Limit

How = Literal["at", "under", "over"]


@dataclass(frozen=True)
class Stop:
    """A bound put somewhere: it drops `least` to `most` rows; bins from `first` on (or before, of a `min`) are whole.

    `how` under: just under the value; over: just over it.
    """

    value: float
    how: How
    least: int
    most: int
    low: int
    """Bins before this one lie below the bound."""
    high: int
    """Bins from this one on lie above it; the same as `low` where the bound is between two bins."""


def stop(limit: Limit, bins: Sequence[Bin]) -> Stop:
    """What the bound as it stands in the recipe drops."""
    value, above = limit.value, limit.side == "max"
    low = sum(1 for bin in bins if _below(bin, value, above))
    high = len(bins) - sum(1 for bin in bins if _above(bin, value, above))
    found = _stop(limit, bins, value, "at", low, high)
    if limit.beyond is None or not found.least <= limit.beyond <= found.most:
        return found
    return replace(found, least=limit.beyond, most=limit.beyond)


def _below(bin: Bin, value: float, inclusive: bool) -> bool:
    """Whether all values of a bin are less than `value` (or equal to it, where `inclusive`)."""
    if bin.high <= 0:
        return bin.high <= value if inclusive else bin.high < value
    return bin.high <= value


def _above(bin: Bin, value: float, exclusive: bool) -> bool:
    """Whether all values of a bin are more than `value` (or equal to it, unless `exclusive`)."""
    if bin.low >= 0:
        return bin.low > value if exclusive else bin.low >= value
    return bin.low >= value


def stops(limit: Limit, bins: Sequence[Bin]) -> list[Stop]:
    """The bound at every edge between bins, rising, and as it stands in the recipe."""
    between = [_stop(limit, bins, *_edge(limit, bins, place), place, place) for place in range(len(bins) + 1)]
    asked = stop(limit, bins)
    if asked.low != asked.high:
        return [*between[: asked.high], asked, *between[asked.high :]]
    return [*between[: asked.low], asked, *between[asked.low + 1 :]]


def _stop(limit: Limit, bins: Sequence[Bin], value: float, how: How, low: int, high: int) -> Stop:
    if limit.side == "min":
        least, most = sum(bin.count for bin in bins[:low]), sum(bin.count for bin in bins[:high])
    else:
        least, most = sum(bin.count for bin in bins[high:]), sum(bin.count for bin in bins[low:])
    return Stop(value, how, least, most, low, high)


def _edge(limit: Limit, bins: Sequence[Bin], place: int) -> tuple[float, How]:
    """The value that cuts exactly before bin `place`, and how: of a `max` the bin above must not hold it, of others it must."""
    below = bins[place - 1] if place else None
    above = bins[place] if place < len(bins) else None
    if limit.side == "max":
        if below is not None and (below.high <= 0 or above is None):
            return below.high, "at"
        assert above is not None
        return above.low, "at" if above.low < 0 else "under"
    if above is not None and (above.low >= 0 or below is None):
        return above.low, "at"
    assert below is not None
    return below.high, "at" if below.high > 0 else "over"
