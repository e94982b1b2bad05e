"""Sequence classifiers from folders: the likeliest class of a text, and how likely each class is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.models.transformer import Transformer, load, unreadable

DIGITS = 4


@dataclass(frozen=True)
class Judgement:
    """What a classifier says of each text."""

    scores: npt.NDArray[np.float64]  # (rows, labels), rounded
    cut: npt.NDArray[np.bool_]  # (rows,): only the start of the text was read


@dataclass(frozen=True, eq=False)
class Classifier:
    """A model with names for what it tells apart."""

    transformer: Transformer
    labels: tuple[str, ...]
    regression: bool
    """One number that is no probability."""
    several: bool
    """Each label has a probability of its own, instead of all together."""

    def judge(self, texts: pl.Series) -> Judgement:
        """The score of every label for every text."""
        found = self.transformer.answers(texts, _logits)
        logits = found.numbers.astype(np.float64).reshape(len(texts), len(self.labels))
        return Judgement(np.round(self._scores(logits), DIGITS), found.cut)

    def _scores(self, logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        if self.regression:
            return logits
        if self.several:
            return 1.0 / (1.0 + np.exp(-np.clip(logits, -700, 700)))
        powers = np.exp(logits - logits.max(axis=1, keepdims=True)) if len(logits) else logits
        return powers / powers.sum(axis=1, keepdims=True) if len(logits) else logits


@cache
def classifier(path: str, most: int) -> Classifier:
    """The classifier in a folder; `most`: tokens read of a text. Raises Error (`missing-library`, `unreadable-file`)."""
    transformer = load(path, "AutoModelForSequenceClassification", most)
    config = transformer.model.config
    if not any("equenceClassification" in name for name in config.architectures or ()):
        raise unreadable(Path(path), "it is no sequence classifier", "name a model that was trained to classify texts")
    labels = tuple(str(config.id2label[number]) for number in range(config.num_labels))
    kind = config.problem_type
    regression = kind == "regression" or (kind is None and len(labels) == 1)
    return Classifier(transformer, labels, regression, several=kind == "multi_label_classification" or len(labels) == 1)


def _logits(model: Any, ids: Any, mask: Any) -> Any:
    return model(input_ids=ids, attention_mask=mask).logits
