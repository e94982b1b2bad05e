"""What a parameter that names a file means: a path, an artifact of the store (`name@v3`), either with the start of a hash."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from dprep.base.files import content_hash
from dprep.base.problem import Error, Problem
from dprep.store import artifacts

_PINNED = re.compile(r"(?P<reference>.+)#(?P<hash>[0-9a-f]{4,32})")


def located(named: str, root: Path, store: Path, kinds: Sequence[str]) -> Path | Problem | None:
    """The file or folder that `named` means, absolute; None where there is none; a problem (without place) otherwise.

    kinds: what an artifact must be there, the usual one first; empty for any.
    """
    path, pin = _path(named, root), ""
    pinned = _PINNED.fullmatch(named)
    if path is None and pinned:
        named, pin = pinned["reference"], pinned["hash"]
        path = _path(named, root)
    try:
        if path is None and artifacts.is_reference(named):
            path = artifacts.resolve(store, named, next(iter(kinds), "")).folder.resolve()
        if path is None:
            return None
        return _other_kind(named, path, kinds) or _changed(named, path, pin) or path
    except Error as error:
        return error.problems[0]


def _path(named: str, root: Path) -> Path | None:
    try:
        path = (root / os.path.expanduser(named)).resolve()
        return path if path.exists() else None
    except (OSError, ValueError, RuntimeError):
        return None


def _other_kind(named: str, path: Path, kinds: Sequence[str]) -> Problem | None:
    artifact = artifacts.open_artifact(path)
    if artifact is None or not kinds or artifact.kind in kinds:
        return None
    help = f"`{artifacts.made_by(kinds[0], 'NAME')}` makes one"
    wanted = " or ".join(f"`{kind}`" for kind in kinds)
    return Problem("wrong-artifact", f"`{named}` is an artifact of kind `{artifact.kind}`, not {wanted}", help=help)


def _changed(named: str, path: Path, pin: str) -> Problem | None:
    if not pin:
        return None
    now = content_hash(str(path))
    if now.startswith(pin):
        return None
    help = f"take it as it is with `{named}#{now[:12]}`, or bring back what it was"
    return Problem("artifact-changed", f"what `{named}` holds has the hash `{now[:12]}`, not `{pin}`", help=help)
