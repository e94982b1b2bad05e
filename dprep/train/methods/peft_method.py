"""Methods of peft: what is saved is an adapter folder as peft writes it, and peft alone can load it."""

from __future__ import annotations

import copy
import re
import warnings
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dprep.base.problem import fail
from dprep.store.commit import guarded
from dprep.train.computing import anatomy
from dprep.train.methods.options import Option
from dprep.train.methods.tuned import Tuned, is_quantised, refused

if TYPE_CHECKING:
    from dprep.train.task import Task

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
ADAPTER = "default"
TARGETS: Mapping[str, Option] = {"targets": Option(("all",))}


class PeftMethod(Tuned):
    """What differs between the methods is the configuration."""

    merges = True

    @abstractmethod
    def config(self, model: Any, task: Task, steps: int) -> Any:
        """The configuration of peft, without the heads."""

    def apply(self, model: Any, task: Task, steps: int) -> Any:
        import peft

        config = self.config(model, task, steps)
        heads = anatomy.head_names(model) if task.new_head else []
        if heads and hasattr(config, "modules_to_save"):
            config.modules_to_save = heads
        try:
            with warnings.catch_warnings(action="ignore", category=UserWarning):
                return peft.get_peft_model(model, config)
        except (ValueError, NotImplementedError) as error:
            raise refused(f"method `{self.name}` does not fit this `{model.config.model_type}` model: {error}") from error

    def save(self, model: Any, folder: Path) -> None:
        config, weights = self.saved(model)
        _write(folder, config, weights)

    def saved(self, model: Any) -> tuple[Any, dict[str, Any]]:
        """What goes into the folder: a configuration (a copy) and tensors under peft's names."""
        import peft

        # save_embedding_layers="auto" would ask the hub for the base model's vocabulary
        weights = peft.get_peft_model_state_dict(model, adapter_name=ADAPTER, save_embedding_layers=False)
        return copy.copy(model.peft_config[ADAPTER]), weights

    def load(self, model: Any, folder: Path, task: Task) -> Any:
        import peft
        from safetensors import SafetensorError

        if not (folder / CONFIG).exists():
            raise fail("train-method", f"`{folder}` holds no adapter: there is no `{CONFIG}`")
        try:
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                loaded = peft.PeftModel.from_pretrained(model, str(folder), local_files_only=True).eval()
        except (RuntimeError, ValueError, OSError, KeyError, SafetensorError) as error:
            raise fail("train-method", f"the adapter in `{folder}` does not fit this model: {error}") from error
        # peft leaves weights that it does not find as they were made, and only warns
        missing = [str(each.message) for each in told if "missing adapter keys" in str(each.message)]
        if missing:
            raise fail("train-method", f"the adapter in `{folder}` is not whole: {missing[0]}")
        return loaded

    def merge(self, model: Any) -> Any:
        if is_quantised(anatomy.inner(model)):
            raise fail(
                "train-merge",
                "an adapter is not merged into a quantised model: rounding its weights again would change the answers",
                "load the base model in full precision and merge into that",
            )
        base = anatomy.inner(model)
        _merge_layers(base)
        return clean(base)


def _write(folder: Path, config: Any, weights: Mapping[str, Any]) -> None:
    """An adapter folder as peft writes one, without a card."""
    from safetensors.torch import save_file

    config.inference_mode = True
    tensors = {name: each.detach().cpu().contiguous().clone() for name, each in weights.items()}
    with guarded(folder):
        folder.mkdir(parents=True, exist_ok=True)
        save_file(tensors, str(folder / WEIGHTS), metadata={"format": "pt"})
        config.save_pretrained(str(folder))


def _merge_layers(model: Any) -> None:
    """As peft's own merge_and_unload, which some methods have with faults: it looks for weights in wrapped heads."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    for name, module in list(model.named_modules()):
        if isinstance(module, BaseTunerLayer):
            module.merge()
            model.set_submodule(name, module.get_base_layer())


def clean(model: Any) -> Any:
    """The model without marks of peft, as if it had never been wrapped."""
    from peft.utils import ModulesToSaveWrapper

    for mark in ("peft_config", "_hf_peft_config_loaded"):
        if mark in vars(model):
            delattr(model, mark)
    # some methods of peft leave the heads in their wrapping
    for name, module in list(model.named_modules()):
        if isinstance(module, ModulesToSaveWrapper):
            model.set_submodule(name, module.modules_to_save[ADAPTER])
    return model.requires_grad_(False).eval()


def chosen_targets(method: Tuned, model: Any) -> list[str]:
    """Names of the linear maps that option `targets` means: `all`, `attention`, `feedforward`, or ends of names.

    Raises Error (`train-method`) where one means nothing in this model.
    """
    every = anatomy.linears(model)
    chosen: set[str] = set()
    for word in method.chosen["targets"]:
        found = {name for name in every if _means(word, name)}
        if not found:
            leaves = ", ".join(f"`{leaf}`" for leaf in sorted({name.rsplit(".", 1)[-1] for name in every}))
            raise refused(f"no linear map of this model is called `{word}`", f"they are called {leaves}; or write `all`")
        chosen |= found
    return [name for name in every if name in chosen]


def _means(word: str, name: str) -> bool:
    if word in {"all", "attention", "feedforward"}:
        return word == "all" or anatomy.is_attention(name) == (word == "attention")
    return name == word or name.endswith(f".{word}") or bool(re.search(rf"(^|\.){re.escape(word)}(\.|$)", name))
