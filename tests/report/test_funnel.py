"""The funnel tells of every group of rows what a count over the files of the version gives."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from dprep.report.blocks import Bars, Flow, Link, Section, Subhead, Table
from dprep.report.reading.found import Found
from dprep.report.say import Say
from dprep.report.sections import funnel
from dprep.report.sections.funnel.facts import FunnelFacts
from dprep.report.sections.funnel.groups import MOST, Group
from tests.report.by_hand import RECIPE, counted, fates, files, make

EN = Say("en")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("funnel")).folder


@pytest.fixture(scope="module")
def facts(folder: Path) -> FunnelFacts:
    found = funnel.facts(Found.of(folder))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[dict[str, Any]]:
    return fates(folder)


def groups(facts: FunnelFacts, column: str) -> dict[str | None, Group]:
    return {group.name: group for each in facts.by if each.column == column for group in each.groups}


def numbers(group: Group) -> dict[str, int]:
    return {name: count for name in ("read", "added", "dropped", "out") if (count := getattr(group, name))}


@pytest.mark.parametrize("column", ["label", "lang"])
def test_groups_are_those_counted_row_by_row(facts: FunnelFacts, rows: list[dict[str, Any]], column: str) -> None:
    told, truth = groups(facts, column), counted(rows, column)

    assert {name: numbers(group) for name, group in told.items()} == {name: dict(counts) for name, counts in truth.items()}
    assert len(told) >= 3


def test_groups_of_sources_and_files_are_those_counted_row_by_row(facts: FunnelFacts, rows: list[dict[str, Any]]) -> None:
    by_file = counted([{**row, "file": row["origin"].rpartition(":")[0]} for row in rows], "file")

    assert {name: numbers(group) for name, group in groups(facts, "file").items()} == {k: dict(v) for k, v in by_file.items()}
    assert {name: group.read for name, group in groups(facts, "file").items()} == {n: len(r) for n, r in files().items()}
    sources = groups(facts, "source")
    assert {name: group.read for name, group in sources.items()} == {"letters": 300, "notes": 350}
    assert sources["notes"].out == by_file["notes-1.jsonl"]["out"] + by_file["notes-2.jsonl"]["out"]


def test_books_balance_in_every_group_and_sum_to_those_of_the_version(facts: FunnelFacts) -> None:
    for each in facts.by:
        assert all(group.read + group.added == group.dropped + group.out for group in each.every)
        assert sum(group.read for group in each.every) == facts.rows_in
        assert sum(group.out for group in each.every) == facts.rows_out
        assert sum(group.dropped for group in each.every) == sum(line.stage.dropped for line in facts.lines)


def test_the_step_that_took_most_is_named_but_not_for_rows_cut_into_pieces(
    facts: FunnelFacts, rows: list[dict[str, Any]]
) -> None:
    for name, group in groups(facts, "label").items():
        lost = Counter(row["step"] for row in rows if row["label"] == name and row["step"] and row["reason"] != "expanded")
        assert (group.most, group.most_rows) == lost.most_common(1)[0]
        assert group.replaced == sum(row["label"] == name and row.get("reason") == "expanded" for row in rows) > 0


def test_bars_of_labels_hold_what_stayed_and_what_each_step_took(facts: FunnelFacts, rows: list[dict[str, Any]]) -> None:
    blocks = funnel.section(facts, EN).blocks
    at = next(place for place, block in enumerate(blocks) if isinstance(block, Subhead) and block.text == "By label")
    bars = blocks[at + 1]
    assert isinstance(bars, Bars)
    series, fewer = dict(bars.series), 0

    for place, name in enumerate(bars.names):
        own = [row for row in rows if row["label"] == name and row.get("reason") != "expanded"]
        lost = Counter(row["step"] for row in own if row["step"])
        assert series["in the version"][place] == sum(row["step"] is None for row in own)
        assert sum(values[place] for values in series.values()) == len(own)
        for step, values in series.items():
            if step in lost:
                assert values[place] == lost[step]
                fewer += 1
    assert fewer > len(bars.names)


def test_what_augmentation_added_is_told_by_gate_and_by_label(facts: FunnelFacts, rows: list[dict[str, Any]]) -> None:
    [made] = facts.made
    own = [row for row in rows if row.get("made_by") == "noise"]

    assert (made.made, made.kept) == (len(own), sum(row["step"] is None for row in own))
    assert made.gated == Counter(row["step"] for row in own if row["step"]) != {}
    assert made.elsewhere == 0
    by_label = {name: [row["step"] for row in own if row["label"] == name] for name in made.labels}
    assert made.labels == {name: (len(steps), steps.count(None)) for name, steps in by_label.items()}


def test_heavy_drops_in_one_group_are_warned_of_unless_a_step_was_told_to(facts: FunnelFacts) -> None:
    told = [notice.text for notice in funnel.notices(facts, EN)]

    assert any("Source `notes` lost" in text and "at `length`" in text for text in told)
    assert not any("`xx`" in text for text in told), "the recipe asked for it"
    again = funnel.notices(replace(facts, named_by={}), EN)
    assert any("Language `xx` lost 100.0 % of its rows" in notice.text for notice in again)


def test_steps_that_take_nearly_all_are_warned_of(tmp_path: Path) -> None:
    recipe = RECIPE.replace("min_characters = 12", "min_characters = 149").partition('[[step]]\nop = "filter.where"')[0]

    found = funnel.facts(Found.of(make(tmp_path, recipe).folder))

    assert found is not None
    assert any(notice.text.startswith("`length` dropped") for notice in funnel.notices(found, EN))
    assert {notice.anchor for notice in funnel.notices(found, EN)} >= {"step-2"}


def test_records_that_could_not_be_read_are_shown(facts: FunnelFacts) -> None:
    assert [(each.reason, each.records) for each in facts.rejected] == [("malformed-json", 1)]
    assert not any("could not be read" in notice.text for notice in funnel.notices(facts, EN)), "one of 651 is no warning"


def blocks(section: Section, kind: type) -> list[Any]:
    return [block for block in section.blocks if isinstance(block, kind)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_flow_and_the_table_are_the_ledger(folder: Path, facts: FunnelFacts, language: Any) -> None:
    ledger = json.loads((folder / "ledger.json").read_text())["steps"]

    section = funnel.section(facts, Say(language))

    [flow] = blocks(section, Flow)
    for stream, step in zip(flow.streams, ledger, strict=True):
        assert (stream.into, stream.joined, stream.out, dict(stream.left)) == (
            step["in"],
            step["added"],
            step["out"],
            step["reasons"],
        )
    steps, reasons = blocks(section, Table)[:2]
    assert [line[0] for line in steps.lines] == [Link(step["name"], f"step-{n}") for n, step in enumerate(ledger)]
    assert [line[8] for line in steps.lines] == [step["characters"]["out"] for step in ledger]
    assert sum(line[2] for line in reasons.lines) == sum(step["dropped"] for step in ledger)
    anchors = [block.anchor for block in blocks(section, Subhead)]
    assert len(set(anchors)) == len(anchors)
    assert {notice.anchor for notice in funnel.notices(facts, EN)} <= {*anchors, *(f"step-{n}" for n in range(len(ledger)))}


def test_a_version_of_an_older_dprep_is_told_without_characters(folder: Path) -> None:
    found = Found.of(folder)
    ledger = json.loads(json.dumps(found.ledger))
    for step in ledger["steps"]:
        del step["characters"], step["borders"]

    told = funnel.facts(Found(folder, found.manifest, ledger))

    assert told is not None
    section = funnel.section(told, EN)
    assert [flow.title for flow in blocks(section, Flow)] == ["Rows"]
    assert all(len(line) == len(blocks(section, Table)[0].head) for line in blocks(section, Table)[0].lines)


def test_ten_thousand_labels_are_told_by_the_largest(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"text": f"text {n}", "label": f"l{n % 2000}"}) + "\n" for n in range(4001))
    (tmp_path / "rows.jsonl").write_text(lines)
    recipe = '[dataset]\nname = "many"\nseed = 1\ntask = "classification"\n[[source]]\npath = "rows.jsonl"\n'

    found = funnel.facts(Found.of(make(tmp_path, recipe + '[[step]]\nop = "clean.whitespace"\n').folder))

    assert found is not None
    [labels] = [each for each in found.by if each.column == "label"]
    assert (labels.in_all, len(labels.groups), labels.groups[0].name) == (2000, MOST, "l0")
    assert labels.others is not None
    assert sum(group.out for group in labels.every) == 4001
    assert len(json.dumps(asdict(found))) < 20_000
