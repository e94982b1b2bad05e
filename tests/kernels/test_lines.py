from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.text import Text
from dprep.kernels.lines import Lines, lines, split_lines
from tests.ops.strange import batches

BROKEN = st.lists(st.text(alphabet="ab\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029\u2026é中 "), max_size=6)


def pieces(text: Text, found: Lines) -> list[list[str]]:
    data = text.buffers.data.tobytes()
    spans = [data[a:b].decode() for a, b in zip(found.starts, found.ends, strict=True)]
    return [spans[a:b] for a, b in zip(found.rows, found.rows[1:], strict=False)]


@given(st.one_of(BROKEN, batches))
@settings(max_examples=300, deadline=None)
def test_lines_are_those_of_python(rows):
    text = Text(pl.Series(rows, dtype=pl.String))

    assert pieces(text, text.once(lines)) == [row.split("\n") for row in rows]
    assert pieces(text, text.once(split_lines)) == [row.splitlines() for row in rows]


@given(BROKEN, st.randoms())
@settings(max_examples=100, deadline=None)
def test_lines_of_kept_rows_are_lines_of_the_kept_texts(rows, random):
    text = Text(pl.Series(rows, dtype=pl.String))
    chosen = np.array([n for n in range(len(rows)) if random.random() < 0.5], np.int64)
    kept = Text(text.series.gather(chosen))

    for view in (lines, split_lines):
        shift = kept.buffers.offsets[:-1] - text.buffers.offsets[:-1][chosen]
        assert pieces(kept, view(text).taken(chosen, shift)) == pieces(kept, view(kept))


def test_a_megabyte_without_a_line_break_is_one_line():
    text = Text(pl.Series(["x" * 1_000_000, "", "a\n"]))

    assert text.once(lines).rows.tolist() == [0, 1, 2, 4]
    assert text.once(split_lines).rows.tolist() == [0, 1, 1, 2]
