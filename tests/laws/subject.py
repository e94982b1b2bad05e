"""What the laws are applied to: an operator, its examples, and the plans that its examples make."""

from __future__ import annotations

import inspect
import json
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl

from dprep import api, ops
from dprep.base import rowdiff
from dprep.base.operator import Operator
from dprep.base.problem import Error, Problem
from dprep.base.rowdiff import Line
from dprep.base.step import Step
from dprep.plan.check import check
from dprep.recipe.read import read_recipe
from dprep.store.versions import Version, open_version
from tests.laws.process import TOLD

_BLOCK = re.compile(r"^```(toml|diff)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILES = Path(__file__).parent / "files"
"""What the examples' parameters name: every file there lies beside the examples' recipes."""

_TASKS = {
    "messages": "chat",
    "tokens": "tagging",
    "chosen": "preference",
    "question": "qa",
    "completion": "completion",
    "target": "seq2seq",
}


@dataclass(frozen=True)
class Example:
    """A `toml` block and the `diff` block after it."""

    number: int
    toml: str
    lines: tuple[Line, ...]

    @property
    def rows(self) -> pl.DataFrame:
        """The rows that go in, with ids: their own, or their place as 32 hex digits."""
        rows = rowdiff.before(self.lines)
        return frame(_with_said(rows) if any("variant" in row for row in rows) else rows)


@dataclass(frozen=True)
class Subject:
    """An operator by name, of the catalogue or of a recipe's own folder."""

    name: str
    folder: Path | None = None

    @cached_property
    def module(self) -> ModuleType:
        return ops.module(self.name, self.folder)

    @cached_property
    def cls(self) -> type[Operator]:
        return ops.operator_of(self.module)

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """Every example of the page. Fails where a block stands alone."""
        blocks = _BLOCK.findall(inspect.cleandoc(self.module.__doc__ or ""))
        kinds = [kind for kind, _ in blocks]
        assert kinds == ["toml", "diff"] * (len(kinds) // 2), (
            f"{self.name}: every toml block needs its diff block, found {kinds}"
        )
        pairs = zip(blocks[::2], blocks[1::2], strict=True)
        return tuple(Example(n, toml, tuple(rowdiff.parse(diff))) for n, ((_, toml), (_, diff)) in enumerate(pairs, start=1))

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """The operator as each of its examples sets it, and as its defaults do, each once."""
        found = {example.toml: example.rows for example in self.examples}
        bare = f'op = "{self.name}"\n'
        rows = self.examples[0].rows if self.examples else frame([{"text": "one text"}])
        if not problems(self, bare, rows):
            found.setdefault(bare, rows)
        return tuple(Setting(self, planned(self, toml, rows), rows) for toml, rows in found.items())


@dataclass(frozen=True)
class Setting:
    """One way to set an operator: the checked steps of its plan, and rows of the kind that it reads."""

    subject: Subject
    steps: tuple[Step, ...]
    rows: pl.DataFrame

    @property
    def step(self) -> Step:
        """The step under test: the plan may have put a marking step before it."""
        return self.steps[-1]

    @property
    def text_columns(self) -> tuple[str, ...]:
        return self.step.columns if self.step.op.text_only else ("text",) if "text" in self.rows.columns else ()


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a run would see them: with `id` and `origin`."""
    numbered = [{"id": f"{n:032x}", "origin": f"law:{n}", **row} for n, row in enumerate(rows, start=1)]
    return pl.DataFrame(numbered, infer_schema_length=None)


def _with_said(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """On a gate's page a row with `variant` was made from the last row without. The rows without, and what was made of each:
    `said`, from which `augment.told` makes it again.
    """
    found: list[dict[str, Any]] = []
    for row in rows:
        if "variant" in row:
            found[-1]["said"].append(row["text"])
            assert row["variant"] == len(found[-1]["said"]), row
        else:
            found.append({**row, "said": []})
    return found


def planned(subject: Subject, toml: str, rows: pl.DataFrame) -> tuple[Step, ...]:
    """The checked steps of a recipe whose one step is `toml`, up to that one. Raises Error as a user would see it."""
    with tempfile.TemporaryDirectory() as folder:
        plan, found = check(read_recipe(_recipe(Path(folder), subject, toml, rows)))
        if plan is None:
            raise Error(found)
        own = [place for place, step in enumerate(plan.steps) if step.op_name == subject.name]
        return plan.steps[: own[-1] + 1]


@contextmanager
def ran(subject: Subject, example: Example) -> Iterator[Version]:
    """The version that a run of the example's recipe over its rows makes, while it lies there."""
    with tempfile.TemporaryDirectory() as folder:
        recipe = _recipe(Path(folder), subject, example.toml, example.rows)
        yield open_version(api.run(recipe, store=Path(folder) / "store", workers=1).folder)


def problems(subject: Subject, toml: str, rows: pl.DataFrame) -> list[Problem]:
    """What a user is told about the step `toml`: errors only."""
    try:
        planned(subject, toml, rows)
    except Error as fault:
        return [problem for problem in fault.problems if problem.severity == "error"]
    return []


def _recipe(folder: Path, subject: Subject, toml: str, rows: pl.DataFrame) -> Path:
    task = next((task for column, task in _TASKS.items() if column in rows.columns), "text")
    gate = subject.cls.family == "gate"
    ops_folder = _gate_folder(folder, subject) if gate else subject.folder
    own = f"ops = {json.dumps(str(ops_folder))}\n" if ops_folder else ""
    theirs = {name: name for name in rows.columns if name not in {"id", "origin"}}
    mapped = ", ".join(f"{name} = {json.dumps(name)}" for name in theirs)
    for file in sorted(FILES.glob("[!.]*")):
        (folder / file.name).symlink_to(file)
    (folder / "rows.jsonl").write_text(rows.select(list(theirs)).write_ndjson(), encoding="utf-8")
    maker = '[[step]]\nop = "augment.told"\nvariants = 9\n\n' if gate else ""
    recipe = folder / "law.toml"
    recipe.write_text(
        f'[dataset]\nname = "law"\nseed = 7\ntask = "{task}"\n{own}\n'
        f'[[source]]\npath = "rows.jsonl"\ncolumns = {{ {mapped} }}\n\n{maker}[[step]]\n{toml}',
        encoding="utf-8",
    )
    return recipe


def _gate_folder(folder: Path, subject: Subject) -> Path:
    """The folder of `augment.told`; beside it the gate, if that is a recipe's own."""
    if subject.folder is None:
        return TOLD
    both = folder / "ops"
    both.mkdir()
    for family in (TOLD / "augment", subject.folder / "gate"):
        (both / family.name).symlink_to(family)
    return both


def spelled(values: Mapping[str, Any]) -> str:
    """`values` as TOML lines, by a writer that shares nothing with the code under test."""
    text = "".join(f"{key} = {_spelled(value)}\n" for key, value in values.items())
    assert tomllib.loads(text) == dict(values), text
    return text


def _spelled(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_spelled(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_spelled(each) for each in value) + "]"
    return json.dumps(value) if not isinstance(value, float) else repr(value)


@cache
def catalogue() -> tuple[Subject, ...]:
    """Every operator there is."""
    return tuple(Subject(name) for name in ops.names())
