"""Learning rates by hand."""

from __future__ import annotations

from typing import Any

import pytest

from dprep.train.optimizing.schedules import make, rate, warm_steps
from dprep.train.settings import Settings


def rates(steps: int, **settings: Any) -> list[float]:
    return [rate(step, steps, Settings(**settings)) for step in range(steps)]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"schedule": "linear", "warmup": 0.2}, [0.5, 1, 1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8]),
        ({"schedule": "linear", "warmup": 0}, [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]),
        ({"schedule": "constant", "warmup": 4}, [0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1, 1]),
        ({"schedule": "wsd", "warmup": 0.1, "decay": 0.4}, [1, 1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25]),
        ({"schedule": "wsd", "warmup": 8, "decay": 1.0}, [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1, 1, 0.5]),
        # (1 + cos(pi * n / 8)) / 2 at n = 0, 2, 4, 6: 1, 0.8536, 0.5, 0.1464
        (
            {"schedule": "cosine", "warmup": 2},
            [0.5, 1, 1, 0.9619398, 0.8535534, 0.6913417, 0.5, 0.3086583, 0.1464466, 0.0380602],
        ),
    ],
)
def test_rates_are_as_reckoned_by_hand(settings: dict[str, Any], expected: list[float]) -> None:
    assert rates(10, **settings) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("schedule", ["linear", "cosine", "constant", "wsd"])
@pytest.mark.parametrize("steps", [1, 2, 3, 17])
@pytest.mark.parametrize("warmup", [0, 0.06, 1, 5, 100])
def test_no_step_is_wasted_and_none_is_over_the_full_rate(schedule: str, steps: int, warmup: float) -> None:
    found = rates(steps, schedule=schedule, warmup=warmup)

    assert all(0 < each <= 1 for each in found)
    warm = warm_steps(steps, Settings(warmup=warmup))
    assert found[:warm] == sorted(found[:warm])
    assert found[warm:] == sorted(found[warm:], reverse=True)


@pytest.mark.parametrize(
    ("warmup", "steps", "warm"), [(0.06, 100, 6), (0.06, 101, 7), (0.5, 3, 2), (1, 100, 1), (30, 20, 20), (0, 9, 0)]
)
def test_warm_up_is_a_share_or_so_many_steps(warmup: float, steps: int, warm: int) -> None:
    assert warm_steps(steps, Settings(warmup=warmup)) == warm


def test_every_group_keeps_its_own_full_rate() -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    weights = [torch.nn.Parameter(torch.zeros(1)) for _ in range(2)]
    optimizer = torch.optim.SGD([{"params": [weights[0]], "lr": 0.1}, {"params": [weights[1]], "lr": 0.4}])
    schedule = make(optimizer, Settings(schedule="linear", warmup=2), 6)

    seen = []
    for _ in range(6):
        seen.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        schedule.step()

    assert [low for low, _ in seen] == pytest.approx([0.05, 0.1, 0.1, 0.075, 0.05, 0.025])
    assert [high for _, high in seen] == pytest.approx([0.2, 0.4, 0.4, 0.3, 0.2, 0.1])
