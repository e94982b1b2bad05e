"""axolotl: `<part>.jsonl` and `axolotl.yml`, the lines to put into a training configuration.

Pairs are `alpaca`, text is `completion`, chats are `chat_template`, preferences are `chat_template.default` or, as plain text,
a type defined by its fields. Source: axolotl-ai-cloud/axolotl, docs/dataset-formats and docs/rlhf.qmd.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from dprep.store.commit import write_file
from dprep.store.exports.shapes import (
    PAIRED,
    Shape,
    conversational,
    instruction,
    last_message,
    no_shape,
    schema_of,
    task_of,
    written,
)
from dprep.store.versions import Version
from dprep.store.yaml import yaml_lines

_VALIDATION = ("validation", "valid", "dev")


def write_axolotl(version: Version, folder: Path, parts: Sequence[str]) -> None:
    """The part `train` becomes `datasets`, the validation part `test_datasets`; others are written for you to use."""
    shape, about = _shape(version)
    files = {part: written(version, folder, part, shape).name for part in parts}
    train = [files.get("train") or files[parts[0]]]
    tests = [files[part] for part in _VALIDATION if part in files][:1]
    whole: dict[str, Any] = {"rl": "dpo"} if version.manifest["task"] == "preference" else {}
    for key, names in (("datasets", train), ("test_datasets", tests)):
        if names:
            whole[key] = [{"path": name, "ds_type": "json", "split": "train", **about} for name in names]
    note = "# paths are relative to the folder in which axolotl is started"
    write_file(folder / "axolotl.yml", "\n".join([note, *yaml_lines(whole)]) + "\n")


def _shape(version: Version) -> tuple[Shape, dict[str, Any]]:
    task = task_of(version)
    if task in PAIRED:
        return instruction(version), {"type": "alpaca"}
    if task == "text":
        return {"text": pl.col("text")}, {"type": "completion", "field": "text"}
    if task == "chat":
        tools = {"tools": pl.col("tools")} if "tools" in schema_of(version) else {}
        fields = {"field_messages": "messages", **({"field_tools": "tools"} if tools else {})}
        return {"messages": pl.col("messages"), **tools}, {"type": "chat_template", **fields}
    if task == "preference":
        return _preference(version)
    raise no_shape(version, "axolotl")


def _preference(version: Version) -> tuple[Shape, dict[str, Any]]:
    names = ("chosen", "rejected")
    if conversational(version):
        shape = {"messages": pl.col("prompt"), **{name: last_message(version, name) for name in names}}
        return shape, {
            "type": "chat_template.default",
            "field_messages": "messages",
            "field_chosen": "chosen",
            "field_rejected": "rejected",
        }
    fields = {f"field_{name}": name for name in ("prompt", *names)}
    formats = {f"{name}_format": f"{{{name}}}" for name in ("prompt", *names)}
    return {name: pl.col(name) for name in ("prompt", *names)}, {"type": {**fields, **formats}}
