"""A handful of rows of a version found by their ids: texts are read of these alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from dprep.base.columns import ColumnPath, joined
from dprep.plan.tasks import TASKS
from dprep.report.reading.found import Found

SHOWN = 600
"""Characters of a text that is shown."""
BRIEF = 200
"""Characters of a text in the cell of a table."""
BEFORE = 120
"""Characters left standing before the first difference of two long texts."""


def id_number(column: str) -> pl.Expr:
    """The first 60 bits of ids, in their order: a million take 8 MB, and are grouped ten times as fast. Null for others.

    Among a million ids the chance that any two are taken for one is 4e-7.
    """
    return pl.col(column).str.slice(0, 15).str.to_integer(base=16, strict=False).alias(column)


@dataclass(frozen=True)
class Shown:
    """A row as a report shows it. `text` is whole: `excerpt` and `excerpts` cut it."""

    id: str
    origin: str
    part: str
    """The part it is in, empty where it was dropped before a split."""
    label: str
    dropped_by: str
    """The step that dropped it, empty where it is in the version."""
    text: str


def rows_by_id(found: Found, ids: Iterable[str], columns: Sequence[str] = ()) -> dict[str, Shown]:
    """Those that the version has, kept or dropped; `columns`: paths of what is read as their text (default: of the task)."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    paths = tuple(columns) or text_paths(found)
    there: dict[str, Shown] = {}
    for rows, dropped in ((found.version.dropped(), True), (found.version.scan(), False)):
        names = rows.collect_schema().names()
        own = {ColumnPath.parse(path).column for path in paths} & set(names)
        narrow = [name for name in ("id", "origin", "part", "label", "step") if name in names and name not in own]
        fits = rows.filter(pl.col("id").is_in(wanted)).select(*narrow, *sorted(own)).collect(engine="streaming")
        readable = tuple(path for path in paths if ColumnPath.parse(path).column in own)
        # tokens read as a sentence, not as a list
        lists = [name for name, dtype in fits.schema.items() if name in own and dtype == pl.List(pl.String)]
        spoken = fits.with_columns(pl.col(name).list.drop_nulls().list.join(" ") for name in lists)
        texts = joined(spoken, readable).to_list() if readable else [""] * len(fits)
        there |= {row["id"]: _shown(row, text, dropped) for row, text in zip(fits.iter_rows(named=True), texts, strict=True)}
    return there


def text_paths(found: Found) -> tuple[str, ...]:
    """The texts of the task, of the columns that the version has."""
    has = found.manifest["columns"]
    return tuple(path for path in TASKS[found.manifest["task"]].texts if ColumnPath.parse(path).column in has)


def _shown(row: dict[str, object], text: str, dropped: bool) -> Shown:
    step = str(row.get("step") or "") if dropped else ""
    return Shown(
        str(row["id"]), str(row.get("origin") or ""), str(row.get("part") or ""), label_text(row.get("label")), step, text
    )


def label_text(label: object) -> str:
    """A label, or a list of them, as one writes it."""
    if label is None:
        return ""
    return ", ".join(sorted({str(each) for each in label if each is not None})) if isinstance(label, list) else str(label)


def excerpt(text: str) -> str:
    """The first characters of a text."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def brief(text: str) -> str:
    """As much of a text as fits a cell of a table."""
    return text if len(text) <= BRIEF else f"{text[:BRIEF]}…"


def excerpts(kept: str, others: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Texts that are alike, cut to where the first difference of any two of them stands."""
    same = min((_common(kept, other) for other in others if other != kept), default=0)
    start = max(0, same - BEFORE) if max(map(len, (kept, *others))) > SHOWN else 0
    cut = tuple(_from(text, start) for text in (kept, *others))
    return cut[0], cut[1:]


def _from(text: str, start: int) -> str:
    return f"…{excerpt(text[start:])}" if start else excerpt(text)


def _common(a: str, b: str) -> int:
    """How many characters both begin with."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if a[:middle] == b[:middle] else (low, middle - 1)
    return low
