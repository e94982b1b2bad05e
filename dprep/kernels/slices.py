"""Many short pieces of a buffer, copied side by side: words as an Arrow string column, without a Python object for any."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.text import from_buffers
from dprep.kernels.jit import njit


@njit(cache=True, nogil=True)
def _copy(data, starts, offsets, out):  # type: ignore[no-untyped-def]
    for i in range(len(starts)):
        length = offsets[i + 1] - offsets[i]
        out[offsets[i] : offsets[i + 1]] = data[starts[i] : starts[i] + length]


def gathered(
    data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """data[starts[i]:ends[i]] side by side: (pieces + 1,) offsets, and the bytes."""
    offsets = np.zeros(len(starts) + 1, np.int64)
    np.cumsum(ends - starts, out=offsets[1:])
    out = np.empty(offsets[-1], np.uint8)
    _copy(data, starts, offsets, out)
    return offsets, out


def pieces(data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> pl.Series:
    """The String series of data[starts[i]:ends[i]]."""
    return from_buffers(*gathered(data, starts, ends))
