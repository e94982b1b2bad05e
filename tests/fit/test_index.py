"""`dprep index`: what is indexed, what is linked from an earlier index, what is told of it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from dprep import api
from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.ops.dedup.against import Against
from dprep.ops.dedup.minhash import MinHash
from tests.laws import indexes

TEXTS = [f"the parcel number {n} was sent on day {n * 7} to house {n * 3} in the old town" for n in range(40)]
NEW = [f"an invoice over {n} crowns is not paid, says the letter of week {n * 5}" for n in range(8)]


def write(path: Path, texts: list[str]) -> None:
    path.write_text("".join(json.dumps({"text": text, "nr": f"n{n}"}) + "\n" for n, text in enumerate(texts)))


def version(folder: Path, source: str, more: str = "", steps: str = "") -> None:
    recipe = folder / f"{source}.toml"
    recipe.write_text(f'[dataset]\nname = "post"\ntask = "text"\n{more}\n[[source]]\npath = "{source}.jsonl"\n{steps}')
    api.run(recipe, store=folder / "store", workers=1)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with `old.jsonl`, `new.jsonl` and a store with `post@v1` of the old rows."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "old.jsonl", TEXTS)
    write(tmp_path / "new.jsonl", NEW)
    version(tmp_path, "old")
    return tmp_path


def twins(folder: Path, texts: list[str]) -> list[str]:
    return Against(index=str(folder)).find(Text(pl.Series(texts, dtype=pl.String))).names.to_list()


def test_rows_of_a_version_are_named_by_their_ids(here):
    made = api.index("seen", of="post@v1")
    ids = api.open("post@v1").scan().select("id", "text").collect()

    assert twins(made.artifact.folder, ids.get_column("text").to_list()) == ids.get_column("id").to_list()
    assert made.artifact.manifest["made_from"]["versions"][0]["version"] == "v1"


def test_an_index_of_a_version_that_grew_links_what_was_there(here):
    first = api.index("seen", of="post@v1", shingles="words", ngram=3).artifact.folder
    version(here, "new", 'extends = "post@v1"')
    second = api.index("seen", of="post@v2", shingles="words", ngram=3).artifact
    anew = api.index("other", of="post@v2", shingles="words", ngram=3).artifact

    old = {path.relative_to(first): path.stat().st_ino for path in (first / "segments").rglob("*") if path.is_file()}
    now = {path.relative_to(second.folder): path.stat().st_ino for path in (second.folder / "segments").rglob("*")}
    assert old.items() <= now.items()
    assert (second.manifest["clock"]["segments_reused"], second.manifest["details"]["segments"]) == (1, 2)
    assert second.got == anew.got
    assert len(twins(second.folder, [*TEXTS, *NEW])) == len(TEXTS) + len(NEW)


def test_other_settings_make_other_segments(here):
    api.index("seen", of="post@v1", shingles="words", ngram=3)

    again = api.index("seen", of="post@v1", shingles="words", ngram=3)
    other = api.index("seen", of="post@v1", shingles="words", ngram=2)

    assert (again.cached, other.cached) == (True, False)
    assert other.artifact.manifest["clock"]["segments_reused"] == 0


def test_auto_is_settled_as_minhash_does_it(here):
    op = MinHash()
    settled = op.resolved(op.profile(Text(pl.Series(TEXTS))))

    details = api.index("seen", of="old.jsonl").artifact.manifest["details"]

    assert (details["shingles"], details["ngram"]) == (settled.shingles, settled.ngram)


def test_files_are_read_as_sources_are(here):
    (here / "a.csv").write_text("body,nr\nthe first of all the rows of a table,7\n")
    (here / "b.tsv").write_text("the second of all the rows\t8\n")
    pl.DataFrame({"body": ["the third of all the rows, in parquet"], "nr": [9]}).write_parquet(here / "c.parquet")
    files = ["a.csv", "b.tsv", "c.parquet"]
    texts = ["the first of all the rows of a table", "the second of all the rows", "the third of all the rows, in parquet"]

    by_line = api.index("files", of=["a.csv", "c.parquet"], columns=["body"]).artifact.folder
    by_key = api.index("keys", of=files, columns=["body"], key="nr", column_names=["body", "nr"]).artifact.folder

    assert twins(by_line, texts) == ["a.csv:2", "c.parquet:1"]
    assert twins(by_key, texts[1:]) == ["8", "9"]


def test_a_recipe_is_run_and_a_condition_chooses_rows(here):
    made = api.index("some", of="old.toml", when="nr = 'n3'").artifact

    assert len(twins(made.folder, TEXTS)) == 1
    assert made.manifest["details"]["rows"] == 1


def test_the_manifest_of_a_benchmark_counts_what_is_left_out(here):
    questions = ["too short", *(f"please sort these many words in the order of the alphabet now: {w}" for w in "abcdefghijklm")]
    (here / "sorting.jsonl").write_text("".join(json.dumps({"question": q}) + "\n" for q in questions))

    details = api.index("tests", kind="benchmark", of="sorting.jsonl").artifact.manifest["details"]

    # thirteen words: one run each, all different; twelve of them are the template
    assert details | {"items": 14, "benchmarks": 1, "too_short": 1, "template_runs": 0} == details
    more = api.index("tests", kind="benchmark", of="sorting.jsonl", ngram=12).artifact.manifest["details"]
    assert (more["template_runs"], more["template_items"]) == (1, 0)


def test_a_version_is_one_benchmark(here):
    made = api.index("tests", kind="benchmark", of="post@v1").artifact.folder

    assert [each["name"] for each in json.loads((made / "index.json").read_bytes())["benchmarks"]] == ["post"]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"of": "nothing.jsonl"}, "means no file"),
        ({"of": "post@v9"}, "no version `v9`"),
        ({"of": "old.jsonl", "columns": ["body"]}, "has no column of text called `body`"),
        ({"of": "post@v1", "columns": ["body"]}, "has no column `body`"),
        ({"of": "old.jsonl", "part": "test"}, "choose rows of a version"),
        ({"of": "old.jsonl", "treshold": 0.7}, "did you mean `threshold`"),
        ({"of": "old.jsonl", "threshold": 0}, "threshold"),
        ({"of": "old.jsonl", "kind": "row"}, "did you mean `rows`"),
        ({"of": "broken.jsonl.gz"}, "broken.jsonl.gz"),
        ({"of": "nothing.jsonl", "kind": "benchmark"}, "means no file"),
    ],
)
def test_what_is_wrong_is_told(here, asked, sentence):
    (here / "broken.jsonl.gz").write_bytes(b"\x1f\x8b broken")
    with pytest.raises(Error) as fault:
        api.index("seen", **asked)

    assert sentence in str(fault.value)


def test_a_name_is_of_one_kind(here):
    api.index("seen", of="post@v1")

    with pytest.raises(Error, match="is an artifact of kind `rows` already"):
        api.index("seen", kind="benchmark", of="old.jsonl")


def test_a_recipe_names_the_index_and_learns_how_to_make_one(here):
    step = '[[step]]\nop = "dedup.against"\nindex = "seen@v1"\n'
    with pytest.raises(Error, match="`dprep index seen --of ROWS` makes one"):
        version(here, "new", steps=step)

    api.index("seen", of="post@v1")
    write(here / "new.jsonl", [*NEW, TEXTS[5]])
    version(here, "new", steps=step)
    ids = dict(api.open("post@v1").scan().select("text", "id").collect().iter_rows())

    gone = api.open("post@latest").dropped().select("text", "reason", "twin").collect().rows()
    assert gone == [(TEXTS[5], "seen", ids[TEXTS[5]])]


def test_the_indexes_of_the_laws_are_fresh(tmp_path):
    for name, made in indexes.make(tmp_path).items():
        held = indexes.FILES / name
        files = {path.name: path.read_bytes() for path in made.rglob("*") if path.is_file() and path.suffix != ".json"}
        assert {path.name: path.read_bytes() for path in held.rglob("*") if path.is_file() and path.suffix != ".json"} == files
