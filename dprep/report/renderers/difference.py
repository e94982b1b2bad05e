"""What differs between two texts, word by word; character by character where a script has no blanks between words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

WINDOW = 2_000
"""Characters of each text that are compared."""
CONTEXT = 200
"""Of these, at most so many stand before the first difference."""
EFFORT = 400_000
"""Pairs of equal words (0.1 s) beyond which the middle of two texts is not compared: one replaced the other."""

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, kana, Han."""
_TOKEN = re.compile(rf"([{_UNSPACED}])\1*|[^\W{_UNSPACED}]+|([^\S\n])\2*|\n|([^\w\s])\3*")

_CUT = re.compile(r"… \(([\d,]{1,15}) characters\)\Z")
"""So end samples in the ledger that go on."""


@dataclass(frozen=True)
class Span:
    """A run of one text; `same` in both or not."""

    text: str
    same: bool


@dataclass(frozen=True)
class Side:
    """One text: its spans, and the characters left out on both ends of them."""

    spans: tuple[Span, ...]
    skipped: int
    omitted: int
    whole: int = 0
    """Characters of all of it, where it came cut already and says so."""


@dataclass(frozen=True)
class Difference:
    """Two texts in step: `merged` has (before, after) runs in reading order, equal where both are the same object."""

    before: Side
    after: Side
    merged: tuple[tuple[str, str, bool], ...]


def difference(before: str, after: str) -> Difference:
    """Compare the two in a window of WINDOW characters around their first difference."""
    (before, old_whole), (after, new_whole) = _uncut(before), _uncut(after)
    start = _start(before, after)
    old, new = before[start : start + WINDOW], after[start : start + WINDOW]
    ends = (old_whole > 0 or len(before) > start + WINDOW, new_whole > 0 or len(after) > start + WINDOW)
    runs = tuple(_comparable(_runs(_whole_tokens(old, ends[0]), _whole_tokens(new, ends[1])), *ends))
    return Difference(_side(runs, 0, before, start, old_whole), _side(runs, 1, after, start, new_whole), runs)


def tokens(text: str) -> list[str]:
    """Words, blanks, runs of one punctuation mark, characters of unspaced scripts. Joined they are the text."""
    return [found.group() for found in _TOKEN.finditer(text)]


def _start(before: str, after: str) -> int:
    """Where the window begins: at a blank if one is near."""
    if len(before) <= WINDOW and len(after) <= WINDOW:
        return 0
    same = _prefix(before, after)
    start = max(0, min(same, max(len(before), len(after))) - CONTEXT)
    blank = before.find(" ", start, start + CONTEXT // 2) if start else -1
    return blank + 1 if blank >= 0 else start


def _prefix(before: Sequence[str], after: Sequence[str]) -> int:
    """Length of what both begin with, by halving: texts may be megabytes."""
    low, high = 0, min(len(before), len(after))
    while low < high:
        middle = (low + high + 1) // 2
        if before[low:middle] == after[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _uncut(text: str) -> tuple[str, int]:
    """A sample without the words that tell how long its whole text is, and how long; 0 where it is whole."""
    found = _CUT.search(text)
    return (text[: found.start()], int(found[1].replace(",", ""))) if found else (text, 0)


def _whole_tokens(text: str, cut: bool) -> list[str]:
    """Without the last, which may be half a word."""
    found = tokens(text)
    return found[:-1] if cut and len(found) > 1 else found


def _comparable(runs: list[tuple[str, str, bool]], old_cut: bool, new_cut: bool) -> list[tuple[str, str, bool]]:
    """Without what one text has at its end only because the other was cut before it."""
    if not runs or runs[-1][2]:
        return runs
    old, new, _ = runs[-1]
    beyond = (not old and old_cut) or (not new and new_cut)
    return runs[:-1] if beyond else runs


def _side(runs: tuple[tuple[str, str, bool], ...], which: Literal[0, 1], text: str, skipped: int, whole: int) -> Side:
    spans = tuple(Span((old, new)[which], same) for old, new, same in runs if (old, new)[which])
    omitted = len(text) - skipped - sum(len(span.text) for span in spans)
    return Side(spans, skipped, omitted, whole)


def _runs(old: list[str], new: list[str]) -> list[tuple[str, str, bool]]:
    head = _prefix(old, new)
    tail = _prefix(old[head:][::-1], new[head:][::-1])
    left, right = old[head : len(old) - tail], new[head : len(new) - tail]
    first, last = "".join(old[:head]), "".join(old[len(old) - tail :])
    runs = [(first, first, True), *_middle(left, right), (last, last, True)]
    return _joined([run for run in runs if run[0] or run[1]])


def _middle(left: list[str], right: list[str]) -> list[tuple[str, str, bool]]:
    often, counted = Counter(left), Counter(right)
    if sum(number * counted[token] for token, number in often.items()) > EFFORT:
        return [("".join(left), "".join(right), False)]
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    return [("".join(left[a:b]), "".join(right[c:d]), tag == "equal") for tag, a, b, c, d in matcher.get_opcodes()]


def _joined(runs: list[tuple[str, str, bool]]) -> list[tuple[str, str, bool]]:
    """Changes with nothing but a blank between them are one: a phrase that was replaced reads as one."""
    found: list[tuple[str, str, bool]] = []
    for place, (old, new, same) in enumerate(runs):
        between = same and old.isspace() and 0 < place < len(runs) - 1
        changed = same and not between
        if found and not changed and not found[-1][2]:
            found[-1] = (found[-1][0] + old, found[-1][1] + new, False)
        else:
            found.append((old, new, changed))
    return found
