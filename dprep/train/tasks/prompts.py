"""A question and its answer in tokens, and how they are made to fit: the question loses its beginning, the answer its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dprep.base.problem import Error, Problem
from dprep.train.tasks import templates
from dprep.train.tasks.parity import of_plain
from dprep.train.tasks.templates import Message, Refused, Template, affixes

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Answered:
    """A question with its answer. `ids` (tokens,); the answer is all from token `first` on."""

    ids: Ids
    first: int
    loose: Ids
    """Places of the tokens of the question that may go, in the order in which they go."""
    stop: bool
    """Whether the last token is the one that ends an answer."""
    melted: bool = False
    """Whether the first token of the answer holds characters of the question too."""

    @property
    def asks(self) -> bool:
        """Whether there is no answer."""
        return self.first == len(self.ids)


def plain(tokenizer: Any, pairs: Sequence[tuple[str, str | None]]) -> list[Answered]:
    """Prompts with their completions as they stand, turned into tokens as one text, with the token that ends a text behind.

    A token that holds the end of the prompt and the beginning of the completion belongs to the completion. Without a completion
    (None) the prompt alone, as it is served. Raises Error (`train-template`) for tokenizers without offsets.
    """
    if not getattr(tokenizer, "is_fast", False):
        sentence = "the tokenizer cannot say which characters a token stands for"
        raise Error(Problem("train-template", sentence, help="give a model with a `tokenizer.json`"))
    if not pairs:
        return []
    before, behind = affixes(tokenizer)
    end = [int(tokenizer.eos_token_id)] if tokenizer.eos_token_id is not None else behind
    texts = [prompt + (completion or "") for prompt, completion in pairs]
    made = tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    return [
        _plain(pair, before, np.asarray(ids, np.int64), offsets, end)
        for pair, ids, offsets in zip(pairs, made["input_ids"], made["offset_mapping"], strict=True)
    ]


def _plain(pair: tuple[str, str | None], before: list[int], ids: Ids, offsets: Any, end: list[int]) -> Answered:
    prompt, completion = pair
    low, high = templates.extents(offsets)
    inside = np.flatnonzero(high > len(prompt)) if completion is not None else np.empty(0, np.int64)
    first = int(inside[0]) if len(inside) else len(ids)
    melted = first < len(ids) and bool(low[first] < len(prompt))
    whole = np.concatenate([before, ids, end if completion is not None else []]).astype(np.int64)
    start = len(before)
    return Answered(whole, start + first, np.arange(start, start + first)[:-1], completion is not None and bool(end), melted)


def parity(tokenizer: Any, pairs: Sequence[tuple[str, str]]) -> list[Problem]:
    """What differs between training and serving for prompts with their completions as they stand."""
    found = plain(tokenizer, pairs)
    whole = [
        (said, each.ids[each.first : len(each.ids) - each.stop].tolist()) for (_, said), each in zip(pairs, found, strict=True)
    ]
    melted = [each.melted for each in found]
    answers = [each for each, joint in zip(whole, melted, strict=True) if not joint]
    return of_plain(tokenizer, answers, sum(melted))


def templated(
    template: Template, pairs: Sequence[tuple[Sequence[Message], Sequence[Message]]], tools: Sequence[Any] = ()
) -> list[Answered | str]:
    """Questions with their answers as a chat template writes them; for those that it cannot, the reason.

    Of a question that is too long, what people said goes, the oldest first; what the template says around it stays.
    """
    texts: list[templates.Rendered | str] = []
    for place, (asked, said) in enumerate(pairs):
        try:
            texts.append(_rendered(template, [*asked, *said], bool(said), tools[place] if tools else None))
        except Refused as fault:
            texts.append(fault.reason)
    fine = [each for each in texts if not isinstance(each, str)]
    made = iter(zip(templates.tokens(template, fine), _offsets(template, fine), strict=True))
    return [
        text if isinstance(text, str) else _templated(text, *next(made), asked)
        for text, (asked, _) in zip(texts, pairs, strict=True)
    ]


def _rendered(template: Template, messages: Sequence[Message], said: bool, tools: Any) -> templates.Rendered:
    if said:
        last = templates.rendered(template, messages, tools)[-1]
        return templates.Rendered(last.text, last.spans[-1:])
    return templates.Rendered(template.render(messages, tools, prompt=True), (), asks=True)


def _offsets(template: Template, texts: Sequence[templates.Rendered]) -> list[Any]:
    if not texts:
        return []
    found = template.tokenizer(
        [each.text for each in texts], add_special_tokens=False, return_offsets_mapping=True, verbose=False
    )
    return list(found["offset_mapping"])


def _templated(text: templates.Rendered, made: templates.Tokens, offsets: Any, asked: Sequence[Message]) -> Answered:
    first, last = made.answers[-1] if made.answers else (len(made.ids), len(made.ids))
    low, high = templates.extents(offsets)
    loose: list[int] = []
    at = 0
    for message in asked:
        words = str(message.get("content") or "").strip()
        found = text.text.find(words, at) if words and message["role"] != "system" else -1
        if found >= 0:
            at = found + len(words)
            loose += np.flatnonzero((low >= found) & (high <= at) & (np.arange(len(low)) < first)).tolist()
    stop = bool(made.stops) and made.stops[-1] >= 0
    melted = bool(text.spans) and bool(low[first] < text.spans[-1][0])
    return Answered(made.ids[:last], first, np.asarray(loose, np.int64), stop, melted)


def shortened(of: Answered, lost: int, limit: int) -> tuple[Answered, dict[str, int]]:
    """Without the first `lost` loose tokens of the question, and without the end of the answer where that is too long still.

    Gives also what was cut, by what it belonged to.
    """
    gone = of.loose[: max(0, lost)]
    ids = np.delete(of.ids, gone)
    first = of.first - len(gone)
    over = max(0, len(ids) - limit)
    kept = Answered(ids[: len(ids) - over], min(first, len(ids) - over), of.loose[len(gone) :], of.stop and not over, of.melted)
    answer = min(over, len(ids) - first)
    cut = {"prompt": len(gone) + over - answer, "target": answer}
    return kept, {name: count for name, count in cut.items() if count}
