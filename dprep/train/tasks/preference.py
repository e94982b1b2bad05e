"""Preferences, by DPO: the better answer becomes likelier than the worse one, measured against the model as it was before.

Source: Rafailov and others, Direct Preference Optimization, 2023, equation 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from dprep.base.problem import Problem
from dprep.train.computing import head
from dprep.train.computing.confidence import HEARD
from dprep.train.task import Batch, Example, Row, Unusable
from dprep.train.tasks import parity, prompts, templates
from dprep.train.tasks.completion import message
from dprep.train.tasks.language import IGNORE, Language, joined, per_document, sums
from dprep.train.tasks.prompts import Answered
from dprep.train.tasks.templates import Message, Refused, Template

REFERENCES = ("reference_chosen", "reference_rejected")
"""Numbers of an example that `reference` gives: log-probabilities of both answers under the model as it was."""
Pair = tuple[Answered | str, Answered | str]


class Preference(Language):
    """`prompt`, `chosen` and `rejected`, each a string or messages. Messages are written by the chat template; strings stand
    one behind the other as they are, unless `template` names one (`chat` for the tokenizer's own).

    A batch holds for each pair two documents, the chosen one first. Both lose the same tokens of the prompt where one of them
    is too long, and where that is not enough, both answers are cut at the same length; that is counted as `target`.
    """

    name = "preference"
    columns = ("prompt", "chosen", "rejected")
    asks = ("prompt", "chosen", "rejected")
    best = "accuracy"
    larger_is_better = True
    compares = True

    def __init__(self, settings: Any, tokenizer: Any, labels: Sequence[str] = (), limit: int = 512) -> None:
        super().__init__(settings, tokenizer, labels, limit)
        if settings.template:
            self.template  # noqa: B018 - from here on it is the tokenizer's own, and hashes tell it

    @cached_property
    def template(self) -> Template:
        """Where messages, or settings, ask for one."""
        return templates.load(self.settings.template, self.tokenizer)

    @cached_property
    def stops(self) -> list[int]:
        templated = bool(self.settings.template) or "template" in vars(self)  # asked for, or met with messages
        return parity.stop_tokens(self.template) if templated else super().stops

    def encode(self, rows: Sequence[Row], first: int) -> Iterator[Example | Unusable]:
        for place, found in enumerate(self._pairs(rows), first):
            chosen, rejected = found
            if isinstance(chosen, str) or isinstance(rejected, str):
                yield Unusable(place, chosen if isinstance(chosen, str) else str(rejected))
            elif np.array_equal(chosen.ids, rejected.ids):
                yield Unusable(place, "same_answers")
            elif self.settings.long_rows == "drop" and max(len(chosen.ids), len(rejected.ids)) > self.limit:
                yield Unusable(place, "too_long")
            else:
                yield self._example(place, chosen, rejected)

    def _pairs(self, rows: Sequence[Row]) -> list[Pair]:
        if not self.settings.template and all(isinstance(row[name], str) for row in rows for name in self.columns):
            sides = [prompts.plain(self.tokenizer, [(row["prompt"], row[side]) for row in rows]) for side in self.columns[1:]]
            return list(zip(*sides, strict=True))
        return list(zip(*(self._templated(rows, side) for side in self.columns[1:]), strict=True))

    def _templated(self, rows: Sequence[Row], side: str) -> list[Answered | str]:
        read: list[tuple[Sequence[Message], Sequence[Message]] | str] = []
        for row in rows:
            try:
                read.append(_said(row, side))
            except Refused as fault:
                read.append(fault.reason)
        made = iter(prompts.templated(self.template, [each for each in read if not isinstance(each, str)]))
        return [each if isinstance(each, str) else next(made) for each in read]

    def _example(self, place: int, chosen: Answered, rejected: Answered) -> Example:
        over = max(len(chosen.ids), len(rejected.ids)) - self.limit
        loose = min(len(chosen.loose), len(rejected.loose))
        sides = [prompts.shortened(each, min(over, loose), self.limit) for each in (chosen, rejected)]
        (good, lost), (bad, lost_too) = sides
        cut = {name: max(lost.get(name, 0), lost_too.get(name, 0)) for name in sorted({*lost, *lost_too})}
        runs: dict[str, Any] = {
            "input_ids": np.concatenate([good.ids, bad.ids]),
            "targets": np.concatenate([_targets(good), _targets(bad)]),
        }
        count = int((runs["targets"] != IGNORE).sum())
        stop = good.stop and bad.stop
        return Example(place, runs, {"chosen_tokens": float(len(good.ids))}, cut, supervised=count, stop=stop)

    def collate(self, examples: Sequence[Mapping[str, Any]], chance: Any = None) -> Batch:
        first = [int(each["chosen_tokens"]) for each in examples]
        lengths = [n for count, each in zip(first, examples, strict=True) for n in (count, len(each["input_ids"]) - count)]
        batch = {
            "input_ids": joined(examples, "input_ids"),
            "lengths": torch.tensor(lengths),
            "targets": joined(examples, "targets"),
        }
        for name in REFERENCES:
            if all(name in each for each in examples):
                batch[name] = torch.tensor([float(each[name]) for each in examples], dtype=torch.float32)
        return batch

    def items(self, batch: Batch) -> int:
        return len(batch["lengths"]) // 2

    def loss(self, model: Any, batch: Batch) -> torch.Tensor:
        said = self._log_probabilities(model, batch)
        if REFERENCES[0] not in batch and not hasattr(model, "disable_adapter"):
            raise ValueError("a model without an adapter is no reference for itself")
        known = batch if REFERENCES[0] in batch else self.reference(model, batch)
        margin = (said[0] - known[REFERENCES[0]]) - (said[1] - known[REFERENCES[1]])
        if HEARD in batch:
            batch[HEARD].append(((self.settings.beta * margin.detach()).sigmoid(), margin.detach() > 0))
        return -functional.logsigmoid(self.settings.beta * margin).sum()

    def reference(self, model: Any, batch: Batch) -> dict[str, torch.Tensor]:
        """(pairs,) the numbers REFERENCES of a batch: to be called with the model before anything is learnt, and kept.

        With an adapter of peft the model without it is asked. Initial weights that change the base (PiSSA, OLoRA) make that
        another model: so call it before the adapter is made.
        """
        adapter = getattr(model, "disable_adapter", None)
        training = model.training
        model.eval()
        try:
            with torch.no_grad():
                if adapter is None:
                    said = self._log_probabilities(model, batch)
                else:
                    with adapter():
                        said = self._log_probabilities(model, batch)
        finally:
            model.train(training)
        return dict(zip(REFERENCES, said, strict=True))

    def _log_probabilities(self, model: Any, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """(pairs,) of the chosen answers and of the rejected ones."""
        said = per_document(head.token_logprobs(model, batch, batch["targets"]), batch["lengths"])
        return said[0::2], said[1::2]

    def predict(self, model: Any, batch: Batch) -> list[dict[str, Any]]:
        """`chosen` and `rejected`: log-probabilities, less those of the reference where the batch has them."""
        totals, _ = sums(model, batch, batch["targets"], batch["lengths"])
        known = (
            torch.stack([batch[name].double() for name in REFERENCES], 1).flatten().tolist() if REFERENCES[0] in batch else []
        )
        over = [total - before for total, before in zip(totals, known or [0.0] * len(totals), strict=True)]
        return [
            {"chosen": good, "rejected": bad, "margin": good - bad} for good, bad in zip(over[0::2], over[1::2], strict=True)
        ]

    def join(self, row: Row, said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        return dict(said[0]) if said else {}

    def parity(self, rows: Sequence[Row]) -> list[Problem]:
        if not self.settings.template and all(isinstance(row[name], str) for row in rows for name in self.columns):
            return prompts.parity(self.tokenizer, [(row["prompt"], row[side]) for row in rows for side in self.columns[1:]])
        chats = []
        for row in rows:
            try:
                chats += [{"messages": [*asked, *said]} for asked, said in (_said(row, side) for side in self.columns[1:])]
            except Refused:
                continue
        return parity.parity(self.template, chats)


def _targets(of: Answered) -> Any:
    found = np.full(len(of.ids), IGNORE, np.int64)
    start = max(0, of.first - 1)
    found[start:-1] = of.ids[start + 1 :]
    return found


def _said(row: Row, side: str) -> tuple[Sequence[Message], Sequence[Message]]:
    """The messages of a question and of one of its answers. An answer may repeat the question."""
    asked, said = row["prompt"], row[side]
    before = message("user", asked) if isinstance(asked, str) else templates.conversation(asked)[0]
    if isinstance(said, str):
        return before, message("assistant", said)
    answer = templates.conversation([said] if isinstance(said, Mapping) else said)[0]
    if answer[: len(before)] == list(before):
        answer = answer[len(before) :]
    if not answer or answer[-1]["role"] != "assistant":
        raise Refused("no_answer", "an answer does not end with the assistant")
    return [*before, *answer[:-1]], answer[-1:]
