"""Where things stand in a store, and how a finished version takes its number.

<store>/datasets/<name>/v3/   versions, numbered under a lock     <store>/runs/       runs under way
<store>/trials/<name>-<hash>/ runs of a part of the recipe        <store>/artifacts/  what was fitted
<store>/cache/                capped, emptied by `gc`
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dprep.base.problem import Error, Problem, fail
from dprep.store.commit import guarded, remove, replace, temporary_beside
from dprep.store.manifest import NAME, read_manifest

_NAME = re.compile(r"\w[\w.-]{0,99}")
NAMES = "use letters, digits, `_`, `-` and `.`, at most 100, a letter or digit first"
"""What may be a name, for those who chose another."""
_NUMBER = re.compile(r"v([1-9]\d*)")

Finish = Callable[[Path, str], None]
"""Called under the lock with the staged folder and the version's name, to write what tells that name."""


def check_name(name: str) -> str:
    """`name`, if a folder may be called so. Raises Error (`dataset-name`)."""
    if is_name(name):
        return name
    raise Error(Problem("dataset-name", f"`{name[:120]}` cannot name a dataset", help=NAMES))


def is_name(name: str) -> bool:
    """Whether a folder may be called so."""
    return bool(_NAME.fullmatch(name)) and len(name.encode()) <= 200 and not name.endswith((".", ".tmp"))


def check_part(part: str) -> str:
    """`part`, if a shard may be called so: the data itself may name the parts. Raises Error (`bad-name`)."""
    if _NAME.fullmatch(part) and len(part.encode()) <= 200:
        return part
    raise fail(
        "bad-name",
        f"the data names a part `{part[:120]}`, which cannot be the name of a file",
        "a part is called by letters, digits, `_`, `-` and `.`, a letter or digit first; map another column to `part`",
    )


def dataset_folder(store: Path, name: str) -> Path:
    """The folder of all versions of a dataset."""
    return store / "datasets" / check_name(name)


def runs(store: Path) -> Path:
    return store / "runs"


def artifacts(store: Path) -> Path:
    return store / "artifacts"


def cache(store: Path) -> Path:
    return store / "cache"


def trials(store: Path) -> Path:
    return store / "trials"


def trial_folder(store: Path, name: str, asked: str) -> Path:
    """Where a run with `--limit` or `--until` goes: it has no number and is never the latest."""
    return trials(store) / f"{check_name(name)}-{asked[:12]}"


def staging_folder(store: Path, name: str) -> Path:
    """A fresh folder to build a version in, on the file system of the store. Raises Error where it cannot be made."""
    folder = temporary_beside(runs(store) / check_name(name))
    with guarded(folder):
        folder.mkdir(parents=True)
    return folder


def version_folders(store: Path, name: str) -> list[tuple[int, Path]]:
    """Numbers and folders of the versions of a dataset, in order; also of those that are not whole."""
    folder = dataset_folder(store, name)
    if not folder.is_dir():
        return []
    found = ((_NUMBER.fullmatch(entry.name), entry) for entry in folder.iterdir())
    return sorted((int(number[1]), entry) for number, entry in found if number)


def find_asked(store: Path, name: str, asked: str) -> Path | None:
    """The newest whole version that answers the same question, if there is one: an unchanged recipe is a look-up."""
    for _, folder in reversed(version_folders(store, name)):
        if (folder / NAME).exists() and read_manifest(folder)["asked"] == asked:
            return folder
    return None


def publish(staged: Path, store: Path, name: str, asked: str, finish: Finish | None = None) -> tuple[Path, bool]:
    """Give the staged folder the next number, or drop it if a version with the same `asked` is there.

    Returns the version's folder and whether it was there before. The lock makes two runs at once take turns.
    """
    folder = dataset_folder(store, name)
    with locked(folder / ".lock"):
        known = find_asked(store, name, asked)
        if known is not None:
            remove(staged)
            return known, True
        numbers = [number for number, _ in version_folders(store, name)]
        target = folder / f"v{max(numbers, default=0) + 1}"
        if finish is not None:
            finish(staged, target.name)
        replace(staged, target)
        return target, False


def publish_trial(staged: Path, store: Path, name: str, asked: str, finish: Finish | None = None) -> Path:
    """Put a trial in its place; an older one with the same `asked` gives way."""
    target = trial_folder(store, name, asked)
    with locked(trials(store) / ".lock"):
        if finish is not None:
            finish(staged, "trial")
        if target.exists():
            old = temporary_beside(target)
            replace(target, old)
            replace(staged, target)
            remove(old)
        else:
            replace(staged, target)
    return target


@contextmanager
def locked(path: Path, *, shared: bool = False, wait: bool = True) -> Iterator[None]:
    """Hold a lock on `path` (made if missing); it ends with the process, however that ends.

    Raises BlockingIOError where another holds it and `wait` is false, Error where the file cannot be made.
    """
    with guarded(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)
