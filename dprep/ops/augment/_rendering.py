"""Templates of plain placeholders: `{column}` and nothing more, `{{` and `}}` for braces. A text that is put in is never read
again, whatever stands in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from dprep.base.problem import Error, Problem
from dprep.ops.augment._pool import spelled

CHOICES = "choices"
"""The placeholder that stands for every answer there is."""
_ESCAPES = "write a brace as `{{` or `}}`, and a column as `{name}`"


@dataclass(frozen=True)
class Parts:
    """Literal texts and names of columns in turn, beginning with a literal: one more literal than names."""

    literals: tuple[str, ...]
    names: tuple[str, ...]

    def text(self, schema: Mapping[str, pl.DataType], words: Words) -> pl.Expr:
        """The filled template of each row; null where a column that it names is null."""
        parts: list[pl.Expr] = [pl.lit(self.literals[0])]
        for name, literal in zip(self.names, self.literals[1:], strict=True):
            parts += [words.expression(name, schema), pl.lit(literal)]
        return pl.concat_str(parts)


@dataclass(frozen=True)
class Words:
    """How the values of the class columns are written, and what `{choices}` says."""

    classes: tuple[str, ...]
    names: Mapping[str, str]
    choices: str = ""

    def expression(self, name: str, schema: Mapping[str, pl.DataType]) -> pl.Expr:
        """What stands for `{name}`."""
        if name == CHOICES:
            return pl.lit(self.choices)
        dtype = schema[name]
        if name not in self.classes or not self.names:
            return spelled(name, dtype)
        if isinstance(dtype, pl.List) and not dtype.inner.is_nested():
            items = pl.col(name).cast(pl.List(pl.String))
            return items.list.eval(pl.element().replace(dict(self.names))).list.join(", ")
        return spelled(name, dtype).replace(dict(self.names))


def parsed(template: str, parameter: str) -> Parts:
    """The parts of a template. Raises Error (`wrong-value`) where a brace stands alone or names nothing."""
    literals: list[str] = []
    names: list[str] = []
    text, i = "", 0
    while i < len(template):
        character = template[i]
        if character not in "{}":
            text, i = text + character, i + 1
        elif template[i : i + 2] in ("{{", "}}"):
            text, i = text + character, i + 2
        else:
            end = template.find("}", i)
            name = template[i + 1 : end]
            if character == "}" or end < 0 or "{" in name:
                sentence = f"`{parameter}` has a `{character}` that stands alone, after {i} characters"
                raise Error(Problem("wrong-value", sentence, help=_ESCAPES))
            if not name:
                raise Error(Problem("wrong-value", f"`{parameter}` has a placeholder without a name", help=_ESCAPES))
            literals, names, text, i = [*literals, text], [*names, name], "", end + 1
    return Parts((*literals, text), tuple(names))


def columns_of(templates: Iterable[Parts]) -> tuple[str, ...]:
    """The columns that templates name, each once."""
    return tuple(dict.fromkeys(name for each in templates for name in each.names if name != CHOICES))


def joined(parts: Sequence[pl.Series], between: str) -> pl.Series:
    """The texts of each row, in turn, with `between` between them; those that are null are left out."""
    frame = pl.DataFrame([part.alias(str(n)) for n, part in enumerate(parts)])
    return frame.select(pl.concat_str(pl.all(), separator=between, ignore_nulls=True).alias("text")).to_series()


def chats(turns: Sequence[tuple[str, pl.Series]]) -> pl.Series:
    """Messages of each row: (role, contents) in turn; those that are null are left out."""
    frame = pl.DataFrame([contents.alias(str(n)) for n, (_, contents) in enumerate(turns)])
    messages = [pl.struct(role=pl.lit(role), content=pl.col(str(n))) for n, (role, _) in enumerate(turns)]
    said = pl.element().struct.field("content").is_not_null()
    return frame.select(pl.concat_list(messages).list.filter(said).alias("messages")).to_series()
