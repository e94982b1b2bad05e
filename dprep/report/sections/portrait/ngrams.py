"""Frequent n-grams of words, and those that set a part or a class apart from the others.

What is typical is told by the log-odds ratio with an informative Dirichlet prior, as a z score.
Source: Monroe, Colaresi and Quinn 2008, "Fightin' Words", Political Analysis 16, section 3.5.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.report.blocks import Block, Column, Fold, Prose, Subhead, Table
from dprep.report.say import Say
from dprep.report.sections.portrait.reading import Reading
from dprep.report.sections.portrait.words import Words

Ints = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
ANCHOR = "portrait-ngrams"
ORDERS = (1, 2, 3)
TOP = 15
CLASSES = 12
"""Classes that are told of: those with the most rows read."""
_KEPT = 20_000
"""n-grams of an order that are looked at: the most frequent."""
_CHUNK = 1 << 17
"""Words that are looked at together."""
_FEW = 10_000
"""Words up to which n-grams that stand once are looked at too."""
_LEAST = 3
"""Times that an n-gram must stand in a group to be typical of it."""
_SURE = 3.0
"""z score from which on it is."""
_SURE_OF_PARTS = 4.5
"""Likewise of a part: most are drawn by chance, and of 60,000 n-grams dozens then reach 3 and one or two 4."""
_PRIOR = 1_000.0
"""Words that the prior counts for: the distribution of all groups together."""


@dataclass(frozen=True)
class Frequent:
    """The most frequent n-grams of one order and part. Stop words alone do not count."""

    part: str
    order: int
    all: int
    """n-grams of this order read."""
    grams: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Term:
    """An n-gram typical of a group: how often it stands there and elsewhere, and the z score of the log-odds."""

    text: str
    here: int
    elsewhere: int
    z: float


@dataclass(frozen=True)
class Typical:
    """Of a part or a class."""

    group: str
    rows: int
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Ngrams:
    """`segmented`: whether Chinese was cut into words; `unspaced`: whether there is text of scripts without blanks that was
    not; `classes_in_all`: how many there are, told of or not.
    """

    words: int
    different: int
    segmented: bool
    unspaced: bool
    frequent: tuple[Frequent, ...]
    parts: tuple[Typical, ...]
    classes: tuple[Typical, ...]
    classes_in_all: int


@dataclass(frozen=True)
class _Grouping:
    """Rows in groups: the number of each row's group, and how many groups there are."""

    group: Ints  # (rows,)
    groups: int


@dataclass(frozen=True)
class _Counted:
    """The most frequent n-grams of one order: their words, and of every grouping how often each stands in each group."""

    codes: Ints  # (kept, order)
    tables: tuple[tuple[Ints, Ints], ...]
    """Of each grouping (kept, groups), and (groups,) n-grams of this order, kept or not."""


def look(reading: Reading, words: Words) -> Ngrams:
    """Count the n-grams of each order once, by parts and by classes."""
    names = [each.name for each in reading.parts]
    classes, in_all, of_classes = _classes(reading)
    counted = [_count(words, order, (_Grouping(reading.part_of_row, len(names)), of_classes)) for order in ORDERS]
    frequent = _frequent(words, counted, names)
    rows = [len(each.texts) for each in reading.parts]
    parts = _typical(words, counted, 0, names, rows, _SURE_OF_PARTS) if len(names) > 1 else ()
    in_class = np.bincount(of_classes.group, minlength=len(classes)).tolist()
    typical = _typical(words, counted, 1, classes, in_class, _SURE) if in_all > 1 else ()
    size = (len(words.codes), len(words.vocabulary))
    return Ngrams(*size, words.segmented, words.unspaced, frequent, parts, typical, in_all)


def _count(words: Words, order: int, groupings: tuple[_Grouping, ...]) -> _Counted:
    """The _KEPT most frequent n-grams that are not all stop words; ties by their words' numbers."""
    base = max(1, len(words.vocabulary))
    places, sums = _places(words, order)
    different, counts = _counts(_keys(words, order, base, places), 2 if len(words.codes) > _FEW else 1)
    wanted = different[np.sort(np.lexsort((different, -counts))[:_KEPT])]
    tables = _tables(words, order, places, wanted, groupings)
    codes = np.stack([wanted // base**power % base for power in reversed(range(order))], axis=1)
    all_ = (np.bincount(each.group, weights=sums, minlength=each.groups).astype(np.int64) for each in groupings)
    return _Counted(codes, tuple(zip(tables, all_, strict=True)))


def _places(words: Words, order: int) -> tuple[Places, Places]:
    """Words at which an n-gram starts that is not all stop words, and (rows,) how many n-grams there are, with those."""
    count = max(0, len(words.codes) - order + 1)
    here, stop = np.ones(count, np.bool_), np.ones(count, np.bool_)
    for place in range(order):
        stop &= (words.bare if order == 1 else words.stops)[words.codes[place : place + count]]
        if place + 1 < order:
            here &= words.joined[place : place + count]
    before = np.zeros(count + 1, np.int32)
    np.cumsum(here, out=before[1:])
    sums = np.diff(before[np.minimum(words.starts, count)])
    if order > 1 or not words.bare.all():
        here &= ~stop
    return np.flatnonzero(here).astype(np.int32), sums


def _keys(words: Words, order: int, base: int, places: Places) -> Ints:
    """The number of the n-gram that starts at each of some words."""
    key = words.codes[places].astype(np.int64)
    for place in range(1, order):
        key *= base
        key += words.codes[places + place]
    return key


def _tables(words: Words, order: int, places: Places, wanted: Ints, groupings: tuple[_Grouping, ...]) -> list[Ints]:
    """Of each grouping: (wanted, groups) how often each of the n-grams, whose numbers rise, stands in each group."""
    base = max(1, len(words.vocabulary))
    tables = [np.zeros(len(wanted) * each.groups, np.int64) for each in groupings]
    for first in range(0, len(places) if len(wanted) else 0, _CHUNK):
        some = places[first : first + _CHUNK]
        key = _keys(words, order, base, some)
        gram = np.minimum(np.searchsorted(wanted, key), len(wanted) - 1)
        found = wanted[gram] == key
        gram, row = gram[found], words.rows[some[found]]
        for table, each in zip(tables, groupings, strict=True):
            np.add.at(table, gram * each.groups + each.group[row], 1)
    return [table.reshape(len(wanted), each.groups) for table, each in zip(tables, groupings, strict=True)]


def _counts(key: Ints, least: int) -> tuple[Ints, Ints]:
    """The different keys that stand `least` times, 1 or 2, rising, and how often each does; `key` itself is sorted."""
    if least == 1:
        return np.unique(key, return_counts=True)
    key.sort()
    again = key[1:] == key[:-1]
    edges = np.flatnonzero(np.diff(again, prepend=False, append=False))  # most keys stand once: these take no room
    return key[edges[::2]], edges[1::2] - edges[::2] + 1


def _frequent(words: Words, counted: list[_Counted], names: list[str]) -> tuple[Frequent, ...]:
    found = []
    for order, each in zip(ORDERS, counted, strict=True):
        cells, sums = each.tables[0]
        for number, name in enumerate(names):
            first = np.argsort(-cells[:, number], kind="stable")[:TOP]
            grams = [(words.spelt(each.codes[gram]), int(cells[gram, number])) for gram in first if cells[gram, number] > 1]
            found.append(Frequent(name, order, int(sums[number]), tuple(sorted(grams, key=lambda item: (-item[1], item[0])))))
    return tuple(found)


def _classes(reading: Reading) -> tuple[list[str], int, _Grouping]:
    """The classes with the most rows read, how many there are in all, and the rows by them: others are in a group behind."""
    labels = reading.classes
    if labels is None:
        return [], 0, _Grouping(np.zeros(len(reading.texts), np.int64), 1)
    counts = labels.drop_nulls().value_counts().sort(["count", labels.name], descending=[True, False])
    names = counts.get_column(labels.name).head(CLASSES).to_list()
    numbers = dict(zip(names, range(len(names)), strict=True))
    group = labels.replace_strict(numbers, default=len(names), return_dtype=pl.Int64).fill_null(len(names)).to_numpy()
    return names, len(counts), _Grouping(group, len(names) + 1)


def _typical(
    words: Words, counted: list[_Counted], grouping: int, names: list[str], rows: list[int], least: float
) -> tuple[Typical, ...]:
    """Of each named group of a grouping, from a z score of `least` on; groups behind those named are elsewhere."""
    found = []
    for number, name in enumerate(names):
        terms: list[tuple[float, int, int, str]] = []
        for each in counted:
            cells, sums = each.tables[grouping]
            here, everywhere = cells[:, number], cells.sum(axis=1)
            z = z_scores(here, everywhere, int(sums[number]), int(sums.sum()))
            sure = np.flatnonzero((z >= least) & (here >= _LEAST))
            sure = sure[np.lexsort((sure, -z[sure]))][: 3 * TOP]
            terms += [(-round(float(z[g]), 2), int(here[g]), int(everywhere[g]), words.spelt(each.codes[g])) for g in sure]
        found.append(Typical(name, rows[number], _different(sorted(terms, key=lambda term: (term[0], term[3])))))
    return tuple(found)


def _different(terms: list[tuple[float, int, int, str]]) -> tuple[Term, ...]:
    """The surest first; what holds one of them, or is held by one, tells nothing new."""
    found: list[Term] = []
    for z, here, everywhere, text in terms:
        if len(found) < TOP and not any(_holds(text, term.text) or _holds(term.text, text) for term in found):
            found.append(Term(text, here, everywhere - here, -z))
    return tuple(found)


def _holds(text: str, part: str) -> bool:
    """Whether the words of `part` stand in `text`; where no blanks part words, whether its characters do."""
    return f" {part} " in f" {text} " if part.isascii() else part in text


def z_scores(here: Ints, everywhere: Ints, size: int, all_: int) -> npt.NDArray[np.float64]:
    """z of the log-odds of each n-gram in a group of `size` n-grams against the other `all_ - size`.

    The prior is the distribution of both together, worth _PRIOR words (Monroe, Colaresi and Quinn 2008, eq. 15, 16, 22).
    """
    prior = _PRIOR * everywhere / max(1, all_)
    own, others = here + prior, everywhere - here + prior
    own_rest, others_rest = size + _PRIOR - own, all_ - size + _PRIOR - others
    with np.errstate(divide="ignore", invalid="ignore"):
        delta = np.log(own / own_rest) - np.log(others / others_rest)
        z = delta / np.sqrt(1 / own + 1 / others)
    return np.nan_to_num(z, nan=0.0, posinf=0.0, neginf=0.0)


def blocks(facts: Ngrams, say: Say) -> list[Block]:
    """Frequent n-grams per part, and what is typical of parts and classes."""
    told: list[Block] = [Subhead(say("Frequent words and phrases"), anchor=ANCHOR)]
    words, *longer = (_frequent_table(facts, order, title, say) for order, title in zip(ORDERS, _titles(say), strict=True))
    told += [words, Fold(say("Phrases of two and three words"), tuple(longer))]
    told.append(Prose(_reading(facts, say), soft=True))
    if facts.classes:
        small = (
            ""
            if facts.classes_in_all <= len(facts.classes)
            else say("{n} of {all} classes", n=len(facts.classes), all=facts.classes_in_all)
        )
        told += _typical_blocks(say("Typical of each class"), small, say("Class"), facts.classes, _SURE, say)
    if any(typical.terms for typical in facts.parts):
        told += _typical_blocks(say("Typical of each part"), "", say("Part"), facts.parts, _SURE_OF_PARTS, say)
    return told


def _titles(say: Say) -> tuple[str, str, str]:
    return say("Words"), say("Pairs of words"), say("Three words in a row")


def _reading(facts: Ngrams, say: Say) -> str:
    told = [say("Words are in lower case, as `filter.length` counts them; those that carry grammar alone are left out.")]
    if facts.segmented:
        told.append(say("Chinese is cut into words by jieba's list."))
    if facts.unspaced:
        told.append(
            say(
                "Of Japanese, runs of kanji and of katakana count as words, hiragana does not; han characters that are not cut "
                "count as words, so that pairs stand for words; of Thai, Lao, Khmer and Burmese, what stands between blanks."
            )
        )
    return (" " if say.language == "en" else "").join(told)


def _frequent_table(facts: Ngrams, order: int, title: str, say: Say) -> Table:
    """A pair of columns per part: n-gram and count."""
    mine = [frequent for frequent in facts.frequent if frequent.order == order]
    head = tuple(column for each in mine for column in (Column(each.part), Column(say("Times"), "number")))
    deepest = max((len(each.grams) for each in mine), default=0)
    empty = ("", None)
    lines = tuple(
        tuple(cell for each in mine for cell in (each.grams[line] if line < len(each.grams) else empty))
        for line in range(deepest)
    )
    return Table(title, head, lines)


def _typical_blocks(title: str, small: str, group: str, typical: tuple[Typical, ...], sure: float, say: Say) -> list[Block]:
    head = (Column(group), Column(say("Rows read"), "number"), Column(say("Words and phrases")))
    none = say("nothing beyond chance")
    lines = tuple((each.group, each.rows, " · ".join(term.text for term in each.terms) or none) for each in typical)
    columns = (
        Column(group),
        Column(say("Phrase")),
        Column(say("Here"), "number"),
        Column(say("Elsewhere"), "number"),
        Column("z", "number"),
    )
    numbers = tuple((each.group, term.text, term.here, term.elsewhere, term.z) for each in typical for term in each.terms)
    how = say(
        "Ranked by the z score of the log-odds against all other rows, with the distribution of all rows as prior (Monroe et "
        "al. 2008); from {sure} on a phrase is told.",
        sure=sure,
    )
    table = Table(say("Counts and z scores"), columns, numbers, most=200, filter=True)
    return [Subhead(title, small), Table("", head, lines), Fold(say("Counts and z scores"), (Prose(how, soft=True), table))]
