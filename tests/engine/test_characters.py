"""The books count the characters of the task's texts: what is told of every step is what a person would count by hand."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dprep import api
from dprep.engine.run import Ran
from dprep.store.ledger import Characters, Entry, Ledger
from tests.engine.at_hand import blocks_of, data, recipe, run
from tests.engine.growing import made, project
from tests.engine.runs import ROOT

STEPS = """
[[step]]
op = "clean.whitespace"

[[step]]
op = "filter.length"
min_characters = 4

[[step]]
op = "expand.passages"
size = 6

[[step]]
op = "dedup.exact"

[[step]]
op = "split.stratified"
ratios = { train = 3, test = 1 }
stratum = []

[[step]]
op = "sample.rows"
n = 60
parts = ["train"]

[[step]]
op = "augment.noise"
share = 0.6
"""


def texts() -> list[str | None]:
    words = ["rain", "in  the", "evening", "今天下雨了。", "it stopped.", "\u200bno\u0301", "🙂"]
    some = [" ".join(words[(n * k) % len(words)] for k in range(1, 2 + n % 23)) for n in range(240)]
    return [*some, *some[:20], "abc", "", None]


def ran(folder: Path, steps: str = STEPS, rows: int | None = None) -> Ran:
    lines = [json.dumps({"text": text}, ensure_ascii=n % 2 == 0).encode() for n, text in enumerate(texts())]
    return run(recipe(folder, lines, steps), folder / "store", rows)


def dropped(done: Ran, number: int, step: str) -> pl.DataFrame | None:
    file = done.folder / "dropped" / f"{number:02d}-{step}.parquet"
    return pl.read_parquet(file) if file.exists() else None


def counted(rows: pl.DataFrame | None) -> int:
    return 0 if rows is None else sum(map(len, filter(None, rows.get_column("text").to_list())))


def test_characters_of_every_step_are_those_counted_by_hand(tmp_path: Path) -> None:
    done = ran(tmp_path)

    books = [(step["name"], step["characters"]) for step in done.ledger["steps"]]
    assert books[0][1]["in"] == sum(len(text) for text in texts() if text)
    assert books[-1][1]["out"] == counted(data(done))
    for (_, before), (_, after) in itertools.pairwise(books):
        assert before["out"] == after["in"]
    for number, (name, told) in enumerate(books):
        assert told["in"] + told["added"] + told["changed"] - told["dropped"] == told["out"]
        assert told["dropped"] == counted(dropped(done, number, name))
    told = dict(books)
    spaces = sum(len(text) - len(" ".join(text.split())) for text in texts() if text)
    assert told["whitespace"]["changed"] == -spaces != 0
    noise = data(done).filter(pl.col("made_by") == "noise")
    assert told["noise"]["added"] == counted(noise) > 0
    assert all(told[name]["dropped"] for name in ("length", "passages", "exact", "rows"))
    assert told["passages"]["added"] > 0


@pytest.mark.parametrize("name", ["quickstart", "gopher", "chinese-web"])
def test_real_recipes_balance_and_end_with_what_is_in_their_files(tmp_path: Path, name: str) -> None:
    done = run(ROOT / "recipes" / f"{name}.toml", tmp_path)

    books = [step["characters"] for step in done.ledger["steps"]]
    assert books[-1]["out"] == counted(data(done))
    assert [told["dropped"] for told in books] == [
        counted(dropped(done, n, s["name"])) for n, s in enumerate(done.ledger["steps"])
    ]
    assert all(before["out"] == after["in"] for before, after in itertools.pairwise(books))
    assert sum(told["changed"] for told in books) < 0


def test_blocks_do_not_change_what_is_counted(tmp_path: Path) -> None:
    whole, pieces = ran(tmp_path / "a"), ran(tmp_path / "b", rows=17)

    assert whole.ledger["steps"] == pieces.ledger["steps"]


def test_messages_count_by_what_they_say(tmp_path: Path) -> None:
    turns = [
        [{"role": "user", "content": "hi  there"}, {"role": "assistant", "content": "您好"}],
        [{"role": "user", "content": None}, {"role": "assistant", "content": "ok"}],
    ]
    lines = [json.dumps({"messages": messages}).encode() for messages in turns]

    done = run(recipe(tmp_path, lines, '[[step]]\nop = "clean.whitespace"\n', task="chat"), tmp_path / "store")

    told = [step["characters"] for step in done.ledger["steps"]]
    assert (told[0]["in"], told[-1]["changed"], told[-1]["out"]) == (9 + 2 + 2, -1, 8 + 2 + 2)


def test_only_the_texts_of_the_task_count(tmp_path: Path) -> None:
    lines = [json.dumps({"prompt": "a  b", "completion": "cd", "note": "long  long note"}).encode()]
    steps = '[[step]]\nop = "clean.whitespace"\ncolumns = ["prompt", "completion", "note"]\n'

    done = run(recipe(tmp_path, lines, steps, task="completion"), tmp_path / "store")

    assert done.ledger["steps"][-1]["characters"] == {"in": 6, "dropped": 0, "added": 0, "changed": -1, "out": 5}


def test_spans_that_are_cut_are_told_as_editing(tmp_path: Path) -> None:
    line = "the very same line stands in every one of these texts"
    whole = [f"{line}\nnumber {n} is another story" for n in range(30)]
    lines = [json.dumps({"text": text}).encode() for text in whole]

    done = run(recipe(tmp_path, lines, '[[step]]\nop = "dedup.lines"\n'), tmp_path / "store", rows=7)

    told = done.ledger["steps"][-1]["characters"]
    left = counted(data(done)) + told["dropped"]
    assert told["changed"] == left - sum(map(len, whole)) < 0


def test_old_rows_of_a_version_that_is_extended_come_with_their_characters(tmp_path: Path) -> None:
    folder = project(tmp_path)
    made(folder, ["old.jsonl"])
    made(folder, ["new.jsonl"], extends="pages@v1")

    last = api.open("pages@v2", store=folder / "store").ledger["steps"][-1]["characters"]

    version = api.open("pages@v2", store=folder / "store")
    assert last["out"] == counted(pl.concat([pl.read_parquet(file) for file in version.data_files()], how="diagonal"))
    assert last["added"] == api.open("pages@v1", store=folder / "store").ledger["steps"][-1]["characters"]["out"]


def test_a_run_taken_up_again_has_the_same_books(tmp_path: Path) -> None:
    first = ran(tmp_path / "a")
    recipe_file = tmp_path / "a" / "recipe.toml"
    recipe_file.write_text(recipe_file.read_text() + '\n[[step]]\nop = "filter.length"\nname = "again"\nmin_words = 1\n')

    with blocks_of(None):
        second = run(recipe_file, tmp_path / "a" / "store")

    assert second.ledger["steps"][: len(first.ledger["steps"]) - 1] == first.ledger["steps"][:-1]


def packed(entry: Entry) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(json.dumps(entry.pack()))
    return told


def test_pages_of_an_older_dprep_are_read_and_add_up() -> None:
    new = Entry("length", "filter.length", rows_in=5, characters=Characters(50, 10))
    old = packed(new)
    old.pop("characters")
    old.pop("borders")

    read = Entry.unpack(old)

    assert Entry.unpack(packed(new)) == new
    assert (read.characters, read.borders, (read + new).characters) == (None, {}, None)
    assert "characters" not in read.to_json()


def test_characters_that_get_lost_between_steps_are_found_out() -> None:
    pages = [Entry("a", "a", rows_in=1, characters=Characters(5)), Entry("b", "b", rows_in=1, characters=Characters(4))]

    assert Ledger(pages).unbalanced() == ["b: 4 characters in, a: 5 out"]


@pytest.mark.parametrize("side", ["characters", "borders"])
def test_every_step_has_them(tmp_path: Path, side: str) -> None:
    assert all(side in step for step in ran(tmp_path).ledger["steps"])
