"""Can a model be computed packed? It is tried on a few short documents: packed against padded, and one document changed.

So an architecture that nobody has heard of is as safe as a known one: what is not proved is computed padded.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from dprep.train.computing import attention, documents
from dprep.train.computing.documents import Batch

CLOSE = {torch.float32: 1e-4, torch.float64: 1e-6}
"""How far packed and padded may be apart, relative to the largest number; `ROUGH` in half precision."""
ROUGH = 3e-2
LENGTHS = (5, 3, 9, 3)
LONG_WINDOW = 512
"""A longer window of attention is proved as a short one, to keep the proof short."""
SHORT_WINDOW = 6


def reason_against(model: Any) -> str:
    """Why a model cannot be computed packed, half a sentence; empty if it can, and then it is set up to."""
    base, body = documents.inner(model), documents.backbone(model)
    if getattr(base.config, "is_encoder_decoder", False):
        return "an encoder-decoder's two sides have lengths of their own"
    if documents.virtual_tokens(model):
        return "the method puts virtual tokens before each document"
    before = base.config._attn_implementation
    attention.register()
    base.set_attn_implementation(attention.NAME)
    if base.config._attn_implementation != attention.NAME:
        return "its attention cannot be replaced"
    documents.hook(body)
    try:
        reason = _tried(model, base, body)
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, TypeError, ValueError, AttributeError, IndexError, KeyError, NotImplementedError) as error:
        reason = f"computing packed failed: {str(error).splitlines()[0] if str(error) else type(error).__name__}"[:200]
    finally:
        base.dprep_packs = False
    if reason:
        base.set_attn_implementation(before)
    return reason


def _tried(model: Any, base: Any, body: Any) -> str:
    with at_rest(base), torch.no_grad(), _short_windows(base) as window:
        lengths = _lengths(base, window)
        batch, changed = _documents(body, lengths)
        plain, packed = (_outputs(model, base, batch, packs) for packs in (False, True))
        other = _outputs(model, base, changed, True)[0]
        first = lengths[0]
        if not torch.equal(packed[0][first:], other[first:]):
            return "documents of one pack see each other"
        apart = max(_apart(*both) for both in zip(packed, plain, strict=True))
        if not apart <= CLOSE.get(packed[0].dtype, ROUGH):
            return f"packed and padded differ by {apart:.1e} of the largest number"
    return ""


def _outputs(model: Any, base: Any, batch: Batch, packs: bool) -> list[Tensor]:
    """Hidden states, and all numbers that the head says about real tokens or documents."""
    base.dprep_packs = packs
    said = documents.call(model, batch)
    lengths = batch["lengths"]
    found = [documents.hidden(model, batch)]
    for value in said.values():
        if isinstance(value, Tensor) and value.is_floating_point():
            rectangular = value.ndim > 1 and value.shape[:2] == (len(lengths), int(lengths.max()))
            found.append(documents.flat(value, lengths) if rectangular else value)
    return found


def _apart(packed: Tensor, plain: Tensor) -> float:
    if packed.shape != plain.shape:
        return float("inf")
    return float((packed.float() - plain.float()).abs().max() / plain.float().abs().max().clamp(min=1e-20))


def _documents(body: Any, lengths: tuple[int, ...]) -> tuple[Batch, Batch]:
    """A batch, and the same with another first document. Its chance is its own: that of the run does not move."""
    luck = torch.Generator().manual_seed(0)
    words = body.get_input_embeddings()
    low = min(5, words.num_embeddings - 2)
    ids = torch.randint(low, words.num_embeddings, (sum(lengths),), generator=luck)
    pad = getattr(body.config, "pad_token_id", None)
    ids = torch.where(ids == pad, low if low != pad else low + 1, ids) if isinstance(pad, int) else ids
    changed = ids.clone()
    changed[: lengths[0]] = ids[: lengths[0]].flip(0).roll(1)
    device = words.weight.device
    return tuple({"input_ids": each.to(device), "lengths": torch.tensor(lengths)} for each in (ids, changed))  # type: ignore[return-value]


def _lengths(base: Any, window: int) -> tuple[int, ...]:
    """One document is longer than the window, where there is one and the model has places for it."""
    places = getattr(base.config, "max_position_embeddings", None) or 10**6
    longest = min(window + 3, places - 4)
    return (longest, *LENGTHS[1:]) if window and longest > max(LENGTHS) else LENGTHS


@contextlib.contextmanager
def at_rest(base: Any) -> Iterator[None]:
    """Within: no dropout. Afterwards every part trains, or does not, as it did."""
    training = [(part, part.training) for part in base.modules()]
    base.eval()
    try:
        yield
    finally:
        for part, was in training:
            part.training = was


@contextlib.contextmanager
def _short_windows(base: Any) -> Iterator[int]:
    """The longest window of attention within the model; one above LONG_WINDOW is short for as long as this lasts."""
    config = base.config
    parts = [part for part in base.modules() if isinstance(getattr(part, "sliding_window", None), int)]
    of_all = getattr(config, "sliding_window", None)
    longest = max([part.sliding_window for part in parts] + [of_all if isinstance(of_all, int) else 0])
    if longest <= LONG_WINDOW or not isinstance(of_all, int):
        yield longest
        return
    before = [part.sliding_window for part in parts]
    try:
        config.sliding_window = SHORT_WINDOW
        for part, was in zip(parts, before, strict=True):
            part.sliding_window = SHORT_WINDOW + was - of_all
        yield SHORT_WINDOW
    finally:
        config.sliding_window = of_all
        for part, was in zip(parts, before, strict=True):
            part.sliding_window = was
