"""What a run may lose: the loss ledger held against the settings, and a sentence with the rows for all that is too much."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dprep.base.problem import Error, Problem
from dprep.base.rowdiff import escaped
from dprep.train.ledger.loss_lines import CUT, CUT_TARGET, FIRST, NO_STOP, TARGET, Line
from dprep.train.settings import Settings

if TYPE_CHECKING:
    from dprep.train.ledger.loss_ledger import Ledger


def judge(ledger: Ledger, settings: Settings, limit: int = 0, target_limit: int = 0) -> tuple[Problem, ...]:
    """What the ledger warns of.

    limit, target_limit: the tokens that were allowed, for the sentences. Raises Error with every part that loses more than
    allowed: `train-truncated`, `train-target-truncated`, `train-dropped`, `train-nothing-supervised`.
    """
    found = [problem for part, line in ledger.parts.items() for problem in _judged(part, line, settings, limit, target_limit)]
    wrong = [problem for problem in found if problem.severity == "error"]
    if wrong:
        raise Error(wrong, exit_code=1)
    return tuple(found)


def _judged(part: str, line: Line, settings: Settings, limit: int, target_limit: int) -> Iterator[Problem]:
    if not line.rows:
        return
    learning = part == settings.train
    lost = line.left_out + (line.unlearnt.total() if learning else 0)  # elsewhere such a row is still judged
    if not line.supervised:
        yield _nothing(part, line)
    elif lost > settings.max_dropped_share * line.rows:
        yield _dropped(part, line, lost, settings)
    if line.faults[CUT] > settings.max_truncated_share * line.rows:
        yield _truncated(part, line, settings, limit)
    if line.faults[CUT_TARGET] > settings.max_truncated_targets * line.rows:
        yield _target_truncated(part, line, settings, target_limit or limit)
    if learning and line.faults[NO_STOP]:
        yield _no_stop(part, line)


def _nothing(part: str, line: Line) -> Problem:
    why = ", ".join(f"{count:,} {reason}" for reason, count in line.reasons.most_common())
    sentence = f"no row of `{part}` has a token or label that the loss could be taken on ({line.rows:,} rows: {why})"
    help = (
        f"for example {_named([id for ids in line.first.values() for id in ids][:FIRST])}; `dprep why VERSION ROW` shows "
        "one; look at the columns, at the template, and whether `max_length` leaves room for an answer"
    )
    return Problem("train-nothing-supervised", sentence, help=help)


def _dropped(part: str, line: Line, lost: int, settings: Settings) -> Problem:
    reasons = [f"{count:,} {reason} ({_named(line.first.get(reason, []))})" for reason, count in line.reasons.most_common()]
    sentence = f"{lost:,} of {line.rows:,} rows of `{part}` cannot be used, {_percent(lost, line.rows)}: {'; '.join(reasons)}"
    help = f"mend or filter them in the recipe, or allow it with `max_dropped_share = {_budget(lost, line.rows)}`"
    if line.reasons["too_long"] and settings.long_rows == "drop":
        help = f'raise `max_length`, or set `long_rows = "cut"`; {help}'
    return Problem("train-dropped", sentence, help=help)


def _truncated(part: str, line: Line, settings: Settings, limit: int) -> Problem:
    cut = line.faults[CUT]
    told = _kinds(line, target=False)
    sentence = (
        f"{cut:,} of {line.rows:,} rows of `{part}` do not fit{_limit(limit)}, {_percent(cut, line.rows)} where "
        f"{100 * settings.max_truncated_share:.4g} % is allowed: {told} would be cut off"
    )
    longest = ", ".join(f"`{_id(row)}` {tokens:,}" for tokens, row in line.longest if not limit or tokens > limit)
    whole = not line.longest or line.longest[0][0] == line.most  # else of windows, or of texts apart: a long row may well fit
    named = f"the longest, in tokens: {longest}" if whole and longest else f"for example {_named(line.first[CUT])}"
    cures = f'{_holding(line.lengths, line.most, "max_length", limit)}; `long_rows = "drop"` leaves long rows out'
    help = f"{named}; {cures}; `max_truncated_share = {_budget(cut, line.rows)}` allows it"
    return Problem("train-truncated", sentence, help=help)


def _target_truncated(part: str, line: Line, settings: Settings, limit: int) -> Problem:
    cut = line.faults[CUT_TARGET]
    sentence = (
        f"the answers of {cut:,} of {line.rows:,} rows of `{part}` do not fit{_limit(limit)}, {_percent(cut, line.rows)} where "
        f"{100 * settings.max_truncated_targets:.4g} % is allowed: {_kinds(line, target=True)} would never be learnt or scored"
    )
    if line.targets:
        cures = _holding(line.targets, line.most_target, "max_target_length", limit)
    else:
        cures = _holding(line.lengths, line.most, "max_length", limit)
    help = (
        f'for example {_named(line.first[CUT_TARGET])}; {cures}; `long_rows = "drop"` leaves such rows out; '
        f"`max_truncated_targets = {_budget(cut, line.rows)}` allows it"
    )
    return Problem("train-target-truncated", sentence, help=help)


def _no_stop(part: str, line: Line) -> Problem:
    rows = line.faults[NO_STOP]
    sentence = f"the token that ends an answer is not learnt from {rows:,} of {line.rows:,} rows of `{part}`"
    help = (
        f"for example {_named(line.first[NO_STOP])}; a model that never learns it does not stop: look at the template, "
        "and at `max_length` where the ends of answers are cut off"
    )
    return Problem("train-no-stop", sentence, help=help, severity="warning")


def _kinds(line: Line, *, target: bool) -> str:
    told = [f"{tokens:,} tokens of {kind}" for kind, tokens in sorted(line.cut.items()) if (kind == TARGET) == target]
    return " and ".join(told)


def _holding(lengths: Counter[int], longest: int, key: str, limit: int) -> str:
    """The values of a setting that would hold all, and nearly all, of the rows."""
    nearly = _quantile(lengths, 0.99)
    hold = f"`{key} = {longest}` holds every row" + (f" and {nearly} holds 99 %" if limit < nearly < longest else "")
    return f"{hold}, if the model has places for so many"


def _quantile(lengths: Counter[int], share: float) -> int:
    """The least bin that so many rows are not above."""
    wanted, seen = share * lengths.total(), 0
    for edge, rows in sorted(lengths.items()):
        seen += rows
        if seen >= wanted:
            return edge
    return 0


def _limit(limit: int) -> str:
    return f" in {limit:,} tokens" if limit else ""


def _percent(some: int, all_: int) -> str:
    return f"{100 * some / all_:.3g} %"


def _budget(some: int, all_: int) -> str:
    """The share as a setting: rounded up, so that it is enough."""
    return f"{min(1.0, math.ceil(1000 * some / all_) / 1000):.4g}"


def _named(ids: Iterable[str]) -> str:
    return ", ".join(f"`{_id(row)}`" for row in ids)


def _id(row: str) -> str:
    return escaped(row[:40])
