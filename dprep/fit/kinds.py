"""What can be learnt from the rows of a version: one file per kind, which holds its page, its parameters and its `learn`.

To add one: a file `dprep/fit/<kind>.py` with
- a docstring that is its page; the first sentence says what it makes,
- a class that inherits from `Fit`: its parameters,
- `learn(rows: Rows, asked: <that class>, folder: Path) -> dict[str, Any]`: writes files into `folder` (fresh, empty) and gives
  what its manifest tells besides (numbers and names; nothing that differs from run to run),
- `LIBRARIES`: distributions whose version changes what is learnt.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Protocol, Self

import polars as pl
from annotated_types import Ge, Le, MinLen
from pydantic import BaseModel, ConfigDict, Field

from dprep.base.operator import Words, content_of, names_file
from dprep.base.problem import Error, Problem, did_you_mean
from dprep.plan.page import page_of

KINDS: Mapping[str, str] = {
    "tokenizer": "A SentencePiece tokenizer.",
    "ngram": "An n-gram language model, for perplexity.",
    "percentiles": "A table of how numbers are distributed.",
    "stop_words": "A list of the words that stand in most texts.",
    "topics": "Topics: groups of texts that are alike, with the words that set them apart.",
}
"""Kind -> what it makes. The file of a kind has its name."""


Locate = Callable[[type[BaseModel], str, str], str]
"""From a class, its file parameter and what that names (a path, `pieces@v1`) to the absolute path."""


class Fit(BaseModel):
    """What every `[[fit]]` takes."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True, populate_by_name=True, validate_default=True
    )

    name: Annotated[str, MinLen(1)]
    """What the artifact is called: `<store>/artifacts/<name>/v1`."""
    from_: Annotated[str, MinLen(1)] = Field(alias="from")
    """The rows: a version (`support@v3`, `support@latest`, a folder) or a recipe (`recipe.toml`), which is run if need be."""
    until: Annotated[str, MinLen(1)] | None = None
    """With a recipe: the last of its steps that is done. What comes after may name the artifact that is not there yet."""
    part: Annotated[str, MinLen(1)] | None = None
    """Only the rows of this part."""
    when: Annotated[str, MinLen(1)] | None = None
    """Only the rows for which this SQL condition holds."""
    columns: Words = ()
    """The texts, joined by a newline. Without it: the texts of the version's task."""
    sample: Annotated[int, Ge(1), Le(1_000_000_000)] = 1_000_000
    """Most rows that are learnt from; of more, so many are drawn by their luck."""
    seed: Annotated[int, Ge(0), Le(2**63 - 1)] = 0
    """Settles which rows are drawn."""

    @classmethod
    def file_parameters(cls) -> tuple[str, ...]:
        """The parameters that name files or artifacts."""
        return tuple(name for name, field in cls.model_fields.items() if names_file(field))

    def located(self, locate: Locate) -> Self:
        """With absolute paths for the files that it names. Raises Error."""
        named = {name: getattr(self, name) for name in self.file_parameters()}
        found = {name: locate(type(self), name, value) for name, value in named.items() if value is not None}
        return self.model_copy(update=found)

    def learnt_by(self, names: bool = False) -> dict[str, Any]:
        """What the result depends on besides the rows. A file is told by its content's hash; `names`: and by its name."""
        found = self.model_dump(mode="json", by_alias=True, exclude={"name", "from_", "until"}, exclude_none=True)
        files = {name: content_of(found[name], names) for name in self.file_parameters() if name in found}
        return {**found, **files}


class Rows(Protocol):
    """The rows that something is learnt from, in their order, block by block; may be gone through again."""

    def __len__(self) -> int:
        """How many there are, after `part`, `when` and `sample`."""
        ...

    def texts(self) -> Iterator[pl.Series]:
        """Their texts (String, no nulls)."""
        ...

    def frames(self) -> Iterator[pl.DataFrame]:
        """All their columns, with `__text` for what `texts` gives."""
        ...


class Kind(Protocol):
    """The module of a kind."""

    LIBRARIES: tuple[str, ...]

    def learn(self, rows: Rows, asked: Any, folder: Path) -> dict[str, Any]: ...


def module_of(kind: str) -> ModuleType:
    """The file of a kind."""
    return import_module(f"dprep.fit.{kind}")


def parameters_of(kind: str) -> type[Fit]:
    """The class of a kind's parameters."""
    held = vars(module_of(kind)).values()
    return next(each for each in held if isinstance(each, type) and issubclass(each, Fit) and each is not Fit)


def page(kind: str) -> str:
    """The page of a kind, with its parameters. Raises Error (`unknown-kind`)."""
    if kind not in KINDS:
        raise Error(unknown_kind(kind))
    return page_of(f"dprep fit {kind}", module_of(kind).__doc__ or "", parameters_of(kind))


def unknown_kind(kind: str) -> Problem:
    """The problem of a kind that there is not; whoever asked knows its place."""
    help = did_you_mean(kind, KINDS) or f"there are {', '.join(f'`{name}`' for name in KINDS)}"
    return Problem("unknown-kind", f"`dprep fit` knows no `{kind}`", help=help)
