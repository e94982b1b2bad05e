"""A version of some 400 rows with a bit of everything, and its input, its rows and those it dropped, read without dprep."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet

from dprep import api

Row = dict[str, Any]

RECIPE = """\
[dataset]
name = "mixed"
seed = 11
task = "classification"
license = "CC0-1.0"

[[source]]
name = "mail"
path = "mail.jsonl"
license = "CC-BY-4.0"

[[source]]
name = "forum"
path = "forum.jsonl"

[[step]]
op = "clean.whitespace"

[[step]]
op = "filter.length"
min_words = 4
max_characters = 150

[[step]]
op = "filter.where"
name = "wanted"
condition = "lang <> 'de'"

[[step]]
op = "dedup.exact"
normalize = "case-space"
when = "lang <> 'fr'"

[[step]]
op = "dedup.minhash"
threshold = 0.8
when = "lang <> 'fr'"

[[step]]
op = "split.stratified"
ratios = { train = 7, test = 3 }
stratum = ["label"]
leak = "report"
leak_check = "near"

[[step]]
op = "augment.noise"
share = 0.5
"""

WORDS: tuple[str, ...] = ("order", "parcel", "invoice", "refund", "password", "account", "delivery", "address", "payment")
WORDS += ("card", "number", "letter", "shop", "price", "basket")
HAN = "订单包裹发票退款密码账户配送地址支付卡号信件商店价格"


@dataclass(frozen=True)
class Mixed:
    """`read`: the lines of the input, each with its source; `kept` and `dropped`: rows of the parquet files."""

    folder: Path
    store: Path
    sources: Mapping[str, Path]
    read: list[Row]
    kept: list[Row]
    dropped: list[Row]

    def kept_in(self, part: str) -> list[Row]:
        return [row for row in self.kept if row["part"] == part]


def make(folder: Path) -> Mixed:
    """Written, run with one worker, and read back."""
    sources = {name: folder / f"{name}.jsonl" for name in ("mail", "forum")}
    lines = {"mail": _mail(), "forum": _forum()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in sources.items():
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in lines[name]), encoding="utf-8")
    with sources["forum"].open("a", encoding="utf-8") as file:
        file.write('{"text": "a record that \n')
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    version = api.run(folder / "recipe.toml", store=folder / "store", workers=1).folder
    read = [{**row, "source": name} for name, rows in lines.items() for row in rows]
    return Mixed(version, folder / "store", sources, read, rows_of(version / "data"), rows_of(version / "dropped"))


def rows_of(folder: Path) -> list[Row]:
    """Of all parquet files; dropped rows have the step and reason that the files tell."""
    return [row for file in sorted(folder.glob("*.parquet")) for row in parquet.read_table(file).to_pylist()]


def _mail() -> list[Row]:
    """220 rows: English and Chinese, some with stray blanks, 20 copies, 12 that differ in a word, 10 too short."""
    rows = [_row(_english(n), n, "en") for n in range(120)]
    rows += [_row(_chinese(n), n, "zh") for n in range(58)]
    rows += [_row(f"  {_english(n).upper()}", n, "en") for n in range(20)]
    rows += [_row(f"{_english(n)} again", n, "en") for n in range(40, 52)]
    return rows + [_row(f"too short{'!' * n}", n, "en") for n in range(10)]


def _forum() -> list[Row]:
    """180 rows: English with two spaces, German that is not wanted, French that stands twice, texts that are too long."""
    rows = [_row(_english(n).replace(" ", "  ", 3), n, "en") for n in range(200, 270)]
    rows += [_row(f"bitte sagen Sie mir wo {_english(n)[9:40]} ist", n, "de") for n in range(300, 350)]
    rows += [_row(f"{_english(n)} {'very ' * n}long", n, "en") for n in range(16, 46)]
    once = [_row(f"où est {_english(n)}", n, "fr") for n in range(400, 415)]
    again = [{**row, "label": "login" if n < 4 else row["label"]} for n, row in enumerate(once)]
    return [*rows, *once, *again]


def _row(text: str, n: int, lang: str) -> Row:
    return {"text": text, "label": ("bill", "bill", "post", "login")[n % 4], "lang": lang}


def _english(n: int) -> str:
    """No two alike: five words of fifteen by the digits of a number, and the number."""
    digits = ((n * 2_654_435_761) >> shift & 0xFFFF for shift in (0, 5, 11, 17, 23))
    return f"question {' '.join(WORDS[digit % 15] for digit in digits)} case {n * 37}"


def _chinese(n: int) -> str:
    digits = ((n * 2_654_435_761) >> shift & 0xFFFF for shift in range(0, 30, 3))
    return f"请问{''.join(HAN[digit % len(HAN)] for digit in digits)}怎么办{n}"


def by(rows: list[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    """Rows by a key."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found
