"""Sketches as datasketch makes them: how texts become them, and LeanMinHash's bytes.

The bytes of a sketch, little end first: the seed (8), the number of hashes (4; negative for the schemes of datasketch 2, which
say in one more byte which: 1 `affine32`, 2 `affine64`), then the hashes (4 each, 8 with `affine64`). In its native form, which
is written here, datasketch lets three bytes pass before the hashes of those schemes; both forms are read.

Source: datasketch 2.0.0, datasketch/lean_minhash.py.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from dprep.base.text import Text
from dprep.kernels.byte_shingles import Cut, sha1_heads
from dprep.kernels.minhash import Scheme, Values, minhashes, value_type

_CODES: dict[Scheme, int] = {"affine32": 1, "affine64": 2}


class Family(NamedTuple):
    """What two sketches must share to be compared."""

    num_perm: int
    seed: int
    scheme: Scheme

    def permutations(self) -> tuple[Values, Values]:
        """The numbers of every permutation, as datasketch draws them."""
        return _permutations(self)


@cache
def _permutations(family: Family) -> tuple[Values, Values]:
    from datasketch import MinHash

    a, b = MinHash(num_perm=family.num_perm, seed=family.seed, scheme=family.scheme).permutations
    return np.ascontiguousarray(a), np.ascontiguousarray(b)


@dataclass(frozen=True)
class Sketching:
    """How texts become sketches."""

    family: Family
    tokens: Cut
    ngram: int
    lowercase: bool

    def values(self, text: Text) -> tuple[Values, npt.NDArray[np.bool_]]:
        """(rows, num_perm) the hashes of each text, and (rows,) whether it has a shingle."""
        lowered = Text(text.series.str.to_lowercase()) if self.lowercase else text
        heads = sha1_heads(lowered.buffers, self.tokens, self.ngram)
        return minhashes(heads, self.family.scheme, *self.family.permutations()), np.diff(heads.rows) > 0


def written(values: Values, family: Family) -> pa.FixedSizeBinaryArray:
    """(rows,) the bytes of each sketch, as `LeanMinHash.deserialize` reads them."""
    count, seed, scheme = family
    head = struct.pack("<qi", seed, count) if scheme == "legacy" else struct.pack("<qiB3x", seed, -count, _CODES[scheme])
    heads = np.broadcast_to(np.frombuffer(head, np.uint8), (len(values), len(head)))
    whole = np.concatenate([heads, np.ascontiguousarray(values).view(np.uint8).reshape(len(values), -1)], axis=1)
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(whole.shape[1]), len(values), [None, pa.py_buffer(whole)])


class Read(NamedTuple):
    """What the bytes of sketches say. Only rows that are `sound` say anything."""

    sound: npt.NDArray[np.bool_]
    """(rows,): whether the bytes are a LeanMinHash."""
    families: tuple[Family, ...]
    """All that occur, by first occurrence."""
    family: npt.NDArray[np.int64]
    """(rows,): which one; -1 where the bytes are not sound."""


def families_of(sketches: pl.Series) -> Read:
    """Look at the first bytes and the length of every sketch; sketches: Binary, nulls allowed."""
    heads, lengths = sketches.bin.slice(0, 13).fill_null(b""), sketches.bin.size().fill_null(0).cast(pl.Int64)
    told = pl.DataFrame([heads.alias("head"), lengths.alias("length")])
    kinds = told.unique(maintain_order=True)
    found = [_family(head, length) for head, length in kinds.iter_rows()]
    families = tuple(dict.fromkeys(family for family in found if family is not None))
    numbers = pl.Series("family", [families.index(family) if family else -1 for family in found], dtype=pl.Int64)
    each = told.join(kinds.with_columns(numbers), on=["head", "length"], how="left", maintain_order="left")
    number = each.get_column("family").to_numpy()
    return Read(number >= 0, families, number)


def _family(head: bytes, length: int) -> Family | None:
    """What a sketch's first 13 bytes say, if that fits its length; with `legacy` the last of them is of a hash."""
    if len(head) < 13:
        return None
    seed, count = struct.unpack("<qi", head[:12])
    scheme = "legacy" if count > 0 else next((name for name, code in _CODES.items() if code == head[12]), "")
    lengths = {"legacy": {12 + 4 * count}, "affine32": {13 - 4 * count, 16 - 4 * count}}
    lengths["affine64"] = {13 - 8 * count, 16 - 8 * count}
    if count == 0 or length not in lengths.get(scheme, ()) or not 0 <= seed < 2**32:
        return None
    return Family(abs(count), seed, cast(Scheme, scheme))


def values_of(sketches: pl.Series, family: Family) -> Values:
    """(rows, num_perm) the hashes in the bytes; all sketches are of `family`."""
    kind = np.dtype(value_type(family.scheme)).newbyteorder("<")
    size = family.num_perm * kind.itemsize
    ends = sketches.bin.slice(-size, size) if len(sketches) else sketches
    whole = b"".join(ends.to_list())
    return np.frombuffer(whole, kind).reshape(-1, family.num_perm).astype(kind.newbyteorder("="), copy=False)


def unfilled(values: Values) -> npt.NDArray[np.bool_]:
    """(rows,): whether a sketch is one of no shingle at all, which any other such would agree with in every place."""
    most: Any = np.iinfo(values.dtype).max
    return np.asarray((values == most).all(axis=1))
