"""Every recipe runs: the quickstart whole, the real sets on a small cut, and their books balance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest

from dprep import check, run
from tests.corpora.support_set import listing
from tests.corpora.test_recipe_files import REAL, ROOT, SHARED

CUT = 400

PARTS = {
    "alpaca": {"train", "validation"},
    "banking77": {"train", "validation", "test"},
    "cmrc2018": {"train", "validation", "test"},
    "debian-html": {"train"},
    "dialogsum": {"train", "validation", "test"},
    "pep-revisions": {"train", "test"},
    "spamassassin": {"train", "validation", "test"},
    "thucnews": {"train", "validation", "test"},
    "wnut17": {"train", "validation", "test"},
}


def books_balance(summary: dict[str, Any]) -> None:
    rows = summary["rows"]
    flow = rows["in"]
    for step in summary["steps"]:
        assert step["in"] == flow
        assert step["in"] + step["added"] == step["out"] + step["dropped"]
        assert step["dropped"] == sum(step["reasons"].values())
        flow = step["out"]
    assert flow == rows["out"] == sum(rows["parts"].values())


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return run(ROOT / "recipes" / "quickstart.toml", store=tmp_path_factory.mktemp("store"), workers=1).summary()


def test_quickstart_rejects_what_is_broken_and_balances(quickstart: dict[str, Any]) -> None:
    dirt = listing()
    broken = sum(len(numbers) for numbers in dirt["broken_lines"]["mail-en.jsonl"].values())
    unusable = broken + dirt["kinds"]["missing_field"]["count"] + dirt["kinds"]["wrong_field_count"]["count"]

    assert quickstart["rows"]["rejected"] == unusable
    assert quickstart["rows"]["in"] == dirt["rows"]
    books_balance(quickstart)


def test_quickstart_drops_the_planted_rows(quickstart: dict[str, Any]) -> None:
    kinds = listing()["kinds"]
    dropped = {step["name"]: step["dropped"] for step in quickstart["steps"]}

    assert dropped["where"] >= 0.9 * (kinds["other_language"]["count"] + kinds["null_label"]["count"])
    assert dropped["length"] >= kinds["empty"]["count"] + kinds["whitespace_only"]["count"] + kinds["giant"]["count"]
    assert dropped["exact"] >= kinds["exact_duplicate"]["count"] * 0.9
    assert dropped["minhash"] >= kinds["near_duplicate"]["count"] * 0.8
    assert quickstart["rows"]["out"] >= 0.8 * quickstart["rows"]["in"]


def test_quickstart_leaves_no_tags_and_no_customer_in_two_parts(quickstart: dict[str, Any]) -> None:
    parts: dict[str, set[str]] = {}
    texts: list[str] = []
    for file in sorted(Path(quickstart["path"], "data").glob("*.parquet")):
        rows = parquet.read_table(file, columns=["text", "customer"])
        texts += rows["text"].to_pylist()
        for customer in rows["customer"].to_pylist():
            parts.setdefault(customer, set()).add(file.name.partition("-")[0])

    assert len(texts) == quickstart["rows"]["out"]
    assert [text for text in texts if "MsoNormal" in text or "&nbsp;" in text or "\u200b" in text] == []
    assert all(len(found) == 1 for customer, found in parts.items() if customer)


@pytest.mark.parametrize("recipe", REAL, ids=lambda recipe: recipe.stem)
def test_recipe_for_real_data_runs_on_a_cut(recipe: Path, tmp_path: Path) -> None:
    corpora = SHARED / "corpora"
    if not corpora.is_dir():
        pytest.skip("the shared corpora are not beside the repository (set DPREP_SHARED)")

    assert [problem.code for problem in check(recipe, root=corpora) if problem.code != "part-empty"] == []
    summary = run(recipe, root=corpora, store=tmp_path, workers=1, limit=CUT).summary()

    assert summary["rows"]["out"] > 0
    assert set(summary["rows"]["parts"]) <= PARTS[recipe.stem]
    assert json.dumps(summary)
    books_balance(summary)
