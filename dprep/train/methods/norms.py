"""Only the norms. Zhao et al. 2023, Tuning LayerNorm in attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dprep.train.computing import anatomy
from dprep.train.methods.peft_method import PeftMethod

if TYPE_CHECKING:
    from dprep.train.task import Task


class Norms(PeftMethod):
    """The weights and biases of every norm."""

    name = "ln"
    sentence = "only the weights of the norms"

    def config(self, model: Any, task: Task, steps: int) -> Any:
        import peft

        return peft.LNTuningConfig(target_modules=anatomy.norms(model), task_type=task.peft_type)
