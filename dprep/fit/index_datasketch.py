"""Sketches as datasketch makes them, for its indexes and from its indexes.

Out: `dprep index ours --kind datasketch --of pages@v1` writes `minhashes.parquet` with the columns `id` and `minhash`, the
bytes of a `LeanMinHash` per row. Whoever has datasketch reads them with

```python
lsh = MinHashLSH(threshold=0.8, num_perm=128)
for row in pyarrow.parquet.read_table("minhashes.parquet").to_pylist():
    lsh.insert(row["id"], LeanMinHash.deserialize(row["minhash"]))
```

and asks with a sketch of the same `num_perm`, `seed` and `scheme`, which these shingles have been given to, one `update` each:

```python
def shingles(text, tokens="characters", ngram=5, lowercase=False):
    text = text.lower() if lowercase else text
    cut = {"characters": list, "blank": str.split, "words": re.compile(r"\\w+").findall}[tokens](text)
    glue = "" if tokens == "characters" else " "
    runs = range(max(1, len(cut) - ngram + 1)) if cut else ()
    return {glue.join(cut[at : at + ngram]).encode() for at in runs}
```

Texts without a shingle are left out of the file, since any two of them would agree in every place.

In: `dprep index theirs --kind datasketch --of minhashes.parquet --set tokens=words --set ngram=5 --set lowercase=true` takes
a Parquet file with these two columns. `num_perm`, `seed` and `scheme` are read from the bytes. How the shingles were made is
not in them and must be said; that they were hashed by SHA-1, datasketch's own choice, is taken for granted. With another cut
or hash nothing is found, and nothing can tell. Ids are taken as text.

Either way `dedup.against` takes it, `index = "theirs@v1"`: new rows are sketched in the same way and compared by the share of
places in which two sketches agree, measured as `estimate`. That is not the similarity: with 128 hashes and a similarity of 0.8
it is off by 0.035 or more one time in three. The texts are not there, so nothing can be verified; where that matters, an index
of `--kind rows` is better. Bands find 99 of 100 pairs whose sketches agree in a share `threshold` of places.

**Chinese.** `characters` suits it; with `words` and `blank` a stretch of Chinese between two punctuation marks or blanks is one
token, so that a text has few shingles, or one.

Source: datasketch 2.0.0 for permutations and bytes; 128 hashes, seed 1 and `affine32` are its defaults.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from annotated_types import Ge, Gt, Le, Lt, MinLen

from dprep.base.operator import Words
from dprep.base.problem import Error, Problem, fail
from dprep.base.text import Text
from dprep.fit.index_kinds import Index
from dprep.fit.index_segments import append_keys, sort_keys
from dprep.fit.index_sketches import Given, sketch_units
from dprep.fit.index_sources import Choice, Unit
from dprep.kernels.minhash import Values, value_keys
from dprep.kernels.sketch import bands_for
from dprep.models.datasketch_index import FILE
from dprep.models.datasketch_values import Family, Sketching, unfilled, written
from dprep.models.index_arrays import save, save_names
from dprep.models.row_index import FORMAT, SETTINGS


class DatasketchIndex(Index):
    kind: ClassVar[str] = "datasketch"

    columns: Words = ()
    """The texts, joined by a newline. Without it: the texts of the version's task, or the column `text` of a file."""
    key: Annotated[str, MinLen(1)] | None = None
    """The column that names the rows. Without it: the id, or file and line; of a file of sketches `id`."""
    threshold: Annotated[float, Gt(0), Le(1)] = 0.8
    """The smallest share of agreeing places that can be asked of the index."""
    num_perm: Annotated[int, Ge(2), Le(65536)] | None = None
    """Hashes per text: 128, or what the sketches have."""
    seed: Annotated[int, Ge(0), Lt(2**32)] | None = None
    """Of the permutations: 1, or what the sketches have."""
    scheme: Literal["affine32", "affine64", "legacy"] | None = None
    """How hashes are permuted: `affine32`, or what the sketches have. `legacy` is that of datasketch before 2.0."""
    tokens: Literal["characters", "blank", "words"] | None = None
    """What a shingle is a run of: characters (without it, unless sketches are given), stretches between blanks, or words
    (letters, digits and `_`)."""
    ngram: Annotated[int, Ge(1), Le(64)] | None = None
    """Of how many: 5, unless sketches are given."""
    lowercase: bool | None = None
    """Whether texts are written in lower case first: no, unless sketches are given."""

    def choice(self) -> Choice:
        return Choice(self.columns, ("text",), self.key or "", self.part, self.when, self.column_names)

    def sketching(self, family: Family) -> Sketching:
        """How texts become sketches; `family`: of what is not said."""
        asked = (
            self.num_perm or family.num_perm,
            family.seed if self.seed is None else self.seed,
            self.scheme or family.scheme,
        )
        return Sketching(Family(*asked), self.tokens or "characters", self.ngram or 5, bool(self.lowercase))


def sketches_given(asked: DatasketchIndex, patterns: Sequence[str], root: Path) -> list[Unit]:
    """The files of sketches among `patterns`; empty where all hold texts. Raises Error."""
    units = sketch_units(patterns, root, asked.key or "id")
    unsaid = [name for name in ("tokens", "ngram", "lowercase") if getattr(asked, name) is None]
    if units and unsaid:
        sentence = f"`{units[0].origin}` holds sketches, and how their shingles were made is not said: {_quoted(unsaid)}"
        raise Error(
            Problem("missing-parameter", sentence, help="write `--set tokens=words --set ngram=5 --set lowercase=true`")
        )
    return units


def write_datasketch(
    asked: DatasketchIndex, units: Sequence[Unit], folder: Path, tell: Callable[[int], None]
) -> dict[str, Any]:
    """Write what `models.datasketch_index` reads; gives the details of the manifest. Holds names and the keys of one band."""
    given = Given(asked.num_perm, asked.seed, asked.scheme)
    written_rows = _Rows(asked, folder, given)
    try:
        for done, unit in enumerate(units):
            tell(done)
            for block in unit.blocks():
                written_rows.add(block.names, block.texts, unit.origin)
    finally:
        written_rows.close()
    return written_rows.finish()


class _Rows:
    """The sketches of an index, in the writing."""

    def __init__(self, asked: DatasketchIndex, folder: Path, given: Given) -> None:
        self._asked, self._folder, self._given = asked, folder, given
        self._sketching = asked.sketching(Family(128, 1, "affine32"))
        self._bands = (0, 0)
        self._names, self._least, self._filled = list[pl.Series](), list[Any](), list[Any]()
        self._pieces, self._left_out = list[tuple[int, int]](), 0
        self._keys, self._values = (folder / "keys.tmp").open("wb"), (folder / "values.tmp").open("wb")
        self._table: pq.ParquetWriter | None = None

    def add(self, names: pl.Series, content: pl.Series, origin: str) -> None:
        """Write sketches (Binary), or those of texts."""
        if content.dtype == pl.Binary:
            family, values = self._given.read(names, content, origin)
            self._sketching = self._asked.sketching(family)
            filled = ~unfilled(values)
        else:
            values, filled = self._sketching.values(Text(content))
            self._left_out += int((~filled).sum())
            values, names, filled = values[filled], names.filter(filled), filled[filled]
        if not self._bands[0]:
            self._bands = bands_for(self._asked.threshold, self._sketching.family.num_perm)
        self._write(names, values)
        self._names.append(names)
        self._filled.append(filled)

    def _write(self, names: pl.Series, values: Values) -> None:
        values.tofile(self._values)
        self._pieces.append(append_keys(self._keys, value_keys(values, *self._bands)))
        self._least.append(values.min(axis=1, initial=np.iinfo(values.dtype).max).astype(np.uint64))
        sketches = written(values, self._sketching.family)
        ids = names.to_arrow(compat_level=pl.CompatLevel.oldest())
        rows = pa.table({"id": ids, "minhash": sketches})
        if self._table is None:
            self._table = pq.ParquetWriter(self._folder / FILE, rows.schema, compression="zstd")
        self._table.write_table(rows)

    def close(self) -> None:
        """Let go of the files."""
        for file in (self._keys, self._values, self._table):
            if file is not None:
                file.close()

    def finish(self) -> dict[str, Any]:
        """Sort the keys and write the settings; gives the details of the manifest. Raises Error."""
        names = pl.concat(self._names) if self._names else pl.Series(dtype=pl.String)
        if not len(names):
            raise fail("no-rows", "there is no row to index that has a shingle", "look at `of`, `part` and `when`")
        _all_different(names)
        folder, family = self._folder, self._sketching.family
        (folder / "values.tmp").rename(folder / f"values.u{64 if family.scheme == 'affine64' else 32}")
        save_names(folder / "names", names)
        least, filled = np.concatenate(self._least), np.concatenate(self._filled)
        save(folder / "least.u64", least)
        largest = sort_keys(folder, self._pieces, np.flatnonzero(filled), least, self._bands[0])
        told = {**family._asdict(), "tokens": self._sketching.tokens, "ngram": self._sketching.ngram}
        told |= {"lowercase": self._sketching.lowercase, "bands": self._bands[0], "width": self._bands[1]}
        settings = {"format": FORMAT, **told, "threshold": self._asked.threshold}
        (folder / SETTINGS).write_text(json.dumps(settings, indent=1), encoding="utf-8")
        empty = self._left_out + int((~filled).sum())
        return {"rows": len(names), **told, "without_shingles": empty, "largest_bucket": largest}


def _all_different(names: pl.Series) -> None:
    """Raises Error where two rows have one name: an index of datasketch takes none twice."""
    again = names.filter(~names.is_first_distinct()).unique(maintain_order=True)
    if len(again):
        told = _quoted([name[:80] for name in again.head(5).to_list()])
        sentence = f"{len(again):,} id{'s are' if len(again) > 1 else ' is'} there more than once: {told}"
        raise fail("repeated-id", sentence, "name another column with `--set key=COLUMN`, or keep one row of each")


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
