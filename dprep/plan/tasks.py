"""Task contracts: which columns a task needs, which of them are texts, of what type they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Task:
    """What the rows of a task look like."""

    required: tuple[str, ...]
    texts: tuple[str, ...]
    """Column paths that a step reads when its `columns` says nothing."""
    optional: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    """Column -> type that the reader insists on."""
    aligned: tuple[str, ...] = ()
    """Columns that others count into (offsets, tags): no `clean` may edit them."""
    structured: Mapping[str, str] = field(default_factory=dict)
    """Columns that are no text themselves -> the path within that is."""


def _strings(*columns: str) -> dict[str, str]:
    return dict.fromkeys(columns, "string")


_CHAT = {"messages": "messages.content"}

TASKS: dict[str, Task] = {
    "text": Task(("text",), ("text",), types=_strings("text")),
    "classification": Task(("text", "label"), ("text",), ("text_pair",), _strings("text", "text_pair")),
    "regression": Task(("text", "label"), ("text",), ("text_pair",), {**_strings("text", "text_pair"), "label": "float"}),
    "tagging": Task(
        ("tokens", "tags"), ("tokens",), types=dict.fromkeys(("tokens", "tags"), "list[string]"), aligned=("tokens", "tags")
    ),
    "chat": Task(("messages",), ("messages.content",), ("tools",), structured=_CHAT),
    "completion": Task(("prompt", "completion"), ("prompt", "completion"), types=_strings("prompt", "completion")),
    "seq2seq": Task(("source", "target"), ("source", "target"), types=_strings("source", "target")),
    "qa": Task(
        ("context", "question", "answers"),
        ("context", "question"),
        types=_strings("context", "question"),
        aligned=("context", "answers"),
        structured={"answers": "answers.text"},
    ),
    "preference": Task(("prompt", "chosen", "rejected"), ("prompt", "chosen", "rejected")),
}

NO_TASK = Task((), ())
"""Stands for the task of a recipe that does not say legibly which it has."""
