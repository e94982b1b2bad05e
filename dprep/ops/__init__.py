"""The catalogue: an operator is a file in a family's folder; its name is folder + file. There is no registry."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import pkgutil
import sys
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from dprep.base.operator import Operator

_LOCAL = "dprep_local_"
"""What the modules of a recipe's own operators are called, before family and name."""
FAMILIES = ("clean", "filter", "tag", "expand", "dedup", "split", "sample", "augment", "gate")


@cache
def names() -> tuple[str, ...]:
    """Every operator's name, from this package and from packages that join through the entry-point group `dprep.ops`."""
    found = [
        f"{family}.{m.name}"
        for family in FAMILIES
        for m in pkgutil.iter_modules([str(Path(__file__).parent / family)])
        if not m.name.startswith("_")
    ]
    return tuple(sorted([*found, *_joined()]))


@cache
def _joined() -> dict[str, str]:
    """Operators of other packages: name -> module. Every installed package is asked, so it is done once."""
    return {point.name: point.module for point in importlib.metadata.entry_points(group="dprep.ops")}


def find(name: str, folder: Path | None = None) -> type[Operator]:
    """The operator called `name`, first in `folder` (a recipe's own operators), then in the catalogue.

    Raises KeyError where there is none.
    """
    return operator_of(module(name, folder))


def module(name: str, folder: Path | None = None) -> ModuleType:
    """The module that holds the operator `name`. Raises KeyError where there is none."""
    if folder is not None and name in local_names(folder):
        return _local(name, folder)
    if name not in names():
        raise KeyError(name)
    return importlib.import_module(_joined().get(name, f"dprep.ops.{name}"))


def local_names(folder: Path) -> tuple[str, ...]:
    """Names of the operators in a folder laid out as this one: `<family>/<name>.py`."""
    files = (path for family in FAMILIES for path in sorted((folder / family).glob("*.py")))
    return tuple(f"{path.parent.name}.{path.stem}" for path in files if not path.stem.startswith("_"))


def operator_of(holder: ModuleType) -> type[Operator]:
    """The one operator class that `holder` defines."""
    for thing in vars(holder).values():
        if isinstance(thing, type) and issubclass(thing, Operator) and thing.__module__ == holder.__name__:
            return thing
    raise KeyError(holder.__name__)


class Finder(MetaPathFinder):
    """Finds the modules of a recipe's own operators by name, in a process that has not checked the recipe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if not fullname.startswith(_LOCAL):
            return None
        family, _, stem = fullname.removeprefix(_LOCAL).partition("_")
        file = (self.folder / family / f"{stem}.py").resolve()
        return importlib.util.spec_from_file_location(fullname, file) if file.is_file() else None


def _local(name: str, folder: Path) -> ModuleType:
    """Import a recipe's own operator under a name that pickles: workers import it the same way."""
    family, _, stem = name.partition(".")
    path = (folder / family / f"{stem}.py").resolve()
    full = _LOCAL + f"{family}_{stem}"
    known = sys.modules.get(full)
    if known is not None and known.__file__ == str(path):
        return known
    spec = importlib.util.spec_from_file_location(full, path)
    if spec is None or spec.loader is None:
        raise KeyError(name)
    found = importlib.util.module_from_spec(spec)
    sys.modules[full] = found
    try:
        spec.loader.exec_module(found)
    except BaseException:
        del sys.modules[full]  # a module that is half there would be taken for whole the next time
        raise
    return found
