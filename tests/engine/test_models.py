"""Steps that run a model: their stages, their answers, and versions that do not depend on workers, blocks or luck."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
import pytest

from dprep import api
from dprep.base.operator import Tag
from dprep.base.problem import Error
from dprep.base.step import Step
from dprep.base.text import Text
from dprep.engine import why as whys
from dprep.engine.pool import Pool
from dprep.engine.stages import cut_stages
from dprep.ops.clean.whitespace import Whitespace
from dprep.ops.dedup.exact import Exact
from tests.engine.runs import books

OPERATOR = '''
"""Guess. It answers otherwise each time, as a float model might in its last bits."""
import os, random
from typing import ClassVar
import polars as pl
from dprep.base.operator import Tag

class Guess(Tag):
    model: ClassVar[bool] = True
    varies: ClassVar[str] = "it guesses."
    scale: float = 1.0
    """How large."""

    def notes(self):
        return {"guess": pl.Float64(), "more": pl.List(pl.Float32())}

    def note(self, text):
        with open(os.environ["GUESS_LOG"], "a") as log:
            log.writelines(f"{os.getpid()} {one}\\n" for one in text.series)
            log.flush()
            if "GUESS_FAILS" in os.environ and sum(1 for _ in open(os.environ["GUESS_LOG"])) > 40:
                raise MemoryError
        drawn = [random.SystemRandom().random() * self.scale for _ in text.series]
        more = pl.Series([[x, 1.0] for x in drawn], dtype=pl.List(pl.Float32))
        return {"guess": pl.Series(drawn, dtype=pl.Float64), "more": more}
'''

RECIPE = """
[dataset]
name = "guessed"
seed = 1
task = "text"
ops = "ops"

[[source]]
path = "rows.jsonl"

[[step]]
op = "clean.whitespace"

[[step]]
op = "tag.guess"

[[step]]
op = "filter.length"
min_words = 3

[[step]]
op = "dedup.exact"
"""
TEXTS = [f"text number  {n % 50}" if n % 5 else f"short {n}" for n in range(120)]
DIFFERENT = 64  # 40 of the first kind, 24 of the second


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ops" / "tag").mkdir(parents=True)
    (tmp_path / "ops" / "tag" / "guess.py").write_text(OPERATOR)
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    (tmp_path / "recipe.toml").write_text(RECIPE)
    monkeypatch.setenv("GUESS_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("DPREP_BLOCK_ROWS", "30")
    return tmp_path / "recipe.toml"


def log(recipe: Path) -> list[str]:
    """Process and text of everything that was asked so far; forgets it."""
    file = recipe.parent / "log"
    lines = file.read_text().splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return lines


def test_each_text_is_asked_once_in_one_process(recipe: Path) -> None:
    api.run(recipe, store=recipe.parent / "store", workers=2)

    asked = log(recipe)
    assert {line.split()[0] for line in asked} == {str(os.getpid())}
    assert len(asked) == len(set(asked)) == DIFFERENT


def test_who_has_the_answers_gets_the_same_bytes(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With other blocks and another number of workers, and nothing else kept."""
    first = api.run(recipe, store=recipe.parent / "one", workers=1)
    assert len(log(recipe)) == DIFFERENT
    shutil.copytree(recipe.parent / "one" / "cache" / "answers", recipe.parent / "two" / "cache" / "answers")
    monkeypatch.setenv("DPREP_BLOCK_ROWS", "7")

    second = api.run(recipe, store=recipe.parent / "two", workers=2)

    assert log(recipe) == []
    assert _data(first.folder) == _data(second.folder)
    assert books(first.folder)[0] == books(second.folder)[0]


def _data(version: Path) -> dict[str, bytes]:
    """The bytes of every file of rows."""
    files = [path for folder in ("data", "dropped") for path in (version / folder).iterdir()]
    assert len(files) == 3
    return {path.name: path.read_bytes() for path in files}


def test_a_run_that_broke_off_goes_on_with_what_it_was_told(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = recipe.parent / "store"
    monkeypatch.setenv("GUESS_FAILS", "1")
    with pytest.raises(Error, match="out of memory"):
        api.run(recipe, store=store, workers=1)
    told = {line.split(maxsplit=1)[1] for line in log(recipe)[:30]}
    monkeypatch.delenv("GUESS_FAILS")
    shutil.rmtree(store / "cache" / "stages")

    api.run(recipe, store=store, workers=1)

    assert told
    assert {line.split(maxsplit=1)[1] for line in log(recipe)}.isdisjoint(told - _second_block())


def _second_block() -> set[str]:
    return {" ".join(text.split()) for text in TEXTS[30:]}


def test_a_fresh_run_asks_anew_and_owns_up(recipe: Path) -> None:
    api.run(recipe, store=recipe.parent / "store", workers=1)
    log(recipe)

    with pytest.raises(Error) as caught:
        api.run(recipe, store=recipe.parent / "store", workers=1, fresh=True)

    assert caught.value.problems[0].code == "not-reproduced"
    assert len(log(recipe)) == DIFFERENT


def test_why_tells_what_was_answered_then(recipe: Path) -> None:
    made = api.run(recipe, store=recipe.parent / "store", workers=1)
    log(recipe)
    version = api.open(str(made.folder))
    row = version.scan().collect().row(0, named=True)

    life = whys.why(version, row["id"], recipe.parent)

    assert log(recipe) == []
    assert life.notes == ()
    assert any(f"{row['guess']:.4g}" in event.what for event in life.events if event.step == "guess")


def test_an_operator_that_is_no_model_runs_in_the_workers_and_is_remembered(recipe: Path) -> None:
    file = recipe.parent / "ops" / "tag" / "guess.py"
    file.write_text(OPERATOR.replace("model: ClassVar[bool] = True", "model: ClassVar[bool] = False"))
    assert "= False" in file.read_text()

    api.run(recipe, store=recipe.parent / "store", workers=2)

    asked = log(recipe)
    assert str(os.getpid()) not in {line.split()[0] for line in asked}
    assert {line.split(maxsplit=1)[1] for line in asked} == {" ".join(text.split()) for text in TEXTS}


def test_other_parameters_are_another_question(recipe: Path) -> None:
    api.run(recipe, store=recipe.parent / "store", workers=1)
    log(recipe)

    api.run(recipe, store=recipe.parent / "store", workers=1, set=("step.guess.scale=2.0",))

    assert len(log(recipe)) == DIFFERENT


class Asks(Tag):
    model: ClassVar[bool] = True

    def notes(self) -> dict[str, pl.DataType]:
        return {}

    def note(self, text: Text) -> dict[str, pl.Series]:
        return {}


def step(name: str, op: Any) -> Step:
    return Step(name, "x", op)


CLEAN, ASK, MORE, TWINS = step("clean", Whitespace()), step("ask", Asks()), step("more", Asks()), step("twins", Exact())
CUTS: dict[str, tuple[list[Step], list[tuple[str, str, str, bool]]]] = {
    "in the middle": ([CLEAN, ASK, CLEAN], [("", "clean", "", False), ("", "ask", "", True), ("", "clean", "", False)]),
    "first": ([ASK, CLEAN], [("", "ask", "", True), ("", "clean", "", False)]),
    "two at once": ([CLEAN, ASK, MORE], [("", "clean", "", False), ("", "ask more", "", True)]),
    "between global steps": (
        [TWINS, ASK, TWINS],
        [("", "", "twins", False), ("twins", "ask", "twins", True), ("twins", "", "", False)],
    ),
    "after a global step": (
        [TWINS, CLEAN, ASK],
        [("", "", "twins", False), ("twins", "clean", "", False), ("", "ask", "", True)],
    ),
    "none": ([CLEAN, TWINS], [("", "clean", "twins", False), ("twins", "", "", False)]),
}


@pytest.mark.parametrize("name", CUTS)
def test_a_model_has_a_stage_of_its_own(name: str) -> None:
    steps, wanted = CUTS[name]
    cuts = cut_stages(steps)

    told = [(_name(cut.before), " ".join(each.name for each in cut.steps), _name(cut.ends), cut.model) for cut in cuts]
    assert told == wanted
    assert [cut.opens for cut in cuts] == [True] + [False] * (len(cuts) - 1)


def _name(step: Step | None) -> str:
    return step.name if step else ""


def test_each_worker_of_a_pool_may_have_settings_of_its_own() -> None:
    with Pool(2, [{"DPREP_TRIAL": "one"}, {"DPREP_TRIAL": "two"}]) as pool:
        found = {answer for _, answer in pool.run([(_setting, (n,)) for n in range(12)])}

    assert found == {"one", "two"}


def _setting(_number: int) -> str | None:
    import time

    time.sleep(0.05)  # long enough for both to get some
    return os.environ.get("DPREP_TRIAL")
