"""Read a recipe: TOML text to a `Recipe`, which carries every problem of its structure."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from dprep.base.problem import Error, Place, Problem, in_order
from dprep.recipe import overrides as override
from dprep.recipe import spelling as kinds
from dprep.recipe.model import Recipe
from dprep.recipe.sections import read_dataset, read_sources, read_steps
from dprep.recipe.syntax import parse
from dprep.recipe.table import Findings, Table

LARGEST = 4 * 2**20  # bytes; a recipe of a thousand steps has 100 kB


def read_recipe(path: Path, root: Path | None = None, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe in a file, with all that is wrong with its structure in `problems`. Raises Error where it is no TOML.

    root: where relative source paths start; else the environment variable DPREP_ROOT, else the recipe's folder.
    overrides: `section.name.key=value`, each changing one value.
    """
    file = str(path)
    text = read_text(path, file)
    return recipe_from_text(text, file, path.resolve().parent, root, overrides)


def recipe_from_text(text: str, file: str, folder: Path, root: Path | None = None, overrides: Sequence[str] = ()) -> Recipe:
    """The recipe in a text that stands, or might stand, in `folder`. Raises Error where the text is no TOML."""
    data, places = parse(text, file)
    findings = Findings(places)
    findings.problems += override.apply(overrides, data, places)
    top = Table(data, (), findings, ["dataset", "source", "step"])
    train = top.get("train", kinds.TABLE)
    top.refuse_rest()
    dataset = read_dataset(data.get("dataset"), folder, findings)
    sources = read_sources(data.get("source"), findings)
    steps = read_steps(data.get("step"), findings)
    base = _root(root, folder, findings)
    problems, unclear = tuple(in_order(findings.problems)), frozenset(findings.unclear)
    return Recipe(file, text, folder, base, dataset, sources, steps, train, places, tuple(overrides), problems, unclear)


def read_text(path: Path, file: str) -> str:
    """The text of a recipe file. Raises Error where it cannot be one."""
    try:
        if path.is_dir():
            raise _unreadable(file, "is a folder", "name the recipe inside it, such as `recipe.toml`")
        with path.open("rb") as opened:
            raw = opened.read(LARGEST + 1)
    except FileNotFoundError:
        raise Error(Problem("no-such-file", f"there is no recipe `{file}`", help=_neighbours(path))) from None
    except (OSError, ValueError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else "its name is not a file name"
        raise _unreadable(file, f"cannot be opened: {reason.lower()}", "") from None
    if len(raw) > LARGEST:
        raise _unreadable(file, f"is larger than {LARGEST >> 20} MiB", "is it a data file? a recipe is a short TOML text")
    if not raw.strip():
        raise _unreadable(file, "is empty", "`dprep init DATA` writes a recipe for a data file")
    return _decoded(raw.removeprefix(b"\xef\xbb\xbf"), file)


def _decoded(raw: bytes, file: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        before = raw[: fault.start].decode("utf-8")
        line_start = before.rfind("\n") + 1
        line = raw[len(before[:line_start].encode()) :].split(b"\n", 1)[0].decode("utf-8", "replace").rstrip("\r")
        place = Place(file, before.count("\n") + 1, len(before) - line_start + 1, 1, line)
        sentence = f"byte {raw[fault.start]:#04x} is not UTF-8"
        raise Error(Problem("unreadable-recipe", sentence, place, "save the recipe as UTF-8")) from None


def _unreadable(file: str, what: str, help: str) -> Error:
    return Error(Problem("unreadable-recipe", f"`{file}` {what}", help=help))


def _neighbours(path: Path) -> str:
    """Recipes that lie where this one was looked for."""
    try:
        near = sorted(p.name for p in path.parent.glob("*.toml"))[:5]
    except OSError:
        near = []
    return "in this folder there are " + ", ".join(f"`{name}`" for name in near) if near else ""


def _root(root: Path | None, folder: Path, findings: Findings) -> Path:
    said = os.environ.get("DPREP_ROOT", "")
    chosen = root if root is not None else Path(said) if said else folder
    if not chosen.is_dir():
        who = "`--root`" if root is not None else "`DPREP_ROOT`"
        help = "give a folder that exists"
        findings.problems.append(Problem("no-such-folder", f"{who} names no folder: `{chosen}`", help=help))
        findings.unclear.add(("root",))
    return chosen.resolve()
