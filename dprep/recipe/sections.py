"""The three sections of a recipe, from plain tables to frozen data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dprep.base.problem import Place, Problem
from dprep.recipe import spelling as kinds
from dprep.recipe.model import Dataset, RecipeStep, Source
from dprep.recipe.naming import step_names
from dprep.recipe.places import Places
from dprep.recipe.table import Table

OPTIONS = {
    "header": kinds.TRUTH,
    "delimiter": kinds.CHARACTER,
    "quote": kinds.QUOTE,
    "unit": kinds.UNIT,
    "record": kinds.FILLED,
    "column_names": kinds.TEXTS,
}


def read_dataset(data: Any, folder: Path, places: Places, problems: list[Problem]) -> Dataset:
    """`[dataset]`."""
    if not isinstance(data, dict):
        sentence = "a recipe needs a table `[dataset]`" if data is None else "`dataset` must be a table"
        place = places.whole() if data is None else places.key(("dataset",))
        problems.append(Problem("missing-key", sentence, place, 'begin with `[dataset]` and `name = "…"`'))
        return Dataset("")
    table = Table(data, ("dataset",), places, problems)
    found = Dataset(
        name=table.need("name", kinds.NAME, 'name what the recipe makes: `name = "support-intents"`') or "",
        seed=table.get("seed", kinds.SEED),
        task=table.get("task", kinds.FILLED, ""),
        license=table.get("license", kinds.TEXT, ""),
        description=table.get("description", kinds.TEXT, ""),
        ops=_ops_folder(table, folder),
    )
    table.refuse_rest()
    return found


def _ops_folder(table: Table, folder: Path) -> Path | None:
    name: str | None = table.get("ops", kinds.FILLED)
    if name is None:
        return None
    place = table.places.value(("dataset", "ops"))
    try:
        found: Path = (folder / name).resolve()
        there = found.is_dir()
    except (OSError, ValueError, RuntimeError):
        there = False
    if not there:
        help = "`ops` is a folder of operators beside the recipe"
        table.problems.append(Problem("no-such-folder", f"there is no folder `{name}`", place, help))
        return None
    return found


def read_sources(data: Any, places: Places, problems: list[Problem]) -> tuple[Source, ...]:
    """Every `[[source]]`."""
    tables = _tables("source", data, places, problems)
    sources = tuple(_source(table, index) for index, table in enumerate(tables))
    _refuse_twice([(s.name, ("source", s.index, "name")) for s in sources if s.name], "sources", places, problems)
    return sources


def _source(table: Table, index: int) -> Source:
    path = table.need("path", kinds.PATHS, 'say which files it reads: `path = "mail/*.jsonl"`') or ()
    keep = table.get("keep", kinds.TEXTS)
    found = Source(
        name=table.get("name", kinds.NAME, ""),
        path=(path,) if isinstance(path, str) else tuple(path),
        format=table.get("format", kinds.FILLED, ""),
        columns=table.get("columns", kinds.NAMES, {}),
        keep=None if keep is None else tuple(keep),
        types=table.get("types", kinds.NAMES, {}),
        encoding=table.get("encoding", kinds.FILLED, ""),
        constants=table.get("constants", kinds.CONSTANTS, {}),
        license=table.get("license", kinds.TEXT, ""),
        id=table.get("id", kinds.FILLED, ""),
        part=table.get("part", kinds.NAME, ""),
        max_rejected=table.get("max_rejected", kinds.LIMIT),
        options={key: value for key, kind in OPTIONS.items() if (value := table.get(key, kind)) is not None},
        max_row=table.get("max_row", kinds.BYTES, Source.max_row),
        index=index,
    )
    table.refuse_rest()
    return found


def read_steps(data: Any, places: Places, problems: list[Problem]) -> tuple[RecipeStep, ...]:
    """Every `[[step]]`."""
    tables = _tables("step", data, places, problems, needed=False)
    names = step_names([table.data for table in tables])
    steps = tuple(_step(table, name, index) for index, (table, name) in enumerate(zip(tables, names, strict=True)))
    _refuse_twice([(s.name, ("step", s.index, "name")) for s in steps], "steps", places, problems)
    return steps


def _step(table: Table, name: str, index: int) -> RecipeStep:
    op = table.need("op", kinds.FILLED, "`dprep ops` lists the operators") or ""
    table.get("name", kinds.NAME)
    columns = table.get("columns", kinds.TEXTS)
    parts = table.get("parts", kinds.TEXTS)
    return RecipeStep(
        op=op,
        name=name,
        columns=None if columns is None else tuple(columns),
        parts=None if parts is None else tuple(parts),
        when=table.get("when", kinds.FILLED),
        on_error=table.get("on_error", kinds.ON_ERROR, "fail"),
        params=table.rest(),
        index=index,
    )


def _tables(section: str, data: Any, places: Places, problems: list[Problem], needed: bool = True) -> list[Table]:
    """The tables of a list of tables; anything else is a problem."""
    if data is None and needed:
        sentence = f"a recipe needs at least one `[[{section}]]`"
        problems.append(Problem("missing-key", sentence, places.whole(), 'add `[[source]]` and `path = "…"`'))
    elif isinstance(data, list) and not data and needed:
        problems.append(Problem("missing-key", f"a recipe needs at least one `[[{section}]]`", places.value((section,))))
    elif data is not None and not (isinstance(data, list) and all(isinstance(item, dict) for item in data)):
        sentence = f"`{section}` must be a list of tables"
        problems.append(Problem("wrong-type", sentence, places.key((section,)), f"write `[[{section}]]` with two brackets"))
        return []
    return [Table(item, (section, i), places, problems) for i, item in enumerate(data or [])]


def _refuse_twice(named: list[tuple[str, tuple[str | int, ...]]], what: str, places: Places, problems: list[Problem]) -> None:
    first: dict[str, Place] = {}
    for name, path in named:
        place = places.value(path)
        # names become file names, and some file systems know no case
        if name.lower() in first:
            notes = (("first here", first[name.lower()]),)
            problems.append(Problem("duplicate-name", f"two {what} are called `{name}`", place, "rename one", notes))
        first.setdefault(name.lower(), place)
