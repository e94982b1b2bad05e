"""Which character may follow the first ones of a Chinese word of a given length, by jieba's word list (extra `zh`)."""

from __future__ import annotations

import re
from functools import cache

from dprep.kernels.jieba_dictionary import jieba_folder

LONGEST = 4
_WORD = re.compile(rf"([\u4e00-\u9fff]{{2,{LONGEST}}}) ")


@cache
def followers(characters: frozenset[str]) -> dict[str, str]:
    """Characters that go on with a word: the word's length and its first characters (`2你`, `3`) -> those that may be next.

    characters: only words of these count. Raises Error (`missing-library`).
    """
    found: dict[str, set[str]] = {}
    with open(jieba_folder() / "dict.txt", encoding="utf-8") as lines:
        for line in lines:
            told = _WORD.match(line)
            if told and characters.issuperset(told[1]):
                word = told[1]
                for place, character in enumerate(word):
                    found.setdefault(f"{len(word)}{word[:place]}", set()).add(character)
    return {start: "".join(sorted(characters)) for start, characters in found.items()}
