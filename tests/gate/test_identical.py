"""Gates in the engine: new rows against every other row, and each gate's own door in the books."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dprep import api
from dprep.base.gate import GateAmongAll
from dprep.base.outcome import Step
from dprep.engine.memory import run_rows
from dprep.engine.why import why
from dprep.ops.gate.identical import Identical
from dprep.store.versions import open_version

TOLD = Path(__file__).resolve().parents[1] / "laws/told"


def rows_of(families: list[tuple[str, list[str]]], parts: list[str] | None = None, maker: str = "told") -> pl.DataFrame:
    """Parents, each followed by its new rows; ids are numbers from 1 on, a family's last digits tell its members."""
    found: list[dict[str, Any]] = []
    for n, (text, said) in enumerate(families, start=1):
        part = parts[n - 1] if parts else "train"
        common = {"origin": f"law:{n}", "part": part}
        found.append({"id": f"{100 * n:032x}", "text": text, "parent": None, "made_by": None, "variant": None, **common})
        for number, new in enumerate(said, start=1):
            own = {"parent": f"{100 * n:032x}", "made_by": maker, "variant": number}
            found.append({"id": f"{100 * n + number:032x}", "text": new, **own, **common})
    kinds = {"parent": pl.String, "made_by": pl.String, "variant": pl.Int32}
    return pl.DataFrame(found, schema_overrides=kinds, infer_schema_length=None)


def left(rows: pl.DataFrame, op: GateAmongAll | None = None, block_rows: int = 50_000, **keys: Any) -> dict[int, int]:
    """Which rows leave, and the twin that each names."""
    step = Step("identical", "gate.identical", op or Identical(), **keys)
    result = run_rows([step], rows, block_rows=block_rows)
    gone = result.dropped.get("identical")
    assert len(result.rows) + (0 if gone is None else len(gone)) == len(rows)
    if gone is None:
        return {}
    assert set(gone.get_column("reason")) == {"gate.identical"}
    return {int(own, 16): int(twin, 16) for own, twin in gone.select("id", "twin").iter_rows()}


def test_a_row_equal_to_its_parent_leaves_and_names_it() -> None:
    assert left(rows_of([("Hello there", ["hello, there!", "hi there"])])) == {101: 100}


def test_a_row_equal_to_a_row_of_any_part_leaves() -> None:
    rows = rows_of(
        [("one", ["two", "three", "four"]), ("two", []), ("THREE!", []), ("five", [])], ["train", "test", "train", "test"]
    )
    assert left(rows) == {101: 200, 102: 300}


def test_of_equal_new_rows_the_smallest_id_stays() -> None:
    assert left(rows_of([("one", ["new"]), ("two", ["New", "new."]), ("three", ["other"])])) == {201: 101, 202: 101}


@pytest.mark.parametrize("block_rows", [2, 50_000])
def test_of_equal_new_rows_the_smallest_id_stays_wherever_it_stands(block_rows: int) -> None:
    rows = rows_of([("one", ["new"]), ("two", ["New"]), ("three", ["new."])])
    last_first = pl.concat([rows[4:6], rows[2:4], rows[0:2]])
    assert left(last_first, block_rows=block_rows) == {201: 101, 301: 101}


def test_originals_stay_even_where_they_are_equal() -> None:
    assert left(rows_of([("one", []), ("one", []), ("one", ["two"])])) == {}


def test_the_smallest_id_of_equal_originals_is_the_twin_but_the_parent_comes_first() -> None:
    rows = rows_of([("same", []), ("same", ["same!"]), ("other", ["same?"])])
    assert left(rows) == {201: 200, 301: 100}


def test_ids_are_compared_by_all_their_digits() -> None:
    rows = rows_of([("same", []), ("same", []), ("other", ["same"])])
    wide = [f"{2:016x}{1:016x}", f"{1:016x}{2:016x}", f"{3:016x}{1:016x}", f"{4:016x}{1:016x}"]
    rows = rows.with_columns(id=pl.Series(wide), parent=pl.Series([None, None, None, wide[2]]))
    assert left(rows) == {int(wide[3], 16): int(wide[1], 16)}


def test_rows_that_are_not_judged_stay_and_count() -> None:
    mine = rows_of([("one", ["new", "one!"])])
    theirs = rows_of([("two", ["new"])], maker="other").with_columns(id=pl.col("id").str.replace("64", "65"))
    theirs = theirs.with_columns(id=pl.Series([f"{900 + n:032x}" for n in range(2)]), parent=pl.Series([None, f"{900:032x}"]))
    rows = pl.concat([mine, theirs])
    assert left(rows, Identical(of=("told",))) == {101: 901, 102: 100}
    assert left(rows, Identical(of=("other",))) == {901: 101}
    assert left(rows, when="text <> 'one!'") == {901: 101}


def test_only_new_rows_of_the_named_parts_leave() -> None:
    rows = rows_of([("one", ["two"]), ("two", ["one"])], ["train", "test"])
    assert left(rows, parts=("train",)) == {101: 200}


def test_what_is_ignored_is_a_parameter() -> None:
    rows = rows_of([("Hello there", ["hello there", "Hello  There", "Hello there!"])])
    assert left(rows, Identical(normalize="none")) == {}
    assert left(rows, Identical(normalize="case-space")) == {101: 100, 102: 100}
    assert left(rows, Identical(normalize="letters")) == {101: 100, 102: 100, 103: 100}


def test_chinese_is_compared_without_punctuation_and_with_its_script() -> None:
    rows = rows_of([("你好，世界！", ["你好世界", "妳好世界", "Ｈｉ，你好世界"]), ("hi你好世界", [])])
    assert left(rows) == {101: 100, 103: 200}


@pytest.mark.parametrize("block_rows", [1, 3])
def test_neither_blocks_nor_order_matter(block_rows: int) -> None:
    chance = random.Random(11)
    words = [f"w{n}" for n in range(12)]
    families = [(chance.choice(words), [chance.choice(words) for _ in range(chance.randrange(4))]) for _ in range(60)]
    rows = rows_of(families)
    whole = left(rows)
    parents = {row["id"]: row for row in rows.to_dicts()}

    # by hand: originals by content, and the smallest new row of every content that no original has
    originals = {row["text"] for row in parents.values() if row["variant"] is None}
    first: dict[str, int] = {}
    for row in sorted((row for row in parents.values() if row["variant"] is not None), key=lambda row: str(row["id"])):
        first.setdefault(str(row["text"]), int(str(row["id"]), 16))
    stays = {number for text, number in first.items() if text not in originals}
    new = {int(str(row["id"]), 16) for row in parents.values() if row["variant"] is not None}
    assert set(whole) == new - stays
    assert len(whole) > 20

    shuffled = pl.concat(chance.sample(rows.partition_by("origin"), 60))
    assert left(shuffled) == whole
    assert set(left(rows, block_rows=block_rows)) == set(whole)


RECIPE = """
[dataset]
name = "gates"
seed = 7
task = "classification"
ops = {ops}

[[source]]
path = "rows.jsonl"
columns = {{ text = "text", label = "label", said = "said", part = "split" }}

[[step]]
op = "augment.told"
variants = 9
parts = ["train"]

[[step]]
op = "gate.kept"

[[step]]
op = "gate.similarity"

[[step]]
op = "gate.identical"
"""
ROWS = [
    (
        "train",
        "I do not have 3 cards",
        ["I have 3 cards", "I do not have 4 cards", "I don't have 3 cards", "it does not, 3 of them"],
    ),
    ("train", "cancel my order please", ["please, cancel my order!", "cancel my two orders please", "stop my order please"]),
    ("test", "stop my order please", ["never made"]),
    ("train", "我没有收到包裹", ["我收到包裹了", "包裹我没收到"]),
]


def recipe(folder: Path) -> Path:
    rows = [{"text": text, "label": "a", "said": said, "split": part} for part, text, said in ROWS]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    file = folder / "gates.toml"
    file.write_text(RECIPE.format(ops=json.dumps(str(TOLD))), encoding="utf-8")
    return file


def test_every_gate_has_its_own_doors_in_the_books(tmp_path: Path) -> None:
    run = api.run(recipe(tmp_path), store=tmp_path / "store", workers=1)
    version = open_version(run.folder)

    steps = {step["name"]: step for step in version.ledger["steps"]}
    gone = version.dropped().select("step", "reason", "text").collect().sort("step", "reason", "text").rows()

    assert steps["told"]["added"] == 9
    assert gone == [
        ("identical", "gate.identical", "stop my order please"),
        ("kept", "gate.max_negations_lost", "I have 3 cards"),
        ("kept", "gate.max_negations_lost", "我收到包裹了"),
        ("kept", "gate.max_numbers_lost", "I do not have 4 cards"),
        ("similarity", "gate.max_jaccard", "please, cancel my order!"),
        ("similarity", "gate.min_jaccard", "it does not, 3 of them"),
    ]
    new = version.scan().filter(pl.col("variant").is_not_null()).select("text").collect().to_series().to_list()
    assert sorted(new) == sorted(["I don't have 3 cards", "cancel my two orders please", "包裹我没收到"])


def test_why_tells_what_a_gate_measured_and_whom_a_row_equals(tmp_path: Path) -> None:
    version = open_version(api.run(recipe(tmp_path), store=tmp_path / "store", workers=1).folder)
    gone = dict(version.dropped().select("text", "id").collect().iter_rows())

    judged = {event.step: event for event in why(version, gone["I have 3 cards"]).events}
    equal = {event.step: event for event in why(version, gone["stop my order please"]).events}

    assert "gate.max_negations_lost: numbers_lost 0 ≤ max 0" in judged["kept"].what
    assert "negations_lost 1 > max 0" in judged["kept"].what
    assert "gate.identical; its twin stays" in equal["identical"].what
    assert "rows.jsonl:3" in equal["identical"].lines[1]
