"""What the chapter on duplicates tells, against versions whose twins are written here."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from dprep.report.blocks import Change, Command, Prose, Table
from dprep.report.say import Say
from dprep.report.sections import duplicates
from dprep.report.sections.duplicates.facts import Duplicates
from tests.report.ran import flat, ran

EXACT = '[[step]]\nop = "dedup.exact"\n'
MINHASH = '[[step]]\nop = "dedup.minhash"\nshingles = "words"\nngram = 2\nthreshold = 0.7\n'
FOX = "the quick brown fox jumps over the lazy dog by the old river bank in may"


def row(text: str, label: str = "a", **more: Any) -> dict[str, Any]:
    return {"text": text, "label": label, **more}


def other(number: int) -> dict[str, Any]:
    """A row like no other."""
    return row(f"{number * 7919} 只有一个 {number * 104729}")


def facts_of(folder: Path, rows: Any, steps: str, task: str = "classification") -> Duplicates:
    found = duplicates.facts(ran(folder, rows, steps, task))
    assert found is not None
    return found


def words(facts: Duplicates, language: Any = "en") -> list[str]:
    return [block.text for block in flat(duplicates.section(facts, Say(language)).blocks) if isinstance(block, Prose)]


def test_clusters_are_counted_by_their_size(tmp_path: Path) -> None:
    rows = [row(text) for text in ["一 二 三", "b", "b", "c", "一 二 三", "d", "e", "e", *["f"] * 7, "一 二 三"]]
    facts = facts_of(tmp_path, rows, EXACT)
    (step,) = facts.steps

    # 一 二 三 three times, b and e twice, f seven times
    assert step.clusters is not None
    assert (step.clusters.count, step.clusters.rows) == (4, 14)
    assert [asdict(size) for size in step.clusters.sizes] == [
        {"low": 2, "high": 2, "clusters": 2, "rows": 4},
        {"low": 3, "high": 3, "clusters": 1, "rows": 3},
        {"low": 5, "high": 8, "clusters": 1, "rows": 7},
    ]
    assert (facts.rows_in, facts.dropped, facts.equal, facts.near) == (16, 10, 10, 0)
    assert "14 rows fall into 4 clusters that are alike; one of each stays (the first in the input), 10 were dropped." in words(
        facts
    )


def test_the_largest_cluster_comes_first_with_the_row_that_stayed_and_two_copies(tmp_path: Path) -> None:
    rows = [row("b"), row("f"), row("b"), row("f"), row("f"), row("f"), row("single")]
    largest = facts_of(tmp_path, rows, EXACT).steps[0].clusters.largest  # type: ignore[union-attr]

    assert [(cluster.size, cluster.kept.text) for cluster in largest] == [(4, "f"), (2, "b")]
    assert largest[0].kept.origin == "rows.jsonl:2"
    assert len(largest[0].copies) == 2
    assert {copy.origin for copy in largest[0].copies} <= {"rows.jsonl:4", "rows.jsonl:5", "rows.jsonl:6"}
    assert {copy.dropped_by for copy in largest[0].copies} == {"exact"}


def test_near_twins_stand_side_by_side_with_their_likeness(tmp_path: Path) -> None:
    rows = [row(FOX, "animal"), row(FOX.replace("may", "june"), "month"), *map(other, range(20))]
    facts = facts_of(tmp_path, rows, EXACT + MINHASH)
    exact, minhash = facts.steps
    changes = [block for block in flat(duplicates.section(facts, Say()).blocks) if isinstance(block, Change)]

    assert (exact.dropped, minhash.dropped) == (0, 1)
    assert (facts.equal, facts.near) == (0, 1)
    # 14 of 16 pairs of words are in both
    assert minhash.clusters is not None
    assert minhash.clusters.largest[0].copies[0].similarity == 0.875
    (change,) = changes
    assert (change.before, change.after, change.side_by_side) == (FOX, FOX.replace("may", "june"), True)
    assert change.note == "2 rows · likeness 0.875"
    assert change.before_title == "stays · rows.jsonl:1 · train · animal"


def test_a_copy_with_another_label_is_a_warning(tmp_path: Path) -> None:
    rows = [row("same", "x"), row("same", "y"), row("same", "x"), row("same", "y"), row("once", "z")]
    facts = facts_of(tmp_path, rows, EXACT)

    crossing = facts.steps[0].crossing
    assert crossing is not None
    assert (crossing.other_label, crossing.other_source) == (2, None)
    assert [asdict(pair) for pair in crossing.label_pairs] == [{"kept": "x", "copy": "y", "rows": 2}]
    (notice,) = duplicates.notices(facts, Say())
    assert notice.level == "warning"
    assert notice.text == "`exact` dropped 2 copies whose label differs from that of the row that stayed."
    assert notice.anchor == "duplicates-1"


def test_labels_of_a_list_are_compared_as_sets(tmp_path: Path) -> None:
    rows = [
        {"text": "same", "label": ["x", "y"]},
        {"text": "same", "label": ["y", "x"]},
        {"text": "same", "label": ["x"]},
        {"text": "once", "label": []},
    ]
    crossing = facts_of(tmp_path, rows, EXACT).steps[0].crossing

    assert crossing is not None
    assert crossing.other_label == 1


def test_copies_from_another_source_are_counted_by_pair(tmp_path: Path) -> None:
    rows = {"mail": [row("one"), row("two"), row("three")], "web": [row("one"), row("two"), row("four"), row("four")]}
    crossing = facts_of(tmp_path, rows, EXACT).steps[0].crossing

    assert crossing is not None
    assert crossing.other_source == 2
    assert [asdict(pair) for pair in crossing.source_pairs] == [{"kept": "mail", "copy": "web", "rows": 2}]


def test_a_row_that_stayed_and_was_dropped_later_says_so(tmp_path: Path) -> None:
    steps = EXACT + '[[step]]\nop = "filter.length"\nmin_characters = 3\n'
    facts = facts_of(tmp_path, [row("ab"), row("ab"), row("long enough")], steps)

    assert facts.steps[0].clusters is not None
    assert facts.steps[0].clusters.largest[0].kept.dropped_by == "length"
    tables = [block for block in flat(duplicates.section(facts, Say()).blocks) if isinstance(block, Table)]
    assert any("the row that stayed was dropped later, by `length`" in line for table in tables for line in table.lines)


def test_marked_clusters_that_two_parts_share_are_a_leak(tmp_path: Path) -> None:
    rows = [
        row(FOX, split="train"),
        row(FOX.replace("may", "june"), split="test"),
        row("the same", split="train"),
        row("the same", split="train"),
        *({**other(number), "split": "train"} for number in range(20)),
    ]
    steps = MINHASH + 'action = "mark"\n[[step]]\nop = "split.column"\nleak_check = "near"\ntwins = { threshold = 0.7 }\n'
    facts = facts_of(tmp_path, rows, steps)
    clusters = facts.steps[0].clusters

    assert clusters is not None
    assert (clusters.count, clusters.rows, clusters.parted, clusters.parted_rows) == (2, 4, 1, 2)
    assert facts.leaks[0].left == 1
    notices = duplicates.notices(facts, Say())
    assert [notice.level for notice in notices] == ["error", "warning"]
    assert notices[0].text == "1 row is in two parts: scores will be too good."
    (example,) = facts.leaks[0].examples
    assert (example.part, example.against, example.why) == ("test", "train", "leak.near")
    assert set(example.texts) == {FOX, FOX.replace("may", "june")}


def test_rows_made_of_twins_are_not_twins_that_were_found(tmp_path: Path) -> None:
    rows = [*(row(FOX) for _ in range(3)), *(row("another sentence that stands here twice") for _ in range(2)), other(1)]
    noise = '[[step]]\nop = "augment.noise"\nbefore_split = "accepted"\n'
    found = ran(tmp_path, rows, EXACT + 'action = "mark"\n' + noise)
    facts = duplicates.facts(found)

    assert found.manifest["rows"]["out"] > 6  # each of them bears the mark of its parent
    assert facts is not None
    assert facts.steps[0].clusters is not None
    assert [(size.low, size.clusters) for size in facts.steps[0].clusters.sizes] == [(2, 1), (3, 1)]


def test_leaks_that_were_taken_out_are_no_alarm(tmp_path: Path) -> None:
    rows = [
        *(row("both", split=part) for part in ["train", "train", "test"]),
        row("我在这里", split="train"),
        row("别处", split="test"),
    ]
    steps = '[[step]]\nop = "split.column"\nleak = "drop-from-train"\n'
    facts = facts_of(tmp_path, rows, steps)

    assert (facts.leaks[0].taken, facts.leaks[0].left) == (2, 0)
    (notice,) = duplicates.notices(facts, Say())
    assert notice.level == "good"
    assert notice.text == "No row is in two parts: 2 rows were taken out of `train`."


def test_a_cluster_that_is_huge_is_a_warning(tmp_path: Path) -> None:
    rows = [*(row("please subscribe") for _ in range(60)), *map(other, range(40))]
    facts = facts_of(tmp_path, rows, EXACT)

    (notice,) = duplicates.notices(facts, Say())
    assert notice.text == "`exact` found 60 rows that are alike, 60.0 % of those it looked at: see whether they are one text."


def test_what_is_cut_out_of_texts_is_counted_as_that(tmp_path: Path) -> None:
    rows = [row(f"a line that comes again\n{number * 7919}-{number}-{number}") for number in range(3)]
    facts = facts_of(tmp_path, rows, '[[step]]\nop = "dedup.lines"\n')

    (step,) = facts.steps
    assert (step.kind, step.changed, step.dropped, step.clusters) == ("spans", 2, 0, None)
    assert step.counts["lines"] == 2


def test_lists_stay_short_and_texts_are_cut_around_their_difference(tmp_path: Path) -> None:
    long = " ".join(f"word{number}" for number in range(900))
    rows = [row(text) for number in range(30) for text in [f"{number} twice"] * 2]
    rows += [row(f"{long} end"), row(f"{long} END")]
    facts = facts_of(tmp_path, rows, EXACT + MINHASH)
    exact, minhash = facts.steps

    assert exact.clusters is not None
    assert minhash.clusters is not None
    assert (exact.clusters.count, len(exact.clusters.largest)) == (30, 10)
    cluster = minhash.clusters.largest[0]
    assert cluster.kept.text.startswith("…")
    assert cluster.kept.text.endswith("word899 end")
    assert cluster.copies[0].text.endswith("word899 END")
    assert max(len(cluster.kept.text), len(cluster.copies[0].text)) < 700
    assert len(json.dumps(asdict(facts))) < 20_000


def test_nothing_is_told_where_nothing_was_looked_for(tmp_path: Path) -> None:
    assert duplicates.facts(ran(tmp_path, [row("a"), row("a")])) is None


def test_parts_that_were_not_compared_are_named_softly(tmp_path: Path) -> None:
    facts = duplicates.facts(ran(tmp_path, {"train": [row("a"), row("a")], "test": [row("b")]}, EXACT, parted=True))
    assert facts is not None
    blocks = duplicates.section(facts, Say()).blocks

    assert facts.leaks == ()
    assert [block.text for block in blocks if isinstance(block, Command)] == ["dprep leaks set@v1"]
    assert duplicates.notices(facts, Say()) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_same_version_says_the_same_twice(tmp_path: Path, language: Any) -> None:
    rows = [row(FOX), row(FOX.replace("may", "june"), "b"), row("again"), row("again"), *map(other, range(9))]
    found = ran(tmp_path, rows, EXACT + MINHASH + '[[step]]\nop = "split.stratified"\n')
    first, second = duplicates.facts(found), duplicates.facts(found)

    assert first == second
    assert first is not None
    json.dumps(asdict(first))
    assert duplicates.section(first, Say(language)) == duplicates.section(first, Say(language))
    assert duplicates.notices(first, Say(language))
