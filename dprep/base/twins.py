"""Near-duplicates that a split must not part, and what is done with rows that are in two parts all the same."""

from typing import Annotated, Literal

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel, ConfigDict


class Twins(BaseModel):
    """How near-duplicates are found for `unit = ["twins"]`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    threshold: Annotated[float, Gt(0), Le(1)] = 0.8
    """Jaccard similarity from which two texts are twins."""
    shingles: Literal["auto", "words", "characters"] = "auto"
    """What texts are compared by, as in `dedup.twins`."""
    ngram: Annotated[int, Ge(0), Le(64)] = 0
    """Words or characters in a shingle; 0: by the length of the texts."""


Leak = Literal["fail", "drop-from-train", "report"]
"""What is done where a row is in one part and its twin, or a row made from it, in another."""
LeakCheck = Literal["exact", "near"]
"""Which twins count: texts that are equal, or also those that are nearly so."""
