"""The books: what entered each step, what left it, through which door and why. Ledgers add with `+`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

SAMPLES = 5
"""Row-diffs kept per door: those of the rows with the smallest luck."""

BINS_PER_OCTAVE = 8


def bins(values: npt.NDArray[np.float64]) -> Counter[int]:
    """Counts of finite numbers in bins fixed once for every measure: 8 equal ones per power of two.

    Bin of x > 0 is 8 * e + s with x = m * 2**e, 0.5 <= m < 1 and s = floor((m - 0.5) * 16), moved up by 100,000 so that it is
    positive; zero is bin 0 and -x is minus the bin of x. Exact in floating point, so the same on every machine.
    """
    finite = values[np.isfinite(values)]
    mantissa, exponent = np.frexp(np.abs(finite))
    place = (BINS_PER_OCTAVE * exponent.astype(np.int64) + ((mantissa - 0.5) * 2 * BINS_PER_OCTAVE).astype(np.int64)) + 100_000
    place = np.where(finite == 0, 0, np.sign(finite).astype(np.int64) * place)
    found, counts = np.unique(place, return_counts=True)
    return Counter({int(b): int(n) for b, n in zip(found, counts, strict=True)})


def bin_edges(place: int) -> tuple[float, float]:
    """Lower and upper edge of a bin of `bins`."""
    if place == 0:
        return 0.0, 0.0
    exponent, step = divmod(abs(place) - 100_000, BINS_PER_OCTAVE)
    low = float(np.ldexp(0.5 + step / (2 * BINS_PER_OCTAVE), exponent))
    high = float(np.ldexp(0.5 + (step + 1) / (2 * BINS_PER_OCTAVE), exponent))
    return (low, high) if place > 0 else (-high, -low)


@dataclass
class Entry:
    """One step's page in the books."""

    name: str
    op: str
    rows_in: int = 0
    added: int = 0
    changed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    """How often the step did each kind of thing: what was masked, decoded, taken out."""
    histograms: dict[str, Counter[int]] = field(default_factory=dict)
    samples: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """Door -> (luck, row-diff), smallest luck first; doors are `changed`, `added` and the reasons."""
    seconds: float = 0.0

    @property
    def dropped(self) -> int:
        return sum(self.reasons.values())

    @property
    def rows_out(self) -> int:
        return self.rows_in + self.added - self.dropped

    def __add__(self, other: Entry) -> Entry:
        return Entry(
            self.name,
            self.op,
            self.rows_in + other.rows_in,
            self.added + other.added,
            self.changed + other.changed,
            self.reasons + other.reasons,
            self.counts + other.counts,
            {
                k: self.histograms.get(k, Counter()) + other.histograms.get(k, Counter())
                for k in self.histograms | other.histograms
            },
            {k: sorted([*self.samples.get(k, []), *other.samples.get(k, [])])[:SAMPLES] for k in self.samples | other.samples},
            self.seconds + other.seconds,
        )

    def to_json(self) -> dict[str, Any]:
        """The entry without its clock, doors and bins in a fixed order."""
        return {
            "name": self.name,
            "op": self.op,
            "in": self.rows_in,
            "added": self.added,
            "dropped": self.dropped,
            "changed": self.changed,
            "out": self.rows_out,
            "reasons": dict(sorted(self.reasons.items())),
            "counts": dict(sorted(self.counts.items())),
            "histograms": {k: {str(b): n for b, n in sorted(h.items())} for k, h in sorted(self.histograms.items())},
            "samples": {door: [text for _, text in kept] for door, kept in sorted(self.samples.items())},
        }

    def pack(self) -> dict[str, Any]:
        """Everything, for a block's side file; `unpack` reads it back."""
        return {**self.to_json(), "samples": self.samples, "seconds": self.seconds}

    @classmethod
    def unpack(cls, packed: dict[str, Any]) -> Entry:
        return cls(
            packed["name"],
            packed["op"],
            packed["in"],
            packed["added"],
            packed["changed"],
            Counter(packed["reasons"]),
            Counter(packed["counts"]),
            {k: Counter({int(b): n for b, n in h.items()}) for k, h in packed["histograms"].items()},
            {door: [(luck, text) for luck, text in kept] for door, kept in packed["samples"].items()},
            packed["seconds"],
        )


@dataclass
class Ledger:
    """The entries of a run, in the order of its steps; the first is the reading of the sources."""

    entries: list[Entry] = field(default_factory=list)

    def __add__(self, other: Ledger) -> Ledger:
        mine = {entry.name: entry for entry in self.entries}
        theirs = {entry.name: entry for entry in other.entries}
        merged = [entry + theirs[entry.name] if entry.name in theirs else entry for entry in self.entries]
        return Ledger([*merged, *(entry for entry in other.entries if entry.name not in mine)])

    def to_json(self) -> dict[str, Any]:
        """As ledger.json: everything but the clock is the same for any workers and blocks."""
        return {
            "steps": [entry.to_json() for entry in self.entries],
            "clock": {"seconds": {entry.name: round(entry.seconds, 3) for entry in self.entries}},
        }

    def unbalanced(self) -> list[str]:
        """Where a step's rows in are not the rows out of the step before: a fault of ours, never of the data."""
        pairs = zip(self.entries, self.entries[1:], strict=False)
        return [f"{b.name}: {b.rows_in} in, {a.name}: {a.rows_out} out" for a, b in pairs if a.rows_out != b.rows_in]


def total(ledgers: Iterable[Ledger]) -> Ledger:
    """The sum of the ledgers of many blocks."""
    result = Ledger()
    for ledger in ledgers:
        result = result + ledger
    return result
