"""What a run is computed on: device, numbers, processes; and where its chance begins."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from dprep.base.problem import Error, Problem
from dprep.models import devices

if TYPE_CHECKING:
    from dprep.train.settings import Settings


def device(settings: Settings) -> str:
    """`cuda` or `cpu`. Raises Error (`train-device`) where a GPU is asked for and there is none."""
    import torch

    if settings.device == "cuda" and not torch.cuda.is_available():
        help = '`device = "auto"` takes what there is; `dprep doctor` shows what torch sees'
        raise Error(Problem("train-device", '`device = "cuda"` is asked for, and torch finds no GPU here', help=help))
    return devices.device() if settings.device == "auto" else settings.device


def precision(settings: Settings, device: str) -> str:
    """`fp32`, `bf16` or `fp16`: bf16 on GPUs that have it, where the settings do not say."""
    import torch

    if settings.precision != "auto":
        return settings.precision
    return "bf16" if device == "cuda" and torch.cuda.is_bf16_supported() else "fp32"


def settled(settings: Settings) -> Settings:
    """The settings with the device and precision that this machine takes. Raises Error (`train-device`)."""
    found = device(settings)
    return replace(settings, device=found, precision=precision(settings, found))


def share_cores() -> None:
    """Let threads that wait sleep instead of spinning, unless the user says otherwise. To be called before torch is imported.

    Where other programs use the same cores, spinning threads made a training three times slower; scores were the same.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def processes() -> int:
    """How many processes train together, as `torchrun` and `accelerate launch` say."""
    return max(1, int(os.environ.get("WORLD_SIZE") or 1))


def seed(number: int) -> None:
    """Begin all chance (of Python, numpy, torch) anew."""
    from transformers import set_seed

    set_seed(number)
