"""What a real run leaves in the store, read by the libraries it is made for."""

from __future__ import annotations

import bz2
import errno
import gzip
import json
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dprep import api
from dprep.base.problem import Error
from dprep.cli.main import cli
from dprep.report.writing import write_report
from dprep.store.compare import compare
from dprep.store.exports import export
from dprep.store.gc import gc
from dprep.store.manifest import file_hash
from dprep.store.versions import Version, list_versions, resolve

RECIPE = """
[dataset]
name = "tiny"
seed = 7
task = "classification"
license = "CC0-1.0"

[[source]]
path = "mail.jsonl"
license = "MIT"

[[step]]
op = "clean.whitespace"

[[step]]
op = "filter.length"
min_words = {min_words}

[[step]]
op = "dedup.exact"
"""
TEXTS = ["one two three", "one  two three ", "four five", "six", "seven eight nine", "你好 世界 再见 <b>&</b>"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two versions of six rows and one broken record; the second asks for two words instead of three."""
    folder = tmp_path_factory.mktemp("run")
    lines = [json.dumps({"text": text, "label": "xy"[number % 2], "n": number}) for number, text in enumerate(TEXTS)]
    (folder / "mail.jsonl").write_text("\n".join([*lines, '{"text": ']) + "\n")
    for min_words in (3, 2):
        (folder / "recipe.toml").write_text(RECIPE.format(min_words=min_words))
        api.run(folder / "recipe.toml", store=folder / "store", workers=1)
    return folder / "store"


@pytest.fixture
def first(store: Path) -> Version:
    return resolve(store, "tiny@v1")


def texts(rows: pl.LazyFrame) -> list[Any]:
    return sorted(rows.collect()["text"].to_list())


def test_the_rows_are_those_the_recipe_asks_for(first: Version) -> None:
    assert texts(first.scan()) == ["one two three", "seven eight nine", "你好 世界 再见 <b>&</b>"]
    assert texts(first.dropped("length")) == ["four five", "six"]
    assert first.dropped("exact").collect()["twin"].null_count() == 0
    assert first.rejected().collect()["line"].to_list() == [7]


def test_a_part_named_by_the_data_cannot_lead_out_of_the_version(tmp_path: Path) -> None:
    (tmp_path / "mail.jsonl").write_text('{"text": "one", "split": "../../../evil"}\n')
    source = '[[source]]\npath = "mail.jsonl"\ncolumns = { text = "text", part = "split" }\n'
    (tmp_path / "recipe.toml").write_text(
        f'[dataset]\nname = "t"\nseed = 1\ntask = "text"\n\n{source}\n[[step]]\nop = "clean.whitespace"\n'
    )

    with pytest.raises(Error, match=r"the data names a part `\.\./\.\./\.\./evil`"):
        api.run(tmp_path / "recipe.toml", store=tmp_path / "store", workers=1)

    assert not list(tmp_path.rglob("*evil*"))
    assert list_versions(tmp_path / "store") == []


def test_the_manifest_describes_every_file_that_shows_no_clock(first: Version) -> None:
    told = {entry["path"]: entry["hash"] for entry in first.manifest["files"]}
    there = {path.relative_to(first.folder).as_posix(): path for path in first.folder.rglob("*") if path.is_file()}

    assert set(told) == {path for path in there if path.startswith(("data/", "dropped/", "rejected/"))}
    assert all(file_hash(there[name]) == hash for name, hash in told.items())


def test_load_dataset_reads_it_as_it_stands(first: Version, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    found = datasets.load_dataset(str(first.folder), cache_dir=str(tmp_path))

    assert found["train"].to_list() == first.scan().collect().to_dicts()


def test_croissant_reads_it(first: Version) -> None:
    croissant = pytest.importorskip("mlcroissant")

    found = croissant.Dataset(first.folder / "croissant.json")

    assert not found.metadata.issues.errors
    assert sorted(record["rows/text"].decode() for record in found.records("rows")) == texts(first.scan())


def test_the_report_of_the_run_is_that_of_the_version(first: Version, tmp_path: Path) -> None:
    written = write_report(first.folder, out=tmp_path / "page.html")

    assert (first.folder / "report.html").read_bytes() == written.read_bytes()


def test_the_difference_is_told_by_step_and_reason(store: Path, first: Version) -> None:
    found = compare(first, resolve(store, "tiny"))

    assert [(group.fate, group.step, group.reason, group.rows) for group in found.groups] == [
        ("added", "length", "dropped before: min_words", 1)
    ]
    assert "four five" in found.groups[0].samples[0]
    assert found.recipe == ("  length: min_words 3 -> 2",)
    assert found.same == 3


def test_exports_hold_the_rows(first: Version, tmp_path: Path) -> None:
    (jsonl,) = export(first, tmp_path / "jsonl", "jsonl")
    (lines,) = export(first, tmp_path / "trl", "trl")

    assert [json.loads(line) for line in jsonl.read_text().splitlines()] == first.scan().collect().to_dicts()
    assert [set(json.loads(line)) for line in lines.read_text().splitlines()] == [{"prompt", "completion"}] * 3


def test_gc_leaves_the_versions_and_a_rerun_gives_the_same(store: Path, first: Version) -> None:
    gc(store, keep_bytes=0)

    assert [str(version) for version in list_versions(store)] == ["tiny@v1", "tiny@v2"]
    assert texts(first.scan()) == ["one two three", "seven eight nine", "你好 世界 再见 <b>&</b>"]
    assert api.run(store.parent / "recipe.toml", store=store, workers=1).cached
    assert api.run(store.parent / "recipe.toml", store=store, workers=1, fresh=True).folder.name == "v2"


@pytest.mark.parametrize("suffix", ["gz", "bz2"])
def test_a_file_that_broke_off_is_told_by_the_version_itself(
    suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = {"gz": gzip.compress, "bz2": bz2.compress}[suffix]
    lines = [json.dumps({"text": f"{number} {number * number}", "label": "a"}) for number in range(40_000)]
    packed = pack("\n".join(lines).encode())
    (tmp_path / f"mail.jsonl.{suffix}").write_bytes(packed[: len(packed) * 2 // 3])
    (tmp_path / "recipe.toml").write_text(RECIPE.format(min_words=1).replace("mail.jsonl", f"mail.jsonl.{suffix}"))

    made = api.run(tmp_path / "recipe.toml", store=tmp_path / "store", workers=1)
    again = api.run(tmp_path / "recipe.toml", store=tmp_path / "store", workers=1)

    told = f"`mail.jsonl.{suffix}` broke off after line {made.manifest['rows']['in']:,}: the "
    assert again.cached
    assert again.faults == made.faults
    assert len(made.faults) == 1
    assert made.faults[0].startswith(told)
    assert made.summary()["broke_off"] == list(made.faults)
    assert "1 file broke off before the end" in (made.folder / "report.html").read_text()
    assert "**Not whole:**" in (made.folder / "README.md").read_text()
    arguments = ["run", str(tmp_path / "recipe.toml"), "--store", str(tmp_path / "store"), "--json"]
    with pytest.raises(SystemExit, match="0"):
        cli.main(arguments)
    assert capsys.readouterr().err.startswith(f"warning[broke-off]: {told}")


def test_files_that_broke_off_before_the_first_row_are_named(tmp_path: Path) -> None:
    (tmp_path / "mail.jsonl.bz2").write_bytes(bz2.compress(b'{"text": "a b c", "label": "x"}\n' * 50)[:-12])
    (tmp_path / "recipe.toml").write_text(RECIPE.format(min_words=1).replace("mail.jsonl", "mail.jsonl.bz2"))
    with pytest.raises(Error) as found:
        api.run(tmp_path / "recipe.toml", store=tmp_path / "store", workers=1)
    assert found.value.problems[0].code == "no-rows"
    assert found.value.problems[0].sentence.startswith(
        "no row could be read: `mail.jsonl.bz2` broke off after line 0: the bzip2 "
    )


def test_a_store_that_can_only_be_read_still_answers(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = store.parent / "recipe.toml"
    before = {path: path.stat().st_mtime_ns for path in store.rglob("*")}
    real = os.open

    def refuse(path: Any, flags: int, *rest: Any, **named: Any) -> int:
        if str(path).startswith(str(store)) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return real(path, flags, *rest, **named)

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(os, "access", lambda path, mode: not (mode & os.W_OK and str(path).startswith(str(store))))
    found = api.run(recipe, store=store, workers=1)
    assert found.cached
    assert found.manifest["version"] == "v2"
    assert before == {path: path.stat().st_mtime_ns for path in store.rglob("*")}
    with pytest.raises(Error) as refused:
        api.run(recipe, store=store, workers=1, set=["dataset.seed=8"])
    assert refused.value.problems[0].code == "store-not-writable"


@pytest.mark.parametrize("format_", ["llama-factory", "axolotl", "trl"])
def test_the_input_of_an_instruction_is_handed_on(format_: str, tmp_path: Path) -> None:
    rows = [
        {"instruction": "Sum it up", "input": "A long text.", "output": "A text."},
        {"instruction": "Say hi", "output": "hi"},
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "recipe.toml").write_text(
        '[dataset]\nname = "sft"\ntask = "completion"\n[[source]]\npath = "rows.jsonl"\nkeep = ["input"]\n'
        'columns = { prompt = "instruction", completion = "output" }\n'
    )
    api.run(tmp_path / "recipe.toml", store=tmp_path / "store", workers=1)
    export(resolve(tmp_path / "store", "sft"), tmp_path / "out", format_)
    told = [json.loads(line) for line in (tmp_path / "out" / "train.jsonl").read_text().splitlines()]
    if format_ == "trl":
        wanted = [("Sum it up\n\nA long text.", "A text."), ("Say hi", "hi")]
        assert [(row["prompt"], row["completion"]) for row in told] == wanted
    else:
        wanted_rows = [("Sum it up", "A long text.", "A text."), ("Say hi", "", "hi")]
        assert [(row["instruction"], row["input"], row["output"]) for row in told] == wanted_rows
