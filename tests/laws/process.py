"""Operators in a fresh process where only the core's dependencies can be imported.

As a script it reads pickled work from stdin and answers each piece with a line of JSON: what was imported, the digests of
what came out, and the fault if there was one.
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
TOLD = Path(__file__).parent / "told"
"""The folder of `augment.told`, which makes the new rows that gates judge."""
HEAVY = {"torch", "transformers", "tensorflow", "datasets", "sklearn", "pandas", "matplotlib", "nltk", "trafilatura"}


def digest(rows: Any, dropped: Mapping[str, Any]) -> str:
    """SHA-256 of what came out and what was dropped, values and types."""
    told = [(name, frame) for name, frame in sorted(dropped.items()) if len(frame)]
    text = repr([(name, frame.schema, frame.rows()) for name, frame in [("", rows), *told]])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def digests(subject: Subject) -> list[str]:
    """The digest of every setting on fixed rows, in this process."""
    from dprep.engine.memory import run_rows
    from tests.laws.inputs import fixed_rows

    results = [run_rows(setting.steps, fixed_rows(setting)) for setting in subject.settings]
    return [digest(result.rows, result.dropped) for result in results]


def page_of(subject: Subject) -> str:
    """The operator's page, as its users read it."""
    from dprep.plan.page import page

    return page(subject.name, subject.folder)


def elsewhere(subject: Subject) -> dict[str, Any]:
    """What a fresh process tells of `subject`. All subjects share one such process, which imports the engine once."""
    from tests.laws.inputs import fixed_rows

    steps = [pickle.dumps((setting.steps, fixed_rows(setting))) for setting in subject.settings]
    child = _child()
    assert child.stdin is not None
    assert child.stdout is not None
    pickle.dump((subject.name, subject.folder, bool(subject.cls.extra), steps), child.stdin)
    child.stdin.flush()
    answer = child.stdout.readline()
    assert answer, f"the fresh process died on {subject.name}"
    found: dict[str, Any] = json.loads(answer)
    return found


@cache
def _child() -> subprocess.Popen[bytes]:
    """The process; it ends when its stdin closes, which is when this one ends."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.laws.process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)},
    )
    assert child.stdin is not None
    pickle.dump(sorted(_core_modules()), child.stdin)
    return child


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
    answers, sys.stdout = sys.stdout, sys.stderr  # an operator that prints must not disturb the answers
    guard = _CoreOnly(set(pickle.load(sys.stdin.buffer)))
    sys.meta_path.insert(0, guard)
    while sys.stdin.buffer.peek(1):
        name, folder, extra, settings = pickle.load(sys.stdin.buffer)
        guard.active = not extra
        print(json.dumps(_tell(name, folder, settings)), file=answers, flush=True)


def _tell(name: str, folder: Path | None, settings: list[bytes]) -> dict[str, Any]:
    from dprep import ops

    found: dict[str, Any] = {"fault": "", "heavy": [], "digests": []}
    before = set(sys.modules)
    try:
        ops.module(name, folder)
        if name.startswith("gate."):
            ops.module("augment.told", TOLD)  # its steps are about to be unpickled
        found["heavy"] = sorted(HEAVY & (set(sys.modules) - before))
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
