"""What was learnt from data, kept as versions are: `<store>/artifacts/<name>/v3/`, whole or not there, never written twice.

The manifest is written last. `got` is the hash of what was learnt (names and bytes of all files but the manifest), so it is the
same for the same tokenizer, whatever it is called, and it is what counts for a dataset that is made with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dprep.base.files import content_hash
from dprep.base.problem import Error, Problem, did_you_mean
from dprep.store import layout
from dprep.store.commit import guarded, remove, replace, temporary_beside
from dprep.store.manifest import FORMAT, NAME, describe_files, read_manifest, write_json

_REFERENCE = re.compile(r"(?P<name>\w[\w.-]{0,99})@(?P<wanted>latest|v[1-9]\d*|[0-9a-f]{4,32})")
_NUMBER = re.compile(r"v([1-9]\d*)")

Learn = Callable[[Path], dict[str, Any]]
"""Writes what is learnt into a fresh folder and gives the manifest's other entries."""


@dataclass(frozen=True)
class Artifact:
    """A folder with what was learnt, and its manifest."""

    folder: Path
    manifest: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.manifest['artifact']}@{self.manifest['version']}"

    @property
    def kind(self) -> str:
        return str(self.manifest["kind"])

    @property
    def got(self) -> str:
        """32 hex digits for what was learnt."""
        return str(self.manifest["got"])


def is_reference(text: str) -> bool:
    """Whether `text` is written as `name@v3`, `name@latest` or `name@<hash prefix>`."""
    return bool(_REFERENCE.fullmatch(text))


def resolve(store: Path, reference: str, kind: str = "") -> Artifact:
    """The artifact that `name@v3`, `name@latest` or `name@<hash prefix>` means.

    kind: what is wanted there, for the help where it is missing; empty for any.
    Raises Error (`no-such-artifact`, `no-such-version`, `ambiguous-version`).
    """
    found = _REFERENCE.fullmatch(reference)
    name, wanted = (found["name"], found["wanted"]) if found else (reference, "latest")
    versions = list_artifacts(store, name)
    if not versions:
        raise _no_artifact(store, name, kind)
    return versions[-1] if wanted == "latest" else _chosen(name, wanted, versions)


def open_artifact(folder: Path) -> Artifact | None:
    """The artifact in `folder`; None for any other folder or file. Raises Error (`broken-version`, `newer-version`)."""
    if not (folder / NAME).is_file():
        return None
    manifest = read_manifest(folder)
    return Artifact(folder, manifest) if "artifact" in manifest else None


def made_by(kind: str, name: str) -> str:
    """The command that makes an artifact; kind: empty where it does not matter."""
    if kind in {"rows", "benchmark", "datasketch"}:
        rows = {"rows": "ROWS", "benchmark": "FILES --kind benchmark", "datasketch": "ROWS --kind datasketch"}[kind]
        return f"dprep index {name} --of {rows}"
    return f"dprep fit {kind} {name} --from VERSION" if kind else "dprep fit"


def names(store: Path) -> list[str]:
    """Names of the artifacts in a store, sorted."""
    folder = layout.artifacts(store)
    return (
        sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != ".") if folder.is_dir() else []
    )


def list_artifacts(store: Path, name: str | None = None) -> list[Artifact]:
    """Whole artifacts, by name and number."""
    found = [open_artifact(folder) for each in names(store) if name in {None, each} for _, folder in _numbered(store, each)]
    return [artifact for artifact in found if artifact is not None]


def find_asked(store: Path, name: str, asked: str) -> Artifact | None:
    """The newest artifact of this name that answers the same question."""
    same = [artifact for artifact in list_artifacts(store, name) if artifact.manifest["asked"] == asked]
    return same[-1] if same else None


def make(store: Path, name: str, asked: str, learn: Learn) -> tuple[Artifact, bool]:
    """The artifact that answers `asked`, made by `learn` if it is not there; and whether it was there before.

    Raises Error.
    """
    known = find_asked(store, name, asked)
    if known is not None:
        return known, True
    staged = temporary_beside(layout.artifacts(store) / _checked(name))
    try:
        with guarded(staged):
            staged.mkdir(parents=True)
            entries = learn(staged)
        return _published(store, name, asked, staged, entries)
    finally:
        remove(staged)


def _published(store: Path, name: str, asked: str, staged: Path, entries: dict[str, Any]) -> tuple[Artifact, bool]:
    """Give the staged folder the next number; the lock makes two at once take turns."""
    folder = layout.artifacts(store) / name
    with layout.locked(folder / ".lock"):
        known = find_asked(store, name, asked)
        if known is not None:
            return known, True
        numbers = [number for number, _ in _numbered(store, name)]
        target = folder / f"v{max(numbers, default=0) + 1}"
        head = {"format": FORMAT, "artifact": name, "version": target.name, "asked": asked, "got": content_hash(str(staged))}
        write_json(staged / NAME, {**head, **entries, "files": describe_files(staged)}, durable=True)
        replace(staged, target)
    return Artifact(target, read_manifest(target)), False


def _numbered(store: Path, name: str) -> list[tuple[int, Path]]:
    folder = layout.artifacts(store) / name
    found = ((_NUMBER.fullmatch(entry.name), entry) for entry in folder.iterdir()) if folder.is_dir() else ()
    return sorted((int(number[1]), entry) for number, entry in found if number)


def _chosen(name: str, wanted: str, versions: list[Artifact]) -> Artifact:
    numbers = [str(version.manifest["version"]) for version in versions]
    if wanted in numbers:
        return versions[numbers.index(wanted)]
    fits = [version for version in versions if version.got.startswith(wanted)]
    if len({version.got for version in fits}) > 1:
        help = f"they are {', '.join(f'`{version}`' for version in fits)}"
        raise Error(Problem("ambiguous-version", f"`{wanted}` begins the hashes of several versions of `{name}`", help=help))
    if not fits:
        help = did_you_mean(wanted, numbers) or f"versions of `{name}`: {', '.join(f'`{number}`' for number in numbers[-10:])}"
        raise Error(Problem("no-such-version", f"the artifact `{name}` has no version `{wanted}`", help=help))
    return fits[-1]


def _no_artifact(store: Path, name: str, kind: str) -> Error:
    known = [each for each in names(store) if any(kind in {"", it.kind} for it in list_artifacts(store, each))]
    held = f"it holds {', '.join(f'`{each}`' for each in known[:10])}; " if known else ""
    help = did_you_mean(name, known) or f"{held}`{made_by(kind, name)}` makes one; `--store` names another store"
    return Error(Problem("no-such-artifact", f"the store `{store}` holds no artifact `{name}`", help=help))


def _checked(name: str) -> str:
    """`name`, if a folder may be called so. Raises Error (`bad-name`)."""
    try:
        return layout.check_name(name)
    except Error as error:
        help = error.problems[0].help
        raise Error(Problem("bad-name", f"`{name[:120]}` cannot name an artifact", help=help)) from None
