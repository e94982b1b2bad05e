"""How many tokens a tokenizer makes of texts, and how many of these stand for what it does not know."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.problem import fail
from dprep.models.tokenizers import library, tokenizer_file


class Counted(NamedTuple):
    """Of each text: its tokens without special ones, and how many of them are the unknown token."""

    tokens: npt.NDArray[np.int64]  # (texts,)
    unknown: npt.NDArray[np.int64]  # (texts,)


def counted(path: str, texts: pl.Series) -> Counted:
    """The tokens of a few texts (no nulls), by a tokenizer's file or folder.

    Raises Error (`unreadable-file`, `missing-library`).
    """
    file = tokenizer_file(path)
    try:
        model = _hugging_face(file) if file.suffix == ".json" else _sentencepiece(file)
    except (RuntimeError, OSError, ValueError):
        raise fail("unreadable-file", f"`{file.name}` is no tokenizer that can be read", "name another file") from None
    ids, unknown = model
    made = [np.asarray(each) for each in ids(texts.to_list())]
    lost = [int(np.count_nonzero(each == unknown)) if unknown >= 0 else 0 for each in made]
    return Counted(np.array([len(each) for each in made], np.int64), np.array(lost, np.int64))


def _hugging_face(file: Path) -> tuple[Any, int]:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    tokenizers = library("tokenizers")
    try:
        model = tokenizers.Tokenizer.from_buffer(file.read_bytes())
    except OSError:
        raise
    except Exception as fault:  # the library raises nothing narrower
        raise ValueError from fault
    model.no_truncation()
    model.no_padding()
    named = getattr(model.model, "unk_token", None)
    unknown = None if named is None else model.token_to_id(named)

    def ids(texts: list[str]) -> list[list[int]]:
        return [each.ids for each in model.encode_batch_fast(texts, add_special_tokens=False)]

    return ids, -1 if unknown is None else int(unknown)


def _sentencepiece(file: Path) -> tuple[Any, int]:
    model = library("sentencepiece").SentencePieceProcessor(model_proto=file.read_bytes())
    model.EncodeAsNumpy([""])  # an empty file is found out only here
    return model.EncodeAsNumpy, int(model.unk_id())
