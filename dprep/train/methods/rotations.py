"""Weights are turned, not shifted: angles between neurons stay. Qiu et al. 2023, OFT; Liu et al. 2023, BOFT."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd
from typing import TYPE_CHECKING, Any, ClassVar

from dprep.train.computing import anatomy
from dprep.train.methods.options import Option
from dprep.train.methods.peft_method import TARGETS, PeftMethod, chosen_targets
from dprep.train.methods.tuned import refused

if TYPE_CHECKING:
    from pathlib import Path

    import torch

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
    """The same as a product of sparse factors, each of which mixes others of the inputs.

    With more than one factor peft alone reads the folder only where it can compile an extension.
    """

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

        compile_nothing()
        targets = chosen_targets(self, model)
        return peft.BOFTConfig(
            boft_block_size=block_that_divides(model, targets, self.chosen["block"]),
            boft_n_butterfly_factor=self.chosen["factors"],
            boft_dropout=self.chosen["dropout"],
            target_modules=targets,
            task_type=task.peft_type,
        )

    def load(self, model: Any, folder: Path, task: Task) -> Any:
        compile_nothing()
        return super().load(model, folder, task)


def compile_nothing() -> None:
    """Give peft the one function that it would compile for a GPU, and without which it forces one factor, written in torch."""
    from peft.tuners import boft

    made: Any = boft.layer
    made._FBD_CUDA = BlockDiagonal()


class BlockDiagonal:
    """(N, D, H, H) blocks -> (N, D H, D H) matrices with the blocks on their diagonals; answers are lists of one."""

    def forward(self, blocks: torch.Tensor) -> list[torch.Tensor]:
        many, each, high, _ = blocks.shape
        out = blocks.new_zeros(many, each, high, each, high)
        self._diagonal(out).copy_(blocks.permute(0, 2, 3, 1))
        return [out.view(many, each * high, each * high)]

    def backward(self, gradient: torch.Tensor, blocks: torch.Tensor) -> list[torch.Tensor]:
        many, each, high, _ = blocks.shape
        return [self._diagonal(gradient.reshape(many, each, high, each, high)).permute(0, 3, 1, 2).contiguous()]

    @staticmethod
    def _diagonal(matrices: torch.Tensor) -> torch.Tensor:
        """A view (N, H, H, D)."""
        return matrices.diagonal(dim1=1, dim2=3)


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
