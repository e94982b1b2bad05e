"""What a task is to the trainer: rows to examples, examples to batches, a batch to a loss, a batch to predictions.

Everything that differs between tasks is in one class each (`tasks/`); nothing else knows their names.

A batch is flat: the tokens of its documents one behind the other, without padding, and the length of each document. Whether a
model then computes on them packed or padded is decided in `documents.py`, and makes no difference but speed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from dprep.train.settings import Settings

if TYPE_CHECKING:
    import torch

    from dprep.base.problem import Problem

Row = Mapping[str, Any]
"""A row of a version, columns under the task's names, + `id`."""
Batch = dict[str, Any]
"""`input_ids` (tokens,) int64, `lengths` (documents,) int64, other tensors as the task says."""


@dataclass(frozen=True)
class Example:
    """What the model sees of a row. A row has one, or several (windows of a long context)."""

    row: int
    """Place of the row in its part."""
    ids: Mapping[str, Sequence[int]]
    """Named runs of whole numbers: `input_ids` always; `labels`, `token_type_ids`, `target_ids` … as long as need be."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """Named single numbers, such as `label`."""
    cut: Mapping[str, int] = field(default_factory=dict)
    """Tokens that had to go for `max_length`, by what they belong to: `text`, `prompt` or `target`."""
    supervised: int = 0
    """Tokens (or labels) that the loss is taken on."""
    stop: bool | None = None
    """Whether the token that ends an answer is among them; None where nothing is answered in tokens."""
    reason: str = ""
    """Where nothing is supervised: why, such as `no_label`. Nothing is learnt from such a row, but it can be predicted."""


@dataclass(frozen=True)
class Unusable:
    """A row that nothing can be learnt from, and why: a short snake_case reason."""

    row: int
    reason: str


class Task(ABC):
    """One task, for one run: with its settings, tokenizer and, where there are some, labels."""

    name: ClassVar[str]
    models: ClassVar[tuple[str, ...]]
    """What kinds of model can do it, the usual one first: `encoder`, `decoder`, `encoder-decoder`."""
    columns: ClassVar[tuple[str, ...]]
    """What a version must have."""
    asks: ClassVar[tuple[str, ...]] = ()
    """Those of them that the model reads to answer; the others are the answer."""
    optional: ClassVar[tuple[str, ...]] = ()
    best: ClassVar[str]
    """The metric that the best checkpoint is chosen by."""
    larger_is_better: ClassVar[bool] = True
    compares: ClassVar[bool] = False
    """Whether the loss compares with the untouched model, whose numbers `reference` gives."""
    new_head: ClassVar[bool] = False
    """Whether the model gets a head with new weights, which is then trained with every method."""
    peft_type: ClassVar[str]
    """What peft calls the task: SEQ_CLS, TOKEN_CLS, QUESTION_ANS, SEQ_2_SEQ_LM, CAUSAL_LM or FEATURE_EXTRACTION."""

    def __init__(self, settings: Settings, tokenizer: Any, labels: Sequence[str] = (), limit: int = 512) -> None:
        self.settings = settings
        self.tokenizer = tokenizer
        self.labels = tuple(labels)
        self.limit = limit
        """Tokens of a row at most, special ones included."""
        self.facts: dict[str, Any] = {}
        """What `prepared` learnt from train beside the labels, as JSON: kept with the run, and set again before `config`."""

    @classmethod
    def find_labels(cls, rows: Iterable[Row]) -> tuple[str, ...]:
        """The labels in the rows of train, sorted; empty where the task has none."""
        return ()

    def prepared(self, train: Iterable[Mapping[str, Any]]) -> None:  # noqa: B027
        """Look once at the examples of train, as `collate` gets them, before `config` and the first step: sets `facts`."""

    def parity(self, rows: Sequence[Row]) -> Sequence[Problem]:
        """Where what is trained on these rows is not what would be served: an error, or a warning that says what was done."""
        return ()

    def generation(self) -> dict[str, Any]:
        """What `generation_config.json` says of a model that answers in words: its stop tokens and padding; else nothing."""
        return {}

    @abstractmethod
    def auto_class(self) -> str:
        """The class of transformers that loads the model, such as `AutoModelForSequenceClassification`."""

    def config(self) -> dict[str, Any]:
        """What the model's configuration is told: `num_labels`, `id2label`, `problem_type` …"""
        return {}

    @abstractmethod
    def encode(self, rows: Sequence[Row], first: int) -> Iterator[Example | Unusable]:
        """The examples of rows, in order; `first` is the place of the first row. Depends on the rows and settings only."""

    def train_order(self, example: Mapping[str, Any]) -> int:
        """Tokens that an example takes in a batch, for the plan of batches."""
        return len(example["input_ids"])

    @abstractmethod
    def collate(self, examples: Sequence[Mapping[str, Any]], chance: Any = None) -> Batch:
        """A flat batch. examples: dicts of numpy arrays and numbers as `encode` named them (+ `row`).

        chance: a numpy Generator of (seed, epoch, batch) for tasks that mask at random; None when nothing is learnt.
        """

    @abstractmethod
    def items(self, batch: Batch) -> int:
        """What the loss of a batch is summed over: supervised tokens, or rows. The trainer divides by the sum over a step."""

    @abstractmethod
    def loss(self, model: Any, batch: Batch) -> torch.Tensor:
        """The SUM of the losses over the items of a batch, a scalar with gradient."""

    def reference(self, model: Any, batch: Batch) -> dict[str, torch.Tensor]:
        """Named numbers (examples,) of the untouched model, which then are numbers of the examples."""
        return {}

    @abstractmethod
    def predict(self, model: Any, batch: Batch) -> list[dict[str, Any]]:
        """What the model says of each example: plain Python values; called without gradient, model in eval mode."""

    def join(self, row: Row, said: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """From what was said of the examples of one row to the row's prediction (columns of `scores.py`).

        said: as `predict` gave them, in the order of `encode`; empty for a row that was unusable.
        """
        return dict(said[0]) if said else {}

    def truth(self, row: Row) -> dict[str, Any]:
        """The columns of a row that a score compares with; {} where the row has no answer (prediction on new rows)."""
        return {name: row[name] for name in self.columns if name in row}
