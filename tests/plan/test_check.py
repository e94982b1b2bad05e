"""Good recipes: what the plan says of their files, columns, parts and steps."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dprep.plan.check import check
from dprep.plan.model import Plan
from dprep.recipe.read import read_recipe


def _plan(text: str) -> Plan:
    Path("recipe.toml").write_text(text, encoding="utf-8")
    plan, problems = check(read_recipe(Path("recipe.toml")))
    assert plan is not None, "\n".join(problem.render() for problem in problems)
    return plan


def _recipe(task: str, source: str, steps: str = "") -> str:
    return f'[dataset]\nname = "d"\nseed = 1\ntask = "{task}"\n\n[[source]]\n{source}\n\n{steps}'


def test_a_tasks_columns_are_read_even_where_nothing_is_mapped(inputs: Path) -> None:
    plan = _plan(_recipe("classification", 'path = "mail.jsonl"'))

    reading = plan.sources[0].reading
    assert reading.columns == {"text": "text", "label": "label"}
    assert reading.required == ("text", "label")
    assert reading.types == {"text": "string"}
    assert set(plan.columns) == {"id", "origin", "text", "label", "score", "lang", "customer"}


def test_mapped_columns_are_not_kept_a_second_time(inputs: Path) -> None:
    plan = _plan(
        _recipe("classification", 'path = "tickets.jsonl"\nid = "id"\ncolumns = { text = "body.html", label = "intent" }')
    )

    assert plan.sources[0].reading.columns == {"text": "body.html", "label": "intent", "source_id": "id"}
    assert plan.sources[0].source.id == "source_id"
    assert set(plan.columns) == {"id", "origin", "text", "label", "source_id"}


def test_a_key_column_is_kept_where_nothing_else_is(inputs: Path) -> None:
    plan = _plan(_recipe("text", 'path = "mail.jsonl"\nid = "customer"\nkeep = []'))

    assert plan.sources[0].reading.keep == ("customer",)
    assert plan.sources[0].reading.required == ("text", "customer")


def test_local_operators_tag_filter_and_split(inputs: Path) -> None:
    (inputs / "ops/tag").mkdir(exist_ok=True)
    (inputs / "ops/tag/length.py").write_text(
        "import polars as pl\n"
        "from dprep.base.operator import Tag\n"
        "class Length(Tag):\n"
        "    def notes(self):\n"
        "        return {'size': pl.Int64()}\n"
        "    def note(self, text):\n"
        "        return {'size': text.series.str.len_bytes().cast(pl.Int64)}\n"
    )
    steps = '[[step]]\nop = "tag.length"\nas = { size = "bytes" }\n\n[[step]]\nop = "filter.where"\ncondition = "bytes > 3"\n'

    plan = _plan(_recipe("text", 'path = "mail.jsonl"', steps).replace('task = "text"', 'task = "text"\nops = "ops"'))

    assert plan.columns["bytes"] == "Int64"
    assert "size" not in plan.columns
    assert plan.ops_folder == inputs / "ops"


def test_twins_are_marked_just_before_the_split(inputs: Path) -> None:
    steps = '[[step]]\nop = "split.stratified"\nname = "parts"\nunit = ["twins", "customer"]\ntwins = { threshold = 0.7 }\n'

    plan = _plan(_recipe("classification", 'path = "mail.jsonl"', steps))

    marker, split, check = plan.steps
    assert (marker.name, marker.op_name, split.name) == ("parts-twins", "dedup.twins", "parts")
    assert (check.name, check.op_name) == ("leaks", "dedup.leaks")
    assert marker.op.parameters().items() >= {"action": "mark", "threshold": 0.7}.items()
    assert marker.columns == ("text",)
    assert plan.splits == ("train", "validation", "test")
    assert {"part", "cluster", "cluster_size", "similarity"} <= set(plan.columns)


def test_augmenters_add_to_train_behind_a_split_and_to_all_rows_without_one(inputs: Path) -> None:
    (inputs / "ops/augment").mkdir()
    (inputs / "ops/augment/echo.py").write_text(
        "from dprep.base.operator import Augment\n"
        "class Echo(Augment):\n"
        "    def variant(self, text, luck):\n"
        "        return text.series\n"
    )
    split, echo = '[[step]]\nop = "split.stratified"\n', '[[step]]\nop = "augment.echo"\n'
    head = _recipe("text", 'path = "mail.jsonl"').replace('task = "text"', 'task = "text"\nops = "ops"')

    behind, alone = _plan(head + split + echo), _plan(head + echo)
    meant = _plan(head + echo + 'before_split = "accepted"\n' + split)

    assert behind.steps[1].parts == ("train",)
    assert alone.steps[0].parts is None
    assert [[warning.code for warning in plan.warnings] for plan in (behind, alone, meant)] == [
        [],
        ["augment-without-split"],
        [],
    ]
    assert {"parent", "made_by", "variant"} <= set(behind.columns)


def test_a_part_of_one_source_makes_the_others_train(inputs: Path) -> None:
    text = _recipe("text", 'path = "mail.jsonl"\npart = "test"') + '[[source]]\npath = "reasons.jsonl"\n'
    steps = '[[step]]\nop = "split.stratified"\nparts = ["train"]\nratios = { train = 9, validation = 1 }\n'

    plan = _plan(text + steps)

    assert [source.reading.constants for source in plan.sources] == [{"part": "test"}, {"part": "train"}]
    assert set(plan.splits) == {"train", "validation", "test"}


@pytest.mark.parametrize(
    ("task", "file", "columns"),
    [
        ("chat", "chat.jsonl", ("messages.content",)),
        ("tagging", "ner.conll", ("tokens",)),
        ("qa", "qa.jsonl", ("context", "question")),
    ],
)
def test_steps_read_the_tasks_texts_by_default(task: str, file: str, columns: tuple[str, ...], inputs: Path) -> None:
    plan = _plan(_recipe(task, f'path = "{file}"', '[[step]]\nop = "filter.length"\n'))

    assert plan.steps[0].columns == columns
    assert plan.text_columns == columns


def test_questions_may_be_cleaned(inputs: Path) -> None:
    plan = _plan(_recipe("qa", 'path = "qa.jsonl"', '[[step]]\nop = "clean.whitespace"\ncolumns = ["question"]\n'))

    assert plan.steps[0].columns == ("question",)


def test_columns_of_stdin_cannot_be_known(inputs: Path) -> None:
    steps = '[[step]]\nop = "filter.where"\ncondition = "anything = 1"\n'

    plan = _plan(_recipe("text", 'path = "-"\nformat = "jsonl"', steps))

    assert plan.sources[0].files[0].path == "-"


def test_several_paths_of_a_source_bring_each_file_once(inputs: Path) -> None:
    plan = _plan(_recipe("text", 'path = ["mail.jsonl", "*.jsonl"]\nkeep = []\ncolumns = { text = "text" }'))

    names = [file.name for file in plan.sources[0].files]
    assert names[0] == "mail.jsonl"
    assert len(names) == len(set(names)) == 5


def test_conditions_know_functions_lists_and_nested_fields(inputs: Path) -> None:
    when = "label IN ('a', 'b') AND length(text) > 3 AND NOT lang LIKE 'x%' AND score BETWEEN 0 AND 1 AND customer IS NOT NULL"

    plan = _plan(_recipe("classification", 'path = "mail.jsonl"', f'[[step]]\nop = "clean.whitespace"\nwhen = "{when}"\n'))

    assert plan.steps[0].when == when


def test_reading_a_recipe_needs_neither_polars_nor_pydantic() -> None:
    heavy = {"polars", "pydantic", "numpy", "pyarrow"}
    code = f"import sys, dprep.recipe.read, dprep.plan.codes; print(sorted({heavy} & set(sys.modules)))"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "[]\n"
