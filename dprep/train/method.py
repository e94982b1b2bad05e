"""What a method of fine-tuning is to the trainer: which weights move, what is saved, whether it can be merged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from dprep.train.settings import NOWHERE, Settings, WhereIs

if TYPE_CHECKING:
    from dprep.train.task import Task


class Method(ABC):
    """One way to fine-tune. Options are the other keys of the table `method`, checked in `options`."""

    name: ClassVar[str]
    sentence: ClassVar[str]
    """What it is, one line, for `dprep train --methods`."""
    learning_rate: ClassVar[float] = 1e-3
    """Where the recipe names none."""
    merges: ClassVar[bool] = False
    """Whether the result can become an ordinary model without extra parts."""
    adapter: ClassVar[bool] = True
    """Whether what is saved is a small folder beside the base model; False: a whole ordinary model."""
    packs: ClassVar[bool] = True
    """Whether documents can be computed without padding: not with virtual tokens before each."""

    def __init__(self, settings: Settings, where: WhereIs = NOWHERE) -> None:
        """where: places of the options, for problems. Raises Error (`train-option`)."""
        self.settings = settings

    @classmethod
    def options(cls) -> Mapping[str, Any]:
        """Option -> default, of the table `method`. Types of defaults are the types of options."""
        return {}

    @classmethod
    def refuses(cls, task: type[Task], kind: str) -> str:
        """Why this method makes no sense for a task with a kind of model; empty where it does."""
        return ""

    def loading(self) -> Mapping[str, Any]:
        """More arguments for reading the base model, such as its quantization."""
        return {}

    @abstractmethod
    def apply(self, model: Any, task: Task, steps: int) -> Any:
        """The model to train, `requires_grad` set on what moves and on nothing else. steps: optimiser steps in all."""

    def after_step(self, model: Any, step: int) -> None:  # noqa: B027
        """Called behind every optimiser step (AdaLoRA's budget, a diff's gates)."""

    def penalty(self, model: Any) -> Any:
        """What is added to the mean loss of a step: a scalar tensor, or None."""
        return None

    def state(self, model: Any) -> dict[str, Any]:
        """Tensors that a run which goes on needs besides the weights that move. For a checkpoint, behind `after_step`."""
        return {}

    def restore(self, model: Any, state: Mapping[str, Any]) -> None:  # noqa: B027
        """Take up what `state` gave. model: as `apply` made it, with the weights of the checkpoint."""

    def chosen_from(self, steps: int) -> int:
        """The first step whose checkpoint may be the best: before, the model is not yet what it is to be. steps: in all."""
        return 0

    @abstractmethod
    def save(self, model: Any, folder: Path) -> None:
        """Write what was learnt: safetensors and JSON only."""

    @abstractmethod
    def load(self, model: Any, folder: Path, task: Task) -> Any:
        """What `save` wrote, on the base model: gives the same answers as what was saved."""

    def merge(self, model: Any) -> Any:
        """An ordinary transformers model with the same answers. Called only where `merges`."""
        raise NotImplementedError
