"""Weights are turned, not shifted: angles between neurons stay. Qiu et al. 2023, OFT; Liu et al. 2023, BOFT."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd
from typing import TYPE_CHECKING, Any, ClassVar

from dprep.train import anatomy
from dprep.train.methods.options import Option
from dprep.train.methods.peft_method import TARGETS, PeftMethod, chosen_targets
from dprep.train.methods.tuned import refused

if TYPE_CHECKING:
    from dprep.train.task import Task


class Oft(PeftMethod):
    """One orthogonal matrix per block of inputs, exactly orthogonal (Cayley)."""

    name = "oft"
    sentence = "orthogonal turns of the weights, in blocks"
    OPTIONS: ClassVar[Mapping[str, Option]] = {"block": Option(32, 2), "dropout": Option(0.0, 0, 0.99), **TARGETS}

    def config(self, model: Any, task: Task, steps: int) -> Any:
        import peft

        targets = chosen_targets(self, model)
        return peft.OFTConfig(
            oft_block_size=block_that_divides(model, targets, self.chosen["block"]),
            module_dropout=self.chosen["dropout"],
            use_cayley_neumann=False,
            target_modules=targets,
            task_type=task.peft_type,
        )


class Boft(PeftMethod):
    """The same with a butterfly of sparse factors."""

    name = "boft"
    sentence = "orthogonal turns of the weights, as products of sparse ones"
    OPTIONS: ClassVar[Mapping[str, Option]] = {
        "block": Option(4, 2),
        "factors": Option(1, 1, 16),
        "dropout": Option(0.0, 0, 0.99),
        **TARGETS,
    }

    def config(self, model: Any, task: Task, steps: int) -> Any:
        import peft

        targets = chosen_targets(self, model)
        return peft.BOFTConfig(
            boft_block_size=block_that_divides(model, targets, self.chosen["block"]),
            boft_n_butterfly_factor=self.chosen["factors"],
            boft_dropout=self.chosen["dropout"],
            target_modules=targets,
            task_type=task.peft_type,
        )


def block_that_divides(model: Any, targets: list[str], block: int) -> int:
    """The block asked for, or the largest smaller one that divides the inputs of every map. Raises Error where that is 1."""
    inputs = [width for name in targets for width in [inputs_of(anatomy.inner(model).get_submodule(name))]]
    common = gcd(*inputs)
    fitting = next(size for size in range(min(block, common), 0, -1) if common % size == 0)
    if fitting < 2:
        raise refused(f"blocks of {block} do not divide the inputs of the linear maps, {sorted(set(inputs))}")
    return fitting


def inputs_of(module: Any) -> int:
    """How wide the inputs of a linear map are; transformers' Conv1D keeps its weight transposed."""
    return int(getattr(module, "in_features", 0) or module.weight.shape[0])
