"""Computing on flat batches: documents one behind the other, which never see each other.

A model computes on them padded (a rectangle with an attention mask) or packed (no padding at all); the numbers are the same.
Whether a model can be packed is not looked up but found out, on a few short documents, when it is prepared.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from dprep.train.computing import attention
from dprep.train.computing.layout import Layout, flat, layout_of, mask, padded

Batch = Mapping[str, Any]
__all__ = [
    "Batch",
    "backbone",
    "call",
    "callable_with_work",
    "flat",
    "hidden",
    "inner",
    "padded",
    "prepare",
    "report",
    "why_not",
]


@dataclass(frozen=True)
class _Call:
    """A whole model at work on a rectangle, whose backbone shall compute packed."""

    body: Any
    batch: Batch


_calling: ContextVar[_Call | None] = ContextVar("dprep_calling", default=None)


def inner(model: Any) -> Any:
    """The model of transformers inside what peft or a wrapper made of it."""
    while True:
        if hasattr(model, "get_base_model"):
            model = model.get_base_model()
        elif isinstance(getattr(model, "module", None), nn.Module) and not hasattr(model, "base_model_prefix"):
            model = model.module
        else:
            return model


def backbone(model: Any) -> Any:
    """The part below the head; the model itself where it has no head."""
    base = inner(model)
    return getattr(base, base.base_model_prefix, base) if base.base_model_prefix else base


def virtual_tokens(model: Any) -> int:
    """How many learnt tokens a method of peft puts before each document; 0 where it puts none."""
    config: Any = getattr(model, "active_peft_config", None)
    return int(config.num_virtual_tokens) if getattr(config, "is_prompt_learning", False) else 0


def prepare(model: Any, packing: bool) -> bool:
    """Make the model ready to compute without padding where it can; whether it does. `why_not` then says why it does not."""
    from dprep.train.computing.packing_proof import reason_against

    base = inner(model)
    reason = reason_against(model) if packing else "packing is off"
    base.dprep_packs = not reason
    base.dprep_why_not = reason
    return not reason


def why_not(model: Any) -> str:
    """Why a prepared model computes padded, half a sentence; empty where it computes packed."""
    return str(getattr(inner(model), "dprep_why_not", "it was not prepared"))


def report(model: Any) -> dict[str, Any]:
    """`packed`, `why_not`, and `attention_dropout_left_out`: what the GPU's kernel for documents does not do."""
    base = inner(model)
    packs = packs_now(model)
    names = ("attention_probs_dropout_prob", "attention_dropout", "attn_pdrop")
    dropout = next((float(getattr(base.config, name)) for name in names if getattr(base.config, name, None)), 0.0)
    left_out = dropout if packs and base.device.type == "cuda" else 0.0
    return {"packed": packs, "why_not": why_not(model), "attention_dropout_left_out": left_out}


def packs_now(model: Any) -> bool:
    """Whether a batch would be computed packed: the model can, and there are no virtual tokens before documents.

    Not if somebody gave it another attention since: that would let documents see each other.
    """
    ready = bool(getattr(inner(model), "dprep_packs", False)) and not virtual_tokens(model)
    return ready and backbone(model).config._attn_implementation == attention.NAME


def call(model: Any, batch: Batch, **more: Any) -> Any:
    """The model with its head. Outputs are shaped (documents, longest, ...) or (documents, classes).

    more: other arguments of the model's forward, such as `decoder_input_ids`, as they are.
    """
    if not packs_now(model):
        output = model(**rectangle(model, batch), **more)
        return _without_virtual(output, virtual_tokens(model), layout_of(batch["lengths"]).longest)
    token = _calling.set(_Call(backbone(model), batch))
    try:
        return model(**rectangle(model, batch), **more)
    finally:
        _calling.reset(token)


def hidden(model: Any, batch: Batch) -> Tensor:
    """(tokens, H): the last hidden states of the real tokens, in order; the backbone alone."""
    body = backbone(model)
    if virtual_tokens(model):
        return _seen_below(model, body, batch)
    if not packs_now(model):
        return flat(body(**rectangle(model, batch)).last_hidden_state, batch["lengths"])
    with attention.packed():
        output = body(**packed_inputs(body, batch))
    return _unsorted(output.last_hidden_state, layout_of(batch["lengths"]))


def callable_with_work(model: Any) -> Any:
    """The same model, whose forward also takes `work`: a function of the model, called instead.

    So a task can use any part of a model while the hooks of a wrapper (DDP, FSDP, autocast) see one forward.
    """
    before: Callable[..., Any] = getattr(model.__dict__.get("forward"), "__func__", type(model).forward)

    def forward(self: Any, *args: Any, work: Callable[[Any], Any] | None = None, **kwargs: Any) -> Any:
        return before(self, *args, **kwargs) if work is None else work(self)

    functools.update_wrapper(forward, before)
    # who unwraps a forward down to the first one would lose `work`
    del forward.__wrapped__  # type: ignore[attr-defined]
    forward.__signature__ = inspect.signature(before)  # type: ignore[attr-defined]
    model.forward = types.MethodType(forward, model)
    return model


def rectangle(model: Any, batch: Batch) -> dict[str, Tensor]:
    """The padded inputs of a model's forward."""
    ids, lengths = batch["input_ids"], batch["lengths"]
    inputs = {"input_ids": padded(ids, lengths, _pad(model)), "attention_mask": mask(lengths, ids.device)}
    if "token_type_ids" in batch and "token_type_ids" in _arguments(backbone(model)):
        inputs["token_type_ids"] = padded(batch["token_type_ids"], lengths, 0)
    return inputs


def packed_inputs(body: Any, batch: Batch) -> dict[str, Any]:
    """The inputs of a backbone's forward without padding, documents sorted by length."""
    layout, ids, names = layout_of(batch["lengths"]), batch["input_ids"], _arguments(body)
    order = layout.order(ids.device)
    inputs: dict[str, Any] = {"input_ids": ids[order][None], "attention_mask": None, attention.NAME: layout}
    if "position_ids" in names:
        inputs["position_ids"] = (layout.positions(ids.device) + first_position(body))[None]
    if "token_type_ids" in batch and "token_type_ids" in names:
        inputs["token_type_ids"] = batch["token_type_ids"][order][None]
    if "use_cache" in names:
        inputs["use_cache"] = False  # a cache counts places across documents
    return inputs


def first_position(body: Any) -> int:
    """Place of the first token: models of RoBERTa's kin count from behind the place of padding."""
    found = (part for name, part in body.named_modules() if name.rpartition(".")[2] == "position_embeddings")
    padding = next((part.padding_idx for part in found if isinstance(part, nn.Embedding)), None)
    return 0 if padding is None else padding + 1


def hook(body: Any) -> None:
    """Let a backbone compute packed when it is reached from a head within `call`. Once is enough."""
    if not getattr(body, "dprep_hooked", False):
        body.register_forward_pre_hook(_pack, with_kwargs=True)
        body.register_forward_hook(_unpack)
        body.dprep_hooked = True


def _pack(body: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[()], dict[str, Any]] | None:
    calling = _calling.get()
    if calling is None or calling.body is not body:
        return None
    named = {**dict(zip(_arguments(body), args, strict=False)), **kwargs}
    return (), {**named, **packed_inputs(body, calling.batch)}


def _unpack(body: Any, _args: Any, output: Any) -> Any:
    calling = _calling.get()
    if calling is None or calling.body is not body:
        return None
    lengths = calling.batch["lengths"]
    states = padded(_unsorted(output.last_hidden_state, layout_of(lengths)), lengths, 0.0)
    output["last_hidden_state"] = states
    if getattr(output, "pooler_output", None) is not None:
        output["pooler_output"] = _pooled(body, states)
    return output


def _pooled(body: Any, states: Tensor) -> Tensor:
    if isinstance(body.pooler, nn.Linear):  # ALBERT
        pooled: Tensor = body.pooler_activation(body.pooler(states[:, 0]))
    else:
        pooled = body.pooler(states)
    return pooled


def _unsorted(states: Tensor, layout: Layout) -> Tensor:
    return states[0].index_select(0, layout.back(states.device))


def _seen_below(model: Any, body: Any, batch: Batch) -> Tensor:
    """What comes out of the backbone when the whole model is called, since only that puts virtual tokens before documents."""
    seen: list[Tensor] = []
    keep = body.register_forward_hook(lambda _body, _args, output: seen.append(output.last_hidden_state))
    little = {"logits_to_keep": 1} if "logits_to_keep" in _arguments(inner(model)) else {}
    try:
        model(**rectangle(model, batch), **little)
    finally:
        keep.remove()
    return flat(seen[-1][:, -layout_of(batch["lengths"]).longest :], batch["lengths"])


def _without_virtual(output: Any, virtual: int, longest: int) -> Any:
    for name, value in output.items() if virtual else ():
        per_token = name in ("start_logits", "end_logits", "last_hidden_state") or (name == "logits" and value.ndim == 3)
        if per_token and value.shape[1] == longest + virtual:
            output[name] = value[:, virtual:]
    return output


def _pad(model: Any) -> int:
    config = inner(model).config
    known = (getattr(config, "pad_token_id", None), getattr(config, "eos_token_id", None))
    return next((each for each in known if isinstance(each, int)), 0)


def _arguments(module: Any) -> list[str]:
    return _names(type(module))  # type: ignore[arg-type]


@functools.lru_cache(maxsize=64)
def _names(kind: Any) -> list[str]:
    return list(inspect.signature(kind.forward).parameters)[1:]
