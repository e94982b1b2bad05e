"""Each format gives back what was written, and says where each row stood."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
import zstandard

from dprep.base.problem import Error
from dprep.store.formats import Chunk, File, Kind, Reading, column_names, dtype, expand, read, settle

Row = dict[str, object]


def chunks_of(folder: Path, name: str, data: bytes, **reading: object) -> list[Chunk]:
    (folder / name).write_bytes(data)
    return list(read(File(name, str(folder / name), len(data)), Reading(**reading)))  # type: ignore[arg-type]


def rows_of(chunks: list[Chunk]) -> list[Row]:
    """Rows with every column settled; nothing may have been rejected."""
    assert not any(chunk.rejected or chunk.fault for chunk in chunks)
    made = []
    for chunk in chunks:
        settled = [
            settle(series, chunk.kinds[series.name], chunk.kinds[series.name]) if series.name in chunk.kinds else series
            for series in chunk.rows
        ]
        made += pl.DataFrame(settled).to_dicts()
    return made


def test_json_lines_give_mapped_kept_and_constant_columns_in_this_order(tmp_path: Path) -> None:
    data = b'{"n": 1, "body": {"html": "x"}, "tags": ["a"]}\r\n\n  \n{"n": 2, "body": {}}\n'

    (chunk,) = chunks_of(tmp_path, "a.jsonl", data, columns={"text": "body.html"}, constants={"source": "mail"})

    assert rows_of([chunk]) == [
        {"text": "x", "n": 1, "tags": ["a"], "source": "mail"},
        {"text": None, "n": 2, "tags": None, "source": "mail"},
    ]
    assert chunk.rows.columns == ["text", "n", "tags", "source"]
    assert chunk.places.tolist() == [1, 4]
    assert chunk.lines == 4


def test_paths_reach_into_lists_and_a_whole_name_wins(tmp_path: Path) -> None:
    data = b'{"turns": [{"text": "hi"}], "a.b": "whole", "a": {"b": "path"}}\n'

    rows = rows_of(chunks_of(tmp_path, "a.jsonl", data, columns={"text": "turns.0.text", "x": "a.b"}, keep=()))

    assert rows == [{"text": "hi", "x": "whole"}]


def test_keep_narrows_what_is_kept(tmp_path: Path) -> None:
    data = b'{"t": "x", "a": 1, "b": 2}\n'

    assert rows_of(chunks_of(tmp_path, "a.jsonl", data, columns={"text": "t"}, keep=("b", "none"))) == [{"text": "x", "b": 2}]


def test_null_is_not_missing(tmp_path: Path) -> None:
    (chunk,) = chunks_of(tmp_path, "a.jsonl", b'{"text": null}\n{}\n', required=("text",), types={"text": "string"})

    assert chunk.rows.to_dicts() == [{"text": None}]
    assert [(r.line, r.reason) for r in chunk.rejected] == [(2, "missing-field")]


def test_stated_types_settle_columns(tmp_path: Path) -> None:
    types = {"score": "float", "tools": "json", "labels": "list[string]", "ok": "bool", "n": "int"}
    data = b'{"score": 1, "tools": [{"b": 1, "a": 2}], "labels": [], "ok": null, "n": null}\n{"tools": "[]"}\n'

    (chunk,) = chunks_of(tmp_path, "a.jsonl", data, types=types)

    assert {name: dtype(kind) for name, kind in chunk.kinds.items()} == {
        "score": pl.Float64,
        "tools": pl.String,
        "labels": pl.List(pl.String),
        "ok": pl.Boolean,
        "n": pl.Int64,
    }
    assert rows_of([chunk])[0] == {"score": 1.0, "tools": '[{"a":2,"b":1}]', "labels": [], "ok": None, "n": None}
    assert rows_of([chunk])[1]["tools"] == "[]"


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        ("", bytes),
        (".gz", gzip.compress),
        (".zst", zstandard.ZstdCompressor().compress),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
    ],
)
def test_packed_files_read_like_plain_ones(suffix: str, pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    lines = [b'{"n": %d, "text": "%s"}\n' % (n, b"x" * 90) for n in range(40_000)]
    packed = pack(b"".join(lines[:25_000])) + pack(b"".join(lines[25_000:]))  # two members, one after the other

    chunks = chunks_of(tmp_path, "a.jsonl" + suffix, packed)

    assert [n for chunk in chunks for n in chunk.rows["n"]] == list(range(40_000))


def test_csv_cells_keep_line_breaks_and_doubled_quotes(tmp_path: Path) -> None:
    (chunk,) = chunks_of(tmp_path, "a.csv", b'\xef\xbb\xbfx,y,\r\n1,"a\r\n""b""",\r\n\r\n2,,z\r\n')

    assert chunk.rows.to_dicts() == [{"x": "1", "y": 'a\r\n"b"', "column_3": ""}, {"x": "2", "y": "", "column_3": "z"}]
    assert chunk.places.tolist() == [2, 5]
    assert chunk.lines == 5


def test_csv_cells_are_read_as_stated_types(tmp_path: Path) -> None:
    types = {"n": "int", "f": "float", "b": "bool", "l": "list[string]", "j": "json"}
    data = b'n,f,b,l,j\n-3, 1e2 ,Yes,"[""a""]","{""a"":1}"\n,,,,\n'

    rows = rows_of(chunks_of(tmp_path, "a.csv", data, types=types))

    assert rows[0] == {"n": -3, "f": 100.0, "b": True, "l": ["a"], "j": '{"a":1}'}
    assert set(rows[1].values()) == {None}


def test_csv_without_header_takes_stated_names_or_numbers(tmp_path: Path) -> None:
    named = chunks_of(tmp_path, "a.csv", b"1,x\n2,y\n", options={"column_names": ["n", "text"]})
    numbered = chunks_of(tmp_path, "b.csv", b"1,x\n2,y\n", options={"header": False})
    twice = chunks_of(tmp_path, "c.csv", b"a,a,\n1,2,3\n")

    assert named[0].rows.to_dicts() == [{"n": "1", "text": "x"}, {"n": "2", "text": "y"}]
    assert numbered[0].rows.columns == ["column_1", "column_2"]
    assert twice[0].rows.columns == ["a", "a_2", "column_3"]


def test_tsv_takes_quotes_for_characters(tmp_path: Path) -> None:
    assert rows_of(chunks_of(tmp_path, "a.tsv", b'text\tlabel\n"No," she said\t1\n')) == [
        {"text": '"No," she said', "label": "1"}
    ]


def test_a_csv_record_may_span_chunks(tmp_path: Path) -> None:
    cells = [f"line {n}\n" * 30 for n in range(3_000)]
    (tmp_path / "a.csv").write_text("text,n\n" + "".join(f'"{cell}",{n}\n' for n, cell in enumerate(cells)))
    file = File("a.csv", str(tmp_path / "a.csv"))

    chunks = list(read(file, Reading(), block_rows=997))

    assert [row for chunk in chunks for row in chunk.rows["text"]] == cells
    assert sum(chunk.lines for chunk in chunks) == 1 + 31 * 3_000
    assert [place for chunk in chunks for place in chunk.places] == [2 + 31 * n for n in range(3_000)]


def test_a_csv_record_may_be_longer_than_a_chunk(tmp_path: Path) -> None:
    cell = "\n".join("abc" for _ in range(1_000))
    (tmp_path / "a.csv").write_text(f'"text"\n"{cell}"\n"{cell}"\nend\n')

    chunks = list(read(File("a.csv", str(tmp_path / "a.csv")), Reading(), block_rows=100))

    assert [text for chunk in chunks for text in chunk.rows["text"]] == [cell, cell, "end"]
    assert sum(chunk.lines for chunk in chunks) == 2_002


def test_constants_are_columns_of_every_kind(tmp_path: Path) -> None:
    constants = {"lang": "en", "n": 3, "tags": ["a"], "nothing": None}

    rows = rows_of(chunks_of(tmp_path, "a.jsonl", b'{"lang": "fr"}\n{}\n', constants=constants))

    assert rows == 2 * [constants]


def test_json_documents_give_their_records(tmp_path: Path) -> None:
    assert rows_of(chunks_of(tmp_path, "a.json", b' [ {"a": 1} , {"a": 2} ] \n')) == [{"a": 1}, {"a": 2}]
    assert rows_of(chunks_of(tmp_path, "b.json", b'{"version": "1", "rows": [{"a": 1}], "tags": [1]}')) == [{"a": 1}]
    assert rows_of(chunks_of(tmp_path, "c.json", b'{"x": {"a": 1}, "y": {"a": 2}}')) == [
        {"key": "x", "a": 1},
        {"key": "y", "a": 2},
    ]
    assert rows_of(chunks_of(tmp_path, "d.json", b'{"a": 1}\n{"a": 2}\n')) == [{"a": 1}, {"a": 2}]
    assert rows_of(chunks_of(tmp_path, "e.json", b"[]")) == rows_of(chunks_of(tmp_path, "f.json", b"")) == []


def test_record_names_the_list_in_a_json_document(tmp_path: Path) -> None:
    options = {"record": "data.train", "column_names": ["text", "label"]}
    data = b'{"data": {"test": [["no", "x"]], "train": [["hi", "greet"], ["bye", "part"]]}}'

    rows = rows_of(chunks_of(tmp_path, "a.json", data, options=options))

    assert rows == [{"text": "hi", "label": "greet"}, {"text": "bye", "label": "part"}]


def test_a_long_json_document_is_read_in_pieces(tmp_path: Path) -> None:
    records = [{"n": n, "text": '好\\"]}{' * (n % 50), "x": [-1.5e-7, True, None, {"y": n}]} for n in range(20_000)]
    (tmp_path / "a.json").write_text(json.dumps(records, indent=1, ensure_ascii=False))

    chunks = list(read(File("a.json", str(tmp_path / "a.json")), Reading(), block_rows=3_000))

    assert len(chunks) == 7
    assert [row for chunk in chunks for row in chunk.rows["text"]] == [r["text"] for r in records]
    assert [place for chunk in chunks for place in chunk.places] == list(range(1, 20_001))


def test_parquet_keeps_its_types_and_reads_what_is_asked(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "t": ["a", None],
            "n": pl.Series([1, 2], dtype=pl.Int32),
            "d": pl.Series(["2024-01-01"] * 2).str.to_date(),
            "s": [{"b": "x"}] * 2,
        },
    )
    frame.write_parquet(tmp_path / "a.parquet")
    file = File("a.parquet", str(tmp_path / "a.parquet"))

    (whole,) = read(file, Reading())
    (mapped,) = read(file, Reading(columns={"text": "s.b"}, keep=()))

    assert whole.rows.equals(frame)
    assert [dtype(kind) for kind in whole.kinds.values()] == frame.dtypes
    assert mapped.rows.to_dicts() == [{"text": "x"}, {"text": "x"}]
    assert column_names(file, Reading()) == ["t", "n", "d", "s"]


def test_parquet_is_read_in_chunks_of_the_asked_size(tmp_path: Path) -> None:
    pl.DataFrame({"text": ["x" * 1_000] * 5_000}).write_parquet(
        tmp_path / "a.parquet", compression="uncompressed", use_pyarrow=True
    )
    file = File("a.parquet", str(tmp_path / "a.parquet"))

    by_rows = list(read(file, Reading(), block_rows=2_000))

    assert [chunk.rows.height for chunk in by_rows] == [2_000, 2_000, 1_000]
    assert by_rows[2].places.tolist() == list(range(4_001, 5_001))


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_arrow_files_and_streams_give_their_rows(kind: str, tmp_path: Path) -> None:
    table = pa.table({"text": ["a", "b", "c"], "label": pa.array(["x", "y", "x"]).dictionary_encode()})
    sink = io.BytesIO()
    with (pa.ipc.new_file if kind == "file" else pa.ipc.new_stream)(sink, table.schema) as writer:
        writer.write_table(table)

    chunks = chunks_of(tmp_path, "a.arrow", sink.getvalue())

    assert rows_of(chunks) == [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}, {"text": "c", "label": "x"}]
    assert chunks[0].kinds["label"] == Kind(frozenset({"null", "string"}))


def test_saved_datasets_give_parts_and_names_of_classes(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["ham", "spam"])})
    part = datasets.Dataset.from_dict({"text": ["a", "b"], "label": [1, 0]}, features=features)
    datasets.DatasetDict({"train": part, "validation": part.select([1])}).save_to_disk(tmp_path / "set")
    part.save_to_disk(tmp_path / "one")

    (file,) = expand("set", tmp_path)
    chunks = list(read(file, Reading()))

    assert rows_of(chunks) == [
        {"text": "a", "label": "spam", "part": "train"},
        {"text": "b", "label": "ham", "part": "train"},
        {"text": "b", "label": "ham", "part": "validation"},
    ]
    assert [place for chunk in chunks for place in chunk.places] == [1, 2, 3]
    assert rows_of(list(read(expand("one", tmp_path)[0], Reading(types={"label": "int"})))) == [
        {"text": "a", "label": 1},
        {"text": "b", "label": 0},
    ]


def test_text_gives_lines_or_whole_files(tmp_path: Path) -> None:
    (lines,) = chunks_of(tmp_path, "a.txt", b"a\r\n\n \nb\x00")
    whole = chunks_of(tmp_path, "a.txt", b"\xef\xbb\xbfa\r\n\nb", options={"unit": "file"})

    assert lines.rows.to_dicts() == [{"text": "a"}, {"text": "b\0"}]
    assert lines.places.tolist() == [1, 4]
    assert whole[0].rows.to_dicts() == [{"text": "a\r\n\nb", "path": "a.txt"}]
    assert chunks_of(tmp_path, "empty.txt", b"") == []


def test_markdown_and_html_files_are_rows_as_they_stand(tmp_path: Path) -> None:
    page = "<meta charset='Shift_JIS'><p>日本語</p>"

    assert rows_of(chunks_of(tmp_path, "a.md", "# 好\n".encode())) == [{"text": "# 好\n", "path": "a.md"}]
    assert rows_of(chunks_of(tmp_path, "a.html", page.encode("cp932"))) == [{"text": page, "path": "a.html"}]
    assert rows_of(chunks_of(tmp_path, "b.html", b"<p>caf\xe9"))[0]["text"] == "<p>café"
    assert rows_of(chunks_of(tmp_path, "c.html", "<p>好".encode("utf-16")))[0]["text"] == "<p>好"


def test_warc_gives_html_responses_only(tmp_path: Path) -> None:
    page = "<p>日本語</p>".encode("euc_jp")
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (page[:5], page[5:])) + b"0\r\n\r\n"
    html = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=EUC-JP\r\n"
    records = [
        _record(b"warcinfo", b"software: x"),
        _record(b"request", b"GET / HTTP/1.1\r\n\r\n"),
        _record(b"response", html + b"\r\n" + page),
        _record(b"response", html + b"Transfer-Encoding: chunked\r\n\r\n" + chunked),
        _record(b"response", html + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(page)),
        _record(b"response", html + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(page)),
        _record(b"response", b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n\x89PNG"),
    ]

    (chunk,) = chunks_of(tmp_path, "a.warc.gz", b"".join(map(gzip.compress, records)))

    assert rows_of([chunk]) == 4 * [
        {
            "text": "<p>日本語</p>",
            "url": "http://a/?b",
            "date": "2024-01-01T00:00:00Z",
            "content_type": "text/html; charset=EUC-JP",
        }
    ]
    assert chunk.places.tolist() == [3, 4, 5, 6]
    assert chunk.lines == 7


def _record(kind: bytes, payload: bytes) -> bytes:
    head = b"WARC/1.0\r\nWARC-Type: %s\r\nWARC-Target-URI: <http://a/?b>\r\nWARC-Date: 2024-01-01T00:00:00Z\r\n" % kind
    return head + b"Content-Type: application/http;msgtype=response\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n" % (
        len(payload),
        payload,
    )


def test_conll_gives_sentences_with_tags(tmp_path: Path) -> None:
    data = b"-DOCSTART- -X- O\n\n# id = 1\nEU NNP B-ORG\nrejects VBZ O\n\n\n# O\nx O\n"
    (chunk,) = chunks_of(tmp_path, "a.conll", data)
    tabs = chunks_of(tmp_path, "b.conll", "New York\tB-LOC\r\n#\tO\r\n\t\r\n好\tO".encode())

    assert rows_of([chunk]) == [
        {"tokens": ["EU", "rejects"], "tags": ["B-ORG", "O"]},
        {"tokens": ["#", "x"], "tags": ["O", "O"]},
    ]
    assert chunk.places.tolist() == [3, 8]
    assert rows_of(tabs) == [{"tokens": ["New York", "#"], "tags": ["B-LOC", "O"]}, {"tokens": ["好"], "tags": ["O"]}]


def test_a_sentence_may_span_chunks(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text("".join(f"w{n}\tO\n" + "\n" * (n % 7 == 6) for n in range(700)))

    chunks = list(read(File("a.conll", str(tmp_path / "a.conll")), Reading(), block_rows=10))

    assert [tokens for row in rows_of(chunks) for tokens in row["tokens"]] == [f"w{n}" for n in range(700)]  # type: ignore[attr-defined]
    assert [place for chunk in chunks for place in chunk.places] == [1 + 8 * n for n in range(100)]
    assert sum(chunk.lines for chunk in chunks) == 800


def test_squad_gives_a_row_for_each_question(tmp_path: Path) -> None:
    questions = [
        {"id": "q1", "question": "Who?", "answers": [{"text": "He", "answer_start": 0}, {"text": "he", "answer_start": 5}]},
        {"id": "q2", "question": "Why?", "answers": [], "is_impossible": True},
    ]
    data = json.dumps({"version": "2", "data": [{"title": "T", "paragraphs": [{"context": "He. he", "qas": questions}]}]})

    (chunk,) = chunks_of(tmp_path, "a.json", data.encode(), format="squad", columns={"text": "question"})

    assert rows_of([chunk]) == [
        {
            "text": "Who?",
            "qid": "q1",
            "title": "T",
            "context": "He. he",
            "answers": {"answer_start": [0, 5], "text": ["He", "he"]},
            "is_impossible": None,
        },
        {
            "text": "Why?",
            "qid": "q2",
            "title": "T",
            "context": "He. he",
            "answers": {"answer_start": [], "text": []},
            "is_impossible": True,
        },
    ]


def test_remote_files_are_found_and_read(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    memory.pipe(
        {"/formats/b.jsonl": b'{"a": 2}\n', "/formats/a.jsonl.gz": gzip.compress(b'{"a": 1}\n'), "/formats/c.bin": b"x"}
    )

    files = expand("memory://formats/*.jsonl*", tmp_path)

    assert [file.name for file in files] == ["memory:///formats/a.jsonl.gz", "memory:///formats/b.jsonl"]
    assert [row for file in files for row in rows_of(list(read(file, Reading())))] == [{"a": 1}, {"a": 2}]
    assert [file.name for file in expand("memory://formats", tmp_path)] == [file.name for file in files]


def test_a_missing_package_is_named_with_its_command() -> None:
    with pytest.raises(Error) as caught:
        expand("nowhere9://bucket/*.jsonl", Path("/"))

    assert caught.value.problems[0].code == "missing-package"


def test_standard_input_is_read_once_its_format_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    sink = io.BytesIO()
    pl.DataFrame({"a": [1, 2]}).write_parquet(sink)
    (file,) = expand("-", Path("/"))

    monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": Pipe(b'{"a": 1}\n')}))
    assert rows_of(list(read(file, Reading(format="jsonl")))) == [{"a": 1}]
    monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": Pipe(sink.getvalue())}))
    assert rows_of(list(read(file, Reading(format="parquet")))) == [{"a": 1}, {"a": 2}]
    with pytest.raises(Error, match="the format of standard input cannot be told"):
        list(read(file, Reading()))


@pytest.mark.parametrize(
    ("name", "data", "names"),
    [
        ("a.jsonl", b'{"a": 1}\n{"b": 2}\n{bad', ["a", "b"]),
        ("a.csv", b"x,y\n1,2\n", ["x", "y"]),
        ("a.csv", b"x,y\n", ["x", "y"]),
        ("a.json", b'[{"p": 1}, {"q": 2}]', ["p", "q"]),
        ("a.txt", b"hello", ["text"]),
        ("a.html", b"hello", ["text", "path"]),
        ("a.jsonl", b"", None),
    ],
)
def test_column_names_are_those_of_the_file(name: str, data: bytes, names: list[str] | None, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)

    assert column_names(File(name, str(tmp_path / name)), Reading(columns={"text": "x"}, keep=())) == names
