"""Model folders of Hugging Face on this machine, before a model is read: what they lack and say; nothing is fetched unasked.

No model and no data frame here: training reads folders on machines that have neither polars nor pydantic.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dprep.base.problem import Error, fail

_OFFLINE = "HF_HUB_OFFLINE"
_forbidden = os.environ.get(_OFFLINE, "").upper() in {"1", "ON", "YES", "TRUE"}
"""Whether the user forbade the network, told before `library` does so for models that are on this machine."""


def library() -> Any:
    """The library transformers, told never to reach for the network. Raises Error (`missing-library`)."""
    os.environ.setdefault(_OFFLINE, "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        import torch  # noqa: F401
        import transformers
    except ModuleNotFoundError as fault:
        sentence = f"models need the library `{fault.name}`, which is not installed"
        raise fail("missing-library", sentence, "`pip install 'dprep[train]'` provides it") from None
    for name in ("transformers", "peft"):  # what they will rename one day is nothing that a user can mend
        warnings.filterwarnings("ignore", category=FutureWarning, module=name)
    logging: Any = transformers.logging
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    return transformers


@contextmanager
def hub() -> Iterator[Any]:
    """The library huggingface_hub, which may reach for the network while the context lasts, unless the user forbade it.

    Raises Error (`missing-library`).
    """
    try:
        import huggingface_hub
        from huggingface_hub import constants
    except ModuleNotFoundError:
        sentence = "a model of a hub needs the library `huggingface_hub`, which is not installed"
        raise fail("missing-library", sentence, "`pip install 'dprep[train]'` provides it") from None
    settings: Any = constants
    before = settings.HF_HUB_OFFLINE
    settings.HF_HUB_OFFLINE = _forbidden
    try:
        yield huggingface_hub
    finally:
        settings.HF_HUB_OFFLINE = before


def settings_of(file: Path) -> dict[str, Any]:
    """A JSON object in a model's folder; empty where there is no such file. Raises Error (`unreadable-file`)."""
    if not file.is_file():
        return {}
    try:
        told = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise unreadable(file.parent, f"`{file.name}` is no JSON") from None
    return told if isinstance(told, dict) else {}


def unreadable(folder: Path, why: str, help: str = "") -> Error:
    """The problem of a folder that holds no model that can be used."""
    cure = help or "name a folder with `config.json`, `model.safetensors` and `tokenizer.json`, as `save_pretrained` writes it"
    return fail("unreadable-file", f"`{folder.name}` holds no model that can be used: {why}", cure)


def checked(path: str) -> None:
    """Say what a model's folder lacks before a library does. Raises Error (`unreadable-file`)."""
    folder = Path(path)
    if not folder.is_dir():
        raise unreadable(folder, "it is no folder")
    if not (folder / "config.json").is_file():
        raise unreadable(folder, "it has no `config.json`")
    if any((folder / name).is_file() for name in ("model.safetensors", "model.safetensors.index.json")):
        return
    if any(folder.glob("*.bin")) or any(folder.glob("*.pt")):
        help = "load it where you trust it and save it again: `model.save_pretrained(folder)` writes safetensors"
        raise unreadable(folder, "its weights are pickled, and a pickle may run code", help)
    raise unreadable(folder, "it has no `model.safetensors`")


def worded(fault: Exception) -> str:
    """The first sentence of what a library complains about."""
    if "trust_remote_code" in str(fault):
        return "it needs code of its own, which is not run"
    first = (str(fault).strip().splitlines() or [""])[0].partition(". ")[0]
    return f"{type(fault).__name__}: {first[:200]}".rstrip(": ")
