"""What a step masks is nowhere in what a run leaves and in what the commands show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dprep import api
from dprep.engine.preview import preview
from dprep.engine.why import why
from dprep.plan.check import check
from dprep.recipe.read import read_recipe
from dprep.store.layout import cache
from dprep.store.versions import open_version

SECRETS = {
    "email": ("quentin.zeller@postbox-zz.org", "quentin.zeller"),
    "phone": ("+44 20 7031 4422", "7031 4422"),
    "card": ("4242424242424242", "42424242"),
    "cn_id": ("11010519491231002X", "19491231002"),
    "secret": ("password=Qz7xK2mW9tRb", "Qz7xK2mW9tRb"),
}
RECIPE = """\
[dataset]
name = "masked"
seed = 7

[[source]]
path = "rows.jsonl"

[[step]]
op = "clean.whitespace"

[[step]]
op = "clean.pii"

[[step]]
op = "filter.length"
min_words = 6

[[step]]
op = "dedup.exact"

[[step]]
op = "split.stratified"
ratios = { train = 1, test = 1 }
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("masked")
    rows = []
    for number, (value, _) in enumerate(SECRETS.values()):
        rows += [
            {"text": f"short  {value}"},
            {"text": f"a longer  text, number {number}, that tells of {value} among other things"},
            {"text": f"one text twice  over,  with {value} in it"},
            {"text": f"one text twice over, with {value} in it"},
            {"text": f"nothing of anybody stands in this text of number {number}"},
        ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    api.run(folder / "recipe.toml", store=folder / "store", workers=1)
    return folder


def leaks(data: bytes) -> list[str]:
    return [kind for kind, (_, telling) in SECRETS.items() if telling.encode() in data]


def test_no_file_of_a_version_holds_what_was_masked(store: Path) -> None:
    """Parquet is looked into as rows: pages are compressed. The cache is left out: it holds blocks from before the step."""
    import polars as pl

    files = [file for file in (store / "store").rglob("*") if file.is_file() and cache(store / "store") not in file.parents]
    assert {"report.html", "ledger.json", "manifest.json"} <= {file.name for file in files}
    rows = 0
    for file in files:
        if file.suffix == ".parquet":
            frame = pl.read_parquet(file)
            rows += len(frame)
            assert not leaks(frame.write_json().encode()), file.name
        assert not leaks(file.read_bytes()), file.name
    assert rows == 25
    ledger = next(file for file in files if file.name == "ledger.json").read_text()
    assert "[EMAIL]" in ledger
    assert '"email"' in ledger


def test_the_first_mask_is_needed(store: Path) -> None:
    """The search finds what is there: without the masking step the same files leak."""
    folder = store / "open"
    folder.mkdir()
    (folder / "rows.jsonl").write_bytes((store / "rows.jsonl").read_bytes())
    (folder / "recipe.toml").write_text(RECIPE.replace('[[step]]\nop = "clean.pii"\n\n', ""), encoding="utf-8")
    version = api.run(folder / "recipe.toml", store=folder / "store", workers=1).folder
    assert len(leaks((version / "ledger.json").read_bytes())) == len(SECRETS)


def test_why_shows_masks_only(store: Path) -> None:
    version = open_version(next((store / "store" / "datasets" / "masked").glob("v1")))
    told = ["\n".join(why(version, f"rows.jsonl:{line}", store).lines()) for line in range(1, 26)]
    assert sum("[EMAIL]" in tale for tale in told) == 4
    for tale in told:
        assert "clean.pii" in tale or "pii" in tale
        assert not leaks(tale.encode()), tale


def test_preview_shows_masks_only(store: Path) -> None:
    plan, _ = check(read_recipe(store / "recipe.toml"))
    assert plan is not None
    told = "\n".join(line for view in preview(plan, 25).steps for line in view.lines)
    assert "[EMAIL]" in told
    assert not leaks(told.encode()), told
