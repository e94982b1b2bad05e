"""The same bytes for any number of workers, any blocks, any order of doing things."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.runs import RECIPE, books, content, run, write_recipe

LAYOUTS = [("1", "97"), ("2", "400"), ("4", "1500"), ("2", "50000")]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference")
    return Path(run(write_recipe(folder), folder / "store", "--workers", "1")["path"])


@pytest.mark.parametrize(("workers", "rows"), LAYOUTS)
def test_workers_and_blocks_do_not_change_a_byte(tmp_path: Path, reference: Path, workers: str, rows: str) -> None:
    blocks = {"DPREP_BLOCK_ROWS": rows, "DPREP_RANGE_BYTES": "90000"}

    done = run(write_recipe(tmp_path), tmp_path / "store", "--workers", workers, **blocks)

    assert content(reference) == content(Path(done["path"]))
    assert books(reference) == books(Path(done["path"]))


def test_every_step_did_something_and_its_books_balance(reference: Path) -> None:
    ledger, _ = books(reference)

    for step in ledger["steps"]:
        assert step["in"] + step["added"] == step["out"] + step["dropped"]
        assert step["dropped"] == sum(step["reasons"].values())
    doing = {step["name"]: step["changed"] + step["dropped"] + step["added"] for step in ledger["steps"]}
    assert {name for name, count in doing.items() if count == 0} <= {"read", "language", "split", "stratified", "leaks"}


def test_another_seed_changes_the_parts_and_the_variants_only(tmp_path: Path, reference: Path) -> None:
    done = run(write_recipe(tmp_path), tmp_path / "store", "--set", "dataset.seed=12")

    other, mine = content(Path(done["path"])), content(reference)
    assert other["data/train-00000-of-00001.parquet"] != mine["data/train-00000-of-00001.parquet"]
    early = [name for name in mine if name.startswith(("dropped/", "rejected/"))]
    assert {name: mine[name] for name in early} == {name: other[name] for name in early}


def test_an_unchanged_recipe_is_a_look_up_and_comments_do_not_change_it(tmp_path: Path) -> None:
    first = run(write_recipe(tmp_path), tmp_path / "store")
    recipe = write_recipe(tmp_path)
    recipe.write_text("# a comment\n" + recipe.read_text() + "\n[train]\nmodel = 'x'\n")

    again = run(recipe, tmp_path / "store")

    assert (first["cached"], again["cached"]) == (False, True)
    assert (again["version"], again["got"], again["asked"]) == (first["version"], first["got"], first["asked"])


def test_a_changed_late_step_reuses_the_stages_before_it(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path)
    run(recipe, tmp_path / "store")
    stages = tmp_path / "store" / "cache" / "stages"
    before = {path: path.stat().st_mtime_ns for path in stages.rglob("b*.json")}

    second = run(recipe, tmp_path / "store", "--set", "step.noise.share=0.1")

    after = {path: path.stat().st_mtime_ns for path in stages.rglob("b*.json")}
    assert second["version"] == "v2"
    assert before.items() <= after.items()
    assert (
        len({path.parent for path in after.keys() - before.keys()}) == 2
    )  # that of the step, and what is left after the check for leaks


def test_fresh_makes_everything_again_and_gets_the_same(tmp_path: Path) -> None:
    first = run(write_recipe(tmp_path), tmp_path / "store")

    again = run(write_recipe(tmp_path), tmp_path / "store", "--fresh")

    assert (again["version"], again["got"]) == (first["version"], first["got"])
    assert again["cached"]


def test_the_order_of_the_files_changes_no_row(tmp_path: Path) -> None:
    """But for `keep = "first"`, which means the first in the input."""
    straight = RECIPE.replace('op = "dedup.exact"', 'op = "dedup.exact"\nkeep = "longest"')
    straight = straight.replace("threshold = 0.7", 'threshold = 0.7\nkeep = "longest"')
    files = ['"support/mail-en.jsonl"', '"support/mail-zh.jsonl"']
    turned = straight.replace(", ".join(files), ", ".join(reversed(files)))
    assert turned != straight

    a = run(write_recipe(tmp_path, straight), tmp_path / "a")
    b = run(write_recipe(tmp_path, turned), tmp_path / "b")

    assert a["rows"] == b["rows"]
    assert a["got"] == b["got"]


def test_a_trial_takes_no_number(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path)

    trial = run(recipe, tmp_path / "store", "--limit", "200", "--until", "whitespace")

    assert trial["rows"]["in"] <= 200
    assert [step["name"] for step in trial["steps"]][-1] == "whitespace"
    assert "trials" in Path(trial["path"]).parts
    assert run(recipe, tmp_path / "store")["version"] == "v1"
