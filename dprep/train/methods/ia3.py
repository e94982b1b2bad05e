"""A learnt factor for each key, value and inner feed-forward state. Liu et al. 2022, (IA)3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dprep.train.computing import anatomy
from dprep.train.methods.peft_method import PeftMethod
from dprep.train.methods.tuned import refused

if TYPE_CHECKING:
    from dprep.train.task import Task


class Ia3(PeftMethod):
    """Keys and values are scaled behind their maps, feed-forward states before the last map."""

    name = "ia3"
    sentence = "a factor for each key, value and feed-forward state"
    learning_rate = 1e-2

    def config(self, model: Any, task: Task, steps: int) -> Any:
        import peft

        outer, inner = anatomy.keys_and_values(model), anatomy.feedforward_outputs(model)
        if not (outer and inner):
            raise refused(f"method `ia3` finds no keys, values and feed-forward maps in this `{model.config.model_type}` model")
        return peft.IA3Config(target_modules=[*outer, *inner], feedforward_modules=inner, task_type=task.peft_type)
