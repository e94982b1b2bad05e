"""Exports: the rows of a version in the formats that other tools read. The folder is there whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from dprep.base.problem import Error, Problem, did_you_mean
from dprep.store.commit import guarded, remove, replace, temporary_beside
from dprep.store.versions import Version

FORMATS = ("jsonl", "csv", "parquet", "hf", "llama-factory", "axolotl", "trl")
"""jsonl, csv, parquet, hf (Hugging Face `save_to_disk`) keep every column; the others keep what their tool reads."""

Writer = Callable[[Version, Path, Sequence[str]], None]
"""Writes the named parts of a version into a folder that exists and is empty."""


def export(version: Version, folder: Path, format: str, parts: Sequence[str] | None = None) -> list[Path]:
    """Write `parts` (default: all) to `folder`, which must be new or empty. Returns the files, sorted.

    Memory does not grow with the rows. Raises Error: `unknown-format`, `no-such-part`, `folder-not-empty`,
    `export-not-possible`, `missing-extra`, `disk-full`, `store-not-writable`.
    """
    writer = _writer(format)
    chosen = list(version.parts if parts is None else parts)
    for part in chosen:
        version.data_files(part)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Error(
            Problem("folder-not-empty", f"`{folder}` is there and not empty", help="name a new folder, or empty this one")
        )
    temporary = temporary_beside(folder.absolute())
    try:
        with guarded(folder):
            temporary.mkdir(parents=True)
            writer(version, temporary, chosen)
        replace(temporary, folder)
    finally:
        remove(temporary)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _writer(format: str) -> Writer:
    from dprep.store.exports import axolotl, hub, llama_factory, tables, trl

    writers: dict[str, Writer] = {
        "jsonl": tables.write_jsonl,
        "csv": tables.write_csv,
        "parquet": tables.write_parquet,
        "hf": hub.write_hub,
        "llama-factory": llama_factory.write_llama_factory,
        "axolotl": axolotl.write_axolotl,
        "trl": trl.write_trl,
    }
    if format not in writers:
        near = did_you_mean(format, FORMATS) or f"formats: {', '.join(f'`{name}`' for name in FORMATS)}"
        raise Error(Problem("unknown-format", f"there is no export format `{format}`", help=near))
    return writers[format]
