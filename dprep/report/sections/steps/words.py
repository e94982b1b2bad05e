"""The chapter of the steps in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dprep.report.blocks import Block, Change, Column, Deck, Fold, Histogram, Limit, Notice, Prose, Section, Subhead, Table
from dprep.report.numbers import share
from dprep.report.say import Say
from dprep.report.sections.steps.cards import borderline, deck
from dprep.report.sections.steps.cards import text as cell_text
from dprep.report.sections.steps.facts import ID, Door, Measure, StepFacts, StepsFacts
from dprep.report.sections.steps.samples import Row

OPEN = 12
"""Figures of a step that are open; with no more steps than that, what the first to change texts did to them is, too."""
EXPANDED = "expanded"


def section(facts: StepsFacts, say: Say) -> Section:
    """A subhead per step, and what it did below."""
    changing = [step.number for step in facts.steps if step.changed]
    first = changing[0] if changing and len(facts.steps) <= OPEN else None
    blocks = [block for step in facts.steps for block in _step(step, facts.texts, step.number == first, say)]
    return Section(ID, say("Step by step"), tuple(blocks))


def notices(facts: StepsFacts, say: Say) -> list[Notice]:
    """None: the funnel warns of steps that take too much."""
    return []


def _step(step: StepFacts, texts: Sequence[str], opened: bool, say: Say) -> Iterator[Block]:
    yield Subhead(step.name, step.op if step.op != step.name else "", f"step-{step.number}")
    yield Prose(_did(step, say))
    if told := _settings(step, say):
        yield Prose(told, soft=True)
    yield from _kinds(step, say)
    yield from _measures(step, say)
    yield from _bounds(step, texts, say)
    for door in step.doors:
        if door.name == "changed" and door.samples:
            yield Fold(_of(door, say), tuple(_changes(door, texts, say)), open=opened)
    gone = [door for door in step.doors if door.name not in {"changed", "added"} and door.samples]
    if gone:
        yield Fold(say("Rows that it dropped"), (_gone(gone, texts, say), *_rest(step, say)))
    yield from (Fold(_of(door, say), (_added(door, texts),)) for door in step.doors if door.name == "added" and door.samples)
    if step.parameters:
        lines = tuple(step.parameters.items())
        head = (Column(say("Parameter"), "code"), Column(say("Value"), "code"))
        yield Fold(say("All parameters"), (Table("", head, lines),))


def _did(step: StepFacts, say: Say) -> str:
    if step.op == "read":
        told = [say.many(step.rows_in, "{n} row was read", "{n} rows were read")]
    else:
        told = [say.many(step.rows_in, "{n} row came in", "{n} rows came in")]
    if step.changed:
        told.append(say("{n} changed ({share})", n=step.changed, share=share(step.changed, step.rows_in)))
    if step.dropped:
        cut = {EXPANDED} >= {door.name for door in step.doors if door.name not in {"changed", "added"}}
        rows = {"n": step.dropped, "share": share(step.dropped, step.rows_in)}
        told.append(say("{n} cut into pieces ({share})", **rows) if cut else say("{n} dropped ({share})", **rows))
    if step.added:
        told.append(say("{n} added", n=step.added))
    if len(told) == 1:
        told.append(say("none was changed, dropped or added"))
    if step.characters and (changed := step.characters["changed"]):
        sentence = say("{n} characters more by editing", n=changed) if changed > 0 else _fewer(-changed, step, say)
        told.append(sentence)
    return say("{clauses}.", clauses=say("; ").join(told))


def _fewer(characters: int, step: StepFacts, say: Say) -> str:
    assert step.characters is not None
    return say("{n} characters fewer by editing ({share})", n=characters, share=share(characters, step.characters["in"]))


def _settings(step: StepFacts, say: Say) -> str:
    """What the recipe says of it."""
    told = [f"`{name} = {value}`" for name, value in step.stated.items()]
    told += [f"`when = {step.when}`"] if step.when else []
    told += [f"`parts = {', '.join(step.parts)}`"] if step.parts else []
    return say("Set by the recipe: {settings}", settings=say(", ").join(told)) if told else ""


def _kinds(step: StepFacts, say: Say) -> Iterator[Block]:
    if step.counts:
        head = (Column(say("Kind"), "code"), Column(say("Times"), "number"))
        yield Table(say("What was counted in the texts"), head, tuple(step.counts.items()))
        if more := step.counts_in_all - len(step.counts):
            yield Prose(say("Kinds that are not listed: {n}.", n=more), soft=True)


def _measures(step: StepFacts, say: Say) -> Iterator[Block]:
    beyond = {bound.parameter: bound.beyond for bound in step.bounds if bound.parameter != "threshold"}
    drawn = [_histogram(measure, beyond, say) for measure in step.measures if len(measure.bins) > 1]
    yield from drawn[:OPEN]
    if rest := drawn[OPEN:]:
        yield Fold(say.many(len(rest), "{n} more measured number", "{n} more measured numbers"), tuple(rest))
    if more := step.measures_in_all - len(step.measures):
        yield Prose(say("Measured numbers that are not drawn: {n}; `ledger.json` has them.", n=more), soft=True)


def _histogram(measure: Measure, beyond: Mapping[str, int | None], say: Say) -> Histogram:
    """`beyond`: rows that a bound alone would drop, as the books know it."""
    limits = tuple(
        Limit(side, value, beyond.get(parameter))  # type: ignore[arg-type]
        for parameter, (side, value) in measure.limits.items()
    )
    moves = bool(limits) and all(limit.side != "threshold" for limit in limits)
    return Histogram(measure.name, measure.bins, limits, slider=moves, unit=say("rows"))


def _bounds(step: StepFacts, texts: Sequence[str], say: Say) -> Iterator[Block]:
    own = [bound for bound in step.bounds if bound.parameter != "threshold"]
    if own:
        head = (
            Column(say("Bound"), "code"),
            Column(say("Limit"), "number"),
            Column(say("Rows that it alone would drop"), "number"),
            Column(say("Rows dropped for this reason"), "number"),
            Column(say("Share of rows in"), "share"),
        )
        whole = step.rows_in or 1
        lines = tuple((b.parameter, b.limit, b.beyond, b.dropped, b.dropped / whole) for b in own)
        yield Table(say("Of several broken bounds the first one counts as the reason"), head, lines)
    decks = [borderline(bound, texts, say) for bound in step.bounds if bound.kept or bound.gone]
    if decks:
        yield Fold(say("Rows just kept and just dropped"), tuple(decks))


def _of(door: Door, say: Say) -> str:
    if door.name == "changed":
        return say("{n} of {rows} rows that it changed", n=len(door.samples), rows=door.rows)
    return say("{n} of {rows} rows that it added", n=len(door.samples), rows=door.rows)


def _changes(door: Door, texts: Sequence[str], say: Say) -> Iterator[Block]:
    masked: list[tuple[Row, dict[str, str]]] = [(each.after or {}, {}) for each in door.samples if each.before is None]
    if masked:
        yield Prose(say("What was masked is not shown: the rows as they are now."), soft=True)
        yield deck("", masked, texts)
    for sample in (each for each in door.samples if each.before is not None):
        after = sample.after or {}
        row = str(after.get("id", ""))
        for name, value in after.items():
            if name != "id" and (sample.before or {}).get(name) != value:
                yield Change(cell_text((sample.before or {}).get(name)), cell_text(value), name, name, say("row {id}", id=row))


def _gone(doors: Sequence[Door], texts: Sequence[str], say: Say) -> Deck:
    shown = [(door.name, sample) for door in doors for sample in door.samples]
    rows = [(s.before or {}, {"reason": name, "measured": s.note.removeprefix(name).strip()}) for name, s in shown]
    return deck(say("Samples by reason"), rows, texts, filters=("reason",))


def _rest(step: StepFacts, say: Say) -> Iterator[Block]:
    listed = sum(door.name not in {"changed", "added"} for door in step.doors)
    reasons = step.doors_in_all - bool(step.changed) - bool(step.added)
    if reasons > listed:
        yield Prose(say("Reasons that are not listed: {n}.", n=reasons - listed), soft=True)


def _added(door: Door, texts: Sequence[str]) -> Deck:
    return deck("", [(sample.after or {}, {}) for sample in door.samples], texts)
