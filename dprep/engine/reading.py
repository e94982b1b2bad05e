"""Files to rows: every source is read once into spooled blocks, from which types, ids and line numbers are settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
import xxhash

from dprep import base
from dprep.base.problem import Error, Place, Problem
from dprep.engine.blocks import read_array
from dprep.engine.fitted import in_types_of, told_apart
from dprep.engine.identity import U64, Repeats, final_ids, repeats
from dprep.engine.names import check_made
from dprep.engine.pool import Task
from dprep.engine.shapes import check_shapes
from dprep.engine.spool import LINE, Batch, Piece, Spooled, read_batch, spooled_rows
from dprep.engine.work import Work
from dprep.plan.model import Plan, PlannedSource
from dprep.store.formats import File, ranges
from dprep.store.formats import kinds as k
from dprep.store.formats.kinds import Kind

Job = tuple[int, Batch]
"""What one task reads, and the number of its source."""

SMALL_FILE = 2**20
"""Bytes below which files are read together: a folder of pages must not be a folder of tasks."""
MOST_FILES = 500
FEWEST_REJECTED = 100
SHARE_REJECTED = 0.01


@dataclass(frozen=True)
class Rejected:
    """A record that could not be read."""

    file: str
    line: int
    reason: str
    detail: str
    raw: str


@dataclass(frozen=True)
class Intake:
    """All sources, read."""

    blocks: tuple[Spooled, ...]
    kinds: dict[str, Kind]
    """Final kind of every column, in output order."""
    repeated: Repeats
    key_sources: frozenset[int]
    """Sources whose own key is the id: there a repeat is rejected."""
    rejected: tuple[tuple[int, Rejected], ...]
    files: tuple[dict[str, Any], ...]
    faults: tuple[str, ...]
    seconds: float = 0.0
    """Spent by all tasks together."""

    def start(self, block: int) -> int:
        """Rows in the blocks before `block`."""
        return sum(b.rows for b in self.blocks[:block])


def read_sources(work: Work) -> Intake:
    """Read every file of every source into spooled blocks; raises Error where a source has too many rejected records."""
    quotas = source_quotas(work.limit, len(work.plan.sources))
    jobs = [
        (number, _batch(work, planned, parts, quotas[number]))
        for number, planned in enumerate(work.plan.sources)
        for parts in _batches(work, planned)
    ]
    tasks: list[Task] = [(read_batch, (batch,)) for _, batch in jobs]
    notes = work.map("read", tasks) if work.limit is None else _enough(tasks, [number for number, _ in jobs], quotas)
    intake = _gathered(work, jobs, notes, quotas)
    check_made(work.plan.steps, intake.kinds)
    _judge(work.plan, intake)
    if intake.blocks:
        check_shapes(work.plan, {name: k.dtype(kind) for name, kind in intake.kinds.items()})
    return intake


Parts = tuple[tuple[File, tuple[int, int]], ...]
"""Files and the spans of them that are read."""


def _batches(work: Work, planned: PlannedSource) -> Iterator[Parts]:
    """The ranges of large files each alone, small files together; a trial reads every file from its start."""
    small: list[tuple[File, tuple[int, int]]] = []
    held = 0
    for file in planned.files:
        alone = not 0 <= file.size < SMALL_FILE
        if small and (alone or held + file.size > work.sizes.bytes or len(small) >= MOST_FILES):
            yield tuple(small)
            small, held = [], 0
        if not alone:
            small.append((file, (0, -1)))
            held += file.size
            continue
        spans = [(0, -1)]
        if work.limit is None:
            spans = ranges(file, planned.reading, work.sizes.range_bytes, work.sizes.bytes)
        yield from (((file, span),) for span in spans)
    if small:
        yield tuple(small)


def _batch(work: Work, planned: PlannedSource, parts: Parts, quota: int | None) -> Batch:
    folder = work.cache / "read" / _read_key(work, planned, parts, quota)
    return Batch(parts, planned.reading, str(folder), planned.source.name, key_column(planned), work.sizes, quota)


def source_quotas(limit: int | None, sources: int) -> list[int | None]:
    """How many rows each source may give: a trial takes some of every source."""
    if limit is None:
        return [None] * sources
    return [limit // sources + (number < limit % sources) for number in range(sources)]


def _enough(tasks: list[Task], sources: list[int], quotas: list[int | None]) -> list[Any]:
    """The notes of a trial: files are read one by one, until their source has given its rows."""
    rows: Counter[int] = Counter()
    notes: list[Any] = []
    for (function, given), source in zip(tasks, sources, strict=True):
        full = rows[source] >= (quotas[source] or 0)
        nothing = {"blocks": [], "parts": [{"rejected": [], "lines": 0, "fault": ""}] * len(given[0].parts), "seconds": 0.0}
        notes.append(nothing if full else function(*given))
        rows[source] += sum(block["rows"] for block in notes[-1]["blocks"])
    return notes


def _read_key(work: Work, planned: PlannedSource, parts: Parts, quota: int | None) -> str:
    source = [planned.source.name, planned.source.id, asdict(planned.reading)]
    # the ranges of one file share a folder
    files = [[work.prints[file.path], file.name] for file, _ in parts]
    sizes = work.sizes
    told = [files, source, [sizes.rows, sizes.bytes, sizes.range_bytes], quota, engine_revision()]
    return xxhash.xxh3_128_hexdigest(orjson.dumps(told, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS))


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _gathered(work: Work, jobs: list[Job], notes: list[dict[str, Any]], quotas: list[int | None]) -> Intake:
    blocks = _blocks(work, jobs, notes, quotas)
    kinds: dict[str, Kind] = {}
    for block in blocks:
        for name, packed in block.kinds.items():
            seen = k.from_json(packed)
            kinds[name] = k.merge(kinds[name], seen) if name in kinds else seen
    rejected, faults = [], []
    for (number, batch), firsts, note in zip(jobs, _first_lines(jobs, notes), notes, strict=True):
        for (file, _), first, part in zip(batch.parts, firsts, note["parts"], strict=True):
            for r in part["rejected"]:
                rejected.append((number, Rejected(file.name, first + r["line"], r["reason"], r["detail"], r["raw"])))
            if part["fault"]:
                faults.append(part["fault"])
    base, repeated = work.plan.extends, repeats(_all_ids(blocks), sum(block.rows for block in blocks), work.cache)
    intake = Intake(
        blocks=tuple(blocks),
        kinds=_ordered(work.plan, kinds if base is None else in_types_of(base, kinds)),
        repeated=repeated if base is None or not blocks else told_apart(base, *_ids_and_keyed(work.plan, blocks), repeated),
        key_sources=frozenset(n for n, planned in enumerate(work.plan.sources) if planned.source.id),
        rejected=tuple(rejected),
        files=(),
        faults=tuple(faults),
        seconds=sum(note["seconds"] for note in notes),
    )
    if intake.key_sources:
        intake = replace(intake, rejected=(*intake.rejected, *_repeated_keys(intake, work.plan)))
    return replace(intake, files=tuple(_files(intake, jobs, work.prints)))


def _first_lines(jobs: list[Job], notes: list[dict[str, Any]]) -> list[list[int]]:
    """For every part of every batch, the lines of its file before it."""
    before: Counter[tuple[int, str]] = Counter()
    firsts: list[list[int]] = []
    for (number, batch), note in zip(jobs, notes, strict=True):
        firsts.append([])
        for (file, _), part in zip(batch.parts, note["parts"], strict=True):
            firsts[-1].append(before[number, file.name])
            before[number, file.name] += part["lines"]
    return firsts


def _blocks(work: Work, jobs: list[Job], notes: list[dict[str, Any]], quotas: list[int | None]) -> list[Spooled]:
    blocks, left = [], list(quotas)
    for (number, batch), firsts, note in zip(jobs, _first_lines(jobs, notes), notes, strict=True):
        for made in note["blocks"]:
            quota = left[number]
            rows = made["rows"] if quota is None else min(quota, made["rows"])
            left[number] = None if quota is None else quota - rows
            if rows:
                file, span = batch.parts[0]
                again = (file, work.plan.sources[number].reading, span) if made["again"] else None
                pieces = _pieces(batch, firsts, made["pieces"], rows)
                blocks.append(Spooled(str(Path(batch.folder) / made["stem"]), rows, number, pieces, made["kinds"], again))
    return blocks


def _pieces(batch: Batch, firsts: list[int], made: list[list[int]], rows: int) -> tuple[Piece, ...]:
    """The pieces of a block, as far as its first `rows` rows."""
    found = []
    for part, count in made:
        taken = min(count, rows)
        rows -= taken
        if taken:
            found.append(Piece(batch.parts[part][0].name, firsts[part], taken))
    return tuple(found)


def _all_ids(blocks: list[Spooled]) -> Iterator[U64]:
    """Content hashes of all rows, block by block."""
    for block in blocks:
        yield read_array(block.stem + ".ids.npy", mapped=True)[: block.rows]


def _ids_and_keyed(plan: Plan, blocks: list[Spooled]) -> tuple[U64, npt.NDArray[np.bool_]]:
    """Content hashes of all rows, and whether each comes from a source with its own key."""
    by_key = [bool(plan.sources[block.source].source.id) for block in blocks]
    return np.concatenate(list(_all_ids(blocks))), np.repeat(by_key, [block.rows for block in blocks])


def _files(intake: Intake, jobs: list[Job], prints: dict[str, str]) -> list[dict[str, Any]]:
    rows: Counter[tuple[int, str]] = Counter()
    bad = Counter((number, record.file) for number, record in intake.rejected)
    for block in intake.blocks:
        for piece in block.pieces:
            rows[block.source, piece.file] += piece.rows
    for number, record in intake.rejected:
        rows[number, record.file] -= record.reason == "duplicate-key"
    return [
        {
            "source": n,
            "name": f.name,
            "bytes": f.size,
            "hash": prints[f.path],
            "rows": rows[n, f.name],
            "rejected": bad[n, f.name],
        }
        for n, f in dict.fromkeys((number, file) for number, batch in jobs for file, _ in batch.parts)
    ]


def _ordered(plan: Plan, kinds: dict[str, Kind]) -> dict[str, Kind]:
    """Mapped columns as the recipe lists them, then the others by name: the order in the files must not matter."""
    mapped = dict.fromkeys(name for planned in plan.sources for name in [*planned.reading.columns, *planned.reading.required])
    first = [name for name in mapped if name in kinds]
    return {name: kinds[name] for name in [*first, *sorted(kinds.keys() - set(first))]}


def _repeated_keys(intake: Intake, plan: Plan) -> list[tuple[int, Rejected]]:
    """Second rows with a key that their source calls its id: they are rejected."""
    found, start = [], 0
    where = f", here or in `{plan.extends}`" if plan.extends else ""
    for block in intake.blocks:
        repeated = intake.repeated.within(start, start + block.rows)
        start += block.rows
        if block.source not in intake.key_sources or not len(repeated.places):
            continue
        key = key_column(plan.sources[block.source])
        rows = spooled_rows(block)
        rows = rows.with_columns(block.origins(rows.get_column(LINE)))[repeated.places.tolist()]
        for origin, value in zip(rows.get_column("origin").to_list(), rows.get_column(key).to_list(), strict=True):
            detail = f"the key `{key}` = {str(value)[:200]!r} was there before{where}"
            file, _, line = origin.rpartition(":")
            found.append((block.source, Rejected(file, int(line), "duplicate-key", detail, str(value)[:2000])))
    return found


def _judge(plan: Plan, intake: Intake) -> None:
    """Raise Error where a source has more rejected records than it may have."""
    problems = []
    for number, planned in enumerate(plan.sources):
        bad = [record for n, record in intake.rejected if n == number]
        records = len(bad) + sum(file["rows"] for file in intake.files if file["source"] == number)
        allowed = allowed_rejects(planned.source.max_rejected, records)
        if planned.source.max_rejected is None and len(bad) == records:
            allowed = 0  # nothing could be read: that is no file with a few faults
        if len(bad) > allowed:
            problems.append(_too_many(bad, records, allowed))
    if problems:
        raise Error(problems, exit_code=1)


def _too_many(bad: list[Rejected], records: int, allowed: int) -> Problem:
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in Counter(r.reason for r in bad).most_common())
    sentence = f"{len(bad):,} of {records:,} records could not be read ({reasons}); at most {allowed:,} may be"
    help = f"the first: {bad[0].detail}; mend the file, or allow more with `max_rejected` in its [[source]]"
    return Problem("too-many-rejected", sentence, Place(bad[0].file, bad[0].line), help)


def allowed_rejects(limit: int | float | None, records: int) -> int:
    """How many of `records` may be rejected: a number, a share below 1, or by default the larger of 100 and 1 %."""
    if limit is None:
        return max(FEWEST_REJECTED, int(SHARE_REJECTED * records))
    return int(limit * records) if isinstance(limit, float) and limit < 1 else int(limit)


@dataclass(frozen=True)
class Opening:
    """What a task needs to open a spooled block."""

    block: Spooled
    repeated: Repeats
    by_key: bool
    final: dict[str, dict[str, Any]]


def openings(intake: Intake) -> list[Opening]:
    """One per block."""
    final = {name: k.to_json(kind) for name, kind in intake.kinds.items()}
    made, start = [], 0
    for block in intake.blocks:
        found = intake.repeated.within(start, start + block.rows)
        made.append(Opening(block, found, block.source in intake.key_sources, final))
        start += block.rows
    return made


def open_spooled(opening: Opening) -> pl.DataFrame:
    """The rows of a spooled block: id, origin, then every column in its final type."""
    block = opening.block
    raw = spooled_rows(block)
    ids = read_array(block.stem + ".ids.npy")[: block.rows]
    columns = []
    for name, packed in opening.final.items():
        final = k.from_json(packed)
        if name in raw.columns:
            columns.append(k.settle(raw.get_column(name), k.from_json(block.kinds[name]), final).alias(name))
        else:
            columns.append(pl.Series(name, [None], dtype=k.dtype(final)).new_from_index(0, len(raw)))
    origin = block.origins(raw.get_column(LINE))
    unrepeated = Repeats(np.zeros(0, np.int64), np.zeros(0, np.int64))
    rows = pl.DataFrame([final_ids(ids, unrepeated if opening.by_key else opening.repeated), origin, *columns])
    if opening.by_key and len(opening.repeated.places):
        kept = np.ones(len(rows), dtype=bool)
        kept[opening.repeated.places] = False
        rows = rows.filter(pl.Series(kept))
    return rows


@cache
def engine_revision() -> str:
    """Hash of the sources that read and move rows: a cache made by other code is not used."""
    rooms = (Path(__file__).parent, Path(k.__file__).parent, Path(base.__file__ or "").parent)
    files = sorted(path for room in rooms for path in room.glob("*.py"))
    return xxhash.xxh3_128_hexdigest(b"\0".join(path.read_bytes() for path in files))


def key_column(planned: PlannedSource) -> str:
    """Our name of the column that a source calls its id; empty where ids come from content."""
    theirs = planned.source.id
    return next((ours for ours, name in planned.reading.columns.items() if name == theirs), theirs)
