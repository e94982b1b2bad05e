"""The columns that a task reads, and of what type they may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class Column:
    """kinds: words of `_KINDS`, any of which will do."""

    kinds: tuple[str, ...]
    required: bool = True


_TEXT = Column(("text",))
_ANSWER = Column(("text", "a chat"))

TASKS: Mapping[str, Mapping[str, Column]] = {
    "text": {"text": _TEXT},
    "classification": {
        "text": _TEXT,
        "text_pair": Column(("text",), required=False),
        "label": Column(("text", "a list of texts")),
    },
    "regression": {"text": _TEXT, "text_pair": Column(("text",), required=False), "label": Column(("a number",))},
    "tagging": {"tokens": Column(("a list of texts",)), "tags": Column(("a list of texts",))},
    "chat": {"messages": Column(("a chat",)), "tools": Column(("text",), required=False)},
    "completion": {"prompt": _TEXT, "completion": _TEXT},
    "seq2seq": {"source": _TEXT, "target": _TEXT},
    "qa": {"context": _TEXT, "question": _TEXT, "answers": Column(("answers with `text` and `answer_start`",))},
    "preference": {"prompt": _ANSWER, "chosen": _ANSWER, "rejected": _ANSWER},
}
"""Task -> its columns, in order."""


def fits(dtype: pa.DataType, kinds: Sequence[str]) -> bool:
    """Whether a column of this type is one of the kinds."""
    return any(_KINDS[kind](dtype) for kind in kinds)


def _is_text(dtype: pa.DataType) -> bool:
    if pa.types.is_dictionary(dtype):
        return _is_text(dtype.value_type)
    return bool(pa.types.is_string(dtype) or pa.types.is_large_string(dtype) or pa.types.is_string_view(dtype))


def _is_number(dtype: pa.DataType) -> bool:
    return bool(pa.types.is_floating(dtype) or pa.types.is_integer(dtype))


def _is_list(dtype: pa.DataType) -> bool:
    return bool(pa.types.is_list(dtype) or pa.types.is_large_list(dtype))


def _is_texts(dtype: pa.DataType) -> bool:
    return _is_list(dtype) and _is_text(dtype.value_type)


def _has(dtype: pa.DataType, *names: str) -> bool:
    return pa.types.is_struct(dtype) and set(names) <= {field.name for field in dtype}


def _is_chat(dtype: pa.DataType) -> bool:
    return _is_list(dtype) and _has(dtype.value_type, "role", "content")


def _is_answers(dtype: pa.DataType) -> bool:
    if not _has(dtype, "text", "answer_start"):
        return False
    starts = dtype.field("answer_start").type
    return _is_texts(dtype.field("text").type) and _is_list(starts) and pa.types.is_integer(starts.value_type)


_KINDS = {
    "text": _is_text,
    "a list of texts": _is_texts,
    "a number": _is_number,
    "a chat": _is_chat,
    "answers with `text` and `answer_start`": _is_answers,
}
