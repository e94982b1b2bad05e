"""Models from scratch: a few well-known architectures in three sizes, each number changeable, weights drawn from the seed.

bert, modernbert   encoders: classification, regression, tagging, qa, text (masked)
llama, qwen2       decoders: chat, completion, preference, text (causal)
t5                 encoder-decoder: seq2seq

Sizes of `bert`: Turc et al. 2019, arXiv 1908.08962, table 1 (tiny, small, base). Others: the same widths and depths, with the
inner widths that the architecture is known for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import xxhash

from dprep.base.problem import Error, Problem, did_you_mean
from dprep.models.folders import library

if TYPE_CHECKING:
    from dprep.train.task import Task

KINDS = {"bert": "encoder", "modernbert": "encoder", "llama": "decoder", "qwen2": "decoder", "t5": "encoder-decoder"}
SIZES: Mapping[str, Mapping[str, int]] = {
    "tiny": {"layers": 2, "hidden": 128, "heads": 2},
    "small": {"layers": 4, "hidden": 512, "heads": 8},
    "base": {"layers": 12, "hidden": 768, "heads": 12},
}
POSITIONS = {"bert": 512, "modernbert": 1024, "llama": 2048, "qwen2": 2048, "t5": 512}
"""Tokens that a model has places for."""
_INNER = {"bert": 4.0, "modernbert": 1.5, "llama": 8 / 3, "qwen2": 8 / 3, "t5": 4.0}
"""Inner width of a layer, as a multiple of `hidden`; three maps instead of two need two thirds of it."""
_GROUPED = {"llama", "qwen2"}
"""Several heads may share keys and values."""
_ROTARY = {"modernbert", "llama", "qwen2"}
KEYS = ("type", "size", "layers", "hidden", "heads", "kv_heads", "intermediate", "max_positions", "tied")


def complete(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Every number of an architecture, from what a recipe says of it.

    Raises Error (`train-architecture`) with all that is wrong.
    """
    problems = [*_unknown(asked), *_types(asked)]
    if problems:
        raise Error(problems)
    type = asked["type"]
    made = {**SIZES[asked.get("size", "small")], "max_positions": POSITIONS[type], "tied": True, **asked}
    made.setdefault("intermediate", round(_INNER[type] * made["hidden"] / 64) * 64 or 64)
    if type in _GROUPED:
        made.setdefault("kv_heads", made["heads"] // 2 if made["heads"] % 2 == 0 else made["heads"])
    made.pop("size", None)
    problems = _mismatches(made)
    if problems:
        raise Error(problems)
    return made


def hash_of(made: Mapping[str, Any]) -> str:
    """32 hex digits for an architecture."""
    return xxhash.xxh3_128(json.dumps(made, sort_keys=True).encode()).hexdigest()


def configuration(made: Mapping[str, Any], tokenizer: Any = None) -> Any:
    """The configuration of transformers for a complete architecture, with the words of a tokenizer."""
    type = made["type"]
    settings = _named(made)
    if tokenizer is not None:
        settings["vocab_size"] = len(tokenizer)
        for name in ("pad_token_id", "bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id"):
            settings[name] = getattr(tokenizer, name)
        if type == "t5":
            settings["decoder_start_token_id"] = tokenizer.pad_token_id
    return library().AutoConfig.for_model(type, **settings)


def make_model(task: Task, config: Any, seed: int) -> Any:
    """A model for a task with weights drawn from `seed`, in fp32."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return getattr(library(), task.auto_class()).from_config(config, dtype=torch.float32)


def segments(type: str) -> bool:
    """Whether the model tells the two texts of a pair apart by a number at each token."""
    return type == "bert"


def _named(made: Mapping[str, Any]) -> dict[str, Any]:
    """An architecture in the words of its configuration."""
    if made["type"] == "t5":
        return {
            "d_model": made["hidden"],
            "num_layers": made["layers"],
            "num_decoder_layers": made["layers"],
            "num_heads": made["heads"],
            "d_kv": made["hidden"] // made["heads"],
            "d_ff": made["intermediate"],
            "n_positions": made["max_positions"],
            "tie_word_embeddings": made["tied"],
        }
    grouped = {"num_key_value_heads": made["kv_heads"]} if made["type"] in _GROUPED else {}
    return {
        "hidden_size": made["hidden"],
        "num_hidden_layers": made["layers"],
        "num_attention_heads": made["heads"],
        "intermediate_size": made["intermediate"],
        "max_position_embeddings": made["max_positions"],
        "tie_word_embeddings": made["tied"],
        **grouped,
    }


def _unknown(asked: Mapping[str, Any]) -> list[Problem]:
    found = [
        _problem(f"`architecture` has no key `{key}`", did_you_mean(key, KEYS) or _listed(KEYS))
        for key in asked
        if key not in KEYS
    ]
    type, size = asked.get("type"), asked.get("size", "small")
    if type not in KINDS:
        what = "`architecture` needs a `type`" if type is None else f"there is no architecture `{type}`"
        found.append(_problem(what, did_you_mean(str(type), KINDS) or _listed(KINDS)))
    if size not in SIZES:
        found.append(_problem(f"there is no size `{size}`", did_you_mean(str(size), SIZES) or _listed(SIZES)))
    return found


def _types(asked: Mapping[str, Any]) -> list[Problem]:
    found = []
    for key in ("layers", "hidden", "heads", "kv_heads", "intermediate", "max_positions"):
        value = asked.get(key, 1)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1_000_000:
            found.append(_problem(f"`{key}` of `architecture` must be a whole number from 1, found `{value}`"))
    if not isinstance(asked.get("tied", True), bool):
        found.append(_problem(f"`tied` of `architecture` must be true or false, found `{asked['tied']}`"))
    if "kv_heads" in asked and asked.get("type") in set(KINDS) - _GROUPED:
        found.append(_problem(f"heads of `{asked['type']}` do not share keys and values", "drop `kv_heads`"))
    return found


def _mismatches(made: Mapping[str, Any]) -> list[Problem]:
    hidden, heads = made["hidden"], made["heads"]
    if hidden % heads:
        return [
            _problem(
                f"`hidden` ({hidden}) must be a multiple of `heads` ({heads})", f"try `hidden = {-(-hidden // heads) * heads}`"
            )
        ]
    if made["type"] in _ROTARY and hidden // heads % 2:
        return [_problem(f"each of the {heads} heads gets {hidden // heads} numbers, and it must be an even number")]
    if made.get("kv_heads") and heads % made["kv_heads"]:
        return [_problem(f"`heads` ({heads}) must be a multiple of `kv_heads` ({made['kv_heads']})")]
    return []


def _listed(names: Any) -> str:
    return f"there are {', '.join(f'`{each}`' for each in names)}"


def _problem(sentence: str, help: str = "") -> Problem:
    return Problem("train-architecture", sentence, help=help)
