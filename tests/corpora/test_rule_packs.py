"""The rule packs do what their sources publish: every page that was written to break a rule falls by that rule, no other falls.

The expectations stand beside the pages in corpora/web and corpora/chat and were written from the published rules.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest

from dprep import check, run

ROOT = Path(__file__).parents[2]
PLANTED = {
    "fineweb": "web/en.jsonl",
    "gopher": "web/en.jsonl",
    "c4": "web/en.jsonl",
    "dolma": "web/en.jsonl",
    "dclm-heuristics": "web/en.jsonl",
    "chinese-web": "web/zh.jsonl",
    "sft-en-zh": "chat/chats.jsonl",
}


def planted(pack: str) -> list[dict[str, Any]]:
    lines = (ROOT / "corpora" / PLANTED[pack]).read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def recipe(pack: str) -> Path:
    return ROOT / "recipes" / f"{pack}.toml"


def files(version: Path, folder: str) -> Iterator[dict[str, Any]]:
    for file in sorted((version / folder).glob("*.parquet")):
        yield from parquet.read_table(file).to_pylist()


@pytest.fixture(scope="module", params=PLANTED)
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    pack = request.param
    return pack, run(recipe(pack), store=tmp_path_factory.mktemp("store"), workers=1).summary()


def test_every_planted_row_leaves_by_the_published_rule_or_stays(ran: tuple[str, dict[str, Any]]) -> None:
    pack, summary = ran
    version = Path(summary["path"])
    left = {row["origin"]: f"{row['step']} {row['reason']}" for row in files(version, "dropped")}
    found = left | {row["origin"]: "kept" for row in files(version, "data")}
    rows = {f"../corpora/{PLANTED[pack]}:{number}": row for number, row in enumerate(planted(pack), 1)}

    told = {row["id"]: (row["rule"], found.get(origin)) for origin, row in rows.items()}
    assert told == {row["id"]: (row["rule"], row["expect"].get(pack, "kept")) for row in rows.values()}


def test_the_funnel_names_every_step(ran: tuple[str, dict[str, Any]]) -> None:
    pack, summary = ran
    written = [
        step.get("name") or step["op"].partition(".")[2] for step in tomllib.loads(recipe(pack).read_text("utf-8"))["step"]
    ]
    named = [step["name"] for step in summary["steps"]]

    assert [name for name in named if name in written] == written


def test_what_is_masked_is_nowhere_in_the_version(ran: tuple[str, dict[str, Any]]) -> None:
    pack, summary = ran
    kept = "\n".join(json.dumps(row, ensure_ascii=False, default=str) for row in files(Path(summary["path"]), "data"))
    masks = {"fineweb", "dolma", "chinese-web", "sft-en-zh"}

    assert ("harbour-office.org" in kept) == (pack not in masks)


@pytest.mark.parametrize("pack", PLANTED)
def test_pack_has_no_problems(pack: str) -> None:
    assert [problem for problem in check(recipe(pack)) if problem.severity != "warning"] == []


@pytest.mark.parametrize("pack", PLANTED)
def test_pack_names_its_sources_and_what_it_leaves_out(pack: str) -> None:
    comment = "\n".join(line for line in recipe(pack).read_text("utf-8").splitlines()[:14] if line.startswith("#"))

    assert "Source of" in comment
    assert "Not reproduced:" in comment


def test_the_planted_rows_are_written_again_byte_for_byte(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(ROOT / "corpora" / "make_web.py"), str(tmp_path)], check=True)

    for name in set(PLANTED.values()):
        assert (tmp_path / name).read_bytes() == (ROOT / "corpora" / name).read_bytes()


def test_every_reason_that_a_pack_is_known_by_is_planted() -> None:
    reasons = {
        said
        for rows in map(planted, ("fineweb", "chinese-web", "sft-en-zh"))
        for row in rows
        for said in row["expect"].values()
    }

    assert len(reasons) >= 40
