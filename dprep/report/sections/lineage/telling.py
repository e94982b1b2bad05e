"""The chapter on lineage in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dprep.report.blocks import Block, Cell, Column, Command, Fold, Link, Notice, Prose, Section, Source, Subhead, Table
from dprep.report.numbers import moment, size
from dprep.report.say import Say
from dprep.report.sections.lineage import books

if TYPE_CHECKING:
    from dprep.report.sections.lineage import LineageFacts
    from dprep.report.sections.lineage.recipe import RecipeFacts

ID = "lineage"
INPUTS = f"{ID}-inputs"
HEADED = 20
"""Sources that have a table of their own; the files of the others stand in one."""


def section(facts: LineageFacts, say: Say) -> Section:
    """How to make it again, the recipe, what it was made from and with."""
    blocks = [*_again(facts, say), *_recipe(facts.recipe, say), *_inputs(facts, say), *_unread(facts, say)]
    return Section(ID, say("Lineage and reproduction"), (*blocks, *_made(facts, say)))


def notices(facts: LineageFacts, say: Say) -> list[Notice]:
    """Files that broke off: rows that are missing without anyone having decided so."""
    if not facts.broke_off_files:
        return []
    told = say.many(
        facts.broke_off_files,
        "{n} file broke off before its end: what stood behind is not in the version",
        "{n} files broke off before their end: what stood behind is not in the version",
    )
    return [Notice("warning", told, f"{ID}-unread")]


def _again(facts: LineageFacts, say: Say) -> list[Block]:
    told: list[Block] = [
        Subhead(say("Make it again"), anchor=f"{ID}-again"),
        Prose(say("In the folder of this version, with the inputs where they were:")),
        Command(facts.command),
        *(
            [Prose(say("`{place}` stands for the folder that relative paths of sources start from.", place=books.ROOT))]
            if books.ROOT in facts.command
            else []
        ),
        Prose(_certainty(facts, say)),
    ]
    if facts.extends:
        base = f"{facts.extends.dataset}@{facts.extends.version}"
        sentence = say(
            "It extends `{base}`, which must be in the store with the same rows (got `{got}`).",
            base=base,
            got=facts.extends.got,
        )
        told.append(Prose(sentence))
    own = [each for each in facts.operators if each.own]
    if own:
        told.append(Prose(_own(facts, [each.op for each in own], say)))
    if facts.needed:
        head = (Column(say("Step")), Column(say("Parameter"), "code"), Column(say("Name"), "code"), Column(say("Hash"), "code"))
        lines = tuple((each.step, each.parameter, each.name, each.hash) for each in facts.needed)
        told.append(Table(say("Files and artifacts that must be there"), head, lines))
    return told


def _certainty(facts: LineageFacts, say: Say) -> str:
    """Whether the same bytes come out."""
    varying = sorted({each.step for each in facts.operators if each.varies})
    if not varying:
        return say("The same inputs, operators and libraries give the same rows, byte for byte, with any number of workers.")
    names = ", ".join(f"`{name}`" for name in varying)
    told = say.many(
        len(varying),
        "The answers of {n} step vary with machine, model or service: {names}.",
        "The answers of {n} steps vary with machine, model or service: {names}.",
        names=names,
    )
    kept = say(
        "They are kept in the cache of this store: there the same rows come out; elsewhere, or without it, they may not."
    )
    return say("{first} {second}", first=told, second=kept)


def _own(facts: LineageFacts, names: list[str], say: Say) -> str:
    told = ", ".join(f"`{name}`" for name in sorted(set(names)))
    folder = facts.recipe.own_operators
    if folder:
        return say(
            "Operators of the recipe's own ({names}) must lie in `{folder}` beside the recipe.", names=told, folder=folder
        )
    return say("Operators that are not part of dprep ({names}) must be installed.", names=told)


def _recipe(recipe: RecipeFacts, say: Say) -> list[Block]:
    told: list[Block] = [Subhead(say("Recipe"), anchor=f"{ID}-recipe")]
    if recipe.fault:
        told.append(Prose(say("No line of the recipe can be marked: {fault}.", fault=recipe.fault)))
    if recipe.overrides:
        head = (Column(say("Set for this run"), "code"), Column(say("Line"), "number"))
        lines = tuple((each.text, each.line) for each in recipe.overrides)
        told.append(Table(say("Values set for this run alone: the recipe below says otherwise"), head, lines))
    if recipe.decided:
        told.append(_decided(recipe, say))
    if recipe.characters > len(recipe.text):
        left = recipe.characters - len(recipe.text)
        told.append(
            Prose(
                say("The first {shown} characters; {left} more stand in `recipe.toml`.", shown=len(recipe.text), left=left),
                soft=True,
            )
        )
    if recipe.text:
        told.append(Source("recipe.toml", recipe.text, marks=_marks(recipe)))
    return told


def _decided(recipe: RecipeFacts, say: Say) -> Table:
    head: tuple[Column, ...] = (
        Column(say("Step")),
        Column(say("Reason")),
        Column(say("Rows dropped"), "number"),
        Column(say("Key"), "code"),
        Column(say("Value"), "code"),
        Column(say("Line"), "number"),
        Column(say("Remark")),
    )
    lines: tuple[tuple[Cell | Link, ...], ...] = tuple(
        (
            Link(each.step, f"step-{each.number}"),
            each.reason,
            each.rows,
            each.key,
            each.value,
            each.line,
            say("default, not written") if each.key and not each.written and not recipe.fault else "",
        )
        for each in recipe.decided
    )
    if not any(line[-1] for line in lines):
        head, lines = head[:-1], tuple(line[:-1] for line in lines)
    return Table(say("Places that decided: what dropped most rows"), head, lines)


def _marks(recipe: RecipeFacts) -> tuple[tuple[int, str], ...]:
    """One per line: steps and sources lead to where they are told of, keys that decided to their step."""
    keys = {each.line: f"step-{each.number}" for each in recipe.decided if each.line and each.written}
    changed = {each.line: f"{ID}-recipe" for each in recipe.overrides if each.line}
    steps = {each.line: f"step-{each.number}" for each in recipe.steps}
    sources = {each.line: _source_anchor(each.number) for each in recipe.sources}
    shown = recipe.text.count("\n") + 1
    return tuple((line, anchor) for line, anchor in sorted({**changed, **keys, **sources, **steps}.items()) if line <= shown)


def _source_anchor(number: int) -> str:
    return f"{ID}-source-{number}" if number <= HEADED else INPUTS


def _inputs(facts: LineageFacts, say: Say) -> list[Block]:
    told: list[Block] = [Subhead(say("Inputs"), anchor=INPUTS)]
    head = _numbers(say, Column(say("Source")), Column(say("Licence")), Column(say("Files"), "number"))
    lines = tuple(
        (
            each.name,
            each.license or say("not stated"),
            each.files,
            size(each.bytes),
            each.rows,
            each.rejected,
        )
        for each in facts.sources
    )
    told.append(Table(say("Sources"), head, lines, filter=len(lines) > HEADED))
    listed = [each for each in enumerate(facts.sources, 1) if each[1].listed]
    for number, source in listed[:HEADED]:
        named = tuple((file.name, size(file.bytes), file.rows, file.rejected, file.hash) for file in source.listed)
        small = say.many(source.files, "{n} file", "{n} files")
        told.append(Subhead(source.name, small, _source_anchor(number)))
        told.append(Table(say("Files of {source}", source=source.name), _file_head(say), named, filter=len(named) > 20))
        left = source.files - len(named)
        if left:
            told.append(
                Prose(
                    say.many(left, "{n} more file stands in manifest.json.", "{n} more files stand in manifest.json."),
                    soft=True,
                )
            )
    return told


def _numbers(say: Say, *before: Column) -> tuple[Column, ...]:
    return (*before, Column(say("Size"), "number"), Column(say("Rows"), "number"), Column(say("Rejected"), "number"))


def _file_head(say: Say) -> tuple[Column, ...]:
    return (*_numbers(say, Column(say("File"))), Column(say("Hash (xxh3-128)"), "code"))


def _unread(facts: LineageFacts, say: Say) -> list[Block]:
    if not facts.rejected and not facts.broke_off_files:
        return [Prose(say("All records of the inputs could be read."), soft=True)]
    told: list[Block] = [Subhead(say("Records that could not be read"), anchor=f"{ID}-unread")]
    if facts.broke_off_files:
        lines = tuple((sentence,) for sentence in facts.broke_off)
        told.append(Table(say("Files that broke off"), (Column(say("What happened")),), lines))
    if facts.rejected:
        counts = tuple((each.reason, each.records) for each in facts.rejected)
        told.append(Table(say("Unread records by reason"), (Column(say("Reason")), Column(say("Records"), "number")), counts))
        head = (
            Column(say("Reason")),
            Column(say("Place"), "code"),
            Column(say("What is wrong")),
            Column(say("Begins with"), "code"),
        )
        told.append(Fold(say("The first of each"), (Table(say("First records of each reason"), head, tuple(_records(facts))),)))
    return told


def _records(facts: LineageFacts) -> Iterable[tuple[str, str, str, str]]:
    for each in facts.rejected:
        for record in each.first:
            place = f"{record.file}:{record.line}" if record.line else record.file
            yield each.reason, place, record.detail, record.raw


def _made(facts: LineageFacts, say: Say) -> list[Block]:
    told: list[Block] = [Subhead(say("What made it"), anchor=f"{ID}-made")]
    lines = [
        (say("Rows (got)"), facts.got),
        (say("Question: inputs, steps, operators, seed (asked)"), facts.asked),
        (say("Seed"), str(facts.seed)),
        ("dprep", facts.dprep),
        *(("Python", facts.python) for _ in [0] if facts.python),
        *((say("Platform"), facts.platform) for _ in [0] if facts.platform),
        *((say("Started"), moment(facts.started)) for _ in [0] if facts.started),
        *facts.libraries,
    ]
    told.append(Table(say("Versions and hashes"), (Column(say("What")), Column(say("Value"), "code")), tuple(lines)))
    if facts.operators:
        head = (
            Column(say("Step")),
            Column(say("Operator"), "code"),
            Column(say("Revision"), "code"),
            Column(say("Answers vary")),
        )
        operators = tuple(
            (Link(each.step, f"step-{each.number}") if each.number else each.step, each.op, each.revision, each.varies)
            for each in facts.operators
        )
        told.append(Fold(say("Revisions of the operators"), (Table(say("Revisions of the operators"), head, operators),)))
    if facts.shards:
        head = (
            Column(say("File")),
            Column(say("Rows"), "number"),
            Column(say("Size"), "number"),
            Column(say("Hash (xxh3-128)"), "code"),
        )
        files = tuple((each.path, each.rows, size(each.bytes), each.hash) for each in facts.shards)
        caption = say.many(facts.files, "{n} file of this version", "{n} files of this version")
        told.append(Fold(say("Files of this version"), (Table(caption, head, files, filter=len(files) > 20),)))
    return told
