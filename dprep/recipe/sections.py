"""The three sections of a recipe, from plain tables to frozen data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dprep.base.problem import Place
from dprep.recipe import spelling as kinds
from dprep.recipe.model import Dataset, RecipeStep, Source
from dprep.recipe.naming import step_names
from dprep.recipe.table import Findings, Table

OPTIONS = {
    "header": kinds.TRUTH,
    "delimiter": kinds.CHARACTER,
    "quote": kinds.QUOTE,
    "unit": kinds.UNIT,
    "record": kinds.FILLED,
    "column_names": kinds.TEXTS,
}


def read_dataset(data: Any, folder: Path, findings: Findings) -> Dataset:
    """`[dataset]`."""
    if not isinstance(data, dict):
        if data is not None or ("dataset",) not in findings.unclear:  # else it is there under a misspelt name
            sentence = "a recipe needs a table `[dataset]`" if data is None else "`dataset` must be a table"
            place = findings.places.whole() if data is None else findings.places.key(("dataset",))
            findings.problem("missing-key", sentence, place, 'begin with `[dataset]` and `name = "…"`')
            findings.unclear.add(("dataset",))
        return Dataset("")
    table = Table(data, ("dataset",), findings)
    found = Dataset(
        name=table.need("name", kinds.NAME, 'name what the recipe makes: `name = "support-intents"`') or "",
        seed=table.get("seed", kinds.SEED),
        task=table.get("task", kinds.FILLED, ""),
        license=table.get("license", kinds.TEXT, ""),
        description=table.get("description", kinds.TEXT, ""),
        ops=_ops_folder(table, folder),
        extends=table.get("extends", kinds.FILLED, ""),
    )
    table.refuse_rest()
    return found


def _ops_folder(table: Table, folder: Path) -> Path | None:
    name: str | None = table.get("ops", kinds.FILLED)
    if name is None:
        return None
    path = ("dataset", "ops")
    try:
        found: Path = (folder / name).resolve()
        there = found.is_dir()
    except (OSError, ValueError, RuntimeError):
        there = False
    if not there:
        help = "`ops` is a folder of operators beside the recipe"
        table.findings.problem("no-such-folder", f"there is no folder `{name}`", table.findings.places.value(path), help)
        table.findings.unclear.add(path)
        return None
    return found


def read_sources(data: Any, findings: Findings) -> tuple[Source, ...]:
    """Every `[[source]]`."""
    if not data and data in (None, []) and ("source",) not in findings.unclear:
        place = findings.places.whole() if data is None else findings.places.value(("source",))
        findings.problem("missing-key", "a recipe needs at least one `[[source]]`", place, 'add `[[source]]` and `path = "…"`')
        findings.unclear.add(("source",))
    sources = tuple(_source(table, index) for index, table in enumerate(_tables("source", data, findings)))
    _refuse_twice([(s.name, ("source", s.index, "name")) for s in sources if s.name], "sources", findings)
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


def read_steps(data: Any, findings: Findings) -> tuple[RecipeStep, ...]:
    """Every `[[step]]`."""
    tables = _tables("step", data, findings)
    names = step_names([table.data for table in tables])
    steps = tuple(_step(table, name, index) for index, (table, name) in enumerate(zip(tables, names, strict=True)))
    _refuse_twice([(s.name, ("step", s.index, "name")) for s in steps], "steps", findings)
    return steps


def _step(table: Table, name: str, index: int) -> RecipeStep:
    op = table.need("op", kinds.FILLED, "`dprep ops` lists the operators") or ""
    table.get("name", kinds.NAME)
    columns = table.get("columns", kinds.TEXTS)
    parts = table.get("parts", kinds.TEXTS)
    when = table.get("when", kinds.FILLED)
    on_error = table.get("on_error", kinds.ON_ERROR, "fail")
    table.refuse_missing()
    return RecipeStep(
        op=op,
        name=name,
        columns=None if columns is None else tuple(columns),
        parts=None if parts is None else tuple(parts),
        when=when,
        on_error=on_error,
        params=table.rest(),
        index=index,
    )


def _tables(section: str, data: Any, findings: Findings) -> list[Table]:
    """The tables of a list of tables; anything else is a problem."""
    if data is None:
        return []
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        place = findings.places.key((section,))
        findings.problem(
            "wrong-type", f"`{section}` must be a list of tables", place, f"write `[[{section}]]` with two brackets"
        )
        findings.unclear.add((section,))
        return []
    return [Table(item, (section, i), findings) for i, item in enumerate(data)]


def _refuse_twice(named: list[tuple[str, tuple[str | int, ...]]], what: str, findings: Findings) -> None:
    first: dict[str, Place] = {}
    for name, path in named:
        place = findings.places.value(path)
        # names become file names, and some file systems know no case
        if name.lower() in first:
            notes = (("first here", first[name.lower()]),)
            findings.problem("duplicate-name", f"two {what} are called `{name}`", place, "rename one", notes)
        first.setdefault(name.lower(), place)
