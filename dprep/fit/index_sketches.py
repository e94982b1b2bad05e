"""Sketches that somebody else made, in Parquet files with a column `minhash`: read, and held against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import xxhash

from dprep.base.problem import Error, Problem
from dprep.fit.index_sources import Named, Unit
from dprep.kernels.minhash import Values
from dprep.models.datasketch_values import Family, families_of, values_of
from dprep.store.formats import File, expand, fingerprint
from dprep.store.formats.files import detect_format
from dprep.store.formats.parquet import library_errors, open_parquet
from dprep.store.formats.streams import open_seekable

COLUMN = "minhash"
_ROWS = 8192
_SHOWN = 5
"""So many problems of one file are told."""
_HOW = "give an id to each, and `lean.serialize(buf)` with `buf = bytearray(lean.bytesize())` as `minhash`"
_OTHER = "index sketches of another kind apart: they cannot be compared"


def sketch_units(patterns: Sequence[str], root: Path, key: str) -> list[Unit]:
    """A unit for each file of sketches that `patterns` mean, whose blocks hold Binary; empty where none is one. Raises Error
    where only some are, or the column `key` is missing.
    """
    files = [file for pattern in patterns for file in expand(pattern, root)]
    schemas = {file.path: _schema(file) for file in files}
    given = [file for file in files if COLUMN in schemas[file.path] and _binary(schemas[file.path][COLUMN])]
    for file in files if given else []:
        if file not in given:
            sentence = f"`{file.name}` holds no sketches, and `{given[0].name}` does"
            raise Error(Problem("missing-column", sentence, help="index files of texts and files of sketches apart"))
        if key not in schemas[file.path]:
            help = f"name the column with `--set key=COLUMN`: it has {', '.join(f'`{name}`' for name in schemas[file.path])}"
            raise Error(Problem("missing-column", f"`{file.name}` has no column `{key}` that names the sketches", help=help))
    return [_unit(file, key) for file in given]


def _schema(file: File) -> dict[str, pa.DataType]:
    """The columns of a Parquet file; none for any other."""
    if detect_format(file.name) != "parquet":
        return {}
    with open_seekable(file) as stream:
        schema = open_parquet(file, stream).schema_arrow
    return dict(zip(schema.names, schema.types, strict=True))


def _binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def _unit(file: File, key: str) -> Unit:
    def blocks() -> Iterator[Named]:
        with open_seekable(file) as stream, library_errors(file, "Parquet"):
            batches: Iterator[pa.RecordBatch] = open_parquet(file, stream).iter_batches(_ROWS, columns=[key, COLUMN])
            for batch in filter(len, batches):
                yield Named(_names(batch.column(key), file, key), pl.Series(batch.column(COLUMN).cast(pa.large_binary())))

    name = Path(file.name).name if Path(file.name).is_absolute() else file.name
    return Unit(xxhash.xxh3_128_hexdigest(f"{fingerprint(file)} {key}".encode()), blocks, name)


def _names(ids: pa.Array, file: File, key: str) -> pl.Series:
    if pa.types.is_nested(ids.type):
        sentence = f"the column `{key}` of `{file.name}` holds {ids.type}, which names nothing"
        raise Error(Problem("wrong-type", sentence, help="ids are text or numbers"))
    return pl.Series(ids).cast(pl.String)


@dataclass
class Given:
    """Sketches held against those before them."""

    num_perm: int | None
    seed: int | None
    scheme: str | None
    """What was said of them."""
    family: Family | None = None
    rows: int = 0
    origin: str = ""

    def read(self, names: pl.Series, sketches: pl.Series, origin: str) -> tuple[Family, Values]:
        """Their family and (rows, num_perm) hashes. Raises Error, which names the rows that are wrong."""
        if origin != self.origin:
            self.origin, self.rows = origin, 0
        found = families_of(sketches)
        if self.family is None:
            self.family = next(iter(found.families), None)
        number = found.families.index(self.family) if self.family in found.families else len(found.families)
        bad = np.flatnonzero((found.family != number) | names.is_null().to_numpy())[:_SHOWN]
        if len(bad):
            kinds = [found.families[found.family[row]] if found.sound[row] else None for row in bad]
            each = zip((bad + self.rows + 1).tolist(), names.gather(bad), sketches.gather(bad).is_null(), kinds, strict=True)
            raise Error([self._problem(*told) for told in each], exit_code=1)
        self.rows += len(names)
        assert self.family is not None
        self._as_said()
        return self.family, values_of(sketches, self.family)

    def _problem(self, row: int, name: str | None, null: bool, family: Family | None) -> Problem:
        sentence = f"row {row} of `{self.origin}`: {self._wrong(name, null, family)}"
        return Problem("bad-sketch", sentence, help=_OTHER if family not in {None, self.family} else _HOW)

    def _wrong(self, name: str | None, null: bool, family: Family | None) -> str:
        if name is None:
            return "the id is null"
        shown = f"the sketch of `{name[:80]}`"
        if null:
            return f"{shown} is null"
        if family is None:
            return f"{shown} is no LeanMinHash of datasketch"
        assert self.family is not None
        return f"{shown} has {_told(family)}, the first {_told(self.family)}"

    def _as_said(self) -> None:
        assert self.family is not None
        for name, is_ in self.family._asdict().items():
            said = getattr(self, name)
            if said is not None and said != is_:
                sentence = f"the sketches of `{self.origin}` have `{name}` {is_}, and {said} was said"
                raise Error(Problem("wrong-value", sentence, help=f"leave out `{name}`: it is read from the sketches"))


def _told(family: Family) -> str:
    return f"{family.num_perm} hashes, seed {family.seed} and scheme `{family.scheme}`"
