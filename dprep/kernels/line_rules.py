"""C4's line rules over Arrow buffers: one judgement of every line, used by the operator that removes lines and by the filter
that measures what would be left of the document.

Lines end where Python's `splitlines` ends them, white space is what `str.isspace` says: the sources are written in Python.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels.automaton import automaton, kinds_within, scanner
from dprep.kernels.eight import HIGH, below, equal, first_byte, load8, ones, store8
from dprep.kernels.jit import njit
from dprep.kernels.lines import characters, exactly
from dprep.kernels.slices import gathered
from dprep.kernels.spans import Spans
from dprep.kernels.utf8 import width

NO_LIMIT = np.iinfo(np.int64).max
JAVASCRIPT, POLICY, LOREM_IPSUM, BRACKET = 0, 1, 2, 3
"""Bits of the phrases that lines are searched for."""
KEPT, LONG_WORD, NO_END, FEW_WORDS, LENGTH, SCRIPT, PHRASE, CITATIONS, LOREM, CURLY, ALL_LOREM, ALL_CURLY, ALL_SCRIPT = range(
    13
)
"""Columns of `Lines.counts`. Lines that stay; lines that go, by the first rule that drops them; citation marks taken out of
lines that stay; lines with lorem ipsum and with a curly bracket, counted where the source looks for them; then of all lines
of the text those with lorem ipsum, with a bracket, with javascript."""
_COLUMNS = 13


class LineRules(NamedTuple):
    """What a line must be to stay."""

    longest_word: int = 1000
    fewest_words: int = 3
    fewest_characters: int = 0
    most_characters: int = NO_LIMIT
    citations: bool = True
    settled: bool = True
    javascript: bool = True
    ends: tuple[str, ...] = (".", "?", "!", '"', "'")
    refused_ends: tuple[str, ...] = ("...",)
    phrases: tuple[str, ...] = ()


class _Limits(NamedTuple):
    """The numbers of the rules, as the kernel takes them; of the strings: the number of the first after each list."""

    longest_word: int
    fewest_words: int
    fewest_characters: int
    most_characters: int
    citations: bool
    settled: bool
    javascript: bool
    ends: int
    refused: int
    marks: int


class _Strings(NamedTuple):
    """The strings of the rules: string n is texts[places[n]:places[n + 1]]; the phrases as an automaton's scanner."""

    counts: tuple[int, int, int]
    texts: npt.NDArray[np.uint8]
    places: npt.NDArray[np.int64]
    scan: npt.NDArray[np.int32]


class Lines(NamedTuple):
    """The lines that stay. Line n is data[starts[n]:ends[n]]; row r has lines rows[r] up to rows[r + 1]."""

    offsets: npt.NDArray[np.int64]  # (rows + 1,) of the texts that the lines make, joined by line feeds
    data: npt.NDArray[np.uint8]
    rows: npt.NDArray[np.int64]  # (rows + 1,)
    starts: npt.NDArray[np.int64]  # (lines,)
    ends: npt.NDArray[np.int64]  # (lines,)
    counts: npt.NDArray[np.int64]  # (rows, _COLUMNS)

    def taken(self, rows: npt.NDArray[np.int64], shift: npt.NDArray[np.int64]) -> Lines:
        """The lines of some rows; `shift` is not asked, for the texts that they make are kept here."""
        starts = self.offsets[rows]
        offsets, data = gathered(self.data, starts, self.offsets[rows + 1])
        spans = Spans(self.rows, self.starts, self.ends).taken(rows, offsets[:-1] - starts)
        return Lines(offsets, data, *spans, self.counts[rows])


@njit(cache=True, nogil=True, forceinline=True)
def break_width(data, i, end):  # type: ignore[no-untyped-def]
    """Bytes of the line break at data[i] (LF, VT, FF, CR, CRLF, FS, GS, RS, NEL, U+2028, U+2029); 0: there is none."""
    lead = data[i]
    if lead > 0x1E:
        if lead == 0xC2:
            return 2 if data[i + 1] == 0x85 else 0
        if lead == 0xE2:
            return 3 if data[i + 1] == 0x80 and 0xA8 <= data[i + 2] <= 0xA9 else 0
        return 0
    if lead == 0x0D:
        return 2 if i + 1 < end and data[i + 1] == 0x0A else 1
    return 1 if 0x0A <= lead <= 0x0C or lead >= 0x1C else 0


@njit(cache=True, nogil=True, forceinline=True)
def space_width(data, i):  # type: ignore[no-untyped-def]
    """Bytes of the white space at data[i], as `str.isspace` has it; 0: there is none."""
    lead = data[i]
    if lead < 0x80:
        return 1 if lead == 0x20 or 0x09 <= lead <= 0x0D or 0x1C <= lead <= 0x1F else 0
    if lead == 0xC2:
        return 2 if data[i + 1] == 0x85 or data[i + 1] == 0xA0 else 0
    if lead == 0xE1:
        return 3 if data[i + 1] == 0x9A and data[i + 2] == 0x80 else 0
    if lead == 0xE2:
        second, third = data[i + 1], data[i + 2]
        if second == 0x80:
            return 3 if third <= 0x8A or third == 0xA8 or third == 0xA9 or third == 0xAF else 0
        return 3 if second == 0x81 and third == 0x9F else 0
    if lead == 0xE3:
        return 3 if data[i + 1] == 0x80 and data[i + 2] == 0x80 else 0
    return 0


@njit(cache=True, nogil=True, forceinline=True)
def line_end(data, i, end):  # type: ignore[no-untyped-def]
    """(end of the line that starts at data[i], start of the next line)."""
    while i < end:
        while i + 8 <= end:
            here = load8(data, i)
            clean = first_byte(below(here, 0x20) | equal(here, 0xC2) | equal(here, 0xE2))
            i += clean
            if clean < 8:
                break
        if i == end:
            break
        lead = data[i]
        if lead <= 0x1E or lead == 0xC2 or lead == 0xE2:
            size = break_width(data, i, end)
            if size:
                return i, i + size
        i += 1
    return end, end


@njit(cache=True, nogil=True, forceinline=True)
def stripped(data, start, end):  # type: ignore[no-untyped-def]
    """data[start:end] without white space at its ends, as (start, end)."""
    while start < end:
        size = space_width(data, start)
        if size == 0:
            break
        start += size
    while start < end:
        i = end - 1
        while data[i] & 0xC0 == 0x80:
            i -= 1
        if space_width(data, i) == 0:
            break
        end = i
    return start, end


@njit(cache=True, nogil=True, forceinline=True)
def words_within(data, i, end):  # type: ignore[no-untyped-def]
    """(words, whether there is an opening square bracket) of data[i:end]. A word is a run of what is no white space."""
    words, inside, bracket = 0, False, False
    while i < end:
        while i + 8 <= end:
            here = load8(data, i)
            if (here & HIGH) | below(here, 0x20):
                break
            solid = ~exactly(here, 0x20) & HIGH
            words += ones(solid & ~(solid << np.uint64(8) | np.uint64(0x80 if inside else 0)))
            inside = solid >> np.uint64(63) != 0
            bracket |= exactly(here, 0x5B) != 0
            i += 8
        if i == end:
            break
        lead = data[i]
        blank = space_width(data, i) if lead <= 0x20 or 0xC2 <= lead <= 0xE3 else 0
        words += blank == 0 and not inside
        inside = blank == 0
        bracket |= lead == 0x5B
        i += width(lead)
    return words, bracket


@njit(cache=True, nogil=True, forceinline=True)
def longest_word(data, i, end):  # type: ignore[no-untyped-def]
    """Characters of the longest word of data[i:end]."""
    longest, current = 0, 0
    while i < end:
        current = 0 if space_width(data, i) else current + 1
        longest = max(longest, current)
        i += width(data[i])
    return longest


@njit(cache=True, nogil=True, forceinline=True)
def _is_at(data, i, texts, start, end):  # type: ignore[no-untyped-def]
    """Whether the bytes from data[i] on are texts[start:end]; the caller has made sure that there are enough."""
    same = True
    for j in range(end - start):
        same &= data[i + j] == texts[start + j]
    return same


@njit(cache=True, nogil=True, forceinline=True)
def starts_with(data, start, end, texts, places, first, last):  # type: ignore[no-untyped-def]
    """Bytes of the first of the strings `first` up to `last` that data[start:end] starts with; else 0."""
    for n in range(first, last):
        size = places[n + 1] - places[n]
        if size <= end - start and _is_at(data, start, texts, places[n], places[n + 1]):
            return size
    return 0


@njit(cache=True, nogil=True, forceinline=True)
def ends_with(data, start, end, texts, places, first, last):  # type: ignore[no-untyped-def]
    """Bytes of the first of the strings `first` up to `last` that data[start:end] ends with; else 0."""
    for n in range(first, last):
        size = places[n + 1] - places[n]
        if size <= end - start and _is_at(data, end - size, texts, places[n], places[n + 1]):
            return size
    return 0


@njit(cache=True, nogil=True)
def _citation(data, i, end, limits, texts, places):  # type: ignore[no-untyped-def]
    """Bytes of the citation mark at the `[` data[i]: digits or nothing in brackets, or one of the fixed ones; else 0."""
    at = i + 1
    while at < end and 0x30 <= data[at] <= 0x39:
        at += 1
    if at < end and data[at] == 0x5D:
        return at + 1 - i
    return starts_with(data, i, end, texts, places, limits.refused, limits.marks)


@njit(cache=True, nogil=True)
def _uncited(data, i, end, out, at, limits, texts, places):  # type: ignore[no-untyped-def]
    """Copy data[i:end] to out[at:] without citation marks; (the place after it, marks left out)."""
    found = 0
    while i < end:
        size = _citation(data, i, end, limits, texts, places) if data[i] == 0x5B else 0
        if size:
            found += 1
            i += size
            continue
        out[at] = data[i]
        at += 1
        i += 1
    return at, found


@njit(cache=True, nogil=True, forceinline=True)
def _copied(data, i, end, out, at):  # type: ignore[no-untyped-def]
    """Copy data[i:end] to out[at:], which may be the same place or one before; the place after it."""
    while i + 8 <= end:
        store8(out, at, load8(data, i))
        i += 8
        at += 8
    while i < end:
        out[at] = data[i]
        at += 1
        i += 1
    return at


@njit(cache=True, nogil=True, forceinline=True)
def _verdict(data, start, end, words, found, limits, texts, places):  # type: ignore[no-untyped-def]
    """The first rule that drops the line data[start:end], in the source's order; else KEPT. `found`: bits of its phrases."""
    if limits.ends and not ends_with(data, start, end, texts, places, 0, limits.ends):
        return NO_END
    if ends_with(data, start, end, texts, places, limits.ends, limits.refused):
        return NO_END
    if words < limits.fewest_words:
        return FEW_WORDS
    counted = characters(data, start, end) if limits.fewest_characters > 0 or limits.most_characters < end - start else 0
    if counted < limits.fewest_characters or counted > limits.most_characters:
        return LENGTH
    if limits.javascript and found >> JAVASCRIPT & 1:
        return SCRIPT
    return PHRASE if found >> POLICY & 1 else KEPT


@njit(cache=True, nogil=True, forceinline=True)
def _judged(source, start, end, out, at, limits, texts, places, scan):  # type: ignore[no-untyped-def]
    """Write one line to out[at:] as it will stand: (its end, the verdict, citation marks taken out, bits of its phrases).

    If settled, a line that lost citation marks is judged again as it then stands, until it loses no more.
    """
    cut = 0
    while True:
        words, bracket = words_within(source, start, end)
        if end - start > limits.longest_word and longest_word(source, start, end) > limits.longest_word:
            return at, LONG_WORD, cut, 0
        marks = 0
        if limits.citations and bracket:
            stop, marks = _uncited(source, start, end, out, at, limits, texts, places)
        else:
            stop = _copied(source, start, end, out, at)
        found = kinds_within(out, at, stop, scan)
        verdict = _verdict(out, at, stop, words, found, limits, texts, places)
        cut += marks
        if verdict != KEPT or marks == 0 or not limits.settled:
            return stop, verdict, cut, found
        source = out
        start, end = stripped(out, at, stop)


@njit(cache=True, nogil=True, forceinline=True)
def _tally(counts, row, verdict, cut, found):  # type: ignore[no-untyped-def]
    """Count a line: the source looks for lorem ipsum in lines of enough words, for brackets in those without javascript."""
    counts[row, verdict] += 1
    if verdict == KEPT:
        counts[row, CITATIONS] += cut
    if verdict == KEPT or verdict >= SCRIPT:
        counts[row, LOREM] += found >> LOREM_IPSUM & 1
        if verdict != SCRIPT:
            counts[row, CURLY] += found >> BRACKET & 1


@njit(cache=True, nogil=True, forceinline=True)
def _trimmed(out, start, end):  # type: ignore[no-untyped-def]
    """Take the white space off the ends of out[start:end]: what follows moves to `start`; its end."""
    first, last = stripped(out, start, end)
    if first > start:
        for i in range(last - first):
            out[start + i] = out[first + i]
    return start + last - first


@njit(cache=True, nogil=True)
def _judge(offsets, data, limits, texts, places, scan, whole, out, out_offsets, rows, starts, ends, counts):  # type: ignore[no-untyped-def]
    """Judge every line of every row; the places of those that stay go to `starts` and `ends`. `whole`: count in all lines."""
    total, at = 0, 0
    for row in range(len(offsets) - 1):
        i, last, first = offsets[row], offsets[row + 1], at
        while i < last:
            stop, following = line_end(data, i, last)
            start, end = stripped(data, i, stop)
            here = at + (rows[row] < total)  # room for the line feed between two lines
            written, verdict, cut, found = _judged(data, start, end, out, here, limits, texts, places, scan)
            _tally(counts, row, verdict, cut, found)
            if whole:
                found = kinds_within(data, start, end, scan)
                counts[row, ALL_LOREM] += found >> LOREM_IPSUM & 1
                counts[row, ALL_CURLY] += found >> BRACKET & 1
                counts[row, ALL_SCRIPT] += found >> JAVASCRIPT & 1
            if verdict == KEPT:
                if here > at:
                    out[at] = 0x0A
                starts[total], ends[total] = here, written
                total += 1
                at = written
            i = following
        rows[row + 1] = total
        at = _trimmed(out, first, at)
        out_offsets[row + 1] = at


@njit(cache=True, nogil=True)
def _breaks(offsets, data):  # type: ignore[no-untyped-def]
    """Most lines that there may be: line breaks and rows."""
    total = len(offsets)
    for i in range(offsets[0], offsets[-1]):
        lead = data[i]
        total += 0x0A <= lead <= 0x1E or lead == 0x85 or lead == 0xA8 or lead == 0xA9
    return total


def judged(offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], rules: LineRules, whole: bool = False) -> Lines:
    """The lines of each row that `rules` let stay, as they then stand. whole: fill the last three columns of `counts` too."""
    sections, *strings = _strings(rules.ends, rules.refused_ends, rules.phrases)
    limits = _Limits(*rules[:7], *sections)
    most = _breaks(offsets, data)
    out = np.empty(int(offsets[-1] - offsets[0]) + 1, np.uint8)
    out_offsets, rows = np.zeros(len(offsets), np.int64), np.zeros(len(offsets), np.int64)
    starts, ends = np.empty(most, np.int64), np.empty(most, np.int64)
    counts = np.zeros((len(offsets) - 1, _COLUMNS), np.int64)
    _judge(offsets, data, limits, *strings, whole, out, out_offsets, rows, starts, ends, counts)
    return Lines(out_offsets, out[: out_offsets[-1]], rows, starts[: rows[-1]], ends[: rows[-1]], counts)


@cache
def _strings(ends: tuple[str, ...], refused: tuple[str, ...], banned: tuple[str, ...]) -> _Strings:
    fixed = ["javascript", "lorem ipsum", "{"]
    kinds = [JAVASCRIPT, LOREM_IPSUM, BRACKET] + [POLICY] * len(banned)
    known = automaton([*fixed, *banned], fold=True, kinds=kinds)
    lists = [ends, refused, ("[edit]", "[citation needed]")]
    counts = np.cumsum([sum(map(bool, words)) for words in lists]).tolist()
    return _Strings(tuple(counts), *packed([word for words in lists for word in words]), scanner(known))


def packed(words: list[str]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """`words` as UTF-8 bytes and (words + 1,) places; empty ones are left out."""
    coded = [word.encode() for word in words if word]
    places = np.cumsum([0, *map(len, coded)], dtype=np.int64)
    return np.frombuffer(b"".join(coded), np.uint8).copy(), places


@cache
def lines_by(rules: LineRules, whole: bool) -> Callable[[Text], Lines]:
    """The view `judged` of a text; ask through `text.once(lines_by(rules))`."""
    return lambda text: judged(*text.buffers, rules, whole)
