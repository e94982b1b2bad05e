"""How fast a run learns, told honestly: tokens that count, padding, and the share of what this machine can multiply.

The share (MFU) is of the arithmetic that the model needs per token, against a matrix multiplication that is measured on this
machine, and not against a data sheet. What is computed twice to save memory does not count.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dprep.train.settings import Settings

_GIB = 1 << 30
_SIZES = {"cuda": (8192, 20), "cpu": (768, 4)}
"""Rows of the measured matrices, and how often they are multiplied."""


@cache
def matmul_peak(device: str, dtype: str) -> float:
    """FLOP/s of a large matrix multiplication on `device` (`cuda`, `cpu`) in `dtype` (`fp32`, `bf16`, `fp16`), measured once.

    Takes about 50 ms, and 400 MB of a GPU. The best of three.
    """
    import torch

    kind = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[dtype]
    size, times = _SIZES["cuda" if device.startswith("cuda") else "cpu"]
    made = torch.Generator(device=device).manual_seed(0)
    a, b = (torch.randn(size, size, generator=made, device=device).to(kind) for _ in range(2))
    wait = torch.cuda.synchronize if device.startswith("cuda") else lambda: None
    return max(2 * size**3 * times / _seconds(lambda: a @ b, times, wait) for _ in range(3))


def _seconds(work: Callable[[], Any], times: int, wait: Callable[[], None]) -> float:
    work()
    wait()
    began = time.perf_counter()
    for _ in range(times):
        work()
    wait()
    return time.perf_counter() - began


@dataclass(frozen=True)
class Work:
    """The arithmetic of one step of learning, in FLOP."""

    body: float
    """Per token: maps in the layers."""
    head: float
    """Per supervised token (or row): the map to words or labels."""
    attention: float
    """Per token and token of its document's length."""

    def flops(self, tokens: float, supervised: float, length: float) -> float:
        """Of a number of tokens in documents of a length, of which some are supervised."""
        return tokens * (self.body + self.attention * length) + supervised * self.head


def work_of(model: Any) -> Work | None:
    """What a model's weights cost per token: 2 per weight forward, 2 to hand the gradient down, 2 for a weight that learns.

    Nothing is handed down below the lowest weight that learns. Attention: 6 per token pair, width and layer where a token sees
    those before it, 12 where it sees all. None for encoder-decoders, whose two sides have different lengths.
    """
    import torch

    config = model.config.get_text_config()
    if getattr(config, "is_encoder_decoder", False):
        return None
    from dprep.train.computing import anatomy

    base = anatomy.inner(model)
    inside = {id(base.get_submodule(name)) for name in anatomy.linears(base)}
    body = head = 0.0
    learns = False
    for module in base.modules():
        learns = learns or any(weight.requires_grad for weight in module.parameters(recurse=False))
        if not isinstance(module, torch.nn.Linear) and type(module).__name__ != "Conv1D":
            continue
        cost = _numbers(module) * (2 + 2 * learns + 2 * _moves(module))
        body, head = (body + cost, head) if id(module) in inside else (body, head + cost)
    return Work(body, head, _attention(config, learns))


def _numbers(module: Any) -> int:
    if hasattr(module, "in_features"):
        return int(module.in_features) * int(module.out_features)
    return int(module.weight.numel())


def _moves(module: Any) -> bool:
    weight = getattr(module, "weight", None)
    return bool(weight is not None and weight.requires_grad)


def _attention(config: Any, learns: bool) -> float:
    from dprep.train.loading.models import DECODER, kind_of_config

    heads = config.num_attention_heads
    width = heads * (getattr(config, "head_dim", None) or config.hidden_size // heads)
    pairs = 6 if kind_of_config(config) == DECODER else 12
    return float(pairs * width * config.num_hidden_layers) * (1.0 if learns else 1 / 3)


class Meter:
    """Adds up steps, and tells how fast they were since it was last asked."""

    def __init__(self, model: Any, settings: Settings, length: float, *, adapter: bool = False, steps: int = 0) -> None:
        """model: with `requires_grad` as it is trained; length: tokens of a document, on average; steps: of the run, or 0."""
        self.work = work_of(model)
        self.settings, self.length, self.steps = settings, length, steps
        self.packed = bool(getattr(model, "dprep_packs", False))
        self.peak = matmul_peak(settings.device, settings.precision) if self.work is not None else 0.0
        self.done = 0
        self._all = _Count()
        self._since = _Count()
        self._last: dict[str, Any] = {}

    def step(self, tokens: int, supervised: int, padded_tokens: int, seconds: float) -> None:
        """Count one optimiser step. tokens: real ones; padded_tokens: those of the padded batch; seconds: of the step."""
        self.done += 1
        computed = tokens if self.packed else max(tokens, padded_tokens)
        for count in (self._since, self._all):
            count.add(tokens, supervised, computed, seconds)

    def numbers(self) -> dict[str, Any]:
        """Speed since the last call: tokens and supervised tokens per second, share of padding, MFU, memory; and in words."""
        since, self._since = self._since, _Count()
        if not since.seconds:
            return dict(self._last)
        told: dict[str, Any] = {
            "tokens_per_second": since.tokens / since.seconds,
            "supervised_per_second": since.supervised / since.seconds,
            "padding_share": 1 - since.tokens / max(1, since.computed),
            "seconds_per_step": since.seconds / since.steps,
            "memory_gib": peak_memory(self.settings.device) / _GIB,
        }
        if self.work is not None and self.peak:
            told["mfu"] = self.work.flops(since.tokens, since.supervised, self.length) / since.seconds / self.peak
        if self.steps:
            told["seconds_left"] = self.left()
        self._last = told
        told["speed"] = self.line()
        return dict(told)

    def left(self) -> float:
        """Seconds until the last step, at the speed so far."""
        return max(0, self.steps - self.done) * self._all.seconds / max(1, self._all.steps)

    def line(self) -> str:
        """The last numbers in words."""
        told = self._last
        if not told:
            return ""
        said = [f"{told['tokens_per_second']:,.0f} tokens/s", f"{told['supervised_per_second']:,.0f} supervised/s"]
        said.append(f"padding {100 * told['padding_share']:.1f} %")
        if "mfu" in told and self.settings.device == "cuda":  # what a CPU can do depends on who else uses it
            said.append(f"MFU {100 * told['mfu']:.0f} %")
        said.append(f"{told['memory_gib']:.1f} GiB")
        return ", ".join([*said, f"{_span(told['seconds_left'])} left"] if "seconds_left" in told else said)

    def totals(self) -> dict[str, float]:
        """Of the whole run: tokens, supervised tokens, seconds, and the speed over all."""
        whole = self._all
        told = {"tokens": whole.tokens, "supervised": whole.supervised, "seconds": whole.seconds}
        return {**told, "tokens_per_second": whole.tokens / whole.seconds if whole.seconds else 0.0}


@dataclass
class _Count:
    steps: int = 0
    tokens: int = 0
    supervised: int = 0
    computed: int = 0
    seconds: float = 0.0

    def add(self, tokens: int, supervised: int, computed: int, seconds: float) -> None:
        self.steps += 1
        self.tokens += tokens
        self.supervised += supervised
        self.computed += computed
        self.seconds += seconds


def peak_memory(device: str) -> int:
    """Most bytes that were held at once: of the GPU, or of this process."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.max_memory_allocated(device))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(most if sys.platform == "darwin" else most * 1024)


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
