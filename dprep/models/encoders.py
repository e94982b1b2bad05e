"""Sentence encoders from folders: a text as a vector. What a folder of sentence-transformers says about pooling is done."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from dprep.models.transformer import Answers, Transformer, load, settings_of, unreadable


@dataclass(frozen=True)
class Layout:
    """What a folder says about itself."""

    folder: str
    """Where the model lies in it."""
    pooling: str
    normalize: bool
    most: int | None
    """Tokens that it was made to read."""


@dataclass(frozen=True, eq=False)
class Encoder:
    """A model that makes vectors."""

    transformer: Transformer
    pooling: str
    normalize: bool

    def vectors(self, texts: pl.Series, normalize: bool | None = None, digits: int = 6) -> Answers:
        """(rows, dimensions), rounded to `digits` places; normalize: to length 1, or what the folder says."""
        length_one = self.normalize if normalize is None else normalize
        found = self.transformer.answers(texts, partial(_vectors, POOL[self.pooling], length_one))
        # adding 0 turns the -0.0 that rounding makes into 0.0
        return Answers(np.round(found.numbers, digits) + np.float32(0), found.cut)


@cache
def encoder(path: str, most: int | None) -> Encoder:
    """The encoder in a folder; `most`: tokens read of a text. Raises Error (`missing-library`, `unreadable-file`)."""
    layout = layout_of(Path(path))
    wanted = min(each for each in (most, layout.most, None if most or layout.most else 512) if each)
    return Encoder(load(layout.folder, "AutoModel", wanted), layout.pooling, layout.normalize)


def layout_of(folder: Path) -> Layout:
    """What `modules.json` says; without one, mean pooling and vectors of length 1. Raises Error (`unreadable-file`)."""
    if not (folder / "modules.json").is_file():
        return Layout(str(folder), "mean", True, None)
    place, pooling, normalize = folder, "mean", False
    for kind, inner in _modules(folder):
        if kind == "Transformer":
            place = inner
        elif kind == "Pooling":
            pooling = _pooling(inner)
        elif kind == "Normalize":
            normalize = True
        else:
            raise unreadable(folder, f"it has a module `{kind}`", "modules that are known: Transformer, Pooling, Normalize")
    most = settings_of(place / "sentence_bert_config.json").get("max_seq_length")
    return Layout(str(place), pooling, normalize, most if isinstance(most, int) and most > 0 else None)


def _modules(folder: Path) -> list[tuple[str, Path]]:
    """(class, folder) of each module, in order."""
    try:
        told = json.loads((folder / "modules.json").read_bytes())
        found = [(str(each["type"]).rpartition(".")[2], folder / str(each["path"])) for each in told]
    except (OSError, ValueError, KeyError, TypeError):
        raise unreadable(folder, "its `modules.json` is no list of modules") from None
    if any(not inner.resolve().is_relative_to(folder.resolve()) for _, inner in found):
        raise unreadable(folder, "its `modules.json` points out of the folder")
    return found


def _pooling(folder: Path) -> str:
    told = settings_of(folder / "config.json")
    modes = [str(told["pooling_mode"])] if isinstance(told.get("pooling_mode"), str) else []
    modes += [key.removeprefix("pooling_mode_") for key, on in told.items() if key.startswith("pooling_mode_") and on is True]
    names = [mode.removesuffix("_tokens").removesuffix("_token") for mode in modes]
    if len(names) != 1 or names[0] not in POOL:
        help = f"poolings that are known: {', '.join(POOL)}"
        raise unreadable(folder.parent, f"it pools by {', '.join(f'`{name}`' for name in names) or 'nothing'}", help)
    return names[0]


def _vectors(pool: Callable[[Any, Any], Any], normalize: bool, model: Any, ids: Any, mask: Any) -> Any:
    import torch

    pooled = pool(model(input_ids=ids, attention_mask=mask).last_hidden_state, mask)
    return torch.nn.functional.normalize(pooled, dim=1) if normalize else pooled


def _mean(hidden: Any, mask: Any) -> Any:
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-9)


def _max(hidden: Any, mask: Any) -> Any:
    return hidden.masked_fill(mask.unsqueeze(-1) == 0, float("-inf")).max(1).values


def _first(hidden: Any, mask: Any) -> Any:
    return hidden[_rows(hidden), mask.argmax(1)]


def _last(hidden: Any, mask: Any) -> Any:
    return hidden[_rows(hidden), mask.shape[1] - 1 - mask.flip(1).argmax(1)]


def _rows(hidden: Any) -> Any:
    import torch

    return torch.arange(hidden.shape[0], device=hidden.device)


POOL: dict[str, Callable[[Any, Any], Any]] = {"mean": _mean, "cls": _first, "max": _max, "lasttoken": _last}
"""How a vector per token becomes one per text; `modules.json` calls them `pooling_mode_<name>_token(s)`."""
