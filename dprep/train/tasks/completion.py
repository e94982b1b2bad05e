"""Completions: the model learns what follows a prompt, and to stop there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from dprep.base.problem import Problem
from dprep.train.task import Example, Row, Unusable
from dprep.train.tasks import parity, prompts, templates
from dprep.train.tasks.chat import check_supervise
from dprep.train.tasks.language import Language, example
from dprep.train.tasks.prompts import Answered

SUPERVISE = ("", "completion", "all")


class Completion(Language):
    """`prompt` and `completion`, one behind the other as they stand, and the token that ends a text; the loss is on
    the completion.

    With `template` (`chat` for the tokenizer's own) the prompt is a user's message and the completion the answer. A row that is
    too long loses the beginning of its prompt; only if the completion alone is too long it loses its end, counted as `target`.
    """

    name = "completion"
    columns = ("prompt", "completion")
    asks = ("prompt",)

    def __init__(self, settings: Any, tokenizer: Any, labels: Sequence[str] = (), limit: int = 512) -> None:
        super().__init__(settings, tokenizer, labels, limit)
        check_supervise(settings.supervise, SUPERVISE, self.name)
        self.template = templates.load(settings.template, tokenizer) if settings.template else None

    @cached_property
    def stops(self) -> list[int]:
        return parity.stop_tokens(self.template) if self.template else super().stops

    def encode(self, rows: Sequence[Row], first: int) -> Iterator[Example | Unusable]:
        for place, (row, found) in enumerate(zip(rows, self._answered(rows), strict=True), first):
            if isinstance(found, str):
                yield Unusable(place, found)
            elif self.settings.long_rows == "drop" and len(found.ids) > self.limit:
                yield Unusable(place, "too_long")
            else:
                yield self._example(place, found, answered=row.get("completion") is not None)

    def _answered(self, rows: Sequence[Row]) -> list[Answered | str]:
        pairs = [(str(row["prompt"] or ""), row.get("completion")) for row in rows]
        if self.template is None:
            return list(prompts.plain(self.tokenizer, pairs))
        chats = [(message("user", asked), [] if said is None else message("assistant", said)) for asked, said in pairs]
        return prompts.templated(self.template, chats)

    def _example(self, place: int, found: Answered, answered: bool) -> Example:
        kept, cut = prompts.shortened(found, len(found.ids) - self.limit, self.limit)
        mask = np.arange(len(kept.ids)) >= (0 if self.settings.supervise == "all" else kept.first)
        reason = "nothing_to_learn" if answered else "no_completion"
        return example(place, kept.ids, mask, kept.first, reason, cut=cut, stop=kept.stop if answered else None)

    def parity(self, rows: Sequence[Row]) -> list[Problem]:
        if self.template is not None:
            asked = [(row["prompt"], row["completion"]) for row in rows if row.get("completion") is not None]
            chats = [{"messages": [*message("user", prompt), *message("assistant", said)]} for prompt, said in asked]
            return parity.parity(self.template, chats)
        answered = [row for row in rows if row.get("completion") is not None]
        return prompts.parity(self.tokenizer, [(row["prompt"] or "", row["completion"]) for row in answered])


def message(role: str, content: Any) -> list[Mapping[str, Any]]:
    """One message."""
    return [{"role": role, "content": str(content or "")}]
