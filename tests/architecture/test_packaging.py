"""What a packager and a newcomer rely on: pins within ranges, targets that exist, one version number."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINS = {
    canonicalize_name(name): version
    for name, version in re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
}
EXTRAS = PROJECT["optional-dependencies"]


LOCAL = {name: wanted for name, wanted in EXTRAS.items() if name != "remote"}
NAMED = {each for wanted in (PROJECT["dependencies"], *LOCAL.values()) for each in wanted if not each.startswith("dprep[")}


def test_all_is_every_extra_that_needs_no_torch() -> None:
    (everything,) = EXTRAS["all"]

    assert Requirement(everything).extras == set(EXTRAS) - {"all", "dev", "train", "encoder", "datasets", "remote"}


@pytest.mark.parametrize("wanted", sorted(NAMED))
def test_every_dependency_is_pinned_within_its_range(wanted: str) -> None:
    requirement = Requirement(wanted)

    assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)])


def test_constraints_hold_nothing_but_versions() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]

    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []


def test_the_core_needs_no_torch() -> None:
    core = {canonicalize_name(Requirement(each).name) for each in PROJECT["dependencies"]}

    assert not core & {"torch", "transformers", "pandas", "datasets", "nltk"}


def test_make_lists_every_target() -> None:
    told = subprocess.run(["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    for target in ("demo", "test", "check", "bench", "docs", "format", "help"):
        assert re.search(rf"^  make {target} +\w", told, re.MULTILINE), target


def test_make_refuses_an_old_python_with_a_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_text((ROOT / name).read_text())

    done = subprocess.run(["make", "test", f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "dprep needs Python 3.11 or newer" in done.stderr


def test_ci_runs_what_the_readme_says() -> None:
    script = ROOT / ".ci" / "run"

    assert os.access(script, os.X_OK)
    assert re.search(r"^make test$", script.read_text(), re.MULTILINE)
