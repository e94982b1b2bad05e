"""One run: look the answer up, or make it and publish it as a version."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from dprep.base.problem import Error, Problem, did_you_mean, fail
from dprep.base.step import Step
from dprep.engine.extends import told
from dprep.engine.local import Finished, asked, carry_out, fingerprints
from dprep.engine.pool import Pool
from dprep.engine.resources import settle
from dprep.engine.stdin import kept_stdin
from dprep.engine.work import Progress, Work, quiet
from dprep.plan.fingerprint import revision
from dprep.plan.model import Plan
from dprep.store import layout
from dprep.store.card import write_card
from dprep.store.commit import disk_problem, remove, write_file
from dprep.store.croissant import write_croissant
from dprep.store.formats import File
from dprep.store.gc import gc
from dprep.store.manifest import describe_files, read_ledger, read_version, write_json, write_manifest


class Report(Protocol):
    """Writes the report of the version in `folder`, whose manifest is not there yet; tells what went wrong."""

    def __call__(self, folder: Path, *, manifest: Mapping[str, Any], ledger: Mapping[str, Any]) -> str: ...


LIBRARIES = ("polars", "pyarrow", "numpy", "numba", "xxhash", "orjson")


@dataclass(frozen=True)
class Ran:
    """What a run came to."""

    folder: Path
    manifest: dict[str, Any]
    ledger: dict[str, Any]
    cached: bool
    again: bool = False
    """It was made again and came to the version that was there."""

    @property
    def faults(self) -> tuple[str, ...]:
        """A sentence for every file that broke off; its rows before that are in."""
        return tuple(self.manifest.get("broke_off", ()))

    def summary(self) -> dict[str, Any]:
        """The object that `run --json` prints."""
        m, seconds = self.manifest, self.ledger["clock"]["seconds"]
        fields = ("name", "op", "in", "added", "dropped", "changed", "out", "reasons")
        steps = [{**{f: step[f] for f in fields}, "seconds": seconds.get(step["name"], 0.0)} for step in self.ledger["steps"]]
        return {
            "dataset": m["dataset"],
            "version": m["version"],
            "path": str(self.folder),
            "asked": m["asked"],
            "got": m["got"],
            "cached": self.cached,
            "rows": m["rows"],
            "steps": steps,
            **({"broke_off": list(self.faults)} if self.faults else {}),
        }


@dataclass(frozen=True)
class Request:
    """How a plan is to be run."""

    store: Path
    workers: int | None = None
    memory: str | None = None
    limit: int | None = None
    until: str | None = None
    fresh: bool = False


def run_plan(plan: Plan, request: Request, report: Report, progress: Progress = quiet, ahead: Pool | None = None) -> Ran:
    """Run `plan`, or find the version that already answers it. `ahead`: workers that wait already. Raises Error."""
    started = time.time()
    cache = layout.cache(request.store)
    plan = kept_stdin(_until(plan, request.until), cache)
    files = [file for planned in plan.sources for file in planned.files]
    if cache.is_dir() and not os.access(cache, os.W_OK) and (told := _looked_up(plan, request, files)):
        return told
    with layout.locked(cache / ".in-use", shared=True):  # `gc` leaves a cache alone that is in use
        try:
            prints = fingerprints(files, cache)
            question = asked(plan, prints, request.limit, request.until)
            known = None if request.fresh else _known(plan, request, question)
            if known is not None:
                return _opened(known, cached=True)
            free = shutil.disk_usage(cache).free
            resources = settle(request.workers, request.memory, [file.size for file in files], free)
            own = f"fresh/{uuid.uuid4().hex}" if request.fresh else ""
            try:
                with _pool(resources.workers, plan, ahead) as pool:
                    work = Work(plan, request.store, prints, resources.sizes, pool, request.limit, progress, own)
                    finished = carry_out(work, question)
            finally:
                if own:
                    remove(cache / own)
        except pl.exceptions.PanicException as panic:  # no Exception to Python, so nobody would tell it as a problem
            raise RuntimeError(f"polars: {panic}") from panic
        except OSError as fault:
            raise disk_problem(fault, cache / "stages") from fault
        ran = _published(plan, request, finished, report, started, resources.workers)
    _trim(request.store)
    return ran


def _pool(workers: int, plan: Plan, ahead: Pool | None) -> Pool:
    if ahead is not None and ahead.workers == workers and plan.ops_folder is None:
        return ahead
    return Pool(workers, ops_folder=plan.ops_folder)


def _looked_up(plan: Plan, request: Request, files: list[File]) -> Ran | None:
    """The answer of a store that can only be read, where nothing is locked and nothing kept; None if it has none."""
    question = asked(plan, fingerprints(files, layout.cache(request.store)), request.limit, request.until)
    known = None if request.fresh else _known(plan, request, question)
    return _opened(known, cached=True) if known else None


def _until(plan: Plan, until: str | None) -> Plan:
    """The plan up to and with the step called `until`: rows that are not done yet cannot stand behind those of a version."""
    if until is None:
        return plan
    names = [step.name for step in plan.steps]
    if until not in names:
        cure = did_you_mean(until, names) or f"its steps: {', '.join(names)}"
        raise Error(Problem("unknown-step", f"the recipe has no step `{until}`", help=cure))
    steps = plan.steps[: names.index(until) + 1]
    return replace(plan, steps=steps, extends=plan.extends if steps == plan.steps else None)


def _known(plan: Plan, request: Request, question: str) -> Path | None:
    if request.limit is None and request.until is None:
        return layout.find_asked(request.store, plan.name, question)
    folder = layout.trial_folder(request.store, plan.name, question)
    return folder if (folder / "manifest.json").exists() else None


def _opened(folder: Path, *, cached: bool) -> Ran:
    return Ran(folder, read_version(folder), read_ledger(folder), cached)


def _published(plan: Plan, request: Request, finished: Finished, report: Report, started: float, workers: int) -> Ran:
    manifest = _manifest(plan, finished)

    def finish(staged: Path, version: str) -> None:
        manifest["version"] = version
        manifest["clock"] = {
            "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
            "seconds": round(time.time() - started, 3),
            "workers": workers,
            "root": os.path.relpath(plan.recipe.root, request.store),
            "recipe": os.path.relpath(plan.recipe.folder, request.store),
            "python": platform.python_version(),
            "platform": platform.platform(),
        }
        ledger = finished.ledger.to_json()
        write_json(staged / "ledger.json", ledger)
        write_file(staged / "recipe.toml", plan.recipe.text)
        write_card(staged, manifest, ledger)
        write_croissant(staged, manifest)
        # only what is the same for the same question: the pages show the clock
        described = describe_files(staged, finished.data.get("linked", {}))
        manifest["files"] = [file for file in described if file["path"].startswith(("data/", "dropped/", "rejected/"))]
        if fault := report(staged, manifest=manifest, ledger=ledger):
            manifest["clock"]["report"] = fault
        write_manifest(staged, manifest)  # type: ignore[arg-type]

    try:
        if request.limit is None and request.until is None:
            folder, cached = layout.publish(finished.folder, request.store, plan.name, finished.asked, finish)
        else:
            folder, cached = layout.publish_trial(finished.folder, request.store, plan.name, finished.asked, finish), False
    except BaseException:
        remove(finished.folder)
        raise
    ran = replace(_opened(folder, cached=cached), again=cached)
    if ran.manifest["got"] != finished.data["got"]:
        was, now = ran.manifest["got"][:12], finished.data["got"][:12]
        raise fail(
            "not-reproduced",
            f"the version `{folder}` answers the same question with other rows: got {was} then, {now} now",
            "an operator gave two answers to one question; compare library versions in both manifests, and report it",
        )
    return ran


def _manifest(plan: Plan, finished: Finished) -> dict[str, Any]:
    recipe, data = plan.recipe, finished.data
    ledger = finished.ledger.entries
    manifest: dict[str, Any] = {
        "format": 1,
        "dataset": plan.name,
        "version": "",
        "task": plan.task,
        "asked": finished.asked,
        "got": data["got"],
        "seed": plan.seed,
        "license": recipe.dataset.license,
        "description": recipe.dataset.description,
        "rows": {
            "in": ledger[0].rows_in,
            "out": ledger[-1].rows_out,
            "rejected": len(finished.intake.rejected),
            "parts": data["parts"] or {"train": 0},
        },
        "columns": data["columns"],
        "labels": sorted(data["labels"]) if plan.task == "classification" else [],
        "broke_off": list(finished.intake.faults),
        **({"extends": told(plan.extends, data)} if plan.extends else {}),
        "sources": _sources(plan, finished),
        "steps": [_step(plan, step, finished.notes) for step in finished.steps],
        "overrides": list(recipe.overrides),
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "files": [],
        "dprep": importlib.metadata.version("dprep"),
        "clock": {},
    }
    return manifest


def _sources(plan: Plan, finished: Finished) -> list[dict[str, Any]]:
    listed = []
    for number, planned in enumerate(plan.sources):
        keys = ("name", "bytes", "hash", "rows", "rejected")
        files = [{key: file[key] for key in keys} for file in finished.intake.files if file["source"] == number]
        listed.append({"name": planned.source.name or str(number + 1), "license": planned.source.license, "files": files})
    return listed


def _step(plan: Plan, step: Step, notes: dict[str, Any]) -> dict[str, Any]:
    entry = {
        "name": step.name,
        "op": step.op_name,
        "parameters": step.op.identity(names=True),
        "columns": list(step.columns),
        "parts": list(step.parts) if step.parts else None,
        "when": step.when,
        "revision": revision(step.op_name, plan.ops_folder),
    }
    return {**entry, "notes": notes[step.name]} if notes.get(step.name) else entry


def _trim(store: Path) -> None:
    """Keep the cache under its cap; another run that is under way uses it, so then it waits for a later run."""
    try:
        gc(store, trials=False)
    except Error as error:
        if error.problems[0].code != "store-in-use":
            raise
