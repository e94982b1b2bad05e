"""Running text: pre-training that goes on. Every token is learnt; nothing is cut, long texts become several windows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch

from dprep.train.task import Batch, Example, Row, Unusable
from dprep.train.tasks import templates
from dprep.train.tasks.language import IGNORE, Language, example, joined, sums

CAUSAL, MASKED = "causal", "masked"
_LUCK = 2**32


class Text(Language):
    """`text`, learnt in one of two ways.

    causal: each token from those before it. Windows of a long text share one token, so that each token is learnt once; the
    token that begins a text stands before the first window only, the one that ends it behind the last only.
    masked: a share of the tokens is hidden (8 of 10 by the mask, 1 by a token by chance, 1 not at all) and learnt from both
    sides, anew in each epoch; when nothing is learnt, what is hidden follows from the id of the row. Every window has the
    tokens that the tokenizer sets around a text.

    `long_rows = "drop"` leaves long texts out; otherwise they are split.
    """

    name = "text"
    models: ClassVar[tuple[str, ...]] = ("decoder", "encoder")
    columns = ("text",)
    asks = ("text",)

    def __init__(self, settings: Any, tokenizer: Any, labels: Sequence[str] = (), limit: int = 512) -> None:
        super().__init__(settings, tokenizer, labels, limit)
        self.masked = (settings.objective or (MASKED if tokenizer.mask_token_id is not None else CAUSAL)) == MASKED
        self.peft_type = "FEATURE_EXTRACTION" if self.masked else "CAUSAL_LM"  # type: ignore[misc]
        self._around = templates.affixes(tokenizer)
        self._special = np.asarray(sorted(set(tokenizer.all_special_ids)), np.int64)

    def auto_class(self) -> str:
        return "AutoModelForMaskedLM" if self.masked else "AutoModelForCausalLM"

    def generation(self) -> dict[str, Any]:
        return {} if self.masked else super().generation()

    def encode(self, rows: Sequence[Row], first: int) -> Iterator[Example | Unusable]:
        texts = [str(row["text"] or "") for row in rows]
        fast = bool(getattr(self.tokenizer, "is_fast", False))
        made = self.tokenizer(texts, add_special_tokens=False, return_offsets_mapping=fast, verbose=False) if texts else {}
        for place, (row, text) in enumerate(zip(rows, texts, strict=True)):
            ids = made["input_ids"][place]
            ends = templates.extents(made["offset_mapping"][place])[1] if fast else np.linspace(0, len(text), len(ids) + 1)[1:]
            found = self._windows(ids, first + place, row) if self.masked else self._causal(ids, ends, text, first + place)
            windows = list(found)
            if not windows:
                yield Unusable(first + place, "nothing_to_learn")
            elif len(windows) > 1 and self.settings.long_rows == "drop":
                yield Unusable(first + place, "too_long")
            else:
                yield from windows

    def _causal(self, ids: Sequence[int], ends: Any, text: str, row: int) -> Iterator[Example]:
        before, behind = self._around
        end = [self.tokenizer.eos_token_id] if self.tokenizer.eos_token_id is not None else behind
        whole = np.asarray([*before, *ids, *end], np.int64)
        said = np.concatenate([np.zeros(len(before)), ends, np.full(len(end), len(text))]).astype(np.int64)
        if not ids:
            return
        for start in range(0, len(whole) - 1, self.limit - 1):
            window = whole[start : start + self.limit]
            until = start + len(window)
            told = text[said[start] : said[until - 1]]
            numbers = {"characters": float(len(told)), "bytes": float(len(told.encode("utf-8", "surrogatepass")))}
            stop = bool(end) if until == len(whole) else None
            yield example(row, window, np.ones(len(window), np.bool_), len(window), numbers=numbers, stop=stop)

    def _windows(self, ids: Sequence[int], row: int, of: Row) -> Iterator[Example]:
        before, behind = self._around
        room = self.limit - len(before) - len(behind)
        for number, start in enumerate(range(0, len(ids), room)):
            part = ids[start : start + room]
            digest = hashlib.blake2b(f"{of.get('id', row)}:{number}".encode(), digest_size=4).digest()
            luck = float(int.from_bytes(digest, "big"))
            words = int((~np.isin(part, self._special)).sum())
            hidden = max(1, round(self.settings.mask_share * words)) if words else 0
            reason = "" if hidden else "nothing_to_learn"
            yield Example(row, {"input_ids": [*before, *part, *behind]}, {"luck": luck}, supervised=hidden, reason=reason)

    def collate(self, examples: Sequence[Mapping[str, Any]], chance: Any = None) -> Batch:
        if not self.masked:
            batch = super().collate(examples)
            return {**batch, **{name: torch.tensor([int(each[name]) for each in examples]) for name in ("characters", "bytes")}}
        hidden = [self._hidden(each, chance) for each in examples]
        return {
            "input_ids": joined(hidden, "input_ids"),
            "lengths": torch.tensor([len(each["input_ids"]) for each in examples]),
            "targets": joined(hidden, "targets"),
        }

    def _hidden(self, of: Mapping[str, Any], chance: Any) -> dict[str, Any]:
        """What the model sees of an example, and what it has to say where something is hidden: at least one token."""
        luck = np.random.default_rng(int(of["luck"]) % _LUCK) if chance is None else chance
        ids = np.array(of["input_ids"], np.int64)
        words = np.flatnonzero(~np.isin(ids, self._special))
        targets = np.full(len(ids), IGNORE, np.int64)
        if not len(words):
            return {"input_ids": ids, "targets": targets}
        chosen = luck.random(len(words)) < self.settings.mask_share
        chosen[luck.integers(len(words))] |= not chosen.any()
        places = words[chosen]
        targets[places] = ids[places]
        how = luck.random(len(places))
        ids[places[how < 0.8]] = self.tokenizer.mask_token_id
        other = places[how >= 0.9]
        ids[other] = luck.integers(len(self.tokenizer), size=len(other))
        return {"input_ids": ids, "targets": targets}

    def predict(self, model: Any, batch: Batch) -> list[dict[str, Any]]:
        totals, counts = sums(model, batch, batch["targets"], batch["lengths"])
        said: list[dict[str, Any]] = [
            {"nll": 0.0 - total, "tokens": count} for total, count in zip(totals, counts, strict=True)
        ]
        for name in ("characters", "bytes") if not self.masked else ():
            for told, count in zip(said, batch[name].tolist(), strict=True):
                told[name] = count
        return said

    def join(self, row: Row, said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The sums over the windows of a text."""
        return {name: sum(each[name] for each in said) for name in said[0]} if said else {}
