"""Princeton WordNet's own files: looked up by bisection of `index.*`, as WordNet itself does, so nothing is read in advance.

A word's meanings stand in `index.*` ordered by how often they were met in WordNet's tagged texts (Semcor); `cntlist.rev` has
the counts. Source: wndb(5WN), senseidx(5WN), cntlist(5WN).
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from dprep.base.problem import Error, fail
from dprep.models.thesaurus import Thesaurus

_FILES = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
_KINDS = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
_LETTERS = {"n": "n", "v": "v", "a": "as", "r": "r"}
_MARKER = re.compile(r"\((?:a|p|ip)\)$")
_OFTEN = 3
"""Times that a synonym must have been met in a meaning."""
_PHRASES = re.compile(rb"^([^ ]*_[^ ]*) ", re.MULTILINE)


class _Line(NamedTuple):
    """A word in the index: where its meanings stand in the data, and how many of the first ones were met in texts."""

    meanings: tuple[int, ...]
    met: int


def is_wordnet(path: str) -> bool:
    return all((Path(path) / f"{kind}.noun").is_file() for kind in ("index", "data"))


class WordNet(Thesaurus):
    """A synonym counts only if the meaning is also among the first of its own, and what it usually means: so `machine` is none
    of `car`. A verb must fit all sentences that the word fits: so `present` is none of `show`."""

    language = "en"
    tagged = True

    def __init__(self, path: str) -> None:
        folder = Path(path)
        self._name = folder.name
        try:
            self._index = {pos: (folder / f"index.{file}").read_bytes() for pos, file in _FILES.items()}
            self._data = {pos: (folder / f"data.{file}").read_bytes() for pos, file in _FILES.items()}
            counts = folder / "cntlist.rev"
            self._counts = counts.read_bytes() if counts.is_file() else b""
        except OSError as fault:
            missing = Path(str(fault.filename)).name
            raise fail("unreadable-file", f"`{missing}` of WordNet's folder `{self._name}` cannot be read", _CURE) from fault
        for part in (self._index, self._data):
            for pos, data in part.items():
                if not data.endswith(b"\n") or b"\0" in data[:4096]:
                    raise self._broken(pos)
        self.senses = lru_cache(maxsize=1 << 16)(self._senses)

    def meanings(self, word: str, pos: str, most: int) -> list[list[str]]:
        found = []
        for number, meaning in enumerate(self.senses(word, pos).meanings[:most]):
            written = self._written(meaning, pos)
            own = next((frames for other, frames in written.items() if other.lower() == word), frozenset())
            others = [other for other, frames in written.items() if other.lower() != word and own <= frames]
            kept = [other for other in others if self._is_common(other, pos, meaning, most)]
            if kept and self._is_usual(word, pos, number, most):
                found.append(kept)
        return found

    def _is_common(self, word: str, pos: str, meaning: int, most: int) -> bool:
        """Whether a word, no name, is known for `meaning`: one of its first, often met, and usually meant."""
        line = self.senses(word, pos)
        if word != word.lower() or meaning not in line.meanings[: min(most, line.met)]:
            return False
        number = line.meanings.index(meaning)
        met = self._met.get((_key(word), pos), {})
        return (not self._met or met.get(number, 0) >= _OFTEN) and self._is_usual(word, pos, number, most)

    def _is_usual(self, word: str, pos: str, number: int, most: int) -> bool:
        """Whether a word had one of its `most` first meanings, or this one, in half of the times that it was met."""
        met = self._met.get((_key(word), pos), {})
        return 2 * sum(met.get(each, 0) for each in {*range(most), number}) >= sum(met.values())

    def _senses(self, word: str, pos: str) -> _Line:
        found = _bisected(self._index[pos], word.replace(" ", "_").encode())
        if not found:
            return _Line((), 0)
        fields = found.split()
        try:
            count = int(fields[2])
            meanings = tuple(int(field) for field in fields[-count:])
            if len(meanings) != count or len(fields) < count + 6:
                raise ValueError
            return _Line(meanings, int(fields[-count - 1]))
        except (ValueError, IndexError):
            raise self._broken(pos) from None

    def _written(self, meaning: int, pos: str) -> dict[str, frozenset[bytes]]:
        """The words of a meaning as they are written, names with capitals; of verbs the sentences that each can be in."""
        line = self._data[pos][meaning : self._data[pos].find(b" | ", meaning)]
        fields = line.split()
        try:
            if int(fields[0]) != meaning or fields[2].decode() not in _LETTERS[pos]:
                raise ValueError
            count = int(fields[3], 16)
            words = [_MARKER.sub("", word.decode().replace("_", " ")) for word in fields[4 : 4 + 2 * count : 2]]
            pointers = 4 + 2 * count
            frames = fields[pointers + 1 + 4 * int(fields[pointers]) + 1 :] if pos == "v" else []
            if len(words) != count or not count:
                raise ValueError
            pairs = list(zip(frames[1::3], (int(of, 16) for of in frames[2::3]), strict=True))
            return {word: frozenset(frame for frame, of in pairs if of in {0, n}) for n, word in enumerate(words, start=1)}
        except (ValueError, IndexError):
            raise self._broken(pos) from None

    @cached_property
    def _met(self) -> dict[tuple[str, str], dict[int, int]]:
        """How often each word was met in each of its meanings, counted from 0; empty where `cntlist.rev` is not there."""
        found: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
        for line in self._counts.decode("utf-8", "replace").splitlines():
            key, *numbers = line.split()
            lemma, _, kind = key.partition("%")
            if kind[:1] in _KINDS and len(numbers) == 2 and all(map(str.isdigit, numbers)):
                found[lemma, _KINDS[kind[:1]]][int(numbers[0]) - 1] = int(numbers[1])
        return dict(found)

    def weight(self, word: str, pos: str) -> float:
        met = float(sum(self._met.get((_key(word), pos), {}).values()))
        return met if self._counts else float(self.senses(word, pos).met)

    def is_name(self, word: str) -> bool:
        meanings = self.senses(word, "n").meanings
        return any(other.lower() == word and other != word for meaning in meanings for other in self._written(meaning, "n"))

    def phrases(self) -> tuple[str, ...]:
        found = {phrase for data in self._index.values() for phrase in _PHRASES.findall(data)}
        return tuple(sorted(phrase.decode("utf-8", "replace").replace("_", " ") for phrase in found))

    def _broken(self, pos: str) -> Error:
        sentence = (
            f"`index.{_FILES[pos]}` and `data.{_FILES[pos]}` of WordNet's folder `{self._name}` are cut off or do not fit"
        )
        return fail("unreadable-file", sentence, _CURE)


_CURE = "install it again: `apt install --reinstall wordnet-base`"


def _key(word: str) -> str:
    return word.replace(" ", "_")


def _bisected(index: bytes, word: bytes) -> bytes:
    """The line of sorted `index` that starts with `word` and a blank; empty where there is none."""
    low, high = 0, len(index)
    while low < high:
        start = index.rfind(b"\n", low, (low + high) // 2) + 1 or low
        end = index.find(b"\n", start)
        end = len(index) if end < 0 else end
        key = index[start:end].partition(b" ")[0]
        if key == word and key:
            return index[start:end]
        if key < word:
            low = end + 1
        else:
            high = start
    return b""
