"""`dprep show`: the rows that were asked for, the same ones every time, and nothing that steers a terminal."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.cli.shop import call, shop


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop(tmp_path_factory.mktemp("show")) / "store"


def rows(store: Path, *words: object) -> list[dict[str, Any]]:
    return [json.loads(line) for line in call("show", "shop", "--store", store, "--json", *words).stdout.splitlines()]


def whole(store: Path) -> pl.DataFrame:
    """What the version holds, read without dprep, in its order."""
    folder = store / "datasets" / "shop" / "v1" / "data"
    return pl.concat([pl.read_parquet(folder / f"{part}-00000-of-00001.parquet") for part in ("train", "test")])


def test_the_first_rows_are_those_of_the_version(store: Path) -> None:
    assert [row["id"] for row in rows(store)] == whole(store)["id"].head(10).to_list()
    assert [row["id"] for row in rows(store, "--first", 3)] == whole(store)["id"].head(3).to_list()


def test_a_part_and_a_condition_choose_rows(store: Path) -> None:
    wanted = whole(store).filter((pl.col("part") == "test") & (pl.col("label") == "refund") & (pl.col("score") > 2))
    told = rows(store, "--part", "test", "--where", "label = 'refund' AND score > 2", "--first", 1000)

    assert len(wanted) > 3
    assert told == wanted.to_dicts()


def test_a_sample_is_the_same_every_time_and_no_mere_beginning(store: Path) -> None:
    first, again = rows(store, "--sample", 10), rows(store, "--sample", 10)
    ids = whole(store)["id"].to_list()
    places = [ids.index(row["id"]) for row in first]

    assert first == again
    assert len(set(places)) == 10
    assert places == sorted(places), "they stand in the order of the version"
    assert places != list(range(10))
    assert {row["id"] for row in rows(store, "--sample", 5)} < {row["id"] for row in first}


def test_a_sample_of_more_than_there_is_is_all(store: Path) -> None:
    assert len(rows(store, "--sample", 10_000)) == 96


def test_dropped_rows_come_with_their_reason(store: Path) -> None:
    copies = rows(store, "--dropped", "exact", "--first", 100)

    assert len(rows(store, "--dropped", "--first", 100)) == 15
    assert [row["text"] for row in rows(store, "--dropped", "length")] == ["too short"] * 3
    assert {row["reason"] for row in copies} == {"duplicate"}
    assert {row["twin"] for row in copies} == set(whole(store).filter(pl.col("text").str.contains("number 7 "))["id"])
    assert len(rows(store, "--dropped", "--where", "reason = 'min_words'")) == 3


def test_columns_narrow_what_is_shown(store: Path) -> None:
    assert [set(row) for row in rows(store, "--columns", "label, text", "--first", 2)] == [{"label", "text"}] * 2
    assert "score" not in call("show", "shop", "--store", store, "--columns", "text,label").stdout


def test_people_are_told_how_many_there_are(store: Path) -> None:
    def head(*words: object) -> str:
        return call("show", "shop", "--store", store, *words).stdout.splitlines()[0]

    assert head() == "shop@v1: the first 10 of 96 rows"
    assert head("--sample", 4, "--where", "label = 'login'") == "shop@v1: a sample of 4 of 31 that fit, of 96 rows"
    assert head("--where", "label = 'rare'") == "shop@v1: 5 that fit, of 96 rows"
    assert head("--dropped") == "shop@v1: the first 10 of 15 rows dropped"
    assert head("--where", "label = 'none'") == "shop@v1: 0 that fit, of 96 rows"


def test_hostile_text_is_shown_inert(store: Path) -> None:
    told = call("show", "shop", "--store", store, "--where", "text LIKE 'three words%'").stdout

    assert re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", told) is None
    assert "\\u001b[31mred" in told
    assert "[bold]markup[/bold]" in told
    assert "\n    second line" in told


def test_a_long_text_is_cut_for_people_only(store: Path) -> None:
    assert "(550 characters)" not in call("show", "shop", "--store", store, "--where", "score = 9.9").stdout
    (row,) = rows(store, "--where", "score = 9.9")
    assert len(row["text"]) == 550


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--part", "tset"], "no-such-part", "did you mean `test`?"),
        (["--where", "lable = 'x'"], "missing-column", "did you mean `label`?"),
        (["--where", 'label = "refund"'], "missing-column", "text stands in single quotes: `'refund'`"),
        (["--where", "label = refund"], "missing-column", "text stands in single quotes: `'refund'`"),
        (["--where", "reason = 'x'"], "missing-column", "add `--dropped`"),
        (["--where", "label = 'x"], "bad-condition", "a quote that is not closed"),
        (["--where", "label = 3"], "bad-condition", "`label` holds text"),
        (["--where", "score = 'x'"], "bad-condition", "`score` holds numbers"),
        (["--where", "score"], "bad-condition", "`score` holds numbers"),
        (["--where", "COUNT(score) > 3"], "bad-condition", "looks at more than one row"),
        (["--columns", "txt"], "missing-column", "did you mean `text`?"),
        (["--columns", "reason"], "missing-column", "add `--dropped`"),
        (["--dropped", "lenght"], "no-such-step", "did you mean `length`?"),
    ],
)
def test_what_cannot_be_shown_is_a_problem_with_its_cure(store: Path, words: list[str], code: str, told: str) -> None:
    result = call("show", "shop", "--store", store, *words, code=2)

    assert result.stderr.startswith(f"error[{code}]")
    assert told in result.stderr


def test_no_such_version_is_a_problem(store: Path) -> None:
    assert "error[no-such-dataset]" in call("show", "shpo", "--store", store, code=2).stderr


def test_names_of_columns_are_shown_inert(tmp_path: Path) -> None:
    rows = [{"text": f"three words {n}", "col\x1b[31m\u202e": "x"} for n in range(3)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "r.toml").write_text('[dataset]\nname = "a"\ntask = "text"\n[[source]]\npath = "a.jsonl"\n')
    call("run", tmp_path / "r.toml", "--store", tmp_path / "store", "--quiet")

    told = call("show", "a", "--store", tmp_path / "store").stdout

    assert "col\\u001b[31m\\u202e x" in told
    assert re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", told) is None


@pytest.mark.parametrize("how", ["gone", "cut", "flipped"])
@pytest.mark.parametrize("command", [["show"], ["top"], ["why", "zzzz"], ["report", "--text"]], ids=lambda words: words[0])
def test_damaged_rows_are_a_problem_and_not_none(store: Path, tmp_path: Path, command: list[str], how: str) -> None:
    shutil.copytree(store, tmp_path / "store")
    (file,) = (tmp_path / "store/datasets/shop/v1/data").glob("train-*.parquet")
    content = file.read_bytes()
    if how == "gone":
        file.unlink()
    elif how == "cut":
        file.write_bytes(content[:500])
    else:
        file.write_bytes(content[:4] + bytes(byte ^ 0x55 for byte in content[4:600]) + content[600:])

    told = call(command[0], "shop", *command[1:], "--store", tmp_path / "store", code=1).stderr

    assert told.startswith("error[broken-version]")
    assert "--fresh" in told


def test_dropped_rows_that_were_left_behind_are_not_none(store: Path, tmp_path: Path) -> None:
    shutil.copytree(store, tmp_path / "store", ignore=shutil.ignore_patterns("dropped"))

    assert (
        "dropped/01-length.parquet` is missing"
        in call("show", "shop", "--dropped", "--store", tmp_path / "store", code=1).stderr
    )
    assert call("show", "shop", "--store", tmp_path / "store").stdout


def test_two_ways_to_choose_are_one_too_many(store: Path) -> None:
    told = call("show", "shop", "--store", store, "--first", 2, "--sample", 2, code=2)

    assert "name one of them" in told.stderr
