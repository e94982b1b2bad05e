"""Scripts, kinds of characters, and characters that hint at bad decoding: counted from the texts' code points."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl

from dprep.base.text import buffers
from dprep.kernels.scripts import OTHER, SCRIPTS
from dprep.report.blocks import Bars, Block, Column, Notice, Prose, Subhead, Table
from dprep.report.numbers import share
from dprep.report.say import Say
from dprep.report.sections.portrait.reading import PartTexts, Reading

ANCHOR = "portrait-characters"
KINDS = ("letters", "marks", "digits", "punctuation", "symbols", "emoji", "spaces", "control", "private", "replacement")
ODD = 15
"""Odd characters shown."""
ACT = 0.002
"""Share of the rows read with signs of bad decoding from which on a person is told: texts that speak of it are fewer."""
_CHUNK = 1 << 19
_LOW = 0x20000
"""Code points above are few: some han, and what is assigned to nothing."""
_REPLACEMENT = 0xFFFD
_INVISIBLE_OF_USE = {0x200C, 0x200D}
"""Joiners: Persian, Indic scripts and emoji need them."""
_PLAIN_SPACES = {0x09, 0x0A, 0x0D, 0x20, 0x3000}
_MOJIBAKE = "Ã[\u0080-\u00bf]|â\u20ac[\u0080-\u2122]|ï¿½|Ð[\u00b0-\u00bf]Ñ"
"""UTF-8 read as Windows-1252 or Latin-1: é as Ã©, ’ as â€™, U+FFFD as ï¿½."""
_KIND_OF = {"L": "letters", "M": "marks", "N": "digits", "P": "punctuation", "S": "symbols", "Z": "spaces"}


@dataclass(frozen=True)
class PartCharacters:
    """Of the texts read of a part: how many characters of each kind and letters of each script; rows with signs of damage."""

    part: str
    read: int
    characters: int
    kinds: tuple[tuple[str, int], ...]
    scripts: tuple[tuple[str, int], ...]
    damaged: int
    """Rows with U+FFFD, or with UTF-8 that was read as another encoding."""
    hidden: int
    """Rows with control characters or code points that stand for nothing."""


@dataclass(frozen=True)
class Odd:
    """A character that texts seldom need."""

    point: str
    name: str
    kind: str
    count: int


@dataclass(frozen=True)
class Characters:
    """Of all parts."""

    parts: tuple[PartCharacters, ...]
    odd: tuple[Odd, ...]
    odd_in_all: int


def look(reading: Reading) -> Characters:
    """Count every character of the texts read."""
    counts = [_points(part.texts) for part in reading.parts]
    parts = tuple(_part(part, count) for part, count in zip(reading.parts, counts, strict=True))
    total = Counter[int]()
    for count in counts:
        total.update(count)
    odd = sorted((point for point in total if _is_odd(point)), key=lambda point: (-total[point], point))
    shown = tuple(Odd(f"U+{point:04X}", _name(point), kind(point), total[point]) for point in odd[:ODD])
    return Characters(parts, shown, len(odd))


def _points(texts: pl.Series) -> dict[int, int]:
    """How often each code point stands in the texts."""
    offsets, data = buffers(texts)
    low, high = np.zeros(_LOW, np.int64), Counter[int]()
    first = 0
    while first < len(texts):
        last = max(first + 1, int(np.searchsorted(offsets, offsets[first] + _CHUNK, side="right")) - 1)
        piece = data[offsets[first] : offsets[last]].tobytes().decode().encode("utf-32-le")
        points = np.frombuffer(piece, np.uint32)
        low += np.bincount(points[points < _LOW], minlength=_LOW)
        high.update(points[points >= _LOW].tolist())
        first = last
    there = np.flatnonzero(low)
    return dict(zip(there.tolist(), low[there].tolist(), strict=True)) | dict(sorted(high.items()))


def kind(point: int) -> str:
    """One of KINDS."""
    if point == _REPLACEMENT:
        return "replacement"
    if point in _PLAIN_SPACES:
        return "spaces"
    category = unicodedata.category(chr(point))
    if category in {"Co", "Cn", "Cs"}:
        return "private"
    if category == "So" and (0x1F000 <= point <= 0x1FAFF or 0x2600 <= point <= 0x27BF or 0x2B00 <= point <= 0x2BFF):
        return "emoji"
    return "control" if category[0] == "C" and point not in _INVISIBLE_OF_USE else _KIND_OF.get(category[0], "marks")


def _is_odd(point: int) -> bool:
    named = kind(point)
    return named in {"control", "private", "replacement"} or (named == "spaces" and point not in _PLAIN_SPACES)


def _name(point: int) -> str:
    return unicodedata.name(chr(point), "").lower()


def _part(part: PartTexts, counts: dict[int, int]) -> PartCharacters:
    kinds = dict.fromkeys(KINDS, 0)
    for point, count in counts.items():
        kinds[kind(point)] += count
    suspect = _REPLACEMENT in counts or any(ord(first) in counts for first in "Ãâï\u00d0")
    damaged = int(part.texts.str.contains(f"\ufffd|{_MOJIBAKE}").sum()) if suspect else 0
    hides = kinds["control"] or kinds["private"]
    hidden = (
        int(part.texts.str.contains(r"[\p{Cc}--[\t\n\r]]|[\p{Cf}--[\x{200c}\x{200d}]]|\p{Co}|\p{Cn}").sum()) if hides else 0
    )
    told = tuple((name, count) for name, count in kinds.items() if count)
    return PartCharacters(part.name, len(part.texts), sum(counts.values()), told, _scripts(counts), damaged, hidden)


def _scripts(counts: dict[int, int]) -> tuple[tuple[str, int], ...]:
    """(script, letters), the most frequent first."""
    letters = [point for point in counts if unicodedata.category(chr(point))[0] == "L"]
    characters, times = pl.Series(map(chr, letters), dtype=pl.String), np.array([counts[point] for point in letters], np.int64)
    rest, found = np.ones(len(letters), np.bool_), {}
    for name, unicode_name in SCRIPTS.items():
        mine = characters.str.contains(rf"[\p{{{unicode_name}}}]").to_numpy()
        rest &= ~mine
        found[name] = int(times[mine].sum())
    found[OTHER] = int(times[rest].sum())
    return tuple(sorted(((name, count) for name, count in found.items() if count), key=lambda item: (-item[1], item[0])))


def blocks(facts: Characters, say: Say) -> list[Block]:
    """Scripts, kinds and odd characters."""
    names = kind_names(say)
    told: list[Block] = [
        Subhead(say("Scripts and characters"), anchor=ANCHOR),
        _stacked(say("Scripts"), [(part.part, dict(part.scripts)) for part in facts.parts], {}, say("letters")),
        _stacked(say("Kinds of characters"), [(part.part, dict(part.kinds)) for part in facts.parts], names, say("characters")),
    ]
    if facts.odd:
        head = (Column(say("Code point"), "code"), Column(say("Name")), Column(say("Kind")), Column(say("Count"), "number"))
        lines = tuple((odd.point, odd.name, names[odd.kind], odd.count) for odd in facts.odd)
        told.append(Table(say("Characters that texts seldom need"), head, lines))
        if facts.odd_in_all > len(facts.odd):
            told.append(
                Prose(say("The {shown} most frequent of {all}.", shown=len(facts.odd), all=facts.odd_in_all), soft=True)
            )
    else:
        told.append(Prose(say("No control, private or replacement character stands in the texts read."), soft=True))
    return told


def _stacked(title: str, parts: list[tuple[str, dict[str, int]]], names: dict[str, str], unit: str) -> Bars:
    """Shares in percent per part; the series are those of any part, the most frequent first."""
    sums: dict[str, float] = {}
    for _, counts in parts:
        for name, count in counts.items():
            sums[name] = sums.get(name, 0.0) + count
    order = sorted(sums, key=lambda name: (-sums[name], name))
    series = tuple(
        (
            names.get(name, name),
            tuple(round(100 * counts.get(name, 0) / max(1, sum(counts.values())), 3) for _, counts in parts),
        )
        for name in order
    )
    return Bars(title, tuple(part for part, _ in parts), series, unit=f"% {unit}")


def kind_names(say: Say) -> dict[str, str]:
    """KINDS in words."""
    return {
        "letters": say("letters"),
        "marks": say("combining marks"),
        "digits": say("digits"),
        "punctuation": say("punctuation"),
        "symbols": say("symbols"),
        "emoji": say("emoji"),
        "spaces": say("blanks"),
        "control": say("control characters"),
        "private": say("private or unassigned"),
        "replacement": say("replacement character"),
    }


def notices(facts: Characters, say: Say) -> list[Notice]:
    """Signs that files were read in the wrong encoding, or that control characters are left."""
    read, found = sum(part.read for part in facts.parts), []
    damaged, hidden = (sum(getattr(part, what) for part in facts.parts) for what in ("damaged", "hidden"))
    if damaged > ACT * read:
        sentence = say(
            "{share} of the rows read hold signs of bad decoding: look at the `encoding` of the source; `clean.unicode` mends "
            "é that reads Ã©, but what became U+FFFD is lost",
            share=share(damaged, read),
        )
        found.append(Notice("warning", sentence, ANCHOR))
    if hidden > ACT * read:
        sentence = say(
            "{share} of the rows read hold invisible control characters: `clean.unicode` removes them",
            share=share(hidden, read),
        )
        found.append(Notice("warning", sentence, ANCHOR))
    return found
