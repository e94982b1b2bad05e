"""The books: what entered each step, what left it, through which door and why. Ledgers add with `+`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

SAMPLES = 5
"""Row-diffs kept per door: those of the rows with the smallest luck."""
NEAREST = 3
"""Rows kept on each side of a bound: those nearest to it, of equally near ones those with the smallest luck."""

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


@dataclass(frozen=True)
class Characters:
    """The characters of the task's texts at one step. They balance as rows do: `came + added + changed - dropped == out`."""

    came: int = 0
    """Counted afresh where a stage begins; what the step before left otherwise."""
    dropped: int = 0
    added: int = 0
    changed: int = 0
    """What editing made of the rows that stayed: less than nothing where it took out more than it put in."""

    @property
    def out(self) -> int:
        return self.came + self.added + self.changed - self.dropped

    def __add__(self, other: Characters) -> Characters:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Characters(*(mine + theirs for mine, theirs in pairs))

    def to_json(self) -> dict[str, int]:
        """As the books tell it."""
        return {"in": self.came, "dropped": self.dropped, "added": self.added, "changed": self.changed, "out": self.out}


Near = tuple[float, int, float, str]
"""A row near a bound: how far its number is from it, its luck, the number, its row-diff."""


@dataclass(frozen=True)
class Border:
    """What lies nearest to a bound on either side."""

    beyond: int = 0
    """Rows that this bound alone would drop, whatever other bounds say of them; undefined numbers not counted."""
    kept: list[Near] = field(default_factory=list)
    """Rows that the step kept, nearest first."""
    dropped: list[Near] = field(default_factory=list)
    """Rows that left because of this bound, nearest first."""

    def __add__(self, other: Border) -> Border:
        kept, dropped = sorted([*self.kept, *other.kept]), sorted([*self.dropped, *other.dropped])
        return Border(self.beyond + other.beyond, kept[:NEAREST], dropped[:NEAREST])

    def to_json(self) -> dict[str, Any]:
        """As the books tell it: of each row its number and its row-diff."""
        sides = (("kept", self.kept), ("dropped", self.dropped))
        return {"beyond": self.beyond, **{side: [[value, line] for *_, value, line in rows] for side, rows in sides}}


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
    characters: Characters | None = None
    """None: not counted, as by an older dprep."""
    borders: dict[str, Border] = field(default_factory=dict)
    """Parameter that sets a bound -> the rows nearest to it."""

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
            None if self.characters is None or other.characters is None else self.characters + other.characters,
            {k: self.borders.get(k, Border()) + other.borders.get(k, Border()) for k in self.borders | other.borders},
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
            **({} if self.characters is None else {"characters": self.characters.to_json()}),
            "reasons": dict(sorted(self.reasons.items())),
            "counts": dict(sorted(self.counts.items())),
            "histograms": {k: {str(b): n for b, n in sorted(h.items())} for k, h in sorted(self.histograms.items())},
            "samples": {door: [text for _, text in kept] for door, kept in sorted(self.samples.items())},
            "borders": {bound: border.to_json() for bound, border in sorted(self.borders.items())},
        }

    def pack(self) -> dict[str, Any]:
        """Everything, for a block's side file; `unpack` reads it back."""
        borders = {bound: asdict(border) for bound, border in self.borders.items()}
        return {**self.to_json(), "samples": self.samples, "seconds": self.seconds, "borders": borders}

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
            _characters(packed.get("characters")),
            {bound: _border(told) for bound, told in packed.get("borders", {}).items()},
        )


def _characters(told: Mapping[str, int] | None) -> Characters | None:
    return None if told is None else Characters(told["in"], told["dropped"], told["added"], told["changed"])


def _border(told: Mapping[str, Any]) -> Border:
    return Border(told["beyond"], [tuple(near) for near in told["kept"]], [tuple(near) for near in told["dropped"]])


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
        """Where rows or characters into a step are not those out of the step before: a fault of ours, never of the data."""
        pairs = list(zip(self.entries, self.entries[1:], strict=False))
        rows = [f"{b.name}: {b.rows_in} in, {a.name}: {a.rows_out} out" for a, b in pairs if a.rows_out != b.rows_in]
        counted = [(a, a.characters, b, b.characters) for a, b in pairs]
        return rows + [
            f"{b.name}: {came.came} characters in, {a.name}: {went.out} out"
            for a, went, b, came in counted
            if went is not None and came is not None and went.out != came.came
        ]


def total(ledgers: Iterable[Ledger]) -> Ledger:
    """The sum of the ledgers of many blocks."""
    result = Ledger()
    for ledger in ledgers:
        result = result + ledger
    return result
