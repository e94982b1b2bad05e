"""Reports of real sets: sound pages, whose figures equal what is counted from the raw files and the rows kept."""

from __future__ import annotations

import csv
import io
import json
import re
import statistics
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import xxhash

from dprep import api
from dprep.report.making import gather, report
from dprep.report.reading.found import Found
from dprep.report.renderers.html_page.page import write_page
from tests.conftest import ROOT
from tests.report.pages import Page, check

Rows = list[dict[str, Any]]
HAN = re.compile("[\u2e80-\u2fd5\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u9fff\uf900-\ufad9]")
"""As Unicode's Scripts.txt has it, of the first plane."""

SMS = """
[dataset]
name = "sms"
seed = 7
task = "classification"

[[source]]
name = "sms"
path = "cls-en-smsspam/SMSSpamCollection.zst"
format = "csv"
delimiter = "\\t"
header = false
quote = ""
columns = { label = "column_1", text = "column_2" }

[[step]]
op = "clean.unicode"

[[step]]
op = "clean.whitespace"

[[step]]
op = "filter.length"
min_words = 0
max_characters = 150

[[step]]
op = "dedup.exact"

[[step]]
op = "split.stratified"
ratios = { train = 8, validation = 1, test = 1 }
stratum = ["label"]

[[step]]
op = "augment.eda"
operations = ["swap", "delete"]
when = "label = 'spam'"
"""
LAWS = """
[dataset]
name = "laws"
seed = 7
task = "text"

[[source]]
name = "laws"
path = "raw-zh-laws/laws.jsonl.zst"
columns = { text = "text" }

[[step]]
op = "filter.length"
min_words = 0
min_characters = 400
max_characters = 4000

[[step]]
op = "dedup.minhash"
threshold = 0.7

[[step]]
op = "split.stratified"
ratios = { train = 9, test = 1 }
"""


@dataclass(frozen=True)
class Case:
    """`texts`: columns of the task; `step`: every so many records of the raw files are taken."""

    recipe: str
    files: Mapping[str, str]
    texts: tuple[str, ...] = ("text",)
    step: int = 1


CASES = {
    "banking77": Case("banking77.toml", {"train": "cls-en-banking77/train.csv.zst", "test": "cls-en-banking77/test.csv.zst"}),
    "sms": Case(SMS, {"sms": "cls-en-smsspam/SMSSpamCollection.zst"}),
    "alpaca-en-zh": Case(
        "alpaca.toml",
        {"en": "sft-en-alpaca/alpaca_en.jsonl.zst", "zh": "sft-zh-alpaca/alpaca_zh.jsonl.zst"},
        ("prompt", "completion"),
        40,
    ),
    "debian-manuals": Case(
        "debian-html.toml",
        {
            "handbook": "raw-multi-debian-html/debian_handbook.jsonl.zst",
            "manuals": "raw-multi-debian-html/debian_docs.jsonl.zst",
        },
        step=12,
    ),
    "pep-revisions": Case("pep-revisions.toml", {"source-1": "dup-en-pep-revisions/revisions.jsonl.zst"}, step=8),
    "laws": Case(LAWS, {"laws": "raw-zh-laws/laws.jsonl.zst"}, step=10),
}


@dataclass(frozen=True)
class Made:
    """A version, its facts and page; `raw`: its records by source, as they lie in the files."""

    name: str
    folder: Path
    files: Mapping[str, Path]
    raw: Mapping[str, Rows]
    facts: dict[str, Any]
    page: Page

    @property
    def kept(self) -> Rows:
        return rows_of(self.folder / "data")

    @property
    def dropped(self) -> Rows:
        return rows_of(self.folder / "dropped")


@pytest.fixture(scope="module", params=list(CASES))
def made(request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    case, root = CASES[request.param], tmp_path_factory.mktemp(request.param)
    files = {name: root / path for name, path in case.files.items()}
    raw = {name: cut(shared / "corpora" / path, root / path, case.step) for name, path in case.files.items()}
    text = case.recipe if "\n" in case.recipe else (ROOT / "recipes" / case.recipe).read_text(encoding="utf-8")
    (root / "recipe.toml").write_text(text, encoding="utf-8")
    folder = api.run(root / "recipe.toml", root=root, store=root / "store", workers=1).folder
    facts = json.loads(json.dumps(gather(Found.of(folder)).to_json()["chapters"], default=str))
    page = check((folder / "report.html").read_text(encoding="utf-8"), f"{request.param}@v1")
    return Made(request.param, folder, files, raw, facts, page)


def cut(source: Path, target: Path, step: int) -> Rows:
    """Every so many records, written to `target` and read by hand."""
    with pa.OSFile(str(source)) as file, pa.CompressedInputStream(file, "zstd") as stream:
        data = stream.read()
    if step > 1:
        data = b"".join(data.splitlines(keepends=True)[::step])
    target.parent.mkdir(parents=True, exist_ok=True)
    with pa.OSFile(str(target), "wb") as file, pa.CompressedOutputStream(file, "zstd") as written:
        written.write(data)
    text = data.decode("utf-8")
    if ".csv" in source.name:
        return [{**row, "label": row["category"]} for row in csv.DictReader(io.StringIO(text, newline=""))]
    if ".jsonl" in source.name:
        return [named(json.loads(line)) for line in text.split("\n") if line]
    return [dict(zip(("label", "text"), line.split("\t"), strict=True)) for line in text.rstrip("\n").split("\n")]


def named(row: dict[str, Any]) -> dict[str, Any]:
    """Columns as the recipes call them."""
    other = {"prompt": "instruction", "completion": "output", "text": "html"}
    return {**row, **{ours: row[theirs] for ours, theirs in other.items() if theirs in row}}


def rows_of(folder: Path) -> Rows:
    return [row for file in sorted(folder.glob("*.parquet")) for row in parquet.read_table(file).to_pylist()]


def characters(made: Made, row: dict[str, Any]) -> int:
    return sum(len(row[name] or "") for name in CASES[made.name].texts)


def test_rows_read_are_the_records_of_the_files(made: Made) -> None:
    count = sum(map(len, made.raw.values()))

    assert made.facts["funnel"]["rows_in"] == count > 100
    assert made.page.cell("funnel", "read", "Out", "Characters out") == f"{count:,}"
    read = {each["name"]: each["read"] for each in made.facts["funnel"]["by"][0]["groups"]}
    assert {name: read.get(name) for name in made.raw if len(made.raw) > 1} == {
        name: len(rows) for name, rows in made.raw.items() if len(made.raw) > 1
    }


def test_characters_read_are_those_of_the_texts(made: Made) -> None:
    count = sum(characters(made, row) for rows in made.raw.values() for row in rows)

    assert made.facts["funnel"]["lines"][0]["characters"]["out"] == count
    assert made.page.cell("funnel", "read", "Characters out") == f"{count:,}"


def test_characters_kept_and_their_median_are_those_of_the_rows(made: Made) -> None:
    assert made.facts["funnel"]["lines"][-1]["characters"]["out"] == sum(characters(made, row) for row in made.kept)
    for said in made.facts["parts"]["lengths"][0]["groups"]:
        sizes = [characters(made, row) for row in made.kept if (row.get("part") or "train") == said["name"]]
        assert (said["rows"], said["median"], said["most"]) == (len(sizes), statistics.median(sizes), max(sizes))


def test_every_step_dropped_the_rows_that_lie_in_its_file(made: Made) -> None:
    dropped = Counter((row["step"], row["reason"]) for row in made.dropped)
    said = {
        (line["stage"]["name"], reason): rows
        for line in made.facts["funnel"]["lines"]
        for reason, rows in line["stage"]["reasons"].items()
    }

    assert said == dropped
    (verdict,) = made.page.root.all("div", class_="verdict")
    assert f"{len(made.kept):,} out" in verdict.text
    step, reason = max(dropped, key=lambda each: dropped[each])
    assert f"Most went at {step}, reason {reason} ({dropped[step, reason]:,})" in verdict.text


def test_parts_hold_the_rows_of_their_files(made: Made) -> None:
    counts = Counter(row.get("part") or "train" for row in made.kept)

    assert {each["name"]: each["rows"] for each in made.facts["parts"]["parts"]} == counts
    (grid,) = [grid for grid in made.page.tables("parts") if grid.caption == "Rows of each part"]
    shown = {(line[0], line[1]) for line in grid.lines}
    for part, count in counts.items():
        assert (part, f"{count:,}") in shown


def test_inputs_are_told_with_their_bytes_and_hash(made: Made) -> None:
    listed = [file for source in made.facts["lineage"]["sources"] for file in source["listed"]]

    assert {(file["hash"], file["bytes"]) for file in listed} == {
        (xxhash.xxh3_128_hexdigest(path.read_bytes()), path.stat().st_size) for path in made.files.values()
    }
    assert {file["hash"] for file in listed} <= {
        cell for grid in made.page.tables("lineage") for line in grid.lines for cell in line
    }


def test_han_characters_are_counted_as_they_stand(made: Made) -> None:
    """In the first 1,000 characters of each text, as the chapter says, where it has read every row."""
    read = {each["part"]: each["read"] == each["rows"] for each in made.facts["portrait"]["read"]}
    whole = [said for said in made.facts["portrait"]["characters"]["parts"] if read[said["part"]]]
    for said in whole:
        rows = [row for row in made.kept if row["part"] == said["part"]]
        texts = ["\n".join(row[name][:1_000] for name in CASES[made.name].texts) for row in rows]
        assert dict(said["scripts"]).get("han", 0) == sum(len(HAN.findall(text)) for text in texts)
        assert said["characters"] == sum(map(len, texts))
    assert whole or made.name == "laws"


def test_pages_in_chinese_are_as_sound(made: Made) -> None:
    check(write_page(report(gather(Found.of(made.folder)), "zh")), f"{made.name}@v1")


def own_figures_of_banking77(made: Made) -> None:
    """Labels by part; equal letters are dropped, rows of train before those of test."""
    labels = {part: Counter(row["label"] for row in made.kept if row["part"] == part) for part in ("train", "test")}
    for each in made.facts["parts"]["labels"]["largest"]:
        names = dict(zip(made.facts["parts"]["labels"]["parts"], each["rows"], strict=True))
        assert (names["train"], names["test"]) == (labels["train"][each["label"]], labels["test"][each["label"]])
    assert made.facts["parts"]["labels"]["classes"] == len({row["label"] for row in made.raw["train"]}) == 77
    letters = [re.sub(r"[\W_]+", "", row["text"].lower()) for rows in made.raw.values() for row in rows]
    assert made.page.cell("duplicates", "exact", "Dropped", "Clusters") == str(len(letters) - len(set(letters)))


def own_figures_of_sms(made: Made) -> None:
    """Spam and ham as they were read; messages that are too long; what was made of spam."""
    raw = Counter(row["label"] for row in made.raw["sms"])
    read = {each["name"]: each["read"] for each in made.facts["funnel"]["by"][-1]["groups"]}
    assert read == dict(raw)
    long = sum(len(" ".join(normalize("NFC", row["text"]).split())) > 150 for row in made.raw["sms"])
    bounds = {each["parameter"]: each["beyond"] for each in made.facts["steps"]["steps"][3]["bounds"]}
    assert bounds["max_characters"] == long
    new = [row for row in made.kept if row["made_by"]]
    assert {row["label"] for row in new} == {"spam"}
    assert made.page.cell("funnel", "eda", "Rows made") == str(len(new))


def own_figures_of_alpaca(made: Made) -> None:
    """Rows with the marks of a refusal, and those whose answer is empty."""
    rows = [row for rows in made.raw.values() for row in rows]
    answered = [row for row in rows if row["completion"].strip()]
    marked = sum("<noinput>" in row["input"].lower() or "<nooutput>" in row["completion"].lower() for row in answered)
    dropped = {line["stage"]["name"]: line["stage"]["dropped"] for line in made.facts["funnel"]["lines"]}
    assert (dropped["answered"], dropped["no-refusal-marks"]) == (len(rows) - len(answered), marked)
    assert made.page.cell("funnel", "answered", "Dropped", "Changed") == f"{len(rows) - len(answered):,}"


def own_figures_of_debian(made: Made) -> None:
    """Pages in languages that are not wanted; no kept row is in another language than its page says."""
    wanted = {"en", "de", "fr", "es", "it", "pt", "ru", "ja", "zh"}
    others = sum(row["lang"][:2] not in wanted for rows in made.raw.values() for row in rows)
    assert made.page.cell("funnel", "languages", "Dropped", "Changed") == f"{others:,}"
    assert made.facts["funnel"]["lines"][1]["stage"]["dropped"] == others
    counts = Counter(row["lang"] for row in made.kept)
    said = {each["name"]: each["out"] for each in made.facts["funnel"]["by"][-1]["groups"] if each["out"]}
    assert {name: said.get(name) for name in counts} == dict(counts)
    assert len(counts) >= 5


def own_figures_of_revisions(made: Made) -> None:
    """No proposal is in two parts, and clusters hold as many rows as name the same one."""
    parts: dict[str, set[str]] = {}
    for row in made.kept:
        parts.setdefault(row["proposal"], set()).add(row["part"])
    assert all(len(found) == 1 for found in parts.values())
    copies = Counter(row["twin"] for row in made.dropped if row["step"] == "minhash")
    said = next(each for each in made.facts["duplicates"]["steps"] if each["name"] == "minhash")
    assert said["clusters"]["count"] == len(copies)
    assert made.page.cell("duplicates", "minhash", "Clusters") == f"{len(copies):,}"
    assert max(each["size"] for each in said["clusters"]["largest"]) == max(copies.values()) + 1


def own_figures_of_laws(made: Made) -> None:
    """Laws that are too short or too long for the bounds, which nothing cleans before."""
    sizes = [len(row["text"]) for row in made.raw["laws"]]
    bounds = {each["parameter"]: each["beyond"] for each in made.facts["steps"]["steps"][1]["bounds"]}
    assert bounds == {
        "min_words": 0,
        "min_characters": sum(size < 400 for size in sizes),
        "max_characters": sum(size > 4000 for size in sizes),
    }
    assert made.page.cell("steps", "max_characters", "Rows that it alone would drop") == str(bounds["max_characters"])


OWN: Mapping[str, Callable[[Made], None]] = {
    "banking77": own_figures_of_banking77,
    "sms": own_figures_of_sms,
    "alpaca-en-zh": own_figures_of_alpaca,
    "debian-manuals": own_figures_of_debian,
    "pep-revisions": own_figures_of_revisions,
    "laws": own_figures_of_laws,
}


def test_figures_of_its_own_are_those_of_the_raw_files(made: Made) -> None:
    OWN[made.name](made)
