"""Learn what one `[[fit]]` asks for from a version, or find the artifact that answers it."""

from __future__ import annotations

import importlib.metadata
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import xxhash

from dprep.base.problem import Error, Problem, fail
from dprep.fit.kinds import Fit, module_of
from dprep.fit.rows import VersionRows
from dprep.plan.fingerprint import code_hash
from dprep.store import artifacts
from dprep.store.artifacts import Artifact
from dprep.store.versions import Version

Progress = Callable[[str, int, int], None]
"""Called with (what is done, pieces done, pieces in all)."""


@dataclass(frozen=True)
class Learnt:
    """An artifact, and whether it was there before."""

    artifact: Artifact
    cached: bool

    def summary(self) -> dict[str, Any]:
        """The object that `fit --json` prints."""
        keys = ("artifact", "version", "kind", "asked", "got", "made_from", "details")
        return {**{key: self.artifact.manifest[key] for key in keys}, "path": str(self.artifact.folder), "cached": self.cached}


def learn(kind: str, asked: Fit, version: Version, store: Path, progress: Progress = lambda *_: None) -> Learnt:
    """The artifact that `asked` describes, learnt from `version`. Raises Error."""
    module = _module(kind)
    started = time.time()
    check_name(asked.name, kind, store)
    rows = VersionRows(version, asked, lambda done, total: progress(f"reading {version}", done, total))
    question = _question(kind, asked, version, code_hash(module.__name__, module.LIBRARIES))

    def write(folder: Path) -> dict[str, Any]:
        details = module.learn(rows, asked, folder)
        return {
            "kind": kind,
            "parameters": asked.learnt_by(names=True),
            "made_from": {
                "dataset": version.manifest["dataset"],
                "version": version.manifest["version"],
                "got": version.manifest["got"],
                "columns": list(rows.columns),
                "rows": rows.chosen,
                "sampled": len(rows),
            },
            "details": details,
            "seed": asked.seed,
            "libraries": {name: importlib.metadata.version(name) for name in module.LIBRARIES},
            "dprep": importlib.metadata.version("dprep"),
            "clock": clock(started),
        }

    artifact, cached = artifacts.make(store, asked.name, question, write)
    return Learnt(artifact, cached)


def _module(kind: str) -> Any:
    """The file of a kind. Raises Error (`missing-library`) where it needs what is not installed."""
    try:
        return module_of(kind)
    except ModuleNotFoundError as fault:
        if (fault.name or "dprep").startswith("dprep"):
            raise
        help = f"`dprep doctor` names the command; `pip install {fault.name}` may do"
        raise fail("missing-library", f"`dprep fit {kind}` needs the library `{fault.name}`", help) from None


def _question(kind: str, asked: Fit, version: Version, code: str) -> str:
    """32 hex digits for all that the answer depends on."""
    told = [kind, asked.learnt_by(), version.manifest["got"], version.manifest["task"], code]
    return xxhash.xxh3_128_hexdigest(orjson.dumps(told))


def clock(started: float) -> dict[str, Any]:
    """When and where something was made, and in what time."""
    return {
        "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
        "seconds": round(time.time() - started, 3),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def check_name(name: str, kind: str, store: Path) -> None:
    """The versions of one name are of one kind. Raises Error (`wrong-artifact`)."""
    others = [artifact for artifact in artifacts.list_artifacts(store, name) if artifact.kind != kind]
    if others:
        sentence = f"`{name}` is an artifact of kind `{others[-1].kind}` already"
        raise Error(Problem("wrong-artifact", sentence, help="give another `name`"))
