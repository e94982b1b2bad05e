"""Where shards and row groups are cut, against a slow oracle; bytes that depend on the rows alone."""

from __future__ import annotations

import itertools
import json
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dprep.engine import writing
from dprep.engine.blocks import write_array
from dprep.engine.stages import Handle, row_sizes
from dprep.engine.writing import ShardWriter, Slice, segments
from tests.engine.at_hand import check_books, content, data, recipe, run

STEP = '\n[[step]]\nop = "clean.whitespace"\n'
sizes = st.lists(st.integers(0, 40), max_size=40)


def groups_by_hand(sizes: list[int], rows: int, bytes: int) -> list[int]:
    """Rows of each group, adding row by row: the row that fills the group closes it."""
    groups, held = [0], 0
    for size in sizes:
        groups[-1] += 1
        held += size
        if groups[-1] >= rows or held >= bytes:
            groups.append(0)
            held = 0
    return [group for group in groups if group]


def pieces(total: int, cuts: list[int]) -> list[slice]:
    """Stretches of 0 … total, cut at `cuts`."""
    ends = [0, *sorted(cut % (total + 1) for cut in cuts), total]
    return [slice(a, b) for a, b in itertools.pairwise(ends)]


@settings(max_examples=60)
@given(sizes, st.lists(st.integers(0, 40), max_size=5), st.integers(1, 8), st.integers(1, 100))
@example([0] * 20, [], 8, 1)
@example([50, 0, 50, 100, 0, 0], [1, 2, 3, 4], 8, 100)
def test_row_groups_are_cut_by_rows_and_bytes_however_they_are_fed(
    lengths: list[int], cuts: list[int], most_rows: int, most_bytes: int
) -> None:
    frame = pl.DataFrame({"text": ["x" * length for length in lengths]}, schema={"text": pl.String})
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "GROUP_ROWS", most_rows)
        patch.setattr(writing, "GROUP_BYTES", most_bytes)
        files = []
        for number, stretches in enumerate(
            [pieces(len(frame), cuts), pieces(len(frame), []), pieces(len(frame), [*range(40)])]
        ):
            writer = ShardWriter(Path(place, str(number)))
            for stretch in stretches:
                writer.add(frame[stretch], np.array(lengths, np.uint32)[stretch])
            writer.close(frame)
            files.append(writer.path.read_bytes())
            assert writer.rows == len(frame)
        told = pq.read_metadata(Path(place, "0"))
        found = [told.row_group(group).num_rows for group in range(told.num_row_groups)]

        assert found == groups_by_hand(lengths, most_rows, most_bytes)
        assert files[0] == files[1] == files[2]
        assert pl.read_parquet(Path(place, "0"))["text"].to_list() == frame["text"].to_list()


@settings(max_examples=60)
@given(st.lists(st.lists(st.integers(0, 300), max_size=8), max_size=6))
@example([[250], [], [0, 0, 1]])
@example([[100, 0, 0], [100], [100]])
def test_segments_are_cut_where_the_bytes_before_a_row_pass_a_multiple(blocks: list[list[int]]) -> None:
    with tempfile.TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "SEGMENT", 100)
        handles = [Handle(str(Path(place, f"b{number}")), len(block)) for number, block in enumerate(blocks)]
        for handle, block in zip(handles, blocks, strict=True):
            write_array(Path(handle.stem + ".size.npy"), np.array(block, np.uint32))
        found = segments(handles)

    expected: dict[int, list[tuple[int, int]]] = {}
    before = 0
    for number, block in enumerate(blocks):
        for row, size in enumerate(block):
            expected.setdefault(before // 100, []).append((number, row))
            before += size
    told = [[(handles.index(s.handle), row) for s in segment for row in range(s.start, s.stop)] for segment in found]
    if expected:
        assert told == [expected[number] for number in sorted(expected)]
    else:  # a version without rows still has its columns
        assert found == [[Slice(handle, 0, 0)] for handle in handles[:1]]


def test_the_size_of_a_row_is_its_text_in_bytes() -> None:
    rows = pl.DataFrame({"a": ["é", None, ""], "n": [1, 2, 3], "l": [["x"], None, []]})

    assert row_sizes(rows.select("a", "n")).tolist() == [2, 0, 0]
    assert row_sizes(rows)[0] > 2


def lines(count: int) -> list[bytes]:
    parts = ["train", "test", None]
    rows = ({"text": f"row {n} " + "wörd " * (n % 7), "part": parts[n % 3], "n": n} for n in range(count))
    return [json.dumps(row).encode() for row in rows]


def test_several_segments_are_numbered_per_part_and_can_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(writing, "SEGMENT", 700)
    made = recipe(tmp_path, [b'{"text":"alone","part":"rare","n":-1}', *lines(60)], STEP)

    one, other = run(made, tmp_path / "a", 7), run(made, tmp_path / "b", 50)

    check_books(one, 61)
    names = sorted(path.name for path in (one.folder / "data").iterdir())
    for part in ("train", "test"):
        shards = [name for name in names if name.startswith(f"{part}-")]
        assert len(shards) > 3
        assert shards == [f"{part}-{n:05d}-of-{len(shards):05d}.parquet" for n in range(len(shards))]
    assert "rare-00000-of-00001.parquet" in names
    assert content(one.folder) == content(other.folder)
    loaded = datasets.load_dataset(str(one.folder), cache_dir=str(tmp_path / "cache"))
    assert {part: rows.num_rows for part, rows in loaded.items()} == one.manifest["rows"]["parts"]
    for part, rows in loaded.items():  # the order of the input, across shards
        assert rows["n"] == sorted(rows["n"]), part


def test_rows_of_a_version_do_not_depend_on_the_size_of_segments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = recipe(tmp_path, lines(30), STEP)
    whole = run(made, tmp_path / "a")
    monkeypatch.setattr(writing, "SEGMENT", 50)

    small = run(made, tmp_path / "b")

    assert whole.manifest["got"] == small.manifest["got"]
    assert data(whole).sort("n").equals(data(small).sort("n"))
