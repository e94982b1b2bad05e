"""What all methods here share: options with bounds, refusals, and the folder of those that peft does not know."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from dprep.base.problem import Error, Problem, fail
from dprep.store.commit import guarded
from dprep.train.method import Method
from dprep.train.methods.options import Option, checked
from dprep.train.settings import NOWHERE, Settings, WhereIs

WEIGHTS = "adapter.safetensors"
ABOUT = "adapter.json"


class Tuned(Method):
    """A method whose options have bounds. Raises Error (`train-option`) where the settings name a wrong one."""

    OPTIONS: ClassVar[Mapping[str, Option]] = {}

    def __init__(self, settings: Settings, where: WhereIs = NOWHERE) -> None:
        super().__init__(settings, where)
        self.chosen = checked(self.name, self.OPTIONS, settings.options, where)

    @classmethod
    def options(cls) -> Mapping[str, Any]:
        return {name: option.default for name, option in cls.OPTIONS.items()}

    def loading(self) -> dict[str, Any]:
        """What `from_pretrained` of the base model is told besides: a quantisation, for those that train on one."""
        return {}


def refused(sentence: str, help: str = "") -> Error:
    """This model and this method do not go together."""
    return Error(Problem("train-method", sentence, help=help))


def is_quantised(model: Any) -> bool:
    """Whether some weights of the model are kept in fewer bits than they were learnt with."""
    marks = ("is_loaded_in_4bit", "is_loaded_in_8bit", "is_quantized", "hf_quantizer")
    return any(getattr(model, mark, None) for mark in marks)


def write(folder: Path, method: Tuned, weights: Mapping[str, Any], **more: Any) -> None:
    """`adapter.safetensors` and `adapter.json`: tensors by name, and what they are of."""
    from safetensors.torch import save_file

    with guarded(folder):
        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: each.detach().cpu().contiguous().clone() for name, each in weights.items()}, str(folder / WEIGHTS))
        about = {"method": method.name, "options": method.chosen, **more}
        (folder / ABOUT).write_text(json.dumps(about, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def read(folder: Path, method: Tuned) -> tuple[dict[str, Any], dict[str, Any]]:
    """The tensors, and what `write` was told. Raises Error (`train-method`) for the folder of another method."""
    from safetensors.torch import load_file

    path = folder / ABOUT
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        weights = load_file(str(folder / WEIGHTS))
    except Exception as error:  # safetensors, json and the file system each have their own
        raise fail("train-method", f"`{folder}` holds no adapter that can be read: {error}") from error
    if about.get("method") != method.name:
        raise fail("train-method", f"`{folder}` holds an adapter of method `{about.get('method')}`, not `{method.name}`")
    return weights, about


def put(model: Any, weights: Mapping[str, Any], wanted: Iterable[str], folder: Path) -> None:
    """Copy tensors into parameters of the same names. Raises Error (`train-method`) where the model is another one.

    wanted: the names that must be there.
    """
    import torch

    own = dict(model.named_parameters())
    lacking = sorted(set(wanted) - weights.keys())
    if lacking:
        raise fail("train-method", f"the adapter in `{folder}` lacks weights `{lacking[0]}`, which this model needs")
    for name, weight in weights.items():
        if name not in own or own[name].shape != weight.shape:
            raise fail("train-method", f"the adapter in `{folder}` has weights `{name}`, which do not fit this model")
    with torch.no_grad():
        for name, weight in weights.items():
            own[name].copy_(weight)
