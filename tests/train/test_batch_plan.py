"""The plan of batches: a pure function of lengths, settings and seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dprep.base.problem import Error
from dprep.train.data.batch_plan import Plan, chance, shares
from dprep.train.settings import Settings

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=90)


def _plan(lengths: list[int] | np.ndarray, world_size: int = 1, alike: bool = False, **settings: int) -> Plan:
    return Plan(lengths, replace(Settings(), **settings), world_size, alike)  # type: ignore[arg-type]


@given(
    LENGTHS, st.integers(1, 7), st.sampled_from([0, 16, 64, 100]), st.integers(1, 3), st.integers(1, 3), st.integers(0, 3),
    st.booleans(),
)  # fmt: skip
def test_each_example_once_in_portions_that_are_never_empty(
    lengths: list[int], rows: int, tokens: int, accumulate: int, world: int, epoch: int, alike: bool
) -> None:
    if len(lengths) < accumulate * world:
        return
    plan = _plan(lengths, world, alike, batch_size=rows, batch_tokens=tokens, accumulate=accumulate)
    portions = plan.portions(epoch)
    assert len(portions) == plan.steps(epoch) * accumulate * world
    assert all(len(portion) for portion in portions)
    assert sorted(np.concatenate(portions).tolist()) == list(range(len(lengths)))
    if not tokens:
        steps = [portions[at : at + plan.each_step] for at in range(0, len(portions), plan.each_step)]
        for step in steps:
            sizes = [len(portion) for portion in step]
            assert max(sizes) - min(sizes) <= 1
            assert max(sizes) <= rows + 1


def test_portions_are_balanced_in_tokens() -> None:
    luck = np.random.default_rng(0)
    lengths = np.clip(luck.lognormal(3.3, 1, 4096), 1, 512).astype(int)
    plan = _plan(lengths, 4, batch_size=16, accumulate=2)
    tokens = np.array([lengths[portion].sum() for portion in plan.portions(0)]).reshape(-1, 8)
    # the longest row of a step alone may be more than a portion has else
    assert np.median(tokens.max(axis=1) / tokens.mean(axis=1)) < 1.4
    packed = _plan(lengths, 4, batch_tokens=4096, accumulate=2)
    tokens = np.array([lengths[portion].sum() for portion in packed.portions(0)])
    assert tokens.max() <= 4096
    assert tokens.min() > 0.9 * tokens.max()


def test_padded_portions_are_of_a_kind_and_steps_stay_the_same() -> None:
    luck = np.random.default_rng(1)
    lengths = np.clip(luck.lognormal(3.3, 1, 2000), 1, 512).astype(int)
    mixed, alike = _plan(lengths, batch_size=8, accumulate=8), _plan(lengths, alike=True, batch_size=8, accumulate=8)
    assert shares(alike)["padding"] < shares(mixed)["padding"] / 2
    for step in range(mixed.steps_each):
        one, other = (np.sort(np.concatenate(plan.portions(0)[step * 8 : step * 8 + 8])) for plan in (mixed, alike))
        assert np.array_equal(one, other)


def test_resuming_is_arithmetic() -> None:
    """Complaint 12: a resumed run replays the order of the first epoch, or skips batches for hours."""
    lengths = np.random.default_rng(2).integers(1, 80, 333)
    for settings in ({"batch_size": 10}, {"batch_tokens": 200}):
        plan = _plan(lengths, accumulate=3, **settings)
        every = [(epoch, portion) for epoch in range(3) for portion in plan.portions(epoch)]
        fresh = _plan(lengths, accumulate=3, **settings)
        for number in (0, len(every) // 2, len(every) - 1, 1):
            epoch, places = fresh.at(number)
            assert epoch == every[number][0]
            assert np.array_equal(places, every[number][1])


def test_every_epoch_has_an_order_of_its_own() -> None:
    """Complaint 12."""
    plan = _plan(list(range(1, 101)), batch_size=10)
    orders = [tuple(np.concatenate(plan.portions(epoch)).tolist()) for epoch in range(4)]
    assert len(set(orders)) == 4
    packed = _plan([7] * 60 + [3] * 40, batch_tokens=50)
    assert len({tuple(np.concatenate(packed.portions(epoch)).tolist()) for epoch in range(4)}) == 4
    other = _plan(list(range(1, 101)), batch_size=10, seed=8)
    assert tuple(np.concatenate(other.portions(0)).tolist()) not in orders


def test_steps_are_known_before_the_first_one_also_of_packs() -> None:
    """Complaint 13: the number of steps is wrong under packing, so the schedule is."""
    lengths = np.random.default_rng(3).integers(1, 200, 1000)
    plan = _plan(lengths, batch_tokens=1024, accumulate=2)
    steps = plan.steps_each
    assert all(len(plan.portions(epoch)) == steps * 2 for epoch in range(5))
    assert plan.epoch_ends(2.0) == [steps, 2 * steps]
    assert plan.epoch_ends(2.5) == [steps, 2 * steps, round(2.5 * steps)]
    assert plan.epoch_ends(0.25) == [max(1, round(steps / 4))]
    assert plan.epoch_ends(1e-9) == [1]


def test_a_last_step_with_too_few_rows_joins_the_one_before() -> None:
    plan = _plan([5] * 25, batch_size=4, accumulate=3)  # 12 + 12 + 1
    assert plan.steps_each == 2
    assert sorted(len(portion) for portion in plan.portions(0)) == [4, 4, 4, 4, 4, 5]
    plan = _plan([5] * 28, batch_size=4, accumulate=3)  # 12 + 12 + 4
    assert [len(portion) for portion in plan.portions(0)][-3:] == [1, 1, 2]


def test_fewer_rows_than_portions_of_a_step_is_a_problem() -> None:
    with pytest.raises(Error) as raised:
        _plan([5, 5, 5], accumulate=2, world_size=2)
    assert raised.value.problems[0].code == "train-too-few-rows"
    assert "4 rows" in raised.value.problems[0].render()


def test_shares_are_counted() -> None:
    plan = _plan([10, 2, 2, 2], batch_size=4)
    assert shares(plan) == {"padding": 1 - 16 / 40, "filled": 16 / 40}
    packed = _plan([10, 2, 2, 2, 8, 8], batch_tokens=16)
    assert shares(packed)["filled"] == 1.0


def test_chance_depends_on_seed_epoch_and_portion_alone() -> None:
    drawn = {chance(seed, epoch, portion).random() for seed in (1, 2) for epoch in (0, 1) for portion in (0, 1)}
    assert len(drawn) == 8
    assert chance(1, 2, 3).random() == chance(1, 2, 3).random()
