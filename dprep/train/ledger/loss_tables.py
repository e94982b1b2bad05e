"""The loss ledger as people see it: in a terminal before step 1, and in cards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dprep.base.problem import width
from dprep.base.rowdiff import escaped
from dprep.store.markdown import plain, table

if TYPE_CHECKING:
    from dprep.train.ledger.loss_ledger import Ledger
    from dprep.train.ledger.loss_lines import Line

HEAD = ("part", "source", "rows", "left out", "cut", "no loss", "no stop", "tokens", "cut off", "learnt", "share")
WORDS = 2
"""Columns of words; the others are numbers, set to the right."""
LEGEND = (
    "left out: rows that nothing can be learnt from; cut: rows that are too long; no loss: rows that the loss is not taken on; "
    "no stop: rows that do not teach where an answer ends; cut off: tokens; learnt: tokens or labels that the loss is taken "
    "on, and their share of the tokens"
)


def as_text(ledger: Ledger) -> str:
    """An aligned table, then the rows that are lost, and the longest ones."""
    lines = [HEAD, *_lines(ledger)]
    widths = [max(width(line[column]) for line in lines) for column in range(len(HEAD))]
    told = [_aligned(line, widths) for line in lines]
    details = [f"  {detail}" for detail in _details(ledger)]
    return "\n".join([*told, *details]) + "\n"


def as_markdown(ledger: Ledger) -> str:
    """The same as Markdown, with a legend."""
    lines = [[plain(cell) for cell in line] for line in _lines(ledger)]
    details = [f"- {plain(detail)}" for detail in _details(ledger)]
    return "\n\n".join(part for part in (table(HEAD, lines), LEGEND + ".", "\n".join(details)) if part) + "\n"


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = []
    for column, (cell, wide) in enumerate(zip(cells, widths, strict=True)):
        room = " " * (wide - width(cell))
        padded.append(cell + room if column < WORDS else room + cell)
    return "  ".join(padded).rstrip()


def _lines(ledger: Ledger) -> Iterator[list[str]]:
    for (part, source), line in ledger.lines.items():
        yield [_name(part), _name(source) or "-", *_cells(line)]
    for part, total in ledger.parts.items():
        if sum(name == part for name, _ in ledger.lines) > 1:
            yield [_name(part), "all", *_cells(total)]


def _cells(line: Line) -> list[str]:
    stop = "-" if set(line.stops) <= {"none"} else f"{line.faults['no_stop']:,}"
    in_tokens = line.supervised > line.examples  # else rows have labels, which are no share of their tokens
    share = f"{100 * line.supervised / line.tokens:.1f} %" if in_tokens and line.tokens else "-"
    rows = [line.rows, line.left_out, line.rows_cut, line.unlearnt.total()]
    tokens = [line.tokens, line.cut.total(), line.supervised]
    return [*(f"{number:,}" for number in rows), stop, *(f"{number:,}" for number in tokens), share]


SHOWN = 3
"""Longest rows of a part that are told; `ledger.json` has more, with whole ids."""


def _details(ledger: Ledger) -> Iterator[str]:
    for part, line in ledger.parts.items():
        for reason, count in sorted(line.reasons.items()):
            yield f"{_name(part)}: {count:,} {_name(reason)}, such as {_ids(line.first.get(reason, []))}"
        for kind, tokens in sorted(line.cut.items()):
            fault = "cut_target" if kind == "target" else "cut"
            yield f"{_name(part)}: {tokens:,} tokens of {_name(kind)} cut off, such as of {_ids(line.first.get(fault, []))}"
        if line.longest:
            longest = ", ".join(f"{_name(row[:12])} {tokens:,}" for tokens, row in line.longest[:SHOWN])
            yield f"{_name(part)}: longest rows, in tokens before any cut: {longest}"


def _ids(ids: Sequence[str]) -> str:
    return ", ".join(_name(row) for row in ids)


def _name(text: str) -> str:
    return escaped(text[:60])
