"""What a book of synonyms can be asked; this one is empty."""

from __future__ import annotations

import re

HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
"""A character of Chinese script."""


class Thesaurus:
    """Parts of speech are WordNet's letters: `n`, `v`, `a`, `r`; an empty one is any. Words are in lower case."""

    language: str = ""
    """`en`, `zh`, or empty: another, or the book does not tell."""
    tagged: bool = False
    """Whether it tells parts of speech."""

    def meanings(self, word: str, pos: str, most: int) -> list[list[str]]:
        """The synonyms of a word in each of its `most` first meanings that have any, best first."""
        return []

    def likeness(self, word: str, other: str, pos: str) -> float:
        """Of the meanings that either word has, the share that both have; 1 where the book does not tell."""
        return 1.0

    def weight(self, word: str, pos: str) -> float:
        """How often the word is of that part of speech, in some unit that is the same for all words; 0: not known."""
        return 0.0

    def is_name(self, word: str) -> bool:
        """Whether the word may also be a name."""
        return False

    def phrases(self) -> tuple[str, ...]:
        """Its entries of several words, with blanks between."""
        return ()
