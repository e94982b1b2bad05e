"""Numbers written in digits, and those of one text that another lacks.

A number is a run of decimal digits of any script. A comma, full stop, apostrophe or narrow blank before exactly three more
digits groups them and is passed over (1,000 = 1.000 = 1000 = １０００); any other character ends the number, so 3.14 and 3,14
are 3 and 14 both. Leading zeros do not count.
"""

from __future__ import annotations

import sys
import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.eight import HIGH, ONES, load8
from dprep.kernels.hashing import mixed
from dprep.kernels.jit import njit
from dprep.kernels.shingles import distinct
from dprep.kernels.utf8 import code_point, width

_TABLE_END = 0x20000
_NONE, _GROUPS = 10, 11
_GROUPING = ",.'’，．٬٫\u00a0\u2009\u202f"


@cache
def digit_table() -> npt.NDArray[np.uint8]:
    """For every code point under 0x20000: the digit that it is, or whether it may group digits."""
    table = np.full(_TABLE_END, _NONE, np.uint8)
    for point in range(min(_TABLE_END, sys.maxunicode)):
        if chr(point).isdecimal():
            table[point] = unicodedata.decimal(chr(point))
    table[[ord(mark) for mark in _GROUPING]] = _GROUPS
    table.flags.writeable = False
    return table


@njit(cache=True, nogil=True)
def _kind(table, data, i):  # type: ignore[no-untyped-def]
    if data[i] < 0x80:
        return np.int64(table[data[i]])
    point = code_point(data, i)
    return np.int64(table[point]) if point < _TABLE_END else np.int64(_NONE)


@njit(cache=True, nogil=True)
def _groups(table, data, i, end):  # type: ignore[no-untyped-def]
    """Whether exactly three digits start at data[i]."""
    for _ in range(3):
        if i >= end or _kind(table, data, i) >= _NONE:
            return False
        i += width(data[i])
    return i >= end or _kind(table, data, i) >= _NONE


@njit(cache=True, nogil=True)
def _skipped(data, i, end):  # type: ignore[no-untyped-def]
    """The next place where a number may start: past ASCII without digits, eight bytes at a time, and U+4000 to U+9FFF."""
    while i < end:
        if 0xE4 <= data[i] <= 0xE9:
            i += 3
        elif i + 8 <= end:
            here = load8(data, i)
            digits = ((here | HIGH) - ONES * np.uint64(0x30)) & ~((here | HIGH) - ONES * np.uint64(0x3A))
            if (here | digits) & HIGH:
                break
            i += 8
        else:
            break
    return i


@njit(cache=True, nogil=True)
def _numbers(data, start, end, table, out):  # type: ignore[no-untyped-def]
    """Write a hash per number of data[start:end]; how many there are. `out` holds one per byte."""
    found = 0
    inside = False
    running = np.uint64(0)
    i = start
    while i < end:
        if not inside:
            i = _skipped(data, i, end)
            if i == end:
                break
        kind = _kind(table, data, i)
        i += width(data[i])
        if kind < _NONE:
            inside = True
            if kind or running:
                running = mixed(running + np.uint64(kind + 1))
        elif inside and not (kind == _GROUPS and _groups(table, data, i, end)):
            out[found] = running
            found += 1
            inside = False
            running = np.uint64(0)
    if inside:
        out[found] = running
        found += 1
    return found


@njit(cache=True, nogil=True)
def _missing(offsets, data, in_offsets, in_data, table, lacking, counts):  # type: ignore[no-untyped-def]
    wanted = np.empty(64, np.uint64)
    there = np.empty(64, np.uint64)
    for row in range(len(counts)):
        size, size_there = offsets[row + 1] - offsets[row], in_offsets[row + 1] - in_offsets[row]
        if size > len(wanted):
            wanted = np.empty(2 * size, np.uint64)
        if size_there > len(there):
            there = np.empty(2 * size_there, np.uint64)
        count = distinct(wanted, _numbers(data, offsets[row], offsets[row + 1], table, wanted))
        if count == 0:
            continue
        others = distinct(there, _numbers(in_data, in_offsets[row], in_offsets[row + 1], table, there))
        known = there[:others]
        counts[row] = count
        for k in range(count):
            at = np.searchsorted(known, wanted[k])
            lacking[row] += at == others or known[at] != wanted[k]


def missing_counts(source: Buffers, target: Buffers) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(rows,) how many of each source's different numbers its target lacks; and how many there are."""
    rows = len(source.offsets) - 1
    lacking, counts = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
    _missing(*source, *target, digit_table(), lacking, counts)
    return lacking, counts


def missing_shares(source: Buffers, target: Buffers) -> npt.NDArray[np.float64]:
    """(rows,) the share of each source's different numbers that its target lacks; 0 for a source without numbers."""
    lacking, counts = missing_counts(source, target)
    return lacking / np.maximum(counts, 1)
