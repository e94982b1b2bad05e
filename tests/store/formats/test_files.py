"""Patterns mean the files that a person would expect, under names that do not depend on the machine."""

from __future__ import annotations

from pathlib import Path

import pytest
import xxhash

from dprep.base.problem import Error
from dprep.store.formats import File, detect_format, expand, fingerprint


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "mail/b.jsonl",
        "mail/a.jsonl.gz",
        "mail/deep/c.csv",
        "mail/.hidden.jsonl",
        "mail/notes.bin",
        "x[1].txt",
        "mail/.git/d.txt",
    ):
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_text(name)
    (tmp_path / "beside.txt").write_text("beside")
    return tmp_path / "root"


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("mail/*.jsonl*", ["mail/a.jsonl.gz", "mail/b.jsonl"]),
        ("mail/*", ["mail/a.jsonl.gz", "mail/b.jsonl", "mail/notes.bin"]),
        ("mail", ["mail/a.jsonl.gz", "mail/b.jsonl", "mail/deep/c.csv"]),
        ("**/*.csv", ["mail/deep/c.csv"]),
        ("mail/**", ["mail/a.jsonl.gz", "mail/b.jsonl", "mail/deep/c.csv", "mail/notes.bin"]),
        ("mail/.*.jsonl", ["mail/.hidden.jsonl"]),
        ("mail/[ab].jsonl", ["mail/b.jsonl"]),
        ("x[1].txt", ["x[1].txt"]),
        ("./mail/../mail/b.jsonl", ["mail/b.jsonl"]),
        ("../beside.txt", ["../beside.txt"]),
        ("none/*.jsonl", []),
        ("none.jsonl", []),
        ("-", ["-"]),
    ],
)
def test_a_pattern_means_these_files(pattern: str, names: list[str], tree: Path) -> None:
    assert [file.name for file in expand(pattern, tree)] == names


def test_a_folder_gives_the_files_of_a_stated_format(tree: Path) -> None:
    assert [file.name for file in expand("mail", tree, "csv")] == ["mail/deep/c.csv"]


def test_an_absolute_pattern_below_the_root_gives_the_same_names(tree: Path) -> None:
    assert expand(str(tree / "mail/*.jsonl"), tree) == expand("mail/*.jsonl", tree)
    assert expand("mail/b.jsonl", tree) == [File("mail/b.jsonl", str(tree / "mail/b.jsonl"), len("mail/b.jsonl"))]


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("mail.jsonl.zst", "jsonl"),
        ("A.NDJSON", "jsonl"),
        ("a.tsv.xz", "tsv"),
        ("a.b/c.parquet", "parquet"),
        ("a.htm", "html"),
        ("https://a/b.csv?token=x.json", "csv"),
        ("a.warc.gz", "warc"),
        ("readme", ""),
        ("a.gz", ""),
        ("jsonl", ""),
    ],
)
def test_a_name_speaks_of_its_format(name: str, format: str) -> None:
    assert detect_format(name) == format


def test_a_fingerprint_is_that_of_the_bytes(tree: Path) -> None:
    (file,) = expand("mail/b.jsonl", tree)

    assert fingerprint(file) == xxhash.xxh3_128_hexdigest(b"mail/b.jsonl")


def test_a_remote_fingerprint_changes_with_the_file() -> None:
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    file = File("memory://f/a.txt", "memory://f/a.txt")
    memory.pipe("/f/a.txt", b"one")
    before = fingerprint(file)
    again = fingerprint(file)
    memory.pipe("/f/a.txt", b"other")

    assert before == again != fingerprint(file)


def test_standard_input_has_no_fingerprint() -> None:
    with pytest.raises(Error, match="has no fingerprint"):
        fingerprint(File("-", "-"))
