"""Corpora of known duplicates (shared/corpora), each with the groups that people or its history made."""

from __future__ import annotations

import io
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parent.parent
CORPORA = Path(os.environ.get("DPREP_SHARED", ROOT.parent / "shared")) / "corpora"
LICENCE_WORDS = 50
"""Shorter rules (names, URLs) share a licence without a similar wording; they belong to no group."""


def texts(name: str) -> pl.DataFrame:
    """id, text, group (null: of no group) of a whole corpus, ids made from the place of a row."""
    return LOADERS[name]().with_row_index("number").select(pl.format("r{}", "number").alias("id"), "text", "group")


def _lines(path: str) -> pl.DataFrame:
    return pl.read_ndjson(CORPORA / path, infer_schema_length=None)


def _revisions() -> pl.DataFrame:
    return _lines("dup-en-pep-revisions/revisions.jsonl.zst").with_columns(pl.col("group").cast(pl.String))


def _licences() -> pl.DataFrame:
    long = pl.col("text").str.count_matches(r"\w+") >= LICENCE_WORDS
    return _lines("dup-en-licence-rules/rules.jsonl.zst").with_columns(group=pl.when(long).then("license_expression"))


def _variants() -> pl.DataFrame:
    empty = pl.col("text").str.strip_chars() == ""
    rows = _lines("dup-en-cleaneval-variants/variants.jsonl.zst")
    return rows.with_columns(group=pl.when(~empty).then(pl.col("group").cast(pl.String)))


def _laws() -> pl.DataFrame:
    """Versions of one law have titles that differ in their date."""
    title = pl.col("path").str.replace(r"(\(\d{4}-\d\d-\d\d\))?\.md$", "")
    return _lines("raw-zh-laws/laws.jsonl.zst").with_columns(
        group=pl.when(~pl.col("path").str.ends_with("_index.md")).then(title)
    )


LOADERS: dict[str, Callable[[], pl.DataFrame]] = {
    "dup-en-pep-revisions": _revisions,
    "dup-en-licence-rules": _licences,
    "dup-en-cleaneval-variants": _variants,
    "raw-zh-laws": _laws,
}


@dataclass(frozen=True)
class Records:
    """Rows of several columns, with the truth as groups or as labelled pairs."""

    rows: pl.DataFrame
    """id, the columns, and group where the truth is groups."""
    columns: tuple[str, ...]
    pairs: pl.DataFrame | None = None
    """first, second (ids), match: labelled pairs; all other pairs are of unknown kind."""


def records(name: str) -> Records:
    """A corpus of records; names in RECORDS."""
    return RECORDS[name]()


def _packed_csv(path: str) -> pl.DataFrame:
    plain = subprocess.run(["zstdcat", str(CORPORA / path)], check=True, capture_output=True).stdout
    table = pl.read_csv(io.StringIO(plain.decode("utf-8", "replace")), infer_schema=False)
    return table.rename({name: name.strip() for name in table.columns}).with_columns(pl.all().str.strip_chars())


def _febrl(number: int) -> Records:
    """rec-17-org and rec-17-dup-0 are of one group."""
    table = _packed_csv(f"dup-en-febrl/dataset{number}.csv.zst").rename({"rec_id": "id"})
    columns = tuple(name for name in table.columns if name != "id")
    return Records(table.with_columns(group=pl.col("id").str.extract(r"^(rec-\d+)-")), columns)


def _dedupe(path: str, group: str) -> Records:
    table = _packed_csv(f"dup-en-records-dedupe/{path}")
    columns = tuple(name for name in table.columns if name not in {group, "Id"})
    return Records(table.rename({group: "group"}).with_row_index("id").with_columns(pl.col("id").cast(pl.String)), columns)


def _linked() -> Records:
    """Abt and Buy: two catalogues, `unique_id` names the product in both."""
    sides = [
        _packed_csv(f"dup-en-records-dedupe/AbtBuy_{side}.csv.zst").with_columns(side=pl.lit(side)) for side in ("Abt", "Buy")
    ]
    rows = pl.concat(sides, how="diagonal").with_row_index("id").with_columns(pl.col("id").cast(pl.String))
    return Records(rows.rename({"unique_id": "group"}), ("title", "description", "price"))


def _labelled(name: str) -> Records:
    """`COL a VAL x COL b VAL y <tab> COL … <tab> 1`: the three files of one benchmark together."""
    parts = []
    for part in ("train", "valid", "test"):
        command = ["zstdcat", str(CORPORA / f"dup-en-er-pairs/{name}_{part}.txt.zst")]
        parts += subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    number: dict[tuple[str, str], int] = {}
    told = []
    for line in parts:
        left, right, match = line.split("\t")
        first, second = (number.setdefault(each, len(number)) for each in (("left", left), ("right", right)))
        told.append((str(first), str(second), match == "1"))
    fields = [dict(re.findall(r"COL (\S+) VAL (.*?)(?= COL |$)", record)) for _, record in number]
    columns = tuple(dict.fromkeys(name for each in fields for name in each))
    rows = pl.DataFrame([{name: each.get(name, "").strip() for name in columns} for each in fields])
    ids = pl.DataFrame({"id": [str(n) for n in number.values()], "side": [side for side, _ in number]})
    return Records(
        pl.concat([ids, rows], how="horizontal"), columns, pl.DataFrame(told, ["first", "second", "match"], orient="row")
    )


RECORDS: dict[str, Callable[[], Records]] = {
    "febrl-1": lambda: _febrl(1),
    "febrl-2": lambda: _febrl(2),
    "febrl-3": lambda: _febrl(3),
    "childhood-places": lambda: _dedupe("csv_example_input_with_true_ids.csv.zst", "True Id"),
    "abt-buy-catalogues": _linked,
    "amazon-google": lambda: _labelled("Structured_Amazon-Google"),
    "dblp-acm": lambda: _labelled("Structured_DBLP-ACM"),
    "abt-buy": lambda: _labelled("Textual_Abt-Buy"),
}
