"""Equal texts with different labels: in the rows of all parts, or in the sample where those are too many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow.parquet as parquet

from dprep.report.reading.found import Found
from dprep.report.reading.rows_by_id import excerpt, label_text, text_paths
from dprep.report.sections.parts.labels import LabelColumn

WHOLE = 512 * 2**20
"""Bytes of text up to which all rows are compared; a gigabyte takes about three seconds."""
EXAMPLES = 10
"""Texts that are shown."""
ROWS = 4
"""Rows of each."""

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Row:
    """One of the rows that contradict each other."""

    id: str
    origin: str
    part: str
    label: str


@dataclass(frozen=True)
class Example:
    """A text and rows that have it (`count` in all), no two of the same label where there are enough labels."""

    text: str
    count: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Conflicts:
    """Texts are compared without case and without blanks at their ends.

    rows: those that have a text of which another row says something else; texts: how many such texts there are.
    """

    looked_at: int
    whole: bool
    """Whether those are all rows."""
    texts: int
    rows: int
    examples: tuple[Example, ...]


def conflicts(found: Found, column: LabelColumn) -> Conflicts | None:
    """Of labels that are a name or a list of names; None for other labels and where texts are no plain columns."""
    rows = found.version.scan()
    schema = rows.collect_schema()
    texts = text_paths(found)
    texts = (*texts, *(name for name in ("text_pair",) if name in schema))
    if column.kind not in {"classes", "lists"} or not texts or any(schema.get(name) != pl.String for name in texts):
        return None
    whole = _bytes(found, texts) <= WHOLE
    if not whole:
        samples = [found.sample(part).with_columns(part=pl.lit(part)) for part in found.parts]
        rows = pl.concat(samples, how="diagonal_relaxed").lazy()
    # one file at a time: several at once take as much more memory
    tables = [pl.scan_parquet(file, glob=False) for file in found.version.data_files()] if whole else [rows]
    told = pl.concat([_told(table, texts, column).collect(engine="streaming") for table in tables])
    looked_at, places = len(told), told.get_column("given").arg_true().to_numpy()
    told = told.filter("given")
    groups = _groups(told.get_column("text").to_numpy(), told.get_column("label").to_numpy())
    shown = [places[group] for group in groups[:EXAMPLES]]
    return Conflicts(
        looked_at, whole, len(groups), sum(map(len, groups)), _examples(rows, texts, column, shown) if shown else ()
    )


def _told(rows: pl.LazyFrame, texts: Sequence[str], column: LabelColumn) -> pl.LazyFrame:
    """A number for each text and for what is said of it; nothing said is no contradiction."""
    label = _label(column)
    alike = pl.concat_str(
        (pl.col(name).str.to_lowercase().str.strip_chars() for name in texts), separator="\x1f", ignore_nulls=True
    )
    return rows.select(text=alike.hash(), label=label.hash(), given=(label != "").fill_null(False))


def _label(column: LabelColumn) -> pl.Expr:
    label = pl.col(column.name)
    if column.kind == "lists":
        return label.cast(pl.List(pl.String)).list.drop_nulls().list.unique().list.sort().list.join("\x1f")
    return label.cast(pl.String)


def _bytes(found: Found, texts: Sequence[str]) -> int:
    """Of these columns before they were packed, as the files say."""
    whole = 0
    for file in found.version.data_files():
        told = parquet.read_metadata(file)
        for group in range(told.num_row_groups):
            columns = (told.row_group(group).column(place) for place in range(told.num_columns))
            whole += sum(column.total_uncompressed_size for column in columns if column.path_in_schema in texts)
    return whole


def _groups(text: Hashes, labels: Hashes) -> list[npt.NDArray[np.int64]]:
    """Places of the rows of each text that rows contradict each other about, by the first of them."""
    order = np.argsort(text, kind="stable")
    text, labels = text[order], labels[order]
    differ = (text[1:] == text[:-1]) & (labels[1:] != labels[:-1])  # a run of equal labels has no such neighbours
    wanted = np.unique(text[1:][differ])
    starts, ends = (np.searchsorted(text, wanted, side) for side in ("left", "right"))
    groups = [order[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    return sorted(groups, key=lambda group: int(group[0]))


def _examples(
    rows: pl.LazyFrame, texts: Sequence[str], column: LabelColumn, groups: Sequence[npt.NDArray[np.int64]]
) -> tuple[Example, ...]:
    wanted = sorted({place for group in groups for place in group[:1000].tolist()})
    narrow = ["id", "origin", "part", column.name]
    few = rows.with_row_index("__place").filter(pl.col("__place").is_in(wanted)).select("__place", *narrow)
    there = {row["__place"]: row for row in few.collect(engine="streaming").iter_rows(named=True)}
    first = pl.col("__place").is_in([int(group[0]) for group in groups])
    read = rows.with_row_index("__place").filter(first).select("__place", *texts).collect(engine="streaming")
    said = {row["__place"]: "\n".join(row[name] for name in texts if row[name]) for row in read.iter_rows(named=True)}
    return tuple(
        Example(excerpt(said[int(group[0])]), len(group), _differing([there[place] for place in group[:1000].tolist()], column))
        for group in groups
    )


def _differing(rows: Sequence[dict[str, object]], column: LabelColumn) -> tuple[Row, ...]:
    """A row of each label first, then others, in the order of the version."""
    told = [Row(str(row["id"]), str(row["origin"]), str(row["part"]), label_text(row[column.name])) for row in rows]
    first = {row.label: place for place, row in reversed(list(enumerate(told)))}
    order = sorted(range(len(told)), key=lambda place: (first[told[place].label] != place, place))
    return tuple(told[place] for place in sorted(order[:ROWS]))
