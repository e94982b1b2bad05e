"""Write the support set of `corpora/support/` from the pieces of `corpora/pieces/`: `python corpora/make_support.py [FOLDER]`.

Needs nothing but Python. The same seed gives the same bytes; `DIRT.json` lists the tickets of every kind of dirt.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from compose import Row, compose
from dirt import Book, soil

SEED = 20_250
SUPPORT = Path(__file__).parent / "support"
BROKEN_LINES = {"truncated": 8, "bare_text": 5, "single_quotes": 5, "invalid_utf8": 7}
MISSING_FIELDS = {"intent": 5, "text": 4, "body": 3}
FORM_COLUMNS = ["ticket", "from", "received", "intent", "message"]
BARE = [
    "--- forwarded message ---",
    "NULL",
    "<html><body>502 Bad Gateway</body></html>",
    "客户已挂断",
    "ticket,from,intent",
]


def file_of(row: Row) -> str:
    if row.channel == "chat":
        return "chat.jsonl.gz"
    return "form.csv" if row.channel == "form" else f"mail-{'zh' if row.language == 'zh' else 'en'}.jsonl"


def record_of(row: Row) -> dict[str, Any]:
    """The row as the help desk exports it."""
    body = {"format": "html" if row.html else "plain", "text": row.text}
    return {
        "ticket": row.ticket,
        "from": row.customer,
        "channel": row.channel,
        "received": row.received,
        "intent": row.intent,
        "body": body,
    }


def line_of(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode()


def without(record: dict[str, Any], missing: str) -> dict[str, Any]:
    if missing == "text":
        return record | {"body": {"format": record["body"]["format"]}}
    return {key: value for key, value in record.items() if key != missing}


def broken(kind: str, record: dict[str, Any], luck: random.Random) -> bytes:
    """A line that no JSON reader accepts."""
    line = line_of(record)
    match kind:
        case "truncated":
            return line_of(record | {"body": {"text": "cut"}})[: -luck.randrange(3, 30)]
        case "bare_text":
            return luck.choice(BARE).encode()
        case "single_quotes":
            return repr(record).encode()
        case _:
            return line.replace(b'"text": "', b'"text": "caf\xe9 \xff\xfe ', 1)


def json_lines(rows: list[Row], luck: random.Random, book: Book) -> list[bytes]:
    """The lines of one file: every row, and here and there a copy that lacks a field or a line that is broken."""
    lines = [line_of(record_of(row)) for row in rows]
    plain = [row for row in rows if not row.html and 10 < len(row.text) < 2000 and row.intent]
    for missing, count in MISSING_FIELDS.items():
        for row in luck.sample(plain, count):
            ticket = f"{row.ticket[0]}-{luck.randrange(40_000, 99_999)}"
            lines.insert(
                luck.randrange(len(lines)),
                line_of(without(record_of(row) | {"ticket": ticket}, missing)),
            )
            book.note("missing_field", ticket)
    return lines


def break_lines(lines: list[bytes], rows: list[Row], luck: random.Random) -> tuple[list[bytes], dict[str, list[int]]]:
    """The lines with broken ones among them, and the numbers (from 1) of the broken ones by kind."""
    marked: list[tuple[bytes, str]] = [(line, "") for line in lines]
    plain = [row for row in rows if 10 < len(row.text) < 2000]
    for kind, count in BROKEN_LINES.items():
        for row in luck.sample(plain, count):
            marked.insert(luck.randrange(len(marked)), (broken(kind, record_of(row), luck), kind))
    places: dict[str, list[int]] = {}
    for number, (_, kind) in enumerate(marked, start=1):
        if kind:
            places.setdefault(kind, []).append(number)
    return [line for line, _ in marked], places


def form_bytes(rows: list[Row], luck: random.Random, book: Book) -> bytes:
    """The web form's export: CSV with a byte-order mark, and four copies that have a field too many or too few."""
    records = [[row.ticket, row.customer, row.received, row.intent or "", row.text] for row in rows]
    plain = [record for record in records if record[3] and 60 < len(record[4]) < 400]
    for number, record in enumerate(luck.sample(plain, 4)):
        ticket = f"F-{50_000 + number}"
        records.insert(
            luck.randrange(len(records)), [ticket, *record[1:], "internal"] if number % 2 else [ticket, *record[1:3]]
        )
        book.note("wrong_field_count", ticket)
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([FORM_COLUMNS, *records])
    return "\ufeff".encode() + out.getvalue().encode()


def gzipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", filename="", mtime=0) as file:
        file.write(data)
    return out.getvalue()


def make(seed: int = SEED) -> dict[str, bytes]:
    """Every file of the set by name; the gz file before it is packed, for packing differs between zlib versions."""
    rows, book = soil(compose(seed), seed)
    random.Random(f"{seed} order").shuffle(rows)
    by_file: dict[str, list[Row]] = {}
    for row in rows:
        by_file.setdefault(file_of(row), []).append(row)
    files: dict[str, bytes] = {}
    places: dict[str, dict[str, list[int]]] = {}
    files["form.csv"] = form_bytes(by_file.pop("form.csv"), random.Random(f"{seed} form.csv"), book)
    for name, of_file in sorted(by_file.items()):
        luck = random.Random(f"{seed} {name}")
        lines = json_lines(of_file, luck, book)
        if name == "mail-en.jsonl":
            lines, places[name] = break_lines(lines, of_file, luck)
        files[name] = b"\n".join(lines) + b"\n"
    files["DIRT.json"] = _listing(seed, rows, book, places)
    return files


def _listing(seed: int, rows: list[Row], book: Book, places: dict[str, dict[str, list[int]]]) -> bytes:
    kinds = {kind: {"count": len(tickets), "tickets": sorted(tickets)} for kind, tickets in sorted(book.tickets.items())}
    listing = {
        "seed": seed,
        "rows": len(rows),
        "intents": dict(Counter(row.intent for row in rows if row.intent).most_common()),
        "languages": dict(Counter(row.language for row in rows).most_common()),
        "kinds": kinds,
        "copy_of": dict(sorted(book.copy_of.items())),
        "true_intent": dict(sorted(book.true_intent.items())),
        "broken_lines": places,
    }
    return (json.dumps(listing, ensure_ascii=False, indent=1) + "\n").encode()


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in make().items():
        path = folder / name
        if name.endswith(".gz"):  # an equal file packed by another zlib stays as it is
            if not (path.exists() and gzip.decompress(path.read_bytes()) == data):
                path.write_bytes(gzipped(data))
        else:
            path.write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SUPPORT)
