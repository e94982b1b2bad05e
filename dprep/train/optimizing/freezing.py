"""What stays as it is: weights by name, layers from below, all but the head; and layers that begin to move one by one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dprep.base.problem import Error, Problem
from dprep.train.computing import anatomy
from dprep.train.settings import NOWHERE, Settings, WhereIs


def freeze(model: Any, settings: Settings, where: WhereIs = NOWHERE) -> list[str]:
    """Take weights out of what a method trains, as the settings say; the names of those held back.

    Raises Error (`train-freeze`) for an expression that fits no weight, more layers than there are, and where nothing is left.
    """
    plain = anatomy.plain_names(model)
    trained = {name: plain[name] for name, weight in model.named_parameters() if weight.requires_grad}
    held: set[str] = set()
    for pattern in settings.freeze:
        held |= _by_pattern(pattern, model, trained, where)
    held |= _by_layer(settings.freeze_layers, model, trained, where)
    held |= _by_part(settings.train_only, model, trained, where)
    if held and held >= set(trained):
        raise _wrong("everything that the method trains is held back", "", where, "hold back less, or choose another method")
    for name, weight in model.named_parameters():
        if name in held:
            weight.requires_grad_(False)
    return [name for name in trained if name in held]


def _by_pattern(pattern: str, model: Any, trained: dict[str, str], where: WhereIs) -> set[str]:
    try:
        found = re.compile(pattern)
    except re.error as error:
        raise _wrong(f"`{pattern}` is no regular expression: {error}", "freeze", where) from error
    every = list(dict.fromkeys(anatomy.plain_names(model).values()))
    if not any(found.search(name) for name in every):
        some = ", ".join(f"`{name}`" for name in every[:3])
        raise _wrong(f"`{pattern}` fits no name of a weight", "freeze", where, f"the first names are {some}")
    return {name for name, plain in trained.items() if found.search(plain)}


def _by_layer(count: int, model: Any, trained: dict[str, str], where: WhereIs) -> set[str]:
    if not count:
        return set()
    there = len(anatomy.layers(model))
    if count > there:
        raise _wrong(f"{count} layers cannot be frozen: the model has {there}", "freeze_layers", where)
    depth = anatomy.depth_of(model)
    return {name for name, plain in trained.items() if depth(plain) <= count}


def _by_part(part: str, model: Any, trained: dict[str, str], where: WhereIs) -> set[str]:
    if part == "all":
        return set()
    heads = tuple(f"{head}." for head in anatomy.head_names(model))
    if part == "head":
        kept = {name for name, plain in trained.items() if plain.startswith(heads)}
        if not kept:
            raise _wrong("the method trains no head", "train_only", where, "leave `train_only` out: this task adds no new head")
    elif part == "encoder":
        encoder = _encoder(model)
        kept = {name for name, plain in trained.items() if plain.startswith(encoder)} if encoder else set(trained)
        kept -= {name for name, plain in trained.items() if plain.startswith(heads)}
    else:
        raise _wrong(f"`{part}` is not one of `all`, `head` and `encoder`", "train_only", where)
    return set(trained) - kept


def _encoder(model: Any) -> tuple[str, ...]:
    """The start of the names of an encoder-decoder's encoder; empty where the whole backbone is one stack."""
    base = anatomy.inner(model)
    if not getattr(base.config, "is_encoder_decoder", False):
        return ()
    prefix = anatomy.backbone_name(base)
    return (f"{prefix}.encoder." if prefix else "encoder.",)


def _wrong(sentence: str, key: str, where: WhereIs, help: str = "") -> Error:
    return Error(Problem("train-freeze", sentence, where(key) if key else None, help))


@dataclass(frozen=True)
class Unfreezing:
    """Layers that wait: their gradients are dropped until it is their turn, from the top down. Howard and Ruder 2018, ULMFiT.

    Weights keep `requires_grad`, so that several devices agree on what they exchange and checkpoints on what they hold.
    """

    waiting: Sequence[tuple[float, Sequence[Any]]]
    """From which epoch on, which weights move."""

    def drop(self, epoch: float) -> None:
        """Between backward and clipping: forget the gradients of what does not move yet, so that the optimiser skips it."""
        for begins, weights in self.waiting:
            if epoch < begins:
                for weight in weights:
                    weight.grad = None


def unfreezing(model: Any, settings: Settings) -> Unfreezing | None:
    """The order in which layers begin to move; None where all do at once.

    At first the head moves, or the top layer where nothing of a head is trained; each `unfreeze_every` epochs one layer more,
    at last the embeddings.
    """
    if not settings.unfreeze_every:
        return None
    depth, plain = anatomy.depth_of(model), anatomy.plain_names(model)
    by_depth: dict[int, list[Any]] = {}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            by_depth.setdefault(depth(plain[name]), []).append(weight)
    order = sorted(by_depth, reverse=True)
    return Unfreezing([(turn * settings.unfreeze_every, by_depth[level]) for turn, level in enumerate(order) if turn])
