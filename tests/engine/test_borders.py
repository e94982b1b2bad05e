"""The rows nearest to every bound, as a search over all rows finds them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dprep.base import rowdiff
from dprep.base.chance import luck
from dprep.engine.run import Ran
from tests.engine.at_hand import recipe, run

SEED = 3
"""Of the recipes at hand."""
BOUNDS = """
[[step]]
op = "filter.length"
min_words = 3
max_words = 9
min_characters = 12
max_characters = 43
{more}
"""


def texts() -> list[str]:
    words = ["a", "tale", "of", "several", "cities", "and", "rivers", "雨"]
    some = [" ".join(words[(n * k + k * k) % len(words)] for k in range(1 + n % 13)) + f" {n}" for n in range(400)]
    # nearer to `max_characters` than any other, and sent away by `max_words` before
    return [*some, *(f"{'abc ' * 10}{'x' * n}" for n in (4, 5, 6)), *(f"{'several ' * 6}{n}" for n in range(8))]


def ran(folder: Path, more: str = "", rows: int | None = None) -> Ran:
    lines = [json.dumps({"text": text, "kind": "even" if n % 2 == 0 else "odd"}).encode() for n, text in enumerate(texts())]
    return run(recipe(folder, lines, BOUNDS.format(more=more)), folder / "store", rows)


def all_rows(done: Ran) -> pl.DataFrame:
    """Every row with how many characters it has by its own text, and the reason it left for."""
    kept = pl.concat([pl.read_parquet(file) for file in sorted((done.folder / "data").glob("*.parquet"))])
    gone = pl.read_parquet(done.folder / "dropped" / "01-length.parquet")
    whole = pl.concat([kept, gone], how="diagonal_relaxed")
    chance = pl.Series("luck", luck(SEED, "length", whole.get_column("id")))
    numbers = pl.Series("number", [len(text) for text in whole.get_column("text").to_list()])
    return whole.with_columns(chance, numbers)


def near(rows: pl.DataFrame, limit: int) -> list[tuple[float, str]]:
    """The three nearest by search: (number, text)."""
    found = sorted(rows.iter_rows(named=True), key=lambda row: (abs(row["number"] - limit), row["luck"]))[:3]
    return [(row["number"], row["text"]) for row in found]


def told(side: list[Any]) -> list[tuple[float, str]]:
    return [(value, rowdiff.parse(line)[0].row["text"]) for value, line in side]


Holds = Callable[[pl.Expr], pl.Expr]


@pytest.mark.parametrize("rows", [None, 23])
@pytest.mark.parametrize("where", ["", "when = \"kind = 'odd'\""])
def test_borders_are_those_of_a_search_over_all_rows(tmp_path: Path, where: str, rows: int | None) -> None:
    done = ran(tmp_path, where, rows)

    borders, every = done.ledger["steps"][1]["borders"], all_rows(done)
    acted = every.filter(pl.col("kind") == "odd") if where else every
    kept = acted.filter(pl.col("reason").is_null())
    for bound, limit, beyond in (
        ("min_characters", 12, pl.col("number") < 12),
        ("max_characters", 43, pl.col("number") > 43),
    ):
        assert told(borders[bound]["kept"]) == near(kept, limit)
        assert told(borders[bound]["dropped"]) == near(acted.filter(pl.col("reason") == bound), limit)
        assert borders[bound]["beyond"] == len(acted.filter(beyond))
    assert len(borders["max_characters"]["dropped"]) == 3
    assert all(line.startswith("- ") and "# max_characters" in line for _, line in borders["max_characters"]["dropped"])
    assert all(line.startswith("  ") for _, line in borders["min_words"]["kept"])


def test_twins_just_like_enough_are_kept_for_their_threshold(tmp_path: Path) -> None:
    base = "the quick brown fox jumps over the lazy dog and then it sleeps all day long under a tree by the river"
    lines = [json.dumps({"text": f"{base} {'x' * n} {n}"}).encode() for n in range(12)]

    done = run(recipe(tmp_path, lines, '[[step]]\nop = "dedup.minhash"\nthreshold = 0.5\n'), tmp_path / "store", rows=5)

    border = done.ledger["steps"][1]["borders"]["threshold"]
    gone = pl.read_parquet(done.folder / "dropped" / "01-minhash.parquet")
    likeness = sorted(json.loads(told)["similarity"] for told in gone.get_column("measured"))
    assert [value for value, _ in border["dropped"]] == [value for value in likeness if value >= 0.5][:3]
    assert (border["kept"], border["beyond"]) == ([], len(gone))


def test_what_a_later_step_masks_is_masked_at_a_border(tmp_path: Path) -> None:
    lines = [json.dumps({"text": f"{'word ' * n}mail me at quentin.zeller@postbox-zz.org"}).encode() for n in range(8)]
    steps = '[[step]]\nop = "filter.length"\nmin_words = 11\n[[step]]\nop = "clean.pii"\n'

    done = run(recipe(tmp_path, lines, steps), tmp_path / "store")

    border = done.ledger["steps"][1]["borders"]["min_words"]
    assert len(border["kept"]) == len(border["dropped"]) == 3
    assert "zeller" not in json.dumps(done.ledger)


def test_a_gate_has_borders_of_the_new_rows_that_it_judged(tmp_path: Path) -> None:
    lines = [json.dumps({"text": text}).encode() for text in texts()]
    bounds = "min_character_ratio = 0.98\nmax_character_ratio = 1.02"
    steps = f'[[step]]\nop = "augment.noise"\nbefore_split = "accepted"\n[[step]]\nop = "gate.length"\n{bounds}\n'

    done = run(recipe(tmp_path, lines, steps), tmp_path / "store", rows=50)

    gate = next(step for step in done.ledger["steps"] if step["op"] == "gate.length")
    assert gate["borders"], "the gate has bounds"
    for bound, border in gate["borders"].items():
        assert len(border["dropped"]) == min(3, gate["reasons"].get(f"gate.{bound}", 0))
        assert all('"made_by": "noise"' in line for _, line in (*border["kept"], *border["dropped"]))
