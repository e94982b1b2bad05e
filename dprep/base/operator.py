"""Operators and their families. An operator is frozen parameters and a row-local kernel; its family does the rest.

Operator
  Clean      edit(text): what should this text be?                 replaces the column
  Filter     measure(text): named numbers                          keeps rows within min_* and max_*
  Tag        note(text): what do we know of this row?              adds columns
  Expand     pieces(text): what does it fall into?                 the row goes, its pieces come
  Augment    variant(text, luck, number): what else could it say?  adds rows
  Mixing     mixed(rows, luck, number, pool): and with others?     adds rows made of several (augment)
  Gate       compare(before, after): is a new row as wanted?       keeps new rows within min_* and max_*
  Dedup      keys(text), sets(text): which rows may be twins?      the engine clusters, one row of each cluster stays (dedup)
  Conflict   content(text), votes(text): who contradicts whom?     the engine names an opponent of each (dedup)
  Match      find(text): what of an index does it match?           drops or marks what matches (dedup)
  Split      decide(table): which part is each row in?             the engine writes every row's part
  Sample     decide(table): how often does each row come out?      keeps, drops and repeats rows
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self, get_args

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Ge, Gt, Le, MinLen
from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator

from dprep.base.files import content_hash
from dprep.base.problem import Error, Problem
from dprep.base.table import Asks, Decided, Table
from dprep.base.text import Text
from dprep.base.twins import Leak, LeakCheck

Words = Annotated[tuple[str, ...], Strict(False)]
"""A list of strings in TOML."""


@dataclass(frozen=True)
class _Named:
    """Marks a parameter that names a file or folder."""


File = Annotated[str, MinLen(1), _Named()]
"""A file or folder. In a recipe its path starts where source paths do; the plan makes it absolute, and what counts for the
version is its content, not its name."""


class Wanted(NamedTuple):
    """A step that must come just before another."""

    what: str
    """What it makes, in one word: the step is called after the one that wants it, `-` and this."""
    op: str
    parameters: Mapping[str, Any]
    """Lists of columns in `originals` lose those that there are not."""


class Operator(BaseModel):
    """Parameters as the recipe gives them. Name = folder + file; docs, help and tests are printed from the class."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True, populate_by_name=True, validate_default=True
    )

    family: ClassVar[str] = ""
    libraries: ClassVar[tuple[str, ...]] = ()
    """Distributions whose version changes the answer; they go into the operator's revision."""
    extra: ClassVar[str] = ""
    """The extra of dprep that provides what the kernel imports, if it is not in core."""
    varies: ClassVar[str] = ""
    """Why answers may differ in their last bits with batch shape (float models); empty = never."""
    model: ClassVar[bool] = False
    """True: ends the stage and runs in one process per device."""
    exempt: ClassVar[Mapping[str, str]] = {}
    """Laws it cannot obey, each with a sentence that its page prints."""
    text_only: ClassVar[bool] = True
    """True: acts on the step's `columns`. False: names all it reads in its own parameters."""
    at_once: ClassVar[int] = 8192
    """Texts asked before their answers are kept, where answers are remembered: what a killed run loses at most."""
    flavours: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """Sources that differ: name -> the parameters it sets (None: it has no such rule). The class defaults are the first's."""

    @model_validator(mode="before")
    @classmethod
    def _flavoured(cls, given: Any) -> Any:
        """What the recipe does not set is as its flavour has it."""
        if not isinstance(given, Mapping) or not cls.flavours:
            return given
        asked = given.get("flavour", next(iter(cls.flavours)))
        table = cls.flavours.get(asked, {}) if isinstance(asked, str) else {}
        return {**table, **given}

    def reads(self) -> tuple[str, ...]:
        """Columns read besides the step's `columns`."""
        return ()

    def makes(self) -> dict[str, pl.DataType]:
        """Columns added to every row."""
        return {}

    @classmethod
    def file_parameters(cls) -> tuple[str, ...]:
        """The parameters that name files."""
        return tuple(name for name, field in cls.model_fields.items() if names_file(field))

    def wants(self) -> Wanted | None:
        """A step that the plan puts before this one; None: it needs none."""
        return None

    def spends(self) -> tuple[str, ...]:
        """Columns that are gone after it: what the wanted step has made."""
        return ()

    def check_files(self) -> None:
        """Raise Error where a file that is there cannot serve these parameters. Asked by `check`: it reads little."""

    def drawn(self) -> str:
        """A figure of what these parameters do, in Markdown of letters, for the page; empty: there is none."""
        return ""

    def parameters(self) -> dict[str, Any]:
        """Every parameter, as TOML would spell it; None left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def identity(self, names: bool = False) -> dict[str, Any]:
        """`parameters`, with the hash of what a file holds in place of its path; `names`: after the file's name and a `#`."""
        found = self.parameters()
        for parameter in self.file_parameters():
            if parameter in found:
                found[parameter] = content_of(found[parameter], names)
        return found


def content_of(value: Any, names: bool) -> Any:
    """The hash of what a file parameter names, or of each of a list; `names`: after the file's name and a `#`."""
    if isinstance(value, list):
        return [content_of(each, names) for each in value]
    return (f"{_name_of(PurePath(value))}#" if names else "") + content_hash(value)


def _name_of(path: PurePath) -> str:
    """`pieces@v3` for an artifact of a store; for other files the last part of the path."""
    kept = len(path.parts) > 2 and path.parts[-3] == "artifacts"
    return f"{path.parent.name}@{path.name}" if kept else path.name


def names_file(field: Any) -> bool:
    """Whether a parameter is a `File`, or a `File` that may be left out."""
    inner = [each for part in get_args(field.annotation) for each in getattr(part, "__metadata__", ())]
    return any(isinstance(each, _Named) for each in (*field.metadata, *inner))


class Clean(Operator):
    family: ClassVar[str] = "clean"
    masks: ClassVar[bool] = False
    """True: what it takes out must not be seen again, so its samples show the new side only."""

    def edit(self, text: Text) -> pl.Series:
        """What each text should be (String, same length, no nulls)."""
        raise TypeError(f"{type(self).__name__} has no edit")

    def counts(self, before: Text, after: pl.Series) -> dict[str, pl.Series]:
        """How often each kind of thing was done in each text (integers); the ledger keeps their exact sums."""
        return {}


@dataclass(frozen=True)
class Bound:
    """`measure` must be at least (or at most) `limit`; breaking it is the reason `reason`."""

    reason: str
    measure: str
    limit: float
    side: Literal["min", "max"]
    strict: bool = False

    def kept(self) -> pl.Expr:
        """True where the bound holds; an undefined measure breaks it."""
        x = pl.col(self.measure)
        if self.side == "min":
            held = x > self.limit if self.strict else x >= self.limit
        else:
            held = x < self.limit if self.strict else x <= self.limit
        return held.fill_null(False)

    def __str__(self) -> str:
        return f"{self.side} {self.limit:g}"


def bounds_of(op: Operator, strict: frozenset[str]) -> list[Bound]:
    """One per parameter `min_<measure>` / `max_<measure>` that is set, in field order; `strict`: those without the limit."""
    found = []
    for name in type(op).model_fields:
        side, _, measure = name.partition("_")
        limit = getattr(op, name)
        if side in {"min", "max"} and limit is not None:
            found.append(Bound(name, measure, limit, side, name in strict))  # type: ignore[arg-type]
    return found


class Filter(Operator):
    family: ClassVar[str] = "filter"
    strict: ClassVar[frozenset[str]] = frozenset()
    """Parameters whose bound excludes the limit itself."""

    def measure(self, text: Text) -> dict[str, pl.Series]:
        """Named numbers, one per row; null or NaN where undefined."""
        raise TypeError(f"{type(self).__name__} has no measure")

    def bounds(self) -> list[Bound]:
        """One per parameter `min_<measure>` / `max_<measure>` that is set, in field order."""
        return bounds_of(self, self.strict)


class Tag(Operator):
    family: ClassVar[str] = "tag"
    as_: Mapping[str, str] = Field(default={}, alias="as")
    """New names for the columns it makes: `as = { lang = "language" }`."""

    def notes(self) -> dict[str, pl.DataType]:
        """The columns it makes, before renaming."""
        raise TypeError(f"{type(self).__name__} has no notes")

    def note(self, text: Text) -> dict[str, pl.Series]:
        """One series per column of `notes`."""
        raise TypeError(f"{type(self).__name__} has no note")

    def makes(self) -> dict[str, pl.DataType]:
        return {self.as_.get(name, name): dtype for name, dtype in self.notes().items()}


@dataclass(frozen=True)
class Pieces:
    """What texts fall into, in the order of the texts and within each of them."""

    places: npt.NDArray[np.int64]  # (pieces,)
    """The number of the text that each piece is of."""
    texts: pl.Series


class Expand(Operator):
    family: ClassVar[str] = "expand"

    def pieces(self, text: Text) -> Pieces:
        """What each text falls into. A text with one piece or none stays as it is."""
        raise TypeError(f"{type(self).__name__} has no pieces")

    def makes(self) -> dict[str, pl.DataType]:
        return {"parent": pl.String(), "made_by": pl.String(), "piece": pl.Int32()}


class Augment(Operator):
    family: ClassVar[str] = "augment"
    random: ClassVar[bool] = True
    """False: what it says depends on the text and the variant's number alone."""
    remembers: ClassVar[bool] = False
    """True: what it says is kept by content, so that no text is asked twice: models, translators, services."""

    rewords: ClassVar[bool] = True
    """False: its new rows do not say in other words what their parents say, so gates that name no steps leave them alone."""

    variants: Annotated[int, Ge(1), Le(100)] = 1
    """New rows made from each chosen row."""
    share: Annotated[float, Gt(0), Le(1)] = 1.0
    """Share of the rows that get variants; chosen by each row's own luck."""
    per_class_target: Annotated[int, Ge(1)] | None = None
    """Rows that every class should have in the end: smaller classes get what they lack, spread over their rows; larger ones
    nothing. `variants` then is the most that one row gives, if it is set. Rows of which nothing can be made leave a class
    short: the funnel counts them as `not_made`."""
    classes: Words = ("label",)
    """The columns whose values (together) are the classes of `per_class_target`."""
    before_split: Literal["accepted"] | None = None
    """Variants are made before the rows are split, or in parts to test on, and that is meant."""

    @model_validator(mode="after")
    def _target_or_share(self) -> Self:
        if self.per_class_target is not None and "share" in self.model_fields_set:
            sentence = "`share` says nothing beside `per_class_target`, which takes as many rows as a class lacks"
            raise Error(Problem("wrong-value", sentence, help="drop one of the two"))
        return self

    def wants(self) -> Wanted | None:
        if self.per_class_target is None:
            return None
        told = {"classes": list(self.classes), "to": self.per_class_target, "mode": "up", "action": "mark"}
        return Wanted("target", "sample.balance", {**told, "originals": ["variant"]})

    def spends(self) -> tuple[str, ...]:
        return () if self.per_class_target is None else ("times",)

    def variant(self, text: Text, luck: npt.NDArray[np.uint64], number: int) -> pl.Series:
        """One other wording per text, or null where it has none.

        luck: one u64 per text; number: which of a row's variants this is, from 1.
        """
        raise TypeError(f"{type(self).__name__} has no variant")

    def makes(self) -> dict[str, pl.DataType]:
        return {"parent": pl.String(), "made_by": pl.String(), "variant": pl.Int32()}


class Split(Operator):
    family: ClassVar[str] = "split"
    text_only: ClassVar[bool] = False

    leak: Leak | None = None
    """What the check at the end of the run does with leaks: rows that have a twin in another part, or that were made from a row
    there. `fail` stops the run, `drop-from-train` takes them out of `train`, `report` only counts. By default `fail` where
    `twins` are a unit, else `report`."""
    leak_check: LeakCheck | None = None
    """Which twins the check counts: `exact` equal texts, `near` also those that are nearly equal, by `twins`. By default `near`
    where `twins` are a unit."""

    def parts(self) -> tuple[str, ...]:
        """The parts it makes."""
        raise TypeError(f"{type(self).__name__} has no parts")

    def asks(self) -> Asks:
        """What must be known of every row."""
        raise TypeError(f"{type(self).__name__} has no asks")

    def decide(self, table: Table) -> Decided:
        """The columns of `makes`, one number per row; `part` is a place in `parts()`. Must not depend on the order of rows."""
        raise TypeError(f"{type(self).__name__} has no decide")

    def reads(self) -> tuple[str, ...]:
        return self.asks().columns()

    def makes(self) -> dict[str, pl.DataType]:
        return {"part": pl.String()}


LOCAL = (Clean, Filter, Tag, Expand, Augment)
"""Families whose step is decided by the row alone."""
