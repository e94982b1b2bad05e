"""The `[train]` table read: every key checked, every mistake a problem with its place."""

from __future__ import annotations

import dataclasses
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dprep.base.problem import Error, Place, Problem, did_you_mean
from dprep.train.settings import NOWHERE, Settings, WhereIs

CHOICES: Mapping[str, tuple[str, ...]] = {
    "objective": ("", "causal", "masked"),
    "long_rows": ("cut", "drop", "split"),
    "optimizer": ("adamw", "adamw_8bit", "sgd", "adafactor", "muon"),
    "schedule": ("linear", "cosine", "constant", "wsd"),
    "train_only": ("all", "head", "encoder"),
    "class_weights": ("", "balanced"),
    "supervise": ("", "assistant", "completion", "all"),
    "precision": ("auto", "fp32", "bf16", "fp16"),
    "device": ("auto", "cpu", "cuda"),
}
"""Keys that know a few words."""

TRACKERS = ("tensorboard", "wandb", "mlflow")
"""Where a run can be followed besides its own log; each by the library of that name."""

BOUNDS: Mapping[str, tuple[float, float]] = {
    "epochs": (0.0, 10_000.0),
    "batch_size": (1, 1_000_000),
    "accumulate": (1, 100_000),
    "eval_batch_tokens": (1, 1e9),
    "max_truncated_share": (0, 1),
    "max_truncated_targets": (0, 1),
    "max_dropped_share": (0, 1),
    "max_leaked_share": (0, 1),
    "learning_rate": (0, 100),
    "head_learning_rate": (0, 100),
    "momentum": (0, 1),
    "epsilon": (0, 1),
    "weight_decay": (0, 100),
    "layer_decay": (1e-3, 1),
    "label_smoothing": (0, 0.999),
    "focal": (0, 20),
    "dropout": (-1, 0.999),
    "mask_share": (0.001, 0.999),
    "beta": (1e-6, 1e3),
    "decay": (0, 1),
    "beams": (1, 64),
    "evaluate_every": (1e-3, 1e4),
    "keep_checkpoints": (1, 1000),
}
"""Least and most; other numbers are at least 0."""

_FIELDS = {each.name: each for each in dataclasses.fields(Settings)}


def read_settings(table: Mapping[str, Any], where: WhereIs = NOWHERE) -> Settings:
    """The settings that a `[train]` table asks for. where: from a key, such as `method.rank`, to its place.

    Raises Error with all that is wrong (`train-key`, `train-value`, `train-method`).
    """
    reader = _Reader(where, [])
    values = {key: found for key in table if (found := reader.value(key, table[key])) is not None}
    settings = _with_method(values, table.get("method"), reader)
    reader.problems += _contradictions(table, where)
    if reader.problems:
        raise Error(reader.problems)
    return settings


def of_task(settings: Settings, task: str, where: WhereIs = NOWHERE) -> list[Problem]:
    """What of the settings a task cannot have: a metric that it has no score for."""
    from dprep.train.scoring import scores

    metric = settings.metric
    if not metric or task not in scores.KINDS:
        return []
    known = [name for name in scores.names(task) if settings.generate or name not in _of_answers(task)]
    if metric in known:
        return []
    help = did_you_mean(metric, known) or f"it has {', '.join(f'`{name}`' for name in known)}"
    if metric in scores.names(task):
        help = "`generate = true` writes answers, so that there is something to score"
    return [Problem("train-value", f"task `{task}` has no score `{_shown(metric)}` to choose by", where("metric"), help)]


def _of_answers(task: str) -> set[str]:
    """Scores of what a model has written."""
    from dprep.train.scoring import scores

    return set(scores.names(task)) - {"perplexity", "nll"} if task in {"chat", "completion"} else set()


def beside(settings: Settings, folder: Path, overrides: Sequence[str] = ()) -> Settings:
    """Paths of a recipe in `folder` begin there, or else at the current folder; those of `overrides` at the current one.

    They come out absolute, so that a run finds its model again from anywhere.
    """
    said = {text.partition("=")[0].strip() for text in overrides}
    found: dict[str, str] = {}
    for name in _PATHS:
        value = str(getattr(settings, name))
        for start in [Path()] if f"train.{name}" in said else [folder, Path()]:
            path = start / Path(value).expanduser() if value else Path()
            if name not in found and value and (path.is_dir() if name == "model" else path.exists()):
                found[name] = str(path.absolute())
    return dataclasses.replace(settings, **found)  # type: ignore[arg-type]


_PATHS = ("model", "tokenizer", "template")


def table_of_version(folder: Path) -> dict[str, Any]:
    """The `[train]` table of the recipe that a version keeps."""
    with suppress(OSError, tomllib.TOMLDecodeError):
        found = tomllib.loads((folder / "recipe.toml").read_text("utf-8")).get("train", {})
        return dict(found) if isinstance(found, Mapping) else {}
    return {}


def overridden(table: Mapping[str, Any], overrides: Sequence[str], where: WhereIs = NOWHERE) -> tuple[dict[str, Any], WhereIs]:
    """The table changed as `train.epochs=5` and `train.method.rank=8` say, and where its keys stand then.

    Raises Error (`bad-override`).
    """
    table, said = dict(table), {}
    for text in overrides:
        key, equals, value = text.partition("=")
        words = key.strip().removeprefix("train.").split(".")
        if not equals or not all(words) or len(words) > 2:
            help = "write `--set train.epochs=5` or `--set train.method.rank=8`"
            raise Error(Problem("bad-override", f"`--set {text[:120]}` names no key of `[train]` and value", help=help))
        _set(table, words, value.strip())
        said[".".join(words)] = text
    return table, lambda key: Place("--set", 0, 1, max(1, len(said[key])), said[key]) if key in said else where(key)


def _set(table: dict[str, Any], words: list[str], value: str) -> None:
    if len(words) == 1:
        table[words[0]] = read_value(value)
        return
    inner = table.get(words[0], {})
    kept = {"name": inner} if isinstance(inner, str) else inner if isinstance(inner, Mapping) else {}
    table[words[0]] = {**kept, words[1]: read_value(value)}


def read_value(text: str) -> Any:
    """What a value means: TOML where it is some, else the words themselves."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def defaults() -> dict[str, Any]:
    """Key -> default, in the order of the page."""
    return Settings().asked()


@dataclass
class _Reader:
    where: WhereIs
    problems: list[Problem]

    def value(self, key: str, given: Any) -> Any:
        """What a key says, in the type that the settings have; None where it cannot be used, which is then a problem."""
        if key not in _FIELDS or key == "options":
            help = did_you_mean(key, [name for name in _FIELDS if name != "options"]) or "`dprep train --keys` lists the keys"
            self.problems.append(Problem("train-key", f"`[train]` has no key `{key[:80]}`", self.where(key), help))
            return None
        if key == "method":
            return None
        default = getattr(Settings(), key)
        found = _typed(given, default)
        if found is None:
            self._wrong(key, f"`{key}` is {_kind(default)}, and `{_shown(given)}` is not")
            return None
        return found if self._bounded(key, found) else None

    def _bounded(self, key: str, value: Any) -> bool:
        if key in CHOICES and value not in CHOICES[key]:
            words = ", ".join(f"`{word}`" for word in CHOICES[key] if word)
            self._wrong(key, f"`{key}` is one of {words}, not `{_shown(value)}`", did_you_mean(str(value), CHOICES[key]))
            return False
        if isinstance(value, int | float) and not isinstance(value, bool):
            low, high = BOUNDS.get(key, (0, math.inf))
            if not low <= value <= high:
                upper = f" and at most {high:g}" if high < math.inf else ""
                self._wrong(key, f"`{key}` is at least {low:g}{upper}, not {value:g}")
                return False
        if key == "report_to":
            return all(self._tracker(each) for each in value)
        if key == "freeze":
            return all(self._pattern(each) for each in value)
        return True

    def _tracker(self, name: str) -> bool:
        if name not in TRACKERS:
            help = did_you_mean(name, TRACKERS) or f"there are {', '.join(f'`{each}`' for each in TRACKERS)}"
            self._wrong("report_to", f"`{_shown(name)}` is no tracker", help)
        return name in TRACKERS

    def _pattern(self, text: str) -> bool:
        try:
            re.compile(text)
        except re.error as fault:
            self._wrong("freeze", f"`{_shown(text)}` is no regular expression: {fault}")
            return False
        return True

    def _wrong(self, key: str, sentence: str, help: str = "") -> None:
        self.problems.append(Problem("train-value", sentence, self.where(key), help))


def _with_method(values: dict[str, Any], given: Any, reader: _Reader) -> Settings:
    """The settings with their method and its options, each checked against the method's own."""
    from dprep.train.methods import method_class

    if given is None:
        return Settings(**values)
    table = {"name": given} if isinstance(given, str) else given
    if not isinstance(table, Mapping) or not isinstance(table.get("name"), str):
        help = 'write `method = "lora"` or `method = { name = "lora", rank = 8 }`'
        reader.problems.append(Problem("train-value", "`method` names no method", reader.where("method"), help))
        return Settings(**values)
    options = {key: value for key, value in table.items() if key != "name"}
    settings = Settings(**values, method=table["name"], options=MappingProxyType(options))
    try:
        method_class(table["name"])(settings, reader.where)
    except Error as error:
        reader.problems.extend(
            each if each.place else dataclasses.replace(each, place=reader.where("method")) for each in error.problems
        )
    return settings


def _typed(given: Any, default: Any) -> Any:
    """`given` in the type of `default`; None where it does not fit."""
    if isinstance(default, bool) or isinstance(given, bool):
        return given if isinstance(given, bool) and isinstance(default, bool) else None
    if isinstance(default, float):
        return float(given) if isinstance(given, int | float) and math.isfinite(given) else None
    if isinstance(default, int):
        return given if isinstance(given, int) else None
    if isinstance(default, tuple):
        return _sequence(given, default)
    if isinstance(default, Mapping):
        return MappingProxyType(dict(given)) if isinstance(given, Mapping) else None
    return given if isinstance(given, type(default)) else None


def _sequence(given: Any, default: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Words, or as many numbers as the default has."""
    if isinstance(given, str) and not default:
        return (given,)
    if not isinstance(given, list | tuple):
        return None
    if default and isinstance(default[0], float):
        numbers = tuple(_typed(each, 0.0) for each in given)
        return (
            numbers
            if len(numbers) == len(default)
            and all(0 <= each < 1 for each in numbers if each is not None)
            and None not in numbers
            else None
        )
    return tuple(given) if all(isinstance(each, str) for each in given) else None


def _contradictions(table: Mapping[str, Any], where: WhereIs) -> list[Problem]:
    """Keys that do not go together."""
    found = []
    if table.get("model") and table.get("architecture"):
        help = "drop one: `architecture` trains from scratch"
        found.append(Problem("train-value", "`model` and `architecture` both say what is trained", where("architecture"), help))
    if table.get("batch_tokens") and "batch_size" in table:
        help = "drop one: `batch_size` counts rows, `batch_tokens` tokens"
        found.append(
            Problem("train-value", "`batch_size` and `batch_tokens` both say how large a batch is", where("batch_tokens"), help)
        )
    return found


def _kind(default: Any) -> str:
    if isinstance(default, bool):
        return "`true` or `false`"
    kinds = {int: "a whole number", float: "a number", str: "text", tuple: "a list"}
    return kinds.get(type(default), "a table")


def _shown(value: Any) -> str:
    return str(value)[:80]
