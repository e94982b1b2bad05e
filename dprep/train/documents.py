"""Computing on flat batches: documents one behind the other, which never see each other.

A model computes on them padded (a rectangle with an attention mask) or packed (no padding at all); the numbers are the same.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

Batch = Mapping[str, Any]


def padded(values: Tensor, lengths: Tensor, fill: float) -> Tensor:
    """(tokens, ...) -> (documents, longest, ...), `fill` behind the end of each document."""
    mask = real_tokens(lengths.to(values.device))
    out = values.new_full((*mask.shape, *values.shape[1:]), fill)
    out[mask] = values
    return out


def flat(values: Tensor, lengths: Tensor) -> Tensor:
    """(documents, longest, ...) -> (tokens, ...): what `padded` did, undone."""
    return values[real_tokens(lengths.to(values.device))]


def real_tokens(lengths: Tensor) -> Tensor:
    """(documents,) lengths -> (documents, longest) bool, true where a document has a token."""
    return torch.arange(int(lengths.max()), device=lengths.device)[None, :] < lengths[:, None]


def inner(model: Any) -> Any:
    """The model of transformers inside what peft or a wrapper made of it."""
    while True:
        if hasattr(model, "get_base_model"):
            model = model.get_base_model()
        elif isinstance(getattr(model, "module", None), torch.nn.Module) and not hasattr(model, "base_model_prefix"):
            model = model.module
        else:
            return model


def backbone(model: Any) -> Any:
    """The part below the head; the model itself where it has no head."""
    base = inner(model)
    return getattr(base, base.base_model_prefix, base) if base.base_model_prefix else base


def virtual_tokens(model: Any) -> int:
    """How many learnt tokens a method of peft puts before each document; 0 where it puts none."""
    config = getattr(model, "active_peft_config", None)
    return int(config.num_virtual_tokens) if getattr(config, "is_prompt_learning", False) else 0


def prepare(model: Any, packing: bool) -> bool:
    """Make the model ready to compute without padding where it can; whether it does."""
    inner(model).dprep_packs = False
    return False


def call(model: Any, batch: Batch, **more: Any) -> Any:
    """The model with its head. Outputs are shaped (documents, longest, ...) or (documents, classes).

    more: other arguments of the model's forward, such as `decoder_input_ids`, as they are.
    """
    output = model(**_rectangle(model, batch), **more)
    return _without_virtual(output, virtual_tokens(model), int(batch["lengths"].max()))


def hidden(model: Any, batch: Batch) -> Tensor:
    """(tokens, H): the last hidden states of the real tokens, in order; the backbone alone."""
    body = backbone(model)
    if not virtual_tokens(model):
        output = body(**_rectangle(model, batch))
        return flat(output.last_hidden_state, batch["lengths"])
    seen: list[Tensor] = []
    handle = body.register_forward_hook(lambda _module, _inputs, output: seen.append(output.last_hidden_state))
    try:
        model(**_rectangle(model, batch))
    finally:
        handle.remove()
    states = seen[-1][:, seen[-1].shape[1] - int(batch["lengths"].max()) :]
    return flat(states, batch["lengths"])


def callable_with_work(model: Any) -> Any:
    """The same model, whose forward also takes `work`: a function of the model, called instead.

    So a task can use any part of a model while the hooks of a wrapper (DDP, FSDP, autocast) see one forward.
    """
    before = model.forward

    @functools.wraps(before)
    def forward(*args: Any, work: Any = None, **kwargs: Any) -> Any:
        return before(*args, **kwargs) if work is None else work(model)

    model.forward = forward
    return model


def _rectangle(model: Any, batch: Batch) -> dict[str, Tensor]:
    lengths = batch["lengths"].to(batch["input_ids"].device)
    config = inner(model).config
    fill = next((each for each in (config.pad_token_id, getattr(config, "eos_token_id", None)) if isinstance(each, int)), 0)
    inputs = {"input_ids": padded(batch["input_ids"], lengths, fill), "attention_mask": real_tokens(lengths).long()}
    if "token_type_ids" in batch and "token_type_ids" in inspect.signature(backbone(model).forward).parameters:
        inputs["token_type_ids"] = padded(batch["token_type_ids"], lengths, 0)
    return inputs


def _without_virtual(output: Any, virtual: int, longest: int) -> Any:
    if virtual:
        for name, value in output.items():
            per_token = name in ("start_logits", "end_logits", "last_hidden_state") or (name == "logits" and value.ndim == 3)
            if per_token and value.shape[1] == longest + virtual:
                output[name] = value[:, virtual:]
    return output
