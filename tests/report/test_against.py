"""Two real versions side by side: every number is counted again from their parquet files."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dprep.engine.run import Ran
from dprep.report import making
from dprep.report.blocks import Change, Distributions, Fold, Notice, Report, RowDiff, Table
from dprep.report.making import Comparison, comparison
from dprep.report.reading.found import Found
from dprep.report.say import Say
from dprep.report.sections.against import rows as fates
from dprep.report.sections.against import shifts, shifts_told
from dprep.report.sections.against.funnels import paired
from dprep.store.compare import Difference, Group
from tests.engine.at_hand import data, recipe, run
from tests.store.hand import rows as by_hand
from tests.store.hand import write_version

STEPS = """
[[step]]
op = "clean.whitespace"

[[step]]
op = "filter.length"
min_characters = {least}

[[step]]
op = "dedup.exact"{named}

[[step]]
op = "split.stratified"
ratios = {{ train = 8, test = 2 }}
"""
SYSTEM = {"id", "origin", "parent", "made_by", "variant", "cluster", "cluster_size", "similarity"}
EDITED = "a longer sentence that was written anew, 重新写过的一句话"


def lines(change: int | None = None, without: int | None = None) -> list[bytes]:
    """300 rows of rising length in two languages, each seventh a copy of the one before it."""
    told = []
    for number in range(300):
        of = number - 1 if number % 7 == 6 else number
        text = ("包裹还没到 " if of % 3 == 0 else "where is it ") * (1 + of % 9) + str(of)
        row = {"key": f"k{number}", "text": EDITED if number == change else text, "label": ("late", "lost", "refund")[of % 3]}
        told += [] if number == without else [json.dumps(row, ensure_ascii=False).encode()]
    return told


def make(folder: Path, store: Path, rows: list[bytes], least: int = 2, seed: int = 3, named: str = "") -> Ran:
    steps = STEPS.format(least=least, named=f'\nname = "{named}"' if named else "")
    path = recipe(folder, rows, steps, 'id = "key"\nname = "mails"', "classification")
    path.write_text(path.read_text("utf-8").replace("seed = 3", f"seed = {seed}"), "utf-8")
    return run(path, store)


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    top = tmp_path_factory.mktemp("against")
    store = top / "store"
    return {
        "first": make(top / "a", store, lines()),
        "stricter": make(top / "b", store, lines(), least=40),
        "seed": make(top / "c", store, lines(), seed=4),
        "input": make(top / "d", store, lines(change=22, without=10)),
        "renamed": make(top / "e", store, lines(), named="copies"),
    }


def compared(versions: dict[str, Ran], new: str, old: str = "first") -> Comparison:
    return making.against(Found.of(versions[new].folder), Found.of(versions[old].folder))


def counted(new: Ran, old: Ran) -> tuple[int, int, int, int]:
    """Removed, added, changed, the same."""
    before, after = ({row["id"]: row for row in data(ran).to_dicts()} for ran in (old, new))
    both = before.keys() & after.keys()
    changed = sum(
        any(before[id].get(name) != after[id].get(name) for name in (before[id].keys() & after[id].keys()) - SYSTEM)
        for id in both
    )
    return len(before.keys() - both), len(after.keys() - both), changed, len(both) - changed


def warnings(report: Report) -> list[str]:
    return [notice.text for notice in report.notices if notice.level != "good"]


@pytest.mark.parametrize("new", ["first", "stricter", "seed", "input", "renamed"])
def test_every_row_has_the_fate_that_the_files_say(versions: dict[str, Ran], new: str) -> None:
    told = compared(versions, new).facts.rows

    assert (told.removed, told.added, told.changed, told.same) == counted(versions[new], versions["first"])
    assert sum(group.rows for group in told.groups) == told.removed + told.added + told.changed


@pytest.mark.parametrize("new", ["stricter", "seed", "input"])
def test_every_row_went_from_its_part_to_its_part(versions: dict[str, Ran], new: str) -> None:
    told = compared(versions, new).facts.moved
    before, after = (dict(data(versions[name]).select("id", "part").iter_rows()) for name in ("first", new))
    expected: dict[tuple[str, str], int] = {}
    for id in before | after:
        pair = before.get(id, ""), after.get(id, "")
        expected[pair] = expected.get(pair, 0) + 1

    pairs = [(a, b) for a in told.old_parts for b in told.new_parts]
    assert {pair: told.counts[told.old_parts.index(pair[0])][told.new_parts.index(pair[1])] for pair in pairs} == {
        pair: expected.get(pair, 0) for pair in pairs
    }
    assert dict(told.held_out_to_train).get("test", 0) == expected.get(("test", "train"), 0)
    assert dict(told.train_to_held_out).get("test", 0) == expected.get(("train", "test"), 0)


def test_a_stricter_bound_is_told_by_step_and_reason(versions: dict[str, Ran]) -> None:
    facts = compared(versions, "stricter").facts
    lost = set(data(versions["first"])["id"]) - set(data(versions["stricter"])["id"])
    short = pl.read_parquet(next((versions["stricter"].folder / "dropped").glob("*-length.parquet")))

    assert facts.rows.recipe == ("  length: min_characters 2 -> 40",)
    group = facts.rows.groups[0]
    assert (group.fate, group.step, group.reason) == ("removed", "length", "min_characters")
    assert group.rows == len(lost & set(short["id"]))
    assert set(group.ids) <= lost
    assert len(group.lines) == len(group.ids) == fates.SAMPLES
    assert all(line.startswith('- {"part": ') for line in group.lines)


def test_both_funnels_are_those_of_the_ledgers(versions: dict[str, Ran]) -> None:
    facts = compared(versions, "stricter").facts.funnels

    for name, side in (("first", "old"), ("stricter", "new")):
        told = [getattr(line, side) for line in facts.lines]
        books = json.loads((versions[name].folder / "ledger.json").read_bytes())["steps"]
        assert [(x.came, x.added, x.dropped, x.changed, x.out) for x in told] == [
            (step["in"], step["added"], step["dropped"], step["changed"], step["out"]) for step in books
        ]
    assert (facts.reasons[0].step, facts.reasons[0].reason, facts.reasons[0].old) == ("length", "min_characters", 0)


def place(value: float) -> int:
    """An eighth of a power of two, counted upwards."""
    mantissa, exponent = math.frexp(value)
    return exponent * 8 + int((mantissa - 0.5) * 16)


def test_longer_texts_have_the_effect_that_all_pairs_of_rows_say(versions: dict[str, Ran]) -> None:
    told = compared(versions, "stricter").facts.shifts.numbers
    shift = next(each for each in told if (each.what, each.where) == ("length", "train"))
    old, new = (
        np.array([place(n) for n in data(versions[name]).filter(pl.col("part") == "train")["text"].str.len_chars()])
        for name in ("first", "stricter")
    )

    assert shift.delta == pytest.approx(np.sign(new[:, None] - old[None, :]).mean(), abs=1e-5)
    assert shift.delta > 0.3
    assert shift.matters
    reached = [[(side <= each).mean() for each in range(200)] for side in (old, new)]
    assert shift.ks == pytest.approx(np.abs(np.subtract(reached[0], reached[1])).max(), abs=1e-5)
    assert (sum(shift.old_counts), sum(shift.new_counts)) == (len(old), len(new))
    assert len(shift.edges) == len(shift.old_counts) + 1
    assert list(shift.edges) == sorted(set(shift.edges))


def test_a_shift_to_the_middle_has_a_distance_but_no_direction() -> None:
    shift = shifts._number("measure", "s", "m", {100_008: 5, 100_016: 0, 100_024: 5}, {100_016: 10})

    assert (shift.delta, shift.ks, shift.old_median, shift.matters) == (0, 0.5, 1.0625, False)
    assert (shift.edges[0], shift.edges[-1], sum(shift.new_counts)) == (1, 4.5, 10)


def test_what_a_bound_drops_is_no_shift_of_what_came_to_it(versions: dict[str, Ran]) -> None:
    told = compared(versions, "stricter").facts.shifts.numbers
    measured = [each for each in told if (each.what, each.measure) == ("measure", "characters")]

    assert [(each.delta, each.ks, each.matters) for each in measured] == [(0, 0, False)]


def test_labels_and_parts_are_counted_from_all_rows(versions: dict[str, Ran]) -> None:
    told = compared(versions, "stricter").facts.shifts.shares
    old, new = (data(versions[name]) for name in ("first", "stricter"))

    def distance(a: pl.Series, b: pl.Series) -> float:
        one, other = a.to_list(), b.to_list()
        return sum(abs(one.count(value) / len(one) - other.count(value) / len(other)) for value in {*one, *other}) / 2

    shift = {(each.what, each.where): each for each in told}
    assert shift["labels", ""].distance == pytest.approx(distance(old["label"], new["label"]), abs=1e-5)
    assert shift["parts", ""].distance == pytest.approx(distance(old["part"], new["part"]), abs=1e-5)
    counts = {value: (before, after) for value, before, after in shift["labels", ""].values}
    assert counts["late"] == ((old["label"] == "late").sum(), (new["label"] == "late").sum())
    assert [each.distance for each in told] == sorted((each.distance for each in told), reverse=True)


def test_another_seed_is_warned_of_and_so_are_rows_that_moved(versions: dict[str, Ran]) -> None:
    told = compared(versions, "seed")
    report = comparison(told)

    moved = told.facts.moved
    assert moved.held_out_to_train
    assert moved.train_to_held_out
    assert f"`train` of v3 holds rows that v1 kept out (`test` {moved.held_out_to_train[0][1]})" in warnings(report)[0]
    assert any(text.startswith("The seeds differ (3 and 4)") for text in warnings(report))
    assert report.verdict[1] == "1 difference in the recipe."


def test_another_input_is_told_by_file_and_an_edited_row_where_it_differs(versions: dict[str, Ran]) -> None:
    facts = compared(versions, "input").facts

    assert [(each.source, each.file, each.change) for each in facts.inputs.changes] == [("mails", "rows.jsonl", "changed")]
    assert (facts.inputs.changes[0].old_rows, facts.inputs.changes[0].new_rows) == (300, 299)
    edited = [edit for group in facts.rows.groups for row in group.changed for edit in row.edits if edit.column == "text"]
    assert [edit.after for edit in edited] == [EDITED]
    assert edited[0].before.startswith("where is it where is it")
    assert ("removed", "", "not in the input", 1) in [(g.fate, g.step, g.reason, g.rows) for g in facts.rows.groups]


def test_a_renamed_step_is_the_same_step(versions: dict[str, Ran]) -> None:
    facts = compared(versions, "renamed").facts

    line = next(each for each in facts.funnels.lines if each.op == "dedup.exact")
    assert (line.old_name, line.new_name, line.old) == ("exact", "copies", line.new)
    assert "copies (before: exact)" in str(comparison(compared(versions, "renamed")).sections)


def test_a_version_against_itself_is_the_same_and_nothing_is_warned_of(versions: dict[str, Ran]) -> None:
    report = comparison(compared(versions, "first"))

    assert report.verdict == (
        f"Both versions hold the same {len(data(versions['first']))} rows in the same parts.",
        "Recipe, seed and inputs are the same.",
        "No shift of a distribution is worth naming.",
    )
    assert [notice.level for notice in report.notices] == ["good"]


def test_the_report_says_it_in_both_languages_and_the_same_each_time(versions: dict[str, Ran]) -> None:
    told = compared(versions, "stricter")
    again = compared(versions, "stricter")

    assert comparison(told).title == "rows@v2 against rows@v1"
    assert comparison(told, "zh").title == "rows@v2 与 rows@v1 的对比"
    assert comparison(told) == comparison(again)
    assert json.dumps(told.to_json(), allow_nan=False) == json.dumps(again.to_json(), allow_nan=False)
    anchors = {section.id for section in comparison(told).sections}
    assert {notice.anchor for notice in comparison(told).notices} <= anchors
    blocks = [block for section in comparison(told).sections for block in section.blocks]
    assert any(isinstance(block, Distributions) for block in blocks)
    inner = [block for fold in blocks if isinstance(fold, Fold) for block in fold.blocks]
    assert any(isinstance(block, RowDiff) for block in inner)
    assert any(isinstance(block, Change) for block in inner)


def version(folder: Path, *triples: tuple[int, str, str], **changes: Any) -> Found:
    return Found.of(write_version(folder, {"train": by_hand(*triples)}, {}, **changes))


def test_columns_that_one_lacks_and_other_labels_are_told(tmp_path: Path) -> None:
    old = version(tmp_path / "a", (1, "one", "x"), (2, "two", "y"))
    folder = write_version(
        tmp_path / "b",
        {"train": by_hand((1, "one", "x"), (2, "two", "z")).with_columns(lang=pl.lit("en"))},
        {},
        version="v2",
        labels=["x", "z"],
        task="text",
    )
    new, old = Found.of(folder), Found(old.folder, {**old.manifest, "labels": ["x", "y"]}, old.ledger)
    report = comparison(making.against(new, old))

    assert making.against(new, old).facts.rows.columns_added == ("lang",)
    texts = warnings(report)
    assert "1 label is new: `z`." in texts
    assert "1 label is gone: `y`." in texts
    assert "The tasks differ: `classification` and `text`." in texts


def test_a_file_with_as_many_rows_but_other_bytes_differs(tmp_path: Path) -> None:
    old, new = version(tmp_path / "a", (1, "one", "x")), version(tmp_path / "b", (1, "one", "x"), version="v2")
    file = {"name": "mail.jsonl", "bytes": 512, "hash": "e" * 32, "rows": 6, "rejected": 1}
    new.manifest["sources"][0]["files"][:] = [file, {**file, "name": "more.jsonl"}]

    changes = making.against(new, old).facts.inputs.changes
    assert [(each.file, each.change, each.old_rows, each.new_rows) for each in changes] == [
        ("mail.jsonl", "changed", 6, 6),
        ("more.jsonl", "added", 0, 6),
    ]


def test_two_rows_less_are_no_shift_worth_a_warning(tmp_path: Path) -> None:
    old = version(tmp_path / "a", *((n, "short" * n, "xyz"[n % 3]) for n in range(1, 7)))
    new = version(tmp_path / "b", *((n, "short" * n, "xyz"[n % 3]) for n in range(2, 5)), version="v2")
    told = making.against(new, old).facts.shifts

    assert max(each.distance for each in told.shares) == 0
    assert not any(each.matters for each in told.numbers)
    assert not any(each.matters for each in told.shares)


def test_shares_of_few_rows_differ_by_chance(tmp_path: Path) -> None:
    few = shifts._share("labels", "", {"a": 6, "b": 4}, {"a": 4, "b": 6})
    many = shifts._share("labels", "", {"a": 6000, "b": 4000}, {"a": 4000, "b": 6000})

    assert few.distance == many.distance == pytest.approx(0.2)
    assert (few.matters, many.matters) == (False, True)
    rng = np.random.default_rng(1)
    drawn = rng.multinomial(50, [0.5, 0.3, 0.2], (4000, 2)) / 50
    by_chance = np.abs(drawn[:, 0] - drawn[:, 1]).sum(1).mean() / 2
    assert shifts._share("labels", "", {"a": 25, "b": 15, "c": 10}, {"a": 25, "b": 15, "c": 10}).by_chance == pytest.approx(
        by_chance, rel=0.05
    )


def test_a_change_deep_in_a_long_text_is_shown(tmp_path: Path) -> None:
    long = "包裹" * 400_000
    old = version(tmp_path / "a", (1, f"{long}no{long}", "x"))
    new = version(tmp_path / "b", (1, f"{long}yes{long}", "x"), version="v2")
    edit = making.against(new, old).facts.rows.groups[0].changed[0].edits[0]

    assert "包裹no包裹" in edit.before
    assert "包裹yes包裹" in edit.after
    assert max(len(edit.before), len(edit.after)) < fates.LONGEST + 10


def test_many_groups_are_bounded_and_counted() -> None:
    groups = tuple(Group("removed", "s", f"reason {n:03}", 1 + n, ()) for n in range(200))
    told = fates._largest(Difference("a", "b", 0, groups, {}, (), (), ()))

    assert [group.rows for group in told] == list(range(201 - fates.GROUPS, 201))


def test_steps_are_paired_by_name_then_by_operator() -> None:
    def ledger(*names: str) -> list[dict[str, str]]:
        return [{"name": name, "op": op} for name, _, op in (each.partition(":") for each in names)]

    found = paired(
        ledger("read:read", "a:f.x", "gone:f.y", "b:f.z", "twins:d"), ledger("read:read", "b:f.z", "a2:f.x", "new:g", "twins:d")
    )

    assert [(a and a["name"], b and b["name"]) for a, b in found] == [
        ("read", "read"),
        ("b", "b"),
        ("a", "a2"),
        ("gone", None),
        (None, "new"),
        ("twins", "twins"),
    ]


def test_a_large_shift_is_warned_of_unless_a_threshold_made_it(versions: dict[str, Ran]) -> None:
    told = compared(versions, "stricter").facts
    large = replace(told.shifts.numbers[0], delta=-0.6, measure="likeness", what="measure", where="twins")
    copies = replace(large, of_copies=True)

    def notices(shift: shifts.NumberShift) -> list[Notice]:
        return shifts_told.notices(replace(told, shifts=replace(told.shifts, numbers=(shift,), shares=())), Say())

    assert [notice.text.partition(":")[0] for notice in notices(large)] == ["`likeness` at step `twins` is smaller now"]
    assert notices(copies) == []


def test_the_table_of_funnels_has_a_line_per_step(versions: dict[str, Ran]) -> None:
    section = next(each for each in comparison(compared(versions, "stricter")).sections if each.id == "against-funnel")
    table = section.blocks[0]

    assert isinstance(table, Table)
    first, last = table.lines[0], table.lines[-1]
    assert first[0] == "read"
    assert last[-1] == len(data(versions["stricter"])) - len(data(versions["first"]))
