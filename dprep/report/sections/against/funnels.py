"""The funnels of two versions beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from dprep.report.reading.found import Found

REASONS = 40
"""Reasons that are listed: those that differ most."""

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Counts:
    """Rows at a step."""

    came: int
    added: int
    dropped: int
    changed: int
    out: int


@dataclass(frozen=True)
class FunnelLine:
    """A step in both versions, or in one."""

    old_name: str | None
    new_name: str | None
    op: str
    old: Counts | None
    new: Counts | None


@dataclass(frozen=True)
class ReasonLine:
    """Rows that left by one door of a step."""

    step: str
    reason: str
    old: int
    new: int


@dataclass(frozen=True)
class FunnelsFacts:
    """Steps in their order, and the reasons that differ, most first."""

    lines: tuple[FunnelLine, ...]
    reasons: tuple[ReasonLine, ...]
    reasons_in_all: int


def funnels_facts(new: Found, old: Found) -> FunnelsFacts:
    """Steps are the same where their names are, else where their operators are, in their order."""
    pairs = paired(old.ledger["steps"], new.ledger["steps"])
    lines = tuple(
        FunnelLine(
            a["name"] if a else None,
            b["name"] if b else None,
            str((b or a or {})["op"]),
            _counts(a) if a else None,
            _counts(b) if b else None,
        )
        for a, b in pairs
    )
    differing = sorted(_reasons(pairs), key=lambda line: (-abs(line.new - line.old), line.step, line.reason))
    return FunnelsFacts(lines, tuple(differing[:REASONS]), len(differing))


def _counts(entry: Entry) -> Counts:
    return Counts(entry["in"], entry["added"], entry["dropped"], entry["changed"], entry["out"])


def _reasons(pairs: Sequence[tuple[Entry | None, Entry | None]]) -> Iterator[ReasonLine]:
    for a, b in pairs:
        old, new = (entry["reasons"] if entry else {} for entry in (a, b))
        for reason in sorted({*old, *new}):
            if old.get(reason, 0) != new.get(reason, 0):
                yield ReasonLine((b or a or {})["name"], reason, old.get(reason, 0), new.get(reason, 0))


def paired(old: Sequence[Entry], new: Sequence[Entry]) -> list[tuple[Entry | None, Entry | None]]:
    """Entries of two ledgers that are the same step, in the order of the new one; old ones without a like where they stood."""
    partner = _partners(old, new)
    before = {place: mine for mine, place in partner.items()}
    theirs = [place if place in before else f"new {place}" for place in range(len(new))]
    ours = [partner.get(place, f"old {place}") for place in range(len(old))]
    found: list[tuple[Entry | None, Entry | None]] = []
    for kind, a, b, c, d in SequenceMatcher(
        None, [str(x) for x in ours], [str(x) for x in theirs], autojunk=False
    ).get_opcodes():
        if kind != "equal":
            found += [(old[place], None) for place in range(a, b) if place not in partner]
        found += [(old[before[place]] if place in before else None, new[place]) for place in range(c, d)]
    return found


def _partners(old: Sequence[Entry], new: Sequence[Entry]) -> dict[int, int]:
    """Place in the old ledger -> place in the new one."""
    names = {entry["name"]: place for place, entry in enumerate(new)}
    found = {place: names[entry["name"]] for place, entry in enumerate(old) if entry["name"] in names}
    free = [place for place in range(len(new)) if place not in set(found.values())]
    for place, entry in enumerate(old):
        if place not in found:
            like = next((other for other in free if new[other]["op"] == entry["op"]), None)
            if like is not None:
                found[place] = like
                free.remove(like)
    return found
