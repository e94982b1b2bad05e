"""What a run will make, known before it runs: hashes of inputs, steps and the code that does them.

`asked` is equal exactly if the same version would come out: comments, paths and `[train]` do not count; a parameter, the
seed or an edited kernel does. An operator's revision is computed from its code, so nobody has to remember to raise it.
"""

from __future__ import annotations

import ast
import importlib.metadata
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import xxhash

from dprep import ops
from dprep.base.operator import Operator
from dprep.base.step import Step
from dprep.plan.model import Plan, PlannedSource

_ROWS = ("dprep.base.step", "dprep.store.formats")
"""What reads rows and what does a family's half of a step: an edit there changes every version."""
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def asked(plan: Plan, input_fingerprints: Sequence[str]) -> str:
    """32 hex digits for what `plan` makes of inputs with these content hashes (one per file, in the plan's order)."""
    return stage_key(plan, input_fingerprints, len(plan.steps))


def stage_key(plan: Plan, input_fingerprints: Sequence[str], steps: int) -> str:
    """32 hex digits for the rows after the first `steps` steps."""
    told = {
        "inputs": list(input_fingerprints),
        "sources": [_reading(source) for source in plan.sources],
        "steps": [_step(step, plan.ops_folder) for step in plan.steps[:steps]],
        "seed": plan.seed,
        "name": plan.name if steps == len(plan.steps) else "",
        "task": plan.task,
        "code": _code(*_ROWS),
    }
    if plan.extends is not None and steps == len(plan.steps):
        told["extends"] = plan.extends.manifest["got"]
    return _hash(told)


def revision(op_name: str, folder: Path | None = None) -> str:
    """32 hex digits for the code of an operator: its file, the dprep modules it imports, its libraries' versions."""
    cls = ops.find(op_name, folder)
    return code_hash(cls.__module__, cls.libraries)


def code_hash(module: str, libraries: Sequence[str] = ()) -> str:
    """32 hex digits for a module's code, the dprep modules it imports, and libraries' versions."""
    return _hash([_code(module), [_version(library) for library in libraries]])


def _reading(planned: PlannedSource) -> list[Any]:
    """All of a source that can change its rows. Paths are left out: the content hashes speak for the files."""
    reading, source = planned.reading, planned.source
    settings = {name: getattr(reading, name) for name in type(reading).__dataclass_fields__}
    limits = [source.name, source.id, source.license, source.max_rejected, len(planned.files)]
    return [{k: dict(v) if hasattr(v, "keys") else v for k, v in settings.items()}, limits]


def _step(step: Step, folder: Path | None) -> list[Any]:
    op: Operator = step.op
    asked_for = [step.name, step.op_name, op.identity(), step.columns, step.parts, step.when, step.on_error]
    return [*asked_for, revision(step.op_name, folder)]


def _hash(told: Any) -> str:
    # keys stay in the recipe's order: `ratios` and `columns` mean something by it
    return xxhash.xxh3_128_hexdigest(orjson.dumps(told, option=orjson.OPT_NON_STR_KEYS, default=str))


@cache
def _version(library: str) -> str:
    try:
        return f"{library} {importlib.metadata.version(library)}"
    except importlib.metadata.PackageNotFoundError:
        return f"{library} missing"


def _code(*modules: str) -> list[str]:
    """One hash per module that the code of `modules` is made of, themselves included, in the order of their names."""
    seen: dict[str, str] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        path = _path(name)
        seen[name] = ""
        if path is None:
            continue
        stat = os.stat(path)
        digest, imports = _read(path, stat.st_mtime_ns, stat.st_size)
        seen[name] = digest
        waiting += imports
    # a local operator's module is named for its file only, so where its folder lies does not count
    return [f"{name} {digest}" for name, digest in sorted(seen.items()) if digest]


def _path(name: str) -> str | None:
    """The source file of a module; None where it has none."""
    loaded = sys.modules.get(name)
    file = loaded.__file__ if loaded is not None else _unloaded(name)
    return file if file and file.endswith(".py") else None


@cache
def _unloaded(name: str) -> str | None:
    """The file of a module that is not imported yet; None where `name` is no module but something inside one."""
    package, _, last = name.rpartition(".")
    holder = _path(package)
    if holder is None or not holder.endswith("__init__.py"):
        return None
    folder = holder.removesuffix("__init__.py")
    found = (f"{folder}{last}.py", f"{folder}{last}{os.sep}__init__.py")
    return next((file for file in found if os.path.exists(file)), None)


@cache
def _read(path: str, changed: int, size: int) -> tuple[str, tuple[str, ...]]:
    """The hash of a file's code without docstrings and comments, and the dprep modules it imports."""
    tree = ast.parse(Path(path).read_bytes())
    imports: set[str] = set()
    for node in _statements(tree):
        if isinstance(node, _DOCUMENTED):
            node.body = [line for line in node.body if not _is_words(line)] or [ast.Pass()]
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            imports.update(_imports(node))
    return xxhash.xxh3_128_hexdigest(ast.dump(tree).encode()), tuple(sorted(imports))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """`node` and every statement in it; expressions hold neither docstrings nor imports, so they are not entered."""
    yield node
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        inner = getattr(node, name, ())
        for child in inner if isinstance(inner, list) else ():
            yield from _statements(child)


def _is_words(line: ast.stmt) -> bool:
    """True for a string that stands alone: a docstring, also under a field."""
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)


def _imports(node: ast.Import | ast.ImportFrom) -> Iterable[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name.startswith("dprep"))
    elif not node.level and (node.module or "").partition(".")[0] == "dprep":
        yield str(node.module)
        # `from dprep.kernels import words` may name a module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
