"""Which tokens of a masked language model are whole words, and of which script: what may stand in the place of a word.

WordPiece (`##ing` goes on with a word), byte-level BPE (`Ġword` begins one) and SentencePiece (`▁word` begins one) are told
apart by what their vocabularies hold.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dprep.kernels.scripts import NAMES, script_table

HAN = NAMES.index("han")
NONE = 255
"""The script of tokens that are no word: pieces of words, punctuation, numbers, special ones."""

_GOES_ON, _BYTES, _PIECES = "##", "Ġ", "▁"


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The tokens of a model, by their ids."""

    style: str
    """`##`, `Ġ` or `▁`: how tokens tell where words begin; empty: every token is a word."""
    surfaces: tuple[str, ...]
    """What each token looks like in a text."""
    begins: npt.NDArray[np.bool_]
    """(tokens,): the token says that a word begins with it. Of `##`: that it goes on with none."""
    marks: npt.NDArray[np.bool_]
    """(tokens,): the token is nothing but the mark of a beginning word."""
    scripts: npt.NDArray[np.uint8]
    """(tokens,): the script of a whole word, or NONE."""
    single_han: bool
    """Chinese is cut into single characters."""
    same: dict[str, list[int]] = field(repr=False)
    """The tokens of each word, in lower case."""


def vocabulary(tokens: Iterable[str], special: Iterable[int]) -> Vocabulary:
    """tokens: as the tokenizer spells them, by their ids; special: ids that stand for no text."""
    spelt = tuple(tokens)
    style = _style(spelt)
    read = [_read(token, style) for token in spelt]
    surfaces = tuple(surface for surface, _ in read)
    begins = np.array([begin for _, begin in read], np.bool_)
    marks = np.array([begin and token == style for token, (_, begin) in zip(spelt, read, strict=True)], np.bool_)
    scripts = np.array([script_of(surface) for surface in surfaces], np.uint8)
    scripts[list(special)] = NONE
    # a token without a mark goes on with the token before it, where words are marked; han has no blanks to mark
    scripts[~begins & ((scripts != HAN) | (style == _GOES_ON))] = NONE
    same: dict[str, list[int]] = {}
    for number in np.flatnonzero(scripts != NONE).tolist():
        same.setdefault(surfaces[number].lower(), []).append(number)
    han = [len(surfaces[number]) for number in np.flatnonzero(scripts == HAN)]
    return Vocabulary(style, surfaces, begins, marks, scripts, max(han, default=0) == 1, same)


def script_of(word: str) -> int:
    """The script of a word of letters of one script, with their marks (its number in `scripts.NAMES`); NONE for anything else.

    Single letters are no words, but for han.
    """
    table = script_table()
    letters = [letter for letter in word if not unicodedata.category(letter).startswith("M")]
    if not letters or not all(letter.isalpha() for letter in letters):
        return NONE
    found = {int(table[ord(letter)]) if ord(letter) < len(table) else HAN for letter in letters}
    script = found.pop()
    return NONE if found or script >= len(NAMES) or (script != HAN and len(letters) < 2) else script


def _style(tokens: tuple[str, ...]) -> str:
    counts = {mark: sum(token.startswith(mark) for token in tokens) for mark in (_GOES_ON, _BYTES, _PIECES)}
    mark = max(counts, key=lambda each: counts[each])
    return mark if counts[mark] else ""


def _read(token: str, style: str) -> tuple[str, bool]:
    """(what a token looks like, whether it begins a word)."""
    if style == _GOES_ON:
        return token.removeprefix(_GOES_ON), not token.startswith(_GOES_ON)
    if style == _PIECES:
        return token.removeprefix(_PIECES), token.startswith(_PIECES)
    if style == _BYTES:
        return _decoded(token.removeprefix(_BYTES)), token.startswith(_BYTES)
    return token, True


def _decoded(token: str) -> str:
    """The text of a byte-level token; empty where its bytes are no whole characters."""
    try:
        return bytes(_BYTE_OF[character] for character in token).decode()
    except (KeyError, UnicodeDecodeError):
        return ""


def _byte_of() -> dict[str, int]:
    """Which byte each character of a byte-level token stands for. Source: GPT-2's `bytes_to_unicode`, openai/gpt-2."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in visible]
    return {chr(byte): byte for byte in visible} | {chr(256 + place): byte for place, byte in enumerate(others)}


_BYTE_OF = _byte_of()
