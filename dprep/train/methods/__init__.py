"""The methods of fine-tuning, each a class in a file: own small code, or peft's. What is needed is imported when asked."""

from __future__ import annotations

from importlib import import_module

from dprep.base.problem import Error, Problem, did_you_mean
from dprep.train.method import Method

METHODS = {
    "full": ("whole", "Full"),
    "head": ("chosen_weights", "Head"),
    "bitfit": ("chosen_weights", "BitFit"),
    "lora": ("lora", "Lora"),
    "rslora": ("lora", "RsLora"),
    "dora": ("lora", "Dora"),
    "pissa": ("lora", "Pissa"),
    "olora": ("lora", "Olora"),
    "qlora": ("qlora", "QLora"),
    "adalora": ("adalora", "AdaLora"),
    "vera": ("vera", "Vera"),
    "ia3": ("ia3", "Ia3"),
    "ln": ("norms", "Norms"),
    "oft": ("rotations", "Oft"),
    "boft": ("rotations", "Boft"),
    "adapter": ("bottleneck", "Adapter"),
    "diff": ("diff", "Diff"),
    "prefix": ("prompts", "Prefix"),
    "prompt": ("prompts", "Prompt"),
    "ptuning": ("prompts", "PTuning"),
}
"""Method -> file and class."""


def method_class(name: str) -> type[Method]:
    """The class of a method. Raises Error (`train-method`)."""
    if name not in METHODS:
        help = did_you_mean(name, METHODS) or f"the methods are {', '.join(f'`{each}`' for each in METHODS)}"
        raise Error(Problem("train-method", f"there is no method `{name}`", help=help))
    file, kind = METHODS[name]
    found: type[Method] = getattr(import_module(f"dprep.train.methods.{file}"), kind)
    return found


def listed() -> list[tuple[str, str]]:
    """Each method with one line about it."""
    return [(name, method_class(name).sentence) for name in METHODS]
