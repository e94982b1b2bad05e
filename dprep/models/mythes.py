"""Thesauri as LibreOffice has them (MyThes 1.0): text, its encoding in the first line, then entries.

An entry is `word|lines` and so many lines `(part of speech)|synonym|synonym`, one for each meaning. Terms with a mark behind
them, such as `motor vehicle (generic term)`, `nass (ugs.)`, are wider, narrower, opposite or of another register: left out.
Source: github.com/hunspell/mythes, data_layout.txt.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from dprep.base.problem import fail
from dprep.models.lists import MOST
from dprep.models.thesaurus import Thesaurus

_POS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_.:-]{2,40}")
_ENTRY = re.compile(rb"([^|]*)\|(\d{1,6})\s*")
_MARK = re.compile(r"\([^()]*\)\s*$")
_CURE = "install the thesaurus again"


def is_encoding(head: bytes) -> bool:
    """Whether a file starts as a thesaurus does: a first line that is an encoding's name, a second with a `|`."""
    first, _, rest = head.removeprefix(codecs.BOM_UTF8).partition(b"\n")
    return bool(_NAME.fullmatch(first.strip())) and b"|" in rest.partition(b"\n")[0]


class MyThes(Thesaurus):
    """One thesaurus; entries are decoded when they are asked for."""

    def __init__(self, path: str) -> None:
        self._name = Path(path).name
        data = Path(path).read_bytes().removeprefix(codecs.BOM_UTF8)
        if len(data) > MOST:
            raise fail("unreadable-file", f"`{self._name}` has over {MOST:,} bytes", "name the right file")
        self._lines = data.split(b"\n")
        self._encoding = _codec(self._lines[0].strip().decode("ascii"), self._name)
        self._places = self._entries()
        shown = b"\n".join(self._lines[:400])
        self.tagged = shown.count(b"\n(noun)|") + shown.count(b"\n(adj)|") + shown.count(b"\n(verb)|") > 40
        self.language = "en" if self.tagged else ""

    def _entries(self) -> dict[bytes, int]:
        """Where each entry stands."""
        found: dict[bytes, int] = {}
        at, rows = 1, self._lines
        while at < len(rows):
            if not rows[at].strip():
                at += 1
                continue
            match = _ENTRY.fullmatch(rows[at])
            following = at + 1 + int(match[2]) if match else at
            if match is None or following > len(rows) or (following == len(rows) and rows[-1:] == [b""]):
                raise fail("unreadable-file", f"`{self._name}`: line {at + 1} is no entry, or the file ends in it", _CURE)
            found.setdefault(match[1], at)
            at = following
        if not found:
            raise fail("unreadable-file", f"`{self._name}` holds no entry", _CURE)
        return found

    def meanings(self, word: str, pos: str, most: int) -> list[list[str]]:
        found: list[list[str]] = []
        for label, terms in self._asked(word):
            if len(found) < most and (not self.tagged or not pos or _POS.get(label) == pos):
                kept = [term for term in terms if term and not _MARK.search(term) and term.lower() != word]
                found += [kept] if kept else []
        return found

    def _asked(self, word: str) -> list[tuple[str, list[str]]]:
        try:
            at = self._places.get(word.encode(self._encoding))
        except UnicodeEncodeError:
            return []
        if at is None:
            return []
        count = int(self._lines[at].rpartition(b"|")[2])
        try:
            decoded = [row.decode(self._encoding) for row in self._lines[at + 1 : at + 1 + count]]
        except UnicodeDecodeError:
            sentence = f"`{self._name}`: the entry at line {at + 1} is not text in `{self._encoding}`"
            raise fail("unreadable-file", sentence, _CURE) from None
        parts = [[part.strip() for part in row.split("|")] for row in decoded]
        return [(each[0].strip("()"), each[1:]) for each in parts]

    def phrases(self) -> tuple[str, ...]:
        return tuple(word.decode(self._encoding, "replace").lower() for word in self._places if b" " in word)


def _codec(name: str, file: str) -> str:
    """Python's name of an encoding: `ISO8859-1`, `UTF-8`, `microsoft-cp1251`."""
    try:
        return codecs.lookup(name.lower().removeprefix("microsoft-")).name
    except LookupError:
        raise fail("unreadable-file", f"`{file}` is in `{name}`, which is unknown here", "save it as UTF-8") from None
