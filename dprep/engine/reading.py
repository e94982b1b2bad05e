"""Files to rows: every source is read once into spooled blocks, from which types, ids and line numbers are settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl
import xxhash

from dprep import base
from dprep.base.problem import Error, Place, Problem
from dprep.engine.blocks import Sizes, read_array, read_frame, read_json, write_array, write_frame, write_json
from dprep.engine.identity import Repeats, content_ids, final_ids, repeats
from dprep.engine.pool import Pool, Task
from dprep.plan.model import Plan, PlannedSource
from dprep.store.formats import Chunk, File, Reading, ranges, read
from dprep.store.formats import kinds as k
from dprep.store.formats.kinds import Kind

LINE = "__line"
FEWEST_REJECTED = 100
SHARE_REJECTED = 0.01


@dataclass(frozen=True)
class Spooled:
    """A block as it was read: columns in their first form, line numbers from the start of the range."""

    path: str
    rows: int
    source: int
    file: str
    first_line: int
    kinds: dict[str, Any]


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

    def start(self, block: int) -> int:
        """Rows in the blocks before `block`."""
        return sum(b.rows for b in self.blocks[:block])


Progress = Callable[[str, int, int], None]


def read_sources(plan: Plan, prints: dict[str, str], cache: Path, sizes: Sizes, pool: Pool, limit: int | None, progress: Progress) -> Intake:
    """Read every file of every source into spooled blocks; raises Error where a source has too many rejected records."""
    jobs = [
        (number, planned, file, span)
        for number, planned in enumerate(plan.sources)
        for file in planned.files
        for span in (ranges(file, planned.reading, sizes.range_bytes) if limit is None else [(0, -1)])
    ]
    tasks: list[Task] = []
    for _, planned, file, span in jobs:
        folder = cache / "read" / _read_key(planned, file, prints[file.path], sizes, limit)
        arguments = (file, planned.reading, span, str(folder), planned.source.name, key_column(planned), sizes, limit)
        tasks.append((read_range, arguments))
    notes: list[dict[str, Any]] = [{}] * len(tasks)
    progress("read", 0, len(tasks))
    for done, (place, note) in enumerate(pool.run(tasks), 1):
        notes[place] = note
        progress("read", done, len(tasks))
    intake = _gathered(plan, [(n, f) for n, _, f, _ in jobs], notes, prints, limit)
    _judge(plan, intake)
    return intake


def _read_key(planned: PlannedSource, file: File, print_: str, sizes: Sizes, limit: int | None) -> str:
    told = [print_, file.name, asdict(planned.reading), planned.source.name, planned.source.id, asdict(sizes), limit, engine_revision()]
    return xxhash.xxh3_128_hexdigest(orjson.dumps(told, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS))


def _plain(value: object) -> object:
    return dict(value) if hasattr(value, "keys") else str(value)


def read_range(
    file: File, reading: Reading, span: tuple[int, int], folder: str, source: str, key: str, sizes: Sizes, limit: int | None
) -> dict[str, Any]:
    """Task: read one range of a file into `folder`; a finished range is not read again."""
    side = Path(folder) / f"r{span[0]:015d}.json"
    if side.exists():
        found: dict[str, Any] = read_json(side)
        return found
    blocks: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    lines, fault, rows = 0, "", 0
    for chunk in _limited(read(file, reading, span, sizes.rows, sizes.bytes), limit):
        rejected += [asdict(r) | {"line": r.line} for r in chunk.rejected]
        if len(chunk.rows):
            blocks.append(_spool(chunk, side.with_name(f"{side.stem}-b{len(blocks):06d}"), source, key, reading))
        lines, fault, rows = lines + chunk.lines, fault or chunk.fault, rows + len(chunk.rows)
    note = {"blocks": blocks, "rejected": rejected, "lines": lines, "fault": fault}
    write_json(side, note)
    return note


def _limited(chunks: Iterator[Chunk], limit: int | None) -> Iterator[Chunk]:
    left = limit
    for chunk in chunks:
        if left is None:
            yield chunk
            continue
        cut = chunk.rows.head(left)
        last = int(chunk.places[len(cut) - 1]) if len(cut) else 0
        kept = [r for r in chunk.rejected if len(cut) == len(chunk.rows) or r.line <= last]
        yield Chunk(cut, chunk.kinds, chunk.places[: len(cut)], chunk.lines, kept, chunk.fault)
        left -= len(cut)
        if left <= 0:
            return


def _spool(chunk: Chunk, stem: Path, source: str, key: str, reading: Reading) -> dict[str, Any]:
    held_as_json = frozenset(name for name, kind in chunk.kinds.items() if _is_json(chunk.rows, name, kind))
    mapped = [key] if key else [name for name in (reading.columns or chunk.rows.columns) if name in chunk.rows.columns]
    ids = content_ids(source, chunk.rows, mapped, held_as_json)
    write_array(stem.with_suffix(".ids.npy"), ids)
    write_frame(stem.with_suffix(".arrow"), chunk.rows.with_columns(pl.Series(LINE, chunk.places)))
    return {"stem": str(stem), "rows": len(chunk.rows), "kinds": {name: k.to_json(kind) for name, kind in _all_kinds(chunk).items()}}


def _is_json(rows: pl.DataFrame, name: str, kind: Kind) -> bool:
    scalars = kind.scalars - {"null"}
    return rows.schema[name] == pl.String and (kind.items is not None or kind.fields is not None or len(scalars) > 1)


def _gathered(plan: Plan, jobs: list[tuple[int, File]], notes: list[dict[str, Any]], prints: dict[str, str], limit: int | None) -> Intake:
    blocks: list[Spooled] = []
    rejected: list[tuple[int, Rejected]] = []
    kinds: dict[str, Kind] = {}
    ids: list[np.ndarray] = []
    files: list[dict[str, Any]] = []
    faults: list[str] = []
    before: dict[tuple[int, str], int] = {}
    left = limit
    for (number, file), note in zip(jobs, notes, strict=True):
        first = before.get((number, file.name), 0)
        if (number, file.name) not in before:
            files.append({"source": number, "name": file.name, "bytes": file.size, "hash": prints[file.path], "rows": 0, "rejected": 0})
        if note["fault"]:
            faults.append(f"{file.name}: {note['fault']}")
        for block in note["blocks"]:
            rows = block["rows"] if left is None else min(left, block["rows"])
            left = None if left is None else left - rows
            for name, kind in block["kinds"].items():
                seen = k.from_json(kind)
                kinds[name] = k.merge(kinds[name], seen) if name in kinds else seen
            if rows:
                blocks.append(Spooled(block["stem"], rows, number, file.name, first, block["kinds"]))
                ids.append(np.load(block["stem"] + ".ids.npy")[:rows])
                files[-1]["rows"] += rows
        for record in note["rejected"]:
            rejected.append((number, Rejected(file.name, first + record["line"], record["reason"], record["detail"], record["raw"])))
            files[-1]["rejected"] += 1
        before[number, file.name] = first + note["lines"]
    repeated = repeats(np.concatenate(ids) if ids else np.zeros((0, 2), np.uint64))
    keyed = frozenset(n for n, planned in enumerate(plan.sources) if planned.source.id)
    intake = Intake(tuple(blocks), _ordered(plan, kinds), repeated, keyed, tuple(rejected), tuple(files), tuple(faults))
    return _rejecting_repeated_keys(intake, plan) if keyed else intake


def _all_kinds(chunk: Chunk) -> dict[str, Kind]:
    """Kinds of every column; constants tell theirs by their type."""
    return {name: chunk.kinds[name] if name in chunk.kinds else k.kind_of_type(chunk.rows.schema[name]) for name in chunk.rows.columns}


def _ordered(plan: Plan, kinds: dict[str, Kind]) -> dict[str, Kind]:
    """Mapped columns as the recipe lists them, then the others by name: the order in the files must not matter."""
    mapped = dict.fromkeys(name for planned in plan.sources for name in [*planned.reading.columns, *planned.reading.required])
    first = [name for name in mapped if name in kinds]
    return {name: kinds[name] for name in [*first, *sorted(kinds.keys() - set(first))]}


def _rejecting_repeated_keys(intake: Intake, plan: Plan) -> Intake:
    """A second row with a key that a source calls its id is rejected, with its own key as what was seen."""
    rejected = list(intake.rejected)
    files = [dict(file) for file in intake.files]
    start = 0
    for block in intake.blocks:
        found = intake.repeated.within(start, start + block.rows)
        start += block.rows
        key = key_column(plan.sources[block.source])
        if block.source not in intake.key_sources or not len(found.places) or not key:
            continue
        rows = read_frame(block.path + ".arrow")[found.places.tolist()]
        for line, value in zip(rows.get_column(LINE).to_list(), rows.get_column(key).to_list(), strict=True):
            detail = f"the key `{key}` = {str(value)[:200]!r} was there before"
            rejected.append((block.source, Rejected(block.file, block.first_line + line, "duplicate-key", detail, str(value)[:2000])))
        for file in files:
            if (file["source"], file["name"]) == (block.source, block.file):
                file["rows"] -= len(found.places)
                file["rejected"] += len(found.places)
    return replace(intake, rejected=tuple(rejected), files=tuple(files))


def _judge(plan: Plan, intake: Intake) -> None:
    """Raise Error where a source has more rejected records than it may have."""
    problems = []
    for number, planned in enumerate(plan.sources):
        bad = [record for n, record in intake.rejected if n == number]
        read_well = sum(file["rows"] for file in intake.files if file["source"] == number)
        allowed = allowed_rejects(planned.source.max_rejected, read_well + len(bad))
        if len(bad) > allowed:
            first = bad[0]
            reasons = ", ".join(f"{reason} {count:,}" for reason, count in Counter(r.reason for r in bad).most_common())
            problems.append(
                Problem(
                    "too-many-rejected",
                    f"{len(bad):,} of {read_well + len(bad):,} records could not be read ({reasons}); at most {allowed:,} may be",
                    Place(first.file, first.line, 0, 1, ""),
                    f"the first: {first.detail}; mend the file, or allow more with `max_rejected` in its [[source]]",
                )
            )
    if problems:
        raise Error(problems, exit_code=1)


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
    raw = read_frame(block.path + ".arrow", rows=slice(0, block.rows))
    ids = read_array(block.path + ".ids.npy")[: block.rows]
    columns = []
    for name, packed in opening.final.items():
        final = k.from_json(packed)
        if name in raw.columns:
            columns.append(k.settle(raw.get_column(name), k.from_json(block.kinds[name]), final).alias(name))
        else:
            columns.append(pl.Series(name, [None], dtype=k.dtype(final)).new_from_index(0, len(raw)))
    lines = raw.get_column(LINE) + block.first_line
    origin = pl.select(pl.lit(f"{block.file}:").alias("origin") + lines.cast(pl.String)).to_series().alias("origin")
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
