"""Which words of a text may be replaced, and by which synonyms: parts of speech are told by the words beside, without a tagger.

A word that the book knows as several parts of speech is taken for one where the word before leaves only that one, or where the
book has met it so in 17 of 20 cases at least; otherwise it stays.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.kernels.hash_set import WordSet, holds
from dprep.kernels.jit import njit
from dprep.kernels.spans import Spans

OPEN, DETERMINER, TO, MODAL, SUBJECT, BE, HAVE, PREPOSITION, DEGREE, PARTICLE, OTHER = range(11)
"""Kinds of English words, as dprep.models.closed_words has them; all words of other languages are OPEN or OTHER."""
LOWER, CAPITAL, UPPER, MIXED = range(4)
"""How a word is written."""

_SURE = 0.85
_NOUN, _VERB, _ADJECTIVE, _ADVERB = 0b11, 0b1111100, 0b111 << 7, 0b111 << 10
_BASE, _THIRD, _PAST, _PARTICIPLE, _ING = 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6
_LONGEST = 80
_MAY_FOLLOW = (0x20, 0x09, 0x0A, 0x21, 0x22, 0x27, 0x29, 0x2A, 0x2C, 0x2E, 0x3A, 0x3B, 0x3F, 0x5D)


class Forms(NamedTuple):
    """What is known of each different form; form f has choices first[f, g]:first[f, g] + many[f, g] as part of speech g."""

    kinds: npt.NDArray[np.uint8]  # (forms,)
    cases: npt.NDArray[np.uint8]  # (forms,)
    words: npt.NDArray[np.bool_]  # (forms,)
    names: npt.NDArray[np.bool_]  # (forms,)
    tags: npt.NDArray[np.int64]  # (forms,): a bit for NN NNS VB VBZ VBD VBN VBG JJ JJR JJS RB RBR RBS each
    weights: npt.NDArray[np.float64]  # (forms, 4): how often it is noun, verb, adjective, adverb
    first: npt.NDArray[np.int64]  # (forms, 4)
    many: npt.NDArray[np.int64]  # (forms, 4)


class Offers(NamedTuple):
    """Of each token (tokens,)."""

    movable: npt.NDArray[np.bool_]
    """Whether it is a word that is not protected nor written as a name, and may stand elsewhere, or another in its place."""
    first: npt.NDArray[np.int64]
    many: npt.NDArray[np.int64]
    """Choices first:first + many may stand for it; 0: none."""


@njit(cache=True, nogil=True)
def _after_determiner(tags, next_kind, next_tags):  # type: ignore[no-untyped-def]
    """A noun, or an adjective where a noun follows."""
    left = tags & (_NOUN | _ADJECTIVE | _PARTICIPLE | _ING)
    if left & _NOUN and left & ~_NOUN:
        before_noun = next_kind == OPEN and next_tags & _NOUN
        left = left & _ADJECTIVE if before_noun and left & _ADJECTIVE else left & _NOUN
    return left


@njit(cache=True, nogil=True)
def _left(kind, before, tags, next_kind, next_tags):  # type: ignore[no-untyped-def]
    """The tags that a word may still have after a word of `kind` whose tags are `before`; 0: no rule says anything."""
    left = 0
    if kind == DETERMINER:
        left = _after_determiner(tags, next_kind, next_tags)
    elif kind == PREPOSITION:
        left = _after_determiner(tags, next_kind, next_tags) if tags & _NOUN else tags & (_ING | _ADJECTIVE)
    elif kind in (TO, MODAL):
        left = tags & _BASE if tags & _BASE else tags & (_NOUN | _ADJECTIVE | _ADVERB)
    elif kind == SUBJECT:
        left = tags & (_BASE | _THIRD | _PAST)
    elif kind == BE:
        left = tags & (_ING | _PARTICIPLE | _ADJECTIVE | _ADVERB)
    elif kind == HAVE:
        left = tags & (_NOUN | _ADJECTIVE) if tags & _NOUN else tags & _PARTICIPLE
    elif kind == DEGREE:
        left = tags & (_ADJECTIVE | _ADVERB)
    elif kind == OPEN and before and before & ~_ADJECTIVE == 0:
        left = tags & _NOUN
    return left


@njit(cache=True, nogil=True)
def _group(left, weights):  # type: ignore[no-untyped-def]
    """The part of speech of the tags `left`; -1 where several are as likely."""
    sum_, best, most, found = 0.0, -1.0, -1, 0
    for g, mask in enumerate((_NOUN, _VERB, _ADJECTIVE, _ADVERB)):
        if left & mask:
            found += 1
            sum_ += weights[g]
            if weights[g] > best:
                best, most = weights[g], g
    return most if found == 1 or (found and best >= _SURE * sum_) else -1


@njit(cache=True, nogil=True)
def _is_blank(data, i, end):  # type: ignore[no-untyped-def]
    """Whether data[i:end] is blanks, one at least."""
    for k in range(i, end):
        if data[k] != 0x20:
            return False
    return end > i


@njit(cache=True, nogil=True)
def _begins(data, i, end, abbreviated):  # type: ignore[no-untyped-def]
    """Whether what stands between two words, data[i:end], ends a sentence. abbreviated: the word before may be so."""
    for k in range(i, end):
        byte = data[k]
        if byte == 0x0A or byte == 0x21 or byte == 0x3F:
            return True
        if byte == 0x2E and not (abbreviated and k == i):
            return True
    return False


@njit(cache=True, nogil=True)
def _starts_sentence(data, tokens, t, first, forms, numbers):  # type: ignore[no-untyped-def]
    if t == first:
        return True
    before = t - 1
    short = tokens.ends[before] - tokens.starts[before] <= 4 and forms.cases[numbers[before]] != LOWER
    return _begins(data, tokens.ends[before], tokens.starts[t], short)


@njit(cache=True, nogil=True)
def _is_name(data, tokens, t, first, last, forms, numbers):  # type: ignore[no-untyped-def]
    """Whether a capitalised word may be a name: inside a sentence, before another such word, or known as one."""
    if not _starts_sentence(data, tokens, t, first, forms, numbers) or forms.names[numbers[t]]:
        return True
    if t + 1 < last and _is_blank(data, tokens.ends[t], tokens.starts[t + 1]):
        return forms.cases[numbers[t + 1]] in (CAPITAL, UPPER) and tokens.ends[t + 1] - tokens.starts[t + 1] > 1
    return False


@njit(cache=True, nogil=True)
def _listed(data, i, end, phrases, buffer):  # type: ignore[no-untyped-def]
    """Whether data[i:end] in small letters, or without its last `s`, is one of `phrases`."""
    size = end - i
    if size > _LONGEST:
        return False
    for k in range(size):
        byte = data[i + k]
        buffer[k] = byte + 0x20 if 0x41 <= byte <= 0x5A else byte
    return holds(phrases, buffer, 0, size) or (buffer[size - 1] == 0x73 and holds(phrases, buffer, 0, size - 1))


@njit(cache=True, nogil=True)
def _in_phrase(data, tokens, t, first, last, phrases, buffer):  # type: ignore[no-untyped-def]
    """Whether the word is part of an entry of two or three words, such as `credit card`."""
    for begin in range(max(first, t - 2), t + 1):
        for end in range(max(begin + 1, t), min(begin + 3, last)):
            if _listed(data, tokens.starts[begin], tokens.ends[end], phrases, buffer):
                return True
    return False


@njit(cache=True, nogil=True)
def _part_of_speech(data, tokens, t, first, last, forms, numbers):  # type: ignore[no-untyped-def]
    """The part of speech of a word by its neighbours; -1: not clear."""
    form = numbers[t]
    kind, before, next_kind, next_tags = np.int64(OTHER), np.int64(0), np.int64(OTHER), np.int64(0)
    if t > first and _is_blank(data, tokens.ends[t - 1], tokens.starts[t]):
        kind, before = np.int64(forms.kinds[numbers[t - 1]]), forms.tags[numbers[t - 1]]
    if t + 1 < last and _is_blank(data, tokens.ends[t], tokens.starts[t + 1]):
        next_kind, next_tags = np.int64(forms.kinds[numbers[t + 1]]), forms.tags[numbers[t + 1]]
    tags = forms.tags[form]
    left = _left(kind, before, tags, next_kind, next_tags)
    group = _group(left if left else tags, forms.weights[form])
    return -1 if group == 1 and next_kind == PARTICLE else group


@njit(cache=True, nogil=True)
def _shouts(first, last, forms, numbers):  # type: ignore[no-untyped-def]
    """Whether a text is in capitals: three such words, and none in small letters."""
    upper = 0
    for t in range(first, last):
        case = forms.cases[numbers[t]]
        if case == LOWER and forms.words[numbers[t]]:
            return False
        upper += case == UPPER
    return upper > 2


@njit(cache=True, nogil=True)
def _may_move(data, tokens, t, first, last, forms, numbers, capitals, shouts):  # type: ignore[no-untyped-def]
    case = forms.cases[numbers[t]]
    if case == CAPITAL:
        return capitals or not _is_name(data, tokens, t, first, last, forms, numbers)
    return case == LOWER or (case == UPPER and shouts)


@njit(cache=True, nogil=True)
def _stands_apart(data, i, end, tokens, t, first, last, free):  # type: ignore[no-untyped-def]
    """Whether another word in its place would not run into what stands beside: numbers, addresses, other protected things."""
    start, stop = tokens.starts[t], tokens.ends[t]
    if start > i and data[start - 1] < 0x80 and data[start - 1] not in (0x20, 0x09, 0x0A, 0x22, 0x27, 0x28, 0x2A, 0x2C, 0x5B):
        return False
    if stop < end and data[stop] < 0x80 and data[stop] not in _MAY_FOLLOW:
        return False
    before = t > first and tokens.ends[t - 1] == start and not free[t - 1]
    return not before and not (t + 1 < last and tokens.starts[t + 1] == stop and not free[t + 1])


@njit(cache=True, nogil=True)
def _offer(offsets, data, tokens, forms, numbers, free, phrases, english, capitals, offers):  # type: ignore[no-untyped-def]
    buffer = np.zeros(_LONGEST + 8, np.uint8)
    for row in range(len(tokens.rows) - 1):
        first, last = tokens.rows[row], tokens.rows[row + 1]
        shouts = _shouts(first, last, forms, numbers)
        for t in range(first, last):
            form = numbers[t]
            if not free[t] or not forms.words[form]:
                continue
            if not _may_move(data, tokens, t, first, last, forms, numbers, capitals, shouts):
                continue
            offers.movable[t] = _stands_apart(data, offsets[row], offsets[row + 1], tokens, t, first, last, free)
            if not offers.movable[t] or forms.many[form].sum() == 0:
                continue
            group = _part_of_speech(data, tokens, t, first, last, forms, numbers) if english else 0
            if group < 0 or forms.many[form, group] == 0:
                continue
            if len(phrases) > 1 and _in_phrase(data, tokens, t, first, last, phrases, buffer):
                continue
            offers.first[t], offers.many[t] = forms.first[form, group], forms.many[form, group]


def offered(
    offsets: npt.NDArray[np.int64],
    data: npt.NDArray[np.uint8],
    tokens: Spans,
    forms: Forms,
    numbers: npt.NDArray[np.int32],
    free: npt.NDArray[np.bool_],
    *,
    phrases: WordSet,
    english: bool,
    capitals: bool,
) -> Offers:
    """What each token may become.

    numbers (tokens,): the form of each. free (tokens,): those that nothing protects. phrases: entries of several words, whose
    words stay together. capitals: words with a capital inside a sentence are words, not names.
    """
    count = len(tokens.starts)
    offers = Offers(np.zeros(count, np.bool_), np.zeros(count, np.int64), np.zeros(count, np.int64))
    plain: Any = Spans(*tokens)
    _offer(offsets, data, plain, forms, numbers, free, phrases, english, capitals, offers)
    return offers
