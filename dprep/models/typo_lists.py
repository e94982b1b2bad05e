"""Files that say how words and characters are misspelt: what is right -> the wrong spellings of it.

Five ways of writing them are read, told by the first line. Two name characters: `character<TAB>characters …` (those it is taken
for) and `U+XXXX: reading` (pinyin; characters of one reading are taken for one another). Three name words: those that
`dprep.models.misspellings` reads, the other way round.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from dprep.base.problem import fail
from dprep.models.lists import lines
from dprep.models.misspellings import pairs

Spellings = dict[str, list[str]]
"""What is right, in lower case -> wrong spellings in lower case, each once, in the order of the files."""

_READING = re.compile(r"U\+([0-9A-Fa-f]{4,6}): *([^#\s]+)")


def merged(lists: Iterable[Mapping[str, Iterable[str]]], real_words: bool) -> Spellings:
    """Several lists as one. real_words: wrong spellings stay that are the right ones of something else."""
    found: dict[str, dict[str, None]] = {}
    for each in lists:
        for right, wrongs in each.items():
            found.setdefault(right.lower(), {}).update(dict.fromkeys(wrong.lower() for wrong in wrongs))
    kept = {
        right: [wrong for wrong in wrongs if wrong != right and (real_words or _is_key(wrong) or wrong not in found)]
        for right, wrongs in found.items()
    }
    return {right: wrongs for right, wrongs in kept.items() if wrongs}


@cache
def typo_list(path: str) -> Mapping[str, tuple[str, ...]]:
    """What a file says. Raises Error (`unreadable-file`) where a line is of no kind, or nothing is said."""
    entries = lines(path)
    if _READING.match(entries[0]):
        found = _alike(entries)
    elif _names_characters(entries):
        found = _confusions(entries)
    else:
        found = _words(path)
    if not found:
        raise fail("unreadable-file", f"`{Path(path).name}` holds no misspelling", "write `wrong->right` lines")
    return {right: tuple(dict.fromkeys(wrongs)) for right, wrongs in found.items()}


def _words(path: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for wrong, right in pairs(path):
        if right:
            found.setdefault(right, []).append(wrong)
    return found


def _names_characters(entries: tuple[str, ...]) -> bool:
    """Whether every line starts with one character beyond ASCII and a tab."""
    told = [entry for entry in entries if not entry.startswith("#")]
    return bool(told) and all("\t" in entry or len(entry) == 1 for entry in told) and all(_is_key(entry) for entry in told)


def _is_key(entry: str) -> bool:
    key = entry.partition("\t")[0].strip()
    return len(key) == 1 and not key.isascii()


def _confusions(entries: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in entries:
        if entry.startswith("#"):
            continue
        key, *others = entry.split("\t")
        wrongs = [character for other in others for character in other if not character.isspace() and character != key.strip()]
        if wrongs:
            found.setdefault(key.strip(), []).extend(wrongs)
    return found


def _alike(entries: tuple[str, ...]) -> dict[str, list[str]]:
    """Characters in everyday use by their first reading without its tone: an input method asks for no tone.

    A character of simplified texts alone is taken for one of them, one of traditional texts for one of those, and one that
    both have for another that both have.
    """
    groups: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for entry in entries:
        told = _READING.match(entry)
        point = int(told[1], 16) if told else 0
        if told and point < 0x110000 and (known := _charsets(chr(point))):
            groups.setdefault(_toneless(told[2].split(",")[0]), []).append((chr(point), known))
    found: dict[str, list[str]] = {}
    for group in groups.values():
        for character, known in group:
            others = [other for other, theirs in group if other != character and known <= theirs]
            if others:
                found.setdefault(character, []).extend(others)
    return found


def _charsets(character: str) -> frozenset[str]:
    """Which lists of everyday characters hold it: level 1 of GB 2312 (3,755 simplified), of Big5 (5,401 traditional)."""
    levels = (("gb2312", 0xB0A1, 0xD7F9), ("big5", 0xA440, 0xC67E))
    found = []
    for charset, first, last in levels:
        try:
            code = int.from_bytes(character.encode(charset), "big")
        except UnicodeEncodeError:
            continue
        found += [charset] if first <= code <= last else []
    return frozenset(found)


def _toneless(reading: str) -> str:
    """`lǜ` as `lü`, `zhōng` as `zhong`."""
    letters = unicodedata.normalize("NFD", reading.lower())
    kept = (letter for letter in letters if not unicodedata.combining(letter) or letter == "\u0308")
    return unicodedata.normalize("NFC", "".join(kept))
