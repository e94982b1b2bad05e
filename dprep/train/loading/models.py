"""The model and tokenizer of a run, made or read, and that all of it is there: nothing begins with random weights by mistake.

Only what a recipe names as a hub's id is fetched, and only safetensors, JSON and tokenizers: no pickle, no code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dprep.base.problem import Error, Problem
from dprep.models.folders import checked, library, settings_of, unreadable, worded
from dprep.train.loading import architectures, bases, tokenizer_files
from dprep.train.loading.bases import Base, no_model
from dprep.train.machine import device, precision, processes, seed, settled
from dprep.train.methods import method_class

if TYPE_CHECKING:
    from dprep.train.settings import Settings
    from dprep.train.task import Task

__all__ = [
    "Base",
    "device",
    "fit_tokens",
    "folder",
    "kind_of",
    "library",
    "limit",
    "load_model",
    "load_tokenizer",
    "load_tokenizer_folder",
    "precision",
    "processes",
    "resolve",
    "seed",
    "settled",
]

ENCODER, DECODER, BOTH = "encoder", "decoder", "encoder-decoder"
USUAL = {ENCODER: 512, DECODER: 2048, BOTH: 512}
"""Tokens of a row at most, where the settings do not say and the model has places for more."""
_DROPOUT = re.compile(r"dropout|pdrop$")
_POOLER = re.compile(r"(^|\.)pooler\.")
"""Made anew by classifiers of models that were trained on words alone."""
_LAYER = re.compile(r"(^|\.)(layers?|h|blocks?)\.\d+\.")
_MOST_NEW_TOKENS = 256
"""A tokenizer with more tokens than this beyond what the model knows belongs to another model."""
_NO_LIMIT = 1_000_000


def resolve(settings: Settings, store: Path) -> Base:
    """What a run begins with: the model that the settings name, or an architecture.

    Raises Error (`train-model`, `train-architecture`, `unreadable-file`, `missing-library`).
    """
    if settings.architecture:
        made = architectures.complete(settings.architecture)
        return Base(Path(), "", architectures.hash_of(made), architecture=made)
    if not settings.model:
        raise no_model(
            "`[train]` names no model", 'name one: `model = "…"`, or `architecture = { type = "bert" }` for one from scratch'
        )
    return bases.resolve(settings.model, store)


def folder(path: Path) -> Base:
    """The model in a folder, as a base. Raises Error (`unreadable-file`)."""
    return bases.of_folder(path, path.name)


def kind_of(base: Base, settings: Settings | None = None) -> str:
    """`encoder`, `decoder` or `encoder-decoder`. Raises Error (`unreadable-file`, `missing-library`)."""
    return architectures.KINDS[base.architecture["type"]] if base.new else kind_of_config(configuration(base.folder))


def kind_of_config(config: Any) -> str:
    """What kind of model a configuration of transformers describes."""
    from transformers.models.auto import modeling_auto as known

    if getattr(config, "is_encoder_decoder", False):
        return BOTH
    if getattr(config, "is_decoder", False):
        return DECODER
    if config.model_type in known.MODEL_FOR_MASKED_LM_MAPPING_NAMES:
        return ENCODER
    return DECODER if config.model_type in known.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES else ENCODER


def configuration(at: Path) -> Any:
    """The configuration of transformers in a model's folder. Raises Error (`unreadable-file`, `missing-library`)."""
    settings_of(at / "config.json")
    try:
        return library().AutoConfig.from_pretrained(str(at), local_files_only=True, trust_remote_code=False)
    except Error:
        raise
    except Exception as fault:  # the library raises whatever its parts raise
        raise unreadable(at, worded(fault)) from None


def load_tokenizer(base: Base, settings: Settings, store: Path) -> Any:
    """The tokenizer that the settings name, or that of the model; its `dprep_told` says what was done to it. Raises Error."""
    kind = kind_of(base)
    if settings.tokenizer:
        made = tokenizer_files.load(tokenizer_files.find(settings.tokenizer, store), kind)
    elif base.new:
        help = '`dprep fit tokenizer pieces --from VERSION` makes one: `tokenizer = "pieces@v1"`'
        raise Error(Problem("train-tokenizer", "a model from scratch needs a tokenizer", help=help))
    else:
        made = tokenizer_files.load(base.folder, kind)
    if base.new and not architectures.segments(base.architecture["type"]):
        made.model_input_names = [name for name in made.model_input_names if name != "token_type_ids"]
    if base.new:
        _serves(made, base.architecture["type"])
    return made


def load_tokenizer_folder(path: Path) -> Any:
    """The tokenizer that a run saved. Raises Error (`unreadable-file`, `missing-library`)."""
    return tokenizer_files.load(path, ENCODER)


def limit(base: Base, settings: Settings, kind: str, tokenizer: Any) -> int:
    """Tokens of a row at most, special ones included. Raises Error (`train-length`) where the settings ask for more places.

    With rotary or relative positions a model can read more than it was made for, so only places that are counted bind.
    """
    told = tokenizer.model_max_length
    known = told if isinstance(told, int) and 0 < told < _NO_LIMIT and not base.new else _NO_LIMIT
    counted, meant = places(base)
    if not settings.max_length:
        return min(USUAL[kind], known, counted, meant)
    if settings.max_length > counted:
        sentence = f"`max_length` is {settings.max_length:,}, and the model has places for {counted:,} tokens"
        raise Error(Problem("train-length", sentence, help=f"`max_length = {counted}`, or a model for longer texts"))
    return settings.max_length


def places(base: Base) -> tuple[int, int]:
    """How many tokens a model has a place for each, and how many it was made for; a million where there is no end."""
    import torch

    transformers = library()
    config = architectures.configuration(base.architecture) if base.new else configuration(base.folder)
    words = config.get_text_config()
    meant = getattr(words, "max_position_embeddings", None) or (base.architecture.get("max_positions") if base.new else None)
    with torch.device("meta"):
        model = transformers.AutoModel.from_config(config)
    for name, module in model.named_modules():
        if re.search(r"(position_embeddings|embed_positions|wpe)$", name) and hasattr(module, "num_embeddings"):
            # RoBERTa and its kin begin to count behind the place of the padding
            padding = getattr(module, "padding_idx", None) if name.endswith("position_embeddings") else None
            counted = int(module.num_embeddings) - (0 if padding is None else int(padding) + 1)
            counted = min(counted, int(meant or counted))
            return counted, counted
    return _NO_LIMIT, int(meant or _NO_LIMIT)


def load_model(task: Task, base: Base, settings: Settings) -> Any:
    """The model for a task: read from its folder, or made from its architecture.

    A new head, and a new model, are drawn from `settings.seed`. Names of new weights stand in the model's attribute
    `dprep_new`, what is to be told of them in `dprep_told`. Raises Error (`train-model`, `unreadable-file`,
    `missing-library`).
    """
    transformers = library()
    if base.new:
        config = configured(
            task, architectures.configuration(base.architecture, task.tokenizer), settings, base.architecture["type"]
        )
        made = architectures.make_model(task, config, settings.seed)
        made.dprep_new, made.dprep_told = tuple(name for name, _ in made.named_parameters()), ()
        return made
    checked(str(base.folder))
    config = configured(task, configuration(base.folder), settings, base.name)
    try:
        made, told = _read(transformers, task, base, config, settings)
    except Error:
        raise
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, ImportError) as fault:
        if "Unrecognized configuration class" in str(fault):
            raise _unfit(task, base.name, f"is a `{config.model_type}`, and there is none for task `{task.name}`") from None
        raise unreadable(base.folder, worded(fault)) from None
    new = _accepted(task, base, made, told)
    made.dprep_new = new
    made.dprep_told = (*_heads(new), *_left_out(told["unexpected_keys"]), *fit_tokens(made, task.tokenizer))
    return made


def configured(task: Task, config: Any, settings: Settings, name: str) -> Any:
    """`config` as the task and the settings want it. Raises Error (`train-model`) where the model cannot do the task."""
    kind = kind_of_config(config)
    if kind not in task.models:
        wanted = " or ".join(f"an {each}" if each[0] == "e" else f"a {each}" for each in task.models)
        raise _unfit(task, name, f"is an {kind}" if kind[0] == "e" else f"is a {kind}", f"task `{task.name}` needs {wanted}")
    asked = task.config()
    for key in sorted(asked, key=lambda each: each != "num_labels"):  # setting the number makes names for the labels
        setattr(config, key, asked[key])
    if settings.dropout >= 0:
        for key in _dropouts(config):
            setattr(config, key, settings.dropout)
    return config


def fit_tokens(model: Any, tokenizer: Any) -> tuple[str, ...]:
    """Rows for tokens that the model has none for, and its padding told; what was done, in sentences.

    A new row is the mean of the others. Raises Error (`train-model`) where the tokenizer is that of another model.
    """
    rows = int(model.get_input_embeddings().weight.shape[0])
    new = len(tokenizer) - rows
    if new > _MOST_NEW_TOKENS:
        sentence = f"the tokenizer has {len(tokenizer):,} tokens, and the model knows {rows:,}"
        raise no_model(sentence, "leave `tokenizer` out: the model's own is used then")
    if new > 0:
        _lengthen(model, len(tokenizer), rows)
    for config in (model.config, getattr(model, "generation_config", None)):
        if config is not None:
            config.pad_token_id = tokenizer.pad_token_id
    return (f"tokens that are new to the model, and begin as the mean of the others: {new:,}",) if new > 0 else ()


def _read(transformers: Any, task: Task, base: Base, config: Any, settings: Settings) -> tuple[Any, Mapping[str, Any]]:
    import torch

    method = method_class(settings.method)
    loading = getattr(method, "loading", None)
    more = method(settings).loading() if loading is not None else {}
    with torch.random.fork_rng():  # only the new head is drawn from the seed, nothing after it
        torch.manual_seed(settings.seed)
        made, told = getattr(transformers, task.auto_class()).from_pretrained(
            str(base.folder),
            config=config,
            dtype=_dtype(task, settings, adapter=method.adapter),
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            **more,
        )
    return made, told


def _dtype(task: Task, settings: Settings, *, adapter: bool) -> str:
    """What weights are held in: fp32 for what moves, since small steps vanish in 8 bits of fraction.

    A base that stays as it is takes half the memory in bf16; a new head on it would not.
    """
    frozen = adapter and not task.new_head and settings.device.startswith("cuda")
    return "bfloat16" if frozen and settings.precision == "bf16" else "float32"


def _accepted(task: Task, base: Base, model: Any, told: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the weights that are new, where they may be. Raises Error (`train-model`)."""
    shapes = {each[0] for each in told["mismatched_keys"]}
    new = sorted({*told["missing_keys"], *shapes})
    prefix = f"{model.base_model_prefix}."
    wrong = [each for each in new if each.startswith(prefix) and not (_POOLER.search(each) and each not in shapes)]
    if not task.new_head and kind_of_config(model.config) != ENCODER:
        wrong = new
    if wrong:
        what = "have other shapes" if set(wrong) <= shapes else "are missing"
        sentence = f"weights of `{base.name}` {what}, and would be random: {_some(wrong)}"
        raise no_model(
            sentence, "its `config.json` and `model.safetensors` do not belong together, or it is no model for this task"
        )
    return tuple(new)


def _heads(new: tuple[str, ...]) -> tuple[str, ...]:
    return (f"new weights, to be learnt: {_some(new)}",) if new else ()


def _left_out(unexpected: Iterable[str]) -> tuple[str, ...]:
    """Whole layers that the configuration knows nothing of."""
    layers = sorted(each for each in unexpected if _LAYER.search(each))
    return (f"weights that `config.json` has no place for are left out: {_some(layers)}",) if layers else ()


def _serves(tokenizer: Any, type: str) -> None:
    """Raises Error (`train-architecture`) where transformers would serve the model with another tokenizer than its own."""
    from transformers.models.auto import tokenization_auto as known

    wrong = getattr(known, "MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS", ())
    backend = tokenizer.backend_tokenizer.pre_tokenizer if tokenizer.is_fast else None
    if type == "qwen2" and type in wrong and "ByteLevel" not in repr(backend):
        sentence = "a `qwen2` is always served with its own kind of tokenizer, not with one of SentencePiece"
        raise Error(
            Problem("train-architecture", sentence, help='`type = "llama"` is nearly the same, and serves any tokenizer')
        )


def _some(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - 4} more" if len(every) > 4 else ""
    return ", ".join(f"`{each}`" for each in every[:4]) + more


def _lengthen(model: Any, tokens: int, rows: int) -> None:
    import torch

    model.resize_token_embeddings(tokens, mean_resizing=False)
    layers = (model.get_input_embeddings(), model.get_output_embeddings())
    with torch.no_grad():
        for layer in (each for each in layers if each is not None):
            for values in (layer.weight, getattr(layer, "bias", None)):
                if values is not None and len(values) == tokens:
                    values[rows:] = values[:rows].float().mean(0).to(values.dtype)


def _dropouts(config: Any) -> list[str]:
    """Keys of a configuration that are shares of dropout; those that follow another one (None) are left to it."""
    told = config.to_dict()
    return [
        key for key in told if _DROPOUT.search(key) and isinstance(told[key], float | int) and not isinstance(told[key], bool)
    ]


def _unfit(task: Task, name: str, what: str, help: str = "") -> Error:
    return no_model(f"`{name}` cannot do task `{task.name}`: it {what}", help or f"name another model for task `{task.name}`")
