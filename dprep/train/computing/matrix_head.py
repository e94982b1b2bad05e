"""Cross entropy over a vocabulary where the head is one matrix: loss and gradient of some rows at a time, in one go.

The gradient of a sum of losses is known as soon as the loss is, up to a factor. So it is worked out while the logits of a chunk
are there, and no logits are kept for the backward pass or computed again in it: six multiplications by the matrix per number of
it and row, as the plain way takes, where computing again takes eight.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def sum_of_losses(
    rows: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    targets: Tensor,
    label_smoothing: float,
    scale: float,
    chunk: int,
    logs: list[Tensor] | None = None,
) -> Tensor:
    """Sum of the cross entropies of `(rows @ weight.T + bias) * scale` with targets, a scalar in fp32.

    rows: (rows, H). weight: (words, H). bias: (words,) or None. targets: (rows,). chunk: rows at a time.
    logs: gets the log-probabilities of the targets, chunk by chunk.
    Can be differentiated once, and backward can be called once.
    """
    found: Tensor = _SumOfLosses.apply(rows, weight, bias, targets, label_smoothing, scale, chunk, logs)  # type: ignore[no-untyped-call]
    return found


class _SumOfLosses(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        rows: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        targets: Tensor,
        smoothing: float,
        scale: float,
        chunk: int,
        logs: list[Tensor] | None,
    ) -> Tensor:
        kind = rows.device.type
        reduced = torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else weight.dtype
        work = _Work(
            weight.to(reduced), None if bias is None else bias.to(reduced), smoothing, scale, ctx.needs_input_grad[:3], logs
        )
        total = torch.zeros((), dtype=torch.float32, device=rows.device)
        with torch.autocast(kind, enabled=False):
            for some, said in zip(torch.split(rows.to(reduced), chunk), torch.split(targets, chunk), strict=True):
                total += work.add(some, said)
        ctx.gradients = work.gradients(rows, weight, bias)
        return total

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> Any:
        gradients, ctx.gradients = ctx.gradients, None
        if gradients is None:
            raise RuntimeError("the gradient of the head was already taken")
        scaled = (None if each is None else each.mul_(outer[0].to(each.dtype)) for each in gradients)
        return *scaled, None, None, None, None, None


class _Work:
    """The sums over chunks. needed: whether rows, weight and bias need a gradient."""

    def __init__(
        self,
        weight: Tensor,
        bias: Tensor | None,
        smoothing: float,
        scale: float,
        needed: tuple[bool, ...],
        told: list[Tensor] | None,
    ) -> None:
        self.weight, self.bias, self.smoothing, self.scale, self.told = weight, bias, smoothing, scale, told
        self.needs_rows, self.needs_weight, self.needs_bias = needed
        self.of_rows: list[Tensor] = []
        # sums over many chunks stay exact in fp32, whatever the products are in
        self.of_weight = torch.zeros_like(weight, dtype=torch.float32) if self.needs_weight else None
        self.of_bias = torch.zeros_like(bias, dtype=torch.float32) if bias is not None and self.needs_bias else None

    def add(self, rows: Tensor, targets: Tensor) -> Tensor:
        """The sum of losses of a chunk, in fp32."""
        logits = torch.nn.functional.linear(rows, self.weight, self.bias)
        if self.scale != 1.0:
            logits *= self.scale
        logs = torch.log_softmax(logits, dim=-1, dtype=torch.float32)
        at_target = logs.gather(1, targets[:, None])
        if self.told is not None:
            self.told.append(at_target[:, 0].clone())
        loss = -(1 - self.smoothing) * at_target.sum()
        if self.smoothing:
            loss -= self.smoothing * logs.mean(dim=-1).sum()
        if self.needs_rows or self.of_weight is not None or self.of_bias is not None:
            self._add_gradients(rows, targets, self._of_logits(logs, at_target, targets, logits))
        return loss

    def _of_logits(self, logs: Tensor, at_target: Tensor, targets: Tensor, into: Tensor) -> Tensor:
        """The gradient of the chunk's logits, written over them."""
        torch.exp(logs, out=into)
        if self.smoothing:
            into -= self.smoothing / into.shape[1]
        # worked out in fp32: in half precision `probability - 1` of a sure word would be nothing
        into.scatter_(1, targets[:, None], self._at_target(at_target, into).to(into.dtype))
        if self.scale != 1.0:
            into *= self.scale
        return into

    def _at_target(self, logs: Tensor, into: Tensor) -> Tensor:
        return torch.expm1(logs) + self.smoothing - self.smoothing / into.shape[1]

    def _add_gradients(self, rows: Tensor, targets: Tensor, of_logits: Tensor) -> None:
        if self.needs_rows:
            self.of_rows.append(of_logits @ self.weight)
        if self.of_weight is not None:
            if of_logits.dtype == torch.float32:
                self.of_weight.addmm_(of_logits.t(), rows)
            else:
                self.of_weight += of_logits.t() @ rows
        if self.of_bias is not None:
            self.of_bias += of_logits.sum(dim=0, dtype=torch.float32)

    def gradients(
        self, rows: Tensor, weight: Tensor, bias: Tensor | None
    ) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        """Those of rows, weight and bias, each in its kind of number; None where none is needed."""
        return (
            torch.cat(self.of_rows).to(rows.dtype) if self.of_rows else None,
            None if self.of_weight is None else self.of_weight.to(weight.dtype),
            None if self.of_bias is None or bias is None else self.of_bias.to(bias.dtype),
        )
