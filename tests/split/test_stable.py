"""split.stable: a row's part is a matter of its key alone; what moves, moves as the page says."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from dprep.base.step import Step
from dprep.base.table import NO_VALUE, Table
from dprep.engine.memory import run_rows
from dprep.ops.split.stable import Stable

keys = st.lists(st.integers(2, 2**64 - 1), min_size=1, max_size=60)


def hashes(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(2, 2**64, rows, dtype=np.uint64)


def table(own: np.ndarray, links: np.ndarray | None = None, spare: np.ndarray | None = None) -> Table:
    groups = (own,) if spare is None else (own, spare)
    return Table(luck=hashes(len(own), 99), groups=groups, links=np.zeros((len(own), 0), np.uint64) if links is None else links)


def parts(op: Stable, *told: np.ndarray) -> np.ndarray:
    return np.array(op.parts())[op.decide(table(*told)).columns["part"]]


@settings(deadline=None)
@given(keys, keys, st.randoms(use_true_random=False))
def test_old_rows_stay_where_they_are_when_rows_come_and_go(old: list[int], new: list[int], shuffler) -> None:  # type: ignore[no-untyped-def]
    before = dict(zip(old, parts(Stable(), np.array(old, np.uint64)), strict=True))
    grown = [*old[len(old) // 2 :], *new]
    shuffler.shuffle(grown)
    after = dict(zip(grown, parts(Stable(), np.array(grown, np.uint64)), strict=True))

    assert all(after[key] == before[key] for key in after.keys() & before.keys())


@pytest.mark.parametrize("ratios", [{"train": 8, "validation": 1, "test": 1}, {"a": 0.5, "b": 0.5}, {"a": 97, "b": 2, "c": 1}])
def test_shares_are_as_expected_within_four_deviations(ratios: dict[str, float]) -> None:
    rows = 200_000
    got = parts(Stable(ratios=ratios), hashes(rows))

    for name, ratio in ratios.items():
        share = ratio / sum(ratios.values())
        assert abs((got == name).mean() - share) < 4 * math.sqrt(share * (1 - share) / rows)


def test_the_deviation_that_is_told_is_that_of_many_splits() -> None:
    sizes = np.repeat(np.arange(1, 31), 10)  # 300 keys of 1 to 30 rows
    seen, told = [], []
    for seed in range(400):
        decided = Stable().decide(table(np.repeat(hashes(300, seed), sizes)))
        seen.append(decided.notes["got"]["test"])
        told.append(decided.notes["standard_deviation"]["test"])

    assert len(set(told)) == 1
    # the deviation of 400 numbers is itself known to 1 / sqrt(800) = 3.5 %
    assert np.std(seen) == pytest.approx(told[0], rel=0.12)


def test_a_raised_ratio_only_takes_rows_and_a_lowered_one_only_gives() -> None:
    own = hashes(50_000)
    before = parts(Stable(ratios={"train": 8, "validation": 1, "test": 1}), own)
    after = parts(Stable(ratios={"train": 8, "validation": 1, "test": 2}), own)
    moved = before != after

    assert set(after[moved]) == {"test"}
    # exactly what test has gained: 2/11 - 1/10 of the rows
    assert moved.mean() == pytest.approx(2 / 11 - 1 / 10, abs=0.006)
    back = parts(Stable(ratios={"train": 8, "validation": 1, "test": 1}), own)
    assert (back == before).all()


def test_a_new_part_takes_rows_and_moves_none_between_the_others() -> None:
    own = hashes(20_000)
    before = parts(Stable(ratios={"train": 8, "test": 2}), own)
    after = parts(Stable(ratios={"extra": 1, "test": 2, "train": 8}), own)

    assert set(after[before != after]) == {"extra"}


def test_the_order_of_the_parts_does_not_matter() -> None:
    own = hashes(5_000)

    one = parts(Stable(ratios={"train": 8, "validation": 1, "test": 1}), own)
    other = parts(Stable(ratios={"test": 1, "train": 8, "validation": 1}), own)

    assert (one == other).all()


def test_another_salt_is_another_split() -> None:
    own = hashes(20_000)
    one, other = parts(Stable(), own), parts(Stable(salt="b"), own)

    # independent draws agree with probability .8^2 + .1^2 + .1^2
    assert (one == other).mean() == pytest.approx(0.66, abs=0.015)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=60), st.integers(0, 9))
def test_units_are_never_torn(rows: list[tuple[int, int]], seed: int) -> None:
    links = np.array(rows, np.uint64)
    got = parts(Stable(unit=("a", "b")), hashes(len(rows), seed), links)

    for column in (0, 1):
        for value in set(links[:, column].tolist()) - {0}:
            assert len(set(got[links[:, column] == value])) == 1


def test_a_unit_whose_rows_have_one_key_keeps_its_part_when_it_grows() -> None:
    customers = hashes(500)
    before = parts(Stable(unit=("customer",)), customers, customers[:, None], hashes(500, 1))
    grown = np.concatenate([customers, customers])
    after = parts(Stable(unit=("customer",)), grown, grown[:, None], hashes(1000, 2))

    assert (after[:500] == before).all()
    assert (after[500:] == before).all()


def test_a_unit_of_n_keys_that_gains_m_draws_again_with_the_chance_that_the_page_gives() -> None:
    units, n, m = 6_000, 3, 1
    old = hashes(units * n)
    unit = np.repeat(np.arange(1, units + 1, dtype=np.uint64), n)
    before = parts(Stable(), old, unit[:, None])
    grown = np.concatenate([old, hashes(units * m, 5)])
    after = parts(Stable(), grown, np.concatenate([unit, np.arange(1, units + 1, dtype=np.uint64)])[:, None])[: len(old)]

    moved = (before != after)[::n].mean()
    chance = m / (n + m) * (1 - 0.66)
    assert moved == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / units))


def test_a_row_without_a_key_is_placed_by_its_id() -> None:
    ids = hashes(200)
    by_id = parts(Stable(), ids)
    keyed = np.where(np.arange(200) % 2 == 0, np.uint64(NO_VALUE), hashes(200, 3))

    got = parts(Stable(key=("customer",)), keyed, np.zeros((200, 0), np.uint64), ids)

    assert (got[::2] == by_id[::2]).all()


def test_the_key_is_what_holds_rows_together() -> None:
    assert Stable().asks().groups == (("id",),)
    assert Stable(unit=("customer", "twins")).asks().groups == (("customer",), ("id",))
    assert Stable(unit=("customer", "twins")).asks().links == ("customer", "cluster")
    assert Stable(unit=("twins",)).asks().groups == (("id",),)
    assert Stable(unit=("customer",), key=("mail", "day")).asks().groups == (("mail", "day"), ("id",))


def test_a_run_over_half_of_the_rows_with_another_seed_and_name_gives_them_the_same_parts() -> None:
    rows = pl.DataFrame(
        {
            "id": [f"{n:032x}" for n in range(1, 201)],
            "origin": [f"rows.jsonl:{n}" for n in range(1, 201)],
            "text": [f"text {n} 中文" for n in range(200)],
            "thread": [f"t{n % 40}" if n % 3 else None for n in range(200)],
        }
    )
    op = Stable(key=("thread",))

    whole = run_rows([Step("stable", "split.stable", op, ("text",), seed=7)], rows, block_rows=33).rows
    half = run_rows([Step("other", "split.stable", op, ("text",), seed=8)], rows[::2], block_rows=50).rows

    assert set(whole["part"]) == {"train", "validation", "test"}
    joined = half.join(whole, on="id", suffix="_whole")
    assert len(joined) == 100
    assert (joined["part"] == joined["part_whole"]).all()


def test_no_rows_are_fine() -> None:
    assert parts(Stable(), np.zeros(0, np.uint64)).tolist() == []


@pytest.mark.parametrize("wrong", [{"ratios": {"train": 1}}, {"ratios": {"a": 1, "b": 0}}, {"salt": 7}, {"key": [1]}])
def test_what_it_cannot_use_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Stable(**wrong)
