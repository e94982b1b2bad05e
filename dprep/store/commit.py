"""The one way files are put in place: whole or not at all, and faults of the disk told as problems.

Everything that a store keeps passes through `write_file` or `replace`, so that an object store can take their place.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dprep.base.problem import Error, fail

TEMPORARY = re.compile(r"\.(?P<name>.+)\.(?P<pid>\d+)-(?P<unique>[0-9a-f]{12})\.tmp")
"""Names of files and folders under construction; `gc` removes those that a killed run left behind."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
# polars and pyarrow sometimes tell the number of a fault in the text only
_NUMBER = re.compile(r"(?:os error|errno) (\d+)", re.IGNORECASE)
# and numpy tells none at all
_SHORT = re.compile(r"\d+ requested and \d+ written")

Content = bytes | str | Callable[[Path], object]
"""What to write: bytes, text (UTF-8), or a function that writes the file whose path it is given."""


def temporary_beside(path: Path) -> Path:
    """A fresh hidden name in the folder of `path`, on the same file system, so that a rename is atomic."""
    return path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:12]}.tmp")


def write_file(path: Path, content: Content, *, durable: bool = False) -> None:
    """Write `path` atomically: readers see the old file or the whole new one. `durable` also flushes it to the disk.

    Missing folders are made. Raises Error (`disk-full`, `store-not-writable`) and leaves nothing behind.
    """
    with guarded(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = temporary_beside(path)
        try:
            _fill(temporary, content)
            if durable:
                _flush(temporary)
            os.replace(temporary, path)
            if durable:
                _flush(path.parent)
        finally:
            remove(temporary)


def replace(temporary: Path, path: Path) -> None:
    """Move a finished file or folder to its place, atomically. Raises Error and removes `temporary` where that fails."""
    with guarded(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(temporary, path)
        except OSError:
            remove(temporary)
            raise


def link(path: Path, to: Path) -> None:
    """Another name for a file that nobody writes again; a copy where the file system has no such names. Raises Error."""
    with guarded(to):
        try:
            os.link(path, to)
        except FileNotFoundError:
            raise
        except OSError:  # another disk, a file system without links, or too many of them
            shutil.copyfile(path, to)


def remove(path: Path) -> None:
    """Remove a file or a folder with all it holds; nothing there is no fault."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(FileNotFoundError, NotADirectoryError):  # the second: what was to be its folder is a file
            path.unlink()


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Faults of the disk while `path` is written become problems."""
    try:
        yield
    except OSError as fault:
        raise disk_problem(fault, path) from fault


def disk_problem(fault: BaseException, path: Path) -> Error:
    """What a fault of the disk means for the user who wanted `path` written."""
    told = _NUMBER.search(str(fault))
    number = getattr(fault, "errno", None) or (int(told[1]) if told else 0)
    if not number and _SHORT.fullmatch(str(fault)):
        number = errno.ENOSPC
    folder = path.parent
    if number in _FULL:
        return fail(
            "disk-full",
            f"no space left while writing `{path.name}` to `{folder}`",
            "free some space (`dprep gc` empties the cache) or choose another disk with `--store`; the store is unharmed",
        )
    if number in _REFUSED:
        why = "the disk is read-only" if number == errno.EROFS else "permission denied"
        return fail(
            "store-not-writable",
            f"cannot write `{path.name}` to `{folder}`: {why}",
            "give this user the right to write there, or choose another folder with `--store`",
        )
    told_by_system = os.strerror(number).lower() if number else str(fault)
    return fail(
        "store-not-writable",
        f"cannot write `{path.name}` to `{folder}`: {told_by_system}",
        "check the folder, or choose another with `--store`",
    )


def _fill(path: Path, content: Content) -> None:
    if callable(content):
        content(path)
    else:
        # a file name in the data may hold bytes that are no text; in JSON their escapes are still good
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace"))


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
