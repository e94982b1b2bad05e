"""TRL: `<part>.jsonl` with the columns of its dataset types; read it with `datasets.load_dataset("json", data_files=…)`.

Text is language modeling, chats are conversational language modeling, pairs are prompt-completion, preferences keep their
prompt. Source: huggingface/trl, docs/source/dataset_formats.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from dprep.store.exports.shapes import PAIRED, Shape, conversational, no_shape, prompt_completion, schema_of, task_of, written
from dprep.store.versions import Version


def write_trl(version: Version, folder: Path, parts: Sequence[str]) -> None:
    """One file per part."""
    shape = _shape(version)
    for part in parts:
        written(version, folder, part, shape)


def _shape(version: Version) -> Shape:
    task = task_of(version)
    if task in PAIRED:
        return prompt_completion(version)
    if task == "text":
        return {"text": pl.col("text")}
    if task == "chat":
        return {name: pl.col(name) for name in ("messages", "tools") if name in schema_of(version)}
    if task == "preference":
        conversational(version)
        return {name: pl.col(name) for name in ("prompt", "chosen", "rejected") if name in schema_of(version)}
    raise no_shape(version, "TRL")
