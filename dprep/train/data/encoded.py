"""A part as the model sees it: examples in a file that is mapped, not loaded. Made once, found as long as nothing changes.

The name of the file is a hash of all that the numbers depend on: the version, the tokenizer, the template, the settings that
encoding reads, and the code that does it. A run that broke off, or another method on the same version, begins at once.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from dprep.store.commit import write_file
from dprep.train.task import Example, Unusable

if TYPE_CHECKING:
    from dprep.train.ledger.loss_ledger import Ledger
    from dprep.train.settings import Settings
    from dprep.train.task import Row, Task

CHUNK = 4_096
"""Examples of a record batch."""
Tell = Callable[[str, int, int], None]
"""What is done, rows done, rows in all."""

_READ = (
    "columns", "objective", "max_length", "max_target_length", "long_rows", "doc_stride", "supervise", "mask_share",
    "template",
)  # fmt: skip
"""Settings that encoding may depend on."""


_CODE = ("ledger/loss_lines.py", "ledger/loss_ledger.py")
"""What encoding and its ledger depend on, beside the tasks."""


@dataclasses.dataclass(frozen=True, eq=False)
class Encoded:
    """The examples of a part. Memory-mapped: what is held in memory is what was just looked at."""

    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @cached_property
    def sizes(self) -> npt.NDArray[np.int64]:
        """(examples,) tokens that each takes in a batch."""
        return self._numbers("size")

    @cached_property
    def rows(self) -> npt.NDArray[np.int64]:
        """(examples,) the place of each one's row in its part; ascending."""
        return self._numbers("row")

    @cached_property
    def supervised(self) -> npt.NDArray[np.int64]:
        """(examples,) tokens or labels that the loss is taken on."""
        return self._numbers("supervised")

    @cached_property
    def cut(self) -> npt.NDArray[np.int64]:
        """(examples,) tokens that had to go."""
        return self._numbers("cut")

    def take(self, places: Iterable[int]) -> list[dict[str, Any]]:
        """The examples at some places: runs as int64 arrays, numbers as floats, and `row`."""
        return [self._example(int(place)) for place in places]

    def with_numbers(self, name: str, values: npt.NDArray[np.float64]) -> Encoded:
        """The same examples with one more number each."""
        return Encoded(self.table.append_column(f"n.{name}", pa.array(values)))

    def _numbers(self, name: str) -> npt.NDArray[np.int64]:
        return np.asarray(self.table[name].to_numpy())

    @cached_property
    def _runs(self) -> dict[str, list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]]]:
        """For each run its chunks, as (offsets, values)."""
        names = [name for name in self.table.column_names if name.startswith("i.")]
        return {name[2:]: [_buffers(chunk) for chunk in self.table[name].chunks] for name in names}

    @cached_property
    def _singles(self) -> dict[str, npt.NDArray[np.float64]]:
        names = [name for name in self.table.column_names if name.startswith("n.")]
        return {name[2:]: np.asarray(self.table[name].to_numpy()) for name in names}

    @cached_property
    def _starts(self) -> npt.NDArray[np.int64]:
        return np.cumsum([0, *(len(chunk) for chunk in self.table["row"].chunks)])

    def _example(self, place: int) -> dict[str, Any]:
        chunk = int(np.searchsorted(self._starts, place, side="right")) - 1
        at = place - int(self._starts[chunk])
        found: dict[str, Any] = {"row": int(self.rows[place])}
        for name, chunks in self._runs.items():
            offsets, values = chunks[chunk]
            found[name] = values[offsets[at] : offsets[at + 1]].astype(np.int64)
        found.update((name, float(values[place])) for name, values in self._singles.items())
        return found


def _buffers(chunk: pa.LargeListArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    return np.asarray(chunk.offsets.to_numpy()), np.asarray(chunk.values.to_numpy())


def key(task: Task, part: str, of: str, settings: Settings, tokenizer: str, template: str) -> str:
    """32 hex digits for all that the encoding of a part depends on. of: the hash of the version; the others likewise."""
    told = settings.asked()
    said = [
        task.name,
        part,
        of,
        tokenizer,
        template,
        task.limit,
        list(task.labels),
        {name: told[name] for name in _READ},
        _code(),
    ]
    return xxhash.xxh3_128(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _code() -> str:
    """A hash of the code that encodes: whoever changes it gets new files."""
    folder = Path(__file__).parents[1]
    digest = xxhash.xxh3_128()
    for path in [*sorted((folder / "tasks").glob("*.py")), *(folder / name for name in _CODE), Path(__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def encode(task: Task, part: str, rows: Iterable[Sequence[Row]], ledger: Ledger, tell: Tell, total: int) -> Iterator[Example]:
    """The examples of rows, in order; every row goes into the ledger."""
    first = 0
    for block in rows:
        for found in task.encode(block, first):
            ledger.add(part, block[found.row - first], found)
            if isinstance(found, Example):
                yield found
        first += len(block)
        tell(f"reading {part}", first, total)


def write(path: Path, task: Task, examples: Iterable[Example]) -> None:
    """Write examples as an Arrow file, so many at once. Raises Error where the disk fails."""

    def fill(temporary: Path) -> None:
        chunks = _chunks(examples)
        first = next(chunks, [])
        schema = _schema(first)
        with pa.OSFile(str(temporary), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            for chunk in [first] if first else []:
                writer.write_batch(_batch(chunk, schema, task))
            for chunk in chunks:
                writer.write_batch(_batch(chunk, schema, task))

    write_file(path, fill)


def read(path: Path) -> Encoded:
    """What `write` wrote, mapped."""
    with pa.memory_map(str(path)) as source:
        return Encoded(pa.ipc.open_file(source).read_all())


def in_memory(task: Task, examples: Sequence[Example]) -> Encoded:
    """Examples that need no file: new rows to be judged."""
    schema = _schema(examples)
    return Encoded(pa.Table.from_batches([_batch(examples, schema, task)] if examples else [], schema))


def _chunks(examples: Iterable[Example]) -> Iterator[list[Example]]:
    chunk: list[Example] = []
    for example in examples:
        chunk.append(example)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _schema(examples: Sequence[Example]) -> pa.Schema:
    ids = sorted(examples[0].ids) if examples else ["input_ids"]
    numbers = sorted(examples[0].numbers) if examples else []
    fixed = [(name, pa.int64()) for name in ("row", "size", "supervised", "cut")]
    runs = [(f"i.{name}", pa.large_list(pa.int32())) for name in ids]
    return pa.schema([*fixed, *runs, *((f"n.{name}", pa.float64()) for name in numbers)])


def _batch(examples: Sequence[Example], schema: pa.Schema, task: Task) -> pa.RecordBatch:
    def column(name: str) -> Any:
        kind, _, rest = name.partition(".")
        if kind == "i" and rest:
            return [each.ids[rest] for each in examples]
        if kind == "n" and rest:
            return [each.numbers[rest] for each in examples]
        return [_fixed(name, each, task) for each in examples]

    return pa.record_batch([pa.array(column(name), schema.field(name).type) for name in schema.names], schema=schema)


def _fixed(name: str, example: Example, task: Task) -> int:
    if name == "size":
        return task.train_order({**example.ids, **example.numbers})
    return sum(example.cut.values()) if name == "cut" else int(getattr(example, name))


def kept_ledger(path: Path) -> Mapping[str, Any] | None:
    """What the ledger said of a part when it was encoded; None where that is not there."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


__all__ = ["Encoded", "Unusable", "encode", "in_memory", "kept_ledger", "key", "read", "write"]
