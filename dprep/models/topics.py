"""Topics that `dprep fit topics` learnt: the nearest centre of a text or of a vector.

An artifact is a folder:
  topics.json       what the vectors are made of (`vectors`: a column, or null for the texts themselves), and for each topic its
                    terms and how many of the texts that were learnt from are in it
  centres.npy       (columns, topics) float32, each of length 1
  vocabulary.npy    (columns,) sorted hashes of terms, and
  idf.npy           (columns,) their weights, where the vectors are made of texts
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.problem import Error, fail
from dprep.base.text import Text
from dprep.kernels.topics import F32, F64, Terms, Vectors, nearest, terms, weighed
from dprep.kernels.words import words

ABOUT, CENTRES, VOCABULARY, IDF = "topics.json", "centres.npy", "vocabulary.npy", "idf.npy"
DIGITS = 4


@dataclass(frozen=True)
class Told:
    """The topic of each row."""

    topic: pl.Series  # Int32, null where nothing is known of the row
    distance: pl.Series  # Float64, 1 - cosine, rounded


@dataclass(frozen=True, eq=False)
class Topics:
    """Centres, and what they are made of."""

    column: str | None
    """The column of vectors; None: texts."""
    terms: tuple[tuple[str, ...], ...]
    centres: F32
    vocabulary: npt.NDArray[np.uint64]
    idf: F64

    def of_texts(self, text: Text) -> Told:
        """By the terms that each text has."""
        return self._told(weighed(terms_of(text.series), self.vocabulary, self.idf))

    def of_vectors(self, series: pl.Series) -> Told:
        """By a column of vectors (list of numbers). Raises Error (`wrong-artifact`) where they have other dimensions."""
        vectors = dense(series, len(self.centres))
        return self._told(vectors)

    def _told(self, vectors: Vectors) -> Told:
        best, cosine = nearest(vectors, self.centres)
        known = pl.Series(np.diff(vectors.offsets) > 0, dtype=pl.Boolean)
        told = pl.DataFrame({"known": known, "topic": best, "distance": np.round(1.0 - np.clip(cosine, -1, 1), DIGITS)})
        shown = told.select(pl.when("known").then(pl.col("topic", "distance")))
        return Told(shown.get_column("topic"), shown.get_column("distance"))


def terms_of(series: pl.Series) -> Terms:
    """The terms of texts, in lower case."""
    return terms(lower := Text(series.str.to_lowercase()), words(lower))


def dense(series: pl.Series, dimensions: int) -> Vectors:
    """A column of vectors made 1 long; null, NaN or zero vectors have no entry. Raises Error (`wrong-artifact`)."""
    if not isinstance(series.dtype, pl.List | pl.Array):
        raise _no_vectors(f"`{series.name}` holds no vectors")
    lists = series.cast(pl.List(pl.Float64)).fill_null([])
    sizes = lists.list.len()
    other = sizes.filter((sizes != 0) & (sizes != dimensions))
    if len(other):
        raise _no_vectors(f"a vector of `{series.name}` has {other[0]:,} dimensions, not {dimensions:,}")
    has = sizes.to_numpy() > 0
    matrix = lists.filter(pl.Series(has, dtype=pl.Boolean)).explode().to_numpy().reshape(-1, dimensions)
    lengths = np.sqrt((matrix * matrix).sum(axis=1))
    good = np.isfinite(lengths) & (lengths > 0)
    has[has] = good
    offsets = np.zeros(len(series) + 1, np.int64)
    np.cumsum(has * dimensions, out=offsets[1:])
    columns = np.tile(np.arange(dimensions, dtype=np.int32), int(good.sum()))
    return Vectors(offsets, columns, (matrix[good] / lengths[good, None]).astype(np.float32).ravel())


@cache
def topics(path: str) -> Topics:
    """The topics in an artifact's folder. Raises Error (`unreadable-file`)."""
    folder = Path(path)
    try:
        about = json.loads((folder / ABOUT).read_bytes())
        column, listed = about["vectors"], tuple(tuple(map(str, each["terms"])) for each in about["topics"])
        centres = np.load(folder / CENTRES, allow_pickle=False)
        made_of_text = column is None
        vocabulary = np.load(folder / VOCABULARY, allow_pickle=False) if made_of_text else np.zeros(0, np.uint64)
        idf = np.load(folder / IDF, allow_pickle=False) if made_of_text else np.zeros(0)
        sound = centres.ndim == 2 and centres.shape[1] == len(listed) > 0 and centres.dtype == np.float32
        sound &= not made_of_text or len(centres) == len(vocabulary) == len(idf)
        sound &= (vocabulary.dtype, idf.dtype) == (np.uint64, np.float64)
        if not sound:
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        help = "`dprep fit topics NAME --from VERSION` makes one"
        raise fail("unreadable-file", f"`{folder.name}` holds no topics that can be read", help) from None
    return Topics(column, listed, np.ascontiguousarray(centres), vocabulary, idf)


def _no_vectors(sentence: str) -> Error:
    return fail("wrong-artifact", sentence, "name the column that the topics were learnt from; `tag.embedding` makes one")
