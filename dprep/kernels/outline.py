"""The outline of a page: its elements as a tree of numbers, its text as blocks, and what class names say of them.

Reads HTML as a parser has serialized it (every element closed, attribute values in quotes).
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dprep.kernels.class_words import CONCEPTS, automaton, concepts
from dprep.kernels.jit import njit
from dprep.kernels.markup import _declaration, _mixed, kinds


def names(text: str) -> tuple[str, ...]:
    """The words of `text`."""
    return tuple(text.split())


TAGS = names(
    "- html body p div section article main aside nav header footer form h1 h2 h3 h4 h5 h6 ul ol li dl dt dd "
    "table tr td th thead tbody tfoot caption blockquote pre figure figcaption address details summary "
    "fieldset center hr br a b strong em i code span time small label font button hgroup search menu dir "
    "legend option optgroup img"
)
"""Elements that are told apart; the place is the code, 0 is any other."""
CODE = {name: at for at, name in enumerate(TAGS)}
_INLINE = frozenset(names("- br a b strong em i code span time small label font img"))
_VOID = frozenset(("hr", "br", "img"))
_VOID_OTHERS = names("area base col embed input link meta param source track wbr basefont bgsound frame keygen")
_NOT_PUSHED = 255
_IS_BLOCK = np.array([name not in _INLINE for name in TAGS])
_IS_VOID = np.array([name in _VOID for name in TAGS])

HIDDEN_ATTRIBUTE = len(CONCEPTS)
"""Bits after the concepts: hidden by an attribute; a role of navigation; marked as the article's body."""
ROLE_NAV, ITEM_BODY = HIDDEN_ATTRIBUTE + 1, HIDDEN_ATTRIBUTE + 2
BITS = ITEM_BODY + 1


class Elements(NamedTuple):
    code: npt.NDArray[np.uint8]
    parent: npt.NDArray[np.int32]  # -1 at the top
    end: npt.NDArray[np.int32]  # the number after the last one inside
    flags: npt.NDArray[np.int64]  # bits of CONCEPTS and the three after them
    looks: npt.NDArray[np.int64]  # hash of name and classes: equal for things of one kind
    start: npt.NDArray[np.int32]  # of the start tag in the bytes
    stop: npt.NDArray[np.int32]  # after the end tag


class Blocks(NamedTuple):
    element: npt.NDArray[np.int32]  # innermost block-level element
    start: npt.NDArray[np.int32]
    stop: npt.NDArray[np.int32]
    numbers: npt.NDArray[np.int32]  # (blocks, len(NUMBERS))


NUMBERS = names("chars words link_chars links bold_chars breaks digits commas sentence_ends ends_sentence inline_flags upper")
(CHARS, WORD_COUNT, LINK_CHARS, LINKS, BOLD, BREAKS, DIGITS, COMMAS, SENTENCES, ENDS, INLINE_FLAGS, UPPER) = range(len(NUMBERS))


@cache
def _codes() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    known = [(name, at) for at, name in enumerate(TAGS) if at]
    return kinds((*known, *((name, _NOT_PUSHED) for name in _VOID_OTHERS)))


@njit(cache=True, nogil=True)
def _is(data, i, end, word):  # type: ignore[no-untyped-def]
    """Whether data[i:end] is `word`, a lower-case array, in either case."""
    if end - i != len(word):
        return False
    for k in range(len(word)):
        byte = data[i + k]
        if (byte | 0x20 if 0x41 <= byte <= 0x5A else byte) != word[k]:
            return False
    return True


@njit(cache=True, nogil=True)
def _has(data, i, end, word):  # type: ignore[no-untyped-def]
    """Whether `word` stands anywhere in data[i:end], blanks left out."""
    while i < end:
        k, at = 0, i
        while at < end and k < len(word):
            if data[at] != 0x20:
                if data[at] != word[k]:
                    break
                k += 1
            at += 1
        if k == len(word):
            return True
        i += 1
    return False


def _word(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


_CLASS, _ID, _ROLE, _STYLE, _HIDDEN, _ARIA, _ITEMPROP = (
    _word(name) for name in ("class", "id", "role", "style", "hidden", "aria-hidden", "itemprop")
)
_NONE, _INVISIBLE, _NAVIGATION, _TRUE, _BODY = (
    _word(name) for name in ("display:none", "visibility:hidden", "navigation", "true", "articlebody")
)
_BANNER, _SIDE, _FOOT = (_word(name) for name in ("banner", "complementary", "contentinfo"))


@njit(cache=True, nogil=True)
def _attributes(data, i, key, moves, bits):  # type: ignore[no-untyped-def]
    """Read attributes from data[i] on: (flags, hash of name and classes, the place after the tag)."""
    end = len(data)
    flags, looks = np.int64(0), key
    while i < end and data[i] != 0x3E:
        while i < end and (data[i] <= 0x20 or data[i] == 0x2F):
            i += 1
        name = i
        while i < end and data[i] > 0x20 and data[i] != 0x3D and data[i] != 0x3E:
            i += 1
        name_end = i
        value, value_end = i, i
        if i + 1 < end and data[i] == 0x3D and data[i + 1] == 0x22:
            i += 2
            value = i
            while i < end and data[i] != 0x22:
                i += 1
            value_end = i
            i += 1
        length = name_end - name
        if length == 0:
            if i < end and data[i] != 0x3E:
                i += 1
            continue
        if _is(data, name, name_end, _CLASS):
            flags |= concepts(data, value, value_end, moves, bits)
            for at in range(value, value_end):
                looks = _mixed(looks, data[at])
        elif _is(data, name, name_end, _ID):
            flags |= concepts(data, value, value_end, moves, bits)
        elif _is(data, name, name_end, _STYLE):
            if _has(data, value, value_end, _NONE) or _has(data, value, value_end, _INVISIBLE):
                flags |= np.int64(1) << HIDDEN_ATTRIBUTE
        elif _is(data, name, name_end, _HIDDEN) or (_is(data, name, name_end, _ARIA) and _is(data, value, value_end, _TRUE)):
            flags |= np.int64(1) << HIDDEN_ATTRIBUTE
        elif _is(data, name, name_end, _ROLE):
            if (
                _is(data, value, value_end, _NAVIGATION)
                or _is(data, value, value_end, _BANNER)
                or _is(data, value, value_end, _SIDE)
                or _is(data, value, value_end, _FOOT)
            ):
                flags |= np.int64(1) << ROLE_NAV
        elif _is(data, name, name_end, _ITEMPROP) and _is(data, value, value_end, _BODY):
            flags |= np.int64(1) << ITEM_BODY
    return flags, looks, min(i + 1, end)


@njit(cache=True, nogil=True)
def _count(data, i, numbers, in_word, in_link, in_bold):  # type: ignore[no-untyped-def]
    """Count the character that starts at data[i], no blank; wide ones (CJK) count twice. Returns whether a word goes on."""
    byte = data[i]
    if 0x80 <= byte < 0xC0:
        return in_word
    wide = 2 if 0xE3 <= byte <= 0xED else 1
    numbers[CHARS] += wide
    if in_link:
        numbers[LINK_CHARS] += wide
    if in_bold:
        numbers[BOLD] += wide
    if wide == 2 or not in_word:
        numbers[WORD_COUNT] += 1
    numbers[DIGITS] += 0x30 <= byte <= 0x39
    numbers[UPPER] += 0x41 <= byte <= 0x5A
    sentence = byte == 0x2E or byte == 0x21 or byte == 0x3F
    comma = byte == 0x2C or byte == 0x3B
    if wide == 2 and i + 2 < len(data):
        if byte == 0xE3:  # U+3001 and U+3002
            comma = data[i + 1] == 0x80 and data[i + 2] == 0x81
            sentence = data[i + 1] == 0x80 and data[i + 2] == 0x82
    elif byte == 0xEF and i + 2 < len(data) and data[i + 1] == 0xBC:  # full-width ! , ?
        sentence = data[i + 2] == 0x81 or data[i + 2] == 0x9F
        comma = data[i + 2] == 0x8C
    numbers[COMMAS] += comma
    numbers[SENTENCES] += sentence
    if sentence or comma or (byte != 0x22 and byte != 0x27 and byte != 0x29 and byte != 0xE2 and byte != 0xC2):
        numbers[ENDS] = sentence
    return wide == 1


@njit(cache=True, nogil=True)
def _key(data, i, keys, code_of):  # type: ignore[no-untyped-def]
    """The name of a tag that starts at data[i]: (its hash, the element's code, the place after it)."""
    end = len(data)
    key = np.uint64(0xCBF29CE484222325)
    while i < end and data[i] > 0x20 and data[i] != 0x3E and data[i] != 0x2F:
        key = _mixed(key, data[i])
        i += 1
    slot = np.int64(key & np.uint64(len(keys) - 1))
    while keys[slot] != 0 and keys[slot] != key:
        slot = (slot + 1) % len(keys)
    return key, code_of[slot], i


@njit(cache=True, nogil=True)
def _closed(state, code, i, elements, is_block):  # type: ignore[no-untyped-def]
    """Close the innermost element, if its end tag it is, that ends before data[i]."""
    inner = state[_INNER]
    if code == _NOT_PUSHED or inner < 0 or elements[inner, 0] != code:
        return
    elements[inner, 2], elements[inner, 4] = state[_MADE], i
    if is_block[code]:
        state[_OPEN] = 0
        above = elements[inner, 1]
        while above >= 0 and not is_block[elements[above, 0]]:
            above = elements[above, 1]
        state[_BLOCK_OF] = above
    state[_IN_LINKS] -= code == _A
    state[_IN_BOLD] -= code in (_B, _STRONG)
    state[_INNER] = elements[inner, 1]


@njit(cache=True, nogil=True)
def _opened(state, code, start, i, elements, numbers, is_block, is_void):  # type: ignore[no-untyped-def]
    """Open an element whose start tag is data[start:i]."""
    made = state[_MADE]
    elements[made, 0], elements[made, 1], elements[made, 2] = code, state[_INNER], made + 1
    elements[made, 3], elements[made, 4] = start, i
    if is_block[code]:
        state[_OPEN] = 0
    if not is_void[code]:
        state[_INNER] = made
        if is_block[code]:
            state[_BLOCK_OF] = made
        state[_IN_LINKS] += code == _A
        state[_IN_BOLD] += code in (_B, _STRONG)
        if state[_OPEN] and code == _A:
            numbers[state[_COUNT] - 1, LINKS] += 1
    state[_MADE] = made + 1


@njit(cache=True, nogil=True)
def _broken(state, numbers):  # type: ignore[no-untyped-def]
    """A line break: the second in a row ends a block."""
    state[_BREAKS] += 1
    state[_IN_WORD] = 0
    if state[_BREAKS] >= 2:
        state[_OPEN] = 0
    elif state[_OPEN]:
        numbers[state[_COUNT] - 1, BREAKS] += 1


@njit(cache=True, nogil=True)
def _read(state, data, i, blocks, numbers):  # type: ignore[no-untyped-def]
    """Count the text from data[i] to the next tag for the block that is open, or open one. Returns the place after it."""
    in_link, in_bold, in_word, last = state[_IN_LINKS] > 0, state[_IN_BOLD] > 0, state[_IN_WORD] != 0, state[_COUNT] - 1
    first = True
    while i < len(data) and (data[i] != 0x3C or first):
        first = False
        if data[i] <= 0x20:
            in_word = False
        else:
            if not state[_OPEN]:
                last += 1
                state[_OPEN], state[_COUNT], in_word = 1, last + 1, False
                blocks[last, 0], blocks[last, 1] = state[_BLOCK_OF], i
                numbers[last, :] = 0
                numbers[last, LINKS] = in_link
            state[_BREAKS] = 0
            in_word = _count(data, i, numbers[last], in_word, in_link, in_bold)
            blocks[last, 2] = i + 1
        i += 1
    state[_IN_WORD] = in_word
    return i


@njit(cache=True, nogil=True)
def _scan(data, keys, code_of, is_block, is_void, moves, bits, elements, looks_of, flags_of, blocks, numbers):  # type: ignore[no-untyped-def]
    """Fill elements (n, 5: code, parent, end, start, stop) and blocks (n, 3: element, start, stop); how many of each."""
    i, end = 0, len(data)
    state = np.zeros(_STATES, np.int64)
    state[_INNER], state[_BLOCK_OF] = -1, -1
    while i < end:
        byte = data[i]
        following = data[i + 1] if i + 1 < end else 0x20
        if byte == 0x3C and (following == 0x21 or following == 0x3F):
            i = _declaration(data, i)
        elif byte == 0x3C and following == 0x2F:
            _, code, i = _key(data, i + 2, keys, code_of)
            while i < end and data[i] != 0x3E:
                i += 1
            i = min(i + 1, end)
            _closed(state, code, i, elements, is_block)
        elif byte == 0x3C and 0x61 <= following | 0x20 <= 0x7A:
            start = i
            key, code, i = _key(data, i + 1, keys, code_of)
            flags, looks, i = _attributes(data, i, key, moves, bits)
            if code == _BR:
                _broken(state, numbers)
            elif code != _NOT_PUSHED:
                flags_of[state[_MADE]], looks_of[state[_MADE]] = flags, np.int64(looks >> np.uint64(1))
                _opened(state, code, start, i, elements, numbers, is_block, is_void)
        else:
            i = _read(state, data, i, blocks, numbers)
    return state[_MADE], state[_COUNT]


_INNER, _BLOCK_OF, _IN_LINKS, _IN_BOLD, _MADE, _COUNT, _OPEN, _IN_WORD, _BREAKS = range(9)
"""What a scan remembers: the innermost element, the innermost block-level one, open links and bold ones, elements and blocks
so far, whether a block and a word go on, line breaks in a row."""
_STATES = 9
_A, _B, _STRONG, _BR = CODE["a"], CODE["b"], CODE["strong"], CODE["br"]


def outline(markup: bytes) -> tuple[Elements, Blocks]:
    """Elements and blocks of text of a serialized page, in the order of the page."""
    data = np.frombuffer(markup, np.uint8)
    most = markup.count(b"<") + 2
    elements = np.empty((most, 5), np.int32)
    looks, flags = np.empty(most, np.int64), np.empty(most, np.int64)
    blocks, numbers = np.empty((most, 3), np.int32), np.empty((most, len(NUMBERS)), np.int32)
    made, count = _scan(data, *_codes(), _IS_BLOCK, _IS_VOID, *automaton(), elements, looks, flags, blocks, numbers)
    # a view of a column has another type for numba when it has one row: a second compilation
    code, parent, end, start, stop = (np.ascontiguousarray(column) for column in elements[:made].T)
    element, block_start, block_stop = (np.ascontiguousarray(column) for column in blocks[:count].T)
    return (
        Elements(code.astype(np.uint8), parent, end, flags[:made], looks[:made], start, stop),
        Blocks(element, block_start, block_stop, numbers[:count]),
    )
