"""What may stand for a word as it is written: once for each different form that a text has, not for each word.

Entries are tables for a kernel that then chooses by what stands around. The parts of speech that a form may be are kept apart;
of forms that are two forms of one word at once (`put`, `closed`) only synonyms that are so too are taken.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.text import buffers
from dprep.kernels.offers import CAPITAL, LOWER, MIXED, OPEN, OTHER, UPPER
from dprep.models.closed_words import english, stop_words
from dprep.models.inflection import Reading, inflected, readings
from dprep.models.thesauri import thesaurus
from dprep.models.thesaurus import HAN, Thesaurus
from dprep.models.wordlist import frequencies

GROUPS = "nvar"
_TAGS = ("NN", "NNS", "VB", "VBZ", "VBD", "VBN", "VBG", "JJ", "JJR", "JJS", "RB", "RBR", "RBS")
_MOST = 4
"""Synonyms of a word in one part of speech that are drawn from: the first ones."""
_RARE = 20
"""A Chinese synonym must stand at least so often in the counts of jieba's word list, whose largest is 883,634,"""
_RARER, _COMMONER = 0.1, 4.0
"""between so many times as often as the word,"""
_ALIKE, _ALIKE_APART = 0.32, 0.6
"""and be the word in at least so many of the meanings of either, if they have a character in common, and if not."""
_MOST_CHINESE = 1
_SILENT_H = ("hour", "honest", "honor", "honour", "heir")
_LIKE_YOU = ("uni", "use", "usu", "usa", "util", "eu", "uter", "one", "once", "ubi", "ukr", "uran")
_CHINESE = {"n": "n", "v": "v", "a": "a", "d": "r"}
"""WordNet's part of speech for the first letter of jieba's."""
_NAMES = ("nr", "ns", "nt", "nz", "nrt", "nrfg")
_MANY = 40
_WORDS = re.compile(r"[^\W\d_]+(?:[-'’ ][^\W\d_]+)*")
ARTICLES = ("a", "an", "A", "An", "AN")
"""The first texts of every pool."""


class Entry(NamedTuple):
    """What is known of a form."""

    kind: int
    case: int
    is_word: bool
    is_name: bool
    tags: int
    """A bit for each of `_TAGS` that it may be."""
    weights: tuple[float, float, float, float]
    """How often it is of each of `GROUPS`."""
    choices: tuple[tuple[str, ...], ...]
    """For each of `GROUPS`, what may stand for it; cased as it is."""


class Pool(NamedTuple):
    """Entries of the different forms of a block, as arrays. Form f has choices first[f, g]:first[f, g] + many[f, g]."""

    kinds: npt.NDArray[np.uint8]  # (forms,)
    cases: npt.NDArray[np.uint8]
    words: npt.NDArray[np.bool_]
    names: npt.NDArray[np.bool_]
    tags: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]  # (forms, 4)
    first: npt.NDArray[np.int64]  # (forms, 4)
    many: npt.NDArray[np.int64]  # (forms, 4)
    vowels: npt.NDArray[np.bool_]  # (choices,): whether `an` stands before it
    offsets: npt.NDArray[np.int64]  # (choices + 1,)
    data: npt.NDArray[np.uint8]


_Found = tuple[int, tuple[float, float, float, float], tuple[tuple[str, ...], ...]]
"""Tags, weights and choices, as an `Entry` has them."""


def _alone(choices: tuple[str, ...]) -> _Found:
    """A word without parts of speech: taken for a noun that is nothing else."""
    return 1, (1.0, 0.0, 0.0, 0.0), (choices, (), (), ())


class Replacements:
    """The entries of one book of synonyms, or of none."""

    def __init__(self, book: Thesaurus, language: str, senses: int, phrases: bool) -> None:
        self.language = language
        self._book, self._senses, self._phrases = book, senses, phrases
        self._stop = stop_words(language)
        self.entry = lru_cache(maxsize=1 << 17)(self._entry)

    def pool(self, forms: list[str]) -> Pool:
        """The entries of `forms`."""
        texts: list[str] = list(ARTICLES)
        entries = [self.entry(form) for form in forms]
        first, many = np.zeros((len(forms), 4), np.int64), np.zeros((len(forms), 4), np.int64)
        for f, entry in enumerate(entries):
            if any(entry.choices):
                for g, choices in enumerate(entry.choices):
                    first[f, g], many[f, g] = len(texts), len(choices)
                    texts += choices
        kinds, cases, words, names, tags, weights, _ = zip(*entries, strict=True) if entries else ((),) * 7
        vowels = np.array([_has_vowel(text) for text in texts], np.bool_)
        offsets, data = buffers(pl.Series(texts, dtype=pl.String))
        return Pool(
            np.array(kinds, np.uint8),
            np.array(cases, np.uint8),
            np.array(words, np.bool_),
            np.array(names, np.bool_),
            np.array(tags, np.int64),
            np.array(weights, np.float64).reshape(-1, 4),
            first,
            many,
            vowels,
            offsets,
            data,
        )

    def phrases(self) -> tuple[str, ...]:
        """Entries of several words, whose words stay together."""
        return self._book.phrases()

    def _entry(self, form: str) -> Entry:
        word, case = form.lower(), _case(form)
        kind = english().get(word.replace("’", "'"), OPEN) if self.language == "en" else OTHER * (word in self._stop)
        is_word = any(map(str.isalpha, form)) and not any(map(str.isdigit, form))
        if kind != OPEN or not is_word or case == MIXED or len(form) > 60:
            return Entry(kind, case, is_word, False, 0, (0, 0, 0, 0), ((), (), (), ()))
        found = self._english(word) if self.language == "en" else self._chinese(word) if HAN.search(word) else None
        # a book of Chinese with parts of speech has nothing good to say of Latin words and signs
        tags, weights, plain = found or _alone(() if self._book.tagged and self.language == "zh" else self._synonyms(word, ""))
        shown = tuple(tuple(_cased(choice, case) for choice in choices) for choices in plain)
        return Entry(kind, case, is_word, self._book.is_name(word), tags, weights, shown)

    def _english(self, word: str) -> _Found:
        """The tags, weights and choices of an English word. A book without parts of speech is asked for each form as it is."""
        if not self._book.tagged:
            asked = (self._forms(word, reading) for reading in readings(word))
            return _alone(self._synonyms(word, "") or next(filter(None, asked), ()))
        tags, weights = 0, [0.0] * len(GROUPS)
        choices: list[tuple[str, ...]] = [()] * len(GROUPS)
        for g, pos in enumerate(GROUPS):
            mine = [reading for reading in self._readings(word) if reading.pos == pos]
            if not mine:
                continue
            ranked = sorted((self._book.weight(reading.lemma, pos) + 0.2, reading) for reading in mine)
            weights[g] = sum(weight for weight, _ in ranked)
            tags |= sum(1 << _TAGS.index(tag) for reading in mine for tag in reading.tags if tag in _TAGS)
            best, reading = ranked[-1]
            if best >= 0.9 * weights[g]:
                choices[g] = self._forms(word, reading)
        return tags, (weights[0], weights[1], weights[2], weights[3]), tuple(choices)

    def _chinese(self, word: str) -> _Found:
        """As `_english`; a list of the user's own is taken as it is, without parts of speech."""
        if not self._book.tagged:
            return _alone(self._synonyms(word, ""))
        known = frequencies()
        kind = known[word].tag if word in known and len(word) > 1 else ""
        pos = "" if kind in _NAMES else _CHINESE.get(kind[:1], "")
        ranked = []
        for other in self._synonyms(word, pos, _MANY) if pos else ():
            counted = known.get(other)
            if counted is None or len(other) < 2 or counted.tag[:1] != kind[:1] or counted.times < _RARE:
                continue
            likeness, shared = self._book.likeness(word, other, pos), not set(word).isdisjoint(other)
            alike = likeness >= (_ALIKE if shared else _ALIKE_APART)
            if alike and _RARER <= counted.times / known[word].times <= _COMMONER:
                ranked.append((not shared, -likeness, -counted.times, other))
        chosen = tuple(other for *_, other in sorted(ranked)[: _MOST_CHINESE * self._senses])
        return _alone(chosen)

    def _readings(self, word: str) -> tuple[Reading, ...]:
        """All that the tables know, and what the book knows beyond."""
        known = readings(word)
        more = [pos for pos in GROUPS if not any(each.pos == pos for each in known) and self._book.meanings(word, pos, 1)]
        base = {"n": "NN", "v": "VB", "a": "JJ", "r": "RB"}
        return (*known, *(Reading(word, pos, (base[pos],)) for pos in more))

    def _forms(self, word: str, reading: Reading) -> tuple[str, ...]:
        found = (inflected(synonym, reading) for synonym in self._synonyms(reading.lemma, reading.pos))
        return tuple(dict.fromkeys(form for form in found if form and form.lower() != word))

    def _synonyms(self, word: str, pos: str, most: int = _MOST) -> tuple[str, ...]:
        """The first synonyms of each of the first meanings."""
        meanings = self._book.meanings(word, pos, self._senses)
        found = dict.fromkeys(synonym for meaning in meanings for synonym in meaning)
        kept = [each for each in found if self._is_fit(each)]
        return tuple(kept[: most * self._senses])

    def _is_fit(self, synonym: str) -> bool:
        """Whether it is of letters, no stop word, and no abbreviation."""
        lower = synonym.lower()
        if not _WORDS.fullmatch(synonym) or lower in self._stop or (" " in synonym and not self._phrases):
            return False
        return self.language != "en" or (len(lower) > 2 and not set("aeiouy").isdisjoint(lower))


@lru_cache(maxsize=8)
def replacements(path: str, content: str, language: str, senses: int, phrases: bool) -> Replacements:
    """The entries of the book at `path`, kept per process; `content`: its hash. language: `auto`, `en`, `zh` or `other`."""
    book = thesaurus(path) if path else Thesaurus()
    told = book.language if language == "auto" else "" if language == "other" else language
    return Replacements(book, told, senses, phrases)


def _case(form: str) -> int:
    lower = form.lower()
    if form == lower:
        return LOWER
    if len(form) > 1 and form == form.upper():
        return UPPER
    return CAPITAL if form[1:] == lower[1:] else MIXED


def _cased(word: str, case: int) -> str:
    if case == UPPER:
        return word.upper()
    return word[:1].upper() + word[1:] if case == CAPITAL else word


def _has_vowel(text: str) -> bool:
    """Whether `an` stands before an English word: by its letters, with the usual exceptions."""
    word = text.lower()
    if word.startswith(_SILENT_H):
        return True
    return word[:1] in set("aeiou") and not word.startswith(_LIKE_YOU)
