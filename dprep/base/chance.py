"""Luck: one u64 per row from (recipe seed, step name, row id). There is no other chance in dprep.

The mixer is splitmix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators", fig. 17),
so inserting a step or adding rows does not reshuffle anything else.
"""

import numpy as np
import numpy.typing as npt
import polars as pl
import xxhash

from dprep.base.text import buffers

U64 = npt.NDArray[np.uint64]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)


def splitmix64(x: U64) -> U64:
    """One step of splitmix64 over an array of u64."""
    with np.errstate(over="ignore"):
        z = x + _GAMMA
        z = (z ^ (z >> np.uint64(30))) * _MIX1
        z = (z ^ (z >> np.uint64(27))) * _MIX2
        return np.asarray(z ^ (z >> np.uint64(31)), dtype=np.uint64)


def id_words(ids: pl.Series) -> U64:
    """Row ids (32 hex digits each) as an array of shape (rows, 2)."""
    if not len(ids):
        return np.zeros((0, 2), np.uint64)
    offsets, data = buffers(ids)
    digits = data[offsets[0] : offsets[-1]].tobytes()
    if len(digits) != 32 * len(ids):
        raise ValueError("a row id is 32 hex digits")
    return np.frombuffer(bytes.fromhex(digits.decode("ascii")), dtype=">u8").reshape(-1, 2).astype(np.uint64)


def luck(seed: int, step: str, ids: pl.Series, variant: int = 0) -> U64:
    """One u64 per row; a step draws further numbers from it with `splitmix64`."""
    salt = xxhash.xxh3_64_intdigest(f"{seed}\0{step}\0{variant}".encode())
    words = id_words(ids)
    return splitmix64(splitmix64(words[:, 0] ^ np.uint64(salt)) ^ words[:, 1])


def child_id(parent: str, step: str, variant: int) -> str:
    """The id of an added row: 32 hex digits from its parent, the step that made it and the variant number."""
    return xxhash.xxh3_128_hexdigest(f"{parent}\0{step}\0{variant}".encode())
