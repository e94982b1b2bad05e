"""Two versions side by side, in words: verdict, warnings, and what was done otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dprep.report.blocks import Block, Column, Command, Notice, Prose, Section, Table
from dprep.report.say import Say
from dprep.report.sections.against import funnels_told, rows_told, shifts_told

if TYPE_CHECKING:
    from dprep.report.sections.against import AgainstFacts


def title(facts: AgainstFacts, say: Say) -> str:
    """`support@v3 against support@v2`."""
    return say("{new} against {old}", new=facts.new.name, old=facts.old.name)


def sections(facts: AgainstFacts, say: Say) -> tuple[Section, ...]:
    """The chapters of the comparison."""
    return (
        _summary(facts, say),
        rows_told.section(facts, say),
        funnels_told.section(facts, say),
        shifts_told.parts(facts, say),
        shifts_told.shifts(facts, say),
    )


def verdict(facts: AgainstFacts, say: Say) -> tuple[str, ...]:
    """What became of the rows, what was done otherwise, what is spread otherwise."""
    return (_fates(facts, say), _otherwise(facts, say), _largest(facts, say))


def _fates(facts: AgainstFacts, say: Say) -> str:
    rows = facts.rows
    if facts.same:
        return say.many(
            facts.new.rows,
            "Both versions hold the same {n} row in the same parts.",
            "Both versions hold the same {n} rows in the same parts.",
        )
    return say(
        "From {before} rows to {after}: {removed} removed, {added} added, {changed} changed, {same} the same.",
        before=facts.old.rows,
        after=facts.new.rows,
        removed=rows.removed,
        added=rows.added,
        changed=rows.changed,
        same=rows.same,
    )


def _otherwise(facts: AgainstFacts, say: Say) -> str:
    recipe = len(facts.rows.recipe) + (facts.old.seed != facts.new.seed)
    files = facts.inputs.changes_in_all
    if not recipe and not files:
        return say("Recipe, seed and inputs are the same.")
    clauses = []
    if recipe:
        clauses.append(say.many(recipe, "{n} difference in the recipe", "{n} differences in the recipe"))
    if files:
        clauses.append(say.many(files, "{n} input file differs", "{n} input files differ"))
    return say("{clauses}.", clauses=say("; ").join(clauses))


def _largest(facts: AgainstFacts, say: Say) -> str:
    """The largest shift of a number, else of shares."""
    numbers = [shift for shift in facts.shifts.numbers if shift.matters]
    shares = [shift for shift in facts.shifts.shares if shift.matters]
    if numbers:
        return shifts_told.number(numbers[0], say)
    return shifts_told.shares(shares[0], say) if shares else say("No shift of a distribution is worth naming.")


def notices(facts: AgainstFacts, say: Say) -> list[Notice]:
    """What spoils a comparison of models, or should be meant: moved rows, other labels, other seeds, large shifts."""
    told = [*_moved(facts, say), *_labels(facts, say), *shifts_told.notices(facts, say)]
    if facts.old.seed != facts.new.seed:
        sentence = say(
            "The seeds differ ({old} and {new}): splits, samples and augmented rows differ by chance too.",
            old=str(facts.old.seed),
            new=str(facts.new.seed),
        )
        told.append(Notice("warning", sentence, "against-summary"))
    if facts.old.task != facts.new.task:
        sentence = say("The tasks differ: `{old}` and `{new}`.", old=facts.old.task, new=facts.new.task)
        told.append(Notice("warning", sentence, "against-summary"))
    if facts.same:
        told.append(Notice("good", say("The rows are the same: `got` is equal."), "against-summary"))
    return told


def _moved(facts: AgainstFacts, say: Say) -> list[Notice]:
    """Rows that one version trains on and the other tests on."""
    old, new, told = facts.old.short, facts.new.short, []
    if facts.moved.held_out_to_train:
        sentence = say(
            "`train` of {new} holds rows that {old} kept out ({parts}): do not score a model of {new} on those parts of {old}.",
            new=new,
            old=old,
            parts=_counts(facts.moved.held_out_to_train),
        )
        told.append(Notice("warning", sentence, "against-parts"))
    if facts.moved.train_to_held_out:
        sentence = say(
            "{new} keeps out rows that {old} had in `train` ({parts}): do not score a model of {old} on those parts of {new}.",
            new=new,
            old=old,
            parts=_counts(facts.moved.train_to_held_out),
        )
        told.append(Notice("warning", sentence, "against-parts"))
    return told


def _counts(parts: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"`{part}` {rows:,}" for part, rows in parts)


def _labels(facts: AgainstFacts, say: Say) -> list[Notice]:
    shifts, told = facts.shifts, []
    if shifts.labels_added_in_all:
        named = _named(shifts.labels_added, shifts.labels_added_in_all)
        told.append(
            say.many(shifts.labels_added_in_all, "{n} label is new: {names}.", "{n} labels are new: {names}.", names=named)
        )
    if shifts.labels_removed_in_all:
        named = _named(shifts.labels_removed, shifts.labels_removed_in_all)
        told.append(
            say.many(shifts.labels_removed_in_all, "{n} label is gone: {names}.", "{n} labels are gone: {names}.", names=named)
        )
    return [Notice("warning", sentence, "against-parts") for sentence in told]


def _named(names: tuple[str, ...], in_all: int, most: int = 5) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return f"{shown} …" if in_all > most else shown


def _summary(facts: AgainstFacts, say: Say) -> Section:
    old, new = facts.old, facts.new
    blocks: list[Block] = [
        Prose(say("What each version is in itself stands in its own report:")),
        Command(f"dprep report {old.name}"),
        Command(f"dprep report {new.name}"),
    ]
    blocks.append(_heads(facts, say))
    if facts.rows.recipe:
        lines = tuple((line.strip(),) for line in facts.rows.recipe)
        blocks.append(Table(say("Differences in the recipe"), (Column(say("Difference"), "code"),), lines))
    else:
        blocks.append(Prose(say("The steps of both recipes are the same.")))
    blocks += _inputs(facts, say)
    return Section("against-summary", say("What was done otherwise"), tuple(blocks))


def _heads(facts: AgainstFacts, say: Say) -> Table:
    old, new = facts.old, facts.new
    head = (Column(say("What")), Column(old.name, "code"), Column(new.name, "code"))
    lines = (
        (say("Rows"), f"{old.rows:,}", f"{new.rows:,}"),
        (say("Task"), old.task, new.task),
        (say("Seed"), str(old.seed), str(new.seed)),
        (say("Set for this run"), " ".join(old.overrides), " ".join(new.overrides)),
        (say("Columns that only it has"), ", ".join(facts.rows.columns_removed), ", ".join(facts.rows.columns_added)),
        (say("Rows (got)"), old.got, new.got),
        (say("Question: inputs, steps, operators, seed (asked)"), old.asked, new.asked),
    )
    return Table(say("Both versions"), head, tuple(line for line in lines if line[1] or line[2]))


def _inputs(facts: AgainstFacts, say: Say) -> list[Block]:
    inputs = facts.inputs
    if not inputs.changes:
        return [Prose(say("The input files of both are the same."))]
    words = {"added": say("added"), "removed": say("removed"), "changed": say("changed")}
    head = (
        Column(say("Source")),
        Column(say("File")),
        Column(say("Fate")),
        Column(say("Rows, {version}", version=facts.old.short), "number"),
        Column(say("Rows, {version}", version=facts.new.short), "number"),
    )
    lines = tuple(
        (
            each.source,
            each.file,
            words[each.change],
            None if each.change == "added" else each.old_rows,
            None if each.change == "removed" else each.new_rows,
        )
        for each in inputs.changes
    )
    told: list[Block] = [Table(say("Input files that differ"), head, lines)]
    left = inputs.changes_in_all - len(lines)
    return told + ([Prose(say.many(left, "{n} more file differs.", "{n} more files differ."), soft=True)] if left else [])
