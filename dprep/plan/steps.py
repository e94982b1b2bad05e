"""Follow the columns and parts through the steps of a recipe: what a step reads must be there, what it makes must be new."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from dprep.base.columns import SYSTEM_COLUMNS, ColumnPath
from dprep.base.dedup import Conflict, Dedup
from dprep.base.dedup_spans import DedupSpans
from dprep.base.gate import Gate
from dprep.base.match import Match
from dprep.base.operator import Augment, Clean, Expand, Filter, Operator, Split, Tag
from dprep.base.problem import Place, did_you_mean
from dprep.base.sample import Sample
from dprep.base.step import Step
from dprep.plan.candidates import Candidate
from dprep.plan.conditions import CONDITIONS, Fault, meant_text, read_condition
from dprep.plan.flow import Flow
from dprep.plan.leaks import closing
from dprep.plan.new_rows import check_new_rows, judged
from dprep.plan.resources import with_files
from dprep.plan.twins import marking
from dprep.plan.wanted import wanted
from dprep.recipe.model import RecipeStep
from dprep.recipe.table import listed

T = TypeVar("T")

MARKS = ("cluster", "cluster_size", "similarity")
"""Columns by which duplicates are marked."""


def follow(flow: Flow, seed: int) -> list[Step]:
    """The steps of the plan; what is wrong is added to `flow.problems`."""
    steps: list[Step] = []
    for candidate in flow.candidates:
        steps += _one(candidate, flow, seed)
    return [*steps, *closing(flow, seed)]


def _one(candidate: Candidate, flow: Flow, seed: int) -> list[Step]:
    step, op = candidate.step, candidate.op
    if step.when is not None:
        _check_condition("when", step.when, flow.value(step, "when"), step, flow)
    parts = _parts(candidate, flow)
    if op is None:
        _check_columns(step.columns or (), step, flow)
        _perhaps_make(candidate, flow)
        return []
    columns = _columns(candidate, op, flow)
    op = judged(with_files(op, step, flow), step, flow)
    made = Step(step.name, step.op, op, columns, parts, step.when, step.on_error, seed)
    before = marking(made, step, op, flow) if isinstance(op, Split) else wanted(made, step, op, flow)
    check_new_rows(candidate, made, flow)
    _check_reads(step, op, flow)
    _make(candidate, op, flow)
    return [*before, made]


def _columns(candidate: Candidate, op: Operator, flow: Flow) -> tuple[str, ...]:
    """The column paths that the step acts on."""
    step = candidate.step
    if not op.text_only:
        if step.columns is not None:
            sentence = f"`{step.op}` takes no `columns`: its own parameters name what it reads"
            flow.problem("no-columns", sentence, flow.key(step, "columns"), "drop the line")
        return flow.task.texts
    if step.columns is not None and not step.columns:
        flow.problem(
            "wrong-value", f"step `{step.name}` acts on no column", flow.value(step, "columns"), "drop the line, or name one"
        )
    if step.columns is None and flow.unclear(candidate, "columns"):
        return ()
    columns = step.columns if step.columns is not None else flow.texts()
    _check_columns(columns, step, flow)
    if isinstance(op, Expand):
        _check_one_column(columns, step, flow)
    for number, path in enumerate(columns):
        _check_may_edit(path, step, op, flow, _place_of_column(number, step, flow))
    return columns


def _check_one_column(columns: tuple[str, ...], step: RecipeStep, flow: Flow) -> None:
    """A row falls apart along one text: others would be repeated, or cut where they do not belong."""
    if len(columns) == 1 and columns[0].isidentifier():
        return
    named = step.columns is not None
    sentence = f"`{step.op}` acts on one column of texts, not on {listed(list(columns))}"
    place = flow.value(step, "columns") if named else flow.value(step, "op")
    flow.problem("one-column", sentence, place, 'name one: `columns = ["text"]`')


def _check_columns(columns: tuple[str, ...], step: RecipeStep, flow: Flow) -> None:
    for number, path in enumerate(columns):
        flow.reaches(path, step, _place_of_column(number, step, flow))


def _place_of_column(number: int, step: RecipeStep, flow: Flow) -> Place:
    return flow.value(step, "op") if step.columns is None else flow.value(step, "columns", number)


def _check_may_edit(path: str, step: RecipeStep, op: Operator, flow: Flow, place: Place) -> None:
    if not isinstance(op, (Clean, Expand, Augment)):
        return
    column = path.partition(".")[0].partition("[")[0]
    if column in SYSTEM_COLUMNS:
        flow.problem(
            "system-column", f"`{column}` is a column that dprep makes; no step edits it", place, "name a column of yours"
        )
    elif column in flow.task.aligned:
        free = [name for name in flow.task.texts if name not in flow.task.aligned]
        help = f"set `columns = {free!r}`".replace("'", '"') if free else "drop the step, or clean before the tokens are made"
        sentence = f"`{step.op}` would change `{column}`, into which other columns of the task count"
        flow.problem("breaks-offsets", sentence, place, help)


def _check_reads(step: RecipeStep, op: Operator, flow: Flow) -> None:
    for name in CONDITIONS:
        text = getattr(op, name, None)
        if isinstance(text, str) and name in step.params:
            _check_condition(name, text, flow.value(step, name), step, flow)
            return
    for path in _asked(op.reads) or ():
        place = flow.place_of(step, path)
        if path == "cluster" and isinstance(op, Split) and "twins" in getattr(op, "unit", ()):
            continue  # the plan marks the twins itself
        try:
            flow.needs(ColumnPath.parse(path).column, step, place)
        except ValueError:
            help = "write `text`, `messages.content` or `messages[assistant].content`"
            flow.problem("bad-column-path", f"`{path}` is not a column path", place, help)


def _check_condition(what: str, text: str, place: Place, step: RecipeStep, flow: Flow) -> None:
    found = read_condition(text, what)
    if isinstance(found, Fault):
        if found.column and text in place.text:
            start = place.text.find(text, place.column - 1) + found.column
            place = replace(place, column=start, length=1)
        flow.problem("bad-condition", found.sentence, place, found.help)
        return
    for name in found.reads:
        word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        at = word.search(place.text, place.column - 1, place.column - 1 + place.length)
        exact = replace(place, column=at.start() + 1, length=len(name)) if at and name else place
        help = f"text stands in single quotes: `'{name}'`" if meant_text(text, name) else ""
        flow.needs(name, step, exact, help)


def _parts(candidate: Candidate, flow: Flow) -> tuple[str, ...] | None:
    """The parts that the step acts on; None = all rows."""
    step = candidate.step
    if step.parts is None:
        return None if flow.unclear(candidate, "parts") else _usual_parts(candidate, flow)
    if not flow.split and not flow.open_parts:
        later = [c.step for c in flow.candidates[step.index :] if c.cls and issubclass(c.cls, Split)]
        notes = (("split here", flow.value(later[0], "op")),) if later else ()
        help = "move the step behind the split" if later else "add a split before it, or drop the line"
        flow.problem(
            "parts-before-split", f"step `{step.name}` names parts before there are any", flow.key(step, "parts"), help, notes
        )
        return step.parts
    if not step.parts:
        flow.problem(
            "wrong-value", f"step `{step.name}` acts on no part", flow.value(step, "parts"), "drop the line, or name one"
        )
    for number, part in enumerate(step.parts):
        if part not in flow.parts and not flow.open_parts:
            help = f"{did_you_mean(part, flow.parts)} there are {listed(list(flow.parts))}".lstrip()
            flow.problem("unknown-part", f"there is no part `{part}`", flow.value(step, "parts", number), help)
    return step.parts


def _usual_parts(candidate: Candidate, flow: Flow) -> tuple[str, ...] | None:
    """The parts of a step that names none: all, but augmenters add to `train` only."""
    step, op = candidate.step, candidate.op
    if isinstance(op, Split) and flow.split:
        sentence = f"step `{step.name}` splits rows that are split already"
        help = 'name what it divides: `parts = ["train"]`'
        flow.problem("second-split", sentence, flow.value(step, "op"), help, (("split here", flow.split),))
    if isinstance(op, (Augment, Sample)) and flow.split:
        if "train" in flow.parts or flow.open_parts:
            return ("train",)
        verb = "adds rows to" if isinstance(op, Augment) else "draws rows from"
        sentence = f"step `{step.name}` {verb} `train`, which is no part here"
        flow.problem("unknown-part", sentence, flow.value(step, "op"), f"set `parts`: there are {listed(list(flow.parts))}")
    return None


def _make(candidate: Candidate, op: Operator, flow: Flow) -> None:
    """Add what the step makes to the flow; with broken parameters, as far as that can be known."""
    step = candidate.step
    makes = _asked(op.makes)
    if makes is None:
        makes = {}
        _perhaps_make(candidate, flow)
    flow.perhaps(candidate.said())
    if isinstance(op, Tag):
        _check_renames(step, op, flow)
    for name in _must_be_new(op, makes):
        _check_new(name, step, op, flow)
    flow.columns.update({name: str(dtype) for name, dtype in makes.items()})
    for name in _asked(op.spends) or ():
        flow.columns.pop(name, None)
    if not isinstance(op, Split):
        return
    flow.split = flow.split or flow.value(step, "op")
    if flow.unclear(candidate, "unit"):
        flow.perhaps(MARKS)
    parts = _asked(op.parts)
    flow.parts.update(dict.fromkeys(parts or (), flow.value(step, "op")))
    flow.open_parts = flow.open_parts or parts is None


def _must_be_new(op: Operator, makes: Mapping[str, object]) -> list[str]:
    """The columns that no step may have made before; one marking brings all its columns at once."""
    if isinstance(op, Split):
        return [name for name in makes if name != "part"]
    if isinstance(op, Sample):
        return [name for name in makes if name == "times"]
    return list(makes) if isinstance(op, Tag) else list(makes)[:1] if isinstance(op, (Dedup, Conflict, Match)) else []


def _perhaps_make(candidate: Candidate, flow: Flow) -> None:
    """Columns and parts that the step may make once it is mended."""
    cls = candidate.cls
    if cls is None:
        flow.perhaps(None)
        flow.perhaps(SYSTEM_COLUMNS)
        flow.open_parts = True
    elif issubclass(cls, Tag):
        op = None if candidate.renames_at_will() else candidate.op
        flow.perhaps(_asked(op.notes) if isinstance(op, Tag) else None)
    elif issubclass(cls, (Dedup, Conflict)) and cls.makes in {Dedup.makes, Conflict.makes}:
        flow.perhaps(MARKS)
    elif issubclass(cls, Split):
        flow.perhaps(("part", *MARKS))
        flow.open_parts = True
    elif issubclass(cls, Expand) and cls.makes is Expand.makes:
        flow.perhaps(("parent", "made_by", "piece"))
    elif issubclass(cls, Augment) and cls.makes is Augment.makes:
        flow.perhaps(("parent", "made_by", "variant"))
    elif issubclass(cls, Sample) and cls.makes is Sample.makes:
        flow.perhaps(("parent", "made_by", "copy", "times"))
    elif not issubclass(cls, (Clean, Filter, Gate, DedupSpans)) or cls.makes is not Operator.makes:
        flow.perhaps(None)


def _asked(question: Callable[[], T]) -> T | None:
    """The answer; None from an operator whose broken parameters would have to say it: without them it may fail anyhow."""
    try:
        return question()
    except Exception:
        return None


def _check_renames(step: RecipeStep, op: Tag, flow: Flow) -> None:
    """`as` may name only what the tag makes."""
    makes, renames = _asked(op.notes), getattr(op, "as_", {})
    if makes is None:
        return
    for name in renames:
        if name not in makes:
            help = f"{did_you_mean(name, makes)} it makes {listed(list(makes))}".lstrip()
            flow.problem("missing-column", f"`{step.op}` makes no column `{name}`", flow.key(step, "as", name), help)
            flow.perhaps((renames[name],))


def _check_new(name: str, step: RecipeStep, op: Operator, flow: Flow) -> None:
    place = flow.place_of(step, name)
    if name in flow.columns:
        help = (
            f'rename what it makes: `as = {{ {name} = "{name}_2" }}`'
            if isinstance(op, Tag)
            else "mark once, or drop the first marking"
        )
        flow.problem("overwritten-column", f"step `{step.name}` would overwrite the column `{name}`", place, help)
    elif isinstance(op, Tag) and (name in SYSTEM_COLUMNS or set(name) & set(".[]") or name.startswith("__")):
        flow.problem("system-column", f"a tag cannot make a column called `{name}`", place, "choose another name")
