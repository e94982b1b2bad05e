"""Regression: a text, or a pair of texts, gets a number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dprep.train.task import Batch, Example, Row, Task, Unusable
from dprep.train.tasks.classification import padding
from dprep.train.tasks.pieces import flat, row_pieces

if TYPE_CHECKING:
    import torch

MEAN, DEVIATION = "label_mean", "label_deviation"
"""Of the labels of train: what the model says is a number of deviations from the mean. In its configuration, too."""


class Regression(Task):
    """`label` is a number. The model learns it with mean 0 and deviation 1, so that no unit needs a learning rate of its own;
    its configuration says `label_mean` and `label_deviation`, and predictions are in the unit of the labels."""

    name = "regression"
    models = ("encoder", "decoder")
    columns = ("text", "label")
    asks = ("text",)
    optional = ("text_pair",)
    best = "rmse"
    larger_is_better = False
    new_head = True
    peft_type = "SEQ_CLS"

    def prepared(self, train: Iterable[Mapping[str, Any]]) -> None:
        """Facts: mean and deviation of the labels; a deviation of 1 where all are the same."""
        labels = np.array([each["label"] for each in train if math.isfinite(each["label"])], np.float64)
        deviation = float(labels.std()) if len(labels) else 0.0
        usable = deviation > 0 and math.isfinite(deviation)
        self.facts = {MEAN: float(labels.mean()) if len(labels) else 0.0, DEVIATION: deviation if usable else 1.0}

    def auto_class(self) -> str:
        return "AutoModelForSequenceClassification"

    def config(self) -> dict[str, Any]:
        scale = {name: self.facts[name] for name in (MEAN, DEVIATION) if name in self.facts}
        return {"num_labels": 1, "problem_type": "regression", **scale, **padding(self.tokenizer)}

    def encode(self, rows: Sequence[Row], first: int) -> Iterator[Example | Unusable]:
        found = row_pieces(self.tokenizer, rows, self.limit, self.settings.long_rows == "drop")
        for place, (row, pieces) in enumerate(zip(rows, found, strict=True), first):
            if isinstance(pieces, str):
                yield Unusable(place, pieces)
                continue
            label = row.get("label")
            reason = "no_label" if label is None else "" if _usable(label) else "label_not_finite"
            yield Example(
                row=place,
                ids={"input_ids": pieces.ids},
                numbers={"second": pieces.second, "label": math.nan if reason or label is None else float(label)},
                cut={"text": pieces.cut} if pieces.cut else {},
                supervised=int(not reason),
                reason=reason,
            )

    def collate(self, examples: Sequence[Mapping[str, Any]], chance: Any = None) -> Batch:
        """`labels`: (D,) float32, deviations from the mean; NaN for rows without."""
        import torch

        labels = np.array([each["label"] for each in examples], np.float64)
        scaled = (labels - self.facts.get(MEAN, 0.0)) / self.facts.get(DEVIATION, 1.0)
        return {**flat(examples), "labels": torch.from_numpy(scaled.astype(np.float32))}

    def items(self, batch: Batch) -> int:
        return int((~batch["labels"].isnan()).sum())

    def loss(self, model: Any, batch: Batch) -> torch.Tensor:
        from dprep.train.computing import documents

        said = documents.call(model, batch).logits.float()[:, 0]
        losses: torch.Tensor = (said - batch["labels"].nan_to_num()) ** 2
        return losses.masked_fill(batch["labels"].isnan(), 0.0).sum()

    def predict(self, model: Any, batch: Batch) -> list[dict[str, Any]]:
        from dprep.train.computing import documents

        config = documents.inner(model).config
        mean, deviation = (
            self.facts.get(name, getattr(config, name, usual)) for name, usual in ((MEAN, 0.0), (DEVIATION, 1.0))
        )
        said = documents.call(model, batch).logits.float()[:, 0]
        return [{"prediction": mean + deviation * each} for each in said.tolist()]

    def join(self, row: Row, said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        return dict(said[0]) if said else {"prediction": None}

    def truth(self, row: Row) -> dict[str, Any]:
        label = row.get("label")
        return {"label": float(label)} if label is not None and _usable(label) else {}


def _usable(label: Any) -> bool:
    """A number that its square still is one of."""
    return abs(float(label)) < 1e150
