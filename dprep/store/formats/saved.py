"""Folders that Hugging Face's `save_to_disk` wrote: one data set, or a dictionary of parts.

A dictionary gives a column `part` with the parts' names as they stand. Rows are numbered through all shards and parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import orjson

from dprep.base.problem import Error, fail
from dprep.store.formats import arrow
from dprep.store.formats.files import is_saved_dataset
from dprep.store.formats.reading import Chunk, Cut, File, Reading


def read(file: File, reading: Reading, span: tuple[int, int], cut: Cut) -> Iterator[Chunk]:
    """The rows of all shards of all parts."""
    before = 0
    for part, shard in shards(file):
        constants: Mapping[str, object] = {"part": part, **reading.constants} if part else reading.constants
        # A part's name stands for a column of the file, so a mapping may take it.
        of_part = replace(reading, constants=constants)
        for chunk in arrow.read(shard, of_part, (0, -1), cut, before):
            before += chunk.lines
            yield chunk


def shards(file: File) -> list[tuple[str, File]]:
    """Parts ("" if there is but one data set) and their Arrow files."""
    folder = Path(file.path)
    if not folder.is_dir() or not is_saved_dataset(folder):
        raise fail(
            "unreadable-file",
            f"`{file.name}` is no folder that `save_to_disk` wrote: it has no `dataset_dict.json` and no `state.json`",
            "name the folder that holds one of them",
        )
    if not (folder / "dataset_dict.json").is_file():
        return [("", shard) for shard in _shards_of(folder, file)]
    names = _json(folder / "dataset_dict.json", file).get("splits")
    if not isinstance(names, list):
        raise _broken(file, "dataset_dict.json")
    return [(str(name), shard) for name in names for shard in _shards_of(folder / str(name), file)]


def _shards_of(folder: Path, file: File) -> list[File]:
    state = _json(folder / "state.json", file)
    try:
        names = [str(one["filename"]) for one in state["_data_files"]]  # type: ignore[attr-defined]
    except (KeyError, TypeError):
        raise _broken(file, "state.json") from None
    prefix = folder.relative_to(file.path).as_posix()
    shown = f"{file.name}/{prefix}/" if prefix != "." else f"{file.name}/"
    # Only the last part of a name counts: a folder from a stranger must not point out of itself.
    return [File(shown + Path(name).name, str(folder / Path(name).name), -1) for name in names]


def _json(path: Path, file: File) -> dict[str, object]:
    try:
        made = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        raise _broken(file, path.name) from None
    if not isinstance(made, dict):
        raise _broken(file, path.name)
    return made


def _broken(file: File, name: str) -> Error:
    return fail("unreadable-file", f"`{file.name}` is not whole: its `{name}` cannot be read", "save the data set again")
