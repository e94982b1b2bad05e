"""Diff pruning: a sparse difference to the base model. Guo, Rush and Kim 2021, Parameter-efficient transfer learning.

Each weight of the linear maps of the layers becomes w + gate x difference. A gate is a hard-concrete variable (Louizos et al.
2018): on, off or between, and off more and more by a penalty on how many are on. After a share of the steps only the largest
differences stay, a stated share of the weights; they are trained on with their gates fixed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from dprep.train.computing import anatomy
from dprep.train.methods.options import Option
from dprep.train.methods.tuned import Tuned, is_quantised, read, refused, write

if TYPE_CHECKING:
    import torch
    from torch import nn

    from dprep.train.task import Task

LOW, HIGH = -1.5, 1.5
"""How far a gate is stretched before it is cut to 0 … 1, so that it can be exactly either."""
FIXED = 30.0
"""A gate whose logit is this far from 0 is fixed: open or shut whatever the chance, and without gradient."""


class Diff(Tuned):
    """Saved are the places and values of the differences that are not zero, and a new head."""

    name = "diff"
    sentence = "a sparse difference to the weights of the layers (`share` of them in the end)"
    merges = True
    OPTIONS: ClassVar[Mapping[str, Option]] = {
        "share": Option(0.005, 1e-6, 1.0),
        "penalty": Option(1.0, 0.0),
        "fix_after": Option(0.7, 0.0, 1.0),
    }

    def chosen_from(self, steps: int) -> int:
        return max(1, math.ceil(steps * float(self.chosen["fix_after"]))) + 1

    def apply(self, model: Any, task: Task, steps: int) -> Any:
        if is_quantised(model):
            raise refused("the weights of a quantised model cannot be changed one by one", 'take `method = "qlora"`')
        model.requires_grad_(False)
        parts = _parts(model)
        if not parts:
            raise refused(f"method `diff` finds no layers with linear maps in this `{model.config.model_type}` model")
        make = _difference()
        for module, which in parts:
            _parametrize(module, which, make(getattr(module, which)))
        heads = anatomy.head_names(model) if task.new_head else []
        for head in heads:
            model.get_submodule(head).requires_grad_(True)
        self._heads = tuple(f"{head}." for head in heads)
        self._fix_at = max(1, math.ceil(steps * self.chosen["fix_after"]))
        self._fixed: bool | None = None
        return model

    def after_step(self, model: Any, step: int) -> None:
        if step == self._fix_at:
            fix(model, self.chosen["share"])
            self._fixed = True

    def penalty(self, model: Any) -> Any:
        """The share of gates expected to be open, times a weight; None once gates are fixed."""
        found = differences(model)
        if self._fixed is None:  # a run that goes on may stand behind the fixing
            self._fixed = bool((found[0][1].gate.detach().abs() >= FIXED / 2).all())
        if self._fixed or not self.chosen["penalty"]:
            return None
        open_gates = sum(each.expected_open() for _, each in found)
        return self.chosen["penalty"] * open_gates / sum(each.gate.numel() for _, each in found)

    def save(self, model: Any, folder: Path) -> None:
        import torch

        weights: dict[str, Any] = {}
        with torch.no_grad():
            for name, each in differences(model):
                change = each.change(noisy=False).flatten()
                at = change.nonzero().flatten()
                weights[f"{name}/at"], weights[f"{name}/by"] = at, change[at]
        heads = {name: weight for name, weight in model.named_parameters() if name.startswith(self._heads)}
        write(folder, self, weights | {f"{name}/whole": weight for name, weight in heads.items()})

    def load(self, model: Any, folder: Path, task: Task) -> Any:
        import torch

        weights, _about = read(folder, self)
        own = dict(model.named_parameters())
        with torch.no_grad():
            for key, value in weights.items():
                name, what = key.rsplit("/", 1)
                if name not in own:
                    raise refused(f"the adapter in `{folder}` has weights `{name}`, which do not fit this model")
                if what == "whole":
                    own[name].copy_(value)
                elif what == "at":
                    by = weights[f"{name}/by"].to(own[name])
                    own[name].view(-1).index_add_(0, value.to(own[name].device), by)
        return model.requires_grad_(False).eval()

    def merge(self, model: Any) -> Any:
        from torch.nn.utils import parametrize

        model.eval()
        for module in list(model.modules()):
            for which in ("weight", "bias") if parametrize.is_parametrized(module) else ():
                if parametrize.is_parametrized(module, which):
                    parametrize.remove_parametrizations(module, which, leave_parametrized=True)
        return model.requires_grad_(False)


def fix(model: Any, share: float) -> None:
    """Open the gates of the largest differences, `share` of all weights that have one, and shut the others for good."""
    import torch

    found = [each for _, each in differences(model)]
    with torch.no_grad():
        sizes = [each.change(noisy=False).abs() for each in found]
        total = sum(size.numel() for size in sizes)
        least = _kth_largest(torch.cat([size.flatten() for size in sizes]), max(1, round(share * total)))
        for each, size in zip(found, sizes, strict=True):
            keep = (size >= least) & (size > 0)
            each.difference.copy_(torch.where(keep, each.change(noisy=False), 0))
            each.gate.copy_(torch.where(keep, FIXED, -FIXED))


def _kth_largest(sizes: Any, k: int) -> Any:
    return sizes.kthvalue(len(sizes) - k + 1).values


def differences(model: Any) -> list[tuple[str, Any]]:
    """The differences, each with the name of the weight it changes."""
    marked = []
    for name, module in model.named_modules():
        if hasattr(module, "expected_open"):
            marked.append((name.replace(".parametrizations.", ".").removesuffix(".0"), module))
    return marked


def _parts(model: Any) -> list[tuple[Any, str]]:
    modules = [model.get_submodule(name) for name in anatomy.linears(model)]
    return [(module, which) for module in modules for which in ("weight", "bias") if getattr(module, which, None) is not None]


def _parametrize(module: Any, which: str, part: nn.Module) -> None:
    from torch.nn.utils import parametrize

    parametrize.register_parametrization(module, which, part)
    module.parametrizations[which].original.requires_grad_(False)


def _difference() -> Callable[[Any], nn.Module]:
    """What makes a module of a difference; torch is only needed from here on."""
    import torch
    from torch import nn

    class Difference(nn.Module):
        """w -> w + gate x difference. In eval mode a gate is what its logit says, without chance."""

        def __init__(self, weight: torch.Tensor) -> None:
            super().__init__()
            self.difference = nn.Parameter(torch.zeros_like(weight, dtype=torch.float32))
            self.gate = nn.Parameter(torch.full_like(weight, 5.0, dtype=torch.float32))

        def forward(self, weight: torch.Tensor) -> torch.Tensor:
            return weight + self.change(noisy=self.training).to(weight.dtype)

        def change(self, *, noisy: bool) -> torch.Tensor:
            logit: torch.Tensor = self.gate
            if noisy:
                chance = torch.rand_like(logit).clamp(1e-6, 1 - 1e-6)
                logit = logit + torch.logit(chance)
            return (torch.sigmoid(logit) * (HIGH - LOW) + LOW).clamp(0, 1) * self.difference

        def expected_open(self) -> torch.Tensor:
            return torch.sigmoid(self.gate - math.log(-LOW / HIGH)).sum()

    return Difference
