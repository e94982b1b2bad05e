"""LoRA whose rank goes where it is of use. Zhang et al. 2023, AdaLoRA."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from dprep.train.methods.options import Option
from dprep.train.methods.peft_method import ADAPTER, TARGETS, PeftMethod, chosen_targets
from dprep.train.methods.tuned import refused

if TYPE_CHECKING:
    from dprep.train.task import Task

GRADIENT = "dprep_gradient"
AVERAGES = ("exp_avg_ipt", "exp_avg_unc")


class AdaLora(PeftMethod):
    """Begins with `initial_rank` everywhere and ends with `rank` on the average: triplets of little use become zero."""

    name = "adalora"
    sentence = "LoRA that gives more rank to the maps that need it"
    learning_rate = 2e-3
    OPTIONS: ClassVar[Mapping[str, Option]] = {
        "rank": Option(8, 1, 4096),
        "initial_rank": Option(12, 1, 4096),
        "alpha": Option(16.0, 1e-6),
        "dropout": Option(0.0, 0, 0.99),
        "orthogonality": Option(0.5, 0),
        "warmup": Option(0.1, 0, 0.5),
        "final": Option(0.3, 0, 0.5),
        **TARGETS,
    }

    def config(self, model: Any, task: Task, steps: int) -> Any:
        import peft

        chosen = self.chosen
        if chosen["initial_rank"] <= chosen["rank"]:
            raise refused("`initial_rank` of method `adalora` must be larger than `rank`, which it comes down to")
        if steps < 2:
            raise refused("method `adalora` needs two steps: one to see what is of use, one to give rank to it")
        return peft.AdaLoraConfig(
            init_r=chosen["initial_rank"],
            target_r=chosen["rank"],
            lora_alpha=chosen["alpha"],
            lora_dropout=chosen["dropout"],
            tinit=int(steps * chosen["warmup"]),
            tfinal=int(steps * chosen["final"]),
            deltaT=max(1, steps // 100),
            total_step=steps,
            orth_reg_weight=chosen["orthogonality"],
            target_modules=chosen_targets(self, model),
            task_type=task.peft_type,
        )

    def apply(self, model: Any, task: Task, steps: int) -> Any:
        wrapped = super().apply(model, task, steps)
        for _, factor in _factors(wrapped):
            factor.register_post_accumulate_grad_hook(_remember)
        return wrapped

    def after_step(self, model: Any, step: int) -> None:
        """Importance is weight times gradient: a gradient that was cleared behind the step is put back for as long."""
        borrowed = [factor for _, factor in _factors(model) if factor.grad is None]
        for factor in borrowed:
            factor.grad = getattr(factor, GRADIENT, None)
        model.base_model.update_and_allocate(step)
        for factor in borrowed:
            factor.grad = None
        for _, factor in _factors(model):
            setattr(factor, GRADIENT, None)

    def penalty(self, model: Any) -> Any:
        """How far the factors are from orthonormal: the mean of the Frobenius norms of A A' - I and B' B - I, times a weight.

        peft adds it to the model's own loss, which is not used here.
        """
        import torch

        terms = []
        for name, factor in _factors(model):
            if ".lora_E." not in name:
                square = factor @ factor.T if ".lora_A." in name else factor.T @ factor
                terms.append(
                    torch.linalg.matrix_norm(square - torch.eye(len(square), dtype=square.dtype, device=square.device))
                )
        weight = model.peft_config[ADAPTER].orth_reg_weight
        return weight * torch.stack(terms).mean() if terms and weight else None

    def save(self, model: Any, folder: Path) -> None:
        # ranks that are switched off are left out, but only once nothing of them is left: before the last allocation
        # a rank may come back, and what is saved must answer as the model does
        config = model.peft_config[ADAPTER]
        pattern = config.rank_pattern
        try:
            config.rank_pattern = pattern if pattern and _are_zero(model, pattern) else {}
            super().save(model, folder)
        finally:
            config.rank_pattern = pattern

    def state(self, model: Any) -> dict[str, Any]:
        """What allocation has gathered so far; a run that goes on needs it."""
        allocator = model.base_model.rankallocator
        found = {f"{kind}/{name}": each for kind in AVERAGES for name, each in getattr(allocator, kind).items()}
        pattern = model.peft_config[ADAPTER].rank_pattern or {}
        return found | {f"rank_pattern/{name}": _tensor(kept, model) for name, kept in pattern.items()}

    def restore(self, model: Any, state: Mapping[str, Any]) -> None:
        allocator = model.base_model.rankallocator
        allocator.reset_ipt()
        pattern: dict[str, list[bool]] = {}
        for key, value in state.items():
            kind, name = key.split("/", 1)
            if kind == "rank_pattern":
                pattern[name] = value.tolist()
            else:
                getattr(allocator, kind)[name] = value.to(model.device)
                allocator.ipt.setdefault(name, value.new_zeros(value.shape).to(model.device))
        model.peft_config[ADAPTER].rank_pattern = pattern


def _factors(model: Any) -> list[tuple[str, Any]]:
    return [(name, weight) for name, weight in model.named_parameters() if ".lora_" in name and weight.requires_grad]


def _remember(factor: Any) -> None:
    setattr(factor, GRADIENT, factor.grad)


def _tensor(kept: list[bool], model: Any) -> Any:
    import torch

    return torch.tensor(kept, device=model.device)


def _are_zero(model: Any, pattern: Mapping[str, list[bool]]) -> bool:
    import torch

    off = {name.replace(f".{ADAPTER}", ""): kept for name, kept in pattern.items()}
    for name, value in model.base_model.model.named_parameters():
        kept = off.get(name.replace(f".{ADAPTER}", ""))
        if kept is not None and value[~torch.tensor(kept, device=value.device)].any():
            return False
    return True
