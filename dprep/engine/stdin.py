"""Standard input can be read once; dprep reads its sources more than once and asks for their hash. So it is kept."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import xxhash

from dprep.plan.model import Plan
from dprep.store.commit import guarded, remove, temporary_beside
from dprep.store.formats import File


def kept_stdin(plan: Plan, cache: Path) -> Plan:
    """`plan` with every source `-` reading a copy of standard input in the cache, named by its content."""
    if not any(file.path == "-" for planned in plan.sources for file in planned.files):
        return plan
    kept = _keep(cache)
    sources = tuple(
        replace(planned, files=tuple(replace(f, path=kept.path, size=kept.size) if f.path == "-" else f for f in planned.files))
        for planned in plan.sources
    )
    return replace(plan, sources=sources)


def _keep(cache: Path) -> File:
    folder = cache / "stdin"
    temporary = temporary_beside(folder / "input")
    digest = xxhash.xxh3_128()
    with guarded(temporary):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as copy:
                while piece := sys.stdin.buffer.read(1 << 20):
                    digest.update(piece)
                    copy.write(piece)
            path = folder / digest.hexdigest()
            temporary.replace(path)
        finally:
            remove(temporary)
    return File("-", str(path), path.stat().st_size)
