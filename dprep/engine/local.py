"""Run a plan on this machine: read, stages between decisions, write. Three verbs: map, decide (or cluster), write."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import xxhash

from dprep.base.columns import ColumnPath
from dprep.base.problem import fail
from dprep.base.step import Step
from dprep.engine.answering import answer_folders
from dprep.engine.blocks import read_json, write_json
from dprep.engine.decide import Decision, decide
from dprep.engine.extends import check_fit, check_parts, joined, with_old_rows
from dprep.engine.placing import shown_at
from dprep.engine.pool import Pool, Task
from dprep.engine.reading import Intake, allowed_rejects, engine_revision, openings, read_sources
from dprep.engine.resources import model_pool
from dprep.engine.stages import Handle, Stage, cut_stages, left_behind, run_block
from dprep.engine.tally import masks
from dprep.engine.work import Progress, Work, quiet
from dprep.engine.writing import Dropped, segments, write_data, write_rejected
from dprep.plan.fingerprint import asked as asked_of
from dprep.plan.fingerprint import revision
from dprep.plan.model import Plan
from dprep.store import layout
from dprep.store.commit import remove
from dprep.store.formats import File, fingerprint
from dprep.store.formats.kinds import to_json
from dprep.store.ledger import Entry, Ledger

__all__ = ["Finished", "Progress", "asked", "carry_out", "fingerprints", "quiet"]

TASK_CASTS = {"classification": "string", "regression": "float"}
"""The type of `label` that a task wants, whatever the file had."""

Verdicts = Sequence[str | None]


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
    if fresh and os.access(cache, os.W_OK):  # a store that can only be read still answers what it knows
        write_json(known_at, dict(list({**known, **fresh}.items())[-100_000:]))
    return found


def _state(file: File) -> str:
    path = Path(file.path)
    try:
        stat = path.stat()
    except (OSError, ValueError):
        return ""
    name = str(path).encode("utf-8", "backslashreplace").decode()  # a path may be no text
    return "" if path.is_dir() else f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ino}"


def asked(plan: Plan, prints: dict[str, str], limit: int | None, until: str | None) -> str:
    """What the run answers, known before it starts. A trial asks something else than the whole run."""
    whole = asked_of(plan, [prints[file.path] for planned in plan.sources for file in planned.files])
    return whole if limit is None and until is None else xxhash.xxh3_128_hexdigest(f"{whole}\0{limit}\0{until}".encode())


def carry_out(work: Work, question: str) -> Finished:
    """Everything between a checked plan and a staged version. Raises Error."""
    intake = read_sources(work)
    if not intake.blocks and not intake.rejected:
        if intake.faults:
            raise fail("no-rows", f"no row could be read: {'; '.join(intake.faults)}", "fetch or make the files again")
        cure = "look at the paths of the recipe; `dprep check` lists the files it finds"
        raise fail("no-rows", "the sources hold no rows", cure)
    staged = layout.staging_folder(work.store, work.plan.name)
    try:
        return _stages(work, question, intake, staged)
    except BaseException:
        remove(staged)
        raise


def _stages(work: Work, question: str, intake: Intake, staged: Path) -> Finished:
    plan = work.plan
    blocks: Sequence[Any] = openings(intake)
    verdicts: Verdicts = [None] * len(blocks)
    key = xxhash.xxh3_128_hexdigest(_told(work, intake))
    ledger, notes = Ledger(), {}
    done: list[Step] = []
    leavers: list[Dropped] = []
    spent = intake.seconds  # on the first step of the next stage, before its blocks are opened
    for cut in cut_stages(plan.steps):
        before, local, ends = cut.before, cut.steps, cut.ends
        masking = tuple(step for step in plan.steps if masks(step) and step not in (*done, *local))
        prints = _step_prints(plan, [s for s in (before, *local, *masking) if s])
        key = xxhash.xxh3_128_hexdigest(f"{key}\0{prints}".encode())
        folder = work.cache / "stages" / key
        after = done[-1] if before else None
        answers = answer_folders(local, work.cache, plan.ops_folder)
        asks = xxhash.xxh3_64_hexdigest(_step_prints(plan, [ends]).encode()) if ends else ""
        contract, packed = (_required(plan), _casts(plan)), work.sizes.packed
        stage = Stage(str(folder), after, local, ends, cut.opens, *contract, masking, answers, asks, packed, plan.text_columns)
        done += local
        with model_pool(plan.ops_folder) if cut.model else nullcontext(work.pool) as pool:
            blocks, pages, told, gone = _map(work, pool, stage, blocks, verdicts, len(ledger.entries))
        leavers += gone
        pages.entries[0].seconds += spent
        _judge(pages)
        ledger, verdicts = ledger + pages, [None] * len(blocks)
        if ends is not None:
            started = time.perf_counter()
            decision = _decided(work, ends, blocks, f"{key}{_step_prints(plan, [ends])}")
            spent = told + time.perf_counter() - started
            done.append(decision.step)
            verdicts, notes[ends.name] = decision.verdicts, decision.notes
    if ledger.unbalanced():
        raise RuntimeError(f"the books do not balance: {ledger.unbalanced()}")
    base = plan.extends
    if base is not None:
        check_fit(base, blocks)
    data = write_data(work, staged, segments(blocks), leavers)
    if base is not None:
        check_parts(base, data["parts"])
        data, ledger = joined(base, staged, data), with_old_rows(ledger, base)
    write_rejected(staged, intake.rejected, [planned.source.name for planned in plan.sources])
    return Finished(staged, question, ledger, intake, done, data, notes)


def _map(
    work: Work, pool: Pool, stage: Stage, blocks: Sequence[Any], verdicts: Verdicts, first: int
) -> tuple[list[Handle], Ledger, float, list[Dropped]]:
    """All blocks through one stage. `first`: number of its first step.

    Also returns the seconds spent on telling the next decision what it needs, and where the rows are that its steps dropped.
    """
    names = stage.names
    pairs = list(zip(blocks, verdicts, strict=True))
    tasks: list[Task] = [(run_block, (stage, n, block, verdict)) for n, (block, verdict) in enumerate(pairs)]
    with shown_at(work.plan, stage.steps):
        notes = work.map(stage.title, tasks, pool, [step for step in (*stage.steps, stage.ends) if step])
    handles = [left_behind(stage, n, block, verdict, notes[n]["rows"]) for n, (block, verdict) in enumerate(pairs)]
    gone = []
    for number, name in enumerate(names, first):
        pieces = [handle.dropped(name) for handle, note in zip(handles, notes, strict=True) if name in note["dropped"]]
        if pieces:
            gone.append(Dropped(number, name, tuple(pieces)))
    return handles, _pages(notes, names), sum(note["told"] for note in notes), gone


def _judge(pages: Ledger) -> None:
    """Raise Error where a step with `on_error = "drop"` failed on more rows than a source may have rejected."""
    for page in pages.entries:
        allowed = allowed_rejects(None, page.rows_in)
        if page.reasons["error"] > allowed:
            shown = page.samples["error"][0][1]
            sentence = f"step `{page.name}` ({page.op}) failed on {page.reasons['error']:,} of {page.rows_in:,} rows"
            raise fail("too-many-errors", f"{sentence}; at most {allowed:,} may be dropped", f"one of them: {shown}")


def _pages(notes: Sequence[dict[str, Any]], names: Sequence[str]) -> Ledger:
    summed: dict[str, Entry] = {} if notes else {name: Entry(name, name) for name in names}
    for page in (Entry.unpack(packed) for note in notes for packed in note["ledger"]):
        summed[page.name] = summed[page.name] + page if page.name in summed else page
    return Ledger(list(summed.values()))


def _decided(work: Work, step: Step, blocks: list[Handle], key: str) -> Decision:
    folder = work.cache / "stages" / xxhash.xxh3_128_hexdigest(key.encode())
    with shown_at(work.plan, [step]):
        return decide(step, blocks, folder, work.pool, work.progress)


def _required(plan: Plan) -> tuple[str, ...]:
    """The columns whose null is no text at all."""
    return tuple(dict.fromkeys(ColumnPath.parse(path).column for path in plan.text_columns))


def _casts(plan: Plan) -> tuple[tuple[str, str], ...]:
    return (("part", "string"), *((("label", TASK_CASTS[plan.task]),) if plan.task in TASK_CASTS else ()))


def _told(work: Work, intake: Intake) -> bytes:
    """What the first stage's checkpoints depend on."""
    blocks = [(block.stem, block.rows) for block in intake.blocks]
    kinds = [(name, to_json(kind)) for name, kind in intake.kinds.items()]
    repeated = [xxhash.xxh3_128_hexdigest(n.tobytes()) for n in (intake.repeated.places, intake.repeated.occurrence)]
    shape = [work.sizes.rows, work.sizes.bytes, _required(work.plan), _casts(work.plan), engine_revision()]
    return orjson.dumps([blocks, kinds, repeated, sorted(intake.key_sources), shape])


def _step_prints(plan: Plan, steps: Sequence[Step]) -> str:
    """What the checkpoints after these steps depend on besides what came before."""
    told = [
        [s.name, s.op.identity(), s.columns, s.parts, s.when, s.on_error, s.seed, revision(s.op_name, plan.ops_folder)]
        for s in steps
    ]
    return orjson.dumps(told, default=str).decode()
