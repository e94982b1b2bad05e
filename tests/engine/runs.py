"""Runs as a user makes them, in processes of their own, over the support inbox in `corpora/`."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent

RECIPE = """
[dataset]
name = "inbox"
seed = 11
task = "classification"

[[source]]
path = ["support/mail-en.jsonl", "support/mail-zh.jsonl", "support/chat.jsonl.gz"]
columns = { text = "body.text", label = "intent", customer = "from" }

[[step]]
op = "clean.html"

[[step]]
op = "clean.unicode"

[[step]]
op = "clean.whitespace"

[[step]]
op = "tag.language"

[[step]]
op = "filter.length"
min_characters = 10
max_characters = 5000

[[step]]
op = "dedup.exact"

[[step]]
op = "dedup.minhash"
threshold = 0.7

[[step]]
op = "split.stratified"
stratum = ["label"]
unit = ["customer"]

[[step]]
op = "augment.noise"
share = 0.3
variants = 2
"""


def write_recipe(folder: Path, text: str = RECIPE) -> Path:
    """The recipe as a file."""
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


def command(recipe: Path, store: Path, *options: str) -> list[str]:
    """`dprep run` on the committed corpora."""
    return [sys.executable, "-m", "dprep", "run", str(recipe), "--root", str(ROOT / "corpora"), "--store", str(store), *options]


def environment(**more: str) -> dict[str, str]:
    """The environment of a run; `more` are DPREP_* settings."""
    return {**os.environ, **more}


def run(recipe: Path, store: Path, *options: str, code: int = 0, **settings: str) -> dict[str, Any]:
    """The JSON that a run prints last. Fails if it does not end with `code`."""
    done = subprocess.run(
        command(recipe, store, "--json", *options), env=environment(**settings), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout.splitlines()[-1]) if code == 0 else {"stderr": done.stderr}


def content(version: Path) -> dict[str, str]:
    """Hash of every file whose bytes must not depend on how the run was made."""
    folders = [version / name for name in ("data", "dropped", "rejected")]
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    assert len(files) > 5
    return {path.relative_to(version).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def books(version: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ledger and manifest without their clocks and the version's number."""
    ledger = json.loads((version / "ledger.json").read_text(encoding="utf-8"))
    manifest = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    for told in (ledger, manifest):
        told.pop("clock")
    manifest.pop("version")
    return ledger, manifest
