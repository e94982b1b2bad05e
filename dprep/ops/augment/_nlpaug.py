"""What is known of nlpaug 1.1.11: which augmenters work here, what they take, and how one is asked row by row."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from dprep.base.problem import fail

_WORDS = {"aug_min": int, "aug_max": int, "aug_p": float}
_STOP = {"stopwords": list, "stopwords_regex": str}
_CHARACTERS = {
    "aug_char_min": int,
    "aug_char_max": int,
    "aug_char_p": float,
    "aug_word_min": int,
    "aug_word_max": int,
    "aug_word_p": float,
    "min_char": int,
    **_STOP,
}
_CASES = {"include_upper_case": bool, "include_numeric": bool}

TAKES: dict[str, Mapping[str, type]] = {
    "char.KeyboardAug": {**_CHARACTERS, **_CASES, "include_special_char": bool, "lang": str},
    "char.OcrAug": _CHARACTERS,
    "char.RandomCharAug": {
        **_CHARACTERS,
        **_CASES,
        "include_lower_case": bool,
        "action": str,
        "swap_mode": str,
        "spec_char": str,
        "candidates": list,
    },
    "word.SpellingAug": {**_WORDS, **_STOP, "include_reverse": bool},
    "word.RandomWordAug": {**_WORDS, **_STOP, "action": str, "target_words": list},
    "word.SplitAug": {**_WORDS, **_STOP, "min_char": int},
    "word.ReservedAug": {**_WORDS, "reserved_tokens": list, "action": str, "case_sensitive": bool},
}
"""The augmenters that were tried and work, and the type of each setting that they take."""

FILES = {"char.KeyboardAug": "model_path", "char.OcrAug": "dict_of_path", "word.SpellingAug": "dict_path"}
"""What those call their file that may have one."""

CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ("char.RandomCharAug", "action"): ("insert", "substitute", "swap", "delete"),
    ("char.RandomCharAug", "swap_mode"): ("adjacent", "middle", "random"),
    ("word.RandomWordAug", "action"): ("substitute", "swap", "delete", "crop"),
    ("word.ReservedAug", "action"): ("substitute",),
    ("char.KeyboardAug", "lang"): ("de", "en", "es", "fr", "he", "it", "nl", "pl", "th", "tr", "uk"),
}
"""Settings that take some words only."""

REFUSED = {
    "word.SynonymAug": "it needs a tagger that it downloads; `augment.synonym` reads WordNet and other thesauri",
    "word.AntonymAug": "it needs a tagger that it downloads",
    "word.ContextualWordEmbsAug": "it does not work with transformers 5; `augment.masked` takes the same models",
    "word.BackTranslationAug": "it starts processes at every call; `augment.back_translate` takes the same models",
    "word.TfIdfAug": "it needs files that only it can write",
    "word.WordEmbsAug": "it needs gensim and a file of vectors",
    "sentence.RandomSentAug": "it needs rules of nltk's that it downloads; `augment.recombine` moves sentences",
    "sentence.ContextualWordEmbsForSentenceAug": "it needs a model that it downloads; `augment.rewrite` asks a service",
    "sentence.AbstSummAug": "it loads no model from a folder; `augment.rewrite` asks a service",
    "sentence.LambadaAug": "it needs a model that only it can make",
}
"""Why the others are not offered. Those for sound have nothing to do with texts."""

_LOCK = threading.Lock()


def wrong_settings(name: str, settings: Mapping[str, Any]) -> str:
    """What is wrong with the settings of an augmenter in TAKES, as a sentence; empty: nothing."""
    for key, value in settings.items():
        kind = TAKES[name].get(key)
        if kind is None:
            return f"`{name}` has no setting `{key}`; it has {', '.join(f'`{each}`' for each in TAKES[name])}"
        if not _fits(value, kind):
            return f"the setting `{key}` of `{name}` must be {_WORD[kind]}"
        choices = CHOICES.get((name, key))
        if choices is not None and value not in choices:
            return f"the setting `{key}` of `{name}` must be {' or '.join(f'`{each}`' for each in choices)}"
    if name == "word.ReservedAug" and not _groups(settings.get("reserved_tokens")):
        return "`word.ReservedAug` needs the setting `reserved_tokens`, lists of words that may stand for one another"
    return ""


_WORD = {int: "a number of 0 or more without a fraction", float: "a number from 0 to 1", bool: "true or false"}
_WORD |= {str: "a string", list: "a list"}


def _fits(value: Any, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return isinstance(value, list | tuple) if kind is list else isinstance(value, kind)


def _groups(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(each, list | tuple) and each for each in value)


class Asked:
    """An augmenter of nlpaug, asked for one text at a time."""

    def __init__(self, name: str, settings: Mapping[str, Any], file: str | None) -> None:
        room, _, kind = name.partition(".")
        self._blanks = name == "word.SplitAug"
        made = {key: _listed(value) for key, value in settings.items()}
        if file is not None:
            made[FILES[name]] = file
        try:
            self._augmenter = getattr(_library(room), kind)(**made)
            if name == "word.SpellingAug":
                self._augmenter.model = _spelling(self._augmenter)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, OSError):
            sentence = f"nlpaug makes no `{name}` of these settings" + (" and this file" if file is not None else "")
            raise fail("wrong-value", sentence, "nlpaug's own documentation says what they mean") from None

    def texts(self, texts: list[str], luck: npt.NDArray[np.uint64]) -> list[str | None]:
        """What it makes of each; None where that is the text itself, but for blanks (which count where it splits words)."""
        with _own_chance():
            return [self._one(text, int(number)) for text, number in zip(texts, luck, strict=True)]

    def _one(self, text: str, luck: int) -> str | None:
        if not text.strip():
            return None
        random.seed(luck)
        np.random.seed(luck & 0xFFFFFFFF)
        made = self._augmenter.augment(text)
        new = made[0] if isinstance(made, list) and made else made
        if not isinstance(new, str) or not new.strip():
            return None
        return None if (new == text if self._blanks else "".join(new.split()) == "".join(text.split())) else new


def _spelling(augmenter: Any) -> Any:
    """Its list read anew: nlpaug keeps the first list of a process for all, in an order that changes with the process."""
    found = import_module("nlpaug.model.word_dict").Spelling(augmenter.dict_path, augmenter.include_reverse)
    for spellings in found.dict.values():
        spellings.sort()
    return found


def _listed(value: Any) -> Any:
    return [_listed(each) for each in value] if isinstance(value, list | tuple) else value


@contextmanager
def _own_chance() -> Iterator[None]:
    """nlpaug draws from the generators of the whole process: they are lent to it, and come back as they were."""
    with _LOCK:
        ours, numpys = random.getstate(), np.random.get_state()
        try:
            yield
        finally:
            random.setstate(ours)
            np.random.set_state(numpys)


@cache
def asked(name: str, settings: bytes, file: str | None) -> Asked:
    """The augmenter with settings in JSON. Raises Error (`missing-library`, `wrong-value`)."""
    return Asked(name, orjson.loads(settings), file)


def _library(room: str) -> Any:
    try:
        return import_module(f"nlpaug.augmenter.{room}")
    except ModuleNotFoundError as fault:
        sentence = f"this step needs the library `{fault.name}`, which is not installed"
        raise fail("missing-library", sentence, "`pip install 'dprep[nlpaug]'` provides it") from None
