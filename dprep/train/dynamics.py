"""How each row of train was learnt: the probability of its truth in every epoch, as it was when the row was trained on.

Kept while a run goes on (four bytes for an example and epoch, and one for whether it was right), with every checkpoint, and
written at the end as `dynamics.parquet`. No row is asked twice: what is kept comes out of the forward pass of training, so
with dropout.
Source: Swayamdipta et al. 2020, Dataset Cartography: Mapping and Diagnosing Datasets with Training Dynamics.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.parquet as parquet
import torch
from safetensors.numpy import load_file, save_file

from dprep.store.commit import guarded, write_file
from dprep.train import together

if TYPE_CHECKING:
    from dprep.train.computing.confidence import Heard
    from dprep.train.preparing import Prepared

NAME = "dynamics.parquet"
"""In the folder of a run: `id`, `epoch` (from 1), `confidence`, `right`; the lines of a row follow each other."""
MOST = 2**27
"""Numbers kept at most, half a GiB: where there are more examples times epochs, only every so many epochs are kept."""
AT_ONCE = 131_072
"""Lines written at once: a row group, in which all lines of a row stand."""
SCHEMA = pa.schema([("id", pa.string()), ("epoch", pa.int32()), ("confidence", pa.float32()), ("right", pa.bool_())])
_UNKNOWN, _RIGHT = -1, 1


class Dynamics:
    """What one process has heard. epochs: of the run, counted up where the last is not whole."""

    def __init__(self, examples: int, epochs: int) -> None:
        self._every = _every(examples, epochs)
        shape = (epochs // self._every, examples)
        self.confidence = np.full(shape, np.nan, np.float32)
        self.right = np.full(shape, _UNKNOWN, np.int8)
        self._waiting: list[tuple[int, npt.NDArray[np.int64], Heard]] = []

    def wants(self, epoch: int) -> bool:
        """Whether an epoch, counted from 0, is kept."""
        return (epoch + 1) % self._every == 0

    def add(self, epoch: int, places: npt.NDArray[np.int64], heard: Heard) -> None:
        """What a portion told of the examples at some places; it may still be on a GPU, which is not waited for."""
        self._waiting.append((epoch, places, heard))

    def settle(self) -> None:
        """Take in what was added."""
        for epoch, places, (confidence, right) in self._waiting:
            row = (epoch + 1) // self._every - 1
            self.confidence[row, places] = confidence.to("cpu", torch.float32).numpy()
            if right is not None:
                self.right[row, places] = right.to("cpu", torch.int8).numpy()
        self._waiting = []

    def save(self, folder: Path) -> None:
        """Put it into a folder, a file for each process. Raises Error where the disk fails."""
        self.settle()
        told: dict[str, Any] = {"confidence": self.confidence, "right": self.right}
        with guarded(folder):
            folder.mkdir(parents=True, exist_ok=True)
            save_file(told, str(folder / _file(together.rank())))

    def load(self, folder: Path) -> None:
        """Go on as it was in a checkpoint, of a run with the same examples and epochs; nothing where it has none."""
        path = folder / _file(together.rank())
        self._waiting = []
        if path.is_file():
            found = load_file(str(path))
            self.confidence, self.right = found["confidence"], found["right"]


def _every(examples: int, epochs: int) -> int:
    return max(1, math.ceil(examples * epochs / MOST))


def _file(rank: int) -> str:
    return f"dynamics-{rank}.safetensors"


def epochs_of(steps: int, steps_each: int) -> int:
    """Epochs that a run begins."""
    return -(-steps // steps_each)


def write(path: Path, kept: Path, prepared: Prepared, learnt: npt.NDArray[np.int64], epochs: int) -> None:
    """Write what all processes have saved in a folder; nothing where nothing was heard. Raises Error where the disk fails.

    learnt: places of the examples that the columns stand for. epochs: of the run, as `Dynamics` was told.
    """
    files = sorted(kept.glob("dynamics-*.safetensors"))
    if not files:
        return
    confidence, right = _together(files)
    if not len(confidence) or np.isnan(confidence).all():
        return
    every = _every(len(learnt), epochs)
    rows, shares, rights = _of_rows(prepared, learnt, confidence, right)

    def fill(temporary: Path) -> None:
        with parquet.ParquetWriter(temporary, SCHEMA, compression="zstd") as writer:
            for low, ids in _ids(prepared, rows, max(1, AT_ONCE // len(shares))):
                high = low + len(ids)
                writer.write_table(_table(ids, shares[:, low:high], rights[:, low:high], every), row_group_size=AT_ONCE)

    write_file(path, fill)


def _together(files: list[Path]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int8]]:
    """What the processes have heard: in an epoch an example is trained on by one of them alone."""
    found = load_file(str(files[0]))
    confidence, right = found["confidence"], found["right"]
    for file in files[1:]:
        other = load_file(str(file))
        heard = ~np.isnan(other["confidence"])
        confidence[heard], right[heard] = other["confidence"][heard], other["right"][heard]
    return confidence, right


def _of_rows(
    prepared: Prepared, learnt: npt.NDArray[np.int64], confidence: npt.NDArray[np.float32], right: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], npt.NDArray[np.int8]]:
    """From examples to rows. A row of several (windows of a long text) gets the mean of the logarithms over its tokens."""
    rows, starts = np.unique(prepared.train.rows[learnt], return_index=True)
    if len(rows) == len(learnt):
        return rows, confidence, right
    weights = prepared.train.supervised[learnt].astype(np.float64)
    means = np.empty((len(confidence), len(rows)), np.float32)
    for epoch, each in enumerate(confidence):  # one at a time, so that nothing is held in fp64 for all
        heard = ~np.isnan(each)
        logs = np.where(heard, np.log(np.maximum(each, 1e-30, where=heard, out=np.ones_like(each))), 0.0) * weights
        total = np.add.reduceat(weights * heard, starts)
        with np.errstate(invalid="ignore"):
            means[epoch] = np.exp(np.add.reduceat(logs, starts) / np.where(total > 0, total, np.nan))
    return rows, means, np.minimum.reduceat(right, starts, axis=1)


def _ids(prepared: Prepared, rows: npt.NDArray[np.int64], most: int) -> Iterator[tuple[int, pa.Array]]:
    """(place in `rows`, ids of the next ones): the ids of a part, of which only those of `rows` are told."""
    first, done = 0, 0
    for block in prepared.id_blocks("train", most):
        upto = int(np.searchsorted(rows, first + len(block)))
        if upto > done:
            yield done, compute.take(block, pa.array(rows[done:upto] - first))
        first, done = first + len(block), upto


def _table(ids: pa.Array, shares: npt.NDArray[np.float32], rights: npt.NDArray[np.int8], every: int) -> pa.Table:
    """The lines of some rows; an epoch in which a row was not trained on has none."""
    epochs = np.arange(1, len(shares) + 1, dtype=np.int32) * np.int32(every)
    confidence, right = shares.T.reshape(-1), rights.T.reshape(-1)
    heard = np.flatnonzero(~np.isnan(confidence))
    of, epoch = np.divmod(heard, len(shares))
    known = pa.array(right[heard] == _RIGHT, mask=right[heard] == _UNKNOWN)
    columns = [compute.take(ids, pa.array(of)).cast(pa.string()), epochs[epoch], confidence[heard], known]
    return pa.Table.from_arrays([pa.array(column) for column in columns], schema=SCHEMA)
