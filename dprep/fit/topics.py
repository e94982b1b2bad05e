"""Topics: groups of texts that share their words, or whose vectors are near each other.

Writes `topics.json` (for each topic its size and the terms that set it apart) and the centres that `tag.topic` compares with.
Without `vectors`, a text is the weights of its terms (TF-IDF: how often a term stands in the text, and in how few texts); with
`vectors = "embedding"` it is what `tag.embedding` made. The texts are grouped around centres by k-means over cosines, from
starting points drawn by `seed` (k-means++), `tries` times; the tightest grouping is kept. Topics are numbered by size, the
largest is 0. The same rows and seed give the same topics.

Topics are a way to look at a collection and to balance it, not a truth about it: another number of topics cuts it otherwise.
Copies and boilerplate make topics of their own, so clean and deduplicate first. All vectors are held in memory: about 1 KB per
text of 120 terms, or 4 bytes per dimension.

**Chinese.** Terms are pairs of neighbouring han characters, so no segmenter is needed, and top terms may be halves of words.
Chinese and English texts share no terms: learn topics for each (`when = "lang = 'zh'"`), or on vectors of a multilingual
encoder.

Source: Arthur and Vassilvitskii 2007, "k-means++"; Dhillon and Modha 2001, "Concept decompositions for large sparse text data
using clustering" (k-means over cosines).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Ge, Gt, Le

from dprep.base.chance import splitmix64
from dprep.base.problem import Error, Problem, fail
from dprep.base.text import Text
from dprep.fit.kinds import Fit, Rows
from dprep.kernels.slices import pieces
from dprep.kernels.topics import F32, F64, Vectors, nearest, summed, weighed
from dprep.models.topics import ABOUT, CENTRES, IDF, VOCABULARY, dense, terms_of
from dprep.store.commit import write_file
from dprep.store.manifest import write_json

LIBRARIES = ("numpy", "polars")
_ONCE_LIMIT = 5_000_000
"""Terms held between two blocks: when there are more, those seen only once go."""
_ROUNDS = 50
_DIGITS = 6
U64 = npt.NDArray[np.uint64]


class Topics(Fit):
    sample: Annotated[int, Ge(1), Le(10_000_000)] = 100_000
    """Most rows that are learnt from; of more, so many are drawn by their luck."""
    topics: Annotated[int, Ge(2), Le(2_000)] = 20
    """How many."""
    vectors: str | None = None
    """A column of vectors to group by, instead of the texts' terms."""
    vocabulary: Annotated[int, Ge(10), Le(1_000_000)] = 20_000
    """Most terms that count: those that stand in most texts."""
    min_texts: Annotated[int, Ge(1)] = 3
    """A term in fewer texts does not count."""
    max_share: Annotated[float, Gt(0), Le(1)] = 0.5
    """A term in a larger share of the texts does not count."""
    tries: Annotated[int, Ge(1), Le(100)] = 3
    """Groupings from other starting points, of which the tightest is kept."""
    top_terms: Annotated[int, Ge(1), Le(1_000)] = 10
    """Terms that are told of each topic."""


class Vocabulary(NamedTuple):
    """The terms that count."""

    hashes: U64  # (terms,), sorted
    idf: F64  # (terms,)


def learn(rows: Rows, asked: Topics, folder: Path) -> dict[str, Any]:
    """Group the texts; details: topics, texts, texts that nothing is known of, the mean distance to their centres."""
    vocabulary = _vocabulary(rows, asked)
    texts, names = _vectors_of_texts(rows, vocabulary)
    vectors, columns = (texts, len(vocabulary.hashes)) if asked.vectors is None else _column(rows, asked.vectors)
    known = np.diff(vectors.offsets) > 0
    if known.sum() < asked.topics:
        raise fail("fit-failed", f"{known.sum():,} texts cannot fall into {asked.topics:,} topics", "ask for fewer `topics`")
    tried = [_grouped(vectors, known, asked.topics, columns, asked.seed + n) for n in range(asked.tries)]
    _, best, centres = max(tried, key=lambda one: one[0])
    best, centres = _by_size(best, centres)
    final, cosine = nearest(vectors, centres)
    final[~known] = -1
    told = _described(texts, names, final, asked)
    write_json(folder / ABOUT, {"vectors": asked.vectors, "topics": told}, durable=True)
    _save(folder / CENTRES, centres)
    if asked.vectors is None:
        _save(folder / VOCABULARY, vocabulary.hashes)
        _save(folder / IDF, vocabulary.idf)
    distance = round(float(1 - cosine[known].mean()), _DIGITS)
    return {"topics": len(told), "texts": len(known), "unknown": int((~known).sum()), "mean_distance": distance}


def _vocabulary(rows: Rows, asked: Topics) -> Vocabulary:
    """Terms by the number of texts in which they stand; ties by their hashes."""
    counted = pl.DataFrame(schema={"term": pl.UInt64, "texts": pl.Int64})
    for block in rows.texts():
        found = terms_of(block)
        row = np.repeat(np.arange(len(block), dtype=np.int64), np.diff(found.rows))
        distinct = pl.DataFrame({"row": row, "term": found.hashes}).unique()
        own = distinct.group_by("term").agg(pl.len().cast(pl.Int64).alias("texts"))
        counted = pl.concat([counted, own]).group_by("term").agg(pl.col("texts").sum())
        if len(counted) > _ONCE_LIMIT:
            counted = counted.filter(pl.col("texts") > 1)
    counts = (pl.col("texts") >= asked.min_texts) & (pl.col("texts") <= max(1.0, asked.max_share * len(rows)))
    listed = counted.filter(counts).sort(["texts", "term"], descending=[True, False]).head(asked.vocabulary).sort("term")
    if not len(listed) and asked.vectors is None:
        raise fail("fit-failed", "no term stands in so many of the texts", "lower `min_texts`, or raise `max_share`")
    idf = np.round(np.log(len(rows) / listed.get_column("texts").to_numpy()) + 1.0, _DIGITS)
    return Vocabulary(listed.get_column("term").to_numpy(), idf.astype(np.float64))


def _vectors_of_texts(rows: Rows, vocabulary: Vocabulary) -> tuple[Vectors, list[str]]:
    """The weights of all texts, and how each term of the vocabulary is spelled."""
    names = [""] * len(vocabulary.hashes)
    found = []
    for block in rows.texts():
        terms = terms_of(block)
        found.append(weighed(terms, *vocabulary))
        hashes, first = np.unique(terms.hashes, return_index=True)
        place = np.searchsorted(vocabulary.hashes, hashes)
        inside = place < len(names)
        inside[inside] = vocabulary.hashes[place[inside]] == hashes[inside]
        data = Text(block.str.to_lowercase()).buffers.data
        spelled = pieces(data, terms.starts[first[inside]], terms.ends[first[inside]]).to_list()
        for number, name in zip(place[inside].tolist(), spelled, strict=True):
            names[number] = name
    return _together(found), names


def _column(rows: Rows, name: str) -> tuple[Vectors, int]:
    """The vectors of a column, and their dimensions."""
    found: list[Vectors] = []
    dimensions = 0
    for block in _columns(rows, name):
        dimensions = dimensions or _dimensions(block)
        found.append(dense(block, dimensions))
    return _together(found), dimensions


def _dimensions(block: pl.Series) -> int:
    """Of the vectors of a block; 0 where it has none."""
    if not isinstance(block.dtype, pl.List | pl.Array):
        return 0
    sizes = block.cast(pl.List(pl.Float64)).list.len().to_numpy()
    return int(np.nanmax(sizes, initial=0))


def _columns(rows: Rows, name: str) -> Iterator[pl.Series]:
    for frame in rows.frames():
        if name not in frame.columns:
            help = "`tag.embedding` makes one"
            raise Error(Problem("missing-column", f"the version has no column `{name}`", help=help))
        yield frame.get_column(name)


def _together(found: list[Vectors]) -> Vectors:
    sizes = np.concatenate([np.diff(each.offsets) for each in found])
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    return Vectors(offsets, np.concatenate([v.columns for v in found]), np.concatenate([v.values for v in found]))


def _grouped(
    vectors: Vectors, known: npt.NDArray[np.bool_], topics: int, columns: int, seed: int
) -> tuple[float, npt.NDArray[np.int32], F32]:
    """How tight it is (the sum of cosines), the topic of each row (-1 where nothing is known) and the centres."""
    centres = _starts(vectors, known, topics, columns, seed)
    before = np.full(len(known), -1, np.int32)
    for _ in range(_ROUNDS):
        topic, cosine = nearest(vectors, centres)
        topic[~known] = -1
        _fill_empty(topic, cosine, known, topics)
        if np.array_equal(topic, before):
            break
        centres, before = _centred(summed(vectors, topic, (columns, topics))), topic
    return float(np.round(cosine[known].sum(), _DIGITS)), topic, centres


def _starts(vectors: Vectors, known: npt.NDArray[np.bool_], topics: int, columns: int, seed: int) -> F32:
    """k-means++: each next starting point is drawn with a chance in proportion to its distance from the nearest before it."""
    draws = (
        splitmix64(np.arange(topics, dtype=np.uint64) + splitmix64(np.array([seed], np.uint64))).astype(np.float64) / 2.0**64
    )
    centres = np.zeros((columns, topics), np.float32)
    distance = known.astype(np.float64)
    for number, draw in enumerate(draws):
        heap = np.cumsum(distance)
        if heap[-1] <= 0:  # fewer different vectors than topics: the others start where any text is
            heap = np.cumsum(known.astype(np.float64))
        row = int(np.searchsorted(heap, draw * heap[-1], side="right"))
        row = min(row, len(known) - 1)
        entries = slice(vectors.offsets[row], vectors.offsets[row + 1])
        centres[vectors.columns[entries], number] = vectors.values[entries]
        _, cosine = nearest(vectors, np.ascontiguousarray(centres[:, number : number + 1]))
        distance = np.where(known, np.minimum(distance, np.maximum(0.0, 1.0 - cosine)), 0.0)
    return centres


def _fill_empty(topic: npt.NDArray[np.int32], cosine: F64, known: npt.NDArray[np.bool_], topics: int) -> None:
    """A topic that lost all its texts takes the one that is farthest from its centre."""
    sizes = np.bincount(topic[known], minlength=topics)
    far = np.argsort(np.where(known, cosine, np.inf), kind="stable")
    for empty in np.flatnonzero(sizes == 0).tolist():
        row = next(int(each) for each in far if sizes[topic[each]] > 1)
        sizes[topic[row]] -= 1
        topic[row], sizes[empty] = empty, 1


def _centred(sums: F64) -> F32:
    """Sums made 1 long."""
    lengths = np.sqrt((sums * sums).sum(axis=0))
    return np.ascontiguousarray(np.round(sums / np.where(lengths > 0, lengths, 1), _DIGITS).astype(np.float32))


def _by_size(topic: npt.NDArray[np.int32], centres: F32) -> tuple[npt.NDArray[np.int32], F32]:
    order = np.argsort(-np.bincount(topic[topic >= 0], minlength=centres.shape[1]), kind="stable")
    number = np.empty(len(order), np.int32)
    number[order] = np.arange(len(order))
    return np.where(topic >= 0, number[topic], -1).astype(np.int32), np.ascontiguousarray(centres[:, order])


def _described(texts: Vectors, names: list[str], topic: npt.NDArray[np.int32], asked: Topics) -> list[dict[str, Any]]:
    """For each topic its size, and the terms whose mean weight in it is farthest above their mean weight overall."""
    sizes = np.bincount(topic[topic >= 0], minlength=asked.topics)
    sums = summed(texts, topic, (len(names), asked.topics))
    above = np.round(sums / np.maximum(1, sizes) - sums.sum(axis=1, keepdims=True) / max(1, sizes.sum()), _DIGITS)
    told = []
    for number, size in enumerate(sizes.tolist()):
        first = sorted(np.flatnonzero(above[:, number] > 0).tolist(), key=lambda term: (-above[term, number], names[term]))
        told.append({"size": size, "terms": [names[term] for term in first[: asked.top_terms]]})
    return told


def _save(path: Path, array: npt.NDArray[Any]) -> None:
    def save(place: Path) -> None:
        with open(place, "wb") as file:
            np.save(file, array, allow_pickle=False)

    write_file(path, save, durable=True)
