"""Versions written by hand with pyarrow: the truth that the trainer's checks are compared with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet

from dprep.store.manifest import file_hash
from dprep.store.versions import Version, open_version

Rows = Sequence[Mapping[str, Any]]


def written(folder: Path, parts: Mapping[str, Rows], task: str = "classification", **manifest: Any) -> Version:
    """A whole version with these rows, each with an `id` and an `origin`, and with the sizes and hashes of its files."""
    (folder / "data").mkdir(parents=True)
    files, counts = [], {}
    for part, rows in parts.items():
        path = folder / "data" / f"{part}-00000-of-00001.parquet"
        told = [{"id": f"{part}-{n}", "origin": f"mail.jsonl:{n}", **row} for n, row in enumerate(rows)]
        parquet.write_table(pa.Table.from_pylist(told), path)
        entry = {"path": f"data/{path.name}", "bytes": path.stat().st_size, "hash": file_hash(path), "rows": len(rows)}
        files.append(entry)
        counts[part] = len(rows)
    told = {
        "format": 1,
        "dataset": "support",
        "version": "v1",
        "task": task,
        "asked": "a" * 32,
        "got": "0123456789abcdef" * 2,
        "license": "",
        "description": "",
        "rows": {"in": sum(counts.values()), "out": sum(counts.values()), "rejected": 0, "parts": counts},
        "columns": {},
        "labels": [],
        "sources": [
            {"name": "mail", "license": "CC-BY-4.0", "files": [{"name": "mail.jsonl", "rows": 9}]},
            {"name": "论坛", "license": "MIT", "files": [{"name": "forum.jsonl", "rows": 9}]},
        ],
        "steps": [],
        "files": files,
        **manifest,
    }
    (folder / "manifest.json").write_text(json.dumps(told, ensure_ascii=False))
    return open_version(folder)


def check_step(parameters: Mapping[str, Any], *pairs: tuple[str, str, int, tuple[int, int, int]]) -> dict[str, Any]:
    """The closing step `leaks` as a manifest tells it, from (part, against, rows, (exact, child, near))."""
    told = [
        {
            "part": part,
            "against": against,
            "rows": rows,
            **dict(zip(("exact", "child", "near"), counts, strict=True)),
            "examples": [
                {
                    "why": "leak.exact",
                    "row": {"id": f"{part}-0", "origin": "a:1"},
                    "twin": {"id": f"{against}-0", "origin": "a:2"},
                }
            ]
            if any(counts)
            else [],
        }
        for part, against, rows, counts in pairs
    ]
    notes = {"leaks": sum(sum(counts) for *_, counts in pairs), "pairs": told}
    return {"name": "leaks", "op": "dedup.leaks", "parameters": parameters, "parts": None, "when": None, "notes": notes}
