"""Full-width and half-width forms, over Arrow buffers. The pairs are Unicode's <wide> and <narrow> decompositions."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, put, width

CLASSES = ("letters", "digits", "punctuation", "symbols", "space", "kana", "hangul")
PUNCTUATION = "！＂＇（），．：；？［］｛｝～"
"""What Chinese and Japanese text uses as marks; the other signs with full-width forms are symbols."""
_BASIC = 0x10000
_VOICED, _SEMI_VOICED = 0xFF9E, 0xFF9F
_HALF_MARKS = {"\u3099": _VOICED, "\u309a": _SEMI_VOICED}


class Forms(NamedTuple):
    """What becomes of each code point under 0x10000; the others have one width only."""

    other: npt.NDArray[np.uint16]  # (0x10000,) the code point in its place; 0: it stays
    mark: npt.NDArray[np.uint16]  # (0x10000,) the half-width sound mark that follows it; 0: none
    voiced: npt.NDArray[np.uint16]  # (0x10000,) kana with the mark ﾞ that follows; 0: does not take it
    semi_voiced: npt.NDArray[np.uint16]  # (0x10000,) the same with ﾟ


def _pairs() -> list[tuple[int, int, bool]]:
    """(form, plain character, whether the form is the wide one), as Unicode has them."""
    found = []
    for form in range(0x3000, 0xFFEF):
        kind, _, plain = unicodedata.decomposition(chr(form)).partition(" ")
        if kind in {"<wide>", "<narrow>"} and " " not in plain:
            found.append((form, int(plain, 16), kind == "<wide>"))
    return found


def class_of(form: int) -> str:
    """Which of CLASSES a full- or half-width form is of."""
    if form == 0x3000:
        return "space"
    if 0xFF61 <= form <= 0xFF9F:
        return "kana"
    if 0xFFA0 <= form <= 0xFFDC:
        return "hangul"
    if chr(form) in PUNCTUATION:
        return "punctuation"
    kind = unicodedata.category(chr(form))[0]
    return {"L": "letters", "N": "digits"}.get(kind, "symbols")


@cache
def forms(half: frozenset[str], full: frozenset[str]) -> Forms:
    """What becomes of characters where the classes `half` are made half-width and the classes `full` full-width."""
    made = Forms(*(np.zeros(_BASIC, np.uint16) for _ in range(4)))
    for form, plain, wide in _pairs():
        wanted = full if class_of(form) in full else half if class_of(form) in half else None
        if wanted is None or (wanted is half and not wide and class_of(form) == "symbols"):
            continue  # → │ ○ are no wide forms of ￫ ￨ ￮
        source, target = (form, plain) if wide == (wanted is half) else (plain, form)
        made.other[source] = target
    if "kana" in full:
        for point in range(0x3041, 0x30FF):
            _compose(made, point)
    if "kana" in half:
        for point in range(0x30A1, 0x30FF):
            _decompose(made, point)
    return made


def _compose(made: Forms, point: int) -> None:
    for table, sound in ((made.voiced, "\u3099"), (made.semi_voiced, "\u309a")):
        joined = unicodedata.normalize("NFC", chr(point) + sound)
        if len(joined) == 1:
            table[point] = ord(joined)


def _decompose(made: Forms, point: int) -> None:
    parts = unicodedata.normalize("NFD", chr(point))
    if len(parts) == 2 and made.other[ord(parts[0])]:
        made.other[point] = made.other[ord(parts[0])]
        made.mark[point] = _HALF_MARKS[parts[1]]


@njit(cache=True, nogil=True)
def _holding(offsets, data, other, found):  # type: ignore[no-untyped-def]
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        while i < end:
            lead = data[i]
            if lead < 0x80:
                if other[lead]:
                    found[row] = True
                    break
                i += 1
            elif lead < 0xF0:
                if other[code_point(data, i)]:
                    found[row] = True
                    break
                i += width(lead)
            else:
                i += 4


@njit(cache=True, nogil=True)
def _joined(point, last, voiced, semi_voiced):  # type: ignore[no-untyped-def]
    """`last` with the sound mark `point` in it, where `point` is one and `last` takes it; else 0."""
    if point == _VOICED:
        return int(voiced[last])
    if point == _SEMI_VOICED:
        return int(semi_voiced[last])
    return 0


@njit(cache=True, nogil=True)
def _changed(offsets, data, other, mark, voiced, semi_voiced, out, out_offsets):  # type: ignore[no-untyped-def]
    at = 0
    for row in range(len(offsets) - 1):
        i, end, last, place = offsets[row], offsets[row + 1], 0, at
        while i < end:
            point = code_point(data, i)
            i += width(data[i])
            joined = _joined(point, last, voiced, semi_voiced)
            if joined:
                at, last = put(out, place, joined), joined
                continue
            place, last = at, 0
            if point >= _BASIC:
                at = put(out, at, point)
                continue
            last = int(other[point]) if other[point] else point
            at = put(out, at, last)
            if mark[point]:
                at = put(out, at, int(mark[point]))
                last = 0
        out_offsets[row + 1] = at


def holding(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], known: Forms) -> npt.NDArray[np.bool_]:
    """Which rows have a character that changes."""
    found = np.zeros(len(offsets) - 1, np.bool_)
    _holding(offsets, data, known.other, found)
    return found


def changed(
    offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], known: Forms
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Texts in their new widths, as (offsets, bytes). At most three times as long: an ASCII character may take three bytes."""
    growth = 3 if known.other[:0x80].any() else 2
    out = np.empty(growth * int(offsets[-1] - offsets[0]), np.uint8)
    out_offsets = np.zeros(len(offsets), np.int64)
    _changed(offsets, data, *known, out, out_offsets)
    return out_offsets, out[: out_offsets[-1]].copy()
