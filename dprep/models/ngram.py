"""An n-gram language model at work: how surprised it is by a text.

An artifact is a folder:
  model.arpa            the model
  model.json            how texts are cut into tokens, and the perplexities of texts kept apart while it was learnt
  pieces.model          the SentencePiece model, if its tokens are pieces
  tables/*.npy          the same model as the kernels read it (dprep/kernels/ngram_lm.py), mapped into memory and shared by
                        all workers
A bare ARPA file is a model too; its tables are made anew in every worker.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.problem import Error, fail
from dprep.base.text import Text, buffers
from dprep.kernels import ngram_lm
from dprep.kernels.ngram_lm import Tables
from dprep.models.ngram_arpa import Arpa, Grams, read_arpa

F64 = npt.NDArray[np.float64]
ARPA, MODEL, PIECES, TABLES = "model.arpa", "model.json", "pieces.model", "tables"
PIECE_UNIT = "piece"
HEAD, MIDDLE = 30, 60
"""Percentiles below which a text is head or middle. Source: facebookresearch/cc_net, cc_net/perplexity.py."""


class Scores(NamedTuple):
    """What a model makes of each text."""

    perplexity: F64  # (rows,); NaN for a text without a token

    def taken(self, rows: npt.NDArray[np.int64], shift: npt.NDArray[np.int64]) -> Scores:
        """The scores of the rows that are left."""
        return Scores(self.perplexity[rows])


@dataclass(frozen=True)
class Reading:
    """How a text becomes what a model scores."""

    unit: str = "token"
    """`token`, `word`, `character` (see dprep/kernels/ngram_lm.py) or `piece`."""
    lowercase: bool = False
    pieces: Path | None = None

    def texts(self, series: pl.Series) -> pl.Series:
        """The texts before they are cut into tokens."""
        return series.str.to_lowercase() if self.lowercase else series


@dataclass(frozen=True, eq=False)
class NgramModel:
    """A model, ready to score."""

    tables: Tables
    reading: Reading
    percentiles: F64 = field(default_factory=lambda: np.zeros(0))
    """(99,) perplexities below which 1 % … 99 % of the texts kept apart lay; (0,) where nobody knows them."""

    def scores(self, text: Text) -> Scores:
        """Perplexity of each text: 10 ** -(sum of log10 p / tokens), each line a sentence whose end counts as a token."""
        totals, lengths = self._totals(self.reading.texts(text.series))
        with np.errstate(invalid="ignore"):
            exponent = np.minimum(-totals / lengths, 300.0)
        # rounded: the last bits of a power may differ between processors
        return Scores(np.round(10.0**exponent, 3))

    def log10(self, series: pl.Series) -> tuple[F64, npt.NDArray[np.int64]]:
        """(rows,) log10 probability of each text and (rows,) its tokens, the end of each line being one."""
        return self._totals(self.reading.texts(series))

    def _totals(self, series: pl.Series) -> tuple[F64, npt.NDArray[np.int64]]:
        if self.reading.unit != PIECE_UNIT:
            return ngram_lm.score(buffers(series), self.reading.unit, self.tables)
        assert self.reading.pieces is not None
        rows, ends, pieces = piece_sentences(self.reading.pieces, series)
        numbers = piece_numbers(self.reading.pieces, self.tables)[pieces]
        totals, lengths = ngram_lm.score_numbers(ends, numbers, self.tables)
        of_rows = np.zeros(len(series)), np.zeros(len(series), np.int64)
        np.add.at(of_rows[0], rows, totals)
        np.add.at(of_rows[1], rows, lengths)
        return of_rows

    def percentile(self, perplexity: F64) -> F64:
        """(rows,) how many of 100 texts kept apart had a lower perplexity; straight lines between the known points, and up to
        ten times the last. Raises Error (`wrong-artifact`) where nobody knows any.
        """
        known = self._known_percentiles()
        points = np.concatenate([[1.0], known, [max(known[-1] * 10, 10.0)]])
        ranks: F64 = np.round(np.interp(perplexity, points, np.arange(101.0)), 3)
        return ranks

    def thresholds(self) -> tuple[float, float]:
        """The perplexities at which CCNet's buckets `middle` and `tail` begin: the 30th and the 60th percentile."""
        known = self._known_percentiles()
        return float(known[HEAD - 1]), float(known[MIDDLE - 1])

    def _known_percentiles(self) -> F64:
        if not len(self.percentiles):
            raise _unknown_percentiles()
        return self.percentiles


@cache
def ngram_model(path: str, unit: str | None = None, pieces: str | None = None) -> NgramModel:
    """The model in an artifact's folder or an ARPA file. `unit` and `pieces` say how a bare ARPA file reads texts."""
    place = Path(path)
    if not place.is_dir():
        own = piece_file(pieces) if pieces else None
        reading = Reading(PIECE_UNIT if own else unit or "token", pieces=own)
        return NgramModel(compiled(read_arpa(place)), reading)
    return opened(place)


def opened(folder: Path) -> NgramModel:
    """The model in an artifact's folder, as it is now."""
    about = _about(folder)
    pieces = folder / PIECES if about["unit"] == PIECE_UNIT else None
    reading = Reading(about["unit"], about["lowercase"], pieces)
    return NgramModel(_mapped(folder / TABLES), reading, np.array(about["percentiles"], np.float64))


def check_percentiles(path: str) -> None:
    """Raise Error (`wrong-artifact`, `unreadable-file`) where a model knows no percentiles; opens no table."""
    if not Path(path).is_dir() or not _about(Path(path))["percentiles"]:
        raise _unknown_percentiles()


def _unknown_percentiles() -> Error:
    help = "`dprep fit ngram` learns one that does, given enough texts; or give perplexities instead of percentiles"
    return fail("wrong-artifact", "this n-gram model does not know the perplexities of usual texts", help)


@cache
def scorer(path: str, unit: str | None = None, pieces: str | None = None) -> Callable[[Text], Scores]:
    """A view for `text.once`: the same model asked twice is asked once."""
    return ngram_model(path, unit, pieces).scores


def _about(folder: Path) -> Mapping[str, Any]:
    try:
        about = json.loads((folder / MODEL).read_bytes())
        if about["unit"] not in (*ngram_lm.UNITS, PIECE_UNIT) or not isinstance(about["lowercase"], bool):
            raise ValueError
        if not all(isinstance(x, int | float) for x in about["percentiles"]) or len(about["percentiles"]) not in (0, 99):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise _no_artifact(folder) from fault
    found: dict[str, Any] = about
    return found


def _no_artifact(folder: Path) -> Exception:
    return fail(
        "unreadable-file",
        f"`{folder.name}` is a folder, but no n-gram model that `dprep fit ngram` made",
        "name the folder of the artifact, or an ARPA file",
    )


def _mapped(folder: Path) -> Tables:
    try:
        return Tables(*(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in Tables._fields))
    except (OSError, ValueError) as fault:
        raise _no_artifact(folder.parent) from fault


def save_tables(tables: Tables, folder: Path) -> None:
    """Write `tables` where an artifact keeps them."""
    folder.mkdir(parents=True)
    for name, array in tables._asdict().items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def compiled(arpa: Arpa) -> Tables:
    """The tables of a model."""
    hashes, numbers = ngram_lm.vocabulary_table(ngram_lm.token_hashes(buffers(arpa.vocabulary)))
    first, *rest = arpa.grams
    unigrams = np.stack([first.probabilities, first.backoffs], axis=1)
    missing = _missing_suffixes(rest)
    bounds = ngram_lm.entry_bounds([len(grams.words) + len(more) for grams, more in zip(rest, missing, strict=True)])
    tables = Tables(hashes, numbers, unigrams, np.zeros((bounds[-1], 2), np.uint64), bounds)
    for grams, more in zip(rest, missing, strict=True):
        ngram_lm.fill_order(tables, grams.words, grams.probabilities, grams.backoffs)
        if len(more):
            nothing = np.zeros(len(more), np.float32)
            ngram_lm.fill_order(tables, more, ngram_lm.score_grams(tables, more).astype(np.float32), nothing)
    return tables


def _missing_suffixes(orders: list[Grams]) -> list[npt.NDArray[np.int32]]:
    """Per order from 2 on: n-grams that must exist because longer ones end in them. Pruning of some tools leaves them out,
    and the kernel looks no further where a shorter n-gram is missing.
    """
    missing: list[npt.NDArray[np.int32]] = [np.zeros((0, grams.words.shape[1]), np.int32) for grams in orders]
    for n in range(len(orders) - 1, 0, -1):
        names = [f"w{k}" for k in range(n + 1)]
        longer = np.concatenate([orders[n].words, missing[n]])[:, 1:]
        here = pl.DataFrame(orders[n - 1].words, schema=names)
        missing[n - 1] = (
            pl.DataFrame(longer, schema=names).unique(maintain_order=True).join(here, on=names, how="anti").to_numpy()
        )
    return missing


def piece_file(path: str) -> Path:
    """The SentencePiece model that a file or an artifact of `dprep fit tokenizer` is."""
    return Path(path) / "tokenizer.model" if Path(path).is_dir() else Path(path)


@cache
def piece_processor(path: Path) -> Any:
    """The SentencePiece model in `path`."""
    try:
        import sentencepiece
    except ImportError as fault:
        help = "run `pip install sentencepiece`"
        raise fail("missing-library", "a model of SentencePiece pieces needs the library `sentencepiece`", help) from fault
    try:
        return sentencepiece.SentencePieceProcessor(model_proto=path.read_bytes())
    except (RuntimeError, OSError) as fault:
        raise fail("unreadable-file", f"`{path.name}` is no SentencePiece model", "name a `.model` file") from fault


def piece_sentences(
    path: Path, series: pl.Series
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Per line its row, per line where its pieces end, and the numbers of all pieces."""
    lines = pl.DataFrame({"line": series.str.split("\n")}).with_row_index("row").explode("line", empty_as_null=True)
    encoded = piece_processor(path).encode(lines["line"].to_list())
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    pieces = np.fromiter(chain.from_iterable(encoded), np.int32, int(lengths.sum()))
    return lines["row"].to_numpy().astype(np.int64), np.cumsum(lengths), pieces


def piece_numbers(path: Path, tables: Tables) -> npt.NDArray[np.int32]:
    """(pieces,): the number of each piece in a model's vocabulary."""
    processor = piece_processor(path)
    names = pl.Series([processor.id_to_piece(n) for n in range(processor.get_piece_size())], dtype=pl.String)
    numbers = ngram_lm.vocabulary_numbers(tables, ngram_lm.token_hashes(buffers(names)))
    numbers[processor.unk_id()] = ngram_lm.UNKNOWN
    return numbers
