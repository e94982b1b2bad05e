"""Words exchanged, inserted, swapped, deleted: first a plan of what stands where, drawn from one u64 per text, then the text.

A plan has for each token what stands in its place: its own number or another token's, -1 - c for choice c of a pool of texts,
or GONE; and the choice that is put before it, or -1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.kernels.draws import below, chance
from dprep.kernels.jit import njit
from dprep.kernels.offers import CAPITAL, Offers
from dprep.kernels.spans import Spans

REPLACE, INSERT, SWAP, DELETE = range(4)
GONE = -(1 << 62)
_TRIES = 8
_NONE, _BLANK, _EDGE = range(3)
"""What stands before the place that is written to: a character, a blank, or a line's start."""
_SPACE = np.array([0x20], np.uint8)


class Choices(NamedTuple):
    """Choice c is data[offsets[c]:offsets[c + 1]]. The first five are the articles a, an, A, An, AN."""

    offsets: npt.NDArray[np.int64]
    data: npt.NDArray[np.uint8]
    vowels: npt.NDArray[np.bool_]  # (choices,): whether `an` stands before it


class Plan(NamedTuple):
    """Of each token (tokens,)."""

    source: npt.NDArray[np.int64]
    before: npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def _mend_article(data, tokens, t, first, vowel, source):  # type: ignore[no-untyped-def]
    """Exchange an `a` or `an` before token t where `vowel` asks for the other."""
    before = t - 1
    if before < first or tokens.starts[t] - tokens.ends[before] != 1 or data[tokens.ends[before]] != 0x20:
        return
    i, size = tokens.starts[before], tokens.ends[before] - tokens.starts[before]
    is_a = size == 1 and data[i] | 0x20 == 0x61
    is_an = size == 2 and data[i] | 0x20 == 0x61 and data[i + 1] | 0x20 == 0x6E
    if is_a and vowel:
        # a capital A before capitals is of a text in capitals
        shouts = data[i] == 0x41 and 0x41 <= data[tokens.ends[t] - 1] <= 0x5A
        source[before] = -1 - (4 if shouts else 3 if data[i] == 0x41 else 1)
    elif is_an and not vowel:
        source[before] = -1 - (2 if data[i] == 0x41 else 0)


@njit(cache=True, nogil=True)
def _exchange(data, tokens, t, first, offers, vowels, english, state, source):  # type: ignore[no-untyped-def]
    """Put one of its choices in the place of token t; the state after it."""
    pick, state = below(state, offers.many[t])
    choice = offers.first[t] + pick
    source[t] = -1 - choice
    if english:
        _mend_article(data, tokens, t, first, vowels[choice], source)
    return state


@njit(cache=True, nogil=True)
def _gather(flags, first, last, out):  # type: ignore[no-untyped-def]
    """The tokens first … last - 1 whose flag is not zero, into `out`; how many there are."""
    count = 0
    for t in range(first, last):
        if flags[t]:
            out[count] = t
            count += 1
    return count


@njit(cache=True, nogil=True)
def _drawn(chosen, count, wanted, state):  # type: ignore[no-untyped-def]
    """Bring `wanted` of the first `count` to the front, each with the same chance; the state after it."""
    for k in range(wanted):
        other, state = below(state, count - k)
        chosen[k], chosen[k + other] = chosen[k + other], chosen[k]
    return state


@njit(cache=True, nogil=True)
def _by_rate(data, tokens, offers, vowels, english, luck, rate, source):  # type: ignore[no-untyped-def]
    scratch = np.empty(np.int64(np.diff(tokens.rows).max()) if len(tokens.rows) > 1 else 0, np.int64)
    for row in range(len(tokens.rows) - 1):
        first, last, state = tokens.rows[row], tokens.rows[row + 1], luck[row]
        count, hits = _gather(offers.many, first, last, scratch), 0
        for k in range(count):
            hit, state = chance(state, rate)
            if hit:
                hits += 1
                state = _exchange(data, tokens, scratch[k], first, offers, vowels, english, state, source)
        if count and not hits:
            k, state = below(state, count)
            _exchange(data, tokens, scratch[k], first, offers, vowels, english, state, source)


@njit(cache=True, nogil=True)
def _replaces(data, tokens, first, last, wanted, offers, vowels, english, state, scratch, source):  # type: ignore[no-untyped-def]
    """Exchange `wanted` words for synonyms: (whether there was any, state)."""
    count = _gather(offers.many, first, last, scratch)
    wanted = min(wanted, count)
    state = _drawn(scratch, count, wanted, state)
    for k in range(wanted):
        state = _exchange(data, tokens, scratch[k], first, offers, vowels, english, state, source)
    return wanted > 0, state


@njit(cache=True, nogil=True)
def _inserts(  # type: ignore[no-untyped-def]
    data, tokens, first, last, wanted, offers, cases, vowels, english, state, scratch, plan
):
    """Put `wanted` synonyms of words before movable words, of both none with a capital: (whether any was, state)."""
    count, places = 0, 0
    half = last - first
    for t in range(first, last):
        if cases[t] != CAPITAL and offers.movable[t]:
            scratch[half + places] = t
            places += 1
            if offers.many[t]:
                scratch[count] = t
                count += 1
    if count == 0:
        return False, state
    wanted = min(wanted, places)
    for k in range(wanted):
        other, state = below(state, places - k)
        at = half + k
        scratch[at], scratch[at + other] = scratch[at + other], scratch[at]
        of, state = below(state, count)
        pick, state = below(state, offers.many[scratch[of]])
        choice = offers.first[scratch[of]] + pick
        plan.before[scratch[at]] = choice
        if english:
            _mend_article(data, tokens, scratch[at], first, vowels[choice], plan.source)
    return True, state


@njit(cache=True, nogil=True)
def _swaps(first, last, wanted, movable, cases, numbers, state, scratch, source):  # type: ignore[no-untyped-def]
    """Let two different movable words change places, `wanted` times: (whether any did, state)."""
    count = 0
    for t in range(first, last):
        if movable[t] and cases[t] != CAPITAL:
            scratch[count] = t
            count += 1
    if count < 2:
        return False, state
    swapped = False
    for _ in range(wanted):
        for _ in range(_TRIES):
            one, state = below(state, count)
            two, state = below(state, count)
            a, b = scratch[one], scratch[two]
            if numbers[source[a]] != numbers[source[b]]:
                source[a], source[b] = source[b], source[a]
                swapped = True
                break
    return swapped, state


@njit(cache=True, nogil=True)
def _deletes(first, last, rate, words, movable, cases, state, scratch, source):  # type: ignore[no-untyped-def]
    """Delete each movable word with chance `rate`, one at least; never all words of a text: (whether any, state)."""
    count, gone = 0, 0
    for t in range(first, last):
        if movable[t] and cases[t] != CAPITAL:
            scratch[count] = t
            count += 1
    if count == 0 or words < 2:
        return False, state
    for k in range(count):
        hit, state = chance(state, rate)
        if hit and gone + 1 < words:
            source[scratch[k]] = GONE
            gone += 1
    if gone == 0:
        k, state = below(state, count)
        source[scratch[k]] = GONE
    return True, state


@njit(cache=True, nogil=True)
def _one_kind(  # type: ignore[no-untyped-def]
    kind, alpha, data, tokens, row, words, offers, cases, numbers, vowels, english, state, scratch, plan
):
    """Try one of the four on a row: (whether it could be done, state)."""
    first, last = tokens.rows[row], tokens.rows[row + 1]
    wanted = max(1, np.int64(alpha * words))
    done = False
    if kind == REPLACE:
        done, state = _replaces(data, tokens, first, last, wanted, offers, vowels, english, state, scratch, plan.source)
    elif kind == INSERT:
        done, state = _inserts(data, tokens, first, last, wanted, offers, cases, vowels, english, state, scratch, plan)
    elif kind == SWAP:
        done, state = _swaps(first, last, wanted, offers.movable, cases, numbers, state, scratch, plan.source)
    else:
        done, state = _deletes(first, last, alpha, words, offers.movable, cases, state, scratch, plan.source)
    return done, state


@njit(cache=True, nogil=True)
def _by_kinds(  # type: ignore[no-untyped-def]
    data, tokens, offers, is_word, cases, numbers, vowels, english, luck, kinds, alphas, plan
):
    longest = np.int64(np.diff(tokens.rows).max()) if len(tokens.rows) > 1 else 0
    scratch = np.empty(2 * longest, np.int64)
    for row in range(len(tokens.rows) - 1):
        words = 0
        for t in range(tokens.rows[row], tokens.rows[row + 1]):
            words += is_word[t]
        drawn, state = below(luck[row], len(kinds))
        for k in range(len(kinds)):
            at = (drawn + k) % len(kinds)
            done, state = _one_kind(
                kinds[at], alphas[at], data, tokens, row, words, offers, cases, numbers, vowels, english, state, scratch, plan
            )
            if done:
                break


def no_plan(tokens: Spans) -> Plan:
    """The plan that changes nothing."""
    return Plan(np.arange(len(tokens.starts), dtype=np.int64), np.full(len(tokens.starts), -1, np.int64))


def exchanged_by_rate(
    data: npt.NDArray[np.uint8],
    tokens: Spans,
    offers: Offers,
    choices: Choices,
    luck: npt.NDArray[np.uint64],
    *,
    rate: float,
    english: bool,
) -> Plan:
    """Each word that has choices is exchanged with chance `rate`, one at least. english: `a` and `an` follow."""
    plan = no_plan(tokens)
    _by_rate(data, Spans(*tokens), offers, choices.vowels, english, luck, rate, plan.source)
    return plan


def edited_by_kinds(
    data: npt.NDArray[np.uint8],
    tokens: Spans,
    offers: Offers,
    choices: Choices,
    luck: npt.NDArray[np.uint64],
    *,
    forms: tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint8], npt.NDArray[np.int32]],
    kinds: tuple[int, ...],
    alphas: tuple[float, ...],
    english: bool,
) -> Plan:
    """One of `kinds` is done to each text, a drawn one, or where it cannot be done the next.

    forms: of each token whether it is a word, how it is written, and which of the different ones it is.
    alphas: of each of kinds, the share of a text's words that it touches.
    """
    plan = no_plan(tokens)
    told = (np.array(kinds, np.int64), np.array(alphas, np.float64))
    _by_kinds(data, Spans(*tokens), offers, *forms, choices.vowels, english, luck, *told, plan)
    return plan


@njit(cache=True, nogil=True)
def _copy(data, i, end, out, at, fill):  # type: ignore[no-untyped-def]
    if fill:
        for k in range(i, end):
            out[at + k - i] = data[k]
    return at + end - i


@njit(cache=True, nogil=True)
def _token(data, tokens, what, choices, out, at, fill):  # type: ignore[no-untyped-def]
    """Write what a plan has for a token; the place after it."""
    if what >= 0:
        return _copy(data, tokens.starts[what], tokens.ends[what], out, at, fill)
    return _copy(choices.data, choices.offsets[-1 - what], choices.offsets[-what], out, at, fill)


@njit(cache=True, nogil=True)
def _closed(data, i, end, blank, at):  # type: ignore[no-untyped-def]
    """After a deleted word: where reading and writing go on, so that no two blanks meet, and none before a full stop."""
    if blank and i < end and data[i] == 0x20:
        return i + 1, at
    if blank == _BLANK and (i == end or data[i] in (0x2C, 0x2E, 0x3A, 0x3B, 0x21, 0x3F, 0x29, 0x0A)):
        return i, at - 1
    return i, at


@njit(cache=True, nogil=True)
def _row(data, i, end, first, last, tokens, plan, choices, spaced, out, at, fill):  # type: ignore[no-untyped-def]
    """Write a row as planned; the place after it."""
    blank = _EDGE
    for t in range(first, last):
        start = tokens.starts[t]
        at = _copy(data, i, start, out, at, fill)
        if start > i:
            blank = _BLANK if data[start - 1] == 0x20 else _EDGE if data[start - 1] == 0x0A else _NONE
        if plan.before[t] >= 0:
            at = _token(data, tokens, -1 - plan.before[t], choices, out, at, fill)
            if spaced:
                at = _copy(_SPACE, 0, 1, out, at, fill)
        i = tokens.ends[t]
        if plan.source[t] == GONE:
            i, at = _closed(data, i, end, blank, at)
        else:
            at = _token(data, tokens, plan.source[t], choices, out, at, fill)
            blank = _NONE
    return _copy(data, i, end, out, at, fill)


@njit(cache=True, nogil=True)
def _write(offsets, data, tokens, plan, choices, spaced, out_offsets, out, valid, fill):  # type: ignore[no-untyped-def]
    at = np.int64(0)
    for row in range(len(offsets) - 1):
        first, last, begin = tokens.rows[row], tokens.rows[row + 1], at
        if _is_planned(first, last, plan):
            at = _row(data, offsets[row], offsets[row + 1], first, last, tokens, plan, choices, spaced, out, at, fill)
            valid[row] = not fill or not _same(data, offsets[row], offsets[row + 1], out, begin, at)
            if not valid[row]:
                at = begin
        out_offsets[row + 1] = at
    return at


@njit(cache=True, nogil=True)
def _is_planned(first, last, plan):  # type: ignore[no-untyped-def]
    planned = False
    for t in range(first, last):
        planned |= plan.source[t] != t or plan.before[t] >= 0
    return planned


@njit(cache=True, nogil=True)
def _same(data, i, end, out, begin, at):  # type: ignore[no-untyped-def]
    if at - begin != end - i:
        return False
    same = True
    for k in range(end - i):
        same &= data[i + k] == out[begin + k]
    return same


def written(
    offsets: npt.NDArray[np.int64], data: npt.NDArray[np.uint8], tokens: Spans, plan: Plan, choices: Choices, spaced: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """The texts as planned: (offsets, bytes, whether each differs; the others are empty). spaced: blanks part the words."""
    out_offsets, valid = np.zeros(len(offsets), np.int64), np.zeros(len(offsets) - 1, np.bool_)
    told = (offsets, data, Spans(*tokens), plan, choices, spaced, out_offsets)
    size = _write(*told, np.zeros(0, np.uint8), valid, False)
    # a blank may be written that goes with the deleted word after it
    out = np.empty(size + 1, np.uint8)
    size = _write(*told, out, valid, True)
    return out_offsets, out[:size], valid
