"""Files of the shared corpora, unpacked; a test that wants one is skipped where they are not."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest

CORPORA = Path(os.environ.get("DPREP_SHARED") or Path(__file__).resolve().parents[3] / "shared") / "corpora"


def corpus_bytes(name: str) -> bytes:
    """What the zstd-packed file `name` (folder and file) holds."""
    file = CORPORA / name
    if not file.is_file():
        pytest.skip(f"the corpora (DPREP_SHARED or ../shared) with {name} are not here")
    with pa.input_stream(file, compression="zstd") as stream:
        data: bytes = stream.read()
    return data
