"""Every weight moves; what is saved is an ordinary model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from dprep.store.commit import guarded
from dprep.train.methods.tuned import Tuned, is_quantised, refused

if TYPE_CHECKING:
    from dprep.train.task import Task


class Full(Tuned):
    """Full fine-tuning."""

    name = "full"
    sentence = "all weights (`freeze`, `freeze_layers` and `train_only` hold some of them back)"
    learning_rate = 5e-5
    adapter = False

    def apply(self, model: Any, task: Task, steps: int) -> Any:
        if is_quantised(model):
            raise refused("a quantised model cannot be trained in full", 'train an adapter on it: `method = "qlora"`')
        model.requires_grad_(True)
        for module in model.modules():
            if "Sinusoidal" in type(module).__name__:  # positions that are computed, not learnt
                module.requires_grad_(False)
        return model

    def save(self, model: Any, folder: Path) -> None:
        with guarded(folder):
            model.save_pretrained(folder)

    def load(self, model: Any, folder: Path, task: Task) -> Any:
        loaded = type(model).from_pretrained(folder, dtype=model.dtype, use_safetensors=True, local_files_only=True)
        return loaded.to(model.device).eval()

    def merge(self, model: Any) -> Any:
        return model
