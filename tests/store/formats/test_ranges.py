"""Ranges and chunks are ways to cut a file, and never to change it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.store.formats import Chunk, Cut, File, Reading, ranges, read
from dprep.store.formats.lines import line_groups

LINES = st.lists(
    st.sampled_from([b"", b" ", b'{"n": 1}', '{"n": "好"}'.encode(), b"{", b"\xff", b'{"n": "' + b"x" * 40 + b'"}\r']),
    max_size=30,
)


def summary(chunks: list[Chunk]) -> tuple[list[object], list[tuple[int, str, str]], int]:
    """Rows with their lines, rejected records and number of lines, counted through all chunks of all ranges."""
    rows = [
        (int(place), row["n"]) for c in chunks if c.rows.width for place, row in zip(c.places, c.rows.to_dicts(), strict=True)
    ]
    return rows, [(r.line, r.reason, r.raw) for c in chunks for r in c.rejected], sum(c.lines for c in chunks)


def in_ranges(file: File, reading: Reading, size: int, rows: int) -> tuple[list[object], list[tuple[int, str, str]], int]:
    kept: list[object] = []
    rejected: list[tuple[int, str, str]] = []
    before = 0
    for span in ranges(file, reading, size):
        some, broken, lines = summary(list(read(file, reading, span, block_rows=rows)))
        kept += [(place + before, n) for place, n in some]  # type: ignore[misc]
        rejected += [(line + before, reason, raw) for line, reason, raw in broken]
        before += lines
    return kept, rejected, before


@settings(max_examples=60, deadline=None)
@given(LINES, st.booleans(), st.booleans(), st.integers(1, 200), st.integers(1, 9))
def test_ranges_and_chunks_give_the_same_rows_and_rejects(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], ends: bool, marked: bool, size: int, rows: int
) -> None:
    path = tmp_path_factory.mktemp("ranges") / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" * marked + b"\n".join(lines) + b"\n" * ends)
    file = File("a.jsonl", str(path))
    reading = Reading(types={"n": "json"}, encoding="utf-8", max_row=40)

    whole = summary(list(read(file, reading)))

    assert in_ranges(file, reading, size, rows) == whole
    text = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    assert whole[2] == text.count(b"\n") + (text != b"" and not text.endswith(b"\n"))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"\r", b"\n")), max_size=20), st.integers(1, 6), st.integers(1, 30)
)
def test_lines_are_those_of_the_text_however_it_comes(blocks: list[bytes], rows: int, limit: int) -> None:
    text = b"".join(blocks)
    expected = text.split(b"\n")
    expected = expected[:-1] if not expected[-1] else expected

    groups = list(line_groups(iter(blocks), limit, Cut(rows, 1 << 20)))

    long = {group.before + at: length for group in groups for at, length in group.long.items()}
    assert long == {at: len(line) for at, line in enumerate(expected) if len(line) > limit}
    got = [line for group in groups for line in group.lines]
    assert len(got) == len(expected)
    assert all(
        line.startswith(some) if at in long else some == line for at, (some, line) in enumerate(zip(got, expected, strict=True))
    )
    assert all(len(group.lines) <= rows for group in groups)


def test_packed_and_remote_files_are_one_range(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\x1f\x8b" + bytes(500))
    (tmp_path / "a.csv").write_bytes(b"a\n" * 500)

    assert ranges(File("a.jsonl", str(tmp_path / "a.jsonl")), Reading(), 100) == [(0, -1)]
    assert ranges(File("a.csv", str(tmp_path / "a.csv")), Reading(), 100) == [(0, -1)]
    assert ranges(File("a.jsonl", "https://a/a.jsonl"), Reading(), 100) == [(0, -1)]


def test_a_line_longer_than_the_limit_is_not_held(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"n": "' + b"x" * 5_000_000 + b'"}\n{"n": 1}\n')

    (chunk,) = read(File("a.jsonl", str(tmp_path / "a.jsonl")), Reading(max_row=1_000))

    assert chunk.rows.to_dicts() == [{"n": 1}]
    assert [(r.line, r.reason, r.detail) for r in chunk.rejected] == [
        (1, "too-long", "the record takes 5,000,009 bytes, more than `max_row` = 1,000")
    ]


def test_chunks_follow_the_stated_sizes(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"n": 1}\n' * 1_000_000)
    file = File("a.jsonl", str(tmp_path / "a.jsonl"))

    assert {c.rows.height for c in read(file, Reading(), block_rows=250_000)} == {250_000}
    assert 3 <= len(list(read(file, Reading(), block_rows=10**9, block_bytes=3 * 2**20))) <= 4


def test_row_groups_of_parquet_are_read_apart_and_each_once(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    texts = [f"row {n} " + "x" * 50 for n in range(1_000)]
    pl.DataFrame({"text": texts}).write_parquet(path, row_group_size=100)
    file = File("rows.parquet", str(path), path.stat().st_size)

    spans = ranges(file, Reading(), 12_000)
    read_texts = [text for span in spans for chunk in read(file, Reading(), span) for text in chunk.rows["text"].to_list()]

    assert len(spans) > 2
    assert [start for start, _ in spans[1:]] == [stop for _, stop in spans[:-1]]
    assert read_texts == texts
