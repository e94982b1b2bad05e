"""What a parameter's file or folder holds, told by one hash: names, places and times of files do not count."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import xxhash

_PIECE = 1 << 20


def content_hash(path: str) -> str:
    """32 hex digits for a file's bytes, or for the relative names and bytes of all files in a folder.

    Hidden files do not count, nor the manifest that tells what an artifact was made from. Raises OSError where it cannot
    be read.
    """
    whole = Path(path)
    files = sorted(file for file in whole.rglob("*") if _counts(file, whole)) if whole.is_dir() else [whole]
    digest = xxhash.xxh3_128()
    for file in files:
        if whole.is_dir():
            digest.update(file.relative_to(whole).as_posix().encode() + b"\0")
        stat = os.stat(file)
        digest.update(bytes.fromhex(_file_hash(str(file), stat.st_mtime_ns, stat.st_size)))
    return digest.hexdigest()


def _counts(file: Path, whole: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(whole).parts)
    return file.is_file() and not hidden and not (file == whole / "manifest.json" and _is_of_artifact(file))


def _is_of_artifact(manifest: Path) -> bool:
    try:
        told = json.loads(manifest.read_bytes())
    except ValueError:
        return False
    return isinstance(told, dict) and {"artifact", "got"} <= told.keys()


@cache
def _file_hash(path: str, changed: int, size: int) -> str:
    """`changed` and `size` make a file that was written again another one."""
    digest = xxhash.xxh3_128()
    with open(path, "rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
