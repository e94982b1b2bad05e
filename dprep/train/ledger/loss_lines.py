"""The lines of the loss ledger: the counts of one part and source, and how one row enters them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dprep.train.task import Example, Unusable

TARGET = "target"
"""What `Example.cut` calls tokens of an answer; all other kinds belong to what is asked."""
UNSUPERVISED, CUT, CUT_TARGET, NO_STOP = "nothing_supervised", "cut", "cut_target", "no_stop"
"""Faults of rows that do become examples."""
LONGEST = 5
FIRST = 5
"""Rows that are named for each fault, in their order."""
_PER_OCTAVE = 8
_NOT_COMPUTED = ("token_type_ids", "position_ids")


def length_bin(tokens: int) -> int:
    """The upper edge of the bin of a length: exact to 16, then 8 bins for each doubling."""
    if tokens <= 2 * _PER_OCTAVE:
        return tokens
    step = 1 << ((tokens - 1).bit_length() - 1 - 3)
    return -(-tokens // step) * step


@dataclass
class Line:
    """One part and source. All lengths are tokens as the model counts them, special ones included."""

    rows: int = 0
    examples: int = 0
    unusable: Counter[str] = field(default_factory=Counter)
    """Reason -> rows that are left out."""
    unlearnt: Counter[str] = field(default_factory=Counter)
    """Reason -> rows that become examples, but that the loss is not taken on."""
    tokens: int = 0
    """Tokens that the model is given, answers in another vocabulary included."""
    supervised: int = 0
    """Tokens or labels that the loss is taken on."""
    cut: Counter[str] = field(default_factory=Counter)
    """What they belong to -> tokens that are cut off."""
    faults: Counter[str] = field(default_factory=Counter)
    """Fault -> rows, of rows that become examples."""
    rows_cut: int = 0
    """Rows that anything is cut off from."""
    stops: Counter[str] = field(default_factory=Counter)
    """`yes`, `no`, `none` -> rows: is the token that ends an answer learnt; `none` where nothing is answered in tokens."""
    lengths: Counter[int] = field(default_factory=Counter)
    """Bin of the length that a row (its longest window) would have if nothing were cut -> rows."""
    targets: Counter[int] = field(default_factory=Counter)
    """The same for answers that stand apart from what is asked."""
    longest: list[tuple[int, str]] = field(default_factory=list)
    """(tokens if nothing were cut, all windows together, id), the longest first."""
    most: int = 0
    """The greatest of `lengths`, and below of `targets`, exactly."""
    most_target: int = 0
    first: dict[str, list[str]] = field(default_factory=dict)
    """Fault or reason -> ids of the first rows that have it."""

    @property
    def left_out(self) -> int:
        return self.unusable.total()

    @property
    def reasons(self) -> Counter[str]:
        """Reason -> rows that nothing is learnt from, left out or not."""
        return self.unusable + self.unlearnt

    def __add__(self, other: Line) -> Line:
        sums = {name: getattr(self, name) + getattr(other, name) for name in _ADDED}
        first = {
            fault: [*self.first.get(fault, ()), *other.first.get(fault, ())][:FIRST]
            for fault in sorted(self.first.keys() | other.first.keys())
        }
        longest = _longest([*self.longest, *other.longest])
        most, most_target = max(self.most, other.most), max(self.most_target, other.most_target)
        return Line(**sums, longest=longest, most=most, most_target=most_target, first=first)

    def to_json(self) -> dict[str, Any]:
        plain = {name: _sorted(getattr(self, name)) for name in (*_ADDED, "most", "most_target")}
        longest = [[tokens, row] for tokens, row in self.longest]
        return {**plain, "longest": longest, "first": dict(sorted(self.first.items()))}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Line:
        made = {name: _counted(name, told[name]) for name in (*_ADDED, "most", "most_target")}
        longest = [(int(tokens), str(row)) for tokens, row in told["longest"]]
        first = {fault: list(ids) for fault, ids in told["first"].items()}
        return cls(**made, longest=longest, first=first)


_ADDED = (
    "rows",
    "examples",
    "unusable",
    "unlearnt",
    "tokens",
    "supervised",
    "cut",
    "rows_cut",
    "faults",
    "stops",
    "lengths",
    "targets",
)
_BINNED = ("lengths", "targets")


def _sorted(value: Any) -> Any:
    return {str(key): number for key, number in sorted(value.items())} if isinstance(value, Counter) else value


def _counted(name: str, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return Counter({int(key) if name in _BINNED else key: number for key, number in value.items()})


def _longest(many: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    return sorted(many, key=lambda each: (-each[0], each[1]))[:LONGEST]


def _longest_document(said: Example) -> int:
    """Tokens of an example, of which a pair of answers to choose between has two documents in one run."""
    tokens, first = len(said.ids["input_ids"]), int(said.numbers.get("chosen_tokens", 0))
    return max(first, tokens - first)


class OpenRow:
    """What has been said of one row so far: a row may be several examples."""

    def __init__(self, line: Line, place: int, id: str) -> None:
        self.line, self.place, self.id = line, place, id
        self.examples = self.tokens = self.supervised = self.whole = self.target = 0
        self.cut: dict[str, int] = {}
        """Kind -> tokens, of kinds that lost any."""
        self.stops: set[bool | None] = set()
        self.reason = ""

    def take(self, said: Example | Unusable) -> None:
        self.reason = said.reason or self.reason
        if isinstance(said, Unusable):
            return
        given = {name: len(ids) for name, ids in said.ids.items() if name.endswith("_ids") and name not in _NOT_COMPUTED}
        apart = given.get("target_ids", 0)
        gone, gone_apart = (sum(said.cut.values()), said.cut.get(TARGET, 0) if apart else 0) if said.cut else (0, 0)
        self.examples += 1
        self.tokens += sum(given.values())
        self.supervised += said.supervised
        self.whole = max(self.whole, _longest_document(said) + gone - gone_apart)
        self.target = max(self.target, apart + gone_apart)
        for kind, tokens in said.cut.items():  # windows of one row repeat what was cut from all of them
            if tokens > self.cut.get(kind, 0):
                self.cut[kind] = tokens
        self.stops.add(said.stop)

    def enter(self) -> None:
        """Write the row into the books."""
        line = self.line
        line.rows += 1
        if not self.examples:
            line.unusable[self.reason] += 1
            self._name(self.reason)
            return
        line.examples += self.examples
        line.tokens += self.tokens
        line.supervised += self.supervised
        for kind, tokens in self.cut.items():
            line.cut[kind] += tokens
        line.stops["none" if self.stops == {None} else "yes" if True in self.stops else "no"] += 1
        line.lengths[length_bin(self.whole)] += 1
        line.most = max(line.most, self.whole)
        if self.target:
            line.targets[length_bin(self.target)] += 1
            line.most_target = max(line.most_target, self.target)
        line.rows_cut += bool(self.cut)
        length = self.tokens + sum(self.cut.values())
        if len(line.longest) < LONGEST or (-length, self.id) < (-line.longest[-1][0], line.longest[-1][1]):
            line.longest = _longest([*line.longest, (length, self.id)])
        if not self.supervised:
            line.unlearnt[self.reason or UNSUPERVISED] += 1
            self._name(self.reason or UNSUPERVISED)
        for fault in self._faults():
            line.faults[fault] += 1
            self._name(fault)

    def _faults(self) -> Iterator[str]:
        if self.cut.keys() - {TARGET}:
            yield CUT
        if TARGET in self.cut:
            yield CUT_TARGET
        if self.supervised and False in self.stops and True not in self.stops:
            yield NO_STOP

    def _name(self, fault: str) -> None:
        known = self.line.first.setdefault(fault, [])
        if len(known) < FIRST:
            known.append(self.id)
