"""Methods that train some of the model's own weights and add none."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dprep.train.computing import anatomy
from dprep.train.methods.tuned import Tuned, put, read, refused, write

if TYPE_CHECKING:
    from dprep.train.task import Task


class ChosenWeights(Tuned):
    """Saved are the weights that moved, under their own names."""

    merges = True

    @abstractmethod
    def moves(self, model: Any, task: Task) -> Callable[[str], bool]:
        """Which weights, by name."""

    def apply(self, model: Any, task: Task, steps: int) -> Any:
        moves = self.moves(model, task)
        self._saved = {name for name, _ in model.named_parameters() if moves(name)}
        for name, weight in model.named_parameters():
            weight.requires_grad_(name in self._saved)
        return model

    def save(self, model: Any, folder: Path) -> None:
        # by name: a new head that `train_only` holds back is as random as it was made, and nobody else saves it
        write(folder, self, {name: weight for name, weight in model.named_parameters() if name in self._saved})

    def load(self, model: Any, folder: Path, task: Task) -> Any:
        weights, _about = read(folder, self)
        applied = self.apply(model, task, 0)
        put(applied, weights, self._saved, folder)
        return applied.eval()

    def merge(self, model: Any) -> Any:
        model.requires_grad_(False)
        return model


class Head(ChosenWeights):
    """Linear probing: the model's states as they are, a new head on them."""

    name = "head"
    sentence = "only the new head; the model below stays as it is"

    @classmethod
    def refuses(cls, task: type[Task], kind: str) -> str:
        return "" if task.new_head else f"method `head` trains a new head, and task `{task.name}` has none"

    def moves(self, model: Any, task: Task) -> Callable[[str], bool]:
        heads = tuple(f"{head}." for head in anatomy.head_names(model))
        return lambda name: name.startswith(heads)


class BitFit(ChosenWeights):
    """Biases only. Ben Zaken et al. 2022, BitFit: simple parameter-efficient fine-tuning for Transformer-based models."""

    name = "bitfit"
    sentence = "only the biases (for models that have some) and a new head"

    def moves(self, model: Any, task: Task) -> Callable[[str], bool]:
        heads = tuple(f"{head}." for head in anatomy.head_names(model)) if task.new_head else ()
        biases = {name for name, _ in model.named_parameters() if name.endswith("bias") and not name.startswith(heads or "\n")}
        if not biases:
            kind = anatomy.inner(model).config.model_type
            raise refused(f"method `bitfit` trains biases, and this `{kind}` model has none", 'try `method = "ln"` or `"lora"`')
        return lambda name: name in biases or (bool(heads) and name.startswith(heads))
