"""LoRA and its kin: to each chosen linear map W a product B A of low rank is added.

Hu et al. 2021, LoRA. Variants: Kalajdzievski 2023, rsLoRA (scaling alpha / sqrt(rank)); Liu et al. 2024, DoRA (direction and
magnitude apart). Starts: Meng et al. 2024, PiSSA (the largest singular values); Büyükakyüz 2024, OLoRA (QR); Li et al. 2023,
LoftQ (what quantisation loses).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from dprep.train.methods.options import Option
from dprep.train.methods.peft_method import ADAPTER, TARGETS, PeftMethod, chosen_targets
from dprep.train.methods.tuned import refused

if TYPE_CHECKING:
    from dprep.train.task import Task

INITS = ("default", "pissa", "olora", "loftq", "gaussian", "orthogonal")
SHIFTS = {"pissa", "olora"}
"""Starts that take the product out of W first: W is no longer what the base model has."""


def _options(init: str = "default", variant: str = "plain") -> dict[str, Option]:
    return {
        "rank": Option(8, 1, 4096),
        "alpha": Option(16.0, 1e-6),
        "dropout": Option(0.0, 0, 0.99),
        **TARGETS,
        "init": Option(init, among=INITS),
        "variant": Option(variant, among=("plain", "rslora", "dora")),
    }


class Lora(PeftMethod):
    """Low-rank updates."""

    name = "lora"
    sentence = "low-rank updates beside linear maps; `init` and `variant` choose its kin"
    OPTIONS: ClassVar[Mapping[str, Option]] = _options()

    def config(self, model: Any, task: Task, steps: int) -> Any:
        import peft

        chosen = self.chosen
        self._check(model)
        return peft.LoraConfig(
            r=chosen["rank"],
            lora_alpha=chosen["alpha"],
            lora_dropout=chosen["dropout"],
            target_modules=chosen_targets(self, model),
            init_lora_weights=True if chosen["init"] == "default" else chosen["init"],
            loftq_config=peft.LoftQConfig() if chosen["init"] == "loftq" else {},
            use_rslora=chosen["variant"] == "rslora",
            use_dora=chosen["variant"] == "dora",
            task_type=task.peft_type,
        )

    def _check(self, model: Any) -> None:
        init, variant, rank = self.chosen["init"], self.chosen["variant"], self.chosen["rank"]
        if init in SHIFTS and model.dtype.itemsize < 4:
            # what is left of W would be rounded, and the saved adapter then answers otherwise than the trained one
            raise refused(
                f"start `{init}` needs a base in full precision", 'set `precision = "fp32"`, or take `init = "default"`'
            )
        if init in SHIFTS and variant == "dora":
            raise refused(f"start `{init}` and variant `dora` both rewrite the weights", "choose one of them")
        if init == "orthogonal" and rank % 2:
            raise refused(f"start `orthogonal` needs an even rank, and it is {rank}")
        if init == "loftq":
            needs_bitsandbytes("start `loftq`")

    def apply(self, model: Any, task: Task, steps: int) -> Any:
        wrapped = super().apply(model, task, steps)
        if self.chosen["init"] in SHIFTS:
            # as buffers they go wherever the model goes
            for _name, layer in _layers(wrapped):
                down, up = layer.lora_A[ADAPTER].weight, layer.lora_B[ADAPTER].weight
                layer.register_buffer(FIRST[0], down.detach().clone(), persistent=False)
                layer.register_buffer(FIRST[1], up.detach().clone(), persistent=False)
        return wrapped

    def saved(self, model: Any) -> tuple[Any, dict[str, Any]]:
        config, weights = super().saved(model)
        shifted = [(name, layer) for name, layer in _layers(model) if hasattr(layer, FIRST[0])]
        return _against_base(config, weights, shifted) if shifted else (config, weights)


def _against_base(config: Any, weights: dict[str, Any], shifted: list[tuple[str, Any]]) -> tuple[Any, dict[str, Any]]:
    """A plain LoRA of twice the rank on the untouched base: B A - B0 A0, so that loading repeats no factorisation."""
    import torch

    weights = dict(weights)
    for name, layer in shifted:
        down, up = f"{name}.lora_A.weight", f"{name}.lora_B.weight"
        first_down, first_up = (getattr(layer, buffer).to(weights[down]) for buffer in FIRST)
        weights[down] = torch.cat([weights[down], first_down])
        weights[up] = torch.cat([weights[up], -first_up], dim=1)
    # the factor before B A stays what it was: alpha / rank, or alpha / sqrt(rank)
    config.lora_alpha *= math.sqrt(2) if config.use_rslora else 2
    config.r *= 2
    config.init_lora_weights = True
    return config, weights


FIRST = ("dprep_first_down", "dprep_first_up")


def _layers(model: Any) -> list[tuple[str, Any]]:
    return [(name, module) for name, module in model.named_modules() if ADAPTER in getattr(module, "lora_A", {})]


def needs_bitsandbytes(what: str) -> None:
    """Raises Error (`train-method`) where weights cannot be quantised here."""
    from importlib.util import find_spec

    import torch

    if not torch.cuda.is_available():
        raise refused(f"{what} needs a GPU, and there is none", 'on a CPU take `method = "lora"`')
    if find_spec("bitsandbytes") is None:
        raise refused(f"{what} needs the library `bitsandbytes`", "pip install bitsandbytes")


class RsLora(Lora):
    name = "rslora"
    sentence = "LoRA scaled by the square root of its rank, for large ranks"
    OPTIONS = _options(variant="rslora")


class Dora(Lora):
    name = "dora"
    sentence = "LoRA on the direction of weights, with their magnitude apart"
    OPTIONS = _options(variant="dora")


class Pissa(Lora):
    name = "pissa"
    sentence = "LoRA that starts from the largest singular values of the weights"
    OPTIONS = _options(init="pissa")


class Olora(Lora):
    name = "olora"
    sentence = "LoRA that starts from orthonormal factors of the weights"
    OPTIONS = _options(init="olora")
