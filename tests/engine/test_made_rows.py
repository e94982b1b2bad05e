"""Rows that steps add: their lives, the classes they fill, where they stop a run, and what a report says of them."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from dprep import Error, api
from dprep.engine.why import why
from dprep.report.decided import sentences
from dprep.store.versions import Version

RECIPE = """
[dataset]
name = "made"
seed = 3
task = "classification"

[[source]]
path = "rows.jsonl"

[[step]]
op = "split.stratified"
ratios = { train = 3, test = 1 }
stratum = ["label"]

[[step]]
op = "sample.balance"
to = "largest"

[[step]]
op = "augment.recombine"
kind = "mix"
share = 0.5

[[step]]
op = "augment.typo"
per_class_target = 60

[[step]]
op = "gate.kept"
"""
WORDS = ("received", "tomorrow", "definitely", "separate", "address", "because", "their", "address")
THINGS = ("lamp", "sofa", "desk", "mug", "rug", "clock", "shelf", "kettle", "mirror", "basket", "candle", "vase", "stool")


def rows() -> list[dict[str, str]]:
    """40 rows of class `a`, 8 of `b`; every third of them says `not`."""
    made = []
    for number in range(48):
        middle, count = " not" if number % 3 == 0 else "", f" {number}" if number % 2 else ""
        things = [THINGS[(number * step + step) % len(THINGS)] for step in (1, 3, 5, 7)]
        one, two = WORDS[number % 8], WORDS[(number * 3 + 1) % 8]
        text = f"{things[0]} and {things[1]}{middle} {one}. They {two} {things[2]} or {things[3]}{count}."
        made.append({"text": text, "label": "a" if number < 40 else "b"})
    return made


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Version:
    folder = tmp_path_factory.mktemp("made")
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows())), "utf-8")
    (folder / "recipe.toml").write_text(RECIPE, "utf-8")
    api.run(folder / "recipe.toml", store=folder / "store")
    return api.open("made", store=folder / "store")


def test_copies_mixtures_and_variants_stand_in_train_alone(version: Version) -> None:
    out = version.scan().collect()
    assert set(out.filter(pl.col("made_by").is_not_null())["part"]) == {"train"}
    assert Counter(out.filter(pl.col("part") == "test")["label"]) == {"a": 10, "b": 2}
    assert {"balance", "recombine", "typo"} == set(out["made_by"].drop_nulls())
    assert "times" not in out.columns


def test_every_class_has_as_many_rows_as_asked_less_those_that_a_gate_took(version: Version) -> None:
    train = version.scan().filter(pl.col("part") == "train").collect()
    gone = version.dropped().filter(pl.col("reason").str.starts_with("gate.")).collect()
    for label in ("a", "b"):
        before = [one.filter(pl.col("label") == label) for one in (train, gone)]
        made = [len(one.filter(pl.col("made_by") == "typo")) for one in before]
        assert sum(map(len, before)) == 60, "what there was, and what was added to it"
        assert sum(made) > 0


@pytest.mark.parametrize("maker", ["balance", "recombine", "typo"])
def test_every_new_row_can_be_asked_where_it_comes_from(version: Version, maker: str) -> None:
    made = version.scan().filter(pl.col("made_by") == maker).collect()
    assert len(made)
    for row in made.head(6).iter_rows(named=True):
        found = why(version, row["id"])
        events = {event.step: event.what for event in found.events}
        kind = "copy" if maker == "balance" else "variant"
        assert re.match(rf"made this row: {kind} \d+ of `{row['parent']}`", events[maker]), events
        assert found.notes == ()


def test_the_life_of_a_variant_of_a_copy_goes_through_the_copy(version: Version) -> None:
    out = version.scan().collect()
    copies = out.filter(pl.col("made_by") == "balance")["id"].implode()
    made = out.filter((pl.col("made_by") == "typo") & pl.col("parent").is_in(copies))
    assert len(made)
    found = why(version, made["id"][0])
    events = {event.step: event.what for event in found.events}
    assert events["balance"].startswith("made this row: copy")
    assert events["typo"].endswith(f"of `{made['parent'][0]}`")
    assert events["kept"].startswith("kept: numbers_lost 0 ≤ max 0")


def test_the_life_of_a_row_that_a_gate_dropped_ends_there(version: Version) -> None:
    gone = version.dropped().filter(pl.col("reason") == "not_sampled").collect()
    assert not len(gone), "this recipe only adds"
    rejected = version.dropped().filter(pl.col("reason").str.starts_with("gate.")).collect()
    assert len(rejected) >= 3
    for row in rejected.head(3).iter_rows(named=True):
        last = why(version, row["id"]).events
        assert any(event.step == "kept" and event.what.startswith(f"dropped: {row['reason']}") for event in last)


def test_the_life_of_a_rendered_row_goes_on_where_its_parent_was_dropped(tmp_path: Path) -> None:
    template = '[[step]]\nop = "augment.template"\ntemplate = "{text} ="\n'
    where = '[[step]]\nop = "filter.where"\nparts = ["train"]\ncondition = "prompt IS NOT NULL"\n'
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows())), "utf-8")
    (tmp_path / "recipe.toml").write_text(RECIPE[: RECIPE.index('[[step]]\nop = "sample')] + template + where, "utf-8")
    api.run(tmp_path / "recipe.toml", store=tmp_path / "store")
    made = api.open("made", store=tmp_path / "store")
    train = made.scan().filter(pl.col("part") == "train").collect()
    assert set(train["made_by"]) == {"template"}

    found = why(made, train["id"][0])

    assert found.notes == ()
    assert [event.step for event in found.events if event.what.startswith("made this row")] == ["template"]


def test_what_was_decided_is_told_in_words(version: Version) -> None:
    assert sentences(version.manifest) == [
        "`stratified`: every class is within 0 rows of what was asked",
        "no row is in two parts (equal texts, children)",
    ]


def test_what_stops_a_decision_is_shown_at_its_step(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows())), "utf-8")
    recipe = RECIPE.replace('stratum = ["label"]', 'stratum = ["label"]\nmin_rows = { test = 9 }')
    (tmp_path / "recipe.toml").write_text(recipe, "utf-8")
    with pytest.raises(Error) as caught:
        api.run(tmp_path / "recipe.toml", store=tmp_path / "store")
    problem = caught.value.problems[0]
    assert problem.code == "too-few-rows"
    assert "class `b`" in problem.sentence
    assert problem.place is not None
    assert recipe.split("\n")[problem.place.line - 1] == 'op = "split.stratified"'


def test_what_leaks_between_parts_to_test_on_was_not_taken_out() -> None:
    pairs = [("train", "test", 2), ("test", "validation", 3)]
    noted = [{"part": part, "against": other, "exact": rows, "child": 0, "near": 0} for part, other, rows in pairs]
    step = {"name": "leaks", "op": "dedup.leaks", "parameters": {"leak": "drop-from-train"}, "notes": {"pairs": noted}}

    told = sentences({"steps": [step]})

    assert told == [
        "rows in two parts (equal texts, children): 2 of `train` in `test`, taken out of `train`; 3 of `test` in `validation`"
    ]
