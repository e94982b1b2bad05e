"""Tokenizers from files: SentencePiece models and Hugging Face `tokenizer.json`. Nothing is ever downloaded."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.problem import Error, fail

Counter = Callable[[pl.Series], npt.NDArray[np.int64]]
"""From texts (no nulls) to the number of tokens of each, without special tokens."""

NAMES = ("tokenizer.model", "tokenizer.json", "sentencepiece.bpe.model", "spiece.model", "spm.model")
"""What a folder may hold, the first that is there."""
_BATCH = 256


@cache
def counter(path: str) -> Counter:
    """Counts the tokens of the tokenizer in a file or folder. Raises Error (`unreadable-file`, `missing-library`)."""
    file = tokenizer_file(path)
    return _hugging_face(file) if file.suffix == ".json" else _sentencepiece(file)


def tokenizer_file(path: str) -> Path:
    """The file of a tokenizer: `path` itself, or what the folder `path` holds. Raises Error (`unreadable-file`)."""
    whole = Path(path)
    if not whole.is_dir():
        return whole
    for name in NAMES:
        if (whole / name).is_file():
            return whole / name
    raise fail("unreadable-file", f"the folder `{whole.name}` holds no tokenizer", f"it needs {' or '.join(NAMES[:2])}")


def _sentencepiece(file: Path) -> Counter:
    sentencepiece = library("sentencepiece")
    try:
        model = sentencepiece.SentencePieceProcessor(model_proto=file.read_bytes())
        model.EncodeAsNumpy([""])  # an empty file is found out only here
    except (RuntimeError, OSError, ValueError):
        raise _unreadable(file, "SentencePiece model") from None

    def count(texts: pl.Series) -> npt.NDArray[np.int64]:
        found = np.zeros(len(texts), np.int64)
        for start in range(0, len(texts), _BATCH):  # the ids of a batch are held at once
            batch = texts[start : start + _BATCH].to_list()
            found[start : start + len(batch)] = [len(ids) for ids in model.EncodeAsNumpy(batch)]
        return found

    return count


def _hugging_face(file: Path) -> Counter:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # blocks are done in parallel already
    tokenizers = library("tokenizers")
    try:
        model = tokenizers.Tokenizer.from_buffer(file.read_bytes())
    except Exception:  # the library raises nothing narrower
        raise _unreadable(file, "`tokenizer.json`") from None
    model.no_truncation()
    model.no_padding()

    def count(texts: pl.Series) -> npt.NDArray[np.int64]:
        found = np.zeros(len(texts), np.int64)
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH].to_list()
            found[start : start + len(batch)] = [len(each) for each in model.encode_batch_fast(batch, add_special_tokens=False)]
        return found

    return count


def library(name: str) -> Any:
    """A library that is not in the core. Raises Error (`missing-library`)."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise fail(
            "missing-library", f"this tokenizer needs the library `{name}`", f"`pip install {name}` provides it"
        ) from None


def _unreadable(file: Path, what: str) -> Error:
    return fail(
        "unreadable-file", f"`{file.name}` is no {what} that can be read", "name a `.model` of SentencePiece or a `.json`"
    )
