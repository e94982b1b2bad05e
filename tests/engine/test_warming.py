"""The first run of an operator compiles its loops: that is told, once, and changes no row."""

from __future__ import annotations

from pathlib import Path

import pytest

from dprep import api
from dprep.engine.preview import preview
from dprep.engine.run import Ran, Request, run_plan
from dprep.engine.warming import COMPILING
from tests.engine.at_hand import no_report

STEPS = {
    "loops": '[[step]]\nop = "filter.length"\nmin_words = 2\n',
    "loops of a helper": '[[step]]\nop = "dedup.exact"\n',
    "none": '[[step]]\nop = "filter.where"\ncondition = "text != \'x\'"\n',
}
Told = list[tuple[str, int, int]]


@pytest.fixture(autouse=True)
def marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No operator has run here. (What numba has compiled stays: it reads the variable once.)"""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    monkeypatch.setenv("DPREP_BLOCK_ROWS", "50")
    return tmp_path / "numba" / "ran"


def recipe(folder: Path, steps: str) -> Path:
    lines = "".join(f'{{"text": "line {n % 150} is here"}}\n{{"text": "{n % 90}"}}\n' for n in range(200))
    (folder / "rows.jsonl").write_text(lines)
    (folder / "recipe.toml").write_text(f'[dataset]\nname = "rows"\n[[source]]\npath = "rows.jsonl"\n{steps}')
    return folder / "recipe.toml"


def run(at: Path, store: str, workers: int = 1) -> tuple[Ran, Told]:
    told: Told = []
    request = Request(store=at.parent / store, workers=workers)
    ran = run_plan(api.plan(at)[0], request, no_report, lambda *each: told.append(each))
    return ran, told


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("steps", ["loops", "loops of a helper"])
def test_compiling_is_told_at_the_first_run_alone(tmp_path: Path, steps: str, workers: int) -> None:
    at = recipe(tmp_path, STEPS[steps])

    first, told = run(at, "a", workers)
    again, told_again = run(at, "b", workers)

    assert [each for each in told if each[0] == COMPILING] == [(COMPILING, 0, 1), (COMPILING, 1, 1)]
    assert COMPILING not in {what for what, _, _ in told_again}
    assert first.manifest["got"] == again.manifest["got"]


def test_compiling_ends_with_the_first_block(tmp_path: Path) -> None:
    _, told = run(recipe(tmp_path, STEPS["loops"]), "a")

    begins = told.index((COMPILING, 0, 1))
    stage = told[begins - 1][0]
    assert told[begins - 1] == (stage, 0, 8)
    assert told[begins + 1 : begins + 3] == [(COMPILING, 1, 1), (stage, 1, 8)]


def test_an_operator_without_loops_compiles_nothing(tmp_path: Path) -> None:
    assert COMPILING not in {what for what, _, _ in run(recipe(tmp_path, STEPS["none"]), "a")[1]}


def test_a_preview_compiles_for_the_run_that_follows(tmp_path: Path) -> None:
    at, told = recipe(tmp_path, STEPS["loops"]), []

    preview(api.plan(at)[0], 5, lambda *each: told.append(each))

    assert told == [(COMPILING, 0, 1), (COMPILING, 1, 1)]
    assert COMPILING not in {what for what, _, _ in run(at, "a")[1]}


def test_a_cache_that_takes_no_marks_stops_no_run(tmp_path: Path, marks: Path) -> None:
    marks.parent.write_text("a file where the folder should be")

    ran, told = run(recipe(tmp_path, STEPS["loops"]), "a")

    assert ran.manifest["rows"]["out"] == 200
    assert (COMPILING, 1, 1) in told
