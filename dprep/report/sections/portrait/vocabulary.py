"""How the vocabulary grows with the words read, and how much of it other parts do not share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dprep.report.blocks import Block, Column, Lines, Prose, Subhead, Table
from dprep.report.say import Say
from dprep.report.sections.portrait.reading import Reading
from dprep.report.sections.portrait.words import Words

Ints = npt.NDArray[np.int32]
ANCHOR = "portrait-vocabulary"
POINTS = 40
"""Of a curve."""
CURVES = 12
"""Parts whose growth is drawn."""
SHOWN = 10
"""Unseen words shown per part."""


@dataclass(frozen=True)
class PartVocabulary:
    """Of the words read of a part. `unseen…`: those that do not stand among the words read of the base part."""

    part: str
    words: int
    different: int
    once: int
    """Different words that stand but once."""
    growth: tuple[tuple[int, int], ...]
    """(words read, different ones among them), rows in the order of luck."""
    unseen_words: int
    unseen_different: int
    base_unmet: int
    """Different words of the base part that do not stand here."""
    unseen: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Vocabulary:
    """`base`: the part others are compared with; `base_read`, `base_rows`: its rows read and in all."""

    base: str
    base_different: int
    base_read: int
    base_rows: int
    parts: tuple[PartVocabulary, ...]


def look(reading: Reading, words: Words) -> Vocabulary:
    """Of every part; rows stand in the order of luck already."""
    part = reading.part_of_row[words.rows]
    sizes = np.bincount(part, minlength=len(reading.parts))
    own = np.split(words.codes, np.cumsum(sizes)[:-1])
    base = reading.parts.index(reading.base)
    known = np.bincount(own[base], minlength=len(words.vocabulary)) > 0
    parts = tuple(_part(each.name, codes, known, words) for each, codes in zip(reading.parts, own, strict=True))
    return Vocabulary(reading.base.name, int(known.sum()), len(reading.base.texts), reading.base.rows, parts)


def _part(name: str, codes: Ints, known: npt.NDArray[np.bool_], words: Words) -> PartVocabulary:
    counts = np.bincount(codes, minlength=len(known))
    there = counts > 0
    unseen = np.where(known, 0, counts)
    first = np.lexsort((np.arange(len(unseen)), -unseen))[:SHOWN]
    shown = sorted(
        ((words.spelt([code]), int(unseen[code])) for code in first.tolist() if unseen[code]), key=lambda w: (-w[1], w[0])
    )
    return PartVocabulary(
        name,
        len(codes),
        int(there.sum()),
        int((counts == 1).sum()),
        growth(codes),
        int(unseen.sum()),
        int((unseen > 0).sum()),
        int((known & ~there).sum()),
        tuple(shown),
    )


def growth(codes: Ints) -> tuple[tuple[int, int], ...]:
    """(words, different words among them) at POINTS places evenly apart; the last is all."""
    if not len(codes):
        return ()
    new = np.zeros(len(codes), np.int64)
    new[np.unique(codes, return_index=True)[1]] = 1
    seen = np.cumsum(new)
    places = np.unique(np.linspace(1, len(codes), POINTS).round().astype(np.int64))
    return tuple((int(place), int(seen[place - 1])) for place in places)


def blocks(facts: Vocabulary, say: Say) -> list[Block]:
    """Curves, and a line per part."""
    drawn = _drawn(facts)
    series = tuple((part.part, tuple((float(x), float(y)) for x, y in part.growth)) for part in drawn)
    if not series:
        return []
    head = [
        Column(say("Part")),
        Column(say("Words read"), "number"),
        Column(say("Different"), "number"),
        Column(say("Seen once"), "share"),
    ]
    others = len(facts.parts) > 1
    if others:
        head += [
            Column(say("Words unseen in {base}", base=facts.base), "share"),
            Column(say("Different ones unseen"), "share"),
            Column(say("Of {base}'s, unmet here", base=facts.base), "share"),
        ]
    lines = tuple(_line(part, facts, others) for part in facts.parts)
    told: list[Block] = [
        Subhead(say("Vocabulary"), anchor=ANCHOR),
        Lines(say("Growth of the vocabulary"), say("words read"), say("different words"), series),
        Table(say("Vocabulary"), tuple(head), lines),
        Prose(say("A curve that still climbs at its end: more rows would bring more new words."), soft=True),
    ]
    if sum(bool(part.growth) for part in facts.parts) > len(drawn):
        told.insert(2, Prose(say("Curves of {n} parts: those with most words.", n=len(drawn)), soft=True))
    if unseen := tuple((part.part, " · ".join(word for word, _ in part.unseen)) for part in facts.parts if part.unseen):
        told.insert(-1, Table(say("Most frequent unseen"), (Column(say("Part")), Column(say("Words"))), unseen))
    if others and facts.base_read < facts.base_rows:
        sentence = say(
            "`unseen` is against the {read} rows of {base} that are read, of {rows}: against all of it, less is unseen.",
            read=facts.base_read,
            base=facts.base,
            rows=facts.base_rows,
        )
        told.append(Prose(sentence, soft=True))
    return told


def _drawn(facts: Vocabulary) -> list[PartVocabulary]:
    """The parts whose curves are drawn, in their order: what others are compared with, and those with most words."""
    there = [part for part in facts.parts if part.growth]
    most = sorted(there, key=lambda part: (part.part != facts.base, -part.words))[:CURVES]
    return [part for part in there if part in most]


def _line(part: PartVocabulary, facts: Vocabulary, others: bool) -> tuple[str | int | float | None, ...]:
    line = (part.part, part.words, part.different, _share(part.once, part.different))
    if not others:
        return line
    if part.part == facts.base:
        return (*line, None, None, None)
    unseen = (_share(part.unseen_words, part.words), _share(part.unseen_different, part.different))
    return (*line, *unseen, _share(part.base_unmet, facts.base_different))


def _share(part: int, whole: int) -> float:
    return round(part / max(1, whole), 6)
