"""Two texts compared word by word; Chinese, Japanese and Korean character by character."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_CJK = r"\u2e80-\u2fdf\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
_TOKEN = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+|\s+|[^\w\s]")
MOST = 400
"""Tokens from the first difference on that are compared, which takes up to their cube; the others stand as one piece."""


@dataclass(frozen=True)
class Piece:
    """A run of text that both have, or only one of them."""

    kind: Literal["same", "gone", "new"]
    text: str


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """Both texts as pieces: without the new ones it is `before`, without those gone it is `after`."""
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    a, b = old[head : len(old) - tail], new[head : len(new) - tail]
    found = _pair(old[:head], new[:head])
    for _, i, j, k, m in SequenceMatcher(None, a[:MOST], b[:MOST], autojunk=False).get_opcodes():
        found += _pair(a[i:j], b[k:m])
    found += _pair(a[MOST:], b[MOST:]) + _pair(old[len(old) - tail :], new[len(new) - tail :])
    return tuple(found)


def _alike(a: Sequence[str], b: Sequence[str]) -> int:
    """How many tokens both begin with."""
    return next((place for place, (one, other) in enumerate(zip(a, b, strict=False)) if one != other), min(len(a), len(b)))


def _pair(gone: Sequence[str], new: Sequence[str]) -> list[Piece]:
    old_text, new_text = "".join(gone), "".join(new)
    if old_text == new_text:
        return [Piece("same", old_text)] if old_text else []
    return [*([Piece("gone", old_text)] if old_text else []), *([Piece("new", new_text)] if new_text else [])]


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
