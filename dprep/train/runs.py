"""Where runs stand: `<store>/runs/<name>/`. `asked.json` is written first, `run.json` last: if it is there, the run is whole.

asked.json    settings, version, base model, hashes           checkpoints/   while it trains
ledger.json   what the model did not get to see               model/         weights, tokenizer, template, contract
plan.json     steps, portions, weights that move              predictions/   <part>.parquet, one row for each row
log.jsonl     loss, metrics, speed                            metrics.json   scores with intervals
README.md     the model card                  dynamics.parquet  how each row of train was learnt
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import xxhash

from dprep.base.problem import Error, Problem, did_you_mean, fail
from dprep.store import layout
from dprep.store.commit import guarded, remove
from dprep.store.manifest import write_json

ASKED = "asked.json"
WHOLE = "run.json"
_NUMBER = re.compile(r"-(\d+)$")


@dataclass(frozen=True)
class Run:
    """The folder of a run, whole or under way."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def whole(self) -> bool:
        return (self.folder / WHOLE).is_file()

    @cached_property
    def asked(self) -> dict[str, Any]:
        """What was asked for. Raises Error (`broken-run`)."""
        return _read(self.folder / ASKED)

    @cached_property
    def told(self) -> dict[str, Any]:
        """What came of it. Raises Error (`broken-run`)."""
        return _read(self.folder / WHOLE)

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    def predictions(self, part: str) -> Path:
        return self.folder / "predictions" / f"{layout.check_part(part)}.parquet"

    def write(self, name: str, value: object, *, durable: bool = False) -> None:
        """Write one of the JSON files."""
        write_json(self.folder / name, value, durable=durable)

    def log(self, line: Mapping[str, Any]) -> None:
        """Add a line to the log."""
        with guarded(self.folder), (self.folder / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def steps_done(run: Run) -> int:
    """The last step that the log tells of: fewer than were planned where a run was stopped early."""
    with (run.folder / "log.jsonl").open("rb") as file:
        return max((int(json.loads(line).get("step", 0)) for line in file if line.strip()), default=0)


def identity(asked: Mapping[str, Any]) -> str:
    """32 hex digits for what a run was asked: the same question finds the same run."""
    return xxhash.xxh3_128(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def begin(store: Path, stem: str, name: str, asked: Mapping[str, Any], *, fresh: bool) -> Run:
    """The run that answers `asked`: whole, broken off, or a new folder. fresh: always a new one.

    stem: the name of new runs, without their number; name: what the user calls it, or empty. Raises Error (`run-name`,
    `bad-name`, `run-busy`).
    """
    if name and not layout.is_name(name):
        raise fail("bad-name", f"`{name[:120]}` cannot name a run", layout.NAMES)
    layout.check_name(name or stem)
    with layout.locked(layout.runs(store) / ".lock"):
        known = [run for run in list_runs(store, broken=True) if run.asked.get("identity") == asked["identity"]]
        known = [run for run in known if name in {"", run.name}]
        if known and not fresh:
            return next((run for run in known if run.whole), known[-1])
        run = Run(layout.runs(store) / (name or _next(store, stem)))
        if name and run.folder.exists():
            _give_way(run, fresh)
        with guarded(run.folder):
            run.folder.mkdir(parents=True)
        run.write(ASKED, asked, durable=True)
    return run


def _give_way(run: Run, fresh: bool) -> None:
    """A name is used again only where the user asks for it."""
    if not fresh or not (run.folder / ASKED).is_file():
        help = "choose another `--name`, or add `--fresh` to train it anew"
        raise Error(Problem("run-name", f"there is a run `{run.name}` already, which was asked something else", help=help))
    try:
        with layout.locked(run.folder / ".lock", wait=False):
            remove(run.folder)
    except BlockingIOError:
        raise busy(run) from None


def busy(run: Run) -> Error:
    """Somebody else trains it."""
    help = "wait for it, or stop it and start again"
    return Error(Problem("run-busy", f"the run `{run.name}` is being trained by another process", help=help), 1)


def _next(store: Path, stem: str) -> str:
    taken = [path.name for path in layout.runs(store).iterdir()] if layout.runs(store).is_dir() else []
    numbers = [int(found[1]) for name in taken if name.startswith(f"{stem}-") and (found := _NUMBER.search(name))]
    return f"{stem}-{max(numbers, default=0) + 1}"


def list_runs(store: Path, *, broken: bool = False) -> list[Run]:
    """The runs of a store by name; broken: also those that are not whole."""
    folder = layout.runs(store)
    found = sorted(path for path in folder.iterdir() if (path / ASKED).is_file()) if folder.is_dir() else []
    return [run for run in map(Run, found) if broken or run.whole]


def resolve(store: Path, reference: str) -> Run:
    """The whole run that a name or a path means. Raises Error (`no-such-run`, `broken-run`)."""
    path = Path(reference).expanduser()
    run = Run(path if "/" in reference or _is_run(path) else layout.runs(store) / reference)
    if not _is_run(run.folder):
        if "@" in reference:
            sentence = f"`{reference[:120]}` names a version of a dataset, not a run"
            raise Error(Problem("no-such-run", sentence, help="`dprep runs` lists the runs"))
        names = [each.name for each in list_runs(store)]
        help = did_you_mean(reference, names) or (f"there are {', '.join(names[-10:])}" if names else "`dprep train` makes one")
        raise Error(Problem("no-such-run", f"there is no run `{reference[:120]}`", help=help))
    if not run.whole:
        raise fail("broken-run", f"the run `{run.name}` is not finished", "the same `dprep train` goes on with it")
    return run


def is_named(store: Path, reference: str) -> bool:
    """Whether a run of the store, whole or not, or one in a folder, is called so."""
    return _is_run(layout.runs(store) / reference) or ("/" in reference and _is_run(Path(reference).expanduser()))


def is_meant(store: Path, reference: str) -> bool:
    """Whether a run is meant where versions and runs may be named: a dataset goes first where both are called so."""
    if "@" in reference or not is_named(store, reference):
        return False
    from dprep.store.versions import datasets

    return reference not in datasets(store)


def _is_run(folder: Path) -> bool:
    with suppress(OSError):  # a name that is too long is that of no run
        return (folder / ASKED).is_file()
    return False


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as fault:
        raise fail("broken-run", f"`{path}` cannot be read: {fault}", "train again with `--fresh`") from None
    if not isinstance(found, dict):
        raise fail("broken-run", f"`{path}` is no file of dprep", "train again with `--fresh`")
    return found
