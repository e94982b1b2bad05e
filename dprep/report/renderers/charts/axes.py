"""Scales, ticks and where their words fit: a chart is as wide as its page, its letters are always of their real size."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

LETTER = 6.2
"""Pixels of a letter in labels, about; Chinese takes two."""
NARROW, BROAD = 250, 560
"""Pixels that a plot has on a telephone and on a desk: labels must not meet on either."""


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high` as places from 0 to 1."""

    low: float
    high: float
    log: bool = False

    @classmethod
    def over(cls, values: Iterable[float], log: bool = False, zero: bool = False) -> Scale:
        """The range of finite values (positive ones where `log`), widened where it has no width."""
        found = [value for value in values if math.isfinite(value) and (value > 0 or not log)] + ([0.0] if zero else [])
        low, high = (min(found), max(found)) if found else (1.0, 10.0)
        if high - low <= 1e-9 * max(abs(low), abs(high), 1e-300):
            low, high = (low / 2, high * 2) if log else (low - (abs(low) / 2 or 0.5), high + (abs(high) / 2 or 0.5))
            low = max(low, 0.0) if zero else low
        return cls(low, high, log)

    def place(self, value: float) -> float:
        """Where a value stands; at an end if it is beyond."""
        if self.log:
            value, low, high = math.log(max(value, self.low)), math.log(self.low), math.log(self.high)
        else:
            low, high = self.low, self.high
        return min(1.0, max(0.0, (value / 2 - low / 2) / (high / 2 - low / 2)))  # halves: no overflow near the largest float

    def ticks(self, about: int = 5) -> list[float]:
        """Round values within the range, rising; two at least where there is room for two."""
        return _log_ticks(self.low, self.high, about) if self.log else _ticks(self.low, self.high, about)

    def rounded(self, about: int = 5) -> Scale:
        """The range up to the round values around it."""
        if self.log:
            return self
        step = _step(self.low, self.high, about)
        return Scale(math.floor(self.low / step + 1e-9) * step, math.ceil(self.high / step - 1e-9) * step)


def _step(low: float, high: float, about: int) -> float:
    rough = (high / 2 - low / 2) / about * 2
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= rough * 0.999)


def _ticks(low: float, high: float, about: int) -> list[float]:
    step = _step(low, high, about)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{count * step:.12g}") for count in range(first, min(last, first + 20) + 1)]


def _log_ticks(low: float, high: float, about: int) -> list[float]:
    """Powers of ten, thinned; below two of them also 2 and 5 times these; below that plain ticks."""
    powers = range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)
    if len(powers) >= 2:
        return [float(f"1e{power}") for power in powers[:: -(-len(powers) // (about + 1))]]
    around = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [times * 10.0**power for power in around for times in (1, 2, 5) if low <= times * 10.0**power <= high]
    return found if len(found) >= 2 else [tick for tick in _ticks(low, high, about) if tick > 0]


def tick_words(ticks: Sequence[float]) -> list[str]:
    """What stands at ticks: as short as tells them apart, `2k 4k 10k` rather than `2,000 4,000 10k`, but `100 1,000 10k`."""
    sizes = [_size(tick) for tick in ticks]
    if all(abs(tick) >= max(sizes)[0] or not tick for tick in ticks):
        sizes = [max(sizes)] * len(ticks)
    for digits in (3, 4, 6):
        words = [_spelt(tick, *size, digits) for tick, size in zip(ticks, sizes, strict=True)]
        if len(set(words)) == len(set(ticks)):
            return words
    return [repr(tick) for tick in ticks]


def _size(value: float) -> tuple[float, str]:
    return next(((s, n) for s, n in ((1e9, "G"), (1e6, "M"), (1e3, "k")) if 1e15 > abs(value) >= max(s, 1e4)), (1.0, ""))


def _spelt(value: float, size: float, sign: str, digits: int) -> str:
    if size == 1.0 and value == int(value) and abs(value) < 1e15:
        return f"{value:,.0f}"
    told = f"{value / size:.{digits}g}"
    return told if value == 0 or "e" in told else told + sign


def cells(text: str) -> int:
    """Letters that a text is wide."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def wide(text: str) -> float:
    """Pixels that a label takes, about."""
    return LETTER * cells(text)


@dataclass(frozen=True)
class Label:
    """A word under an axis, at `place` from 0 to 1. `roomy`: only where the page is broad."""

    place: float
    text: str
    anchor: str
    roomy: bool


def labels(places: Sequence[float], words: Sequence[str]) -> list[Label]:
    """Those words that fit beside each other on a narrow page, and more of them on a broad one; ends first."""
    narrow = _fitting(places, words, NARROW, [])
    broad = _fitting(places, words, BROAD, narrow)
    return [Label(places[one], words[one], _anchor(places[one]), one not in narrow) for one in sorted(broad)]


def _anchor(place: float) -> str:
    return "start" if place < 0.02 else "end" if place > 0.98 else "middle"


def _fitting(places: Sequence[float], words: Sequence[str], width: float, kept: list[int]) -> list[int]:
    found = list(kept)
    inner = range(1, len(words) - 1)
    for one in [0, len(words) - 1, *inner] if len(words) > 1 else range(len(words)):
        reach = _reach(places[one], words[one], width)
        if one not in found and all(_apart(reach, _reach(places[other], words[other], width)) for other in found):
            found.append(one)
    return found


def _reach(place: float, word: str, width: float) -> tuple[float, float]:
    long, middle, anchor = wide(word), place * width, _anchor(place)
    if anchor == "start":
        return middle, middle + long
    return (middle - long, middle) if anchor == "end" else (middle - long / 2, middle + long / 2)


def _apart(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[1] + 8 <= other[0] or other[1] + 8 <= one[0]


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float] | None:
    """Places moved as little as keeps them `gap` apart within [low, high]; None where there is no room."""
    if gap * (len(places) - 1) > high - low:
        return None
    order = sorted(range(len(places)), key=lambda one: (places[one], one))
    found = [0.0] * len(places)
    edge = low
    for rank, one in enumerate(order):
        latest = high - gap * (len(order) - 1 - rank)
        found[one] = min(max(places[one], edge), latest)
        edge = found[one] + gap
    return found


def room_of_levels(words: Iterable[str]) -> float:
    """Pixels to the left of a plot for the values of its levels."""
    return max((wide(word) for word in words), default=0) + 8
