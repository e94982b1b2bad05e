"""Hugging Face `DatasetDict`, as `datasets.load_from_disk` reads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from dprep.base.problem import Error, Problem
from dprep.store.commit import remove
from dprep.store.schema import plain_schema, read_schema
from dprep.store.versions import Version

SHARD_BYTES = 500 * 10**6


def write_hub(version: Version, folder: Path, parts: Sequence[str]) -> None:
    """One split per part, every column. Raises Error (`missing-extra`) without the library `datasets`."""
    try:
        import datasets
    except ImportError as missing:
        raise Error(
            Problem(
                "missing-extra", "the export format `hf` needs the library `datasets`", help='pip install "dprep[datasets]"'
            )
        ) from missing
    features = datasets.Features.from_arrow_schema(plain_schema(read_schema(version.folder)))
    cache = folder / ".cache"
    shown = datasets.utils.logging.is_progress_bar_enabled()
    datasets.disable_progress_bars()
    try:
        splits = {part: _split(version.data_files(part), features, cache) for part in parts}
        # told, since the library gives an empty split no file and then cannot read it
        shards = {part: 1 + split.data.nbytes // SHARD_BYTES for part, split in splits.items()}
        datasets.DatasetDict(splits).save_to_disk(str(folder), num_shards=shards)
    finally:
        if shown:
            datasets.enable_progress_bars()
        remove(cache)


def _split(files: list[Path], features: Any, cache: Path) -> Any:
    """One split. The library refuses files without rows, so an empty part is made in memory."""
    import datasets
    import pyarrow.parquet as parquet

    full = [str(path) for path in files if parquet.read_metadata(path).num_rows]
    if not full:
        return datasets.Dataset(pa.table(features.arrow_schema.empty_table()))
    return datasets.Dataset.from_parquet(full, features=features, cache_dir=str(cache))
