"""Files and folders that hold no rows: `dprep init` says so, and writes no recipe."""

from __future__ import annotations

import io
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from dprep.base.problem import Error
from dprep.plan.guess import guess

READS = "dprep reads jsonl, json, csv, tsv, parquet, arrow, text, markdown, html, warc, conll"
UNPACK = "unpack it, and name a file inside"


def _png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    size = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")


def _zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("mail.jsonl", '{"text": "hello"}\n' * 3)
    return made.getvalue()


def _tar_gz() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("mail.jsonl"), io.BytesIO())
    return made.getvalue()


def _program() -> bytes:
    return b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\0\x3e\0" * 50 + b"usage: ls [file]\0" * 20


def _noise() -> bytes:
    return random.Random(1).randbytes(4000)


def _samples() -> bytes:
    return b"".join(struct.pack("<h", i * 37 % 4001 - 2000) for i in range(5000))


FILES: list[tuple[str, Callable[[], bytes], str, str]] = [
    ("ls", _program, "unreadable-file: `ls` is a program: it holds no rows of text", READS),
    ("ls.jsonl", _program, "unreadable-file: `ls.jsonl` is a program: it holds no rows of text", READS),
    ("pixel.png", _png, "unreadable-file: `pixel.png` is a PNG image: it holds no rows of text", READS),
    ("pixel.html", _png, "unreadable-file: `pixel.html` is a PNG image: it holds no rows of text", READS),
    (
        "mail.zip",
        _zip,
        "unreadable-file: `mail.zip` is a ZIP archive (or an office document): it holds no rows of text",
        UNPACK,
    ),
    ("mail.tar.gz", _tar_gz, "unreadable-file: `mail.tar.gz` is a tar archive: it holds no rows of text", UNPACK),
    ("noise.csv", _noise, "unreadable-file: `noise.csv` is binary data: it holds no rows of text", READS),
    ("sound.raw", _samples, "unreadable-file: `sound.raw` is binary data: it holds no rows of text", READS),
    ("empty.jsonl", bytes, "no-rows: `empty.jsonl` is empty", "`dprep init` needs a few rows to look at"),
    ("empty", bytes, "no-rows: `empty` is empty", "`dprep init` needs a few rows to look at"),
]


@pytest.mark.parametrize(("name", "content", "told", "help"), FILES, ids=[name for name, *_ in FILES])
def test_a_file_without_rows_of_text_is_a_problem(
    name: str, content: Callable[[], bytes], told: str, help: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content())

    with pytest.raises(Error) as caught:
        guess(name, tmp_path)

    (problem,) = caught.value.problems
    assert (f"{problem.code}: {problem.sentence}", problem.help) == (told, help)


def test_a_folder_without_data_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures/pixel.png").write_bytes(_png())

    with pytest.raises(Error) as caught:
        guess("pictures", tmp_path)

    (problem,) = caught.value.problems
    assert problem.sentence == "the folder `pictures` holds no file whose name tells a format that dprep reads"
    assert problem.help == "name the files in it, as in `pictures/*`"


@pytest.mark.parametrize(
    "text",
    [
        "hello world\nsecond line\n".encode("utf-16"),
        "我的包裹在哪里？\n应该星期一到的。\n".encode("gb18030") * 20,
        "Où est ma commande ?\nÀ bientôt\n".encode("latin-1") * 20,
        "👩‍👩‍👧 family\u200b\u202e bidi\x07 bell\x00 null, but mostly a text that people read\n".encode() * 5,
        b"x\n",
    ],
    ids=["utf-16", "gb18030", "latin-1", "dirty", "short"],
)
def test_dirty_and_foreign_text_is_text(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "mail.txt").write_bytes(text)

    assert guess("mail.txt", tmp_path).task == "text"


def test_a_folder_of_pages_is_read(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/a.html").write_text("<p>hello", encoding="utf-8")

    assert guess("pages", tmp_path).files == 1
