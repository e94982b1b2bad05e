"""What a model says of every row of a part, written as it goes: neither logits nor rows are ever held for more than a block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as parquet
import torch

from dprep.store.commit import write_file
from dprep.train.data.portions import ROWS, batch_of

if TYPE_CHECKING:
    from dprep.train.data.encoded import Encoded
    from dprep.train.task import Batch, Row, Task

LENGTHS = "lengths"
STRINGS = pa.list_(pa.string())
_COLUMNS: Mapping[str, pa.DataType] = {
    "id": pa.string(),
    "tags": STRINGS,
    "answers": pa.struct([("text", STRINGS), ("answer_start", pa.list_(pa.int64()))]),
    "target": pa.string(),
    "reference": pa.string(),
    "prediction": pa.string(),
    "start": pa.int64(),
    "confidence": pa.float64(),
    "probabilities": pa.list_(pa.float32()),
    "nll": pa.float64(),
    "tokens": pa.int64(),
    "characters": pa.int64(),
    "bytes": pa.int64(),
    "chosen": pa.float64(),
    "rejected": pa.float64(),
    "margin": pa.float64(),
    "cut": pa.int64(),
}
"""What a prediction may have, and how it is written."""
UNUSABLE = "unusable"
"""True for a row that the model was not asked about: its prediction is null, which no score takes for right."""


def schema(task: Task, names: Iterable[str]) -> pa.Schema:
    """The columns of predictions; those of a label depend on the task."""
    answer = {"regression": pa.float64(), "tagging": STRINGS}.get(task.name, pa.string())
    several = task.name == "classification" and task.config().get("problem_type") == "multi_label_classification"
    own = {"label": STRINGS if several else answer, "prediction": STRINGS if several else answer, UNUSABLE: pa.bool_()}
    types = {**_COLUMNS, **own}
    return pa.schema([(name, types[name]) for name in types if name in set(names)])


def said(model: Any, task: Task, encoded: Encoded, rows: Iterable[Sequence[Row]]) -> Iterator[list[dict[str, Any]]]:
    """Block by block, one prediction for each row: `id`, what the task says, what it is compared with, `cut`, `unusable`."""
    first = 0
    for block in rows:
        low, high = np.searchsorted(encoded.rows, [first, first + len(block)])
        answers = _answers(model, task, encoded, np.arange(low, high))
        yield [_prediction(task, row, first + place, encoded, answers) for place, row in enumerate(block)]
        first += len(block)


def watched(
    blocks: Iterable[list[dict[str, Any]]], what: str, total: int, tell: Callable[[str, int, int], None]
) -> Iterator[list[dict[str, Any]]]:
    """The blocks as they come, each told: what is done, rows done, rows in all."""
    done = 0
    for block in blocks:
        done += len(block)
        tell(what, min(done, total), total)
        yield block


def _prediction(task: Task, row: Row, place: int, encoded: Encoded, answers: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    low, high = (int(found) for found in np.searchsorted(encoded.rows, [place, place + 1]))
    own = [answers[at] for at in range(low, high)]
    about = {"id": row.get("id"), "cut": int(encoded.cut[low:high].sum()), UNUSABLE: low == high}
    return {**task.truth(row), **task.join(row, own), **about}


def _answers(model: Any, task: Task, encoded: Encoded, places: npt.NDArray[np.int64]) -> dict[int, dict[str, Any]]:
    """Example -> what the model said of it. Examples of like length go together; each is told in its own place."""
    found: dict[int, dict[str, Any]] = {}
    device = next(model.parameters()).device
    model.eval()
    with torch.inference_mode():
        for batch_places in _batches(encoded.sizes, places, task.settings.eval_batch_tokens):
            batch = batch_of(task, encoded, batch_places)
            batch.pop(ROWS)
            told = task.predict(model, on(batch, device))
            found.update(zip((int(place) for place in batch_places), told, strict=True))
    return found


def _batches(sizes: npt.NDArray[np.int64], places: npt.NDArray[np.int64], tokens: int) -> Iterator[npt.NDArray[np.int64]]:
    """Places of like size, at most `tokens` together when padded, at least one."""
    ordered = places[np.argsort(sizes[places], kind="stable")]
    start = 0
    while start < len(ordered):
        end = start + 1
        while end < len(ordered) and int(sizes[ordered[end]]) * (end + 1 - start) <= tokens:
            end += 1
        yield ordered[start:end]
        start = end


def on(batch: Batch, device: Any) -> Batch:
    """A batch on a device; its lengths stay on the CPU, where they are read."""
    return {
        name: value.to(device, non_blocking=True) if isinstance(value, torch.Tensor) and name != LENGTHS else value
        for name, value in batch.items()
    }


def write_predictions(path: Path, task: Task, blocks: Iterable[list[dict[str, Any]]]) -> int:
    """Write predictions as they come; gives how many. Raises Error where the disk fails."""
    count = 0

    def fill(temporary: Path) -> None:
        nonlocal count
        writer: parquet.ParquetWriter | None = None
        try:
            for block in blocks:
                if writer is None:
                    columns = schema(task, {name for row in block for name in row})
                    writer = parquet.ParquetWriter(temporary, columns)
                writer.write_table(pa.Table.from_pylist(block, schema=writer.schema))
                count += len(block)
            if writer is None:
                writer = parquet.ParquetWriter(temporary, schema(task, ["id"]))
        finally:
            if writer is not None:
                writer.close()

    write_file(path, fill)
    return count
