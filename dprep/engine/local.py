"""Run a plan on this machine: read, stages between decisions, write, publish. Three verbs: map, decide (or cluster), write."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import xxhash

from dprep.base.columns import ColumnPath
from dprep.base.problem import Error, Problem, fail
from dprep.base.step import Step
from dprep.engine.blocks import Sizes, read_json, write_json
from dprep.engine.decide import Decision, decide
from dprep.engine.pool import Pool, Task
from dprep.engine.reading import Intake, engine_revision, openings, read_sources
from dprep.engine.resources import Resources
from dprep.engine.stages import Handle, Stage, block_stem, cut_stages, only_writes, run_block
from dprep.engine.writing import segments, write_data, write_dropped, write_rejected
from dprep.plan.fingerprint import asked as asked_of
from dprep.plan.model import Plan
from dprep.store import layout
from dprep.store.formats import File, fingerprint
from dprep.store.ledger import Entry, Ledger

Progress = Callable[[str, int, int], None]
"""Called with (what is done, pieces done, pieces in all)."""


def quiet(_what: str, _done: int, _total: int) -> None:
    """No progress shown."""


@dataclass
class Finished:
    """A version's content in its staging folder, and all that its manifest says."""

    folder: Path
    asked: str
    ledger: Ledger
    intake: Intake
    steps: list[Step]
    data: dict[str, Any]
    notes: dict[str, Any] = field(default_factory=dict)


def fingerprints(files: Sequence[File], cache: Path) -> dict[str, str]:
    """Content hash of every file, by path; a local file that kept size, time and inode is not read again."""
    known_at = cache / "fingerprints.json"
    known: dict[str, str] = {}
    if known_at.exists():
        try:
            known = read_json(known_at)
        except ValueError:  # a store from a machine that lost power: hash again
            known = {}
    found, fresh = {}, {}
    for file in files:
        key = _state(file)
        found[file.path] = known.get(key) or fingerprint(file)
        if key and key not in known:
            fresh[key] = found[file.path]
    if fresh:
        write_json(known_at, dict(list({**known, **fresh}.items())[-100_000:]))
    return found


def _state(file: File) -> str:
    path = Path(file.path)
    try:
        stat = path.stat()
    except (OSError, ValueError):
        return ""
    return "" if path.is_dir() else f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ino}"


def asked(plan: Plan, prints: dict[str, str], limit: int | None, until: str | None) -> str:
    """What the run answers, known before it starts. A trial asks something else than the whole run."""
    whole = asked_of(plan, [prints[file.path] for planned in plan.sources for file in planned.files])
    return whole if limit is None and until is None else xxhash.xxh3_128_hexdigest(f"{whole}\0{limit}\0{until}".encode())


def carry_out(plan: Plan, asked_: str, prints: dict[str, str], store: Path, resources: Resources, limit: int | None, progress: Progress) -> Finished:
    """Everything between a checked plan and a staged version. Raises Error."""
    cache = layout.cache(store)
    with Pool(resources.workers) as pool:
        intake = read_sources(plan, prints, cache, resources.sizes, pool, limit, progress)
        if not intake.blocks and not intake.rejected:
            raise fail("no-rows", "the sources hold no rows", "look at the paths of the recipe; `dprep check` lists the files it finds")
        staged = layout.staging_folder(store, plan.name)
        try:
            return _steps(plan, asked_, intake, cache, staged, resources, pool, progress)
        except BaseException:
            from dprep.store.commit import remove

            remove(staged)
            raise


def _steps(plan: Plan, asked_: str, intake: Intake, cache: Path, staged: Path, resources: Resources, pool: Pool, progress: Progress) -> Finished:
    blocks: Sequence[Any] = openings(intake)
    verdicts: Sequence[str | None] = [None] * len(blocks)
    key = xxhash.xxh3_128_hexdigest(_told(plan, intake, resources.sizes))
    ledger, done, notes = Ledger(), [], {}
    stages = cut_stages(plan.steps)
    last: Step | None = None
    for number, (before, local, ends) in enumerate(stages):
        key = xxhash.xxh3_128_hexdigest(f"{key}\0{_step_prints(plan, [s for s in (before, *local) if s])}".encode())
        stage = Stage(str(cache / "stages" / key), done[-1] if before else None, local, ends, _required(plan), _casts(plan))
        done += local
        if only_writes(stage):
            last = stage.after
            ledger = ledger + Ledger([_untouched(last, ledger)])  # type: ignore[arg-type]
            break
        blocks, pages = _map(stage, blocks, verdicts, pool, progress, staged, ledger)
        ledger, verdicts = ledger + pages, [None] * len(blocks)
        if ends is not None:
            decision = _decided(ends, blocks, cache, f"{key}{_step_prints(plan, [ends])}", pool, progress)
            done.append(decision.step)
            verdicts, notes[ends.name] = decision.verdicts, decision.notes
    if ledger.unbalanced():
        raise RuntimeError(f"the books do not balance: {ledger.unbalanced()}")
    data = write_data(staged, segments(blocks, verdicts), last, "train", pool, progress)
    write_rejected(staged, intake.rejected, [planned.source.name for planned in plan.sources])
    return Finished(staged, asked_, ledger, intake, done, data, notes)


def _map(stage: Stage, blocks: Sequence[Any], verdicts: Sequence[str | None], pool: Pool, progress: Progress, staged: Path, before: Ledger) -> tuple[list[Handle], Ledger]:
    what = stage.steps[-1].name if stage.steps else (stage.after.name if stage.after else "read")
    tasks: list[Task] = [(run_block, (stage, n, block, verdict)) for n, (block, verdict) in enumerate(zip(blocks, verdicts, strict=True))]
    notes: list[dict[str, Any]] = [{}] * len(tasks)
    progress(what, 0, len(tasks))
    for finished, (place, note) in enumerate(pool.run(tasks), 1):
        notes[place] = note
        progress(what, finished, len(tasks))
    handles = [Handle(str(block_stem(stage, n)), note["rows"]) for n, note in enumerate(notes)]
    names = ([stage.after.name] if stage.after else ["read"]) + [step.name for step in stage.steps]
    first = len(before.entries)
    for number, name in enumerate(names, first):
        pieces = [f"{handle.stem}.dropped-{name}.arrow" for handle, note in zip(handles, notes, strict=True) if name in note["dropped"]]
        if pieces:
            write_dropped(staged, number, name, pieces)
    pages = [Entry.unpack(packed) for note in notes for packed in note["ledger"]]
    summed: dict[str, Entry] = {}
    for page in pages:
        summed[page.name] = summed[page.name] + page if page.name in summed else page
    if not notes:
        summed = {name: Entry(name, name) for name in names}
    return handles, Ledger(list(summed.values()))


def _decided(step: Step, blocks: list[Handle], cache: Path, key: str, pool: Pool, progress: Progress) -> Decision:
    folder = cache / "stages" / xxhash.xxh3_128_hexdigest(key.encode())
    return decide(step, blocks, folder, pool, progress)


def _untouched(step: Step, ledger: Ledger) -> Entry:
    """A split moves no row in or out."""
    return Entry(step.name, step.op_name, rows_in=ledger.entries[-1].rows_out)


def _required(plan: Plan) -> tuple[str, ...]:
    """The columns whose null is no text at all."""
    return tuple(dict.fromkeys(ColumnPath.parse(path).column for path in plan.text_columns))


def _casts(plan: Plan) -> tuple[tuple[str, str], ...]:
    wanted = {"classification": "string", "regression": "float"}.get(plan.task)
    return (("label", wanted),) if wanted else ()


def _told(plan: Plan, intake: Intake, sizes: Sizes) -> bytes:
    """What the first stage's checkpoints depend on."""
    blocks = [(block.path, block.rows) for block in intake.blocks]
    final = [(name, str(kind)) for name, kind in intake.kinds.items()]
    repeated = [intake.repeated.places.tolist(), intake.repeated.occurrence.tolist()]
    told = [blocks, final, repeated, sorted(intake.key_sources), engine_revision(), sizes.rows, sizes.bytes, _required(plan), _casts(plan)]
    return orjson.dumps(told)


def _step_prints(plan: Plan, steps: Sequence[Step]) -> str:
    from dprep.plan.fingerprint import stage_key

    return stage_key(steps, plan.seed, plan.ops_folder)


def problem_of(fault: OSError, store: Path) -> Error:
    """A fault of the disk that reached the engine."""
    return Error(Problem("store-not-writable", f"the store `{store}` cannot be used: {fault}", help="choose another with `--store`"), 1)
