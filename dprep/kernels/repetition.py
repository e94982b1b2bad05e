"""Repeated lines and paragraphs of each text, and what the quality rules of FineWeb ask of lines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels.char_flags import BLANK, TERMINAL, before, character_flags, flags_at, stripped
from dprep.kernels.jit import njit
from dprep.kernels.lines import Lines, characters, lines
from dprep.kernels.ngrams import bytes_hash, entry_of, mask_for, slots_for

Counts = npt.NDArray[np.int64]

ELEMENTS, LATER, LATER_CHARACTERS, EVERY, EVERY_CHARACTERS = range(5)
"""Columns of what `repeated_*` give: how many elements; those equal to an earlier one, and their characters; those that occur
twice or more, the first one counted too, and their characters."""


@njit(cache=True, nogil=True)
def _repeated(data, starts, ends, count, table, stamp, seen, out):  # type: ignore[no-untyped-def]
    """Count the repeats among `count` elements data[starts[k]:ends[k]] into `out`."""
    mask = mask_for(count)
    distinct = 0
    out[ELEMENTS] = count
    for k in range(count):
        number = entry_of(table, mask, stamp, bytes_hash(data, starts[k], ends[k]), distinct)
        if number == distinct:
            seen[number] = 1
            distinct += 1
            continue
        size = characters(data, starts[k], ends[k])
        times = 2 if seen[number] == 1 else 1
        seen[number] += 1
        out[LATER] += 1
        out[LATER_CHARACTERS] += size
        out[EVERY] += times
        out[EVERY_CHARACTERS] += times * size


@njit(cache=True, nogil=True)
def _without_empty(offset, end, starts, ends, new_starts, new_ends):  # type: ignore[no-untyped-def]
    """The lines that runs of line feeds separate: an empty one only where the text starts, or ends, with a line feed."""
    kept, last = 0, len(starts) - 1
    for k in range(len(starts)):
        if starts[k] < ends[k] or k == 0 or k == last:
            new_starts[kept], new_ends[kept] = starts[k], ends[k]
            kept += 1
    return kept


@njit(cache=True, nogil=True)
def _paragraphs(offset, end, starts, ends, new_starts, new_ends):  # type: ignore[no-untyped-def]
    """What empty lines separate in data[offset:end]; the whole where there is nothing."""
    kept, inside = 0, False
    new_starts[0], new_ends[0] = offset, end
    for k in range(len(starts)):
        start, stop = max(starts[k], offset), min(ends[k], end)
        if stop <= start:
            inside = False
        elif inside:
            new_ends[kept - 1] = stop
        else:
            new_starts[kept], new_ends[kept] = start, stop
            kept += 1
            inside = True
    return max(kept, 1)


@njit(cache=True, nogil=True)
def _all_lines(offsets, data, rows, starts, ends, skip_empty, table, scratch, out):  # type: ignore[no-untyped-def]
    for row in range(len(rows) - 1):
        here, there = starts[rows[row] : rows[row + 1]], ends[rows[row] : rows[row + 1]]
        count = len(here)
        if skip_empty:
            count = _without_empty(offsets[row], offsets[row + 1], here, there, scratch[0], scratch[1])
            here, there = scratch[0], scratch[1]
        _repeated(data, here, there, count, table, row + 1, scratch[2], out[row])


@njit(cache=True, nogil=True)
def _all_paragraphs(offsets, data, flags, rows, starts, ends, table, scratch, out):  # type: ignore[no-untyped-def]
    for row in range(len(rows) - 1):
        here, there = starts[rows[row] : rows[row + 1]], ends[rows[row] : rows[row + 1]]
        start, end = stripped(flags, data, offsets[row], offsets[row + 1])
        count = _paragraphs(start, end, here, there, scratch[0], scratch[1])
        _repeated(data, scratch[0], scratch[1], count, table, row + 1, scratch[2], out[row])


def _room(found: Lines) -> tuple[npt.NDArray[np.uint64], Counts, Counts]:
    """A hash table, room for the elements of one text, and for the counts of all."""
    most = int(np.diff(found.rows).max(initial=0))
    return slots_for(most), np.zeros((3, most + 1), np.int64), np.zeros((len(found.rows) - 1, 5), np.int64)


def repeated_lines(text: Text, *, skip_empty: bool) -> Counts:
    """(rows, 5): repeats among lines that line feeds end, or runs of them if empty lines are skipped."""
    found = text.once(lines)
    table, scratch, out = _room(found)
    _all_lines(*text.buffers, *found, skip_empty, table, scratch, out)
    return out


def repeated_paragraphs(text: Text) -> Counts:
    """(rows, 5): repeats among the paragraphs that empty lines separate, blanks at both ends of the text not counted."""
    found = text.once(lines)
    table, scratch, out = _room(found)
    _all_paragraphs(*text.buffers, character_flags(), *found, table, scratch, out)
    return out


@njit(cache=True, nogil=True)
def _not_blank(flags, data, starts, ends, new_starts, new_ends):  # type: ignore[no-untyped-def]
    kept = 0
    for k in range(len(starts)):
        i = starts[k]
        while i < ends[k] and flags_at(flags, data, i) & BLANK:
            i += 1
            while i < ends[k] and data[i] & 0xC0 == 0x80:
                i += 1
        if i < ends[k]:
            new_starts[kept], new_ends[kept] = starts[k], ends[k]
            kept += 1
    return kept


@njit(cache=True, nogil=True)
def _line_shapes(data, flags, rows, starts, ends, short, table, scratch, out):  # type: ignore[no-untyped-def]
    for row in range(len(rows) - 1):
        here, there = starts[rows[row] : rows[row + 1]], ends[rows[row] : rows[row + 1]]
        count = _not_blank(flags, data, here, there, scratch[0], scratch[1])
        _repeated(data, scratch[0], scratch[1], count, table, row + 1, scratch[2], out[row])
        for k in range(count):
            start, end = scratch[0, k], scratch[1, k]
            out[row, 5] += flags_at(flags, data, before(data, end)) & TERMINAL != 0
            # a line of four bytes per character is longer than `short` at the latest when its bytes say so
            out[row, 6] += end - start <= short or (end - start <= 4 * short and characters(data, start, end) <= short)


def line_shapes(text: Text, short: int) -> tuple[Counts, Counts, Counts]:
    """Of lines that are not blank: (rows, 5) repeats, (rows,) that end in a mark that ends a sentence, (rows,) of at most
    `short` characters.
    """
    found = text.once(lines)
    table, scratch, _ = _room(found)
    out = np.zeros((len(text), 7), np.int64)
    _line_shapes(text.buffers.data, character_flags(), *found, short, table, scratch, out)
    return out[:, :5], out[:, 5], out[:, 6]


@njit(cache=True, nogil=True)
def _lengths(offsets, data, out):  # type: ignore[no-untyped-def]
    for row in range(len(out)):
        out[row] = characters(data, offsets[row], offsets[row + 1])


def text_lengths(text: Text) -> Counts:
    """(rows,): characters of each text; ask through `text.once(text_lengths)`."""
    out = np.zeros(len(text), np.int64)
    _lengths(*text.buffers, out)
    return out
