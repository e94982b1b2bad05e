"""How well clusters agree with the truth: pairs (precision, recall, F1) and the adjusted Rand index."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Scores:
    """All unordered pairs inside one found cluster against all pairs inside one true group."""

    precision: float
    recall: float
    f1: float
    ari: float
    """Hubert, Arabie 1985, "Comparing partitions": 1 for equal partitions, 0 for what chance gives."""
    found: int
    """Pairs inside one found cluster."""
    true: int
    """Pairs inside one true group."""


def scores(truth: pl.Series, found: pl.Series) -> Scores:
    """Two labels per row. A row whose true group is null is left out; one whose cluster is null is alone."""
    labels = pl.DataFrame({"truth": truth.cast(pl.String), "found": found.cast(pl.String)}).drop_nulls("truth")
    alone = pl.format("alone {}", pl.int_range(pl.len()))
    labels = labels.with_columns(pl.coalesce(pl.format("cluster {}", "found"), alone).alias("found"))
    both, mine, theirs = (_pairs(labels, names) for names in (["truth", "found"], ["found"], ["truth"]))
    every = len(labels) * (len(labels) - 1) // 2
    by_chance = mine * theirs / every if every else 0.0
    most = (mine + theirs) / 2
    precision, recall = both / mine if mine else 1.0, both / theirs if theirs else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    ari = (both - by_chance) / (most - by_chance) if most != by_chance else 1.0
    return Scores(precision, recall, f1, ari, mine, theirs)


def pair_scores(match: pl.Series, told: pl.Series) -> Scores:
    """Labelled pairs: whether each is a match, and whether it was told so. No index of partitions is defined."""
    both, mine, theirs = int((match & told).sum()), int(told.sum()), int(match.sum())
    precision, recall = both / mine if mine else 1.0, both / theirs if theirs else 1.0
    return Scores(precision, recall, 2 * both / (mine + theirs) if mine + theirs else 1.0, float("nan"), mine, theirs)


def _pairs(labels: pl.DataFrame, names: list[str]) -> int:
    counts = labels.group_by(names).len()["len"].cast(pl.Int64)
    return int((counts * (counts - 1) // 2).sum())
