"""From one text to another, with an encoder and a decoder: translation, summaries, rewriting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from dprep.train.computing import documents, head
from dprep.train.computing.confidence import HEARD, of_tokens
from dprep.train.task import Batch, Example, Row, Task, Unusable
from dprep.train.tasks.language import IGNORE, joined
from dprep.train.tasks.templates import affixes


class Seq2Seq(Task):
    """`source` and `target`. A source that is too long loses its end, counted as `text`; so does a target, counted as `target`,
    and with it the token that ends it.

    The source is padded to a rectangle: position biases of T5-type models know no packed documents.
    """

    name = "seq2seq"
    models = ("encoder-decoder",)
    columns = ("source", "target")
    asks = ("source",)
    best = "chrf"
    peft_type = "SEQ_2_SEQ_LM"

    def auto_class(self) -> str:
        return "AutoModelForSeq2SeqLM"

    def encode(self, rows: Sequence[Row], first: int) -> Iterator[Example | Unusable]:
        if not rows:
            return
        asked = self.tokenizer([str(row["source"] or "") for row in rows], verbose=False)["input_ids"]
        wanted = self.tokenizer(text_target=[str(row.get("target") or "") for row in rows], verbose=False)["input_ids"]
        for place, (row, source, target) in enumerate(zip(rows, asked, wanted, strict=True), first):
            known = row.get("target") is not None
            if self.settings.long_rows == "drop" and (len(source) > self.limit or len(target) > self._most):
                yield Unusable(place, "too_long")
            elif known and not str(row["target"]).strip():
                yield Unusable(place, "nothing_to_learn")
            else:
                yield self._example(place, source, target if known else [])

    @property
    def _most(self) -> int:
        return self.settings.max_target_length or self.limit

    def _example(self, place: int, source: list[int], target: list[int]) -> Example:
        over, over_target = max(0, len(source) - self.limit), max(0, len(target) - self._most)
        cut = {name: count for name, count in (("text", over), ("target", over_target)) if count}
        behind = self._behind if over else []
        kept = [*source[: self.limit - len(behind)], *behind] if over else source
        runs = {"input_ids": kept, "target_ids": target[: self._most]}
        stop = (not over_target and target[-1] == self.tokenizer.eos_token_id) if target else None
        reason = "" if target else "no_target"
        return Example(place, runs, cut=cut, supervised=len(runs["target_ids"]), stop=stop, reason=reason)

    @property
    def _behind(self) -> list[int]:
        """What ends a source, cut or not."""
        return affixes(self.tokenizer)[1]

    def train_order(self, example: Mapping[str, Any]) -> int:
        return len(example["input_ids"]) + len(example["target_ids"])

    def collate(self, examples: Sequence[Mapping[str, Any]], chance: Any = None) -> Batch:
        return {
            "input_ids": joined(examples, "input_ids"),
            "lengths": torch.tensor([len(each["input_ids"]) for each in examples]),
            "target_ids": joined(examples, "target_ids"),
            "target_lengths": torch.tensor([len(each["target_ids"]) for each in examples]),
        }

    def items(self, batch: Batch) -> int:
        return int(batch["target_ids"].numel())

    def loss(self, model: Any, batch: Batch) -> Tensor:
        parts = portions(batch, _documents_at_once(model, batch))
        logs: list[Tensor] | None = [] if HEARD in batch else None
        if len(parts) == 1:
            total = self._loss(model, batch, logs)
        else:  # where the logits of all would be too many, those of some at a time, worked out again for the gradient
            each = [checkpoint(self._loss, model, part, logs, use_reentrant=False) for part in parts]
            total = torch.stack(each).sum()
        if logs is not None:
            batch[HEARD].append(of_tokens(logs, batch["target_ids"], batch["target_lengths"], IGNORE))
        return total

    def _loss(self, model: Any, batch: Batch, logs: list[Tensor] | None) -> Tensor:
        """logs: gets the log-probabilities of the target tokens."""
        logits, labels = self._said(model, batch)
        smoothing = self.settings.label_smoothing
        told = functional.log_softmax(logits.float(), -1)
        own = functional.nll_loss(told, labels, reduction="none")
        if logs is not None:
            logs.append(-own.detach())
        return (1 - smoothing) * own.sum() - smoothing * told.mean(-1).sum() if smoothing else own.sum()

    def predict(self, model: Any, batch: Batch) -> list[dict[str, Any]]:
        losses = self._losses(model, batch)
        return [
            {"prediction": text, "nll": loss, "tokens": int(count)}
            for text, loss, count in zip(self._written(model, batch), losses, batch["target_lengths"], strict=True)
        ]

    def _losses(self, model: Any, batch: Batch) -> list[float]:
        parts = portions(batch, _documents_at_once(model, batch))
        return [loss for part in parts for loss in self._losses_of(model, part)]

    def _losses_of(self, model: Any, batch: Batch) -> list[float]:
        lengths = batch["target_lengths"]
        if not int(lengths.sum()):
            return [0.0] * len(lengths)
        logits, labels = self._said(model, batch)
        each = functional.cross_entropy(logits.float(), labels, reduction="none").double()
        return [float(part.sum()) for part in torch.split(each, lengths.tolist())]

    def _said(self, model: Any, batch: Batch) -> tuple[Tensor, Tensor]:
        """(target tokens, V) what the model says, and (target tokens,) what it should say."""
        lengths = batch["target_lengths"]
        labels = documents.padded(batch["target_ids"], lengths, IGNORE)
        inputs = _rectangle(model, batch)
        logits = model(**inputs, decoder_input_ids=shifted(documents.inner(model), labels), use_cache=False).logits
        return documents.flat(logits, lengths), batch["target_ids"]

    def _written(self, model: Any, batch: Batch) -> list[str]:
        asked = {"max_new_tokens": self.settings.max_new_tokens, "num_beams": self.settings.beams, "do_sample": False}
        found = model.generate(**_rectangle(model, batch), **asked)
        return [text.strip() for text in self.tokenizer.batch_decode(found, skip_special_tokens=True)]

    def truth(self, row: Row) -> dict[str, Any]:
        return {"target": row["target"]} if row.get("target") is not None else {}


def portions(batch: Batch, size: int) -> list[Batch]:
    """The batch in parts of at most `size` documents each."""
    if len(batch["lengths"]) <= size:
        return [batch]
    runs = {
        ids: torch.split(batch[ids], [int(each.sum()) for each in torch.split(batch[lengths], size)])
        for ids, lengths in (("input_ids", "lengths"), ("target_ids", "target_lengths"))
    }
    counts = {name: torch.split(batch[name], size) for name in ("lengths", "target_lengths")}
    return [dict(zip((*runs, *counts), part, strict=True)) for part in zip(*runs.values(), *counts.values(), strict=True)]


def _documents_at_once(model: Any, batch: Batch) -> int:
    words = int(documents.inner(model).config.vocab_size)
    longest = max(1, int(batch["target_lengths"].max()))
    device = batch["target_ids"].device.type
    return max(1, head.LOGITS_AT_ONCE.get(device, head.LOGITS_AT_ONCE["cpu"]) // (words * longest))


def shifted(model: Any, labels: Tensor) -> Tensor:
    """(D, L) labels -> (D, L) what the decoder is given: each token one place on, behind the one that begins an answer."""
    own = getattr(model, "prepare_decoder_input_ids_from_labels", None)
    if own is not None:
        made: Tensor = own(labels=labels)
        return made
    config = model.config
    pad = config.pad_token_id or 0
    start = config.decoder_start_token_id
    begin = labels.new_full((len(labels), 1), pad if start is None else start)
    return torch.cat([begin, labels[:, :-1].masked_fill(labels[:, :-1] == IGNORE, pad)], 1)


def _rectangle(model: Any, batch: Batch) -> dict[str, Tensor]:
    pad = documents.inner(model).config.pad_token_id or 0
    mask = documents.padded(torch.ones_like(batch["input_ids"]), batch["lengths"], 0)
    return {"input_ids": documents.padded(batch["input_ids"], batch["lengths"], pad), "attention_mask": mask}
