"""What can be indexed: one file per kind, which holds its page and its parameters.

rows        dprep/fit/index_rows.py        for dedup.against
benchmark   dprep/fit/index_benchmark.py   for dedup.decontaminate
datasketch  dprep/fit/index_datasketch.py  for dedup.against, and for datasketch itself
"""

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any, ClassVar

from annotated_types import MinLen
from pydantic import BaseModel, ConfigDict, Strict, ValidationError

from dprep.base.operator import Words
from dprep.base.problem import Error, Problem, did_you_mean
from dprep.fit.index_sources import Choice
from dprep.plan.page import page_of
from dprep.plan.wording import problems_of
from dprep.recipe.places import Places

INDEXES: Mapping[str, str] = {
    "rows": "An index of rows, for `dedup.against`.",
    "benchmark": "An index of test questions, for `dedup.decontaminate`.",
    "datasketch": "Sketches of datasketch, for its indexes, and its indexes for `dedup.against`.",
}
"""Kind -> what it makes."""


class Index(BaseModel):
    """What every index takes."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True, populate_by_name=True, validate_default=True
    )
    kind: ClassVar[str] = ""

    name: Annotated[str, MinLen(1)]
    """What the artifact is called: `<store>/artifacts/<name>/v1`."""
    of: Annotated[tuple[str, ...], Strict(False), MinLen(1)]
    """The rows: a version (`pages@v3`), a recipe (`recipe.toml`), which is run if need be, or files (`tests/*.jsonl`)."""
    part: Annotated[str, MinLen(1)] | None = None
    """Only the rows of this part of a version."""
    when: Annotated[str, MinLen(1)] | None = None
    """Only the rows of a version for which this SQL condition holds."""
    column_names: Words = ()
    """What the columns of comma- or tab-separated files without a header are called."""

    def choice(self) -> Choice:
        """Which rows and texts are indexed."""
        raise TypeError(f"{type(self).__name__} has no choice")

    def settings(self) -> dict[str, Any]:
        """What the index depends on besides the rows."""
        return self.model_dump(mode="json", exclude={"name", "of"}, exclude_none=True)


def index_class(kind: str) -> type[Index]:
    """The class of a kind's parameters. Raises Error (`unknown-kind`)."""
    held = vars(_module(kind)).values()
    return next(each for each in held if isinstance(each, type) and issubclass(each, Index) and each is not Index)


def index_request(kind: str, parameters: Mapping[str, Any]) -> Index:
    """An index that is asked for in the words of a command. Raises Error."""
    cls = index_class(kind)
    try:
        return cls.model_validate(dict(parameters))
    except ValidationError as fault:
        places = Places(f"index {kind}", "")
        wrong = problems_of(fault, cls, f"dprep index --kind {kind}", (), parameters, places)  # type: ignore[arg-type]
        raise Error([replace(problem, place=None) for problem in wrong]) from None


def index_page(kind: str) -> str:
    """The page of a kind, with its parameters. Raises Error (`unknown-kind`)."""
    return page_of(f"dprep index --kind {kind}", _module(kind).__doc__ or "", index_class(kind))


def _module(kind: str) -> ModuleType:
    if kind not in INDEXES:
        help = did_you_mean(kind, INDEXES) or f"there are {', '.join(f'`{name}`' for name in INDEXES)}"
        raise Error(Problem("unknown-kind", f"`dprep index` knows no `{kind}`", help=help))
    return import_module(f"dprep.fit.index_{kind}")
