"""Where a model of transformers has its layers, head, attention and norms: found by walking it, never by tables of names.

backbone   the part below the head                      `bert`, `model`, `transformer`
layers     its blocks from below to above               `bert.encoder.layer.0` …; of an encoder-decoder: encoder, then decoder
head       parts with weights outside of the backbone   `classifier`; with a pooler, which only a head uses
"""

from __future__ import annotations

import re
from typing import Any

POOLER = "pooler"


def inner(model: Any) -> Any:
    """The model of transformers inside what peft or a wrapper made of it."""
    from dprep.train.computing import documents

    return documents.inner(model)


def plain_names(model: Any) -> dict[str, str]:
    """Of each weight its name -> what the model itself calls it, without what peft or a parametrisation put around it."""
    base = inner(model)
    prefix = next(name for name, module in model.named_modules() if module is base)
    return {name: _plain(name, f"{prefix}." if prefix else "") for name, _ in model.named_parameters()}


def _plain(name: str, prefix: str) -> str:
    name = name.removeprefix(prefix)
    name = re.sub(r"\.(modules_to_save|ln_tuning_layers)\.[^.]+", "", name)
    name = re.sub(r"\.parametrizations\.(weight|bias)\.original$", r".\1", name)
    return re.sub(r"\.(base_layer|original_module)(?=\.|$)", "", name)


def backbone_name(model: Any) -> str:
    """The name of the backbone in the model; empty where the model is all backbone, or its stacks stand beside the head."""
    prefix = getattr(model, "base_model_prefix", "")
    return prefix if prefix and hasattr(model, prefix) else ""


def head_names(model: Any) -> list[str]:
    """Names of the modules with weights outside of the backbone, in order, and of the pooler inside it."""
    base = inner(model)
    prefix = backbone_name(base)
    backbone = getattr(base, prefix) if prefix else base
    below = {prefix} if prefix else _below_the_head(base)
    names = [name for name, child in base.named_children() if name not in below and _has_weights(child)]
    poolers = [name for name, child in backbone.named_children() if name == POOLER and _has_weights(child)]
    return [*names, *(f"{prefix}.{name}" if prefix else name for name in poolers if name not in names)]


def _below_the_head(base: Any) -> set[str]:
    """Of a model without a named backbone (T5 with a language-model head) its words, stacks and norms."""
    words = base.get_input_embeddings()
    layered = {name.split(".")[0] for name, _ in _lists_of_layers(base, "")}
    return layered | {
        name for name, child in base.named_children() if _is_norm(child) or any(each is words for each in child.modules())
    }


def _has_weights(module: Any) -> bool:
    return next(module.parameters(), None) is not None


def _is_norm(module: Any) -> bool:
    return "norm" in type(module).__name__.lower() and getattr(module, "weight", None) is not None


def layers(model: Any) -> list[tuple[str, Any]]:
    """The blocks with their names, from the lowest to the highest; of an encoder-decoder the encoder's come first."""
    base = inner(model)
    lists = _lists_of_layers(base, "")
    order = sorted(range(len(lists)), key=lambda n: (bool(re.search("decoder", lists[n][0])) and _has_encoder(lists), n))
    return [(f"{lists[n][0]}.{place}", layer) for n in order for place, layer in lists[n][1].named_children()]


def _has_encoder(lists: list[tuple[str, Any]]) -> bool:
    return any("encoder" in name for name, _ in lists)


def _lists_of_layers(module: Any, name: str) -> list[tuple[str, Any]]:
    """Lists of alike modules with weights, none inside another."""
    from torch.nn import ModuleList

    found = []
    for child_name, child in module.named_children():
        path = f"{name}.{child_name}" if name else child_name
        if isinstance(child, ModuleList):
            if len(child) and all(_has_weights(each) and type(each) is type(child[0]) for each in child):
                found.append((path, child))
        elif child_name != POOLER:
            found += _lists_of_layers(child, path)
    return found


def depth_of(model: Any) -> Any:
    """A function from the plain name of a weight to its depth: 0 for embeddings, 1 … for layers, one more for the head."""
    base = inner(model)
    names = [name for name, _ in layers(base)]
    heads = head_names(base)
    stacks = {name.rsplit(".", 2)[0]: place for place, name in enumerate(names, start=1)}

    def depth(weight: str) -> int:
        if any(weight.startswith(f"{head}.") for head in heads):
            return len(names) + 1
        for place, name in enumerate(names, start=1):
            if weight.startswith(f"{name}."):
                return place
        if re.search(r"embed|shared|\bwte\b|\bwpe\b", weight):
            return 0
        # a norm behind the last layer of a stack belongs to that layer; what a method adds belongs on top
        return max((place for stack, place in stacks.items() if weight.startswith(f"{stack}.")), default=len(names) + 1)

    return depth


def linears(model: Any) -> list[str]:
    """Names of the linear maps inside the layers, in order."""
    from torch.nn import Linear
    from transformers.pytorch_utils import Conv1D

    base = inner(model)
    return [
        f"{name}.{inside}"
        for name, layer in layers(base)
        for inside, module in layer.named_modules()
        if isinstance(module, Linear | Conv1D)
    ]


def is_attention(name: str) -> bool:
    """Whether a linear map of a layer belongs to its attention: `attention.self.query`, `self_attn.q_proj`, `attn.Wqkv` …"""
    return "att" in name.lower()


def attention_outputs(model: Any) -> list[str]:
    """Of each attention of each layer (an encoder-decoder has two in a layer of the decoder) its last map."""
    last: dict[str, str] = {}
    for name in linears(model):
        if is_attention(name):
            parts = name.split(".")
            first = next(place for place, part in enumerate(parts) if is_attention(part))
            last[".".join(parts[: first + 1])] = name
    return list(last.values())


def feedforward_outputs(model: Any) -> list[str]:
    """Of each layer the last map of its feed-forward part."""
    mine = [name for name in linears(model) if not is_attention(name)]
    last = {layer: name for layer, _ in layers(model) for name in mine if name.startswith(f"{layer}.")}
    return list(last.values())


def keys_and_values(model: Any) -> list[str]:
    """Maps to keys and values; where one map makes queries, keys and values together, that one."""
    leaf = re.compile(r"(k|v|key|value|wk|wv|w?qkv|query_key_value|c_attn|in_proj)(_?(proj|lin|layer))?", re.IGNORECASE)
    return [name for name in linears(model) if is_attention(name) and leaf.fullmatch(name.rsplit(".", 1)[-1])]


def norms(model: Any) -> list[str]:
    """Names of the norms with weights, of the whole model but its head."""
    base = inner(model)
    heads = head_names(base)
    return [
        name
        for name, module in base.named_modules()
        if _is_norm(module) and not any(name == head or name.startswith(f"{head}.") for head in heads)
    ]
