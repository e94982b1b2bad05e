"""Removing control, zero-width and bidi characters over Arrow buffers, where they carry no meaning."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.kernels.eight import HIGH, below, equal, first_byte, load8, store8
from dprep.kernels.jit import njit
from dprep.kernels.utf8 import code_point, width

KEPT, CONTROL, ZERO_WIDTH, BIDI, TAG, JOINER, EXTENDER, PICTURE, FLAG, SHAPING = range(10)

CONTROLS = "".join(chr(c) for c in range(0xA0) if unicodedata.category(chr(c)) == "Cc" and c not in (9, 10, 11, 12, 13, 0x85))
ZERO_WIDTHS = "\u00ad\u180e\u200b\ufeff\ufff9\ufffa\ufffb" + "".join(map(chr, (*range(0x2060, 0x2065), *range(0x206A, 0x2070))))
BIDIS = "\u061c\u200e\u200f" + "".join(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
JOINERS = "\u200c\u200d"
TAGS = "\U000e0001" + "".join(map(chr, range(0xE0020, 0xE0080)))
"""Invisible copies of ASCII; they spell a region after a black flag, and hide instructions elsewhere."""

_TABLE_END = 0x20000
_PICTURES = ((0x2190, 0x21FF), (0x2300, 0x23FF), (0x2600, 0x27BF), (0x2B00, 0x2BFF), (0x1F000, 0x1FAFF))
_SHAPING_SCRIPTS = (  # a joiner after one of these chooses the shape of letters
    (0x0600, 0x0DFF),  # Arabic to Sinhala
    (0x0F00, 0x109F),  # Tibetan, Burmese
    (0x1780, 0x18AF),  # Khmer, Mongolian
    (0x1900, 0x1CFF),
    (0xA800, 0xABFF),
    (0xFB50, 0xFDFF),  # Arabic presentation forms
    (0xFE70, 0xFEFC),
    (0x10A00, 0x11FFF),
    (0x1E900, 0x1E95F),
)


@cache
def _classes() -> npt.NDArray[np.uint8]:
    table = np.full(_TABLE_END, KEPT, np.uint8)
    for ranges, kind in ((_PICTURES, PICTURE), (_SHAPING_SCRIPTS, SHAPING)):
        for first, last in ranges:
            table[first : last + 1] = kind
    for characters, kind in ((CONTROLS, CONTROL), (ZERO_WIDTHS, ZERO_WIDTH), (BIDIS, BIDI), (JOINERS, JOINER)):
        table[[ord(c) for c in characters]] = kind
    table[[0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400)]] = EXTENDER
    table[0x1F3F4] = FLAG
    table.flags.writeable = False
    return table


@njit(cache=True, nogil=True)
def _class(table, point):  # type: ignore[no-untyped-def]
    if point < _TABLE_END:
        return table[point]
    return TAG if 0xE0000 <= point <= 0xE007F else KEPT


@njit(cache=True, nogil=True)
def _stays(kind, base, drop, table, data, i, end):  # type: ignore[no-untyped-def]
    """Whether the character at data[i], of class `kind`, stays after one of class `base`."""
    if not drop[kind]:
        return True
    if kind == TAG:
        return base == FLAG
    if kind == JOINER:
        if base == SHAPING:
            return True
        joins = i + 3 < end and _class(table, code_point(data, i + 3)) == PICTURE and data[i + 2] == 0x8D
        return joins and PICTURE <= base <= FLAG
    return False


@njit(cache=True, nogil=True)
def _strip(offsets, data, table, drop, out, out_offsets):  # type: ignore[no-untyped-def]
    at = 0
    for row in range(len(offsets) - 1):
        i, end = offsets[row], offsets[row + 1]
        base = KEPT  # class of the last kept character that is no variation selector, skin tone or tag
        while i < end:
            while i + 8 <= end:  # printable ASCII, which always stays
                here = load8(data, i)
                plain = first_byte((here & HIGH) | below(here, 0x20) | equal(here, 0x7F))
                store8(out, at, here)
                i += plain
                at += plain
                if plain:
                    base = KEPT
                if plain < 8:
                    break
            if i == end:
                break
            kind = _class(table, code_point(data, i))
            size = width(data[i])
            if _stays(kind, base, drop, table, data, i, end):
                for j in range(size):
                    out[at + j] = data[i + j]
                at += size
                if kind != EXTENDER and kind != TAG:
                    base = kind
            i += size
        out_offsets[row + 1] = at


def stripped(
    offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], *, control: bool, zero_width: bool, bidi: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Texts without the named kinds of invisible characters, as (offsets, bytes).

    White space stays. Joiners stay inside emoji sequences and after letters of scripts that they shape, tags stay in flags.
    """
    drop = np.zeros(10, np.bool_)
    drop[[CONTROL, ZERO_WIDTH, BIDI, TAG, JOINER]] = control, zero_width, bidi, zero_width, zero_width
    out = np.empty(int(offsets[-1] - offsets[0]), np.uint8)
    out_offsets = np.zeros(len(offsets), np.int64)
    _strip(offsets, data, _classes(), drop, out, out_offsets)
    return out_offsets, out[: out_offsets[-1]]


def invisible(*, control: bool, zero_width: bool, bidi: bool) -> str:
    """Every character that `stripped` may remove."""
    return CONTROLS * control + (ZERO_WIDTHS + JOINERS + TAGS) * zero_width + BIDIS * bidi
