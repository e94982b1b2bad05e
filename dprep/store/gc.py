"""Garbage collection: the cache down to its cap, what killed runs left behind, trials. Versions are never touched."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR

from dprep.base.problem import Error, Problem
from dprep.store import layout
from dprep.store.commit import TEMPORARY, remove

KEEP_BYTES = 10 * 2**30
"""How much of the cache is kept unless told otherwise."""
STALE_SECONDS = 24 * 3600
"""A run that is still going renames its files long before."""


@dataclass(frozen=True)
class Garbage:
    """Something that `gc` removes, or would remove."""

    path: Path
    kind: str
    """`cache`, `left behind` or `trial`."""
    bytes: int


@dataclass(frozen=True)
class Collected:
    """What went (or would go) and what stays in the cache."""

    garbage: tuple[Garbage, ...]
    cache_bytes: int

    @property
    def bytes(self) -> int:
        return sum(item.bytes for item in self.garbage)


def in_use(store: Path) -> Path:
    """The lock that a run holds shared, so that `gc` does not take its checkpoints away."""
    return layout.cache(store) / ".in-use"


def gc(store: Path, *, keep_bytes: int = KEEP_BYTES, dry_run: bool = False, trials: bool = True) -> Collected:
    """Remove the least recently used cache entries over `keep_bytes`, temporary files older than a day, and `trials`.

    Raises Error (`store-in-use`) while a run holds its lock.
    """
    if not store.is_dir():
        raise Error(Problem("no-such-store", f"there is no store `{store}`", help="name it with `--store`"))
    try:
        with layout.locked(in_use(store), wait=False):
            garbage, kept = _found(store, keep_bytes, trials)
            if not dry_run:
                for item in garbage:
                    remove(item.path)
            return Collected(tuple(garbage), kept)
    except BlockingIOError as held:
        raise Error(
            Problem(
                "store-in-use", f"a run is using the store `{store}`", help="wait until it has finished, then collect again"
            ),
            1,
        ) from held


def _found(store: Path, keep_bytes: int, with_trials: bool) -> tuple[list[Garbage], int]:
    old = list(_left_behind(store))
    seen = {item.path for item in old}
    entries = sorted(
        ((used, path, size) for path in _cache_entries(store) if path not in seen for used, size in [_state(path)])
    )
    total = sum(size for _, _, size in entries)
    gone = []
    for _, path, size in entries:
        if total <= keep_bytes:
            break
        gone.append(Garbage(path, "cache", size))
        total -= size
    trials = [
        Garbage(path, "trial", _state(path)[1])
        for path in _children(layout.trials(store))
        if with_trials and path not in seen and path.is_dir()
    ]
    return [*old, *gone, *trials], total


def _left_behind(store: Path) -> Iterator[Garbage]:
    """Temporary names wherever files are put in place. Nothing is looked for inside a version: it was renamed when whole."""
    folders = [layout.runs(store), layout.artifacts(store), layout.trials(store), layout.cache(store)]
    folders += [path for path in [*_children(layout.cache(store)), *_children(store / "datasets")] if path.is_dir()]
    for folder in folders:
        for path in _children(folder):
            used, size = _state(path)
            if TEMPORARY.fullmatch(path.name) and time.time() - used > STALE_SECONDS:
                yield Garbage(path, "left behind", size)


def _cache_entries(store: Path) -> list[Path]:
    """The units of the cache: what stands in its folders (`read/<key>`, `stages/<key>` …)."""
    folders = [path for path in _children(layout.cache(store)) if path.is_dir()]
    return [path for folder in folders for path in _children(folder)]


def _children(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _state(path: Path) -> tuple[float, int]:
    """When it was last written or read, and its bytes, with all it holds. What vanishes meanwhile counts nothing.

    Most disks note a reading once a day; those that never do leave the order of writing. Folders are read here, so theirs
    says nothing.
    """
    used, size = 0.0, 0
    inside = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
    for entry in (path, *inside):
        try:
            state = entry.lstat()
        except FileNotFoundError:
            continue
        if S_ISDIR(state.st_mode):
            used = max(used, state.st_mtime)
        else:
            used, size = max(used, state.st_mtime, state.st_atime), size + state.st_size
    return used, size
