"""Chats: the model learns what the assistant says, and to stop. What others say is read, not learnt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from dprep.base.problem import Error, Problem
from dprep.train.task import Example, Row, Unusable
from dprep.train.tasks import parity, templates
from dprep.train.tasks.language import Language, example
from dprep.train.tasks.templates import Refused, Rendered, Tokens

SUPERVISE = ("", "assistant", "all")


class Chat(Language):
    """`messages` [{role, content}] (+ `tools` as JSON text), written by a chat template; the loss is on the assistant's words.

    A chat that is too long loses whole turns from its end, until it ends with an answer that fits with the token that stops it;
    one whose first answer does not fit is unusable (`too_long`). Where a template goes back on what it wrote (see
    `templates.rendered`) a chat becomes one example for each answer.
    """

    name = "chat"
    columns = ("messages",)
    asks = ("messages",)
    optional = ("tools",)

    def __init__(self, settings: Any, tokenizer: Any, labels: Sequence[str] = (), limit: int = 512) -> None:
        super().__init__(settings, tokenizer, labels, limit)
        check_supervise(settings.supervise, SUPERVISE, self.name)
        self.template = templates.load(settings.template, tokenizer)

    @cached_property
    def stops(self) -> list[int]:
        return parity.stop_tokens(self.template)

    def encode(self, rows: Sequence[Row], first: int) -> Iterator[Example | Unusable]:
        texts = [self._texts(row) for row in rows]
        told = iter(templates.tokens(self.template, [each for found in texts if isinstance(found, list) for each in found]))
        for place, found in enumerate(texts, first):
            if isinstance(found, list):
                yield from self._examples(place, [next(told) for _ in found])
            else:
                yield Unusable(place, found)

    def parity(self, rows: Sequence[Row]) -> list[Problem]:
        return parity.parity(self.template, rows)

    def _texts(self, row: Row) -> list[Rendered] | str:
        """A row as the template writes it, or why it cannot."""
        try:
            messages, tools = templates.conversation(row["messages"], row.get("tools"))
            if messages[-1]["role"] != "assistant":
                return templates.asked(self.template, messages, tools)
            found = templates.rendered(self.template, messages, tools)
        except Refused as fault:
            return fault.reason
        return found[-1:] if self.settings.supervise == "all" else found  # each holds those before it

    def _examples(self, row: int, told: Sequence[Tokens]) -> Iterator[Example | Unusable]:
        fitting = [(each, self._end(each)) for each in told]
        lost = {"prompt": 0, "target": 0}
        for each, end in fitting:
            gone = each.ids[end:]
            target = int(each.mask[end:].sum())
            if target or str(self.tokenizer.decode(gone)).strip():  # the line's end behind a last answer is no loss
                lost["target"] += target
                lost["prompt"] += len(gone) - target
        kept = [(each, end) for each, end in fitting if end]
        if not kept or (self.settings.long_rows == "drop" and any(len(each.ids) > self.limit for each in told)):
            yield Unusable(row, "too_long")
            return
        for number, (each, end) in enumerate(kept, 1):
            yield self._example(row, each, end, lost if number == len(kept) else {})

    def _end(self, told: Tokens) -> int:
        """Where a chat has to end to fit: all of it, or behind an answer; 0 if nothing fits."""
        if len(told.ids) <= self.limit:
            return len(told.ids)
        return max((end for _, end in told.answers if end <= self.limit), default=0)

    def _example(self, row: int, told: Tokens, end: int, lost: dict[str, int]) -> Example:
        whole = self.settings.supervise == "all"
        mask = np.ones(end, np.bool_) if whole else told.mask[:end]
        answers = [place for place in told.answers if place[1] <= end]
        asked = told.asks and end == len(told.ids)
        prompt = end if asked or not answers else answers[-1][0]
        stops = [stop >= 0 for stop in told.stops[: len(answers)]]
        cut = {name: count for name, count in lost.items() if count}
        return example(row, told.ids[:end], mask, prompt, "nothing_to_learn", cut=cut, stop=all(stops) if stops else None)


def check_supervise(asked: str, known: Sequence[str], task: str) -> None:
    """Raises Error (`train-supervise`)."""
    if asked not in known:
        words = ", ".join(f"`{each}`" for each in known if each)
        raise Error(
            Problem("train-supervise", f"the task `{task}` cannot supervise `{asked}`", help=f"it can supervise {words}")
        )
