"""A recipe of 25 steps: each is told while it runs and stands in the funnel of the terminal and in the report."""

from __future__ import annotations

import importlib.util
import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from dprep import api
from dprep.engine.run import Ran, Request, run_plan
from dprep.report.renderers.text import funnel
from dprep.report.writing import report_of_run

ROOT = Path(__file__).parents[2]


def _benchmark() -> Any:
    """benchmarks/long_recipe.py, which has the recipe."""
    spec = importlib.util.spec_from_file_location("long_recipe", ROOT / "benchmarks" / "long_recipe.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Long:
    """The recipe run over the planted pages of `corpora/web`, and what was told meanwhile."""

    def __init__(self, folder: Path) -> None:
        benchmark = _benchmark()
        self.steps: list[str] = benchmark.STEPS
        rows = [json.loads(line) for name in ("en", "zh") for line in (ROOT / "corpora/web" / f"{name}.jsonl").open("rb")]
        texts = "".join(json.dumps({"text": row["text"], "place": row["url"]}, ensure_ascii=False) + "\n" for row in rows)
        (folder / "rows-0.jsonl").write_text(texts, "utf-8")
        recipe = folder / "recipe.toml"
        recipe.write_text(benchmark.RECIPE + "".join(f"\n[[step]]\n{step}\n" for step in self.steps), "utf-8")
        self.told: list[tuple[str, int, int]] = []
        plan, _ = api.plan(recipe)
        self.ran: Ran = run_plan(plan, Request(store=folder / "store", workers=1), report_of_run, self._tell)
        self.names = [step.name for step in plan.steps]

    def _tell(self, what: str, done: int, total: int) -> None:
        self.told.append((what, done, total))


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Long:
    return Long(tmp_path_factory.mktemp("long"))


def shown(ran: Ran, width: int) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width).print(funnel(ran.manifest, ran.ledger))
    return out.getvalue().splitlines()


def test_the_recipe_has_25_steps_and_its_books_balance(long: Long) -> None:
    pages = long.ran.ledger["steps"]

    assert len(long.steps) == 25
    assert all(page["in"] + page["added"] == page["out"] + page["dropped"] for page in pages)
    assert all(after["in"] == before["out"] for before, after in pairwise(pages))


def test_every_stage_is_told_from_nothing_to_its_end(long: Long) -> None:
    titles = list(dict.fromkeys(what for what, _, _ in long.told))
    by_title = {title: [(done, total) for what, done, total in long.told if what == title] for title in titles}

    assert titles[0] == "read"
    assert titles[-1] == "write"
    assert any("not_empty …" in title and "steps)" in title for title in titles)
    assert all(done[0][0] == 0 and done[-1][0] == done[-1][1] for done in by_title.values())


def test_the_funnel_names_every_step_once_and_in_order_at_80_columns(long: Long) -> None:
    lines = shown(long.ran, 80)
    first = [line.split()[0] for line in lines if line.startswith(" ") and not line.startswith("  ") and line.strip()]
    called = [name for name in first if name in long.names or name.partition(".")[2] in long.names]

    assert [name.partition(".")[2] if name not in long.names else name for name in called] == long.names
    assert max(map(len, lines)) <= 80


def test_reasons_and_kinds_are_shown_whole_at_80_columns(long: Long) -> None:
    text = "\n".join(shown(long.ran, 80))

    for reason in ("max_duplicate_5_grams", "min_alphabetic_words", "max_curly_brackets", "email", "duplicate"):
        assert f"  {reason} " in text


def test_the_report_names_every_step(long: Long) -> None:
    page = (long.ran.folder / "report.html").read_text("utf-8")

    assert all(f">{name}<" in page for name in long.names)
