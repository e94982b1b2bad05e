"""Which words of texts may be hidden from a masked language model, and which of them are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.chance import splitmix64
from dprep.base.text import Buffers, Text
from dprep.kernels.automaton import Automaton, automaton, matches
from dprep.kernels.protected import Protected, protected_spans, untouched
from dprep.kernels.slices import pieces
from dprep.kernels.spans import Spans
from dprep.kernels.starts import sentence_starts
from dprep.kernels.tokens import chinese
from dprep.kernels.words import words
from dprep.models.closed_words import stop_words
from dprep.models.han_words import LONGEST

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

_HAN = r"^[\u{3400}-\u{9fff}\u{f900}-\u{faff}\u{20000}-\u{3ffff}]+$"
_LETTERS = r"^\p{L}[\p{L}\p{M}]+$"


@dataclass(frozen=True)
class Rules:
    """Which words stay."""

    characters: bool
    """Chinese is taken by characters, not by words."""
    stop_words: bool
    """Words that carry grammar may be hidden."""
    names: bool
    """Words with a capital inside a sentence may be hidden."""
    kept: tuple[str, ...]
    """Words and phrases that may not, in any case."""


@dataclass(frozen=True, eq=False)
class Words:
    """Words of texts, in order: word w is the code points starts[w] up to ends[w] of text rows[w]."""

    rows: Ints
    starts: Ints
    ends: Ints
    forms: pl.Series
    chances: U64
    """A draw of each word's own."""

    def taken(self, which: npt.NDArray[np.bool_]) -> Words:
        """Some of them."""
        forms = self.forms.filter(pl.Series(which, dtype=pl.Boolean))
        return Words(self.rows[which], self.starts[which], self.ends[which], forms, self.chances[which])


def hideable(text: Text, luck: U64, rules: Rules) -> Words:
    """The words of letters that no rule keeps."""
    at = text.buffers
    free: list[tuple[Ints, Ints, Ints]] = []
    walls = [protected_spans(at), *([_listed(at, _finder(rules.kept))] if rules.kept else [])]
    for spans, chosen in _spans(text, rules):
        for wall in walls:
            chosen &= untouched(spans, wall)
        rows = np.repeat(np.arange(len(text)), np.diff(spans.rows))
        free.append((rows[chosen], spans.starts[chosen], spans.ends[chosen]))
    rows, starts, ends = (np.concatenate(parts) for parts in zip(*free, strict=True))
    order = np.argsort(starts, kind="stable")
    rows, starts, ends = rows[order], starts[order], ends[order]
    chances = splitmix64(luck[rows] ^ splitmix64((starts - at.offsets[rows]).astype(np.uint64)))
    place = _code_points(at)
    forms = pieces(at.data, starts, ends)
    return Words(rows, place(rows, starts), place(rows, ends), forms, chances)


def hidden(found: Words, rate: float) -> npt.NDArray[np.bool_]:
    """(words,): those that chance `rate` takes; of a text where it takes none, the one whose draw is smallest."""
    taken = np.asarray((found.chances >> np.uint64(11)) < np.uint64(rate * 2.0**53))
    told = pl.DataFrame({"row": found.rows, "chance": found.chances, "taken": taken})
    least = (pl.col("chance") == pl.col("chance").min().over("row")) & ~pl.col("taken").any().over("row")
    return told.select(pl.col("taken") | least).to_series().to_numpy().copy()


def _spans(text: Text, rules: Rules) -> list[tuple[Spans, npt.NDArray[np.bool_]]]:
    """Words of scripts with blanks and of Chinese, and which of each may be hidden for what they are."""
    spaced: Spans = text.once(words)
    forms = pieces(text.buffers.data, spaced.starts, spaced.ends)
    chosen = forms.str.contains(_LETTERS) & ~forms.str.contains(_HAN) & _content(forms, rules)
    if not rules.names:
        capital = forms.str.contains(r"^.*\p{Lu}")
        chosen &= ~capital | pl.Series(sentence_starts(text.buffers, spaced), dtype=pl.Boolean)
    found = [(spaced, chosen.to_numpy().copy())]
    han = forms.str.contains(_HAN)
    if not han.any():
        return found
    if rules.characters:
        return [*found, (spaced, (han & _content(forms, rules)).to_numpy().copy())]
    cut: Spans = text.once(chinese)
    forms = pieces(text.buffers.data, cut.starts, cut.ends)
    short = forms.str.contains(_HAN) & (forms.str.len_chars() <= LONGEST)
    return [*found, (cut, (short & _content(forms, rules)).to_numpy().copy())]


def _content(forms: pl.Series, rules: Rules) -> pl.Series:
    """Whether each word carries content, or may be hidden though it does not."""
    if rules.stop_words:
        return pl.repeat(True, len(forms), eager=True)
    return ~forms.str.to_lowercase().is_in(sorted(grammar()))


@cache
def grammar() -> frozenset[str]:
    """Words that carry grammar, of several languages."""
    return stop_words("en") | stop_words("zh") | stop_words("other")


@cache
def _finder(kept: tuple[str, ...]) -> Automaton:
    return automaton(kept, fold=True)


def _listed(at: Buffers, finder: Automaton) -> Protected:
    rows, starts, ends = matches(*at, finder)
    return Protected(rows, starts, ends, np.zeros(len(starts), np.uint8))


def _code_points(at: Buffers) -> Callable[[Ints, Ints], Ints]:
    """From rows and places in the buffer to code points in the text."""
    before = np.zeros(int(at.offsets[-1]) + 1, np.int64)
    np.cumsum(at.data[: at.offsets[-1]] & 0xC0 != 0x80, out=before[1:])
    return lambda rows, places: before[places] - before[at.offsets[rows]]
