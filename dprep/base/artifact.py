"""What a parameter that names a file must be, where `dprep fit` made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args


@dataclass(frozen=True)
class Made:
    """Marks a `File` parameter: `Annotated[File, Made("tokenizer")]`. An artifact of another kind is a problem there."""

    kind: str
    also: tuple[str, ...] = ()
    """Other kinds that it may be."""


def wanted_kinds(cls: Any, parameter: str) -> tuple[str, ...]:
    """The kinds of artifact that a parameter of an operator takes, the usual one first; none where it does not say."""
    field = cls.model_fields[parameter]
    inner = [each for part in get_args(field.annotation) for each in getattr(part, "__metadata__", ())]
    return next(((each.kind, *each.also) for each in (*field.metadata, *inner) if isinstance(each, Made)), ())
