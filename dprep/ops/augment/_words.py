"""Texts as words that may be rewritten: what `augment.synonym` and `augment.eda` share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.text import Text, from_buffers
from dprep.kernels.automaton import Automaton, automaton, matches
from dprep.kernels.distinct import distinct
from dprep.kernels.hash_set import WordSet, word_set
from dprep.kernels.offers import Forms, Offers, offered
from dprep.kernels.protected import Protected, protected_spans, untouched
from dprep.kernels.rewriting import Choices, Plan, written
from dprep.kernels.slices import pieces
from dprep.kernels.spans import Spans
from dprep.kernels.titles import titles
from dprep.kernels.tokens import chinese
from dprep.kernels.words import words
from dprep.models.lists import lines
from dprep.models.replacements import Pool, Replacements

_HAN = "[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"


@dataclass(frozen=True)
class Rewritable:
    """The words of texts, and what each may become."""

    tokens: Spans
    numbers: npt.NDArray[np.int32]  # (tokens,): which of the different forms each is
    pool: Pool
    offers: Offers
    choices: Choices

    def told(self) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
        """Of each token: whether it is a word, how it is written, which form it is."""
        return self.pool.words[self.numbers], self.pool.cases[self.numbers], self.numbers


def rewritable(text: Text, by: Replacements, han: bool, kept: tuple[str, ...], capitals: bool) -> Rewritable:
    """han: the texts are cut into Chinese words. kept: listed words and phrases that nothing may touch."""
    offsets, data = text.buffers
    tokens: Spans = text.once(chinese) if han else text.once(words)
    numbers, firsts = distinct(data, tokens.starts, tokens.ends)
    pool = by.pool(pieces(data, tokens.starts[firsts], tokens.ends[firsts]).to_list())
    free = untouched(tokens, text.once(_protected))
    if han:
        free &= untouched(tokens, _span_list(titles(offsets, data)))
    if kept:
        free &= untouched(tokens, _listed(text, kept))
    forms = Forms(pool.kinds, pool.cases, pool.words, pool.names, pool.tags, pool.weights, pool.first, pool.many)
    english = by.language == "en"
    phrases = _phrase_set(by) if english else np.zeros(1, np.uint64)
    told = (tokens, forms, numbers, free)
    offers = offered(offsets, data, *told, phrases=phrases, english=english, capitals=capitals)
    return Rewritable(tokens, numbers, pool, offers, Choices(pool.offsets, pool.data, pool.vowels))


def by_script(
    text: Text, luck: npt.NDArray[np.uint64], made: Callable[[Text, npt.NDArray[np.uint64], bool], pl.Series]
) -> pl.Series:
    """`made(texts, luck, han)` of the texts with Chinese characters and of those without, in their order."""
    han = text.series.str.contains(_HAN).to_numpy()
    if not han.any() or han.all():
        return made(text, luck, bool(len(han) and han[0])) if len(han) else text.series
    both = [made(Text(text.series.filter(pl.Series(chosen))), luck[chosen], bool(chosen is han)) for chosen in (han, ~han)]
    order = np.empty(len(han), np.int64)
    order[han], order[~han] = np.arange(han.sum()), han.sum() + np.arange((~han).sum())
    return pl.concat(both).gather(pl.Series(order))


def rewritten(text: Text, found: Rewritable, plan: Plan, spaced: bool) -> pl.Series:
    """The texts as planned; null where one stays as it was."""
    offsets, data, valid = written(*text.buffers, found.tokens, plan, found.choices, spaced)
    made = from_buffers(offsets, data, text.series.name)
    return made if valid.all() else made.set(pl.Series(~valid), None)


def kept_words(protect: tuple[str, ...], file: str | None) -> tuple[str, ...]:
    """Listed words and phrases. Raises Error (`unreadable-file`)."""
    return (*protect, *(lines(file) if file else ()))


def _protected(text: Text) -> Protected:
    return protected_spans(text.buffers)


@cache
def _finder(kept: tuple[str, ...]) -> Automaton:
    return automaton(kept, fold=True)


def _listed(text: Text, kept: tuple[str, ...]) -> Protected:
    """Where listed words stand, in any case, also inside of others: so `refund` keeps `refunds`."""
    return _span_list(Spans(*matches(*text.buffers, _finder(kept))))


def _span_list(found: Spans) -> Protected:
    return Protected(*found, np.zeros(len(found.starts), np.uint8))


@cache
def _phrase_set(by: Replacements) -> WordSet:
    return word_set(by.phrases())
