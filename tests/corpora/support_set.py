"""Read the support set without dprep: the standard library alone, so that the truth does not come from the code under test."""

from __future__ import annotations

import csv
import gzip
import html
import io
import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import ftfy

CORPORA = Path(__file__).parents[2] / "corpora"
SUPPORT = CORPORA / "support"
JSON_FILES = ("mail-en.jsonl", "mail-zh.jsonl", "chat.jsonl.gz")


@cache
def listing() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SUPPORT / "DIRT.json").read_text("utf-8"))
    return found


def tickets(kind: str) -> list[str]:
    found: list[str] = listing()["kinds"][kind]["tickets"]
    return found


def lines(name: str) -> list[bytes]:
    data = (SUPPORT / name).read_bytes()
    return (gzip.decompress(data) if name.endswith(".gz") else data).split(b"\n")[:-1]


def parsed(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line.decode("utf-8"))
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


@cache
def form_records() -> list[list[str]]:
    return list(csv.reader(io.StringIO((SUPPORT / "form.csv").read_text("utf-8-sig"), newline="")))


@cache
def records() -> dict[str, dict[str, Any]]:
    """Every readable record by its ticket, as `{intent, text}`, a missing field left out."""
    found: dict[str, dict[str, Any]] = {}
    for name in JSON_FILES:
        for record in filter(None, map(parsed, lines(name))):
            row = {"intent": record["intent"]} if "intent" in record else {}
            if "text" in record.get("body", {}):
                row["text"] = record["body"]["text"]
            found[record["ticket"]] = row
    header, *rest = form_records()
    for fields in rest:
        if len(fields) == len(header):
            found[fields[0]] = {"intent": fields[3] or None, "text": fields[4]}
    return found


def cleaned(text: str) -> str:
    """Tags, entities, mojibake, full-width forms and invisible characters away."""
    if "</" in text:
        text = re.sub(r"<(style|script|title)\b.*?</\1>|<!--.*?-->", " ", text, flags=re.DOTALL)
        text = re.sub(r"<[^>]+>", " ", text)
    text = unicodedata.normalize("NFKC", ftfy.fix_text(html.unescape(html.unescape(text))))
    seen = "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cf"))
    return " ".join(seen.split())


@cache
def unique_rows() -> dict[str, str]:
    """Intent by cleaned text, of rows that have both; a text is taken once, a giant one not at all."""
    found: dict[str, str] = {}
    for record in records().values():
        raw = record.get("text", "")
        text = cleaned(raw) if len(raw) < 100_000 else ""
        if text and record.get("intent"):
            found.setdefault(text, record["intent"])
    return found
