"""What models run on: GPUs where there are some, else the CPU. Changes speed, and the last bits of answers."""

from __future__ import annotations

import os
from importlib.util import find_spec

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""The GPUs that a process may use, by number or name."""
ASKED = "DPREP_DEVICE"
"""`cpu` or `cuda`; without it, `cuda` where there is one."""


def device() -> str:
    """`cuda` or `cpu`: what models of this process run on. Needs torch."""
    import torch

    asked = os.environ.get(ASKED, "")
    return asked if asked in {"cpu", "cuda"} else "cuda" if torch.cuda.is_available() else "cpu"


def gpus() -> list[str]:
    """The GPUs that models may use, as `CUDA_VISIBLE_DEVICES` names them; none where torch finds none."""
    if os.environ.get(ASKED) == "cpu" or find_spec("torch") is None:
        return []
    import torch

    named = [name.strip() for name in os.environ.get(VISIBLE, "").split(",") if name.strip()]
    count = torch.cuda.device_count()
    return named[:count] if named else [str(number) for number in range(count)]
