"""Attention within documents that stand one behind the other, registered with transformers under a name of its own.

Documents are sorted by length (`layout.py`), so those of one length are a block that plain attention takes as it is. On a GPU,
torch's kernel for documents of different lengths does all blocks at once; it knows no dropout of attention weights.
A model that is set to this attention still computes on rectangles as before, with masks, whenever it is not given documents.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from dprep.train.computing.layout import Layout

NAME = "dprep_documents"
"""What the attention is called, and the argument that carries the documents: it goes with the layers' other arguments, so that
a layer computed again in the backward pass sees its own documents."""
_MOST_HEAD = 256
"""Numbers of a head that the GPU kernel takes at most, in eights."""
_packed: ContextVar[bool] = ContextVar("dprep_packed", default=False)


@contextlib.contextmanager
def packed() -> Iterator[None]:
    """Within: no masks are made, since documents are told apart by where they begin."""
    token = _packed.set(True)
    try:
        yield
    finally:
        _packed.reset(token)


@cache
def register() -> None:
    """Make the attention known to transformers, once: `compile_layers` puts its own in this place."""
    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, _mask)


def _mask(*arguments: Any, **more: Any) -> Any:
    return None if _packed.get() else sdpa_mask(*arguments, **more)


@dataclass(frozen=True)
class _How:
    """What attention is told for all documents. A window of `w` reaches `w - 1` tokens back and, unless causal, forth."""

    scale: float
    causal: bool
    window: int | None
    dropout: float


def attend(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, dropout: float = 0.0,
    scaling: float | None = None, is_causal: bool | None = None, sliding_window: int | None = None, **more: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    """As transformers calls it: query (1, heads, tokens, size), key and value with as many heads or fewer.

    Raises NotImplementedError for what attention can be told to do besides, so that nothing is left out silently.
    """
    documents: Layout | None = more.pop(NAME, None)
    if documents is None:
        if _packed.get():
            raise NotImplementedError("its layers do not hand on what they are told to attention")
        plain = sdpa_attention_forward(module, query, key, value, attention_mask, dropout, scaling, is_causal, **more)
        return plain[0], None
    told = [name for name in ("softcap", "s_aux", "position_bias", "head_mask") if more.get(name) is not None]
    if told:
        raise NotImplementedError(f"attention is told a `{told[0]}`")
    how = _How(
        scale=query.shape[-1] ** -0.5 if scaling is None else scaling,
        causal=bool(getattr(module, "is_causal", True)) if is_causal is None else is_causal,
        window=sliding_window if sliding_window and sliding_window < documents.longest else None,
        dropout=dropout,
    )
    query, key, value = (each.squeeze(0).transpose(0, 1) for each in (query, key, value))
    kernel = _many if len(documents.groups) > 1 and _fits_kernel(query, key, value) else _blocks
    return kernel(query, key, value, documents, how)[None], None


def _blocks(query: Tensor, key: Tensor, value: Tensor, documents: Layout, how: _How) -> Tensor:
    """(tokens, heads, size) -> the same: plain attention, all documents of one length at once."""
    sizes = [count * length for count, length in documents.groups]
    queries, keys, values = (torch.split(each, sizes) for each in (query, key, value))
    blocks = zip(queries, keys, values, documents.groups, strict=True)
    return torch.cat([_block(*block, how) for block in blocks])


def _block(query: Tensor, key: Tensor, value: Tensor, shape: tuple[int, int], how: _How) -> Tensor:
    query, key, value = (torch.unflatten(each, 0, shape).transpose(1, 2) for each in (query, key, value))
    window = how.window if how.window and how.window < shape[1] else None
    seen = _within(shape[1], window, how.causal, query.device) if window else None
    out = functional.scaled_dot_product_attention(
        query, key, value, attn_mask=seen, dropout_p=how.dropout, is_causal=how.causal and seen is None, scale=how.scale,
        enable_gqa=query.shape[1] != key.shape[1],
    )  # fmt: skip
    return out.transpose(1, 2).flatten(0, 1)


def _within(length: int, window: int, causal: bool, device: torch.device) -> Tensor:
    """(length, length) bool: who sees whom."""
    place = torch.arange(length, device=device)
    apart = place[:, None] - place[None, :]
    return (apart < window) & (apart >= 0 if causal else apart > -window)


def _fits_kernel(query: Tensor, key: Tensor, value: Tensor) -> bool:
    size = query.shape[-1]
    half = all(each.dtype in (torch.float16, torch.bfloat16) for each in (query, key, value))
    alike = query.dtype == key.dtype == value.dtype and key.shape == value.shape
    return query.is_cuda and half and alike and size <= _MOST_HEAD and size % 8 == 0 and _kernel() is not None


@lru_cache(maxsize=1)
def _kernel() -> tuple[Callable[..., Any], bool] | None:
    """torch's attention over documents, and whether it takes fewer key heads; None where torch lacks it."""
    try:
        from torch.nn.attention.varlen import varlen_attn
    except ImportError:
        return None
    names = inspect.signature(varlen_attn).parameters
    return (varlen_attn, "enable_gqa" in names) if {"scale", "window_size"} <= names.keys() else None


def _many(query: Tensor, key: Tensor, value: Tensor, documents: Layout, how: _How) -> Tensor:
    """(tokens, heads, size) -> the same, on a GPU: documents of all lengths at once. Dropout has no part in it."""
    found = _kernel()
    assert found is not None
    kernel, takes_fewer = found
    reach = how.window - 1 if how.window else -1
    told: dict[str, Any] = {"scale": how.scale, "window_size": (reach, 0) if how.causal else (reach, reach)}
    if query.shape[1] != key.shape[1]:
        if takes_fewer:
            told["enable_gqa"] = True
        else:
            key, value = (each.repeat_interleave(query.shape[1] // key.shape[1], dim=1) for each in (key, value))
    bounds, longest = documents.bounds(query.device), documents.longest
    out: Tensor = kernel(query, key, value, bounds, bounds, longest, longest, **told)
    return out
