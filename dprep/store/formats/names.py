"""The columns of a file, from its first bytes."""

from __future__ import annotations

from dataclasses import replace

from dprep.store.formats.reading import File, Reading

_FIXED = {
    "text": ["text"],
    "markdown": ["text", "path"],
    "html": ["text", "path"],
    "warc": ["text", "url", "date", "content_type"],
    "conll": ["tokens", "tags"],
}


def names_of(file: File, reading: Reading, format: str, limit: int) -> list[str] | None:
    """Top-level columns in the file's own names; None if no record could be read from its first `limit` bytes."""
    if format == "text" and reading.options.get("unit", "line") == "file":
        return ["text", "path"]
    if format in _FIXED:
        return list(_FIXED[format])
    from dprep.store.formats.read import read

    plain = replace(reading, columns={}, keep=None, types={}, constants={}, required=())
    used = 0
    for chunk in read(file, plain, block_rows=1_000, block_bytes=limit):
        used += chunk.lines
        if chunk.rows.width or used >= 10_000:
            return list(chunk.rows.columns) or None
    return None
