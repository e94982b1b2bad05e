"""Texts through translators and back, sentence by sentence, with marks in the place of what may not change."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import xxhash

from dprep.models.translators import Translator, Wish
from dprep.models.translators.cutting import Piece, halves, sentences
from dprep.models.translators.masks import masked, pattern, restored

Hop = tuple[Translator, Wish]

_MOST_SAID = 100_000
"""Sentences remembered; then it starts anew."""


@dataclass(frozen=True)
class Masking:
    """What is masked, and by what."""

    kinds: frozenset[str]
    mark: str


def round_trip(texts: Sequence[str], seeds: Sequence[int], hops: Sequence[Hop], masking: Masking) -> list[str | None]:
    """Every text after all hops; None where a part of it got no translation, or a mark did not come back.

    seeds: one u64 per text. Sentences stay apart on the way: the white space between them is that of the text.
    """
    marked = masked(texts, masking.kinds, masking.mark)
    cut = sentences if hops[0][0].by_sentence else _whole
    parts = [_Part(row, piece, glue) for row, each in enumerate(marked) for piece, glue in cut(each.text)]
    for number, (translator, wish) in enumerate(hops):
        told = [xxhash.xxh3_64_intdigest(f"{seed}\0{number}".encode()) for seed in seeds]
        parts = _translated(parts, told, translator, wish, pattern(masking.mark))
    return [
        None if text is None else restored(text, each.kept, masking.mark)
        for text, each in zip(_joined(parts, len(texts)), marked, strict=True)
    ]


@dataclass(frozen=True)
class _Part:
    """A stretch of a text; None: it could not be translated."""

    row: int
    text: str | None
    glue: str
    """What stands between it and the next."""


def _joined(parts: Sequence[_Part], rows: int) -> list[str | None]:
    """The texts of all rows; None where a part is."""
    found: list[list[str]] = [[] for _ in range(rows)]
    void = {part.row for part in parts if part.text is None}
    for part in parts:
        found[part.row] += [part.text or "", part.glue]
    return [None if row in void else "".join(texts) for row, texts in enumerate(found)]


def _translated(
    parts: list[_Part], seeds: Sequence[int], translator: Translator, wish: Wish, keep: re.Pattern[str]
) -> list[_Part]:
    """One hop. keep: the marks. A row that is lost already is not asked any more."""
    void = {part.row for part in parts if part.text is None}
    parts = _fitting([part for part in parts if part.row not in void], translator, wish, keep)
    chosen = [place for place, part in enumerate(parts) if _has_words(part.text or "", keep)]
    told = _each_once([parts[p].text or "" for p in chosen], _seeds(parts, chosen, seeds), translator, wish)
    for place, answer in zip(chosen, told, strict=True):
        parts[place] = replace(parts[place], text=answer.strip() or None if answer else None)
    return parts + [_Part(row, None, "") for row in sorted(void)]


def _whole(text: str) -> Iterator[Piece]:
    bare = text.rstrip()
    yield bare, text[len(bare) :]


def _has_words(text: str, keep: re.Pattern[str]) -> bool:
    return any(character.isalpha() for character in keep.sub("", text))


def _fitting(parts: list[_Part], translator: Translator, wish: Wish, keep: re.Pattern[str]) -> list[_Part]:
    """The parts, those that a translator cannot read whole cut into halves until it can, or they cannot be cut."""
    while True:
        fits = translator.fits([part.text or "" for part in parts], wish)
        cut = [half for part, fit in zip(parts, fits, strict=True) for half in ([part] if fit else _halved(part, keep))]
        if len(cut) == len(parts):
            return [part if fit else replace(part, text=None) for part, fit in zip(parts, fits, strict=True)]
        parts = cut


def _halved(part: _Part, keep: re.Pattern[str]) -> list[_Part]:
    """Both halves; the part itself where it cannot be cut."""
    text = part.text or ""
    left, right = halves(text, keep) if len(text) > 1 else ("", "")
    if not left or not right:
        return [part]
    bare, rest = left.rstrip(), right.lstrip()
    between = left[len(bare) :] + right[: len(right) - len(rest)]
    return [_Part(part.row, bare, between), _Part(part.row, rest, part.glue)]


def _seeds(parts: Sequence[_Part], chosen: Sequence[int], seeds: Sequence[int]) -> list[int]:
    """A seed for each part, from that of its text and its place in it."""
    first: dict[int, int] = {}
    for place in chosen:
        first.setdefault(parts[place].row, place)
    return [xxhash.xxh3_64_intdigest(f"{seeds[parts[p].row]}\0{p - first[parts[p].row]}".encode()) for p in chosen]


def _each_once(texts: list[str], seeds: list[int], translator: Translator, wish: Wish) -> list[str | None]:
    """Translations of all; where nothing is drawn, a sentence is translated once, also if it comes again much later."""
    if wish.temperature:
        return translator.translate(texts, seeds, wish) if texts else []
    said = _said((translator, wish))
    new = [text for text in dict.fromkeys(texts) if text not in said]
    told = translator.translate(new, [0] * len(new), wish) if new else []
    answers = {text: said.get(text) for text in texts} | dict(zip(new, told, strict=True))
    if len(said) > _MOST_SAID:
        said.clear()
    said |= answers
    return [answers[text] for text in texts]


@lru_cache(maxsize=16)
def _said(hop: Hashable) -> dict[str, str | None]:
    """What a translator said of sentences in this process."""
    return {}
