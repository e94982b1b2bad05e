"""Labels that a classifier doubts: rows that `tag.classifier` gives another label than the one they have.

Thresholds as confident learning has them: a row is suspicious where the score of the other label is at least the mean score of
the rows that have that label and are given it. Source: C. Northcutt, L. Jiang, I. Chuang, "Confident Learning: Estimating
Uncertainty in Dataset Labels" (2021), with the best score of each row in place of all scores, since no more is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from dprep.report.reading.found import Found
from dprep.report.reading.rows_by_id import excerpt, rows_by_id
from dprep.report.sections.parts.labels import LabelColumn

PAIRS, EXAMPLES = 20, 10
KNOWN = 0.5
"""Share of rows whose predicted label must be one of the data's: else the model was made for something else."""


@dataclass(frozen=True)
class Pair:
    """`rows` of label `given` that look like `predicted`."""

    given: str
    predicted: str
    rows: int


@dataclass(frozen=True)
class Example:
    """A suspicious row."""

    id: str
    origin: str
    part: str
    given: str
    predicted: str
    score: float
    text: str


@dataclass(frozen=True)
class Doubts:
    """judged: rows with a label and a prediction; agreed: those where both are the same; suspicious: see above."""

    number: int
    step: str
    classifier: str
    judged: int
    agreed: int
    suspicious: int
    pair_count: int
    pairs: tuple[Pair, ...]
    examples: tuple[Example, ...]


def doubts(found: Found, column: LabelColumn) -> Doubts | None:
    """By the last step that predicts the labels of this version; None where none does."""
    if column.kind != "classes":
        return None
    schema = found.version.scan().collect_schema()
    for number, entry in reversed(list(enumerate(found.ledger["steps"]))):
        if entry["op"] != "tag.classifier" or entry["name"] not in found.steps:
            continue
        parameters = found.steps[entry["name"]]["parameters"]
        names = {name: (parameters.get("as") or {}).get(name, name) for name in ("predicted", "score")}
        if schema.get(names["predicted"]) == pl.String and schema.get(names["score"], pl.Null()).is_float():
            told = _doubted(found, column, names["predicted"], names["score"], number, entry["name"], parameters)
            if told is not None:
                return told
    return None


def _doubted(
    found: Found, column: LabelColumn, predicted: str, score: str, number: int, step: str, parameters: dict[str, Any]
) -> Doubts | None:
    rows = found.version.scan().select(
        "id", given=pl.col(column.name).cast(pl.String), predicted=pl.col(predicted), score=pl.col(score)
    )
    rows = rows.filter((pl.col("given") != "") & pl.col("predicted").is_not_null() & pl.col("score").is_finite())
    counted = rows.group_by("given", "predicted").agg(rows=pl.len(), score=pl.col("score").mean()).collect(engine="streaming")
    labels, judged = set(counted.get_column("given")), int(counted.get_column("rows").sum())
    known = int(counted.filter(pl.col("predicted").is_in(labels)).get_column("rows").sum())
    if not judged or known < KNOWN * judged:
        return None
    agreed = counted.filter(pl.col("given") == pl.col("predicted"))
    least = agreed.select("predicted", least=pl.col("score").round(6))
    doubted = rows.filter(pl.col("given") != pl.col("predicted")).join(least.lazy(), on="predicted")
    doubted = doubted.filter(pl.col("score") >= pl.col("least"))
    pairs = doubted.group_by("given", "predicted").agg(rows=pl.len()).collect(engine="streaming")
    pairs = pairs.sort("rows", "given", "predicted", descending=[True, False, False])
    worst = doubted.select("id", "given", "predicted", "score").collect(engine="streaming")
    worst = worst.sort("score", "id", descending=[True, False]).head(EXAMPLES)
    return Doubts(
        number,
        step,
        str(parameters.get("classifier", "")).rstrip("/").rpartition("/")[2],
        judged,
        int(agreed.get_column("rows").sum()),
        int(pairs.get_column("rows").sum()),
        len(pairs),
        tuple(Pair(*pair) for pair in pairs.head(PAIRS).iter_rows()),
        _examples(found, worst),
    )


def _examples(found: Found, worst: pl.DataFrame) -> tuple[Example, ...]:
    there = rows_by_id(found, worst.get_column("id"))
    return tuple(
        Example(id, there[id].origin, there[id].part, given, predicted, float(f"{score:.6g}"), excerpt(there[id].text))
        for id, given, predicted, score in worst.iter_rows()
    )
