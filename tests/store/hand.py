"""A small version written by hand: the truth that the tests of store and report compare with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

ASKED = "aaaa0000bbbb1111cccc2222dddd3333"
GOT = "0123456789abcdef0123456789abcdef"


def row_id(number: int) -> str:
    return f"{number:032x}"


def rows(*triples: tuple[int, str, str], part: str = "train") -> pl.DataFrame:
    """Rows of a classification set from (number, text, label)."""
    return pl.DataFrame(
        {
            "id": [row_id(number) for number, _, _ in triples],
            "origin": [f"mail.jsonl:{number}" for number, _, _ in triples],
            "part": [part] * len(triples),
            "text": [text for _, text, _ in triples],
            "label": [label for _, _, label in triples],
        },
        schema=dict.fromkeys(["id", "origin", "part", "text", "label"], pl.String),
    )


def dropped(frame: pl.DataFrame, step: str, reason: str, measured: str | None = None, twin: str | None = None) -> pl.DataFrame:
    told = {"part": None, "step": step, "reason": reason, "measured": measured, "twin": twin}
    return frame.with_columns(pl.lit(value, dtype=pl.String).alias(name) for name, value in told.items())


def manifest(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "format": 1,
        "dataset": "support",
        "version": "v1",
        "task": "classification",
        "asked": ASKED,
        "got": GOT,
        "seed": 7,
        "license": "",
        "description": "Mails of a shop | <b>& more</b>",
        "rows": {"in": 6, "out": 4, "rejected": 1, "parts": {"train": 3, "test": 1}},
        "columns": {"id": "String", "origin": "String", "part": "String", "text": "String", "label": "String"},
        "labels": ["refund", "shipping"],
        "sources": [
            {
                "name": "mail",
                "license": "CC-BY-4.0",
                "files": [{"name": "mail.jsonl", "bytes": 512, "hash": "f" * 32, "rows": 6, "rejected": 1}],
            }
        ],
        "steps": [
            {
                "name": "unicode",
                "op": "clean.unicode",
                "parameters": {"form": "NFC"},
                "columns": ["text"],
                "parts": None,
                "when": None,
                "revision": "r1",
            },
            {
                "name": "length",
                "op": "filter.length",
                "parameters": {"min_words": 2},
                "columns": ["text"],
                "parts": None,
                "when": None,
                "revision": "r2",
            },
        ],
        "libraries": {"polars": "2.1.0"},
        "files": [],
        "dprep": "0.1.0",
        "clock": {"started": "2026-01-02T03:04:05Z", "seconds": 1.25},
    }
    return {**base, **changes}


def ledger() -> dict[str, Any]:
    return {
        "steps": [
            {
                "name": "unicode",
                "op": "clean.unicode",
                "in": 6,
                "added": 0,
                "dropped": 0,
                "changed": 2,
                "out": 6,
                "reasons": {},
                "histograms": {},
                "samples": {"changed": ['- {"text": "ﬁne"}\n+ {"text": "fine"}']},
            },
            {
                "name": "length",
                "op": "filter.length",
                "in": 6,
                "added": 0,
                "dropped": 2,
                "changed": 0,
                "out": 4,
                "reasons": {"min_words": 2},
                "histograms": {"words": {"100016": 2, "100024": 3, "100032": 1}},
                "samples": {"min_words": ['- {"text": "<script>alert(1)</script>"}  # min_words']},
            },
        ],
        "clock": {"seconds": {"unicode": 0.5, "length": 0.25}},
    }


TRAIN = rows((1, "where is my parcel", "shipping"), (2, "give me the money back", "refund"), (3, "包裹 在哪里 😀", "shipping"))
TEST = rows((4, "it has not arrived", "shipping"), part="test")
DROPPED = dropped(rows((5, "hi", "refund"), (6, "<script>", "refund")), "length", "min_words", '{"words": 1}')


def write_version(
    folder: Path,
    parts: dict[str, pl.DataFrame] | None = None,
    gone: dict[str, pl.DataFrame] | None = None,
    **changes: Any,
) -> Path:
    """A whole version in `folder`: data, dropped, rejected, ledger, manifest."""
    for name in ("data", "dropped", "rejected"):
        (folder / name).mkdir(parents=True)
    parts = {"train": TRAIN, "test": TEST} if parts is None else parts
    for name, frame in parts.items():
        frame.write_parquet(folder / "data" / f"{name}-00000-of-00001.parquet")
    gone = {"2-length": DROPPED} if gone is None else gone
    for name, frame in gone.items():
        frame.write_parquet(folder / "dropped" / f"{name}.parquet")
    bad = {"file": "mail.jsonl", "line": 7, "reason": "malformed-json", "detail": "cut short", "raw": '{"text'}
    (folder / "rejected" / "mail.jsonl").write_text(json.dumps(bad) + "\n")
    counts = {name: len(frame) for name, frame in parts.items()}
    total = sum(counts.values())
    told = {"in": total + sum(map(len, gone.values())), "out": total, "rejected": 1, "parts": counts}
    (folder / "ledger.json").write_text(json.dumps(ledger()))
    (folder / "recipe.toml").write_text('[dataset]\nname = "support"\n')
    (folder / "manifest.json").write_text(json.dumps(manifest(**{"rows": told, **changes})))
    return folder
