"""From a base model and an adapter to an ordinary model, with proof that it gives the same answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from dprep.base.problem import fail
from dprep.train.computing import anatomy, documents
from dprep.train.method import Method
from dprep.train.methods.tuned import is_quantised

TOLERANCE = 1e-4
"""How far answers may move, relative to the largest; of weights in half precision HALF."""
HALF = 3e-2
Answers = list[dict[str, torch.Tensor]]


def merged(method: Method, model: Any, batches: Sequence[Mapping[str, Any]], tolerance: float = 0.0) -> tuple[Any, float]:
    """The ordinary model, and how far its answers are from those before, relative to the largest one.

    The model given is used up. batches: some held-out rows; an encoder-decoder needs `decoder_input_ids` in each.
    Raises Error (`train-merge`) where the method does not merge, where the base is quantised, and where answers change.
    """
    if not method.merges:
        sentence = f"an adapter of method `{method.name}` cannot be merged: it adds parts that an ordinary model does not have"
        raise fail("train-merge", sentence, "use the adapter with its base model")
    if is_quantised(anatomy.inner(model)):
        sentence = "an adapter is not merged into a quantised model: rounding its weights again would change the answers"
        raise fail("train-merge", sentence, "load the base model in full precision and merge into that")
    model.eval()
    before = answers(model, batches)
    whole = method.merge(model)
    return whole, _judged(before, answers(whole, batches), tolerance or allowed(whole))


def check(before: Any, after: Any, batches: Sequence[Mapping[str, Any]], tolerance: float = 0.0) -> float:
    """How far the answers of two models are apart, relative to the largest. Raises Error (`train-merge`) above tolerance."""
    return _judged(answers(before.eval(), batches), answers(after.eval(), batches), tolerance or allowed(after))


def allowed(model: Any) -> float:
    """The tolerance for the precision of a model's weights."""
    halves = {torch.float16, torch.bfloat16}
    return HALF if any(weight.dtype in halves for weight in model.parameters()) else TOLERANCE


@torch.inference_mode()
def answers(model: Any, batches: Sequence[Mapping[str, Any]]) -> Answers:
    """What the model says of each batch, on the CPU: every float tensor of its output that documents have."""
    device = next(model.parameters()).device
    found: Answers = []
    for batch in batches:
        here = {name: each.to(device) if isinstance(each, torch.Tensor) else each for name, each in batch.items()}
        more = {name: here[name] for name in ("decoder_input_ids", "decoder_attention_mask") if name in here}
        output = documents.call(model, here, **more)
        said = {name: output[name] for name in output.keys() & _SAID}
        longest = int(here["lengths"].max())
        found.append({name: _of_documents(name, each, here["lengths"], longest, bool(more)) for name, each in said.items()})
    return found


_SAID = {"logits", "start_logits", "end_logits", "last_hidden_state"}


def _of_documents(name: str, values: torch.Tensor, lengths: torch.Tensor, longest: int, decodes: bool) -> torch.Tensor:
    """Without what stands at padding, which means nothing and may differ."""
    per_token = values.ndim == 3 or name in {"start_logits", "end_logits"}
    if per_token and not decodes and values.shape[1] == longest:
        values = documents.flat(values, lengths)
    return values.float().cpu()


def _judged(before: Answers, after: Answers, tolerance: float) -> float:
    worst = 0.0
    for one, other in zip(before, after, strict=True):
        for name, values in one.items():
            scale = max(float(values.abs().max()), 1e-6)
            off = float((values - other[name]).abs().max()) / scale
            worst = max(worst, off if math.isfinite(off) else math.inf)
    if worst > tolerance:
        sentence = f"the merged model answers otherwise: its numbers are off by {worst:.2g} of the largest"
        raise fail(
            "train-merge", f"{sentence}, and {tolerance:g} is allowed", "merge in full precision, or use the adapter as it is"
        )
    return worst
