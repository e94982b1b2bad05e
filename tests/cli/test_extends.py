"""What the commands say of a version that extends another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dprep.cli.main import cli
from tests.engine.growing import made, project, recipe


def call(*words: object, code: int = 0) -> Result:
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = project(tmp_path_factory.mktemp("extends"))
    made(folder, ["old.jsonl"])
    return folder / "store"


@pytest.fixture
def behind(store: Path) -> Path:
    """A recipe that extends `pages@v1`."""
    return recipe(store.parent, ["new.jsonl"], extends="pages@v1")


def test_check_tells_the_base_that_it_found(store: Path, behind: Path) -> None:
    assert call("check", behind, "--store", store).stdout == "no problems; 2 steps, 1 file, behind the 4 rows of pages@v1\n"
    told = json.loads(call("check", behind, "--store", store, "--json").stdout)["extends"]
    assert (told["version"], told["rows"], len(told["got"])) == ("pages@v1", 4, 32)


def test_check_tells_a_base_that_is_not_there(store: Path, behind: Path) -> None:
    told = call("check", behind, "--store", store, "--set", "dataset.extends=pages@v9", code=2).output

    assert "error[no-such-version]: `pages` has no version `v9`" in told


def test_run_versions_why_and_report_tell_of_the_base(store: Path, behind: Path) -> None:
    told = call("run", behind, "--store", store).stdout
    assert "extends   pages@v1, whose 4 rows come first\n" in told
    assert "6 rows in, 9 out, 1 dropped" in told
    assert "rows      9 (train 9)" in told

    summary = json.loads(call("run", behind, "--store", store, "--json").stdout.splitlines()[-1])
    assert (summary["cached"], summary["rows"]) == (True, {"in": 6, "out": 9, "rejected": 0, "parts": {"train": 9}})
    assert {key: summary["steps"][-1][key] for key in ("op", "in", "added", "out")} == {
        "op": "extends",
        "in": 5,
        "added": 4,
        "out": 9,
    }
    old, new = json.loads(call("versions", "pages", "--store", store, "--json").stdout)
    assert ("extends" in old, new["extends"]) == (False, "pages@v1")
    assert "extends     came with `pages@v1`, as it stands" in call("why", "pages@v2", "old.jsonl:1", "--store", store).stdout
    assert "extends" in call("report", "pages@v2", "--text", "--store", store).stdout
