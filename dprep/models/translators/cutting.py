"""Texts in pieces that a translator can read: sentences, and halves of those that are too long. Nothing is lost between."""

from __future__ import annotations

import re
from collections.abc import Iterator

Piece = tuple[str, str]
"""A sentence, and the white space after it."""

_BLANKS = re.compile(r"\s+")
_WIDE_END = re.compile(r"[。！？…；｡]+[”’」』）】》〉]*")
_CLOSERS = "\"'”’»›)]）】」』"
_ENDS = ".!?…؟।"
_BREAKS = re.compile(r"[\n\r\x0b\x0c\x85\u2028\u2029]")
_SHORT = re.compile(r"(?:^|[\s(\"'“‘])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|vs|Nr|Fig|Eq|e\.g|i\.e|approx|cf|Inc|Ltd|Co)\.$")
_WORD_END = re.compile(r"(?<=[,;:，、；：])|(?<=\s)")


def sentences(text: str) -> Iterator[Piece]:
    """The sentences of `text`: put together again with what stands between them, they are the text.

    One ends at a line break; at `!` or `?` before white space; at `.` or `…` before white space unless a small letter follows
    or an abbreviation stands before it; at 。！？；… anywhere.
    """
    start = 0
    for end, after in _cuts(text):
        if end > start:
            yield text[start:end], text[end:after]
            start = after
        elif after > start:  # white space alone at the start
            yield "", text[start:after]
            start = after
    if start < len(text):
        yield text[start:], ""


def _cuts(text: str) -> list[tuple[int, int]]:
    """(end of a sentence, start of the next), in order."""
    found = {m.end(): m.end() for m in _WIDE_END.finditer(text)}
    for blank in _BLANKS.finditer(text):
        if blank.start() in found or blank.start() == 0 or _ends(text, blank.start(), blank.end()) or _BREAKS.search(blank[0]):
            found[blank.start()] = blank.end()
    return sorted(found.items())


def _ends(text: str, end: int, after: int) -> bool:
    """Whether a sentence ends before the white space text[end:after]."""
    if after == len(text):
        return True
    before = text[max(0, end - 24) : end]
    bare = before.rstrip(_CLOSERS)
    if bare[-1:] in ("?", "!") and bare == before:
        return True
    return bare[-1:] in tuple(_ENDS) and not text[after].islower() and not _SHORT.search(bare)


def halves(text: str, keep: re.Pattern[str]) -> tuple[str, str]:
    """`text`, of two characters or more, cut near its middle: after a comma or a blank where there is one in its middle half.

    keep: what may not be cut.
    """
    middle, reach = len(text) // 2, len(text) // 4
    window = text[middle - reach : middle + reach + 1]
    places = [match.start() + middle - reach for match in _WORD_END.finditer(window)]
    cut = min((place for place in places if 0 < place < len(text)), key=lambda place: abs(place - middle), default=middle)
    for match in keep.finditer(text):
        if match.start() < cut < match.end():
            cut = match.start() or match.end()
    return text[:cut], text[cut:]
