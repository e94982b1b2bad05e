"""The same funnel for the terminal, as rich renderables. Text from data is shown with its control characters visible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dprep.base.rowdiff import escaped
from dprep.report.decided import sentences
from dprep.report.numbers import share
from dprep.report.say import Say
from dprep.report.verdict import took, went
from dprep.store.funnel import Stage, stages

SHOWN = 6
"""Reasons shown per step; the page shows more."""


def funnel(manifest: Mapping[str, Any], ledger: Mapping[str, Any]) -> RenderableType:
    """What every step did, with a line under it for each reason, what became of the rows, the parts."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("step", overflow="fold")
    for title in ("in", "changed", "dropped", "added", "out", "seconds"):
        table.add_column(title, justify="right", no_wrap=True)
    for stage in stages(ledger):
        numbers = [_number(stage.rows_in), _number(stage.changed), _number(stage.dropped, "red")]
        seconds = "" if stage.seconds is None else f"{stage.seconds:,.2f}"
        table.add_row(_name(stage), *numbers, _number(stage.added, "green"), _number(stage.out), seconds)
        for kind, number in _most(stage.counts, "kinds"):
            table.add_row(Text(f"  {escaped(kind)}", style="dim"), "", Text(f"{number:,}×", style="dim"))
        for reason, number in _most(stage.reasons, "reasons"):
            table.add_row(Text(f"  {escaped(reason)}", style="dim"), "", "", Text(f"{number:,}", style="dim"))
    told = [plain(sentence) for sentence in sentences(manifest)]
    steps = stages(ledger)
    summed = [told for told in (went(manifest, steps, Say()), took(manifest, steps, Say())) if told]
    return Group(table, plain(" ".join(summed)), parts(manifest["rows"]["parts"]), *told)


def parts(counts: Mapping[str, int]) -> Text:
    """`train 3,200 (80.0 %) · test 800 (20.0 %)`."""
    total = sum(counts.values())
    return plain(" · ".join(f"{part} {rows:,} ({share(rows, total)})" for part, rows in counts.items()))


def plain(text: str) -> Text:
    """Text that no markup, control character or colour code in it can change."""
    return Text(escaped(text))


def _name(stage: Stage) -> Text:
    """The operator for a step that is called like it, else the step's own name and then the operator."""
    if stage.name in (stage.op, stage.op.partition(".")[2]):
        return Text(escaped(stage.op))
    return Text.assemble(escaped(stage.name), (f" {escaped(stage.op)}", "dim"))


def _most(counted: Mapping[str, int], what: str) -> list[tuple[str, int]]:
    """The first few, which are the most frequent; the others together."""
    told = list(counted.items())
    if len(told) <= SHOWN + 1:  # a line for "1 other" tells less than that one
        return told
    return [*told[:SHOWN], (f"{len(told) - SHOWN} other {what}", sum(number for _, number in told[SHOWN:]))]


def _number(number: int, style: str = "") -> Text:
    return Text(f"{number:,}", style=style if number else "dim")
