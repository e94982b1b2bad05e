"""Operators in a fresh process where only the core's dependencies can be imported.

As a script it reads pickled work from stdin and writes JSON: per operator what was imported, the digests of its
examples, and the fault if there was one.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import pickle
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.laws.subject import Subject

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"torch", "transformers", "tensorflow", "datasets", "sklearn", "pandas", "matplotlib", "nltk", "trafilatura"}


def digest(rows: Any, dropped: Mapping[str, Any]) -> str:
    """SHA-256 of what came out and what was dropped, values and types."""
    told = [(name, frame) for name, frame in sorted(dropped.items()) if len(frame)]
    text = repr([(name, frame.schema, frame.rows()) for name, frame in [("", rows), *told]])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def digests(subject: Subject) -> list[str]:
    """The digest of every setting on its example's rows, in this process."""
    from dprep.engine.memory import run_rows

    results = [run_rows(setting.steps, setting.rows) for setting in subject.settings]
    return [digest(result.rows, result.dropped) for result in results]


def page_of(subject: Subject) -> str:
    """The operator's page, as its users read it."""
    from dprep.plan.page import page

    return page(subject.name, subject.folder)


def elsewhere(subject: Subject) -> dict[str, Any]:
    """What a fresh process tells of `subject`; the whole catalogue shares one such process."""
    from tests.laws.subject import catalogue

    shared = catalogue() if subject in catalogue() else (subject,)
    return _ask(shared)[subject.name]


@cache
def _ask(subjects: tuple[Subject, ...]) -> dict[str, dict[str, Any]]:
    work = [
        (one.name, one.folder, bool(one.cls.extra), [pickle.dumps((setting.steps, setting.rows)) for setting in one.settings])
        for one in subjects
    ]
    answer = subprocess.run(
        [sys.executable, "-m", "tests.laws.process"],
        input=pickle.dumps((sorted(_core_modules()), work)),
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert answer.returncode == 0, answer.stderr.decode()[-3000:]
    found: dict[str, dict[str, Any]] = json.loads(answer.stdout.decode().splitlines()[-1])
    return found


def _core_modules() -> set[str]:
    """Top-level modules of everything that the core depends on, directly or not."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    todo, seen = [_distribution(each) for each in wanted], set[str]()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += [_distribution(each) for each in _requires(name) if "extra ==" not in each]
    modules = importlib.metadata.packages_distributions()
    return {module for module, owners in modules.items() if {_distribution(owner) for owner in owners} & seen}


def _requires(name: str) -> list[str]:
    try:
        return importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:  # needed on other systems or Pythons only
        return []


def _distribution(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0]).lower()


class _CoreOnly(MetaPathFinder):
    """Refuses every import that is neither Python's own, nor ours, nor of the core's dependencies."""

    def __init__(self, core: set[str]) -> None:
        self.allowed = core | set(sys.stdlib_module_names) | {"dprep", "tests"}
        self.active = True

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        top = name.partition(".")[0]
        if not self.active or top in self.allowed or top.startswith(("dprep_local_", "_")):
            return None
        raise ModuleNotFoundError(f"`{top}` is no dependency of the core", name=name)


def _main() -> None:
    core, work = pickle.load(sys.stdin.buffer)
    guard = _CoreOnly(set(core))
    sys.meta_path.insert(0, guard)
    told = {}
    for name, folder, extra, settings in work:
        guard.active = not extra
        told[name] = _tell(name, folder, settings)
    print(json.dumps(told))


def _tell(name: str, folder: Path | None, settings: list[bytes]) -> dict[str, Any]:
    from dprep import ops

    found: dict[str, Any] = {"fault": "", "heavy": [], "digests": []}
    try:
        ops.module(name, folder)
        found["heavy"] = sorted(HEAVY & set(sys.modules))
        from dprep.engine.memory import run_rows

        for setting in settings:
            steps, rows = pickle.loads(setting)
            result = run_rows(steps, rows)
            found["digests"].append(digest(result.rows, result.dropped))
    except Exception as fault:  # told to the test, which fails with it
        found["fault"] = f"{type(fault).__name__}: {fault}"
    return found


if __name__ == "__main__":
    _main()
