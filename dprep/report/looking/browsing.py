"""Rows of a version to look at: the first, or a sample, of those that fit a condition. Reads what is needed, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from dprep.base.chance import luck
from dprep.base.columns import ColumnPath
from dprep.base.problem import Error, Problem, did_you_mean, fail
from dprep.plan.conditions import Fault, meant_text, read_condition
from dprep.plan.tasks import TASKS
from dprep.store.versions import DOOR, Version

_BATCH = 100_000


@dataclass(frozen=True)
class Asked:
    """Which rows: of a part, that fit a condition in SQL, of a version or of those that it dropped."""

    part: str = ""
    where: str = ""
    most: int = 10
    sample: bool = False
    """`most` rows drawn by the seed of the version rather than the first."""
    columns: tuple[str, ...] = ()
    """Empty: all."""
    dropped: bool = False
    step: str = ""
    """Of those dropped: by this step. Empty: by any."""


@dataclass(frozen=True)
class Rows:
    """`rows` in the order of the version, with all columns or those asked for; `fits`: how many there are."""

    version: Version
    rows: tuple[dict[str, Any], ...]
    fits: int
    of: int
    """Rows of the part, or dropped."""

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Columns that hold the texts of the task, as far as they are shown."""
        shown = self.rows[0] if self.rows else {}
        return tuple(name for name in text_columns(self.version) if name in shown)


def text_columns(version: Version) -> tuple[str, ...]:
    """Columns that hold the texts of the task, in its order."""
    task = TASKS.get(str(version.manifest["task"]))
    paths = (*task.texts, *task.optional) if task else ("text",)
    has = version.manifest["columns"]
    return tuple(dict.fromkeys(name for name in (ColumnPath.parse(path).column for path in paths) if name in has))


def look(version: Version, asked: Asked) -> Rows:
    """The rows asked for. Raises Error (`no-such-part`, `no-such-step`, `missing-column`, `bad-condition`)."""
    there = _there(version, asked)
    names = there.collect_schema().names()
    _check(version, asked.columns, names, "`--columns`")
    fitting = there.filter(_condition(version, asked.where, there.collect_schema())) if asked.where else there
    of = _count(there) if asked.dropped else sum(version.manifest["rows"]["parts"][part] for part in _parts(version, asked))
    try:
        fits, found = _sample(version, fitting, asked.most) if asked.sample else (of, fitting.head(asked.most))
        if asked.where and not asked.sample:
            fits = _count(fitting)
        rows = found.select(asked.columns or names).collect(engine="streaming")
    except pl.exceptions.PolarsError as fault:
        if not asked.where or str(fault).startswith("parquet: "):
            raise
        raise _does_not_fit(asked.where, there.collect_schema()) from fault
    return Rows(version, tuple(rows.iter_rows(named=True)), fits, of)


def _there(version: Version, asked: Asked) -> pl.LazyFrame:
    if not asked.dropped:
        return version.scan(asked.part or None)
    found = version.dropped(asked.step or None)
    _check_dropped(version)
    if not asked.part:
        return found
    _parts(version, asked)
    return found.filter(pl.col("part") == asked.part)


def _check_dropped(version: Version) -> None:
    """Who asks for dropped rows must not hear that there are none because they were left behind."""
    listed = (version.folder / file["path"] for file in version.manifest["files"] if file["path"].startswith("dropped/"))
    if (gone := next((path for path in listed if not path.is_file()), None)) is not None:
        help = "copy the whole folder of the version, or run the recipe again with `--fresh`"
        raise fail("broken-version", f"`{gone}` is missing", help)


def _parts(version: Version, asked: Asked) -> tuple[str, ...]:
    """Raises Error (`no-such-part`)."""
    version.data_files(asked.part or None)
    return (asked.part,) if asked.part else version.parts


def _count(rows: pl.LazyFrame) -> int:
    return int(rows.select(pl.len()).collect(engine="streaming").item())


def _sample(version: Version, rows: pl.LazyFrame, most: int) -> tuple[int, pl.LazyFrame]:
    """How many rows there are, and those of smallest luck in their order: only ids of the others are read."""
    kept, count = pl.DataFrame(schema={"id": pl.String, "luck": pl.UInt64}), 0
    for batch in _batches(rows.select("id")):
        count += len(batch)
        chance = luck(int(version.manifest["seed"]), "show", batch.get_column("id"))
        kept = pl.concat([kept, batch.with_columns(luck=chance)]).sort("luck", "id").head(most)
    return count, rows.filter(pl.col("id").is_in(kept.get_column("id").to_list()))


def _batches(rows: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    yield from rows.collect_batches(chunk_size=_BATCH, maintain_order=True, engine="streaming")


def _condition(version: Version, where: str, schema: pl.Schema) -> pl.Expr:
    """Raises Error where it cannot be asked of these rows."""
    found = read_condition(where, "--where")
    if isinstance(found, Fault):
        raise Error(Problem("bad-condition", found.sentence, help=found.help))
    unknown = [name for name in found.reads if name not in schema]
    near = (*schema.names(), *DOOR)
    if unknown and (meant_text(where, unknown[0]) or not did_you_mean(unknown[0], near)):
        help = f"text stands in single quotes: `'{unknown[0]}'`; columns are {_named(schema.names())}"
        raise Error(Problem("missing-column", f"`{version}` has no column `{unknown[0]}`", help=help))
    _check(version, found.reads, schema.names(), "`--where`")
    condition = pl.sql_expr(where)
    assert isinstance(condition, pl.Expr)
    return condition


def _check(version: Version, wanted: tuple[str, ...], names: list[str], where: str) -> None:
    unknown = next((name for name in wanted if name not in names), None)
    if unknown is not None:
        help = did_you_mean(unknown, names) or f"there are {_named(names)}"
        if unknown in DOOR and "part" in names:
            help = f"`{unknown}` is known of dropped rows: add `--dropped`"
        raise Error(Problem("missing-column", f"{where} names `{unknown}`, which is no column of `{version}`", help=help))


def _named(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:20]) + (" …" if len(names) > 20 else "")


def _does_not_fit(where: str, schema: pl.Schema) -> Error:
    found = read_condition(where, "--where")
    reads = () if isinstance(found, Fault) else found.reads
    types = ", ".join(f"`{name}` holds {_told(schema[name])}" for name in reads if name in schema)
    help = f"{types}; a condition compares like with like, such as `lang = 'en' AND score > 0.5`"
    return Error(Problem("bad-condition", "`--where` does not fit what the columns hold", help=help if types else ""))


def _told(dtype: pl.DataType) -> str:
    if dtype.is_numeric():
        return "numbers"
    known: dict[Any, str] = {pl.String: "text", pl.Boolean: "true or false", pl.List: "lists", pl.Struct: "structures"}
    return known.get(dtype.base_type(), str(dtype).lower())
