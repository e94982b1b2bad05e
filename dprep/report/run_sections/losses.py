"""The loss ledger: where every row and token of the parts went before the model saw it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dprep.report.blocks import Bin, Block, Column, Histogram, Limit, Notice, Prose, Section, Table
from dprep.report.numbers import share
from dprep.report.reading.found_run import FoundRun
from dprep.report.say import Say

ID = "ledger"
LINES = 200
REASONS = 60
MUCH = 0.01
"""Share of the rows of a part that are cut or lost, above which it is worth a warning."""


@dataclass(frozen=True)
class Entry:
    """One part and source. cut: tokens; rows_cut: rows that lost any."""

    part: str
    source: str
    rows: int
    left_out: int
    without_loss: int
    rows_cut: int
    targets_cut: int
    without_stop: int
    tokens: int
    cut: int
    learnt: int


@dataclass(frozen=True)
class Lost:
    """Rows of a part that were lost or hurt. first: ids of the first ones."""

    part: str
    reason: str
    rows: int
    first: tuple[str, ...]


@dataclass(frozen=True)
class LedgerFacts:
    """All of it is the ledger's own; lines and reasons are bounded."""

    limit: int
    trains: str
    entries: tuple[Entry, ...]
    entries_in_all: int
    parts: tuple[Entry, ...]
    lost: tuple[Lost, ...]
    lengths: tuple[tuple[int, int, int], ...]
    """(more than, at most, rows) tokens of the rows of train, if nothing were cut."""


def facts(found: FoundRun) -> LedgerFacts | None:
    """From `ledger.json`."""
    lines = found.ledger.get("lines", [])
    if not lines:
        return None
    entries = [_entry(line) for line in lines]
    trains = str(found.settings.get("train") or "train")
    own = [line for line in lines if line["part"] == trains]
    return LedgerFacts(
        limit=int(found.told.get("limit") or 0),
        trains=trains,
        entries=tuple(entries[:LINES]),
        entries_in_all=len(entries),
        parts=tuple(
            _summed([each for each in entries if each.part == part]) for part in dict.fromkeys(e.part for e in entries)
        ),
        lost=tuple(_lost(lines)[:REASONS]),
        lengths=tuple(_lengths(own)),
    )


def _entry(line: Mapping[str, Any]) -> Entry:
    faults = line["faults"]
    return Entry(
        part=str(line["part"]),
        source=str(line["source"]),
        rows=int(line["rows"]),
        left_out=sum(line["unusable"].values()),
        without_loss=sum(line["unlearnt"].values()),
        rows_cut=int(line["rows_cut"]),
        targets_cut=int(faults.get("cut_target", 0)),
        without_stop=int(faults.get("no_stop", 0)),
        tokens=int(line["tokens"]),
        cut=sum(line["cut"].values()),
        learnt=int(line["supervised"]),
    )


_COUNTS = ("rows", "left_out", "without_loss", "rows_cut", "targets_cut", "without_stop", "tokens", "cut", "learnt")


def _summed(entries: Sequence[Entry]) -> Entry:
    return Entry(entries[0].part, "", **{name: sum(getattr(each, name) for each in entries) for name in _COUNTS})


def _lost(lines: Sequence[Mapping[str, Any]]) -> list[Lost]:
    counts: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        for reason, rows in (*line["unusable"].items(), *line["unlearnt"].items(), *line["faults"].items()):
            key = str(line["part"]), str(reason)
            counts[key] = counts.get(key, 0) + int(rows)
            first.setdefault(key, []).extend(str(id) for id in line["first"].get(reason, ()))
    ordered = sorted(counts, key=lambda key: (-counts[key], key))
    return [Lost(*key, counts[key], tuple(first[key][:3])) for key in ordered]


def _lengths(lines: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, int, int]]:
    counts: dict[int, int] = {}
    for line in lines:
        for edge, rows in line["lengths"].items():
            counts[int(edge)] = counts.get(int(edge), 0) + int(rows)
    if not counts:
        return
    edge, last = min(counts), max(counts)
    while edge <= last:
        yield edge - _width(edge), edge, counts.get(edge, 0)
        edge += _width(edge + 1)


def _width(edge: int) -> int:
    """Of the bin of a length: 1 to 16, then 8 bins for each doubling."""
    return 1 if edge <= 16 else 1 << ((edge - 1).bit_length() - 4)


# in words


def section(facts: LedgerFacts, say: Say) -> Section:
    """The books by part and source, what was lost, and how long rows are."""
    return Section(ID, say("Loss ledger"), tuple(_blocks(facts, say)))


def _blocks(facts: LedgerFacts, say: Say) -> Iterator[Block]:
    yield Prose(
        say("What the model was given of every part, at most {limit} tokens of a row, and what it was not.", limit=facts.limit)
    )
    yield _table(facts, say)
    text = say(
        "Left out: nothing can be learnt from the row. No loss: it is read, and nothing in it is learnt. Cut: it "
        "is too long. Learnt: tokens, or labels, that the loss is taken on."
    )
    yield Prose(text, soft=True)
    if facts.lost:
        head = (
            Column(say("Part"), "code"),
            Column(say("Reason"), "code"),
            Column(say("Rows"), "number"),
            Column(say("Such as"), "code"),
        )
        lines = tuple((each.part, each.reason, each.rows, " ".join(each.first)) for each in facts.lost)
        yield Table(say("What was lost, and why"), head, lines)
    else:
        yield Prose(say("Nothing was lost: every row was given whole."))
    if facts.lengths:
        bins = tuple(Bin(float(low), float(high), rows) for low, high, rows in facts.lengths)
        limits = (Limit("max", float(facts.limit)),) if facts.limit and facts.limit <= facts.lengths[-1][1] else ()
        yield Histogram(
            say("Tokens of a row of {part}, if nothing were cut", part=facts.trains), bins, limits, unit=say("rows")
        )


def _table(facts: LedgerFacts, say: Say) -> Table:
    many = {part for part in (each.part for each in facts.parts) if sum(e.part == part for e in facts.entries) > 1}
    lines = [_cells(each, each.source) for each in facts.entries]
    lines += [_cells(each, say("all")) for each in facts.parts if each.part in many]
    names = (
        say("Rows"),
        say("Left out"),
        say("No loss"),
        say("Rows cut"),
        say("Without an end"),
        say("Tokens given"),
        say("Tokens cut"),
        say("Learnt"),
    )
    head = (Column(say("Part"), "code"), Column(say("Source")), *(Column(name, "number") for name in names))
    return Table(say("Rows and tokens by part and source"), head, tuple(lines), most=60)


def _cells(each: Entry, source: str) -> tuple[str | int, ...]:
    counts = (each.rows, each.left_out, each.without_loss, each.rows_cut, each.without_stop, each.tokens, each.cut, each.learnt)
    return (each.part, source or "-", *counts)


def notices(facts: LedgerFacts, say: Say) -> list[Notice]:
    """Rows that are cut or lost in number, and answers that teach no end."""
    found = []
    for each in facts.parts:
        told = {"part": each.part, "limit": facts.limit}
        if each.rows_cut > MUCH * each.rows:
            text = say(
                "{rows} rows of `{part}` ({share}) are cut to {limit} tokens",
                rows=each.rows_cut,
                share=share(each.rows_cut, each.rows),
                **told,
            )
            found.append(Notice("warning", text, ID))
        lost = each.left_out + each.without_loss
        if lost > MUCH * each.rows:
            text = say(
                "{rows} rows of `{part}` ({share}) teach nothing", rows=lost, share=share(lost, each.rows), part=each.part
            )
            found.append(Notice("warning", text, ID))
        if each.part == facts.trains and each.without_stop:
            text = say("{rows} rows of `{part}` do not teach where an answer ends", rows=each.without_stop, part=each.part)
            found.append(Notice("warning", text, ID))
    return found
