"""A Hugging Face model folder on this machine, asked in batches. Nothing is downloaded, no code or pickle from a folder is run.

The last bits of a float model's answer depend on the shape of the batch. So a shape depends on the text alone: each text is
padded to the next of a few lengths, each length has its number of rows, and a batch that is not full is filled up with copies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.models.devices import device
from dprep.models.folders import checked, library, settings_of, unreadable, worded

__all__ = ["Answers", "Transformer", "batches", "checked", "library", "load", "settings_of", "unreadable"]

Floats = npt.NDArray[np.float32]
Answer = Callable[[Any, Any, Any], Any]
"""From a model, ids and mask (torch, (rows, tokens)) to numbers (torch, (rows, n))."""

LENGTHS = (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
"""Tokens that texts are padded to; above, multiples of the last."""
TOKENS = {"cpu": 1024, "cuda": 32_768}
"""Of a batch, padding included. On two CPU cores larger batches are no faster; a GPU wants to be filled."""
CHARACTERS = 64
"""Per token that is read, from the start of a text: a text of a megabyte is not cut into tokens for a few hundred of them."""
_AT_ONCE = 1024
_NO_LIMIT = 1_000_000


@dataclass(frozen=True)
class Answers:
    """What a model said of each text."""

    numbers: Floats  # (rows, n)
    cut: npt.NDArray[np.bool_]
    """(rows,): the text has more tokens than were read."""


@dataclass(frozen=True, eq=False)
class Transformer:
    """A model and its tokenizer, ready to answer."""

    model: Any
    tokenizer: Any
    limit: int
    """Most tokens that are read of a text."""
    device: str

    def answers(self, texts: pl.Series, answer: Answer) -> Answers:
        """What `answer` gives for each text (no nulls). Equal texts are asked once."""
        distinct = texts.unique(maintain_order=True)
        ids, cut = self._tokens(distinct)
        found = self._run(ids, answer)
        places = texts.to_frame("text").join(
            distinct.to_frame("text").with_row_index("place"), on="text", how="left", maintain_order="left"
        )
        of = places.get_column("place").to_numpy()
        return Answers(found[of], cut[of])

    def _tokens(self, texts: pl.Series) -> tuple[list[list[int]], npt.NDArray[np.bool_]]:
        """The ids of each text, special ones included, and whether there were more."""
        starts = texts.str.slice(0, CHARACTERS * self.limit)
        shorter = starts.str.len_bytes() < texts.str.len_bytes()
        ids: list[list[int]] = []
        more: list[bool] = []
        for start in range(0, len(starts), _AT_ONCE):
            batch = starts[start : start + _AT_ONCE].to_list()
            told = self.tokenizer(batch, truncation=True, max_length=self.limit, return_attention_mask=False)
            ids += [each or [self._padding] for each in told["input_ids"]]
            more += self._overflows(batch, told)
        return ids, np.array(more, np.bool_) | shorter.to_numpy()

    def _overflows(self, batch: list[str], told: Any) -> list[bool]:
        """Whether each text has more tokens than `told` holds."""
        if told.encodings is not None:
            return [bool(each.overflowing) for each in told.encodings]
        return [len(each) > self.limit for each in self.tokenizer(batch, return_attention_mask=False)["input_ids"]]

    @property
    def _padding(self) -> int:
        return self.tokenizer.pad_token_id or 0

    def _run(self, ids: Sequence[Sequence[int]], answer: Answer) -> Floats:
        import torch

        found: Floats | None = None
        with torch.inference_mode():
            for length, places in batches([len(each) for each in ids], TOKENS[self.device]):
                matrix, mask = self.padded([ids[place] for place in places], length)
                numbers = answer(self.model, matrix.to(self.device), mask.to(self.device)).float().cpu().numpy()
                if found is None:
                    found = np.zeros((len(ids), numbers.shape[1]), np.float32)
                found[places] = numbers[: len(places)]
        return np.zeros((0, 0), np.float32) if found is None else found

    def padded(self, ids: Sequence[Sequence[int]], length: int) -> tuple[Any, Any]:
        """(rows, length) ids and mask, as many rows as belong to that length."""
        import torch

        rows = _rows(length, TOKENS[self.device])
        left = self.tokenizer.padding_side == "left"
        matrix = np.full((rows, length), self._padding, np.int64)
        mask = np.zeros((rows, length), np.int64)
        for row in range(rows):
            own = ids[row] if row < len(ids) else ids[0]
            place = slice(length - len(own), length) if left else slice(0, len(own))
            matrix[row, place] = own
            mask[row, place] = 1
        return torch.from_numpy(matrix), torch.from_numpy(mask)


def _rows(length: int, tokens: int) -> int:
    return max(1, tokens // length)


def _padded_length(tokens: int) -> int:
    longest = LENGTHS[-1]
    return next((length for length in LENGTHS if tokens <= length), -(-tokens // longest) * longest)


def batches(sizes: Sequence[int], tokens: int) -> Iterator[tuple[int, list[int]]]:
    """(padded length, places of texts): texts of one length together, as many as make a batch."""
    groups: dict[int, list[int]] = {}
    for place, size in enumerate(sizes):
        groups.setdefault(_padded_length(max(1, size)), []).append(place)
    for length, places in sorted(groups.items()):
        rows = _rows(length, tokens)
        for start in range(0, len(places), rows):
            yield length, places[start : start + rows]


def load(path: str, kind: str, most: int) -> Transformer:
    """The model in a folder. kind: the name of the transformers class that reads it; most: tokens that are read of a text.

    Raises Error (`missing-library`, `unreadable-file`).
    """
    transformers = library()
    folder = Path(path)
    checked(path)
    settings: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), **settings)
        model = getattr(transformers, kind).from_pretrained(str(folder), **settings, use_safetensors=True, dtype="float32")
    except Exception as fault:  # the library raises whatever its parts raise
        raise unreadable(folder, worded(fault)) from None
    if tokenizer.pad_token_id is None and tokenizer.eos_token is not None:
        tokenizer.pad_token = tokenizer.eos_token
    if getattr(model.config, "pad_token_id", None) is None:
        model.config.pad_token_id = tokenizer.pad_token_id
    where = device()
    limit = min(most, _known(tokenizer.model_max_length), _positions(model))
    return Transformer(model.eval().to(where), tokenizer, limit, where)


def _known(limit: Any) -> int:
    """A limit that somebody set: tokenizers without one tell an astronomical number."""
    return limit if isinstance(limit, int) and 0 < limit < _NO_LIMIT else _NO_LIMIT


def _positions(model: Any) -> int:
    """Tokens that the model has places for. Some count places from behind that of the padding."""
    for name, module in model.named_modules():
        padding = getattr(module, "padding_idx", None)
        if name.endswith("position_embeddings") and padding is not None:
            return int(module.num_embeddings) - int(padding) - 1
    return _known(getattr(model.config, "max_position_embeddings", None))
