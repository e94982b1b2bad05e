"""Whatever the bytes, a reader gives rows, rejects or a problem: never a traceback."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.store.formats import FORMATS, File, Reading, read, settle

ARTICLE = {
    "title": "t",
    "paragraphs": [{"context": "c", "qas": [{"id": 1, "question": "q", "answers": [{"text": "a", "answer_start": 0}]}]}],
}
TABLE = pa.table({"text": ["a", "b", None], "n": [1, 2, 3], "l": [["x"], [], None]})


def parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(TABLE, sink)
    return sink.getvalue()


def arrow() -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, TABLE.schema) as writer:
        writer.write_table(TABLE)
    return sink.getvalue()


PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
SEEDS = {
    "jsonl": b'{"text": "a", "n": [1, {"x": null}]}\n{"text": 2.5}\n',
    "json": b'{"v": 1, "data": [{"text": "a"}, {"text": [true, -1e3]}]}',
    "csv": b'text,n\n"a ""b""\nc",1\nd,2\n',
    "tsv": b"text\tn\na\t1\n",
    "parquet": parquet(),
    "text": "a\n好\n".encode(),
    "markdown": b"# a\n",
    "html": b"<meta charset=gbk><p>\xc4\xe3",
    "warc": b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n"
    % (len(PAGE), PAGE),
    "conll": b"-DOCSTART- O\n\na\tB-X\nb\tO\n\nc\tO\n",
    "squad": json.dumps({"data": [ARTICLE]}).encode(),
}
SCRAPS = st.sampled_from(
    [
        b'"',
        b"\\",
        b"{",
        b"]",
        b",",
        b"\n",
        b"\r",
        b"\t",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\x1f\x8b",
        b"null",
        b"9" * 400,
    ]
)
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9), SCRAPS | st.binary(max_size=4)), max_size=5)
READINGS = st.sampled_from(
    [
        {},
        {"types": {"text": "string", "n": "int"}},
        {"columns": {"text": "data.0.text", "n": "n"}},
        {"required": ("text",)},
        {"max_row": 30},
    ]
)


def edited(data: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """`data` with pieces replaced: place as a share of the length, bytes that go, bytes that come."""
    for share, gone, come in edits:
        at = int(share * len(data))
        data = data[:at] + come + data[at + gone :]
    return data


@pytest.mark.parametrize("format", sorted(SEEDS))
@settings(max_examples=70, deadline=None)
@given(edits=EDITS, junk=st.binary(max_size=40) | st.none(), reading=READINGS, rows=st.integers(1, 5))
def test_no_bytes_end_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory,
    format: str,
    edits: list[tuple[float, int, bytes]],
    junk: bytes | None,
    reading: dict[str, object],
    rows: int,
) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzz.{format}"
    data = junk if junk is not None else edited(SEEDS[format], edits)
    path.write_bytes(data)
    try:
        for chunk in read(File(path.name, str(path), len(data)), Reading(format=format, **reading), block_rows=rows):  # type: ignore[arg-type]
            assert chunk.rows.width == 0 or chunk.rows.height == len(chunk.places)
            assert set(chunk.kinds) == set(chunk.rows.columns)
            for series in chunk.rows:
                settle(series, chunk.kinds[series.name], chunk.kinds[series.name])
            for rejected in chunk.rejected:
                assert rejected.reason
                assert rejected.detail
                rejected.raw.encode()
    except Error:
        return


def test_every_format_that_reads_bytes_is_fuzzed() -> None:
    assert set(FORMATS) - set(SEEDS) == {"arrow", "hf"}  # Arrow data is trusted: checking it costs more than reading it


@pytest.mark.parametrize(("name", "data"), [("rows.jsonl", b'{"": "a", "text": "b"}\n'), ("rows.json", b'[{"": "a"}]')])
def test_a_column_may_have_an_empty_name(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    (chunk,) = read(File(name, str(path), len(data)), Reading(format=name.partition(".")[2]))

    assert "" in chunk.rows.columns
    assert set(chunk.kinds) == set(chunk.rows.columns)


def test_a_line_of_unicode_blanks_is_no_sentence(tmp_path: Path) -> None:
    path = tmp_path / "tags.conll"
    path.write_bytes("EU B-ORG\n\u00a0\nrejects O\n\n\u3000\n".encode())
    (chunk,) = read(File(path.name, str(path), path.stat().st_size), Reading(format="conll"))

    assert chunk.rows.get_column("tokens").to_list() == ['["EU","rejects"]']
    assert chunk.rejected == []
