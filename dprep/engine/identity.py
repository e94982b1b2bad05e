"""Row ids: content hashes that do not change when other rows come, go or move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
import xxhash

from dprep.base.text import buffers
from dprep.engine.spread import Spread, equal_pairs

U64 = npt.NDArray[np.uint64]


def content_ids(source: str, rows: pl.DataFrame, columns: Sequence[str], json_text: frozenset[str]) -> U64:
    """xxh3_128 over (source name, canonical JSON of `columns`), as u64 pairs of shape (rows, 2).

    `json_text` names the columns that already hold JSON, which goes in as it stands.
    """
    names = sorted(columns)
    lists = [_values(rows.get_column(name), name in json_text) for name in names]
    head = source.encode() + b"\0"
    pairs = zip(*lists, strict=True) if names else [()] * len(rows)
    # the fields of a Parquet struct stand as the file has them; the names of columns are sorted already
    option = orjson.OPT_SORT_KEYS if any(dtype.is_nested() for dtype in map(rows.schema.__getitem__, names)) else 0
    digests = b"".join(
        xxhash.xxh3_128_digest(head + orjson.dumps(dict(zip(names, values, strict=True)), default=str, option=option))
        for values in pairs
    )
    return np.frombuffer(digests, dtype=">u8").reshape(-1, 2).astype(np.uint64)


def _values(series: pl.Series, holds_json: bool) -> list[object]:
    values: list[object] = series.to_list()
    return [None if v is None else orjson.Fragment(str(v)) for v in values] if holds_json else values


def row_hashes(rows: pl.DataFrame) -> int:
    """Sum mod 2**128 over rows of xxh3_128 of the row: `got` is the sum over all blocks.

    A row's bytes are the JSON list of its column names, that of its values in their order, texts replaced by their length in
    bytes, then the texts: so they go to the hash from Arrow's buffers, without becoming Python strings.
    """
    names = sorted(rows.columns)
    named = orjson.dumps(names)
    texts = [buffers(rows.get_column(name).fill_null("")) for name in names if rows.schema[name] == pl.String]
    sizes = rows.select(pl.col(n).str.len_bytes() if rows.schema[n] == pl.String else pl.col(n) for n in names)
    heads = zip(*(sizes.get_column(name).to_list() for name in names), strict=True)
    ends = zip(*(text.offsets[1:].tolist() for text in texts), strict=True)
    views = [memoryview(text.data.data) for text in texts]
    starts = [int(text.offsets[0]) for text in texts]
    total = 0
    for values, stops in zip(heads, ends, strict=True):
        digest = xxhash.xxh3_128(named + orjson.dumps(values, default=str, option=orjson.OPT_SORT_KEYS))
        for view, start, stop in zip(views, starts, stops, strict=True):
            digest.update(view[start:stop])
        starts = stops  # type: ignore[assignment]
        total += digest.intdigest()
    return total % (1 << 128)


@dataclass(frozen=True)
class Repeats:
    """Rows whose content came before: their places in the input, ascending, and how often it came before."""

    places: npt.NDArray[np.int64]
    occurrence: npt.NDArray[np.int64]

    def within(self, start: int, stop: int) -> Repeats:
        """Those of rows start <= place < stop, places counted from `start`."""
        a, b = np.searchsorted(self.places, [start, stop])
        return Repeats(self.places[a:b] - start, self.occurrence[a:b])


def repeats(ids: Iterable[U64], rows: int, folder: Path) -> Repeats:
    """The rows that repeat an earlier row; `ids`: (n, 2) each, `rows` together.

    Memory: 16 bytes per row that repeats, twice as much for a moment. Many rows are sorted through files in `folder`.
    """
    places, occurrence = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    start = 0
    with Spread(rows, folder) as spread:
        for some in ids:
            spread.add(np.column_stack([some, np.arange(start, start + len(some), dtype=np.uint64)]))
            start += len(some)
        for part in spread.parts():
            order, starts = equal_pairs(part)
            nth = np.arange(len(order)) - np.repeat(starts[:-1], np.diff(starts))
            places.append(part[order[nth > 0], 2].astype(np.int64))
            occurrence.append(nth[nth > 0])
    found, counts = np.concatenate(places), np.concatenate(occurrence)
    del places, occurrence
    ascending = np.argsort(found)
    return Repeats(found[ascending], counts[ascending])


def final_ids(ids: U64, repeated: Repeats) -> pl.Series:
    """32 hex digits per row; a repeated row has its occurrence number folded in."""
    text = ids.astype(">u8").tobytes().hex()
    out = [text[i : i + 32] for i in range(0, len(text), 32)]
    for place, nth in zip(repeated.places.tolist(), repeated.occurrence.tolist(), strict=True):
        out[place] = xxhash.xxh3_128_hexdigest(bytes.fromhex(out[place]) + int(nth).to_bytes(8, "big"))
    return pl.Series("id", out, dtype=pl.String)
