"""Texts to the ids of a model: whole, or cut to a limit with the tokens that had to go counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dprep.base.problem import fail

if TYPE_CHECKING:
    from dprep.train.task import Batch, Row

PROBES = (("a", "b"), ("1", "2"), ("的", "人"), (".", ","))
"""Texts that show which special tokens stand around others."""


@dataclass(frozen=True)
class Pieces:
    """A text, or a pair of texts, with its special tokens."""

    ids: Sequence[int]
    second: int
    """Where the tokens of type 1 begin; the number of tokens where there are none."""
    cut: int
    """Tokens that had to go."""


@dataclass(frozen=True)
class Frame:
    """The special tokens around a text, or around and between two."""

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]
    typed: int
    """How many of the tokens between are of the first type; where the tokenizer knows no types, -1."""

    @property
    def size(self) -> int:
        return len(self.before) + len(self.between) + len(self.after)

    def around(self, ids: Sequence[int]) -> list[int]:
        """One text."""
        return [*self.before, *ids, *self.after]

    def pair(self, first: Sequence[int], second: Sequence[int]) -> tuple[list[int], int]:
        """Two texts, and where the tokens of type 1 begin."""
        ids = [*self.before, *first, *self.between, *second, *self.after]
        return ids, len(ids) if self.typed < 0 else len(self.before) + len(first) + self.typed


def bare(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """The ids of texts, without special tokens, however many."""
    return list(_told(tokenizer, list(texts), add_special_tokens=False)["input_ids"]) if texts else []


def frame(tokenizer: Any) -> Frame:
    """What a tokenizer puts around one text: found by asking it. Raises Error (`train-tokenizer`)."""
    for probe, _ in PROBES:
        (own,), (whole,) = bare(tokenizer, [probe]), _told(tokenizer, [probe])["input_ids"]
        at = _find(whole, own, 0)
        if own and at >= 0:
            return Frame(tuple(whole[:at]), (), tuple(whole[at + len(own) :]), -1)
    raise _strange()


def pair_frame(tokenizer: Any) -> Frame:
    """What a tokenizer puts around and between two texts. Raises Error (`train-tokenizer`)."""
    for one, two in PROBES:
        first, second = bare(tokenizer, [one, two])
        told = _told(tokenizer, [one], [two])
        whole = told["input_ids"][0]
        at = _find(whole, first, 0)
        then = _find(whole, second, at + len(first))
        if first and second and 0 <= at < then:
            end = at + len(first)
            types = told.get("token_type_ids", [[]])[0]
            typed = types.index(1) - end if 1 in types else -1
            return Frame(tuple(whole[:at]), tuple(whole[end:then]), tuple(whole[then + len(second) :]), typed)
    raise _strange()


def _find(whole: Sequence[int], part: Sequence[int], start: int) -> int:
    places = range(start, len(whole) - len(part) + 1)
    return next((at for at in places if list(whole[at : at + len(part)]) == list(part)), -1)


def _strange() -> Exception:
    help = "choose a model whose tokenizer can be loaded by `transformers.AutoTokenizer`"
    return fail("train-tokenizer", "the tokenizer gives other ids for a text with special tokens than for it alone", help)


def _told(tokenizer: Any, texts: list[str], pairs: list[str] | None = None, **more: Any) -> Any:
    return tokenizer(texts, pairs, padding=False, return_attention_mask=False, verbose=False, **more)


def row_pieces(tokenizer: Any, rows: Sequence[Row], limit: int, drop: bool) -> Iterator[Pieces | str]:
    """For each row `text`, with `text_pair` where it has one, or why it cannot be used: `no_text`, `no_tokens`, `too_long`.

    A pair that is too long loses tokens from the end of the longer text. drop: what is too long is left out, not cut.
    """
    found: dict[int, Pieces] = {}
    singles = [n for n, row in enumerate(rows) if row.get("text") is not None and row.get("text_pair") is None]
    pairs = [n for n, row in enumerate(rows) if row.get("text") is not None and row.get("text_pair") is not None]
    for places, paired in ((singles, False), (pairs, True)):
        found.update(_cut(tokenizer, rows, places, paired, limit))
    for place in range(len(rows)):
        pieces = found.get(place)
        if pieces is None:
            yield "no_text"
        elif not pieces.ids:
            yield "no_tokens"
        else:
            yield "too_long" if drop and pieces.cut else pieces


def _cut(tokenizer: Any, rows: Sequence[Row], places: Sequence[int], paired: bool, limit: int) -> Iterator[tuple[int, Pieces]]:
    """Place -> its pieces. Only those that are too long are asked for twice."""
    if not places:
        return
    told = _ask(tokenizer, rows, places, paired)
    long = [n for n, ids in enumerate(told["input_ids"]) if len(ids) > limit]
    less = _ask(tokenizer, rows, [places[n] for n in long], paired, truncation=True, max_length=limit) if long else {}
    shorter = {n: at for at, n in enumerate(long)}
    for n, place in enumerate(places):
        source, at = (less, shorter[n]) if n in shorter else (told, n)
        ids = source["input_ids"][at]
        types = source["token_type_ids"][at] if "token_type_ids" in source else []
        yield place, Pieces(ids, types.index(1) if 1 in types else len(ids), len(told["input_ids"][n]) - len(ids))


def _ask(tokenizer: Any, rows: Sequence[Row], places: Sequence[int], paired: bool, **more: Any) -> Any:
    seconds = [rows[place]["text_pair"] for place in places] if paired else None
    return _told(tokenizer, [rows[place]["text"] for place in places], seconds, **more)


def flat(examples: Sequence[Mapping[str, Any]]) -> Batch:
    """`input_ids`, `lengths` and, where an example has a second text of another type, `token_type_ids`."""
    import torch

    lengths = [len(each["input_ids"]) for each in examples]
    batch: Batch = {
        "input_ids": torch.from_numpy(run(examples, "input_ids")),
        "lengths": torch.tensor(lengths, dtype=torch.int64),
    }
    seconds = [int(each.get("second", length)) for each, length in zip(examples, lengths, strict=True)]
    if seconds != lengths:
        types = [np.arange(length) >= second for second, length in zip(seconds, lengths, strict=True)]
        batch["token_type_ids"] = torch.from_numpy(np.concatenate(types).astype(np.int64))
    return batch


def run(examples: Sequence[Mapping[str, Any]], name: str) -> Any:
    """(values,) int64: the runs of that name one behind the other."""
    return np.concatenate([np.asarray(each[name], np.int64) for each in examples]) if examples else np.zeros(0, np.int64)
