"""Where a version comes from: places in its recipe, inputs, and a command that makes it again."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xxhash
from click.testing import CliRunner

from dprep import api
from dprep.cli.main import cli
from dprep.engine.run import Ran, Request, run_plan
from dprep.report.blocks import Block, Command, Fold, Link, Prose, Source, Subhead, Table
from dprep.report.reading.found import Found
from dprep.report.say import Say
from dprep.report.sections import lineage
from dprep.report.sections.lineage import LineageFacts, books
from dprep.report.sections.lineage import recipe as places
from tests.store.hand import write_version

RECIPE = """\
# the shop's mails
[dataset]
name = "mails"
seed = 3
task = "classification"

[[source]]
name = "inbox"
path = "inbox.jsonl"
license = "CC0-1.0"

[[source]]
path = "more*.jsonl"

[[step]]
op = "clean.whitespace"

[[step]]
op = "filter.length"
name = "long-enough"
min_characters = 4 # two words or so

[[step]]
op = "dedup.exact"
"""
RAW = "x" * 500


def line_of(text: str, after: str = "") -> int:
    """The first line (from 1) that holds `text` behind the first that holds `after`."""
    lines = RECIPE.split("\n")
    start = next(place for place, line in enumerate(lines) if after in line)
    return next(place for place in range(start, len(lines)) if text in lines[place]) + 1


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, dict[str, Any]]:
    """A run with two values set, and the manifest as its report was given it."""
    top = tmp_path_factory.mktemp("lineage")
    (top / "recipes").mkdir()
    (top / "recipes" / "mails.toml").write_text(RECIPE, "utf-8")
    rows = [{"text": f"text 包裹 {n % 40}" if n % 9 else "hi", "label": "ab"[n % 2]} for n in range(90)]
    inbox = [json.dumps(row, ensure_ascii=False) for row in rows] + [RAW, RAW, '{"label": "a"}']
    (top / "recipes" / "inbox.jsonl").write_text("\n".join(inbox) + "\n", "utf-8")
    for name in ("more1", "more2"):
        (top / "recipes" / f"{name}.jsonl").write_text(json.dumps({"text": f"only {name}", "label": "a"}) + "\n", "utf-8")
    given: dict[str, Any] = {}

    def report(folder: Path, *, manifest: Mapping[str, Any], ledger: Mapping[str, Any]) -> str:
        found = Found(folder, dict(manifest), ledger)
        given.update(facts=asdict(lineage.facts(found)))
        return ""

    plan = api.plan(top / "recipes" / "mails.toml", set=["step.long-enough.min_characters=5", "dataset.seed=9"])[0]
    return run_plan(plan, Request(top / "store", workers=1), report), given


@pytest.fixture(scope="module")
def facts(made: tuple[Ran, dict[str, Any]]) -> LineageFacts:
    return lineage.facts(Found.of(made[0].folder))


def blocks(facts: LineageFacts, language: str = "en") -> list[Block]:
    def within(block: Block) -> list[Block]:
        return [block, *(inner for each in block.blocks for inner in within(each))] if isinstance(block, Fold) else [block]

    return [inner for block in lineage.section(facts, Say(language)).blocks for inner in within(block)]  # type: ignore[arg-type]


def test_lines_of_the_recipe_lead_to_what_they_made(facts: LineageFacts) -> None:
    source = next(block for block in blocks(facts) if isinstance(block, Source))

    assert source.text == RECIPE
    assert dict(source.marks) == {
        line_of("seed"): "lineage-recipe",
        line_of("[[source]]"): "lineage-source-1",
        line_of("[[source]]", after="license"): "lineage-source-2",
        line_of("[[step]]"): "step-1",
        line_of("[[step]]", after="clean.whitespace"): "step-2",
        line_of("min_characters"): "step-2",
        line_of("[[step]]", after="min_characters"): "step-3",
    }
    anchors = {block.anchor for block in blocks(facts) if isinstance(block, Subhead)}
    assert {"lineage-recipe", "lineage-source-1", "lineage-source-2"} <= anchors


def test_keys_that_decided_are_told_with_what_they_dropped(made: tuple[Ran, dict[str, Any]], facts: LineageFacts) -> None:
    dropped = {path.name: len(pl.read_parquet(path)) for path in (made[0].folder / "dropped").glob("*.parquet")}
    told = {(each.step, each.reason): each for each in facts.recipe.decided}

    bound = told["long-enough", "min_characters"]
    assert bound.rows == dropped["02-long-enough.parquet"] == 10
    assert (bound.key, bound.value, bound.line, bound.written) == ("min_characters", "5", line_of("min_characters"), True)
    copies = told["exact", "duplicate"]
    assert (copies.rows, copies.key, copies.line) == (dropped["03-exact.parquet"], "", line_of("[[step]]", "min_characters"))
    assert [each.rows for each in facts.recipe.decided] == sorted((each.rows for each in facts.recipe.decided), reverse=True)


def test_values_set_for_the_run_are_told_with_the_line_that_says_otherwise(facts: LineageFacts) -> None:
    assert [(each.text, each.line) for each in facts.recipe.overrides] == [
        ("step.long-enough.min_characters=5", line_of("min_characters")),
        ("dataset.seed=9", line_of("seed")),
    ]
    assert facts.seed == 9


def test_inputs_have_the_hashes_of_their_bytes(made: tuple[Ran, dict[str, Any]], facts: LineageFacts) -> None:
    folder = made[0].folder.parents[3] / "recipes"
    inbox, more = facts.sources

    assert (inbox.name, inbox.license, inbox.files, inbox.rows, inbox.rejected) == ("inbox", "CC0-1.0", 1, 90, 3)
    assert (more.name, more.license, more.files, more.rows) == ("2", "", 2, 2)
    for source in facts.sources:
        for file in source.listed:
            content = (folder / file.name).read_bytes()
            assert (file.bytes, file.hash) == (len(content), xxhash.xxh3_128(content).hexdigest())


def test_records_that_could_not_be_read_are_counted_and_cut(made: tuple[Ran, dict[str, Any]], facts: LineageFacts) -> None:
    files = (made[0].folder / "rejected").glob("*.jsonl")
    records = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]

    assert {each.reason: each.records for each in facts.rejected} == Counter(record["reason"] for record in records)
    first = facts.rejected[0].first[0]
    assert (first.file, first.line, first.raw) == ("inbox.jsonl", 91, RAW[:200])


def test_the_command_finds_the_version_again(
    made: tuple[Ran, dict[str, Any]], facts: LineageFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = next(block for block in blocks(facts) if isinstance(block, Command)).text
    monkeypatch.chdir(made[0].folder)
    monkeypatch.delenv("DPREP_ROOT", raising=False)

    result = CliRunner().invoke(cli, [*shlex.split(command)[1:], "--json"])

    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout.splitlines()[-1])
    assert (told["version"], told["got"], told["cached"]) == ("v1", facts.got, True)


def test_a_way_that_climbs_far_is_not_told(tmp_path: Path) -> None:
    clock = {"started": "", "root": "../../../../home/someone/data"}
    told = lineage.facts(Found.of(write_version(tmp_path / "v1", clock=clock)))

    assert told.command == "dprep run recipe.toml --store ../../.. --root ROOT"
    assert "someone" not in str(blocks(told))
    assert any(isinstance(block, Prose) and block.text.startswith("`ROOT` stands for") for block in blocks(told))


def test_the_report_of_a_run_tells_what_the_version_tells_later(made: tuple[Ran, dict[str, Any]], facts: LineageFacts) -> None:
    assert made[1]["facts"] == asdict(facts)
    assert next(each.path for each in facts.shards) == "data/train-00000-of-00001.parquet"
    assert facts.shards[0].hash == xxhash.xxh3_128((made[0].folder / facts.shards[0].path).read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("[dataset\nname = 1", False),
        ("", False),
        ('[dataset]\nname = "support"\n\n[[step]]\nop = "filter.length"\n\n[future]\nx = 1\n', True),
    ],
)
def test_a_recipe_that_cannot_be_read_any_more_is_shown_all_the_same(tmp_path: Path, text: str, marked: bool) -> None:
    folder = write_version(tmp_path / "v1", overrides=["dataset.seed=2"])
    (folder / "recipe.toml").write_text(text)
    told = lineage.facts(Found.of(folder))

    assert told.recipe.text == text
    assert bool(told.recipe.fault) is not marked
    assert [place.line for place in told.recipe.steps] == ([4] if marked else [])
    assert told.recipe.overrides[0].text == "dataset.seed=2"
    assert [(each.reason, each.rows) for each in told.recipe.decided] == [("min_words", 2)]
    assert blocks(told, "zh")


def test_without_a_recipe_the_chapter_tells_the_rest(tmp_path: Path) -> None:
    folder = write_version(tmp_path / "v1")
    (folder / "recipe.toml").unlink()
    told = lineage.facts(Found.of(folder))

    assert told.recipe.fault
    assert not any(isinstance(block, Source) for block in blocks(told))


def step(name: str, op: str, **parameters: object) -> dict[str, Any]:
    return {
        "name": name,
        "op": op,
        "parameters": parameters,
        "columns": ["text"],
        "parts": None,
        "when": None,
        "revision": "r",
    }


def test_what_must_be_there_and_what_varies_is_told(tmp_path: Path) -> None:
    steps = [
        step("tokens", "tag.tokens", tokenizer=f"pieces@v1#{'a' * 32}", as_={}),
        step("lists", "filter.stop_words", words=[f"en.txt#{'b' * 32}", f"zh.txt#{'c' * 32}"], note="colour #fff"),
        step("own", "my.operator"),
        step("say", "augment.rewrite"),
    ]
    told = lineage.facts(Found.of(write_version(tmp_path / "v1", steps=steps)))

    assert [(each.step, each.parameter, each.name, each.hash[0]) for each in told.needed] == [
        ("tokens", "tokenizer", "pieces@v1", "a"),
        ("lists", "words", "en.txt", "b"),
        ("lists", "words", "zh.txt", "c"),
    ]
    assert [each.step for each in told.operators if each.own] == ["own"]
    assert [each.step for each in told.operators if each.varies] == ["say"]
    texts = " ".join(block.text for block in blocks(told) if isinstance(block, Prose))
    assert "The answers of 1 step vary with machine, model or service: `say`." in texts
    assert "byte for byte" not in texts


def test_a_thousand_files_are_counted_and_the_first_listed(tmp_path: Path) -> None:
    files = [{"name": f"{n:04}.jsonl", "bytes": 10, "hash": "f" * 32, "rows": 2, "rejected": 1} for n in range(700)]
    sources = [{"name": name, "license": "", "files": files} for name in ("a", "b")]
    told = lineage.facts(Found.of(write_version(tmp_path / "v1", sources=sources)))

    assert [(each.files, each.rows, each.rejected, each.bytes) for each in told.sources] == [(700, 1400, 700, 7000)] * 2
    assert sum(len(each.listed) for each in told.sources) == books.FILES
    assert any(isinstance(block, Prose) and block.text.startswith("400 more files") for block in blocks(told))


def test_a_long_recipe_is_cut_and_its_marks_with_it(tmp_path: Path) -> None:
    folder = write_version(tmp_path / "v1")
    padding = "# 很长的注释\n" * 30_000
    (folder / "recipe.toml").write_text(f'[dataset]\nname = "support"\n{padding}[[step]]\nop = "filter.length"\n', "utf-8")
    told = lineage.facts(Found.of(folder))
    source = next(block for block in blocks(told) if isinstance(block, Source))

    assert len(told.recipe.text) == places.LONGEST < told.recipe.characters
    assert told.recipe.steps[0].line == 30_003
    assert source.marks == ()


def test_files_that_broke_off_are_warned_of(tmp_path: Path) -> None:
    told = lineage.facts(Found.of(write_version(tmp_path / "v1", broke_off=["`a.gz` ends in the middle of a record"] * 30)))
    notices = lineage.notices(told, Say())

    assert [(notice.level, notice.text.partition(":")[0]) for notice in notices] == [
        ("warning", "30 files broke off before their end")
    ]
    assert len(told.broke_off) == books.BROKE_OFF
    assert notices[0].anchor in {block.anchor for block in blocks(told) if isinstance(block, Subhead)}


def test_a_version_that_lost_nothing_warns_of_nothing(facts: LineageFacts) -> None:
    assert lineage.notices(facts, Say()) == []


def test_operators_lead_to_their_steps(facts: LineageFacts) -> None:
    tables = [block for block in blocks(facts) if isinstance(block, Table) and block.caption == "Revisions of the operators"]

    assert [line[0] for line in tables[0].lines] == [
        Link("whitespace", "step-1"),
        Link("long-enough", "step-2"),
        Link("exact", "step-3"),
    ]
    assert json.dumps(asdict(facts), allow_nan=False)
