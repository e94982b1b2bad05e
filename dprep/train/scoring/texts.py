"""Texts as scores see them: pieces for comparing, whether a text is Chinese, and what two bags of pieces share."""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Hashable, Sequence

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = "\u3040-\u30ff\u31f0-\u31ff"
_IS_HAN = re.compile(f"[{_HAN}{_KANA}]")
_LETTER = re.compile(r"[^\W\d_]")
_PIECE = re.compile(rf"[{_HAN}{_KANA}]|[^\W_{_HAN}{_KANA}]+")
_ARTICLE = re.compile(r"\b(a|an|the)\b")
_MARKS = str.maketrans("", "", string.punctuation)


def is_chinese(text: str, share: float = 0.3) -> bool:
    """Whether at least so large a share of the letters is Chinese or Japanese, which write no spaces."""
    letters = len(_LETTER.findall(text))
    return letters > 0 and len(_IS_HAN.findall(text)) >= share * letters


def pieces(text: str) -> list[str]:
    """Words of letters and digits in lower case; each Chinese character and each kana by itself."""
    return _PIECE.findall(text.lower())


def plain_words(text: str) -> list[str]:
    """Words as SQuAD compares answers: lower case, without ASCII punctuation and English articles."""
    return _ARTICLE.sub(" ", text.lower().translate(_MARKS)).split()


def mixed_pieces(text: str) -> list[str]:
    """Chinese answers: characters one by one, words of other scripts whole; punctuation and symbols of any script go."""
    kept = (" " if unicodedata.category(each)[0] in "PSZC" else each for each in text.lower())
    return _PIECE.findall("".join(kept))


def shared(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """How many pieces two bags have in common, each as often as in the one that has it less often."""
    return sum((Counter(one) & Counter(other)).values())


def longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence, with one machine operation for a row of the table.

    Source: Hyyrö 2004, Bit-Parallel LCS-length Computation Revisited.
    """
    where: dict[str, int] = {}
    for place, piece in enumerate(one):
        where[piece] = where.get(piece, 0) | 1 << place
    full = (1 << len(one)) - 1
    row = full
    for piece in other:
        match = row & where.get(piece, 0)
        row = ((row + match) | (row - match)) & full
    return len(one) - row.bit_count()
