"""Marks in the place of what a translation may not change: each comes back exactly once, or the translation is void."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl

from dprep.base.text import buffers
from dprep.kernels.protected import CODE, EMAIL, HASHTAG, MENTION, NUMBER, PLACEHOLDER, URL, protected_spans

KINDS = {
    "urls": (URL,),
    "emails": (EMAIL,),
    "mentions": (MENTION, HASHTAG),
    "numbers": (NUMBER,),
    "placeholders": (PLACEHOLDER,),
    "codes": (CODE,),
}
"""What can be masked, besides `emoji`."""
NUMBERED = "{n}"
"""Where the number of a mark stands in it."""
_PICTURE = "[\u203c\u2049\u2139\u2194-\u21aa\u231a-\u23ff\u25aa-\u27bf\u2934-\u2935\u2b05-\u2b55\U0001f000-\U0001faff]"
_EMOJI = re.compile(
    f"(?:[0-9#*]\ufe0f?\u20e3|{_PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]*(?:\u200d{_PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]*)*)+"
    "|(?<![^\\s])[:;=8][-']?[()DPpOo/|\\\\*](?![^\\s])"
)


@dataclass(frozen=True)
class Masked:
    """A text with marks, and what stood in the place of each."""

    text: str
    kept: tuple[str, ...]


def masked(texts: Sequence[str], kinds: frozenset[str], mark: str) -> list[Masked]:
    """Every text with marks `mark` (with `{n}`) in the place of what is of `kinds`: those of KINDS, and `emoji`."""
    series = pl.Series(texts, dtype=pl.String)
    offsets, data = buffers(series)
    spans = protected_spans(buffers(series))
    codes = {code for name, these in KINDS.items() if name in kinds for code in these}
    whole, bounds = data.tobytes(), offsets.tolist()
    rows, starts, ends, found = (part.tolist() for part in spans)
    told = []
    for row in range(len(texts)):
        own = range(rows[row], rows[row + 1])
        parts = _parts(whole, bounds[row], bounds[row + 1], [(starts[s], ends[s]) for s in own if found[s] in codes])
        told.append(_numbered(_with_emoji(parts, "emoji" in kinds), mark))
    return told


def restored(text: str, kept: tuple[str, ...], mark: str) -> str | None:
    """`text` with what was kept in the place of its marks; None where a mark is lost, or there twice."""
    found = [int(number) for number in pattern(mark).findall(text)]
    if sorted(found) != list(range(len(kept))):
        return None
    return pattern(mark).sub(lambda match: kept[int(match[1])], text) if kept else text


@cache
def pattern(mark: str) -> re.Pattern[str]:
    """Finds marks, also with blanks inside them or in another case: translators do that."""
    before, _, after = mark.partition(NUMBERED)
    inner = [r"[ ]?".join(map(re.escape, part)) for part in (before, after)]
    return re.compile(rf"{inner[0]}[ ]?(\d{{1,7}})[ ]?{inner[1]}", re.IGNORECASE | re.ASCII)


Part = tuple[str, bool]
"""A stretch of a text, and whether it is kept."""


def _parts(data: bytes, start: int, end: int, spans: list[tuple[int, int]]) -> Iterator[Part]:
    for first, last in spans:
        yield data[start:first].decode(), False
        yield data[first:last].decode(), True
        start = last
    yield data[start:end].decode(), False


def _with_emoji(parts: Iterator[Part], emoji: bool) -> Iterator[Part]:
    for text, kept in parts:
        start = 0
        for match in _EMOJI.finditer(text) if emoji and not kept else ():
            yield text[start : match.start()], False
            yield match[0], True
            start = match.end()
        yield text[start:], kept


def _numbered(parts: Iterator[Part], mark: str) -> Masked:
    kept: list[str] = []
    told: list[str] = []
    for text, stays in parts:
        if not stays:  # what looks like a mark already must not be taken for one of ours
            told += _escaped(text, mark, kept)
        elif text:
            told.append(mark.replace(NUMBERED, str(len(kept))))
            kept.append(text)
    return Masked("".join(told), tuple(kept))


def _escaped(text: str, mark: str, kept: list[str]) -> Iterator[str]:
    start = 0
    for match in pattern(mark).finditer(text):
        yield text[start : match.start()]
        yield mark.replace(NUMBERED, str(len(kept)))
        kept.append(match[0])
        start = match.end()
    yield text[start:]
