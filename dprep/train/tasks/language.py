"""What the tasks share that say tokens, each from those before it: flat batches, and what is to be said behind each token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch

from dprep.base.problem import Problem
from dprep.train.computing import documents, head
from dprep.train.computing.confidence import HEARD, of_tokens
from dprep.train.task import Batch, Example, Row, Task
from dprep.train.tasks.parity import generation_config

IGNORE = head.IGNORE


class Language(Task):
    """Examples have `input_ids` and `targets`, as long: `targets[i]` is what position i should say, -100 where it says nothing.

    The number `prompt` is how many tokens a served model is given before it answers for the last time.
    """

    models: ClassVar[tuple[str, ...]] = ("decoder",)
    best = "perplexity"
    larger_is_better = False
    peft_type = "CAUSAL_LM"

    def auto_class(self) -> str:
        return "AutoModelForCausalLM"

    def collate(self, examples: Sequence[Mapping[str, Any]], chance: Any = None) -> Batch:
        return {
            "input_ids": joined(examples, "input_ids"),
            "lengths": torch.tensor([len(each["input_ids"]) for each in examples]),
            "targets": joined(examples, "targets"),
            "prompts": torch.tensor([int(each["prompt"]) for each in examples]),
        }

    def items(self, batch: Batch) -> int:
        return int((batch["targets"] != IGNORE).sum())

    def loss(self, model: Any, batch: Batch) -> torch.Tensor:
        logs: list[torch.Tensor] | None = [] if HEARD in batch else None
        total = head.token_losses(model, batch, batch["targets"], self.settings, logs)[0]
        if logs is not None:
            batch[HEARD].append(of_tokens(logs, batch["targets"], batch["lengths"], IGNORE))
        return total

    def predict(self, model: Any, batch: Batch) -> list[dict[str, Any]]:
        said: list[dict[str, Any]] = [
            {"nll": 0.0 - total, "tokens": count}
            for total, count in zip(*sums(model, batch, batch["targets"], batch["lengths"]), strict=True)
        ]
        if self.settings.generate:
            for told, text, reference in zip(said, self._written(model, batch), self._wanted(batch), strict=True):
                told.update(prediction=text, reference=reference)
        return said

    def join(self, row: Row, said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The sums over the examples of a row; what is written is that of the last."""
        if not said:
            return {}
        return {**said[-1], "nll": sum(each["nll"] for each in said), "tokens": sum(each["tokens"] for each in said)}

    def truth(self, row: Row) -> dict[str, Any]:
        """Nothing: what is said is compared token by token, or with the `reference` that `predict` gives."""
        return {}

    def parity(self, rows: Sequence[Row]) -> list[Problem]:
        return []

    def generation(self) -> dict[str, Any]:
        return generation_config(self.tokenizer, self.stops)

    @cached_property
    def stops(self) -> list[int]:
        """The tokens that end what is generated."""
        return [] if self.tokenizer.eos_token_id is None else [int(self.tokenizer.eos_token_id)]

    def _prompts(self, batch: Batch) -> list[torch.Tensor]:
        parts = torch.split(batch["input_ids"], batch["lengths"].tolist())
        return [part[:count] for part, count in zip(parts, batch["prompts"].tolist(), strict=True)]

    def _wanted(self, batch: Batch) -> list[str]:
        parts = torch.split(batch["input_ids"], batch["lengths"].tolist())
        answers = [part[count:] for part, count in zip(parts, batch["prompts"].tolist(), strict=True)]
        return [self.text(each.tolist()) for each in answers]

    def _written(self, model: Any, batch: Batch) -> list[str]:
        return [self.text(each) for each in continued(model, self._prompts(batch), self.stops, self.settings)]

    def text(self, ids: Sequence[int]) -> str:
        """Tokens as people read them."""
        return str(self.tokenizer.decode(ids, skip_special_tokens=True)).strip()


def example(
    row: int, ids: npt.NDArray[np.int64], mask: npt.NDArray[np.bool_], prompt: int, reason: str = "", **more: Any
) -> Example:
    """mask: (tokens,) which tokens the model has to say. The first of all can never be said: nothing stands before it."""
    targets = np.full(len(ids), IGNORE, np.int64)
    targets[:-1] = np.where(mask[1:], ids[1:], IGNORE)
    count = int((targets != IGNORE).sum())
    runs: dict[str, Any] = {"input_ids": ids, "targets": targets}
    numbers = {"prompt": float(prompt), **more.pop("numbers", {})}
    return Example(row, runs, numbers, supervised=count, reason="" if count else reason, **more)


def joined(examples: Sequence[Mapping[str, Any]], name: str) -> torch.Tensor:
    """(tokens,) int64: the runs `name` of examples one behind the other."""
    return torch.from_numpy(np.concatenate([np.asarray(each[name], np.int64) for each in examples]))


def sums(model: Any, batch: Batch, targets: torch.Tensor, lengths: torch.Tensor) -> tuple[list[float], list[int]]:
    """For each document the sum of the log-probabilities of its targets, and how many those are."""
    said = head.token_logprobs(model, batch, targets)
    totals = per_document(said.double(), lengths)
    return totals.tolist(), per_document((targets != IGNORE).long(), lengths).tolist()


def per_document(values: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """(tokens,) -> (documents,): the sum over each."""
    places = torch.repeat_interleave(torch.arange(len(lengths), device=values.device), lengths.to(values.device))
    return torch.zeros(len(lengths), dtype=values.dtype, device=values.device).index_add(0, places, values)


def continued(model: Any, prompts: Sequence[torch.Tensor], stops: Sequence[int], settings: Any) -> list[list[int]]:
    """What the model says behind each prompt, without the token that ends it: greedy, or the best of `beams`."""
    from transformers import GenerationConfig

    lengths = torch.tensor([len(each) for each in prompts], device=prompts[0].device)
    backwards = torch.cat([each.flip(0) for each in prompts])
    pad = stops[0] if stops else 0
    ids = documents.padded(backwards, lengths, pad).flip(1)  # the end of every prompt at the right edge
    mask = documents.padded(torch.ones_like(backwards), lengths, 0).flip(1)
    asked = GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=settings.max_new_tokens,
        num_beams=settings.beams,
        do_sample=False,
        eos_token_id=list(stops) or None,
        pad_token_id=pad,
    )
    found = model.generate(input_ids=ids, attention_mask=mask, generation_config=asked)
    return [_before_stop(each, stops) for each in found[:, ids.shape[1] :].tolist()]


def _before_stop(ids: list[int], stops: Sequence[int]) -> list[int]:
    end = next((place for place, each in enumerate(ids) if each in stops), len(ids))
    return ids[:end]
