"""A model of a hub, brought to this machine: the one place where training reaches for the network, and only when asked to."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from dprep.base.problem import Error, Problem
from dprep.models.folders import hub

HUB_ID = re.compile(r"(?P<id>[\w][\w.-]{0,95}/[\w][\w.-]{0,95})(?:@(?P<revision>[\w][\w./-]{0,127}))?")
"""`org/name` or `org/name@revision`."""
WANTED = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja", "*.tiktoken", "README.md", "LICENSE*"]
"""No pickles, no code."""
UNWANTED = ["*/*", "consolidated*", "*.msgpack"]
"""Folders hold other formats of the same weights."""


def snapshot(name: str, revision: str = "") -> tuple[Path, str]:
    """The folder with a model of a hub, and its commit. What is here is not fetched again; a broken-off download goes on.

    revision: a branch, tag or commit; empty for the newest. Raises Error (`train-model`, `disk-full`, `missing-library`).
    """
    with hub() as library:
        endpoint = os.environ.get("HF_ENDPOINT") or None
        asked = {"revision": revision or None, "allow_patterns": WANTED, "ignore_patterns": UNWANTED, "endpoint": endpoint}
        try:
            folder = Path(library.snapshot_download(name, **asked))
        except KeyboardInterrupt:
            raise _problem(name, "the download was interrupted", "the same command goes on where it stopped") from None
        except Exception as fault:
            raise _worded(library, name, revision, fault) from None
    return folder, folder.name


def _worded(library: Any, name: str, revision: str, fault: Exception) -> Error:
    """What went wrong, and the command that mends it."""
    from dprep.train.faults import disk_problem

    kinds = library.errors
    what = f"{name} --revision {revision}" if revision else name
    by_hand = f"`hf download {what}` where there is a network, and name the folder; what is here already is kept"
    if isinstance(fault, kinds.GatedRepoError):
        return _problem(name, "it is given only to those who asked for it", "ask on its page, then `hf auth login`")
    if isinstance(fault, kinds.RepositoryNotFoundError):
        return _problem(name, "the hub has none of that name", "look at its spelling; a private one needs `hf auth login`")
    if isinstance(fault, kinds.RevisionNotFoundError):
        return _problem(name, f"it has no revision `{revision}`", "leave the part from `@` out for the newest")
    disk = disk_problem(fault, "the cache of the hub")
    if disk is not None:
        return disk
    if isinstance(fault, kinds.OfflineModeIsEnabled | kinds.LocalEntryNotFoundError):
        return _problem(name, "it is not on this machine, and the hub cannot be reached", by_hand)
    return _problem(
        name, f"the download broke off ({type(fault).__name__})", f"the same command goes on where it stopped; or {by_hand}"
    )


def _problem(name: str, why: str, help: str) -> Error:
    return Error(Problem("train-model", f"the model `{name}` cannot be had: {why}", help=help), exit_code=1)
