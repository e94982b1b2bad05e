"""How the learning rate goes: up, along, down. A pure function of the step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dprep.train.settings import Settings


def rate(step: int, steps: int, settings: Settings) -> float:
    """Share of the full learning rate at a step (0 is the first) of `steps`.

    It rises in even steps to 1 at the last step of the warm-up; from there it falls so that the step behind the last would have
    0 (`linear`, `cosine`), stays (`constant`), or stays until the last `decay` share of all steps and then falls evenly (`wsd`;
    Hu et al. 2024, MiniCPM, arXiv 2404.06395, section 4).
    """
    warm = warm_steps(steps, settings)
    if step < warm:
        return (step + 1) / warm
    if settings.schedule == "constant":
        return 1.0
    if settings.schedule == "wsd":
        falling = min(steps - warm, math.ceil(settings.decay * steps))
        return min(1.0, max(0.0, (steps - step) / max(1, falling)))
    left = max(0.0, (steps - step) / max(1, steps - warm))
    return (1 - math.cos(math.pi * left)) / 2 if settings.schedule == "cosine" else left


def warm_steps(steps: int, settings: Settings) -> int:
    """Steps of warm-up: a share of all steps if under 1, else so many."""
    warm = math.ceil(settings.warmup * steps) if settings.warmup < 1 else round(settings.warmup)
    return min(warm, steps)


def make(optimizer: Any, settings: Settings, steps: int) -> Any:
    """The schedule of an optimiser, for a run of `steps`."""
    from torch.optim.lr_scheduler import LambdaLR

    return LambdaLR(optimizer, lambda step: rate(step, steps, settings))
