"""What a run begins with: a trained model, or the plan of one from scratch; its tokenizer; how long rows may be."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xxhash

from dprep.base.problem import Error, Problem
from dprep.models.folders import library
from dprep.train import architectures, models, tokenizer_files
from dprep.train.contract import tokenizer_hash
from dprep.train.models import BOTH, DECODER, Base

if TYPE_CHECKING:
    from dprep.train.settings import Settings
    from dprep.train.task import Task

USUAL = {"encoder": 512, DECODER: 2_048, BOTH: 512}
"""Tokens of a row at most where the recipe says nothing, if the model has places for them."""


@dataclass(frozen=True, eq=False)
class Start:
    """A base model, not yet in memory, and its tokenizer."""

    base: Base
    kind: str
    config: Any
    tokenizer: Any
    limit: int
    scratch: bool


def start(settings: Settings, store: Path) -> Start:
    """What the settings name. Raises Error (`train-model`, `train-architecture`, `unreadable-file`, `missing-library`)."""
    library()
    if settings.architecture:
        return _from_nothing(settings, store)
    if not settings.model:
        help = '`model = "FOLDER"` in `[train]`, or `--model`: a folder, a hub id, `package:NAME`, `run:NAME`'
        raise Error(Problem("train-model", "no model is named", help=help))
    base = models.resolve(settings.model, store)
    if base.adapter:
        help = f'`dprep merge {settings.model.removeprefix("run:")} --out FOLDER`, then `model = "FOLDER"`'
        raise Error(Problem("train-model", f"`{settings.model}` is an adapter, which needs its base model", help=help))
    config = models.configuration(base.folder)
    kind = models.kind_of(config)
    tokenizer = _tokenizer(settings, store, kind) if settings.tokenizer else models.load_tokenizer(base)
    return Start(base, kind, config, tokenizer, _limit(settings, config, kind, tokenizer), scratch=False)


def again(folder: Path, base: Base, settings: Settings) -> Start:
    """What a run began with, with the tokenizer that it saved in `folder`."""
    config = models.configuration(folder if settings.architecture else base.folder)
    kind = models.kind_of(config)
    tokenizer = tokenizer_files.load(folder, kind)
    return Start(base, kind, config, tokenizer, _limit(settings, config, kind, tokenizer), bool(settings.architecture))


def model_of(begun: Start, task: Task, settings: Settings, quantization: Any = None) -> Any:
    """The model in memory, nothing trained. The same settings give the same weights. Raises Error."""
    if begun.scratch:
        return architectures.build(begun.config, task, settings)
    precision = weights(settings, task)
    return models.load_model(task, begun.base, settings, precision, quantization)


def weights(settings: Settings, task: Task) -> str:
    """What weights are kept in: full precision where they move; half where they stand still and the GPU computes so."""
    frozen = settings.method != "full" and settings.device == "cuda" and not task.new_head
    return settings.precision if frozen and settings.precision == "bf16" else "fp32"


def settled(settings: Settings) -> Settings:
    """The settings with what the machine decides: device and precision. Raises Error (`train-device`)."""
    import torch

    there = torch.cuda.is_available()
    if settings.device == "cuda" and not there:
        help = "leave `device` out, or install a torch for GPUs"
        raise Error(Problem("train-device", '`device = "cuda"`, and torch finds no GPU here', help=help))
    asked = settings.device if settings.device != "auto" else os.environ.get("DPREP_DEVICE") or "auto"
    device = asked if asked in {"cpu", "cuda"} else "cuda" if there else "cpu"
    automatic = "bf16" if device == "cuda" and torch.cuda.is_bf16_supported() else "fp32"
    return replace(settings, device=device, precision=automatic if settings.precision == "auto" else settings.precision)


def processes() -> int:
    """Processes that train together: one, or as many as `torchrun` started."""
    return max(1, int(os.environ.get("WORLD_SIZE", "1")))


def _from_nothing(settings: Settings, store: Path) -> Start:
    kind = architectures.kind_of(settings.architecture)
    tokenizer = _tokenizer(settings, store, kind)
    config = architectures.config_of(settings.architecture, tokenizer)
    said = json.dumps([config.to_json_string(use_diff=False), tokenizer_hash(tokenizer)], sort_keys=True)
    base = Base(Path(), f"{config.model_type} from scratch", xxhash.xxh3_128(said.encode()).hexdigest(), "")
    return Start(base, kind, config, tokenizer, _limit(settings, config, kind, tokenizer), scratch=True)


def _tokenizer(settings: Settings, store: Path, kind: str) -> Any:
    if not settings.tokenizer:
        help = 'fit one: `dprep fit tokenizer pieces --from VERSION`, then `tokenizer = "pieces@v1"`'
        raise Error(Problem("train-architecture", "a model from scratch needs a `tokenizer`", help=help))
    return tokenizer_files.load(tokenizer_files.find(settings.tokenizer, store), kind)


def _limit(settings: Settings, config: Any, kind: str, tokenizer: Any) -> int:
    """Tokens of a row at most. Raises Error (`train-value`) where more are asked for than the model has places."""
    places = _places(config)
    if settings.max_length > places:
        sentence = f"`max_length` is {settings.max_length:,}, and the model has places for {places:,} tokens"
        raise Error(Problem("train-value", sentence, help="lower it, or choose a model for longer texts"))
    known = getattr(tokenizer, "model_max_length", None)
    known = known if isinstance(known, int) and 0 < known < 10**6 else places
    return settings.max_length or min(places, known, USUAL[kind])


def _places(config: Any) -> int:
    """Tokens that the model has places for; T5 counts distances, which never end."""
    found = getattr(config, "max_position_embeddings", None)
    if config.model_type in {"t5", "mt5", "umt5", "longt5"} or not isinstance(found, int):
        return 10**6
    behind_padding = config.model_type in {"roberta", "xlm-roberta", "camembert", "roberta-prelayernorm", "xmod"}
    return found - (int(config.pad_token_id or 0) + 1 if behind_padding else 0)
