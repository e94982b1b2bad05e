"""A change on a line or two: the words that differ, and a little of what stands around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dprep.report.renderers.difference import difference


@dataclass(frozen=True)
class Piece:
    """A run of text that both have, or only one of them."""

    kind: Literal["same", "gone", "new"]
    text: str


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """Both texts as pieces, in the window around their first difference: without the new ones it is `before`, without those
    gone it is `after`.
    """
    found: list[Piece] = []
    for old, new, same in difference(before, after).merged:
        told = [Piece("same", old)] if same else [Piece("gone", old), Piece("new", new)]
        found += [piece for piece in told if piece.text]
    return tuple(found)


def brief(found: Sequence[Piece], around: int = 40, most: int = 320) -> tuple[Piece, ...]:
    """The pieces with only a little of what is the same, and of all no more than about `most` characters."""
    shown: list[Piece] = []
    room = most
    for place, piece in enumerate(found):
        if room <= 0:
            return (*shown, Piece("same", " …"))
        last = place == len(found) - 1
        text = _ends(piece.text, 0 if place == 0 and not last else around, 0 if last and place else around)
        text = text if piece.kind == "same" else piece.text
        text = text if len(text) <= room + around else f"{text[:room]}…"
        shown.append(Piece(piece.kind, text))
        room -= len(text)
    return tuple(shown)


def _ends(text: str, first: int, last: int) -> str:
    """The first and the last characters of a text that is longer."""
    if len(text) <= first + last + 3:
        return text
    return f"{text[:first]} " * bool(first) + "…" + f" {text[len(text) - last :]}" * bool(last)
