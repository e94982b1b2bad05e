"""The answers that are furthest from the truth, by what a task calls far: bounded, whatever the size of a part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as parquet

from dprep.report.reading.found import opened, tables, taken
from dprep.report.reading.found_run import FoundRun, predictions_file
from dprep.report.reading.rows_by_id import label_text
from dprep.report.run_sections.words import rounded, shortened

SHOWN = 20
LONGEST = 600
"""Characters of a truth or an answer that are shown."""
TAGS = 12
"""Wrong tags of a row that are told."""


Ranked = Callable[[pl.LazyFrame, pl.Schema], pl.LazyFrame]


@dataclass(frozen=True)
class Wrong:
    """An answer. far: how far it is from the truth, in the measure of the part."""

    id: str
    truth: str
    answer: str
    far: float
    of_truth: float | None
    """The probability that the truth had, where it is known."""


@dataclass(frozen=True)
class Worst:
    """measure: `confidence`, `error`, `tags`, `loss` or `margin`. wrong: of `asked` rows, None where none is right or wrong."""

    measure: str
    asked: int
    wrong: int | None
    rows: tuple[Wrong, ...]


def worst(found: FoundRun) -> Worst | None:
    """None where no predictions were kept, or they tell of no truth."""
    file = predictions_file(found.folder, found.judged)
    if file is None:
        return None
    with opened(file) as said:
        schema = pl.DataFrame(said.schema_arrow.empty_table()).schema
        for measure, needed, frame in _MEASURES:
            if all(name in schema for name in needed) and (found.task, measure) not in _NOT:
                chosen, wrong = _chosen(said, needed, frame, schema)
                rows = _told(found, said, chosen, measure)
                return Worst(measure, said.metadata.num_rows, wrong if measure != "loss" else None, rows)
    return None


def _chosen(said: parquet.ParquetFile, needed: Sequence[str], ranked: Ranked, schema: pl.Schema) -> tuple[pl.DataFrame, int]:
    """The first SHOWN by `far`, then id, each with its `place`, and how many there are; read by batches."""
    best, count, start = list[pl.DataFrame](), 0, 0
    for table in tables(said, ["id", *needed]):
        rows = pl.DataFrame(table)
        far = ranked(rows.lazy(), schema).select("id", "far").collect()
        first = far.sort("far", "id", descending=[True, False]).head(SHOWN)
        placed = first.join(rows.select("id").with_row_index("place", start), on="id", how="left")
        best = [pl.concat([*best, placed]).sort("far", "id", descending=[True, False]).head(SHOWN)]
        count, start = count + len(far), start + len(table)
    return (best[0] if best else pl.DataFrame({"id": [], "far": [], "place": []})), count


def _labels(said: pl.LazyFrame, schema: pl.Schema) -> pl.LazyFrame:
    several = isinstance(schema["label"], pl.List)
    truth, answer = (pl.col(name).list.sort() if several else pl.col(name) for name in ("label", "prediction"))
    return said.filter(truth != answer).select("id", far=pl.col("confidence"))


def _spans(said: pl.LazyFrame, schema: pl.Schema) -> pl.LazyFrame:
    texts = pl.col("answers").struct.field("text")
    right = pl.when(texts.list.len() == 0).then(pl.col("prediction") == "").otherwise(texts.list.contains(pl.col("prediction")))
    return said.filter(~right.fill_null(False) & pl.col("confidence").is_not_null()).select("id", far=pl.col("confidence"))


def _tags(said: pl.LazyFrame, schema: pl.Schema) -> pl.LazyFrame:
    fits = said.filter(pl.col("tags").list.len() == pl.col("prediction").list.len()).select("id", "tags", "prediction")
    each = fits.explode("tags", "prediction").filter(pl.col("tags") != pl.col("prediction"))
    return each.group_by("id").agg(far=pl.len().cast(pl.Float64))


def _numbers(said: pl.LazyFrame, schema: pl.Schema) -> pl.LazyFrame:
    far = (pl.col("label") - pl.col("prediction")).abs()
    return said.filter(far.is_finite()).select("id", far=far)


def _margins(said: pl.LazyFrame, schema: pl.Schema) -> pl.LazyFrame:
    return said.filter(pl.col("margin") <= 0).select("id", far=-pl.col("margin"))


def _losses(said: pl.LazyFrame, schema: pl.Schema) -> pl.LazyFrame:
    far = pl.col("nll") / pl.col("tokens")
    return said.filter((pl.col("tokens") > 0) & far.is_finite()).select("id", far=far)


_MEASURES: Any = (
    ("confidence", ("label", "prediction", "confidence"), _labels),
    ("confidence", ("answers", "prediction", "confidence"), _spans),
    ("tags", ("tags", "prediction"), _tags),
    ("error", ("label", "prediction"), _numbers),
    ("margin", ("margin",), _margins),
    ("loss", ("nll", "tokens"), _losses),
)
"""What is measured, the columns that are needed, and how: the first that fits."""
_NOT = {("classification", "error")}


def _told(found: FoundRun, said: parquet.ParquetFile, chosen: pl.DataFrame, measure: str) -> tuple[Wrong, ...]:
    places = np.sort(chosen["place"].to_numpy()).astype(np.int64)
    rows = {row["id"]: row for table in taken(said, places) for row in pl.DataFrame(table).iter_rows(named=True)}
    labels = [str(label) for label in found.told.get("labels", ())]
    return tuple(_one(rows[id], far, labels, measure) for id, far in chosen.select("id", "far").iter_rows())


def _one(row: dict[str, Any], far: float, labels: list[str], measure: str) -> Wrong:
    truth = next((row[name] for name in ("label", "tags", "answers", "target", "reference") if row.get(name) is not None), None)
    answer = row.get("prediction")
    told = _tags_told(truth or [], answer or []) if measure == "tags" else (_text(truth), _text(answer))
    said, wanted = shortened(told[1], LONGEST), shortened(told[0], LONGEST)
    shares = row.get("probabilities")
    own = shares[labels.index(truth)] if shares and truth in labels and len(shares) == len(labels) else None
    return Wrong(str(row["id"]), wanted, said, rounded(far) or 0.0, rounded(own))


def _tags_told(truth: list[str], answer: list[str]) -> tuple[str, str]:
    """The tags that differ, each with the place of its token, from 1."""
    pairs = [(place, a, b) for place, (a, b) in enumerate(zip(truth, answer, strict=True), 1) if a != b][:TAGS]
    return " ".join(f"{place}:{a}" for place, a, _ in pairs), " ".join(f"{place}:{b}" for place, _, b in pairs)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return " | ".join(str(each) for each in value.get("text") or ())
    return f"{value:.6g}" if isinstance(value, float) else label_text(value)
