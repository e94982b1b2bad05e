"""Groups of weights for the optimiser: which decay, which learn at which rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dprep.train.computing import anatomy
from dprep.train.methods import method_class
from dprep.train.settings import Settings

HEAD_RATE = 1e-3
"""What a new head learns at beside a method that needs a larger rate, unless the recipe names one."""


def parameter_groups(model: Any, settings: Settings, head_names: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """The weights that move in groups `{params, lr, weight_decay, name}`, always in the same order: by depth from below.

    Matrices decay; biases, norms and vectors do not. The rate of a layer is `layer_decay` times that of the layer above it.
    head_names: modules that are a new head; default, all that lies outside of the backbone.
    """
    depth, plain_names = anatomy.depth_of(model), anatomy.plain_names(model)
    top = len(anatomy.layers(model)) + 1
    heads = tuple(f"{head}." for head in (anatomy.head_names(model) if head_names is None else head_names))
    vectors = _norm_weights(model)
    groups: dict[tuple[int, bool, bool], list[Any]] = {}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            plain = plain_names[name]
            in_head = bool(heads) and plain.startswith(heads)
            decays = name not in vectors and _is_matrix(name, weight)
            groups.setdefault((top if in_head else depth(plain), in_head, decays), []).append(weight)
    rate, head_rate = _rates(settings)
    return [
        {
            "params": groups[key],
            "lr": head_rate if key[1] else rate * settings.layer_decay ** (top - key[0]),
            "weight_decay": settings.weight_decay if key[2] else 0.0,
            "name": _name(*key, top),
        }
        for key in sorted(groups)
    ]


def _rates(settings: Settings) -> tuple[float, float]:
    usual = method_class(settings.method).learning_rate
    rate = settings.learning_rate or usual
    return rate, settings.head_learning_rate or (min(rate, HEAD_RATE) if rate == usual else rate)


def _is_matrix(name: str, weight: Any) -> bool:
    # factors that peft keeps as matrices of one row or column are vectors; a gate is no weight
    return weight.ndim >= 2 and min(weight.shape) > 1 and not name.endswith((".bias", ".gate"))


def _norm_weights(model: Any) -> set[str]:
    return {
        f"{name}.{each}"
        for name, module in model.named_modules()
        if "norm" in type(module).__name__.lower()
        for each, _ in module.named_parameters(recurse=False)
    }


def _name(depth: int, in_head: bool, decays: bool, top: int) -> str:
    place = "head" if in_head else "embeddings" if depth == 0 else "top" if depth == top else f"layer {depth}"
    return place if decays else f"{place}, no decay"
