"""Machine translation behind one small protocol: a translator takes short texts to another language, or says that it cannot.

round_trip        texts to another language and back, with what may not change masked and put back
  masks           marks in the place of addresses, numbers and the like
  cutting         sentences, and pieces of sentences that are too long
  Translator      apertium | transformers (hugging_face) | ctranslate2 (converted) | a chat model (chat)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol


@dataclass(frozen=True)
class Wish:
    """From which language to which, and how an answer is chosen."""

    source: str
    target: str
    prefix: str = ""
    """Put before each piece: what T5 and models of many languages want to be told."""
    beams: int = 1
    temperature: float = 0.0
    """0: the likeliest translation; above, it is drawn."""
    top_k: int = 0
    """Drawn from so many of the likeliest tokens; 0: from all."""
    rank: int = 0
    """Without drawing: which of the beams' translations, the best being 0."""


class Translator(Protocol):
    """What a provider must do."""

    by_sentence: ClassVar[bool]
    """It is given sentences: it was made for them. False: whole texts."""

    def fits(self, texts: Sequence[str], wish: Wish) -> list[bool]:
        """Whether each text can be read whole."""
        ...

    def translate(self, texts: Sequence[str], seeds: Sequence[int], wish: Wish) -> list[str | None]:
        """Every text in the other language; None where it got no whole translation.

        texts: each has a letter and fits, and is one line if `by_sentence`.
        seeds: one u64 per text, from which drawing starts.
        """
        ...
