"""Sentences of whole texts as spaCy's sentencizer cuts them (3.8, what datatrove 0.10.1 calls), over English or Chinese tokens.

A sentence ends with a token that is one end mark and nothing else; the next one starts at the first token after it that is no
punctuation, be it white space: a line feed after a full stop is a sentence of its own, a blank one.
Source: spacy/pipeline/sentencizer.pyx; datatrove/utils/word_tokenizers.py (`span_tokenize`, `sent_tokenize`).
"""

from __future__ import annotations

import numpy as np

from dprep.base.text import Buffers, Text
from dprep.kernels.jit import njit
from dprep.kernels.line_sentences import PUNCTUATION, STOP, character_kinds
from dprep.kernels.spans import Offsets, Spans
from dprep.kernels.tokens import Tokens, chinese, english
from dprep.kernels.utf8 import code_point, width


class Sentences(Spans):
    """Sentences of each row, without the blanks around them.

    Sentences of white space alone are empty ranges, and every text has at least one sentence, as in `split_into_sentences`;
    `sent_tokenize` leaves the empty ones out.
    """

    def counts(self) -> Offsets:
        """(rows,): sentences of each text, blank ones too (datatrove's `split_into_sentences`)."""
        return np.diff(self.rows)

    def filled_counts(self) -> Offsets:
        """(rows,): sentences of each text that are not blank (datatrove's `sent_tokenize`)."""
        running = np.concatenate([[0], np.cumsum(self.ends > self.starts)])
        return np.diff(running[self.rows])


@njit(cache=True, nogil=True)
def _gap_is_token(data, start, end, first):  # type: ignore[no-untyped-def]
    """Whether the white space data[start:end] makes a token: one space after a token belongs to that token."""
    return end - start > 1 or (end > start and (first or data[start] != 0x20))


@njit(cache=True, nogil=True)
def _token_kind(data, start, end, kinds):  # type: ignore[no-untyped-def]
    """STOP for one end mark alone, PUNCTUATION for punctuation only, else 0."""
    point = code_point(data, start)
    kind = kinds[point] if point < len(kinds) else 0
    if kind & STOP and start + width(data[start]) == end:
        return STOP
    while kind & PUNCTUATION:
        start += width(data[start])
        if start >= end:
            return PUNCTUATION
        point = code_point(data, start)
        kind = kinds[point] if point < len(kinds) else 0
    return 0


@njit(cache=True, nogil=True)
def _cut(offsets, data, token_rows, token_starts, token_ends, kinds, rows, starts, ends):  # type: ignore[no-untyped-def]
    """Write the sentences of each row, and into rows[r + 1] how many there are up to there."""
    total = 0
    for row in range(len(offsets) - 1):
        place, stopped = offsets[row], False
        starts[total] = ends[total] = place
        for token in range(token_rows[row], token_rows[row + 1]):
            start, end = token_starts[token], token_ends[token]
            if stopped and _gap_is_token(data, place, start, place == offsets[row]):
                total += 1
                starts[total] = ends[total] = place
                stopped = False
            kind = _token_kind(data, start, end, kinds)
            if stopped and kind == 0:
                total += 1
                starts[total] = ends[total] = start
                stopped = False
            stopped = stopped or kind == STOP
            if starts[total] == ends[total]:
                starts[total] = start
            ends[total] = place = end
        if stopped and _gap_is_token(data, place, offsets[row + 1], False):
            total += 1
            starts[total] = ends[total] = place
        total += 1
        rows[row + 1] = total


def sentences(buffers: Buffers, tokens: Tokens) -> Sentences:
    """The sentences of texts whose tokens are known."""
    rows = np.zeros(len(buffers.offsets), np.int64)
    most = 2 * len(tokens.starts) + 2 * len(rows)
    starts, ends = np.empty(most, np.int64), np.empty(most, np.int64)
    _cut(*buffers, *tokens, character_kinds(), rows, starts, ends)
    return Sentences(rows, starts[: rows[-1]], ends[: rows[-1]])


def english_sentences(text: Text) -> Sentences:
    """Sentences of English texts; ask through `text.once(english_sentences)`."""
    return sentences(text.buffers, text.once(english))


def chinese_sentences(text: Text) -> Sentences:
    """Sentences of Chinese texts; ask through `text.once(chinese_sentences)`. Needs jieba, as `chinese` does."""
    return sentences(text.buffers, text.once(chinese))
