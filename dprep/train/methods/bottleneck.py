"""Bottleneck adapters: small networks with a detour around them, inside each layer.

Houlsby et al. 2019: behind the attention and behind the feed-forward part of each layer. Pfeiffer et al. 2021: behind the
feed-forward part only. Each stands behind the last map of its part, before what the layer adds its input back.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from dprep.train.computing import anatomy
from dprep.train.methods.options import Option
from dprep.train.methods.tuned import Tuned, put, read, refused, write

if TYPE_CHECKING:
    from dprep.train.task import Task

CHILD = "bottleneck"
"""What the small network is called inside the map that it follows."""


class Adapter(Tuned):
    """The base model's weights keep their names; the small networks are children of the maps they follow."""

    name = "adapter"
    sentence = "small networks inside each layer; `style` is `houlsby` (two a layer) or `pfeiffer` (one)"
    OPTIONS: ClassVar[Mapping[str, Option]] = {
        "size": Option(64, 1, 65536),
        "style": Option("houlsby", among=("houlsby", "pfeiffer")),
        "activation": Option("gelu", among=("gelu", "relu", "silu", "tanh")),
    }

    def apply(self, model: Any, task: Task, steps: int) -> Any:
        model.requires_grad_(False)
        for name in places(model, self.chosen["style"]):
            insert(model.get_submodule(name), self.chosen["size"], self.chosen["activation"])
        for head in anatomy.head_names(model) if task.new_head else ():
            model.get_submodule(head).requires_grad_(True)
        self._saved = {name for name, weight in model.named_parameters() if weight.requires_grad}
        return model

    def save(self, model: Any, folder: Path) -> None:
        write(folder, self, {name: weight for name, weight in model.named_parameters() if name in self._saved})

    def load(self, model: Any, folder: Path, task: Task) -> Any:
        weights, about = read(folder, self)
        self.chosen = {**self.chosen, **about["options"]}
        applied = self.apply(model, task, 0)
        put(applied, weights, self._saved, folder)
        return applied.eval()


def places(model: Any, style: str) -> list[str]:
    """Names of the maps that a small network follows. Raises Error (`train-method`) where the model has none."""
    behind = anatomy.feedforward_outputs(model) + (anatomy.attention_outputs(model) if style == "houlsby" else [])
    if not behind:
        raise refused(f"method `adapter` finds no layers with linear maps in this `{model.config.model_type}` model")
    return behind


def insert(linear: Any, size: int, activation: str) -> None:
    """Let a new small network follow a linear map. It begins as nothing: its last map is zero."""
    from torch import nn

    width = getattr(linear, "out_features", 0) or linear.weight.shape[1]
    act = {"gelu": nn.GELU, "relu": nn.ReLU, "silu": nn.SiLU, "tanh": nn.Tanh}[activation]()
    down, up = nn.Linear(width, size), nn.Linear(size, width)
    nn.init.normal_(down.weight, std=0.02)
    for zero in (down.bias, up.weight, up.bias):
        nn.init.zeros_(zero)
    linear.add_module(CHILD, nn.Sequential(down, act, up).to(linear.weight.device))
    linear.register_forward_hook(_detour)


def _detour(linear: Any, _inputs: Any, output: Any) -> Any:
    small = getattr(linear, CHILD)
    return output + small(output.to(small[0].weight.dtype)).to(output.dtype)
