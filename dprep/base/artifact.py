"""What a parameter that names a file must be, where `dprep fit` made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args


@dataclass(frozen=True)
class Made:
    """Marks a `File` parameter: `Annotated[File, Made("tokenizer")]`. An artifact of another kind is a problem there."""

    kind: str


def wanted_kind(cls: Any, parameter: str) -> str:
    """The kind of artifact that a parameter of an operator takes; empty where it does not say."""
    field = cls.model_fields[parameter]
    inner = [each for part in get_args(field.annotation) for each in getattr(part, "__metadata__", ())]
    return next((each.kind for each in (*field.metadata, *inner) if isinstance(each, Made)), "")
