"""Layers compiled one by one: what stands between multiplications (norms, activations, sums) becomes one pass over memory.

Only layers, since they are alike: one compilation serves all. Attention stays as it is: it is one kernel already, and where
documents begin is a list that changes with each batch. A layer that is computed again in the backward pass cannot be compiled
around that, so of such a layer the parts beside attention are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from transformers import AttentionInterface
from transformers.modeling_layers import GradientCheckpointingLayer

from dprep.train.computing import attention, documents


def compile_layers(model: Any, backend: str = "inductor") -> int:
    """Have the layers of a model's backbone compiled when they are first used; how many parts.

    Call it behind `documents.prepare`. The number of tokens may differ from batch to batch. Needs a C++ compiler, and on a GPU
    Triton.
    """
    parts = [part for layer in _layers(model) for part in _whole_or_parts(layer)]
    if parts:
        AttentionInterface.register(attention.NAME, torch.compiler.disable(attention.attend))  # type: ignore[no-untyped-call]
    for part in parts:
        part.compile(dynamic=True, backend=backend)
    return len(parts)


def _layers(model: Any) -> Iterator[GradientCheckpointingLayer]:
    return (part for part in documents.backbone(model).modules() if isinstance(part, GradientCheckpointingLayer))


def _whole_or_parts(layer: GradientCheckpointingLayer) -> list[torch.nn.Module]:
    if not layer.gradient_checkpointing:
        return [layer]
    return [part for name, part in layer.named_children() if "norm" in name or not ("attn" in name or "attention" in name)]
