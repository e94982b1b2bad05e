"""Make the index that was asked for, or find it; segments that an earlier index of the same name holds are linked."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import polars as pl
import xxhash

from dprep.base.problem import Error, Problem
from dprep.base.text import Text
from dprep.fit.index_benchmark import BenchmarkIndex, write_benchmark
from dprep.fit.index_datasketch import DatasketchIndex, sketches_given, write_datasketch
from dprep.fit.index_kinds import Index
from dprep.fit.index_rows import RowsIndex
from dprep.fit.index_segments import NOTE, PROFILE, Shape, stored_profile, write_segment
from dprep.fit.index_sources import Named, Unit, file_units, version_units
from dprep.fit.learning import Learnt, Progress, check_name, clock
from dprep.kernels.hashing import text_hashes
from dprep.kernels.sketch import bands_for
from dprep.models.index_arrays import save
from dprep.models.row_index import FORMAT, SETTINGS
from dprep.ops.dedup.minhash import MinHash
from dprep.plan.fingerprint import code_hash
from dprep.store import artifacts
from dprep.store.versions import Version

Origin = dict[str, Any]
"""What the manifest tells of the rows: `of` as it was asked, and the `versions` that this meant."""


def units_of(asked: Index, rows: Sequence[Version | str]) -> tuple[list[Unit], Origin]:
    """What is indexed, and what the manifest tells of it. Raises Error."""
    choice, units, versions = asked.choice(), list[Unit](), list[dict[str, str]]()
    patterns = [each for each in rows if isinstance(each, str)]
    for version in rows:
        if not isinstance(version, str):
            units += version_units(version, choice)
            told = {key: version.manifest[key] for key in ("dataset", "version", "got")}
            versions.append(told)
    given = sketches_given(asked, patterns, Path()) if isinstance(asked, DatasketchIndex) else []
    if given and versions:
        help = "index sketches and texts apart"
        raise Error(Problem("wrong-value", f"`{given[0].origin}` holds sketches, and a version holds texts", help=help))
    units += given
    if patterns and not given:
        units += file_units(patterns, Path(), choice, together=isinstance(asked, RowsIndex))
    return list({(unit.key, unit.origin): unit for unit in units}.values()), {"of": list(asked.of), "versions": versions}


def make_index(asked: Index, units: Sequence[Unit], origin: Origin, store: Path, progress: Progress) -> Learnt:
    """The artifact that holds the index. Raises Error."""
    started = time.time()
    check_name(asked.name, asked.kind, store)
    code = code_hash(type(asked).__module__), code_hash("dprep.fit.index_segments"), FORMAT
    question = xxhash.xxh3_128_hexdigest(
        orjson.dumps([asked.kind, asked.settings(), [[unit.key, unit.origin] for unit in units], code])
    )

    def write(folder: Path) -> dict[str, Any]:
        told = {"kind": asked.kind, "parameters": asked.settings(), "made_from": origin}
        if isinstance(asked, BenchmarkIndex):
            details = write_benchmark(asked, units, folder, lambda done: progress("indexing", done, len(units)))
        elif isinstance(asked, DatasketchIndex):
            details = write_datasketch(asked, units, folder, lambda done: progress("indexing", done, len(units)))
        else:
            assert isinstance(asked, RowsIndex)
            details = _Segments(asked, units, store, folder, progress).write()
        reused = details.pop("reused", 0)
        told |= {"details": details, "dprep": importlib.metadata.version("dprep")}
        return {**told, "clock": {**clock(started), "segments_reused": reused}}

    artifact, cached = artifacts.make(store, asked.name, question, write)
    return Learnt(artifact, cached)


@dataclass(frozen=True)
class _Segments:
    """The segments of an index of rows, in the making."""

    asked: RowsIndex
    units: Sequence[Unit]
    store: Path
    folder: Path
    progress: Progress

    def write(self) -> dict[str, Any]:
        """Write all that is not there; gives the details of the manifest."""
        (self.folder / "segments").mkdir()
        op, profiles = self._settled()
        bands, width = bands_for(self.asked.threshold, self.asked.sketch)
        settings: dict[str, Any] = {"format": FORMAT, "shingles": op.shingles, "ngram": op.ngram}
        settings |= {"sketch": self.asked.sketch, "bands": bands, "width": width, "threshold": self.asked.threshold}
        shape = Shape(op.shingles, op.ngram, bands, width)
        self.progress("indexing", 0, len(self.units))
        notes, reused = {}, 0
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            tasks = [threads.submit(self._segment, unit, shape, profiles.get(unit.key)) for unit in self.units]
            for done, task in enumerate(tasks, 1):
                name, linked = task.result()
                notes[name] = json.loads((self.folder / "segments" / name / NOTE).read_bytes())
                reused += linked
                self.progress("indexing", done, len(self.units))
        text = json.dumps({**settings, "segments": list(notes)}, indent=1)
        (self.folder / SETTINGS).write_text(text, encoding="utf-8")
        told = {key: value for key, value in settings.items() if key not in {"format", "threshold"}}
        largest = max((note["largest_bucket"] for note in notes.values()), default=0)
        rows = sum(note["rows"] for note in notes.values())
        return {"rows": rows, "segments": len(notes), **told, "largest_bucket": largest, "reused": reused}

    @cached_property
    def _earlier(self) -> list[Path]:
        """The folders of segments of earlier indexes of this name, the newest first."""
        found = [artifact.folder / "segments" for artifact in artifacts.list_artifacts(self.store, self.asked.name)]
        return [folder for folder in reversed(found) if folder.is_dir()]

    def _settled(self) -> tuple[MinHash, dict[str, Any]]:
        """The operator with every `auto` settled from all rows, and the profile of every unit where that was needed."""
        op, profiles = self.asked.minhash(), dict[str, Any]()
        if op.shingles != "auto" and op.ngram:
            return op, {}
        for done, unit in enumerate(self.units):
            self.progress("measuring", done, len(self.units))
            profiles[unit.key] = self._profile(unit, op)
        nothing = op.profile(Text(pl.Series(dtype=pl.String)))
        return op.resolved(np.sum([nothing, *profiles.values()], axis=0)), profiles

    def _profile(self, unit: Unit, op: MinHash) -> Any:
        """Of the texts of a unit; an earlier segment of it has kept it, whatever its settings were."""
        for folder in self._earlier:
            for segment in folder.glob(f"{unit.key[:16]}-*"):
                if len(profile := stored_profile(segment)):
                    return profile
        found = [op.profile(Text(block.texts)) for block in unit.blocks()]
        return np.sum(found, axis=0) if found else op.profile(Text(pl.Series(dtype=pl.String)))

    def _segment(self, unit: Unit, shape: Shape, profile: Any) -> tuple[str, bool]:
        """Link or write the segment of a unit; its name, and whether it was there."""
        told = [unit.key, shape.told(), code_hash("dprep.fit.index_segments"), FORMAT]
        name = f"{unit.key[:16]}-{xxhash.xxh3_64_hexdigest(orjson.dumps(told))}"
        target = self.folder / "segments" / name
        known = next((folder / name for folder in self._earlier if (folder / name / NOTE).is_file()), None)
        if target.exists():
            return name, False
        if known is not None:
            shutil.copytree(known, target, copy_function=_linked)
            return name, True
        write_segment(target, _hashed(unit.blocks()), shape)
        if profile is not None:
            save(target / PROFILE, profile)
        return name, False


def _hashed(blocks: Iterator[Named]) -> Iterator[tuple[Named, Any]]:
    for block in blocks:
        yield block, text_hashes(Text(block.texts).buffers)


def _linked(source: str, target: str) -> None:
    """A hard link, or a copy where the disk has none."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
