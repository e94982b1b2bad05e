"""Texts as a table of their lines, and back."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from dprep.base.text import Text

_WRAPPED = 45
"""Characters of a line that may have been cut by hard wrapping; mails are wrapped at 60 to 80."""
_END = r"[.!?:;…。！？：；][\"'”’」』»)\]）]*\s*$"
_GOES_ON = r"^[\s>|]*\p{Ll}"


@dataclass(frozen=True)
class Edited:
    """New texts, and what was done to each of them by kind."""

    texts: pl.Series
    counts: dict[str, pl.Series]


def exploded(text: Text) -> pl.DataFrame:
    """One row per line (what line feeds separate): `row` of its text, and `line`."""
    return pl.DataFrame(
        {"row": pl.int_range(len(text), dtype=pl.Int64, eager=True), "line": text.series.str.split("\n")}
    ).explode("line")


def without(text: Text, lines: pl.DataFrame, kinds: Iterable[str]) -> Edited:
    """The texts without the lines whose `kind` is not null, and how many lines of each kind they lost."""
    kept = lines.filter(pl.col("kind").is_null()).group_by("row", maintain_order=True).agg(pl.col("line").str.join("\n"))
    rows = pl.DataFrame({"row": pl.int_range(len(text), dtype=pl.Int64, eager=True)})
    texts = rows.join(kept, on="row", how="left", maintain_order="left").get_column("line").fill_null("")
    return Edited(texts.alias(text.series.name), counted(len(text), lines, kinds))


def counted(texts: int, lines: pl.DataFrame, kinds: Iterable[str]) -> dict[str, pl.Series]:
    """How many lines of each kind every text has."""
    rows = pl.DataFrame({"row": pl.int_range(texts, dtype=pl.Int64, eager=True)})
    found = lines.filter(pl.col("kind").is_not_null()).group_by("row", "kind").len()
    return {
        kind: rows.join(found.filter(pl.col("kind") == kind), on="row", how="left", maintain_order="left")
        .get_column("len")
        .fill_null(0)
        .cast(pl.Int64)
        for kind in kinds
    }


def protected(lines: pl.DataFrame, bad: pl.Expr, *, wrapped: pl.Expr | None = None) -> pl.DataFrame:
    """`lines` with `protected`: the line goes on with a sentence that was wrapped in the line before it, which stays.

    A line is taken for wrapped if it has 45 characters, no end mark at its end and a line behind it that starts with a
    lower-case letter. bad: whether the line goes if it is not protected. wrapped: what else a wrapped line must be.
    """
    line = pl.col("line")
    before = (line.str.strip_chars().str.len_chars() >= _WRAPPED) & ~line.str.contains(_END)
    if wrapped is not None:
        before &= wrapped
    same = pl.col("row") == pl.col("row").shift(1)
    goes_on = (same & before.shift(1) & line.str.contains(_GOES_ON)).fill_null(False)
    # behind a line that is bad, what holds for that line holds for this one: both go, or both stay
    fate = pl.when(~goes_on).then(False).when(~bad.fill_null(False).shift(1)).then(True)
    return lines.with_columns(protected=fate.forward_fill())
