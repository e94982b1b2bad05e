"""`dprep init` drafts a recipe that passes check and runs, for every kind of file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dprep.cli.main import cli
from tests.cli.kinds_of_files import SAMPLES, Sample


def drafted(sample: Sample, folder: Path) -> tuple[Path, Result]:
    sample.write(folder / sample.name)
    recipe = folder / "recipe.toml"
    return recipe, CliRunner().invoke(cli, ["init", str(folder / sample.name), "-o", str(recipe)])


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_the_draft_says_what_a_person_would_say_and_runs(sample: Sample, tmp_path: Path) -> None:
    recipe, result = drafted(sample, tmp_path)
    assert result.exit_code == 0, result.stderr
    data = tomllib.loads(recipe.read_text())
    source = data["source"][0]
    assert (data["dataset"]["task"], source["columns"]) == (sample.task, sample.columns), recipe.read_text()
    assert {key: source.get(key) for key in ("delimiter", "header", "encoding", "format", "id") if key in source} == sample.says
    if sample.task not in {"tagging"}:
        assert f"`{sample.language}`" in recipe.read_text().splitlines()[0]
    checked = CliRunner().invoke(cli, ["check", str(recipe)])
    assert (checked.exit_code, checked.stderr) == (0, ""), checked.stderr
    ran = CliRunner().invoke(cli, ["run", str(recipe), "--store", str(tmp_path / "store")])
    assert ran.exit_code == 0, ran.stderr
