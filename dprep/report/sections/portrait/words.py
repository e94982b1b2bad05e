"""The words of all texts read, as numbers: one pass that n-grams, repeats and vocabulary share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from dprep.base.problem import Error
from dprep.base.text import Buffers, Text
from dprep.kernels.spans import Spans
from dprep.kernels.tokens import chinese
from dprep.kernels.words import words as house_words
from dprep.models.closed_words import stop_words
from dprep.report.sections.portrait.japanese import by_script
from dprep.report.sections.portrait.small_words import SMALL_WORDS

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
_HAN, _KANA_HANGUL, _OTHER_LETTERS = r"\p{Han}", r"[\p{Hiragana}\p{Katakana}\p{Hangul}]", r"[\p{Latin}\p{Cyrillic}\p{Arabic}]"
_UNSPACED = re.compile("[\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]")
_SINGLE = "^[\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]$"
_LONG_RUNS = "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
_KATAKANA = "[\u30a1-\u30ff]"
_SOME = 0.01
"""Share of the words from which on scripts without blanks are worth a sentence."""
EDGE = 5
"""Words of the beginning or the end of a row."""
_CHUNK = 1 << 19
"""Bytes of text that are looked at together: places of words take three times as much as the words."""
_MARKED_SHARE = 0.05
"""Share of the words in a language's stop words from which on they count as stop words."""


class Phrases(NamedTuple):
    """Stretches of some rows as they stand there, in lower case."""

    row: Codes  # (phrases,)
    texts: Sequence[pa.StringArray]  # one after the other: (phrases,)


class _Chunk(NamedTuple):
    """Of some rows: their words, one after the other, how many each row has, and the rest as in `Words`."""

    words: pa.StringArray
    sizes: Ints
    joined: npt.NDArray[np.bool_]
    beginnings: tuple[Ints, pa.StringArray]
    ends: tuple[Ints, pa.StringArray]
    segmented: bool


@dataclass(frozen=True)
class Words:
    """Words of the texts in their order, in lower case, numbered as they first come."""

    starts: Codes
    """(rows + 1,) row r has the words starts[r] up to starts[r + 1]."""
    codes: Codes
    """(words,) number of each in `vocabulary`."""
    vocabulary: pl.Series
    """(different words,) String."""
    joined: npt.NDArray[np.bool_]
    """(words,) whether the next word follows with nothing but a blank between them, or with nothing."""
    beginnings: Phrases
    """The first EDGE words of rows that have more."""
    ends: Phrases
    """The last ones."""
    segmented: bool
    """Whether Chinese rows were cut into words; else each han character stands for itself."""

    @cached_property
    def rows(self) -> Codes:
        """(words,) row of each word."""
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), np.diff(self.starts))

    @cached_property
    def stops(self) -> npt.NDArray[np.bool_]:
        """(different words,) whether it carries grammar, not content."""
        counts = np.bincount(self.codes, minlength=len(self.vocabulary))
        found = np.zeros(len(self.vocabulary), np.bool_)
        lists = [stop_words(language) for language in ("en", "zh", "fr", "de", "es", "ru")]
        for words in (*lists, *(frozenset(words.split()) for words in SMALL_WORDS.values())):
            mine = self.vocabulary.is_in(sorted(words)).to_numpy()
            if counts[mine].sum() >= _MARKED_SHARE * max(1, counts.sum()):
                found |= mine
        return found

    @cached_property
    def bare(self) -> npt.NDArray[np.bool_]:
        """(different words,) whether it says nothing by itself: one that carries grammar, a single letter or han character."""
        found: npt.NDArray[np.bool_] = self.stops | self.vocabulary.str.contains(r"^.$").to_numpy()
        return found

    @cached_property
    def unspaced(self) -> bool:
        """Whether there are scripts without blanks that no dictionary cuts: han, Japanese, Thai and its neighbours."""
        single = self.vocabulary.str.contains(_KATAKANA) | self.vocabulary.str.contains(_LONG_RUNS)
        if not self.segmented:
            single |= self.vocabulary.str.contains(_SINGLE)
        counts = np.bincount(self.codes, minlength=len(self.vocabulary))
        return bool(counts[single.to_numpy()].sum() >= _SOME * max(1, counts.sum()))

    def spelt(self, codes: Sequence[int]) -> str:
        """Words as a phrase: no blank between characters of scripts that have none."""
        words = [str(self.vocabulary[int(code)]) for code in codes]
        phrase = words[0]
        for word in words[1:]:
            close = _UNSPACED.match(phrase[-1]) and _UNSPACED.match(word[0]) and not "\uac00" <= word[0] <= "\ud7a3"
            phrase += word if close else f" {word}"
        return phrase


def number(texts: pl.Series) -> Words:
    """Find and number the words of texts (String, no nulls)."""
    parts = [_chunk(piece) for _, piece in chunks(texts)]
    codes, dictionary = encoded([part.words for part in parts])
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate([part.sizes for part in parts]))])
    first = np.cumsum([0, *(len(part.sizes) for part in parts)])[:-1]
    return Words(
        starts=starts.astype(np.int32),
        codes=codes,
        vocabulary=dictionary.alias("word"),
        joined=np.concatenate([part.joined for part in parts]),
        beginnings=_phrases([part.beginnings for part in parts], first),
        ends=_phrases([part.ends for part in parts], first),
        segmented=any(part.segmented for part in parts),
    )


def chunks(texts: pl.Series) -> Iterator[tuple[int, pl.Series]]:
    """(number of its first row, rows of about _CHUNK bytes together); at least one, with or without rows."""
    bytes_ = np.cumsum(texts.str.len_bytes().to_numpy(), dtype=np.int64)
    first, done = 0, 0
    while first < len(texts) or not first:
        last = max(first + 1, int(np.searchsorted(bytes_, done + _CHUNK, side="right")))
        yield first, texts.slice(first, last - first)
        first, done = last, int(bytes_[min(last, len(texts)) - 1]) if len(texts) else 0


def _chunk(texts: pl.Series) -> _Chunk:
    lower = Text(texts.str.to_lowercase())
    spans, segmented = _spans(lower)
    beginnings, ends = (_edges(lower.buffers, spans, at_end=at_end) for at_end in (False, True))
    words = pieces(lower.buffers, spans)
    return _Chunk(words, np.diff(spans.rows), _joined(lower.buffers, spans), beginnings, ends, segmented)


def _phrases(found: Sequence[tuple[Ints, pa.StringArray]], first: Ints) -> Phrases:
    """Of all chunks; `first`: the number of the first row of each."""
    rows = np.concatenate([row + start for (row, _), start in zip(found, first, strict=True)])
    return Phrases(rows.astype(np.int32), [texts for _, texts in found])


def _spans(text: Text) -> tuple[Spans, bool]:
    """Words as filters count them; Japanese by script; rows of Chinese cut as jieba does where it is installed."""
    plain = by_script(text, Spans(*text.once(house_words)))
    chosen = _chinese_rows(text.series)
    if not len(chosen):
        return plain, False
    try:
        own = Text(text.series.gather(chosen))
        cut = _with_letters(own, chinese(own))
    except Error:  # the extra `zh` is not installed: characters stand for themselves, and the section says so
        return plain, False
    return _merged(text, plain, own, cut, chosen), True


def _chinese_rows(texts: pl.Series) -> Ints:
    """Rows in which han letters outnumber others, and no kana or hangul stands."""
    if not texts.head(2_000).str.contains(_HAN).any() and not texts.str.contains(_HAN).any():
        return np.zeros(0, np.int64)
    han = texts.str.count_matches(_HAN)
    mine = (han > texts.str.count_matches(_OTHER_LETTERS) / 4) & ~texts.str.contains(_KANA_HANGUL)
    return mine.arg_true().to_numpy().astype(np.int64)


def _with_letters(text: Text, spans: Spans) -> Spans:
    """Without punctuation."""
    codes, dictionary = encoded([pieces(text.buffers, spans)])
    kept = dictionary.str.contains(r"[\p{L}\p{N}]").to_numpy()[codes]
    row = np.repeat(np.arange(len(text)), np.diff(spans.rows))[kept]
    return Spans(np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(text)))]), spans.starts[kept], spans.ends[kept])


def _merged(text: Text, plain: Spans, own: Text, cut: Spans, chosen: Ints) -> Spans:
    """`plain`, but the words of the `chosen` rows are those of `cut`, whose places are in the buffers of `own`."""
    is_chosen = np.zeros(len(text), np.bool_)
    is_chosen[chosen] = True
    row = np.repeat(np.arange(len(text)), np.diff(plain.rows))
    kept = ~is_chosen[row]
    cut_row = np.repeat(np.arange(len(chosen)), np.diff(cut.rows))
    shift = (text.buffers.offsets[chosen] - own.buffers.offsets[:-1])[cut_row]
    starts = np.concatenate([plain.starts[kept], cut.starts + shift])
    ends = np.concatenate([plain.ends[kept], cut.ends + shift])
    order = np.argsort(starts, kind="stable")
    counts = np.bincount(np.concatenate([row[kept], chosen[cut_row]]), minlength=len(text))
    return Spans(np.concatenate([[0], np.cumsum(counts)]), starts[order], ends[order])


def pieces(buffers: Buffers, spans: Spans) -> pa.StringArray:
    """The spans, which rise and do not overlap, side by side: what is in none of them is left out of the bytes.

    Their bytes are fewer than 2 GB.
    """
    base = int(buffers.offsets[0])
    edges = np.zeros(int(buffers.offsets[-1]) - base + 1, np.int8)
    np.add.at(edges, spans.starts - base, np.int8(1))
    np.add.at(edges, spans.ends - base, np.int8(-1))
    inside = np.cumsum(edges[:-1], dtype=np.int8).view(np.bool_)
    data = buffers.data[base : int(buffers.offsets[-1])][inside]
    offsets = np.zeros(len(spans.starts) + 1, np.int32)
    np.cumsum(spans.ends - spans.starts, out=offsets[1:])
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))


def encoded(texts: Sequence[pa.StringArray]) -> tuple[Codes, pl.Series]:
    """Texts, one array after the other, as numbers, and the different texts in the order in which they first come."""
    coded = pa.chunked_array(texts, pa.string()).dictionary_encode().chunks
    # Arrow's own `to_numpy` would load pandas, 30 MB, to see whether it is there
    codes = [np.frombuffer(chunk.indices.buffers()[1] or b"", np.int32)[: len(chunk)] for chunk in coded]
    different = pl.Series(coded[-1].dictionary, dtype=pl.String) if coded else pl.Series(dtype=pl.String)
    return np.concatenate([np.zeros(0, np.int32), *codes]), different


def _joined(buffers: Buffers, spans: Spans) -> npt.NDArray[np.bool_]:
    found = np.zeros(len(spans.starts), np.bool_)
    if not len(found):
        return found
    gap = spans.starts[1:] - spans.ends[:-1]
    blank = buffers.data[np.minimum(spans.ends[:-1], len(buffers.data) - 1)] == 0x20
    found[:-1] = (gap == 0) | ((gap == 1) & blank)
    last = spans.rows[1:] - 1
    found[last[last >= 0]] = False
    return found


def _edges(buffers: Buffers, spans: Spans, *, at_end: bool) -> tuple[Ints, pa.StringArray]:
    """The first (or last) EDGE words of each row that has more, with what stands between them: rows, and phrases."""
    long = np.flatnonzero(np.diff(spans.rows) > EDGE)
    first = spans.rows[1:][long] - EDGE if at_end else spans.rows[:-1][long]
    whole = Spans(np.arange(len(long) + 1), spans.starts[first], spans.ends[first + EDGE - 1])
    return long, pieces(buffers, whole)
