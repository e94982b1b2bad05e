"""A file that breaks off gives its good rows, and says where it broke."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import random
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from dprep.store.formats import Chunk, File, Reading, read

PACKS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "zst": zstandard.ZstdCompressor().compress,
    "bz2": bz2.compress,
    "xz": partial(lzma.compress, preset=0),
}


def lines(count: int) -> list[bytes]:
    luck = random.Random(7)
    return [json.dumps({"n": n, "text": luck.randbytes(60).hex()}).encode() + b"\n" for n in range(count)]


@cache
def packed_lines(suffix: str) -> bytes:
    return PACKS[suffix](b"".join(lines(20_000)))


def read_all(folder: Path, name: str, data: bytes) -> list[Chunk]:
    (folder / name).write_bytes(data)
    return list(read(File(name, str(folder / name), len(data)), Reading()))


@pytest.mark.parametrize("suffix", PACKS)
@pytest.mark.parametrize("share", [0.5, 0.999])
def test_a_truncated_file_gives_the_lines_before_the_break(suffix: str, share: float, tmp_path: Path) -> None:
    packed = packed_lines(suffix)

    chunks = read_all(tmp_path, f"a.jsonl.{suffix}", packed[: int(len(packed) * share)])

    got = [n for chunk in chunks for n in chunk.rows["n"]]
    assert got == list(range(len(got)))
    assert len(got) > 20_000 * share * 0.2
    assert f"`a.jsonl.{suffix}` broke off after line {len(got):,}: the " in chunks[-1].fault
    assert not any(chunk.rejected for chunk in chunks)


@pytest.mark.parametrize("suffix", PACKS)
def test_a_damaged_file_gives_no_wrong_rows(suffix: str, tmp_path: Path) -> None:
    packed = bytearray(packed_lines(suffix))
    middle = len(packed) // 2
    packed[middle : middle + 64] = bytes(64)

    chunks = read_all(tmp_path, f"a.jsonl.{suffix}", bytes(packed))

    assert f"`a.jsonl.{suffix}` broke off after line" in chunks[-1].fault
    got = [n for chunk in chunks for n in chunk.rows["n"]]
    assert got == list(range(len(got)))
    assert len(got) < 20_000


def test_a_packed_file_of_no_bytes_broke_off(tmp_path: Path) -> None:
    (chunk,) = read_all(tmp_path, "a.csv.gz", b"")

    assert chunk.fault == "`a.csv.gz` broke off after line 0: the gzip data ends too early, after 0 compressed bytes"


def test_padding_after_gzip_is_no_fault(tmp_path: Path) -> None:
    (chunk,) = read_all(tmp_path, "a.jsonl.gz", gzip.compress(b'{"n": 1}\n') + bytes(1024))

    assert chunk.rows.to_dicts() == [{"n": 1}]
    assert chunk.fault == ""


def test_a_whole_file_that_broke_off_is_rejected(tmp_path: Path) -> None:
    (chunk,) = read_all(tmp_path, "a.html.gz", gzip.compress(b"<p>" + random.Random(1).randbytes(900).hex().encode())[:-300])

    assert chunk.rows.height == 0
    assert [(r.reason, r.detail) for r in chunk.rejected] == [("bad-record", "the file is not whole")]
    assert chunk.fault.startswith("`a.html.gz` broke off after ")


def test_damaged_parquet_gives_the_row_groups_before_the_damage(tmp_path: Path) -> None:
    texts = [line.decode() for line in lines(9_000)]
    pq.write_table(pa.table({"text": texts}), tmp_path / "a.parquet", row_group_size=3_000, compression="gzip")
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    second = pq.ParquetFile(tmp_path / "a.parquet").metadata.row_group(1).column(0).data_page_offset
    data[second : second + 4_000] = b"\xff" * 4_000

    chunks = read_all(tmp_path, "a.parquet", bytes(data))

    rows = [text for chunk in chunks for text in chunk.rows["text"]]
    assert rows == texts[: len(rows)]
    assert chunks[-1].fault == f"`a.parquet` broke off after row {len(rows):,}: its data is damaged"


def test_json_gives_the_records_before_the_break(tmp_path: Path) -> None:
    records = [{"n": n, "text": "好" * 20} for n in range(9_000)]
    data = json.dumps(records).encode()

    chunks = read_all(tmp_path, "a.json", data[: len(data) // 2])

    rows = [row for chunk in chunks for row in chunk.rows.to_dicts()]
    assert rows == records[: len(rows)]
    assert len(rows) > 4_000
    assert chunks[-1].fault == f"`a.json` broke off after record {len(rows):,}: it ends in the middle of a value"
