"""A version in a notebook: its page in a frame, its rows as a `datasets.DatasetDict`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc as ipc
import pyarrow.parquet as parquet

from dprep.base.problem import fail
from dprep.store.card import split_name
from dprep.store.commit import write_file
from dprep.store.layout import cache, check_name
from dprep.store.schema import plain_schema, read_schema

if TYPE_CHECKING:
    from datasets import DatasetDict

    from dprep.store.versions import Version

LABEL = "label"
_BATCH = 10_000


def as_html(version: Version) -> str:
    """The report of a version in a frame that can do nothing but run the page's own script; a table where it has no report."""
    page = version.folder / "report.html"
    if not page.is_file():
        return _table(version)
    told = escape(page.read_text(encoding="utf-8"), quote=True)
    style = "width:100%;height:40rem;border:1px solid #8884;border-radius:4px"
    return f'<iframe sandbox="allow-scripts" title="{escape(str(version))}" style="{style}" srcdoc="{told}"></iframe>'


def _table(version: Version) -> str:
    parts = version.manifest["rows"]["parts"]
    lines = "".join(f"<tr><th scope=row>{escape(part)}</th><td>{rows:,}</td></tr>" for part, rows in parts.items())
    head = "<tr><th scope=col>part</th><th scope=col>rows</th></tr>"
    return f"<table><caption>{escape(str(version))}</caption>{head}{lines}</table>"


def as_dataset_dict(version: Version) -> DatasetDict:
    """The parts that have rows, each on an Arrow file that is mapped, not loaded. Raises Error (`missing-extra`).

    The files are made once, beside the store's other caches, and gone with them; the labels of a classification with one label
    per row become a `ClassLabel` in the order of the card.
    """
    datasets = _library()
    labels = _class_labels(version)
    folder = _store_of(version) / "hf" / check_name(str(version.manifest["got"]))
    schema = plain_schema(read_schema(version.folder))
    found: dict[str, Any] = {}
    for part, rows in version.manifest["rows"]["parts"].items():
        if rows:
            path = folder / f"{split_name(part)}.arrow"
            if not path.is_file():
                write_file(path, partial(_write, files=version.data_files(part), schema=schema, labels=labels))
            found[split_name(part)] = _on_file(datasets, path, version, part, _features(datasets, schema, labels))
    return datasets.DatasetDict(found)


def _library() -> Any:
    try:
        import datasets
    except ImportError:
        sentence = "`to_hf` needs the library `datasets`"
        raise fail("missing-extra", sentence, "`pip install 'dprep[datasets]'` provides it") from None
    return datasets


def _store_of(version: Version) -> Path:
    """The cache of the store that the version lies in; beside the version's folder where it lies in none."""
    folder = version.folder.absolute()
    return cache(folder.parents[2]) if folder.parents[1].name == "datasets" else folder.parent / ".cache"


def _class_labels(version: Version) -> tuple[str, ...]:
    """Names of the classes, where each row has one of them; else none."""
    if version.manifest["task"] != "classification" or version.manifest["columns"].get(LABEL) != "String":
        return ()
    return tuple(str(label) for label in version.manifest.get("labels") or ())


def _features(datasets: Any, schema: pa.Schema, labels: Sequence[str]) -> Any:
    features = datasets.Features.from_arrow_schema(schema)
    if labels:
        features[LABEL] = datasets.ClassLabel(names=list(labels))
    return features


def _on_file(datasets: Any, path: Path, version: Version, part: str, features: Any) -> Any:
    m = version.manifest
    info = datasets.DatasetInfo(
        features=features, description=m.get("description", ""), license=m.get("license", ""), dataset_name=m["dataset"]
    )
    return datasets.Dataset.from_file(str(path), info=info, split=datasets.NamedSplit(split_name(part)))


def _write(place: Path, *, files: Sequence[Path], schema: pa.Schema, labels: Sequence[str]) -> None:
    """The rows of parquet files as an Arrow stream, a batch at a time."""
    if labels:
        schema = schema.set(schema.get_field_index(LABEL), pa.field(LABEL, pa.int64()))
    with pa.OSFile(str(place), "wb") as file, ipc.new_stream(file, schema) as writer:
        for batch in _batches(files):
            writer.write_batch(pa.record_batch([_column(batch, field, labels) for field in schema], schema=schema))


def _batches(files: Sequence[Path]) -> Iterator[pa.RecordBatch]:
    for path in files:
        with parquet.ParquetFile(path) as file:
            yield from file.iter_batches(batch_size=_BATCH)


def _column(batch: pa.RecordBatch, field: pa.Field, labels: Sequence[str]) -> pa.Array:
    """As the schema has it; a label becomes its number."""
    if field.name not in batch.schema.names:
        return pa.nulls(batch.num_rows, field.type)
    column = batch.column(field.name)
    if not labels or field.name != LABEL:
        return column.cast(field.type)
    numbers = pc.index_in(column.cast(pa.string()), value_set=pa.array(labels, pa.string()))
    if numbers.null_count != column.null_count:
        raise fail("broken-version", "a row has a label that the manifest does not name", "make the version again")
    return numbers.cast(pa.int64())
