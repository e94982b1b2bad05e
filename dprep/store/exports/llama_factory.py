"""LLaMA-Factory: `<part>.jsonl` and the `dataset_info.json` that describes them; use the folder as `dataset_dir`.

Text, pairs and text preferences are in its alpaca format; chats and chat preferences in its sharegpt format with the roles of
OpenAI. It wants the turns of a chat to alternate and drops others when it trains.
Source: hiyouga/LLaMA-Factory, data/README.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

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
from dprep.store.manifest import write_json
from dprep.store.versions import Version

_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
    "observation_tag": "tool",
    "function_tag": "function_call",
}


def write_llama_factory(version: Version, folder: Path, parts: Sequence[str]) -> None:
    """One entry of dataset_info.json per part, called `<dataset>_<part>`."""
    shape, about = _shape(version)
    info = {}
    for part in parts:
        path = written(version, folder, part, shape)
        info[f"{version.manifest['dataset']}_{part}"] = {"file_name": path.name, **about}
    write_json(folder / "dataset_info.json", info)


def _shape(version: Version) -> tuple[Shape, dict[str, Any]]:
    task = task_of(version)
    if task in PAIRED:
        return instruction(version), {"columns": {"prompt": "instruction", "query": "input", "response": "output"}}
    if task == "text":
        return {"text": pl.col("text")}, {"columns": {"prompt": "text"}}
    if task == "chat":
        tools = {"tools": pl.col("tools")} if "tools" in schema_of(version) else {}
        columns = {"messages": "messages", **{name: name for name in tools}}
        return {"messages": pl.col("messages"), **tools}, {"formatting": "sharegpt", "columns": columns, "tags": _TAGS}
    if task == "preference":
        return _preference(version)
    raise no_shape(version, "LLaMA-Factory")


def _preference(version: Version) -> tuple[Shape, dict[str, Any]]:
    answers = {"chosen": "chosen", "rejected": "rejected"}
    if not conversational(version):
        shape = {
            "instruction": pl.col("prompt"),
            "input": pl.lit(""),
            "chosen": pl.col("chosen"),
            "rejected": pl.col("rejected"),
        }
        return shape, {"ranking": True, "columns": {"prompt": "instruction", "query": "input", **answers}}
    shape = {"messages": pl.col("prompt"), **{name: last_message(version, name) for name in answers}}
    return shape, {"formatting": "sharegpt", "ranking": True, "columns": {"messages": "messages", **answers}, "tags": _TAGS}
