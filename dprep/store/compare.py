"""What became of the rows between two versions: added, removed, changed, by step and reason.

Rows are the same row when they have the same id; what differs is found by a hash per column, so the texts of both versions
are never in memory together (about 100 bytes per row are).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from dprep.base import rowdiff
from dprep.store.exports.tables import json_text
from dprep.store.versions import Version

IGNORED = ("id", "origin", "parent", "made_by", "variant", "piece", "cluster", "cluster_size", "similarity")
"""System columns that say where a row stands, not what it is. `part` counts: a row that moves has changed."""

NOT_IN_INPUT = "not in the input"
NEW_IN_INPUT = "new in the input"
NOT_MADE = "not made any more"
MADE = "made"
KEPT = "dropped before"


@dataclass(frozen=True)
class Group:
    """Rows that share their fate."""

    fate: Literal["removed", "added", "changed"]
    step: str
    """The step that dropped or made them; empty where the input differs, and for changes."""
    reason: str
    """The reason it gave; for changes, the columns that differ."""
    rows: int
    samples: tuple[str, ...]
    """Row-diff lines of the rows with the smallest ids."""
    ids: tuple[str, ...] = ()
    """Of these rows."""


@dataclass(frozen=True)
class Difference:
    """The way from version `a` to version `b`: `a` rows - removed + added = `b` rows."""

    a: str
    b: str
    same: int
    groups: tuple[Group, ...]
    """Removed, added, changed; the largest first."""
    columns: dict[str, int]
    """Rows that differ in each column that both have."""
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    recipe: tuple[str, ...]
    """Steps that differ, in words."""

    def rows(self, fate: str) -> int:
        """How many rows were removed, added or changed."""
        return sum(group.rows for group in self.groups if group.fate == fate)


Row = dict[str, Any]
Cut = Callable[[Row | None, Row | None], tuple[Row | None, Row | None]]


def _whole(before: Row | None, after: Row | None) -> tuple[Row | None, Row | None]:
    return before, after


def compare(a: Version, b: Version, sample: int = 5, cut: Cut = _whole) -> Difference:
    """The difference from `a` to `b`, with at most `sample` rows shown per group.

    cut: what is shown of a row as it was in `a` and as it is in `b`; None where it is not there.
    """
    shared, only_a, only_b, typed = _columns(a, b)
    left, right = _hashed(a, shared, typed), _hashed(b, shared, typed)
    removed = _told(left.join(right, on="id", how="anti"), b, NOT_MADE, NOT_IN_INPUT)
    added = _told(right.join(left, on="id", how="anti"), a, MADE, NEW_IN_INPUT)
    added = added.with_columns(reason=pl.when("dropped").then(pl.lit(KEPT + ": ") + pl.col("reason")).otherwise("reason"))
    pairs = left.join(right, on="id", suffix="__b")
    differs = pairs.select("id", *(pl.col(name).ne_missing(pl.col(f"{name}__b")).alias(name) for name in shared))
    changed = _changed(differs, shared)
    groups = [
        *_groups("removed", removed, a, None, sample, cut),
        *_groups("added", added, None, b, sample, cut),
        *_groups("changed", changed, a, b, sample, cut),
    ]
    counts = differs.select(pl.col(shared).sum()).row(0, named=True) if shared else {}
    return Difference(
        str(a),
        str(b),
        len(pairs) - len(changed),
        tuple(groups),
        {name: int(count) for name, count in counts.items() if count},
        only_b,
        only_a,
        (*_base_changes(a, b), *recipe_changes(a.manifest["steps"], b.manifest["steps"])),
    )


def _base_changes(a: Version, b: Version) -> list[str]:
    """That they extend other versions, or only one extends any."""
    old, new = (version.manifest.get("extends") for version in (a, b))
    if (old or {}).get("got") == (new or {}).get("got"):
        return []
    was, now = (f"{told['dataset']}@{told['version']}" if told else "none" for told in (old, new))
    return [f"  extends {was} -> {now}"]


def recipe_changes(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    """Steps that one side lacks, or whose operator, parameters or conditions differ."""
    old, new = ({step["name"]: step for step in steps} for steps in (before, after))
    lines = [f"- {name} ({step['op']})" for name, step in old.items() if name not in new]
    for name, step in new.items():
        if name not in old:
            lines.append(f"+ {name} ({step['op']})")
        else:
            lines += [f"  {name}: {change}" for change in _step_changes(old[name], step)]
    if [name for name in old if name in new] != [name for name in new if name in old]:
        lines.append("  the order of the steps")
    return lines


def _step_changes(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    keys = ("op", "columns", "parts", "when")
    found = [f"{key} {_spelt(old[key])} -> {_spelt(new[key])}" for key in keys if old[key] != new[key]]
    names = dict.fromkeys([*old["parameters"], *new["parameters"]])
    was, now = old["parameters"], new["parameters"]
    found += [f"{name} {_spelt(was.get(name))} -> {_spelt(now.get(name))}" for name in names if was.get(name) != now.get(name)]
    if not found and old["revision"] != new["revision"]:
        found.append("the operator itself")
    return found


def _spelt(value: object) -> str:
    """A value as one would write it in a recipe, `none` where there is none."""
    return "none" if value is None else json.dumps(value, ensure_ascii=False)


def _columns(a: Version, b: Version) -> tuple[list[str], tuple[str, ...], tuple[str, ...], dict[str, pl.Expr]]:
    """Columns that both have, that only one has, and how those of both whose type differs are compared."""
    left, right = a.scan().collect_schema(), b.scan().collect_schema()
    shared = [name for name in left if name in right and name not in IGNORED]
    only_a, only_b = (
        tuple(name for name in x if name not in y and name not in IGNORED) for x, y in ((left, right), (right, left))
    )
    typed = {name: _common(name, left[name], right[name]) for name in shared if left[name] != right[name]}
    return shared, only_a, only_b, typed


def _common(name: str, *types: pl.DataType) -> pl.Expr:
    """Numbers of two types are compared as numbers, all else as JSON text."""
    if all(dtype.is_numeric() for dtype in types):
        return pl.col(name).cast(pl.Float64)
    return json_text(name)


def _hashed(version: Version, columns: list[str], typed: dict[str, pl.Expr]) -> pl.DataFrame:
    """`id`, `made_by` and one 64-bit hash per column."""
    rows = version.scan()
    made = pl.col("made_by") if "made_by" in rows.collect_schema() else pl.lit(None, dtype=pl.String)
    hashes = [typed.get(name, pl.col(name)).hash().alias(name) for name in columns]
    return rows.select("id", made.cast(pl.Categorical).alias("made_by"), *hashes).collect(engine="streaming")


def _told(rows: pl.DataFrame, other: Version, made: str, input: str) -> pl.DataFrame:
    """`id`, `step`, `reason`, `dropped` of rows that the other version lacks."""
    gone = (
        other.dropped()
        .select("id", "step", "reason")
        .collect(engine="streaming")
        .unique("id", keep="first", maintain_order=True)
    )
    joined = rows.select("id", pl.col("made_by").cast(pl.String)).join(gone, on="id", how="left")
    was_made = pl.col("made_by").is_not_null()
    return joined.select(
        "id",
        pl.coalesce("step", "made_by", pl.lit("")).alias("step"),
        pl.coalesce("reason", pl.when(was_made).then(pl.lit(made)).otherwise(pl.lit(input))).alias("reason"),
        pl.col("step").is_not_null().alias("dropped"),
    )


def _changed(differs: pl.DataFrame, shared: list[str]) -> pl.DataFrame:
    """`id`, `step`, `reason` of rows that both have and that differ."""
    if not shared:
        return pl.DataFrame(schema={"id": pl.String, "step": pl.String, "reason": pl.String})
    found = differs.filter(pl.any_horizontal(shared))
    named = [pl.when(name).then(pl.lit(name)) for name in shared]
    return found.select("id", pl.lit("").alias("step"), pl.concat_str(named, separator=", ", ignore_nulls=True).alias("reason"))


def _groups(fate: Any, told: pl.DataFrame, a: Version | None, b: Version | None, sample: int, cut: Cut) -> list[Group]:
    """`told` by step and reason, with rows of `a` as gone and rows of `b` as new."""
    if told.is_empty():
        return []
    grouped = told.group_by("step", "reason").agg(pl.len().alias("rows"), pl.col("id").bottom_k(sample).sort().alias("ids"))
    grouped = grouped.sort(pl.col("rows"), "step", "reason", descending=[True, False, False])
    wanted = grouped["ids"].explode()
    old, new = (_rows_of(version, wanted) if version else {} for version in (a, b))
    found = []
    for step, reason, count, ids in grouped.iter_rows():
        pairs = [cut(old.get(id), new.get(id)) for id in ids]
        found.append(
            Group(fate, step, reason, count, tuple(_lines(pairs, ": ".join(filter(None, (step, reason))))), tuple(ids))
        )
    return found


def _rows_of(version: Version, ids: pl.Series) -> dict[str, Row]:
    """The rows with these ids, without the system columns of a row's place."""
    rows = version.scan().filter(pl.col("id").is_in(ids.implode())).collect(engine="streaming")
    keys = rows["id"].to_list()
    return dict(zip(keys, rows.select(pl.exclude(*IGNORED)).to_dicts(), strict=True))


def _lines(pairs: Iterable[tuple[Row | None, Row | None]], reason: str) -> list[str]:
    lines = []
    for before, after in pairs:
        lines += [rowdiff.line("-", before, "" if after is not None else reason)] if before is not None else []
        lines += [rowdiff.line("+", after, reason)] if after is not None else []
    return lines
