"""One pair of random matrices for all maps, and two learnt vectors for each. Kopiczko et al. 2023, VeRA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from dprep.train.methods.options import Option
from dprep.train.methods.peft_method import TARGETS, PeftMethod, chosen_targets

if TYPE_CHECKING:
    from dprep.train.task import Task


class Vera(PeftMethod):
    """The random matrices are saved with the vectors: another version of torch may draw others."""

    name = "vera"
    sentence = "two vectors per linear map beside random matrices that all maps share"
    learning_rate = 1e-2
    OPTIONS: ClassVar[Mapping[str, Option]] = {"rank": Option(256, 1, 65536), "dropout": Option(0.0, 0, 0.99), **TARGETS}

    def config(self, model: Any, task: Task, steps: int) -> Any:
        import peft

        return peft.VeraConfig(
            r=self.chosen["rank"],
            vera_dropout=self.chosen["dropout"],
            projection_prng_key=self.settings.seed,
            save_projection=True,
            target_modules=chosen_targets(self, model),
            task_type=task.peft_type,
        )
