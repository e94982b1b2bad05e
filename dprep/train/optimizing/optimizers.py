"""Optimisers by name. What they are told of rates and decay stands in the groups of weights.

adamw        torch, fused on a GPU                    8 bytes of state per weight
adamw_8bit   bitsandbytes, a GPU                      2 bytes
sgd          torch, with momentum                     4 bytes
adafactor    Shazeer and Stern 2018, transformers     little: sums over rows and columns
muon         torch's Muon for the matrices of layers, AdamW for the rest (Jordan 2024; rates as in Liu et al. 2025, arXiv
             2502.16982, so that one learning rate serves both)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch

from dprep.base.problem import Error, Problem, fail

if TYPE_CHECKING:
    from dprep.train.settings import Settings

Groups = Sequence[Mapping[str, Any]]
"""`params` (weights), `lr`, `weight_decay`, and what else a reader may want to know."""


def make(groups: Groups, settings: Settings, model: Any = None) -> torch.optim.Optimizer:
    """The optimiser that the settings name, over groups of weights. model: tells `muon` which weights are matrices of layers.

    Raises Error (`missing-library`, `train-device`, `train-value`).
    """
    plain = [dict(group) for group in groups if len(group["params"])]
    if settings.optimizer == "adamw":
        return torch.optim.AdamW(plain, fused=_on_gpu(plain) or None, **_adam(settings))
    if settings.optimizer == "adamw_8bit":
        return _eight_bits(plain, settings)
    if settings.optimizer == "sgd":
        return torch.optim.SGD(plain, lr=settings.learning_rate, momentum=settings.momentum)
    if settings.optimizer == "adafactor":
        from transformers.optimization import Adafactor

        steady = {"scale_parameter": False, "relative_step": False, "warmup_init": False}
        return Adafactor(plain, lr=settings.learning_rate, **steady)  # type: ignore[no-untyped-call]
    if settings.optimizer == "muon":
        return MuonAndAdamW(plain, settings, hidden_matrices(model))
    raise Error(Problem("train-value", f"there is no optimiser `{settings.optimizer}`", help="`adamw` is the usual one"))


def hidden_matrices(model: Any) -> set[int]:
    """`id` of each weight that maps one layer's numbers to the next's: no embedding, and no map to words or labels."""
    from dprep.train.computing import anatomy

    base = anatomy.inner(model)
    maps = (base.get_submodule(name) for name in anatomy.linears(base))
    return {id(each.weight) for each in maps if isinstance(each, torch.nn.Linear) and each.weight.ndim == 2}


class MuonAndAdamW(torch.optim.Optimizer):
    """Two optimisers that look like one: groups, state and checkpoints are shared, each steps what is its own."""

    def __init__(self, groups: Groups, settings: Settings, matrices: set[int]) -> None:
        parts = [dict(part) for group in groups for part in _parted(group, matrices)]
        super().__init__(parts, {"lr": settings.learning_rate, "weight_decay": settings.weight_decay})
        mine = [group for group in self.param_groups if group["muon"]]
        rest = [group for group in self.param_groups if not group["muon"]]
        how: dict[str, Any] = {"momentum": settings.momentum, "lr": settings.learning_rate, "adjust_lr_fn": "match_rms_adamw"}
        self._muon = torch.optim.Muon(_bare(mine), **how) if mine else None
        self._adamw = torch.optim.AdamW(_bare(rest), fused=_on_gpu(rest) or None, **_adam(settings)) if rest else None
        for inner in self._inner():
            for group in self.param_groups:
                if bool(group["muon"]) == (inner is self._muon):
                    group.update({key: value for key, value in inner.defaults.items() if key not in group})
        self._share()

    def _inner(self) -> list[torch.optim.Optimizer]:
        return [each for each in (self._muon, self._adamw) if each is not None]

    def _share(self) -> None:
        """Let both work on the groups and the state of the whole."""
        for inner in self._inner():
            inner.param_groups = [group for group in self.param_groups if bool(group["muon"]) == (inner is self._muon)]
            inner.state = self.state

    def step(self, closure: Any = None) -> Any:
        """One step of both. Gives the loss of `closure`, if there is one."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for inner in self._inner():
            inner.step()
        return loss

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from `state_dict()` of the same optimiser."""
        super().load_state_dict(state_dict)
        self.state = defaultdict(dict, self.state)
        self._share()


def _parted(group: Mapping[str, Any], matrices: set[int]) -> list[dict[str, Any]]:
    """A group as the matrices in it, and the rest."""
    mine = [weight for weight in group["params"] if id(weight) in matrices]
    rest = [weight for weight in group["params"] if id(weight) not in matrices]
    return [{**group, "params": weights, "muon": muon} for weights, muon in ((mine, True), (rest, False)) if weights]


def _bare(groups: Groups) -> list[dict[str, Any]]:
    return [{"params": list(group["params"]), "lr": group["lr"], "weight_decay": group["weight_decay"]} for group in groups]


def _adam(settings: Settings) -> dict[str, Any]:
    return {
        "lr": settings.learning_rate,
        "betas": settings.betas,
        "eps": settings.epsilon,
        "weight_decay": settings.weight_decay,
    }


def _on_gpu(groups: Groups) -> bool:
    return all(weight.is_cuda and weight.is_floating_point() for group in groups for weight in group["params"])


def _eight_bits(groups: Groups, settings: Settings) -> torch.optim.Optimizer:
    try:
        import bitsandbytes  # type: ignore[import-not-found]
    except ImportError:
        sentence = '`optimizer = "adamw_8bit"` needs the library `bitsandbytes`, which is not installed'
        raise fail("missing-library", sentence, "`pip install bitsandbytes` provides it; `adamw` needs no library") from None
    if not _on_gpu(groups):
        raise fail("train-device", '`optimizer = "adamw_8bit"` needs a GPU', "`adamw`, or `adafactor` for less memory")
    made: torch.optim.Optimizer = bitsandbytes.optim.AdamW8bit(list(groups), **_adam(settings))
    return made
