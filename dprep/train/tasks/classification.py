"""Classification: a text, or a pair of texts, gets one label, or as many as fit it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dprep.base.problem import fail
from dprep.train.task import Batch, Example, Row, Task, Unusable
from dprep.train.tasks.pieces import Pieces, flat, row_pieces

if TYPE_CHECKING:
    import torch

MULTI = "multi_label_classification"
THRESHOLD = 0.5
"""Where a row may have several labels: it gets those that are at least as likely as this, maybe none."""


class Classification(Task):
    """`label` is a string, or a list of strings: then each label is decided for itself, and a row may have none."""

    name = "classification"
    models = ("encoder", "decoder")
    columns = ("text", "label")
    asks = ("text",)
    optional = ("text_pair",)
    best = "f1_macro"
    new_head = True
    peft_type = "SEQ_CLS"

    @classmethod
    def find_labels(cls, rows: Iterable[Row]) -> tuple[str, ...]:
        """Raises Error (`train-labels`) where there is nothing to choose between."""
        found: set[str] = set()
        several = False
        for row in rows:
            label = row.get("label")
            several = several or isinstance(label, list | tuple)
            found.update(labels_of(label) or ())
        if len(found) < (1 if several else 2):
            told = f"every row of train has the label `{min(found)}`" if found else "no row of train has a label"
            raise fail("train-labels", f"{told}, so that there is nothing to learn", "see the column `label` of the version")
        return tuple(sorted(found))

    def prepared(self, train: Iterable[Mapping[str, Any]]) -> None:
        """Facts: `several`, whether rows have lists of labels; `counts`, rows of each label; `rows` that have any answer."""
        counts = np.zeros(len(self.labels), np.int64)
        rows, several = 0, False
        for example in train:
            np.add.at(counts, np.asarray(example["labels"], np.int64), 1)
            rows += bool(example["known"])
            several = several or bool(example["several"])
        self.facts = {"several": several, "counts": counts.tolist(), "rows": rows}

    def auto_class(self) -> str:
        return "AutoModelForSequenceClassification"

    def config(self) -> dict[str, Any]:
        several = self.facts.get("several", False)
        return {
            **label_names(self.labels),
            "problem_type": MULTI if several else "single_label_classification",
            **padding(self.tokenizer),
        }

    def encode(self, rows: Sequence[Row], first: int) -> Iterator[Example | Unusable]:
        places = {label: place for place, label in enumerate(self.labels)}
        found = row_pieces(self.tokenizer, rows, self.limit, self.settings.long_rows == "drop")
        for place, (row, pieces) in enumerate(zip(rows, found, strict=True), first):
            yield Unusable(place, pieces) if isinstance(pieces, str) else _example(place, row.get("label"), pieces, places)

    def collate(self, examples: Sequence[Mapping[str, Any]], chance: Any = None) -> Batch:
        """`labels`: (D,) with -1 for rows without, or (D, labels) of 0 and 1 with rows of -1."""
        import torch

        several = self.facts["several"] if "several" in self.facts else any(each["several"] for each in examples)
        known = np.array([bool(each["known"]) for each in examples], np.bool_)
        if several:
            labels = np.where(known[:, None], 0, -1) * np.ones((1, len(self.labels)), np.int64)
            for row, each in enumerate(examples):
                labels[row, np.asarray(each["labels"], np.int64)] = 1
        else:
            labels = np.array([int(each["labels"][0]) if len(each["labels"]) else -1 for each in examples], np.int64)
        return {**flat(examples), "labels": torch.from_numpy(labels)}

    def items(self, batch: Batch) -> int:
        return int(_known(batch["labels"]).sum())

    def loss(self, model: Any, batch: Batch) -> torch.Tensor:
        from dprep.train.computing import documents
        from dprep.train.computing.confidence import HEARD, of_labels, of_several
        from dprep.train.computing.losses import binary_losses, label_losses

        logits = documents.call(model, batch).logits
        known = _known(batch["labels"])
        several = batch["labels"].ndim == 2
        if HEARD in batch:
            batch[HEARD].append((of_several if several else of_labels)(logits, batch["labels"]))
        losses = binary_losses if several else label_losses
        each = losses(logits, batch["labels"].clamp(min=0), self.settings, self._weights(logits))
        return each.masked_fill(~known, 0.0).sum()  # masked, not picked: to pick, a GPU would have to be waited for

    def _weights(self, logits: torch.Tensor) -> torch.Tensor | None:
        from dprep.train.computing.losses import balanced, balanced_binary

        if self.settings.class_weights != "balanced":
            return None
        counts, rows = self.facts["counts"], self.facts["rows"]
        return logits.new_tensor(balanced_binary(counts, rows) if self.facts["several"] else balanced(counts)).float()

    def predict(self, model: Any, batch: Batch) -> list[dict[str, Any]]:
        from dprep.train.computing import documents

        logits = documents.call(model, batch).logits.float()
        several = self.facts.get("several", documents.inner(model).config.problem_type == MULTI)
        chances = logits.sigmoid() if several else logits.softmax(-1)
        return [self._several(row) if several else self._one(row) for row in chances.tolist()]

    def _one(self, chances: list[float]) -> dict[str, Any]:
        best = max(range(len(chances)), key=chances.__getitem__)
        return {"prediction": self.labels[best], "confidence": chances[best], "probabilities": chances}

    def _several(self, chances: list[float]) -> dict[str, Any]:
        """Confidence: how likely it is that the labels are exactly these, were they independent."""
        said = [label for label, chance in zip(self.labels, chances, strict=True) if chance >= THRESHOLD]
        sure = math.prod(max(chance, 1 - chance) for chance in chances)
        return {"prediction": said, "confidence": sure, "probabilities": chances}

    def join(self, row: Row, said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        return dict(said[0]) if said else {"prediction": None, "confidence": None, "probabilities": None}

    def truth(self, row: Row) -> dict[str, Any]:
        own = labels_of(row.get("label"))
        if own is None:
            return {}
        return {"label": own if isinstance(row["label"], list | tuple) else own[0]}


def labels_of(label: Any) -> list[str] | None:
    """The labels of a row, each once; None for a row that has no answer: an empty list is one."""
    if isinstance(label, list | tuple):
        return list(dict.fromkeys(str(each) for each in label if each is not None))
    return None if label is None else [str(label)]


def _example(place: int, label: Any, pieces: Pieces, places: Mapping[str, int]) -> Example:
    """A row with a label that train lacks teaches nothing, and is still asked for: its answer is wrong, not missing."""
    own = labels_of(label)
    strange = own is not None and any(each not in places for each in own)
    reason = "no_label" if own is None else "label_not_in_train" if strange else ""
    return Example(
        row=place,
        ids={"input_ids": pieces.ids, "labels": [] if reason else sorted(places[each] for each in own or ())},
        numbers={"second": pieces.second, "known": float(not reason), "several": float(isinstance(label, list | tuple))},
        cut={"text": pieces.cut} if pieces.cut else {},
        supervised=int(not reason),
        reason=reason,
    )


def _known(labels: torch.Tensor) -> torch.Tensor:
    return labels[:, 0] >= 0 if labels.ndim == 2 else labels >= 0


def label_names(labels: Sequence[str]) -> dict[str, Any]:
    """What a configuration says of labels."""
    return {
        "num_labels": len(labels),
        "id2label": dict(enumerate(labels)),
        "label2id": {each: n for n, each in enumerate(labels)},
    }


def padding(tokenizer: Any) -> dict[str, Any]:
    """A decoder's head looks at the last token that is no padding, so its configuration must know which that is."""
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    return {} if pad is None else {"pad_token_id": pad}
