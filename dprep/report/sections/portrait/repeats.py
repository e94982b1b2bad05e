"""Sentences that many rows share, and how rows begin and end: what templates, signatures and page furniture leave behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from dprep.base.text import Buffers, buffers
from dprep.kernels.spans import Spans
from dprep.report.blocks import Block, Cell, Column, Notice, Prose, Subhead, Table
from dprep.report.numbers import share
from dprep.report.say import Say
from dprep.report.sections.portrait.reading import Reading
from dprep.report.sections.portrait.words import EDGE, Phrases, Words, chunks, encoded, pieces

Ints = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]
ANCHOR = "portrait-repeats"
TOP = 12
LONGEST = 200
ACT = 0.05
"""Share of rows that hold one sentence from which on a person is told."""
_MANY = 20
"""Rows that must share it at least."""
_WIDE_ENDS = tuple(mark.encode() for mark in "。！？")
_LEAST_BYTES = 15
_LEAST_CHARACTERS = 15
_LEAST_HAN = 6
_LEAST_ROWS = 3
_LEAST_SHARE = 0.002


@dataclass(frozen=True)
class Repeat:
    """A stretch of text, and how many rows hold it: in all, and in each part."""

    text: str
    rows: int
    by_part: tuple[int, ...]


@dataclass(frozen=True)
class Repeats:
    """`read`: rows of all parts. Of each kind the TOP most frequent, of those that `least` rows share."""

    read: int
    least: int
    parts: tuple[str, ...]
    sentences: tuple[Repeat, ...]
    beginnings: tuple[Repeat, ...]
    ends: tuple[Repeat, ...]


@dataclass(frozen=True)
class _Held:
    """Which phrase stands in which row, each pair once or more."""

    row: Rows
    code: Rows
    phrases: Callable[[Ints], pl.Series]
    """Those of some codes."""


def look(reading: Reading, words: Words) -> Repeats:
    """Count sentences and the first and last words of rows."""
    parts = tuple(part.name for part in reading.parts)
    read = len(reading.texts)
    least = max(_LEAST_ROWS, int(np.ceil(_LEAST_SHARE * read)))
    sentences = _counted(_sentences(reading.texts), reading, least)
    edges = [_counted(_held(phrases), reading, least) for phrases in (words.beginnings, words.ends)]
    return Repeats(read, least, parts, sentences, *edges)


def _held(phrases: Phrases) -> _Held:
    """Phrases that differ in blanks alone are one."""
    codes, different = encoded(phrases.texts)
    again, found = encoded([_tidy(different).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.string())])
    return _Held(phrases.row, again[codes], found.gather)


def _tidy(texts: pl.Series) -> pl.Series:
    """Every run of blanks as one."""
    return texts.str.replace_all(r"\s{2,}|[^\S ]", " ").str.strip_chars()


def _sentences(texts: pl.Series) -> _Held:
    """The sentences of each row, without those that are the whole row, and short ones.

    Told apart by hashes of 64 bits: the chance that two of 500,000 are taken for one is 7e-9.
    """
    rows, hashes, places = [], [], []
    for first, piece in chunks(texts):
        found = buffers(piece)
        spans, row = _spans(found)
        sentences = _tidy(pl.Series(pieces(found, spans), dtype=pl.String))
        size = sentences.str.len_bytes().to_numpy()
        kept = (size >= _LEAST_BYTES) & (size < _tidy(piece).str.len_bytes().to_numpy()[row])
        hashes.append(sentences.hash().to_numpy()[kept])
        rows.append((row[kept] + first).astype(np.int32))
        start = found.offsets[row[kept]]
        places.append(np.stack([spans.starts[kept] - start, spans.ends[kept] - start]).astype(np.int32))
    of_row, place = np.concatenate(rows), np.concatenate(places, axis=1)
    _, first_at, code = np.unique(np.concatenate(hashes), return_index=True, return_inverse=True)
    return _Held(of_row, code.astype(np.int32), partial(_read, texts, of_row[first_at], place[:, first_at]))


def _read(texts: pl.Series, row: Rows, place: Rows, codes: Ints) -> pl.Series:
    """The sentences of some codes: of each code its row, and where it stands there, in bytes."""
    whole = texts.gather(row[codes]).to_list()
    ends = zip(whole, *place[:, codes].tolist(), strict=True)
    return _tidy(pl.Series([text.encode()[start:end].decode() for text, start, end in ends], dtype=pl.String))


def _spans(found: Buffers) -> tuple[Spans, npt.NDArray[np.int64]]:
    """Stretches of _LEAST_BYTES or more, not whole rows, up to and with a line's or a sentence's end; the row of each."""
    offsets, data = found
    first, last = int(offsets[0]), int(offsets[-1])
    text = data[first:last]
    after = np.append(text[1:], 0x20)
    blank, wide = after <= 0x20, after >= 0x80  # `!--` and `?:` end no sentence; before Chinese no blank is needed
    ends = (text == 0x0A) | (((text == 0x21) | (text == 0x3F)) & (blank | wide)) | ((text == 0x2E) & blank)
    for mark in _WIDE_ENDS:
        here = np.flatnonzero((text[2:] == mark[2]) & (text[1:-1] == mark[1]) & (text[:-2] == mark[0]))
        ends[here + 2] = True
    breaks = np.unique(np.concatenate([np.flatnonzero(ends) + 1 + first, offsets]))
    long = np.flatnonzero(np.diff(breaks) >= _LEAST_BYTES)
    row = np.searchsorted(offsets, breaks[long], side="right") - 1
    part = breaks[long + 1] - breaks[long] < offsets[row + 1] - offsets[row]
    long, row = long[part], row[part]
    return Spans(np.array([0, len(long)]), breaks[long], breaks[long + 1]), row


def _counted(held: _Held, reading: Reading, least: int) -> tuple[Repeat, ...]:
    """The TOP phrases that at least `least` rows hold; ties by their text."""
    pairs = np.unique(held.code.astype(np.int64) * len(reading.texts) + held.row)
    code, row = pairs // max(1, len(reading.texts)), pairs % max(1, len(reading.texts))
    counts = np.bincount(code)
    often = np.flatnonzero(counts >= least)
    listed = pl.DataFrame({"code": often, "rows": counts[often], "text": held.phrases(often)})
    telling = (pl.col("text").str.len_chars() >= _LEAST_CHARACTERS) | (
        pl.col("text").str.count_matches(r"\p{Han}") >= _LEAST_HAN
    )
    top = listed.filter(telling).sort(["rows", "text"], descending=[True, False]).head(TOP)
    return tuple(
        Repeat(
            text[:LONGEST],
            count,
            tuple(np.bincount(reading.part_of_row[row[code == each]], minlength=len(reading.parts)).tolist()),
        )
        for each, count, text in top.iter_rows()
    )


def blocks(facts: Repeats, say: Say) -> list[Block]:
    """Tables of what is repeated, where anything is."""
    told: list[Block] = [Subhead(say("What rows share"), anchor=ANCHOR)]
    tables = (
        (say("Sentences that many rows hold"), say("Sentence"), facts.sentences),
        (say("How rows begin"), say("First words"), facts.beginnings),
        (say("How rows end"), say("Last words"), facts.ends),
    )
    for title, name, repeats in tables:
        if repeats:
            head = (Column(name), Column(say("Rows"), "number"), Column(say("Of rows read"), "share"))
            parts = tuple(Column(part, "number") for part in facts.parts) if len(facts.parts) > 1 else ()
            lines: tuple[tuple[Cell, ...], ...] = tuple(
                (each.text, each.rows, round(each.rows / max(1, facts.read), 6), *(each.by_part if parts else ()))
                for each in repeats
            )
            told.append(Table(title, (*head, *parts), lines))
    if len(told) == 1:
        none = say(
            "No sentence and no beginning or end of {words} words is shared by {n} rows or more.", words=EDGE, n=facts.least
        )
        told.append(Prose(none, soft=True))
    else:
        how = say(
            "Rows that consist of one sentence alone do not count for sentences. What many rows share is often left of a "
            "template, a signature or page furniture: `clean.boilerplate` and `dedup.lines` take it out."
        )
        told.append(Prose(how, soft=True))
    return told


def notices(facts: Repeats, say: Say) -> list[Notice]:
    """A sentence that stands in a large share of the rows."""
    if not facts.sentences or facts.sentences[0].rows < max(_MANY, ACT * facts.read):
        return []
    part = share(facts.sentences[0].rows, facts.read)
    sentence = say(
        "One and the same sentence stands in {share} of the rows read: is it left of a template or a signature?", share=part
    )
    return [Notice("warning", sentence, ANCHOR)]
