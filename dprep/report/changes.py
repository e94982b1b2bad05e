"""Two texts compared word by word; Chinese, Japanese and Korean character by character."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_CJK = r"\u2e80-\u2fdf\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
_TOKEN = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+|\s+|[^\w\s]")
MOST = 1_000
"""Tokens of either text that are compared; what comes after stands as one piece. Comparing takes the square of it."""


@dataclass(frozen=True)
class Piece:
    """A run of text that both have, or only one of them."""

    kind: Literal["same", "gone", "new"]
    text: str


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """Both texts as pieces: without the new ones it is `before`, without those gone it is `after`."""
    (old, old_rest), (new, new_rest) = _tokens(before), _tokens(after)
    found: list[Piece] = []
    for _, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        found += _pair("".join(old[a:b]), "".join(new[c:d]))
    return (*found, *_pair(old_rest, new_rest))


def _pair(gone: str, new: str) -> list[Piece]:
    if gone == new:
        return [Piece("same", gone)] if gone else []
    return [*([Piece("gone", gone)] if gone else []), *([Piece("new", new)] if new else [])]


def _tokens(text: str) -> tuple[list[str], str]:
    """The first tokens, and what comes after them."""
    found: list[str] = []
    end = 0
    for token in _TOKEN.finditer(text):
        if len(found) == MOST:
            break
        found.append(token.group())
        end = token.end()
    return found, text[end:]


def brief(found: Sequence[Piece], around: int = 40, most: int = 320) -> tuple[Piece, ...]:
    """The pieces with only a little of what is the same, and of all no more than about `most` characters."""
    shown: list[Piece] = []
    room = most
    for place, piece in enumerate(found):
        if room <= 0:
            return (*shown, Piece("same", " …"))
        text = _ends(piece.text, 0 if place == 0 else around, 0 if place == len(found) - 1 else around)
        text = text if piece.kind == "same" else piece.text
        text = text if len(text) <= room + around else f"{text[:room]}…"
        shown.append(Piece(piece.kind, text))
        room -= len(text)
    return tuple(shown)


def _ends(text: str, first: int, last: int) -> str:
    """The first and the last characters of a text that is longer."""
    return (
        text
        if len(text) <= first + last + 3
        else f"{text[:first]} … {text[len(text) - last :]}".strip(" " if not first else "")
    )
