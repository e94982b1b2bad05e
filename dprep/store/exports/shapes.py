"""What the rows of each task look like to tools that train language models: expressions over the columns of the task."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from dprep.base.problem import Error, Problem
from dprep.store.versions import Version

Shape = Mapping[str, pl.Expr]
"""Column of the export -> expression over the columns of the version."""

PAIRED = ("classification", "regression", "completion", "seq2seq", "qa")
"""Tasks whose rows are a question and its answer."""


RENDERER = "augment.template"
"""The operator that renders rows as prompts: tools get what it made, not what it was made from."""


def schema_of(version: Version) -> pl.Schema:
    return version.scan().collect_schema()


def task_of(version: Version) -> str:
    """What the rows are to a tool: those of the version's task, or prompts and chats where a step has rendered rows as such."""
    return {"prompt": "completion", "messages": "chat"}.get(rendered_as(version)) or str(version.manifest["task"])


def rendered_as(version: Version) -> str:
    """The column that only rendered rows have; empty where none are. Raises Error where they are of two kinds."""
    outputs = {step["parameters"].get("output", "") for step in version.manifest["steps"] if step["op"] == RENDERER}
    if len(outputs) > 1:
        raise not_possible(
            f"`{RENDERER}` has rendered rows as completions and as chats",
            "give its steps the same `output`, or export to `jsonl`",
        )
    return {"completion": "prompt", "chat": "messages"}[outputs.pop()] if outputs else ""


def instruction(version: Version) -> Shape:
    """`instruction`, `input` (empty where there is none), `output`: a paired task as Alpaca has it."""
    task, schema = task_of(version), schema_of(version)
    nothing = pl.lit("")
    if task in {"classification", "regression"}:
        pair = _text("text_pair").fill_null("") if "text_pair" in schema else nothing
        return _named(_text("text"), pair, _label(schema))
    if task == "completion":
        return _named(_plain(version, schema, "prompt"), _spoken_of(version, schema), _plain(version, schema, "completion"))
    if task == "seq2seq":
        return _named(_text("source"), nothing, _text("target"))
    return _named(_text("question"), _text("context"), _answer())


def prompt_completion(version: Version) -> Shape:
    """`prompt` and `completion`: a paired task in two columns."""
    task, schema = task_of(version), schema_of(version)
    if task == "completion":
        prompt = pl.col("prompt")
        if schema["prompt"] == pl.String and schema.get("input") == pl.String:
            more = _spoken_of(version, schema)
            prompt = pl.when(more == "").then(prompt).otherwise(pl.concat_str(prompt, more, separator="\n\n"))
        return {"prompt": prompt.alias("prompt"), "completion": pl.col("completion")}
    parts = instruction(version)
    first, second = (parts["input"], parts["instruction"]) if task == "qa" else (parts["instruction"], parts["input"])
    has_second = task == "qa" or "text_pair" in schema
    prompt = pl.concat_str(first, second, separator="\n\n") if has_second else first
    return {"prompt": prompt.alias("prompt"), "completion": parts["output"].alias("completion")}


def conversational(version: Version) -> bool:
    """Whether prompts and answers of a preference set are messages. Raises Error where they are of two kinds."""
    schema = schema_of(version)
    kinds = {isinstance(schema[name], pl.List) for name in ("prompt", "chosen", "rejected") if name in schema}
    if len(kinds) > 1:
        raise not_possible(
            "`prompt`, `chosen` and `rejected` must all be text or all be messages", "map the columns so that they agree"
        )
    return kinds.pop()


def last_message(version: Version, name: str) -> pl.Expr:
    """The one message of a column of messages. Raises Error where a row has more or none."""
    odd = version.scan().select((pl.col(name).list.len() != 1).sum()).collect().item()
    if odd:
        raise not_possible(
            f"{odd:,} rows have not exactly one message in `{name}`", "export to `trl` or `jsonl`, which take any number"
        )
    return pl.col(name).list.first()


def written(version: Version, folder: Path, part: str, shape: Shape) -> Path:
    """Write a part as `<part>.jsonl` in the given shape; of a version with rendered rows, these alone."""
    path, rendered = folder / f"{part}.jsonl", rendered_as(version)
    rows = version.scan(part)
    if rendered:
        rows = rows.filter(pl.col(rendered).is_not_null())
        if not rows.select(pl.len()).collect().item():
            help = f"leave it out with `--part`, or render it too: a step `{RENDERER}` with `parts` and `before_split`"
            raise not_possible(f"`{RENDERER}` has rendered no row of part `{part}`", help)
    rows.select(expression.alias(name) for name, expression in shape.items()).sink_ndjson(path)
    return path


def no_shape(version: Version, tool: str) -> Error:
    """A task that the tool has no row format for."""
    task = task_of(version)
    return not_possible(f"{tool} has no row format for the task `{task}`", "export to `jsonl`, `parquet` or `hf`")


def not_possible(sentence: str, help: str) -> Error:
    return Error(Problem("export-not-possible", sentence, help=help))


def _named(instruction: pl.Expr, input: pl.Expr, output: pl.Expr) -> Shape:
    return {"instruction": instruction, "input": input, "output": output}


def _text(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String)


def _plain(version: Version, schema: pl.Schema, name: str) -> pl.Expr:
    if schema[name] != pl.String:
        raise not_possible(f"`{name}` of `{version}` holds messages, not text", "export to `trl`, or make it a `chat` set")
    return pl.col(name)


def _spoken_of(version: Version, schema: pl.Schema) -> pl.Expr:
    """The text that an instruction speaks of: Alpaca's own column `input`, where the version kept it; else empty.

    What was rendered holds all that is to be said.
    """
    return _text("input").fill_null("") if schema.get("input") == pl.String and not rendered_as(version) else pl.lit("")


def _label(schema: pl.Schema) -> pl.Expr:
    """Several labels are joined by `, `."""
    return pl.col("label").list.join(", ") if isinstance(schema["label"], pl.List) else _text("label")


def _answer() -> pl.Expr:
    """The first answer; empty where the question has none."""
    return pl.col("answers").struct.field("text").list.first().fill_null("")
