"""How many sentences lines have, as spaCy's sentencizer counts them (3.8, what datatrove 0.10.1 calls): a sentence ends with a
token that is one end mark and nothing else, and the next one starts at the first token after it that is no punctuation.

Only where an end mark stands does it matter what the tokens are. So chunks between blanks that hold no end mark are read
character by character, and only the others (one in ten of English) go through the tokenizer. Chinese tokens are jieba's, whose
dictionary is not needed either: it never joins an end mark to what stands beside it, other than in `3.5` or `...`.
Source: spacy/pipeline/sentencizer.pyx (the end marks), jieba/__init__.py and jieba/finalseg/__init__.py (runs of ASCII).
"""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

from dprep.base.text import Buffers
from dprep.kernels.eight import HIGH, equal, first_byte, load8
from dprep.kernels.english import rules, tokenized
from dprep.kernels.jit import njit
from dprep.kernels.line_rules import space_width
from dprep.kernels.utf8 import code_point, width

Offsets = npt.NDArray[np.int64]

OTHER, PUNCTUATION, STOP = 0, 1, 2
_TABLE_END = 0x20000
_STOPS = (
    "!.?։؟۔܀܁܂߹।॥၊။።፧፨᙮᜵᜶᠃᠉᥄᥅᪨᪩᪪᪫᭚᭛᭞᭟᰻᰼᱾᱿‼‽⁇⁈⁉⸮⸼꓿꘎꘏꛳꛷꡶꡷꣎꣏꤯꧈꧉꩝꩞꩟꫰꫱꯫﹒﹖﹗！．？𐩖𐩗𑁇𑁈𑂾𑂿𑃀𑃁𑅁𑅂𑅃𑇅𑇆𑇍𑇞𑇟𑈸𑈹𑈻𑈼𑊩"
    "𑑋𑑌𑗂𑗃𑗉𑗊𑗋𑗌𑗍𑗎𑗏𑗐𑗑𑗒𑗓𑗔𑗕𑗖𑗗𑙁𑙂𑜼𑜽𑜾𑩂𑩃𑪛𑪜𑱁𑱂𖩮𖩯𖫵𖬷𖬸𖭄𛲟𝪈｡。"
)


@cache
def character_kinds() -> npt.NDArray[np.uint8]:
    """What every code point under 0x20000 is to the sentencizer; those above are no punctuation."""
    found = [PUNCTUATION * unicodedata.category(chr(point)).startswith("P") for point in range(_TABLE_END)]
    table = np.array(found, np.uint8)
    table[[ord(mark) for mark in _STOPS]] |= STOP
    return table


@njit(cache=True, nogil=True, forceinline=True)
def _kind(data, i, kinds):  # type: ignore[no-untyped-def]
    """What the character at data[i] is."""
    if data[i] < 0x80:
        return kinds[data[i]]
    point = code_point(data, i)
    return kinds[point] if point < _TABLE_END else kinds[0]


@njit(cache=True, nogil=True, forceinline=True)
def _blank(data, i, end, first):  # type: ignore[no-untyped-def]
    """(end of the white space at data[i], whether it makes a token): one space after a token belongs to that token."""
    start = i
    while i < end:
        size = space_width(data, i)
        if size == 0:
            break
        i += size
    return i, i - start > 1 or (i > start and (first or data[start] != 0x20))


@njit(cache=True, nogil=True)
def _next_stop(data, i, end, kinds):  # type: ignore[no-untyped-def]
    """Where the first end mark of data[i:end] stands; `end`: there is none."""
    while i < end:
        while i + 8 <= end:
            here = load8(data, i)
            clean = first_byte(equal(here, 0x2E) | equal(here, 0x21) | equal(here, 0x3F) | (here & HIGH))
            i += clean
            if clean < 8:
                break
        if i == end or _kind(data, i, kinds) & STOP:
            return i
        i += width(data[i])
    return end


@njit(cache=True, nogil=True)
def _chunk_around(data, i, first, end):  # type: ignore[no-untyped-def]
    """(start, end) of the run without white space around data[i], within data[first:end]."""
    start = i
    while start > first:
        before = start - 1
        while data[before] & 0xC0 == 0x80:
            before -= 1
        if space_width(data, before):
            break
        start = before
    while i < end and space_width(data, i) == 0:
        i += width(data[i])
    return start, i


@njit(cache=True, nogil=True)
def _stop_chunks(data, starts, ends, kinds, out, offsets, places):  # type: ignore[no-untyped-def]
    """Copy the chunks that hold an end mark to `out`, each ending at offsets[n]; places[n]: its end in `data`; how many."""
    count, at = 0, 0
    for line in range(len(starts)):
        i, end = starts[line], ends[line]
        while True:
            stop = _next_stop(data, i, end, kinds)
            if stop == end:
                break
            start, i = _chunk_around(data, stop, i, end)
            for j in range(start, i):
                out[at] = data[j]
                at += 1
            places[count] = i
            count += 1
            offsets[count] = at
    return count


@njit(cache=True, nogil=True)
def _starts_after(data, i, end, kinds):  # type: ignore[no-untyped-def]
    """Whether a sentence starts between data[i], where an end mark waits, and the next chunk with an end mark."""
    while i < end:
        i, token = _blank(data, i, end, False)
        if token or i == end:
            return token
        while i < end and space_width(data, i) == 0:
            kind = _kind(data, i, kinds)
            if kind & STOP:
                return False
            if kind & PUNCTUATION == 0:
                return True
            i += width(data[i])
    return False


@njit(cache=True, nogil=True)
def _through_tokens(data, starts, ends, first, last, kinds, seen):  # type: ignore[no-untyped-def]
    """(sentences that start among tokens first to last, whether an end mark waits after them)."""
    found = 0
    for token in range(first, last):
        i, plain, stop = starts[token], True, False
        while i < ends[token]:
            kind = _kind(data, i, kinds)
            plain &= kind & PUNCTUATION != 0
            size = width(data[i])
            stop = kind & STOP != 0 and size == ends[token] - starts[token]
            i += size
        if seen and not plain and not stop:
            found += 1
            seen = False
        elif stop:
            seen = True
    return found, seen


@njit(cache=True, nogil=True)
def _count(data, starts, ends, kinds, tokens, places, rows, token_starts, token_ends, counts):  # type: ignore[no-untyped-def]
    """Sentences of each line; `tokens` holds the chunks with end marks, in order, with their tokens."""
    number = 0
    for line in range(len(starts)):
        end = ends[line]
        count, seen = np.int64(starts[line] < end), False
        while number < len(places) and starts[line] < places[number] <= end:
            found, seen = _through_tokens(tokens, token_starts, token_ends, rows[number], rows[number + 1], kinds, seen)
            if seen and _starts_after(data, places[number], end, kinds):
                found += 1
                seen = False
            count += found
            number += 1
        counts[line] = count


def english_sentences(data: npt.NDArray[np.uint8], starts: Offsets, ends: Offsets) -> Offsets:
    """Sentences of each line data[starts[n]:ends[n]], over spaCy's English tokens."""
    kinds, size = character_kinds(), int((ends - starts).sum())
    out, most = np.empty(size, np.uint8), size // 2 + len(starts) + 2
    offsets, places = np.zeros(most, np.int64), np.empty(most, np.int64)
    number = _stop_chunks(data, starts, ends, kinds, out, offsets, places)
    offsets = offsets[: number + 1]
    tokens = tokenized(Buffers(offsets, out[: offsets[-1]]), rules())
    counts = np.zeros(len(starts), np.int64)
    _count(data, starts, ends, kinds, out, places[:number], *tokens, counts)
    return counts


@njit(cache=True, nogil=True, forceinline=True)
def _ascii(byte):  # type: ignore[no-untyped-def]
    """1: letter or digit; 2: other ASCII that jieba takes together with han (+ # & . _ % -); 0: neither."""
    if 0x30 <= byte <= 0x39 or 0x41 <= byte <= 0x5A or 0x61 <= byte <= 0x7A:
        return 1
    return 2 if byte in (0x2B, 0x23, 0x26, 0x2E, 0x5F, 0x25, 0x2D) else 0


@njit(cache=True, nogil=True)
def _piece(data, i, first, end):  # type: ignore[no-untyped-def]
    """End of the token at data[i] in a run of ASCII: a word with one decimal part and percent sign, or what stands between.

    Of the words with other signs in jieba's dictionary, only C# and C++ (c+, C+) can stand before an end mark.
    """
    if i > first and data[i - 1] | 0x20 == 0x63:
        if data[i] == 0x23:
            return i + 1
        if data[i] == 0x2B:
            return i + 2 if i + 1 < end and data[i + 1] == 0x2B else i + 1
    if _ascii(data[i]) == 2:
        while i < end and _ascii(data[i]) == 2:
            i += 1
        return i
    while i < end and _ascii(data[i]) == 1:
        i += 1
    if i + 1 < end and data[i] == 0x2E and 0x30 <= data[i + 1] <= 0x39:
        i += 1
        while i < end and 0x30 <= data[i] <= 0x39:
            i += 1
    return i + 1 if i < end and data[i] == 0x25 else i


@njit(cache=True, nogil=True)
def _count_chinese(data, starts, ends, kinds, counts):  # type: ignore[no-untyped-def]
    """As `_count`, with jieba's tokens: every character that is neither han nor of a run of ASCII is one."""
    for line in range(len(starts)):
        i, end = starts[line], ends[line]
        seen, count = False, np.int64(i < end)
        while i < end:
            after, token = _blank(data, i, end, i == starts[line])
            if after > i:
                count += token and seen
                seen = seen and not token
                i = after
                continue
            start = i
            i = _piece(data, i, starts[line], end) if _ascii(data[i]) else i + width(data[i])
            plain, stop, j = True, False, start
            while j < i:
                kind = _kind(data, j, kinds)
                plain &= kind & PUNCTUATION != 0
                stop = kind & STOP != 0 and width(data[j]) == i - start
                j += width(data[j])
            count += seen and not plain and not stop
            seen = stop or (seen and plain)
        counts[line] = count


def chinese_sentences(data: npt.NDArray[np.uint8], starts: Offsets, ends: Offsets) -> Offsets:
    """Sentences of each line data[starts[n]:ends[n]], over jieba's tokens."""
    counts = np.zeros(len(starts), np.int64)
    _count_chinese(data, starts, ends, character_kinds(), counts)
    return counts
