"""What is measured of a page's blocks of text, for telling its content from what surrounds it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.kernels.class_words import CONCEPTS, SAID, automaton, concepts
from dprep.kernels.jit import njit
from dprep.kernels.outline import (
    BITS,
    BOLD,
    BREAKS,
    CHARS,
    CODE,
    COMMAS,
    DIGITS,
    ENDS,
    LINK_CHARS,
    LINKS,
    SENTENCES,
    UPPER,
    WORD_COUNT,
    Blocks,
    Elements,
)

_AROUND = [
    "article",
    "main",
    "aside",
    "nav",
    "header",
    "footer",
    "form",
    "table",
    "ul",
    "ol",
    "li",
    "dl",
    "figure",
    "figcaption",
    "blockquote",
    "pre",
    "details",
    "address",
]
_BITS = (*CONCEPTS, "hidden_attribute", "role_navigation", "item_body")
_BIG = ("article", "article_word", "content", "item_body", "comments", "comment", "side")
_SOME_CHARS, _SHORT, _SAID_COUNT = 200, 250, len(SAID)
LEVELS = 4
_LEVEL = ["code", "chars", "link_share", "good_share", "mean_block", "same", "siblings", "place"]
MEASURES = (
    *[
        "chars",
        "words",
        "link_share",
        "links",
        "bold_share",
        "breaks",
        "digit_share",
        "commas",
        "sentences",
        "ends",
        "upper_share",
        "tag",
        "place_blocks",
        "place_chars",
    ],
    *["page_good", "page_blocks", "page_articles", "page_link_share"],
    *(f"{measure}_{level}" for level in range(LEVELS) for measure in _LEVEL),
    *(f"in_{tag}" for tag in _AROUND),
    *(f"near_{bit}" for bit in _BITS),
    *(f"within_{bit}" for bit in _BITS),
    *(f"big_{bit}" for bit in _BIG),
    *[
        "article_good",
        "in_frame",
        "frame_good",
        "frame_link_share",
        "frame_depth",
        "frame_place",
        "before_first_good",
        "after_last_good",
    ],
    *["in_deep", "deep_good", "deep_place", "has_h1", "after_h1", "h1_blocks", "h1_good"],
    *(
        f"{measure}_{at}"
        for at in ("back3", "back2", "back1", "next1", "next2", "next3")
        for measure in ("chars", "link_share", "tag")
    ),
    *["good_back", "good_next", "good_around", "nearest_back", "nearest_next"],
    *(
        f"{measure}_{frame}"
        for frame in ("first_body", "first_article", "first_post", "first_content", "first_main", "h1_frame")
        for measure in ("in", "good")
    ),
    *(f"{whose}_{kind}" for whose in ("says", "under") for kind in SAID),
    "heading_back",
)
_AROUND_CODES = np.array([CODE[name] for name in _AROUND])
_BIG_BITS = np.array([_BITS.index(name) for name in _BIG])
_FIRST_BITS = np.array(
    [sum(1 << _BITS.index(name) for name in row) for row in (("article", "item_body"), (), ("article_word",), ("content",), ())]
)
_FIRST_CODES = np.array([255, CODE["article"], 255, 255, CODE["main"]])
_ARTICLE, _H1, _BODY, _HTML, _P = CODE["article"], CODE["h1"], CODE["body"], CODE["html"], CODE["p"]
_LEVEL_COUNT = len(_LEVEL)
_AROUND_COUNT, _BIG_COUNT, _MEASURE_COUNT = len(_AROUND), len(_BIG), len(MEASURES)
GOOD_CHARS, _GOOD_LINKS = 50, 0.35
_BIG_SHARE = 0.7


@njit(cache=True, nogil=True)
def share(part, whole):  # type: ignore[no-untyped-def]
    return np.float64(part) / np.float64(whole) if whole > 0 else 0.0


@njit(cache=True, nogil=True)
def good_chars(numbers):  # type: ignore[no-untyped-def]
    """The characters of each block that reads like a paragraph; 0 for others."""
    found = np.zeros(len(numbers), np.int64)
    for k in range(len(numbers)):
        chars = numbers[k, CHARS]
        if chars >= GOOD_CHARS and numbers[k, LINK_CHARS] < _GOOD_LINKS * chars:
            found[k] = chars
    return found


@njit(cache=True, nogil=True)
def sums_of(parent, element, numbers, good):  # type: ignore[no-untyped-def]
    """(elements, 4) of all that is inside: characters, characters in links, good characters, blocks."""
    made = np.zeros((len(parent), 4), np.int64)
    for k in range(len(element)):
        at = element[k]
        if at >= 0:
            made[at, 0] += numbers[k, CHARS]
            made[at, 1] += numbers[k, LINK_CHARS]
            made[at, 2] += good[k]
            made[at, 3] += 1
    for at in range(len(parent) - 1, -1, -1):
        if parent[at] >= 0:
            for j in range(4):
                made[parent[at], j] += made[at, j]
    return made


@njit(cache=True, nogil=True)
def frame_of(code, parent, element, numbers, good, sums):  # type: ignore[no-untyped-def]
    """The element that reads most like an article: paragraphs speak for their parents, half for grandparents."""
    score = np.zeros(len(parent), np.float64)
    for k in range(len(element)):
        at = element[k]
        if good[k] == 0 or at < 0:
            continue
        points = (1.0 + numbers[k, COMMAS] + min(good[k] / 100.0, 3.0)) * (1.0 - share(numbers[k, LINK_CHARS], good[k]))
        up = parent[at] if code[at] != CODE_DIV else at
        if up >= 0:
            score[up] += points
            if parent[up] >= 0:
                score[parent[up]] += points / 2
    best, most = -1, 0.0
    for at in range(len(parent)):
        value = score[at] * (1.0 - share(sums[at, 1], sums[at, 0]))
        if value > most:
            best, most = at, value
    return best


CODE_DIV = CODE["div"]


@njit(cache=True, nogil=True)
def _deep(parent, sums, all_good):  # type: ignore[no-untyped-def]
    """The deepest element that holds most of the good text."""
    best = -1
    for at in range(len(parent)):
        if (sums[at, 2] >= 0.6 * all_good and parent[at] == best) or best < 0:
            best = at
    return best


@njit(cache=True, nogil=True)
def _kin(parent, looks):  # type: ignore[no-untyped-def]
    """(elements, 3): elements on the page that look the same; brothers; place among the brothers."""
    made = np.zeros((len(parent), 3), np.int64)
    order = np.argsort(looks)
    first = 0
    for k in range(1, len(order) + 1):
        if k == len(order) or looks[order[k]] != looks[order[first]]:
            for j in range(first, k):
                made[order[j], 0] = k - first
            first = k
    brothers = np.zeros(len(parent), np.int64)
    for at in range(len(parent)):
        if parent[at] >= 0:
            made[at, 2] = brothers[parent[at]]
            brothers[parent[at]] += 1
    for at in range(len(parent)):
        if parent[at] >= 0:
            made[at, 1] = brothers[parent[at]]
    return made


@njit(cache=True, nogil=True)
def _own(row, numbers, tag):  # type: ignore[no-untyped-def]
    chars = numbers[CHARS]
    row[0], row[1], row[2], row[3] = chars, numbers[WORD_COUNT], share(numbers[LINK_CHARS], chars), numbers[LINKS]
    row[4], row[5], row[6] = share(numbers[BOLD], chars), numbers[BREAKS], share(numbers[DIGITS], chars)
    row[7], row[8], row[9], row[10] = numbers[COMMAS], numbers[SENTENCES], numbers[ENDS], share(numbers[UPPER], chars)
    row[11] = tag
    return 12


@njit(cache=True, nogil=True)
def _around(row, j, at, code, parent, flags, sums, kin, all_good):  # type: ignore[no-untyped-def]
    """What the elements around a block say. Returns the place after the last number written, and the nearest article."""
    up, level, article = at, 0, -1
    near, within, big = np.int64(0), np.int64(0), np.int64(0)
    first_tag = j + LEVELS * _LEVEL_COUNT
    while up >= 0 and code[up] != _BODY and code[up] != _HTML:
        if level < LEVELS:
            row[j], row[j + 1], row[j + 2] = code[up], sums[up, 0], share(sums[up, 1], sums[up, 0])
            row[j + 3], row[j + 4] = share(sums[up, 2], all_good), share(sums[up, 0], sums[up, 3])
            row[j + 5], row[j + 6], row[j + 7] = kin[up, 0], kin[up, 1], kin[up, 2]
            j += _LEVEL_COUNT
        if level < 2:
            near |= flags[up]
        if share(sums[up, 2], all_good) < _BIG_SHARE:
            within |= flags[up]
        else:
            big |= flags[up]
        for tag in range(_AROUND_COUNT):
            if code[up] == _AROUND_CODES[tag]:
                row[first_tag + tag] = 1
        if article < 0 and code[up] == _ARTICLE:
            article = up
        level += 1
        up = parent[up]
    j = first_tag + _AROUND_COUNT
    for bit in range(BITS):
        row[j + bit] = near >> bit & 1
        row[j + BITS + bit] = within >> bit & 1
    j += 2 * BITS
    for bit in range(_BIG_COUNT):
        row[j + bit] = big >> _BIG_BITS[bit] & 1
    return j + _BIG_COUNT, article


@njit(cache=True, nogil=True)
def _span(element, good, first, last):  # type: ignore[no-untyped-def]
    """The first and the last good block inside an element (numbers first to last of the tree)."""
    head, tail = -1, -1
    for k in range(len(element)):
        if good[k] > 0 and first <= element[k] < last:
            head = k if head < 0 else head
            tail = k
    return head, tail


@njit(cache=True, nogil=True)
def _neighbours(row, j, k, numbers, tags):  # type: ignore[no-untyped-def]
    for step in (-3, -2, -1, 1, 2, 3):
        other = k + step
        if 0 <= other < len(numbers):
            row[j] = numbers[other, CHARS]
            row[j + 1] = share(numbers[other, LINK_CHARS], numbers[other, CHARS])
            row[j + 2] = tags[other]
        else:
            row[j + 2] = -1
        j += 3
    return j


@njit(cache=True, nogil=True)
def _firsts(code, parent, flags, sums, h1_element, all_good):  # type: ignore[no-untyped-def]
    """(6,): the first elements with some text that names or tags call the article's body, an article, a post, content, main,
    and the innermost one around the main heading that holds a quarter of the good text; -1 where there is none."""
    found = np.full(6, -1, np.int64)
    for at in range(len(code)):
        if sums[at, 0] < _SOME_CHARS or code[at] == _BODY or code[at] == _HTML:
            continue
        for kind in range(5):
            if found[kind] < 0 and (flags[at] & _FIRST_BITS[kind] != 0 or code[at] == _FIRST_CODES[kind]):
                found[kind] = at
    up = h1_element
    while up >= 0 and sums[up, 2] < 0.25 * all_good:
        up = parent[up]
    found[5] = up
    return found


@njit(cache=True, nogil=True)
def _measure(code, parent, ends, flags, looks, element, numbers):  # type: ignore[no-untyped-def]
    count = len(element)
    table = np.zeros((count, _MEASURE_COUNT), np.float32)
    good = good_chars(numbers)
    sums, kin = sums_of(parent, element, numbers, good), _kin(parent, looks)
    all_good, all_chars, all_links, articles = good.sum(), numbers[:, CHARS].sum(), numbers[:, LINK_CHARS].sum(), 0
    for at in range(len(code)):
        articles += code[at] == _ARTICLE
    frame, deep = frame_of(code, parent, element, numbers, good, sums), _deep(parent, sums, all_good)
    head, tail = _span(element, good, frame, ends[frame]) if frame >= 0 else (-1, -1)
    deep_head, deep_tail = _span(element, good, deep, ends[deep]) if deep >= 0 else (-1, -1)
    tags = np.zeros(count, np.int64)
    so_far, h1 = np.zeros(count + 1, np.int64), -1
    good_so_far = np.zeros(count + 1, np.int64)
    for k in range(count):
        tags[k] = code[element[k]] if element[k] >= 0 else 0
        so_far[k + 1] = so_far[k] + numbers[k, CHARS]
        good_so_far[k + 1] = good_so_far[k] + good[k]
        if tags[k] == _H1 and (h1 < 0 or good_so_far[k] < all_good // 20):
            h1 = k
    before, following = distances(good)
    firsts = _firsts(code, parent, flags, sums, element[h1] if h1 >= 0 else -1, all_good)
    for k in range(count):
        row, at = table[k], element[k]
        j = _own(row, numbers[k], tags[k])
        row[j], row[j + 1] = share(k, count), share(so_far[k], all_chars)
        row[j + 2], row[j + 3], row[j + 4], row[j + 5] = all_good, count, articles, share(all_links, all_chars)
        j, article = _around(row, j + 6, at, code, parent, flags, sums, kin, all_good)
        row[j] = share(sums[article, 2], all_good) if article >= 0 else -1
        inside = frame >= 0 and frame <= at < ends[frame]
        row[j + 1] = inside
        if frame >= 0:
            row[j + 2], row[j + 3] = share(sums[frame, 2], all_good), share(sums[frame, 1], sums[frame, 0])
        row[j + 4] = depth(parent, at, frame) if inside else -1
        row[j + 5], row[j + 6], row[j + 7] = share(k - head, tail - head), head - k, k - tail
        row[j + 8] = deep >= 0 and deep <= at < ends[deep]
        row[j + 9], row[j + 10] = share(sums[deep, 2], all_good), share(k - deep_head, deep_tail - deep_head)
        row[j + 11], row[j + 12], row[j + 13] = h1 >= 0, h1 >= 0 and k > h1, k - h1
        row[j + 14] = good_so_far[k] - good_so_far[h1] if h1 >= 0 else 0
        j = _neighbours(row, j + 15, k, numbers, tags)
        low, high = max(0, k - 5), min(count, k + 6)
        row[j], row[j + 1] = good_so_far[k] - good_so_far[low], good_so_far[high] - good_so_far[min(k + 1, count)]
        row[j + 2], row[j + 3], row[j + 4] = row[j] + row[j + 1], before[k], following[k]
        j += 5
        for kind in range(6):
            first = firsts[kind]
            row[j], row[j + 1] = -1, -1
            if first >= 0:
                row[j], row[j + 1] = first <= at < ends[first], share(sums[first, 2], all_good)
            j += 2
    return table


@njit(cache=True, nogil=True)
def depth(parent, at, top):  # type: ignore[no-untyped-def]
    depth = 0
    while at >= 0 and at != top:
        at = parent[at]
        depth += 1
    return depth


@njit(cache=True, nogil=True)
def distances(good):  # type: ignore[no-untyped-def]
    """How many blocks away the nearest good one is, before and after each block; 99 where there is none."""
    before, following = np.full(len(good), 99), np.full(len(good), 99)
    last = -99
    for k in range(len(good)):
        before[k] = min(99, k - last)
        last = k if good[k] > 0 else last
    last = len(good) + 99
    for k in range(len(good) - 1, -1, -1):
        following[k] = min(99, last - k)
        last = k if good[k] > 0 else last
    return before, following


@njit(cache=True, nogil=True)
def _say(table, data, starts, stops, tags, chars, moves, bits):  # type: ignore[no-untyped-def]
    """Fill the last columns: what short blocks say of themselves, and what the heading before each block says."""
    first = _MEASURE_COUNT - 2 * _SAID_COUNT - 1
    heading, under = -1, np.int64(0)
    for k in range(len(table)):
        said = np.int64(0)
        if chars[k] < _SHORT:
            said = concepts(data, starts[k], stops[k], moves, bits)
        for kind in range(_SAID_COUNT):
            table[k, first + kind] = said >> kind & 1
            table[k, first + _SAID_COUNT + kind] = under >> kind & 1
        table[k, _MEASURE_COUNT - 1] = min(k - heading, 99) if heading >= 0 else 99
        if _H1 <= tags[k] < _H1 + 6:
            heading, under = k, said


def measures(elements: Elements, blocks: Blocks, markup: bytes) -> npt.NDArray[np.float32]:
    """(blocks, len(MEASURES)) of the page that `markup` holds."""
    table = _measure(
        elements.code, elements.parent, elements.end, elements.flags, elements.looks, blocks.element, blocks.numbers
    )
    tags = elements.code[np.maximum(blocks.element, 0)]
    data = np.frombuffer(markup, np.uint8)
    chars = np.ascontiguousarray(blocks.numbers[:, CHARS])
    _say(table, data, blocks.start, blocks.stop, tags, chars, *automaton(True))
    return table  # type: ignore[no-any-return]
