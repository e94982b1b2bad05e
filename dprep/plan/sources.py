"""Sources of a recipe: which files, how they are read, which columns they bring. Reads names of columns, never rows."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from dprep.base.columns import SYSTEM_COLUMNS
from dprep.base.problem import Error, Place, Problem, did_you_mean, did_you_mean_file
from dprep.plan.model import PlannedSource
from dprep.plan.tasks import Task
from dprep.recipe.model import Recipe, Source
from dprep.recipe.sections import OPTIONS
from dprep.recipe.spelling import spell
from dprep.recipe.table import listed
from dprep.store.formats import FORMATS, File, Reading, column_names, detect_format, expand

TYPES = ("string", "int", "float", "bool", "json", "list[string]")
ALSO_IN_DROPPED = ("reason", "measured", "twin", "step")
"""Columns that say why a row was dropped; a file's own column of that name is hidden there."""
KEY_COLUMN = "source_id"
"""Where a key column is kept whose own name is dprep's."""
TELLING = ("path", "format", "columns", "keep", "encoding", "constants", "id", "part", *OPTIONS)
"""Keys without which the columns of a source cannot be told."""


@dataclass
class Found:
    """A source while it is checked."""

    source: Source
    recipe: Recipe
    task: Task
    problems: list[Problem]
    files: list[File] = field(default_factory=list)
    names: list[str] | None = None
    """The files' own top-level columns; None where they cannot be known."""

    @property
    def legible(self) -> bool:
        """Whether the recipe says all that tells its columns."""
        return not any(self.recipe.is_unclear("source", self.source.index, key) for key in TELLING)

    def value(self, *key: str | int) -> Place:
        return self.recipe.places.value(("source", self.source.index, *key))

    def key(self, *key: str | int) -> Place:
        return self.recipe.places.key(("source", self.source.index, *key))

    def problem(self, code: str, sentence: str, place: Place, help: str = "", warning: bool = False) -> None:
        self.problems.append(Problem(code, sentence, place, help, severity="warning" if warning else "error"))

    def has(self, theirs: str) -> bool:
        """Whether the files have this column, or the top-level one that a path starts from."""
        return self.names is None or theirs in self.names or theirs.partition(".")[0] in self.names

    def brings(self, ours: str) -> bool:
        """Whether the rows have a column `ours`, as far as the files' names are known."""
        named = self.names is not None and ours in self.names and ours not in self.taken()
        return named or ours in self.source.columns or ours in self.source.constants

    def taken(self) -> set[str]:
        """Columns of the files that are mapped to names of ours."""
        return {name for theirs in self.source.columns.values() for name in (theirs, theirs.partition(".")[0])}

    def kept(self) -> list[str]:
        """Unmapped columns that stay, by name."""
        taken = self.taken()
        names = self.names if self.names is not None else list(self.source.keep or ())
        return [n for n in names if n not in taken and (self.source.keep is None or n in self.source.keep)]


@dataclass(frozen=True)
class Brought:
    """What a source brings into the plan."""

    planned: PlannedSource
    columns: dict[str, str]
    """Our columns -> type in words."""
    mapped: Mapping[str, str]
    """Our columns -> what they are called in the files."""
    open: bool
    """There may be columns that cannot be known."""
    broken: bool
    """It cannot be read as the recipe has it, so less is known of it than could be."""
    parts: tuple[str, ...]
    has_part: bool


def check_source(source: Source, recipe: Recipe, task: Task, problems: list[Problem], others_have_part: bool) -> Brought:
    """What `source` brings; what is wrong with it is added to `problems`."""
    found = Found(source, recipe, task, problems)
    _check_settings(found)
    if not recipe.is_unclear("root"):
        _find_files(found)
    if found.files and found.legible:
        _find_names(found)
    _check_our_names(found)
    _check_their_names(found)
    return _brought(found, others_have_part)


def _check_settings(found: Found) -> None:
    source = found.source
    if source.format and source.format not in FORMATS:
        help = did_you_mean(source.format, FORMATS) or f"there are {listed(FORMATS, 20)}"
        found.problem("unknown-format", f"there is no format `{source.format}`", found.value("format"), help)
    for column, kind in source.types.items():
        if kind not in TYPES:
            help = did_you_mean(kind, TYPES) or f"there are {listed(TYPES)}"
            found.problem("wrong-value", f"there is no type `{kind}`", found.value("types", column), help)
    if source.encoding and not _known_encoding(source.encoding):
        help = did_you_mean(source.encoding, ("utf-8", "utf-16", "latin-1", "cp1252", "gb18030", "big5", "shift_jis", "euc-kr"))
        found.problem("unknown-encoding", f"there is no encoding `{source.encoding}`", found.value("encoding"), help)


def _known_encoding(name: str) -> bool:
    try:
        return bool(getattr(codecs.lookup(name), "_is_text_encoding", True))
    except (LookupError, ValueError):
        return False


def _find_files(found: Found) -> None:
    source, seen = found.source, set()
    for number, pattern in enumerate(source.path):
        place = (
            found.value("path", number)
            if ("source", source.index, "path", number) in found.recipe.places.values
            else found.value("path")
        )
        try:
            files = expand(pattern, found.recipe.root, source.format if source.format in FORMATS else "")
        except Error as fault:
            found.problems.extend(replace(p, place=p.place or place) for p in fault.problems)
            continue
        except (OSError, ValueError, NotImplementedError, RuntimeError):
            found.problem("no-such-file", f"`{pattern}` is not a path or a glob", place)
            continue
        if not files:
            found.problem("no-such-file", f"no file matches `{pattern}`", place, _near(pattern, found.recipe.root))
        unread = [file.name for file in files if not (source.format or detect_format(file.name) or Path(file.path).is_dir())]
        if unread and not found.recipe.is_unclear("source", source.index, "format"):
            help = f'say it: `format = "…"`, one of {listed(FORMATS, 20)}'
            found.problem("unknown-format", f"the name of `{unread[0]}` tells no format", place, help)
        found.files += [file for file in files if file.path not in seen]
        seen |= {file.path for file in files}


def _near(pattern: str, root: Path) -> str:
    """Files whose names are like a pattern that matches none."""
    path = Path(root, pattern)
    try:
        names = [entry.name for entry in list(path.parent.iterdir())[:500]]
    except (OSError, ValueError):
        return f"paths start from `{root.name or root}`; `--root` changes that"
    return did_you_mean_file(path.name, names) or f"paths start from `{root.name or root}`; `--root` changes that"


def _find_names(found: Found) -> None:
    first = found.files[0]
    if first.path == "-" or any(problem.code == "unknown-format" for problem in found.problems):
        return
    source = found.source
    reading = Reading(source.format, source.encoding if _known_encoding(source.encoding) else "", options=source.options)
    try:
        found.names = column_names(first, reading)
    except Error as fault:
        found.problems.extend(replace(p, place=p.place or found.value("path")) for p in fault.problems)


def _check_our_names(found: Found) -> None:
    for key in ("columns", "constants"):
        for name in getattr(found.source, key):
            place = found.key(key, name)
            if name in SYSTEM_COLUMNS and not (name == "part" and key == "columns"):
                cure = {
                    "id": 'write `id = "…"` in the source to use a key of its own',
                    "part": 'write `part = "…"` in the source',
                }
                help = cure.get(name, "choose another name")
                found.problem("system-column", f"`{name}` is a column that dprep makes", place, help)
            elif not name or set(name) & set(".[]") or name.startswith("__"):
                help = "a column's name has no `.`, `[` or `]` and does not start with `__`"
                found.problem("bad-name", f"a column cannot be called `{name}`", place, help)
            elif name in ALSO_IN_DROPPED:
                _hidden(found, name, place)
    for name in set(found.source.columns) & set(found.source.constants):
        found.problem(
            "duplicate-name", f"`{name}` is both read and constant", found.key("constants", name), "drop one of the two"
        )


def _hidden(found: Found, name: str, place: Place) -> None:
    sentence = f"among the dropped rows, `{name}` says why a row was dropped and hides the column of that name"
    theirs = name if name in found.kept() else found.source.columns.get(name)
    help = f'give it another name, as in `columns = {{ file_{name} = "{theirs}" }}`' if theirs else "give it another name"
    found.problem("hidden-column", sentence, place, help, warning=True)


def _check_their_names(found: Found) -> None:
    source = found.source
    named: list[tuple[str, Place]] = [(theirs, found.value("columns", ours)) for ours, theirs in source.columns.items()]
    named += [(theirs, found.value("keep", number)) for number, theirs in enumerate(source.keep or ())]
    named += [(source.id, found.value("id"))] if source.id and source.id not in source.columns else []
    for theirs, place in named:
        if not found.has(theirs):
            found.problem(
                "missing-column",
                f"`{found.files[0].name}` has no column `{theirs}`",
                place,
                _choices(theirs, found.names or ()),
            )
    for name in found.kept():
        if (
            name in SYSTEM_COLUMNS
            and found.names is not None
            and not (name == "part" and source.format in ("", "hf"))
            and name != source.id
        ):
            other = f'`columns = {{ file_{name} = "{name}" }}` keeps it under another name'
            help = f'`id = "{name}"` makes it the key of the rows; {other}' if name == "id" else other
            sentence = f"`{found.files[0].name}` has a column `{name}`, which is the name of one that dprep makes"
            found.problem("system-column", sentence, found.value("path"), help)
    brought = {*source.columns, *source.constants, *found.kept()}
    for name in found.kept() if found.names is not None else []:
        if name in ALSO_IN_DROPPED:
            _hidden(found, name, found.value("path"))
    for column in source.types:
        if found.names is not None and column not in brought and column not in found.task.required:
            found.problem(
                "missing-column",
                f"there is no column `{column}` to give a type",
                found.key("types", column),
                _choices(column, brought),
            )
    _check_contract(found)


def _check_contract(found: Found) -> None:
    if found.names is None:
        return
    missing = [column for column in found.task.required if not found.brings(column)]
    if not missing:
        return
    task, file = found.recipe.dataset.task or "text", found.files[0].name
    column = f"column {listed(missing)}" if len(missing) == 1 else f"columns {listed(missing)}"
    sentence = f'`task = "{task}"` needs {"a " if len(missing) == 1 else ""}{column}, which `{file}` does not have'
    help = f'map it: `columns = {{ {missing[0]} = "…" }}`; the file has {listed(found.names)}'
    renamed = next(
        (ours for ours, theirs in found.source.columns.items() if missing[0] in (theirs, theirs.partition(".")[0])), ""
    )
    if renamed:
        sentence = f'`task = "{task}"` needs a column `{missing[0]}`, which the source maps to `{renamed}`'
        help = f'give `{renamed}` another column, or map `{missing[0]}` too: `columns = {{ {missing[0]} = "…" }}`'
    other = next((mark for mark in ";\t|," if len(found.names) == 1 and mark in found.names[0]), "")
    if other:
        help = f"is the file cut right? say `delimiter = {spell(other)}`"
    place = found.key("columns") if found.source.columns else found.value("path")
    found.problem("missing-column", sentence, place, help)


def _choices(name: str, names: Iterable[str]) -> str:
    names = sorted(names)
    return " ".join(part for part in (did_you_mean(name, names), f"there are {listed(names)}" if names else "") if part)


def _brought(found: Found, others_have_part: bool) -> Brought:
    source, task = found.source, found.task
    columns = dict(source.columns)
    for name in (*task.required, *task.optional):
        if name not in source.constants and name not in columns and (name in task.required or found.brings(name)):
            columns[name] = name  # one that is missing has been told above: no step need tell it again
    key = _key(source, columns)
    constants = dict(source.constants)
    if source.part or (others_have_part and "part" not in columns and "part" not in (found.names or ())):
        constants["part"] = source.part or "train"
    reading = Reading(
        format=source.format,
        encoding=source.encoding,
        columns=columns,
        keep=_keep(source, key, columns),
        types={**{c: t for c, t in task.types.items() if c in columns}, **source.types},
        constants=constants,
        required=tuple(name for name in (*task.required, *([key] if key else [])) if name not in constants),
        options=source.options,
        max_row=source.max_row,
    )
    kept = [name for name in found.kept() if name not in columns.values()]
    types = {name: reading.types.get(name, "") for name in [*columns, *kept, *constants]}
    has_part = "part" in types
    parts = (str(constants["part"]),) if "part" in constants else ()
    planned = PlannedSource(replace(source, id=key), tuple(found.files), reading)
    open_ = found.names is None and (source.keep is None or not found.legible)
    broken = found.names is None and (bool(found.problems) or not found.legible or not found.files)
    return Brought(planned, types, source.columns, open_, broken, parts, has_part)


def _key(source: Source, columns: dict[str, str]) -> str:
    """Our column that holds the source's key; mapped anew where the file calls it as dprep calls one of its own."""
    if not source.id or source.id in columns:
        return source.id
    for ours, theirs in columns.items():
        if theirs == source.id:
            return ours
    if source.id in SYSTEM_COLUMNS or "." in source.id:
        columns[KEY_COLUMN] = source.id
        return KEY_COLUMN
    return source.id


def _keep(source: Source, key: str, columns: dict[str, str]) -> tuple[str, ...] | None:
    if source.keep is None or not key or key in columns or key in source.keep:
        return source.keep
    return (*source.keep, key)
