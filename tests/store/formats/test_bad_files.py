"""Files that are broken in every way we could think of, and what a user is told about each.

The table says how many rows are read all the same, then every rejected record (line, reason, detail) and the fault; or the
problem, if the file as a whole cannot be read.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from dprep.base.problem import Error
from dprep.store.formats import File, Reading, read


class Bad(NamedTuple):
    name: str
    data: bytes
    reading: dict[str, object]
    told: list[str]


def parquet(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


def warc(payload: bytes, kind: bytes = b"response") -> bytes:
    head = b"WARC/1.0\r\nWARC-Type: %s\r\nWARC-Target-URI: http://a/\r\nContent-Type: application/http\r\n"
    head += b"Content-Length: %d\r\n\r\n"
    return head % (kind, len(payload)) + payload + b"\r\n\r\n"


HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n%s\r\n<p>hi</p>"
good = parquet(pa.table({"text": ["a"], "n": [1]}))

TABLE = [
    Bad(
        "comma.jsonl",
        b'{"a":1,}\n',
        {},
        ["0 rows", "1 malformed-json: the record is not JSON: a comma stands before the closing bracket at column 7"],
    ),
    Bad(
        "cut.jsonl",
        b'{"a":1}\n{"a": [1, 2',
        {},
        ["1 rows", "2 malformed-json: the record is not JSON: it ends in the middle of a value"],
    ),
    Bad(
        "quotes.jsonl",
        b"{'a':1}\n",
        {},
        ["0 rows", "1 malformed-json: the record is not JSON: a key in double quotes is expected at column 2"],
    ),
    Bad("nan.jsonl", b'{"a":NaN}\n', {}, ["0 rows", "1 malformed-json: the record is not JSON: no value begins at column 6"]),
    Bad(
        "huge.jsonl",
        b'{"a":1e999}\n',
        {},
        ["0 rows", "1 malformed-json: the record is not JSON: the number at column 6 is too large"],
    ),
    Bad(
        "surrogate.jsonl",
        b'{"a":"\\ud800"}\n',
        {},
        ["0 rows", "1 malformed-json: the record is not JSON: half of a surrogate pair stands at column 7"],
    ),
    Bad(
        "nul.jsonl",
        b'{"a":"\x00"}\n',
        {},
        ["0 rows", "1 malformed-json: the record is not JSON: a control character stands in the string at column 7"],
    ),
    Bad(
        "colon.jsonl", b'{"a" 1}\n', {}, ["0 rows", "1 malformed-json: the record is not JSON: a colon is expected at column 6"]
    ),
    Bad(
        "nocomma.jsonl",
        b'{"a":1 "b":2}\n',
        {},
        ["0 rows", "1 malformed-json: the record is not JSON: a comma or a closing bracket is expected at column 8"],
    ),
    Bad(
        "two.jsonl",
        b'{"a":1}{"a":2}\n',
        {},
        ["0 rows", "1 malformed-json: the record is not JSON: something follows the value, from column 8"],
    ),
    Bad(
        "zero.jsonl",
        b'{"a":01}\n',
        {},
        ["0 rows", "1 malformed-json: the record is not JSON: the number at column 6 begins with a zero"],
    ),
    Bad(
        "deep.jsonl",
        b'{"a":' + b"[" * 2000 + b"\n",
        {},
        ["0 rows", "1 malformed-json: the record is not JSON: it is nested more than 1,024 levels deep"],
    ),
    Bad(
        "escape.jsonl",
        b'{"a":"\\x"}\n',
        {},
        ["0 rows", "1 malformed-json: the record is not JSON: an escape that JSON does not know stands at column 7"],
    ),
    Bad(
        "tru.jsonl",
        b'{"a":tru}\n',
        {},
        ["0 rows", "1 malformed-json: the record is not JSON: a word that is not true, false or null stands at column 6"],
    ),
    Bad(
        "bytes.jsonl",
        b'{"a":"x"}\n{"a":"caf\xe9"}\n{"a":"y"}\n',
        {},
        ["2 rows", "2 invalid-bytes: byte 0xe9 at column 10 is not UTF-8"],
    ),
    Bad("list.jsonl", b"[1,2]\n", {}, ["0 rows", "1 not-an-object: the line holds a list, not an object"]),
    Bad("null.jsonl", b"null\n", {}, ["0 rows", "1 not-an-object: the line holds null, not an object"]),
    Bad("string.jsonl", b'"x"\n', {}, ["0 rows", "1 not-an-object: the line holds a string, not an object"]),
    Bad(
        "long.jsonl",
        b'{"a":"' + b"x" * 100 + b'"}\n{"a":1}\n',
        {"max_row": 50},
        ["1 rows", "1 too-long: the record takes 108 bytes, more than `max_row` = 50"],
    ),
    Bad(
        "number.jsonl",
        b'{"text":5}\n',
        {"types": {"text": "string"}},
        ["0 rows", "1 wrong-type: `text` must be a string, found a number"],
    ),
    Bad(
        "object.jsonl",
        b'{"label":{"x":1}}\n',
        {"types": {"label": "string"}},
        ["0 rows", "1 wrong-type: `label` must be a string, found an object"],
    ),
    Bad(
        "labels.jsonl",
        b'{"label":["a",1]}\n',
        {"types": {"label": "list[string]"}},
        ["0 rows", "1 wrong-type: `label` must be a list of strings, found a list with a number in it"],
    ),
    Bad(
        "score.jsonl",
        b'{"score":"0.5"}\n',
        {"types": {"score": "float"}},
        ["0 rows", "1 wrong-type: `score` must be a number, found a string"],
    ),
    Bad(
        "big.jsonl",
        b'{"n":9223372036854775808}\n',
        {"types": {"n": "int"}},
        ["0 rows", "1 wrong-type: `n` must fit in 64 bits, found `9223372036854775808`"],
    ),
    Bad(
        "bool.jsonl",
        b'{"n":1}\n',
        {"types": {"n": "bool"}},
        ["0 rows", "1 wrong-type: `n` must be true or false, found a number"],
    ),
    Bad(
        "missing.jsonl",
        b'{"txt":"x"}\n',
        {"columns": {"text": "body.html"}, "required": ("text",)},
        ["0 rows", "1 missing-field: the record has no `body.html`"],
    ),
    Bad(
        "bom16.jsonl",
        '{"a":1}\n{bad\n'.encode("utf-16"),
        {},
        ["1 rows", "2 malformed-json: the record is not JSON: a key in double quotes is expected at column 2"],
    ),
    Bad(
        "declared.jsonl",
        '{"a":"好"}\n'.encode("gb18030") + b'{"a":"\xff"}\n',
        {"encoding": "gb18030"},
        ["1 rows", "2 invalid-bytes: the bytes at column 7 do not fit the encoding of the file"],
    ),
    Bad("few.csv", b"a,b\n1\n2,3\n", {}, ["1 rows", "2 field-count: the record has 1 field where 2 are expected"]),
    Bad("many.csv", b"a,b\n1,2,3\n", {}, ["0 rows", "2 field-count: the record has 3 fields where 2 are expected"]),
    Bad(
        "open.csv",
        b'a,b\n1,"x\n2,y\n',
        {},
        ["1 rows", "2 unclosed-quote: a quote opens here and is not closed before the end of the record"],
    ),
    Bad(
        "stray.csv",
        b'a,b\n1,"x"y\n2,z\n',
        {},
        ["1 rows", "2 bad-record: text follows a closing quote; a quote inside a cell is written twice"],
    ),
    Bad(
        "top.csv",
        b"te\xffxt,label\na,b\n",
        {"encoding": "utf-8"},
        [
            "error[unreadable-file]: the header of `top.csv` cannot be read: byte 0xff at column 3 is not UTF-8",
            "  = help: state its `encoding`",
        ],
    ),
    Bad("bytes.csv", b"a,b\n1,x\n2,\xff\n3,y\n", {}, ["2 rows", "3 invalid-bytes: byte 0xff at column 3 is not UTF-8"]),
    Bad("cr.csv", b'a,b\n1,x\ry\n2,"z"\n', {}, ["1 rows", "2 bad-record: a carriage return stands in a cell without quotes"]),
    Bad(
        "int.csv",
        b"a,n\nx,12a\ny,\n",
        {"types": {"n": "int"}},
        ["1 rows", "2 wrong-type: `n` must be a whole number, found `12a`"],
    ),
    Bad("float.csv", b"a,n\nx,nan\n", {"types": {"n": "float"}}, ["0 rows", "2 wrong-type: `n` must be a number, found `nan`"]),
    Bad(
        "flag.csv",
        b"a,n\nx,maybe\n",
        {"types": {"n": "bool"}},
        ["0 rows", "2 wrong-type: `n` must be true or false, found `maybe`"],
    ),
    Bad(
        "cell.csv",
        b'a;n\nx;[1]\ny;["b"]\n',
        {"types": {"n": "list[string]"}, "options": {"delimiter": ";"}},
        ["1 rows", "2 wrong-type: `n` must be a list of strings, found `[1]`"],
    ),
    Bad(
        "long.csv",
        b"a,b\n1," + b"x" * 99 + b"\n2,y\n",
        {"max_row": 50},
        ["1 rows", "2 too-long: the record takes 101 bytes, more than `max_row` = 50"],
    ),
    Bad(
        "header.csv",
        b"txt,label\na,b\n",
        {"required": ("text",)},
        ["error[missing-column]: `header.csv` has no column `text`", "  = help: did you mean `txt`?"],
    ),
    Bad(
        "delimiter.csv",
        b"a,b\n",
        {"options": {"delimiter": "||"}},
        ["error[wrong-option]: `delimiter` must be one ASCII character, found `||`", '  = help: as in `delimiter = ";"`'],
    ),
    Bad("tabs.tsv", b'a\tb\n1\t"2\t3\n', {}, ["0 rows", "2 field-count: the record has 3 fields where 2 are expected"]),
    Bad("bytes.txt", b"good\nb\xffd\n\xe5\xa5\xbd\n", {}, ["2 rows", "2 invalid-bytes: byte 0xff at column 2 is not UTF-8"]),
    Bad(
        "long.txt",
        b"x" * 99 + b"\nok\n",
        {"max_row": 50},
        ["1 rows", "1 too-long: the record takes 99 bytes, more than `max_row` = 50"],
    ),
    Bad(
        "whole.txt",
        b"b\xff\xfed\n" + b"ascii\n" * 9,
        {"options": {"unit": "file"}},
        ["0 rows", "1 invalid-bytes: byte 0xff at column 2 is not UTF-8"],
    ),
    Bad("ner.conll", b"a\tO\nb\n\nc\tO\n", {}, ["1 rows", "1 field-count: line 2 has 1 column where 2 are expected"]),
    Bad("one.conll", b"a\nb\n", {}, ["0 rows", "1 field-count: line 1 has 1 column where a token and a tag are expected"]),
    Bad(
        "empty.conll",
        b"a\tO\n\tO\n\nb\tO\nc\t\n",
        {},
        ["0 rows", "1 bad-record: line 2 has no token", "4 bad-record: line 5 has no tag"],
    ),
    Bad("bytes.conll", b"a O\n\xff O\n\nb O\n", {}, ["1 rows", "1 invalid-bytes: line 2: byte 0xff at column 1 is not UTF-8"]),
    Bad(
        "text.json",
        b"hello",
        {},
        [
            "error[unreadable-file]: `text.json` is not JSON: what stands at character 1 does not belong there",
            '  = help: if each line is a record, state `format = "jsonl"`',
        ],
    ),
    Bad(
        "scalar.json",
        b"5",
        {},
        [
            "error[unreadable-file]: `scalar.json` holds one value that is no object",
            "  = help: a list of objects is read, or an object that holds one",
        ],
    ),
    Bad(
        "object.json",
        b'{"a": 1, "b": "x"}',
        {},
        [
            "error[unreadable-file]: `object.json` holds one object without a list of records (`a`, `b`)",
            '  = help: say where the records are, as in `record = "a"`',
        ],
    ),
    Bad(
        "pairs.json",
        b'{"train": [["a","b"]], "test": []}',
        {},
        [
            "error[unreadable-file]: `pairs.json` holds one object without a list of records (`train`, `test`)",
            '  = help: say where the records are, as in `record = "train"`',
        ],
    ),
    Bad(
        "two.json",
        b'{"x":[{"a":1}],"y":[{"a":2}]}',
        {},
        [
            "error[unreadable-file]: `two.json` holds records in more than one place (`x`, `y`)",
            '  = help: say where the records are, as in `record = "x"`',
        ],
    ),
    Bad(
        "path.json",
        b'{"data":[]}',
        {"options": {"record": "date"}},
        ["error[unreadable-file]: `path.json` has no `date`: there is no `date`", "  = help: did you mean `data`?"],
    ),
    Bad(
        "deeper.json",
        b'{"data":[]}',
        {"options": {"record": "data.items"}},
        [
            "error[unreadable-file]: `deeper.json` has no `data.items`: there is no object around `items`",
            "  = help: correct `record`",
        ],
    ),
    Bad(
        "mixed.json",
        b'[{"a":1}, 5, {"a":NaN}]',
        {},
        [
            "1 rows",
            "2 not-an-object: the record is a number, not an object",
            "3 malformed-json: the record is not JSON: no value begins at column 6",
        ],
    ),
    Bad(
        "comma.json",
        b'[{"a":1},\n]',
        {},
        ["1 rows", "`comma.json` broke off after record 1: a comma stands before the closing bracket at character 11"],
    ),
    Bad(
        "cut.json", b'[{"a":1}, {"a":', {}, ["1 rows", "`cut.json` broke off after record 1: it ends in the middle of a value"]
    ),
    Bad(
        "more.json",
        b'[{"a":1}] x',
        {},
        ["1 rows", "`more.json` broke off after record 1: `x` follows the document at character 11"],
    ),
    Bad(
        "bytes.json",
        b'[\n{"a":"\xff"},\n{"a":1},\n{"a":2}]',
        {},
        ["2 rows", "1 invalid-bytes: byte 0xff at column 7 is not UTF-8"],
    ),
    Bad(
        "digit.jsonl",
        b'{"a":-}\n',
        {},
        ["0 rows", "1 malformed-json: the record is not JSON: the number at column 7 is not finished"],
    ),
    Bad("blank.csv", b"a,b\n\n1,2\n\n3\n", {}, ["1 rows", "5 field-count: the record has 1 field where 2 are expected"]),
    Bad(
        "tail.csv",
        b'a,b\n1,2\n"3,4\n5,6\n',
        {},
        ["2 rows", "3 unclosed-quote: a quote opens here and is not closed before the end of the record"],
    ),
    Bad(
        "lone.json",
        b'[{"a":"\\ud800"},{"a":"\x01"}]',
        {},
        [
            "0 rows",
            "1 malformed-json: the record is not JSON: half of a surrogate pair stands at column 7",
            "2 malformed-json: the record is not JSON: a control character stands in the string at column 7",
        ],
    ),
    Bad(
        "long.json",
        b'[{"a":"' + b"x" * 99 + b'"},{"a":1}]',
        {"max_row": 90},
        ["1 rows", "1 too-long: the record takes 107 bytes, more than `max_row` = 90"],
    ),
    Bad(
        "long.parquet",
        parquet(pa.table({"text": ["x" * 99, "y"]})),
        {"max_row": 50},
        ["1 rows", "1 too-long: the record takes 99 bytes, more than `max_row` = 50"],
    ),
    Bad(
        "article.json",
        b'{"data":[{"title":"t"},{"paragraphs":[{"context":5,"qas":[]},{"context":"c","qas":[{"id":1},{"question":"q","answers":[{"text":"a"}]},{"question":"q","answers":[{"text":"a","answer_start":"0"}]}]}]}]}',
        {"format": "squad"},
        [
            "0 rows",
            "1 bad-record: the article has no `paragraphs`",
            "2 bad-record: the paragraph's `context` is a number, not a string",
            "3 bad-record: the question has no `question`",
            "4 bad-record: the answer has no `answer_start`",
            "5 bad-record: the answer's `answer_start` is a string, not a whole number",
        ],
    ),
    Bad(
        "no.json",
        b'{"version":1}',
        {"format": "squad"},
        ["error[unreadable-file]: `no.json` has no `data`: there is no `data`", "  = help: there are `version`"],
    ),
    Bad(
        "text.parquet",
        b"hello",
        {},
        [
            "error[unreadable-file]: `text.parquet` is not a whole Parquet file: its table of contents cannot be read",
            "  = help: fetch or write it again",
        ],
    ),
    Bad(
        "empty.parquet",
        b"",
        {},
        [
            "error[unreadable-file]: `empty.parquet` is not a whole Parquet file: it is empty",
            "  = help: fetch or write it again",
        ],
    ),
    Bad(
        "cut.parquet",
        good[:-20],
        {},
        [
            "error[unreadable-file]: `cut.parquet` is not a whole Parquet file: its table of contents cannot be read",
            "  = help: fetch or write it again",
        ],
    ),
    Bad("typed.parquet", good, {"types": {"n": "string"}}, ["0 rows", "1 wrong-type: `n` must be a string, found a number"]),
    Bad(
        "column.parquet",
        good,
        {"columns": {"text": "txt"}, "required": ("text",)},
        ["error[missing-column]: `column.parquet` has no column `txt`", "  = help: did you mean `text`?"],
    ),
    Bad(
        "text.arrow",
        b"hello world",
        {},
        [
            "error[unreadable-file]: `text.arrow` is not a whole Arrow file: its table of contents cannot be read",
            "  = help: fetch or write it again",
        ],
    ),
    Bad(
        "empty.arrow",
        b"",
        {},
        ["error[unreadable-file]: `empty.arrow` is not a whole Arrow file: it is empty", "  = help: fetch or write it again"],
    ),
    Bad(
        "page.warc",
        b"<html>",
        {},
        ["error[unreadable-file]: `page.warc` is no WARC file: it begins with `<html>`", "  = help: state the format it has"],
    ),
    Bad(
        "packed.warc",
        warc(HTTP % b"Content-Encoding: br\r\n") + warc(HTTP % b""),
        {},
        ["1 rows", "1 bad-record: the page is packed as `br`, which is not read"],
    ),
    Bad(
        "nohttp.warc",
        warc(b"HTTP/1.1 200 OK\r\nContent-Type: text/html"),
        {},
        ["0 rows", "1 bad-record: the record holds no whole HTTP response"],
    ),
    Bad(
        "cut.warc",
        warc(HTTP % b"") + warc(HTTP % b"")[:-20],
        {},
        ["1 rows", "`cut.warc` broke off after record 1: the last record is cut short"],
    ),
    Bad(
        "junk.warc",
        warc(HTTP % b"") + b"junk\r\n\r\n",
        {},
        ["1 rows", "`junk.warc` broke off after record 1: no record begins at byte 171"],
    ),
    Bad(
        "plain.jsonl.gz",
        b'{"a":1}\n',
        {},
        [
            'error[unreadable-file]: `plain.jsonl.gz` is named as gzip but begins with `{"a"`, which is not gzip',
            "  = help: if it is plain, rename it without `.gz`; else fetch it again",
        ],
    ),
    Bad(
        "cut.jsonl.gz",
        gzip.compress(b'{"a":1}\n{"a":2}\n', mtime=0)[:-9],
        {},
        ["2 rows", "`cut.jsonl.gz` broke off after line 2: the gzip data ends too early, after 24 compressed bytes"],
    ),
    Bad(
        "cut.jsonl.zst",
        zstandard.ZstdCompressor().compress(b'{"a":1}\n') + zstandard.ZstdCompressor().compress(b'{"a":2}\n')[:-5],
        {},
        ["1 rows", "`cut.jsonl.zst` broke off after line 1: the zstd data ends too early, after 29 compressed bytes"],
    ),
    Bad(
        "flipped.csv.bz2",
        bz2.compress(b"a\n1\n")[:-6] + b"\0" * 6,
        {},
        ["0 rows", "`flipped.csv.bz2` broke off after line 0: the bzip2 data is damaged, before compressed byte 43"],
    ),
    Bad(
        "cut.txt.xz",
        lzma.compress(b"a\nb\n")[:-10],
        {},
        ["2 rows", "`cut.txt.xz` broke off after line 2: the xz data ends too early, after 50 compressed bytes"],
    ),
    Bad(
        "mail.jsonl.lz4",
        b"x",
        {},
        [
            "error[unknown-format]: `mail.jsonl.lz4` is packed as lz4, which is not read",
            "  = help: unpack it, or pack it as gz, zst, bz2 or xz",
        ],
    ),
    Bad(
        "mail.dat",
        b"x",
        {},
        [
            "error[unknown-format]: the format of `mail.dat` cannot be told by its name",
            '  = help: state it, as in `format = "jsonl"`',
        ],
    ),
    Bad(
        "named.jsonl",
        b"x",
        {"format": "jsnl"},
        ["error[unknown-format]: no format is called `jsnl`", "  = help: did you mean `jsonl`?"],
    ),
    Bad(
        "codec.jsonl",
        b"x",
        {"encoding": "utf-9"},
        ["error[unknown-encoding]: no encoding is called `utf-9`", "  = help: did you mean `utf-8`?"],
    ),
    Bad(
        "codec2.jsonl",
        b"x",
        {"encoding": "base64"},
        [
            "error[unknown-encoding]: no encoding is called `base64`",
            "  = help: known are, among others, `utf-8`, `utf-16`, `utf-32`, `latin-1`, `cp1252`, `gb18030`, `gbk`, `big5`",
        ],
    ),
]


def told(file: File, reading: Reading) -> list[str]:
    try:
        chunks = list(read(file, reading))
    except Error as error:
        return error.problems[0].render().split("\n")
    rejected = [f"{r.line} {r.reason}: {r.detail}" for chunk in chunks for r in chunk.rejected]
    return [f"{sum(c.rows.height for c in chunks)} rows", *rejected, *(c.fault for c in chunks if c.fault)]


@pytest.mark.parametrize("bad", TABLE, ids=[bad.name for bad in TABLE])
def test_a_bad_file_is_told_in_these_words(bad: Bad, tmp_path: Path) -> None:
    (tmp_path / bad.name).write_bytes(bad.data)

    assert told(File(bad.name, str(tmp_path / bad.name), len(bad.data)), Reading(**bad.reading)) == bad.told  # type: ignore[arg-type]


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) >= 40
    assert len({bad.name for bad in TABLE}) == len(TABLE)


def test_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    file = File("folder", str(tmp_path / "folder"))

    assert (
        told(file, Reading())
        == told(file, Reading(format="jsonl"))
        == [
            "error[unreadable-file]: `folder` is a folder, not a file",
            "  = help: name the files in it, as in `folder/*.jsonl`",
        ]
    )
    assert told(file, Reading(format="hf")) == [
        "error[unreadable-file]: `folder` is no folder that `save_to_disk` wrote: "
        "it has no `dataset_dict.json` and no `state.json`",
        "  = help: name the folder that holds one of them",
    ]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert told(File("gone.jsonl", str(tmp_path / "gone.jsonl")), Reading()) == [
        "error[no-such-file]: there is no file `gone.jsonl`",
        "  = help: look at `path` in the recipe, and at the root it starts from",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_locked_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "locked.jsonl").write_bytes(b"{}")
    (tmp_path / "locked.jsonl").chmod(0)

    assert told(File("locked.jsonl", str(tmp_path / "locked.jsonl")), Reading())[0] == (
        "error[unreadable-file]: no permission to read `locked.jsonl`"
    )


def test_a_rejected_record_shows_its_start(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"a": "\xff' + b"x" * 5_000 + b'"}\n{"a": 1}\n{"a": 2}\n')

    (chunk,) = read(File("a.jsonl", str(tmp_path / "a.jsonl")), Reading())

    assert chunk.rejected[0].raw == '{"a": "\\xff' + "x" * 1_989


def test_packages_for_remote_places_are_named() -> None:
    assert told(File("s3://bucket/a.jsonl", "nowhere9://bucket/a.jsonl"), Reading()) == [
        "error[missing-package]: `s3://bucket/a.jsonl` needs a package that is not installed to read `nowhere9://`",
        "  = help: name a local file, or a place that fsspec knows",
    ]
