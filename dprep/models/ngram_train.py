"""Learning an n-gram model: interpolated modified Kneser-Ney, of order 2 to 6.

p(w | c) = (a(cw) - D(a(cw))) / sum of a(c·) + gamma(c) p(w | c without its first word)

a is the count of an n-gram of the highest order and of one that begins with `<s>`; of any other it is in how many different
words' company it stands (distinct words before it). D takes 0 < D1, D2, D3+ off counts of 1, 2 and 3 or more, and gamma gives
what was taken to the shorter context. The shortest is the same for all words, `<unk>` included. Nothing is learnt of unknown
words (rare ones, unknown pieces): they stay as improbable as a word that was never seen, and n-grams with one are pruned.

Source: Chen and Goodman 1999, "An empirical study of smoothing techniques for language modeling", section 3; counts and
discounts as in Heafield et al. 2013, "Scalable modified Kneser-Ney language model estimation" (KenLM's lmplz).
Memory: `Corpus` keeps 4 bytes per token; `estimated` takes about 150 bytes per token at order 5 while it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.problem import fail
from dprep.base.text import buffers
from dprep.kernels.ngram_counts import Order, Vocabulary, longer_grams
from dprep.kernels.ngram_lm import START, STOP, UNKNOWN, token_hashes
from dprep.models.ngram_arpa import NEVER, Arpa, Grams

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
SPECIAL = ("<unk>", "<s>", "</s>")
FALLBACK = (0.5, 1.0, 1.5)
"""Discounts where there are too few n-grams to estimate them. Source: KenLM, lmplz --discount_fallback."""
_PIECE_OF_TEXT = 4 << 20


@dataclass
class Corpus:
    """Texts as word numbers, each line in `<s>` … `</s>`: a sample of whole texts, of at most `most` tokens.

    Which texts are in it is settled by their own hashes, not by their order.
    """

    most: int
    words: list[bytes] = field(default_factory=list)
    _parts: list[tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64], I32]] = field(default_factory=list)
    _limit: int = 2**64 - 1

    def add(self, hashes: npt.NDArray[np.uint64], rows: npt.NDArray[np.int64], numbers: I32) -> None:
        """Texts: (n,) hashes, (n + 1,) offsets into `numbers`."""
        self._parts.append(_below(self._limit, hashes, rows, numbers))
        while self.tokens > self.most and self._limit:
            self._limit //= 2
            self._parts = [_below(self._limit, *part) for part in self._parts]

    @property
    def tokens(self) -> int:
        return sum(len(numbers) for _, _, numbers in self._parts)

    @property
    def texts(self) -> int:
        return sum(len(hashes) for hashes, _, _ in self._parts)

    def numbers(self) -> I32:
        """(tokens,): all texts, one after the other."""
        return np.concatenate([numbers for _, _, numbers in self._parts] or [np.zeros(0, np.int32)])


def _below(
    limit: int, hashes: npt.NDArray[np.uint64], rows: npt.NDArray[np.int64], numbers: I32
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64], I32]:
    chosen = hashes <= np.uint64(limit)
    if chosen.all():
        return hashes, rows, numbers
    lengths = np.diff(rows)
    return hashes[chosen], np.concatenate([[0], np.cumsum(lengths[chosen])]), numbers[np.repeat(chosen, lengths)]


def read_corpus(texts: Iterable[pl.Series], unit: str, most: int) -> Corpus:
    """The texts (String, no nulls) as numbers of tokens of `unit`: `token`, `word` or `character`."""
    corpus = Corpus(most)
    # a text may spell what stands for the ends of a line
    vocabulary = Vocabulary(token_hashes(buffers(pl.Series(SPECIAL))))
    for series in _pieces_of(texts):
        spans = buffers(series)
        corpus.add(token_hashes(spans), *vocabulary.encode(spans, unit))
    corpus.words = vocabulary.words
    return corpus


def read_pieces(
    texts: Iterable[pl.Series],
    encode: Callable[[pl.Series], tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], I32]],
    pieces: Sequence[str],
    unknown: int,
    most: int,
) -> Corpus:
    """The texts as numbers of SentencePiece pieces; `encode` gives per line its row, per line where its pieces end, pieces."""
    corpus = Corpus(most, words=[word.encode() for word in (*SPECIAL, *pieces)])
    number = np.arange(3, 3 + len(pieces), dtype=np.int32)
    number[unknown] = UNKNOWN
    for series in _pieces_of(texts):
        rows, ends, found = encode(series)
        lengths = np.diff(ends, prepend=0)
        rows, ends, lengths = rows[lengths > 0], ends[lengths > 0], lengths[lengths > 0]
        numbers = np.insert(number[found], ends - lengths, START)
        numbers = np.insert(numbers, ends + np.arange(1, len(ends) + 1), STOP)
        per_row = np.bincount(rows, weights=lengths + 2, minlength=len(series)).astype(np.int64)
        corpus.add(token_hashes(buffers(series)), np.concatenate([[0], np.cumsum(per_row)]), numbers.astype(np.int32))
    return corpus


def _pieces_of(texts: Iterable[pl.Series]) -> Iterable[pl.Series]:
    """The texts, a few megabytes at a time: the token numbers of a piece take eight times its room."""
    for series in texts:
        sizes = series.str.len_bytes().cum_sum().to_numpy() // _PIECE_OF_TEXT
        for start, end in zip(*_runs(sizes), strict=True):
            yield series[start:end]


def _runs(values: npt.NDArray[np.int64]) -> tuple[list[int], list[int]]:
    """Where runs of equal values start and end."""
    starts = np.flatnonzero(np.diff(values, prepend=-1)) if len(values) else np.zeros(0, np.int64)
    return starts.tolist(), [*starts[1:].tolist(), *([len(values)] if len(values) else [])]


def learn_model(corpus: Corpus, order: int, prune: Sequence[int] = (0,), min_count: int = 1) -> Arpa:
    """The model of a corpus.

    prune: of order k, n-grams that occur at most prune[k - 1] times are left out; the last number counts for all higher orders.
    It must start with 0 and not fall. What is left out goes to the back-off. min_count: rarer words are `<unk>`.
    """
    numbers, words = _common(corpus, min_count)
    if not len(numbers):
        raise fail("fit-failed", "there is no text to learn an n-gram model from", "look at `part`, `when` and `columns`")
    thresholds = [prune[min(k, len(prune) - 1)] for k in range(order)]
    orders = _counted(numbers, len(words), order)
    vocabulary = pl.Series(words, dtype=pl.Binary).cast(pl.String)
    return Arpa(vocabulary, tuple(_estimated(orders, thresholds)))


def _common(corpus: Corpus, min_count: int) -> tuple[I32, list[bytes]]:
    """The corpus with rare words replaced, and the words that are left."""
    numbers = corpus.numbers()
    counts = np.bincount(numbers, minlength=len(corpus.words))
    kept = counts >= max(min_count, 1)
    kept[:3] = True
    renumbered = np.where(kept, np.cumsum(kept) - 1, UNKNOWN).astype(np.int32)
    return renumbered[numbers], [word for word, stays in zip(corpus.words, kept.tolist(), strict=True) if stays]


def _counted(numbers: I32, vocabulary: int, order: int) -> list[Order]:
    counts = np.bincount(numbers, minlength=vocabulary).astype(np.int64)
    nothing = np.zeros(vocabulary, np.int32)
    orders = [Order(nothing, nothing, np.arange(vocabulary, dtype=np.int32), counts)]
    grams = numbers
    for _ in range(2, order + 1):
        grams, found = longer_grams(numbers, grams, vocabulary)
        orders.append(found)
    return orders


def _adjusted(orders: list[Order]) -> list[F64]:
    """Per order, the count that stands for each n-gram: see a at the top of the file."""
    found = []
    starts = np.arange(len(orders[0].counts)) == START
    for n, order in enumerate(orders):
        if n:
            starts = starts[order.prefix]
        if n == len(orders) - 1:
            found.append(order.counts.astype(np.float64))
            continue
        companions = np.bincount(orders[n + 1].suffix, minlength=len(order.counts))
        found.append(np.where(starts, order.counts, companions).astype(np.float64))
    found[0][START] = found[0][UNKNOWN] = 0
    return found


def discounts(adjusted: F64) -> F64:
    """(4,): what is taken off a count of 0, 1, 2, and 3 or more."""
    n1, n2, n3, n4 = (float((adjusted == k).sum()) for k in (1, 2, 3, 4))
    if min(n1, n2, n3) > 0:
        y = n1 / (n1 + 2 * n2)
        found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
        if all(0 < d <= k for k, d in enumerate(found, start=1)):
            return np.array([0.0, *found])
    return np.array([0.0, *FALLBACK])


def _estimated(orders: list[Order], thresholds: list[int]) -> list[Grams]:
    """The n-grams of each order with their probabilities and back-offs."""
    words: list[I32] = []
    probabilities: list[F64] = []
    backoffs: list[F64] = []
    kept: list[npt.NDArray[np.bool_]] = []
    known = np.zeros(0, np.bool_)  # n-grams without an unknown word
    for n, (order, adjusted) in enumerate(zip(orders, _adjusted(orders), strict=True)):
        known = known[order.prefix] & (order.word != UNKNOWN) if n else order.word != UNKNOWN
        stays = (order.counts > thresholds[n]) & known if n else np.ones(len(adjusted), np.bool_)
        contexts = len(probabilities[-1]) if n else 1
        taken = np.where(stays, discounts(adjusted)[np.minimum(adjusted, 3).astype(np.int64)], adjusted)
        sums = np.bincount(order.prefix, weights=adjusted, minlength=contexts)
        with np.errstate(invalid="ignore", divide="ignore"):
            gamma = np.bincount(order.prefix, weights=taken, minlength=contexts) / sums
        gamma = np.where(sums > 0, gamma, 1.0)
        shorter = probabilities[-1][order.suffix] if n else np.full(len(adjusted), 1.0 / (len(adjusted) - 1))
        probabilities.append((adjusted - taken) / np.maximum(sums[order.prefix], 1) + gamma[order.prefix] * shorter)
        words.append(np.column_stack([words[-1][order.prefix], order.word]) if n else order.word[:, None])
        kept.append(stays)
        if n:
            backoffs.append(gamma)
    backoffs.append(np.ones(len(probabilities[-1])))
    return [_logs(w[k], p[k], b[k]) for w, p, b, k in zip(words, probabilities, backoffs, kept, strict=True)]


def _logs(words: I32, probabilities: F64, backoffs: F64) -> Grams:
    logs = np.minimum(np.log10(probabilities), 0).astype(np.float32)
    if words.shape[1] == 1:
        logs[START] = NEVER
    return Grams(words, logs, np.log10(backoffs).astype(np.float32))
