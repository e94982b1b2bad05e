"""kill -9 while a service is being asked, then the same command again: nothing that was answered and kept is asked twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.ipc as ipc
import pytest

from tests.models.stand_in import StandIn, serving

ROWS = 300
AT_ONCE = 16
RECIPE = """
[dataset]
name = "asked"
task = "text"

[[source]]
path = "rows.jsonl"
columns = {{ text = "text" }}

[[step]]
op = "{op}"
endpoint = "{url}"
chat_model = "stand-in"
concurrency = 4
before_split = "accepted"
{more}
"""
STEPS = {
    "augment.rewrite": 'prompt = "{text}"',
    "augment.back_translate": 'provider = "endpoint"\nsource = "eng"\nvia = ["spa"]',
}


def slowly(body: dict[str, Any]) -> str:
    time.sleep(0.005)
    told = body["messages"][-1]["content"]
    return f"again {told}" if "to eng" in body["messages"][0]["content"] or len(body["messages"]) == 1 else f"otra vez {told}"


def start(folder: Path, server: StandIn, op: str) -> subprocess.Popen[bytes]:
    """`dprep run` in a process of its own, in blocks smaller than what is asked at once, and larger."""
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE.format(op=op, url=server.url, more=STEPS[op]), encoding="utf-8")
    rows = [{"text": f"row number {chr(97 + n % 26)}{chr(97 + n // 26)} says hello"} for n in range(ROWS)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "dprep", "run", str(recipe), "--store", str(folder / "store"), "--json"],
        env={**os.environ, "DPREP_BLOCK_ROWS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def finished(process: subprocess.Popen[bytes]) -> pl.DataFrame:
    """The rows of the version that a run has made."""
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    return pl.read_parquet(Path(json.loads(out.splitlines()[-1])["path"]) / "data" / "*.parquet").sort("id")


def kill_when(process: subprocess.Popen[bytes], there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not there() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    assert process.poll() is None, process.communicate()[1].decode()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def kept(store: Path) -> int:
    """Answers that are in the cache."""
    found = 0
    for file in store.glob("cache/answers/*/a*.arrow"):
        with ipc.open_file(file) as answers:
            found += answers.read_all().num_rows
    return found


@pytest.mark.parametrize("op", STEPS)
def test_a_killed_run_asks_nothing_twice_that_was_answered_and_kept(tmp_path: Path, op: str) -> None:
    questions = 2 if op == "augment.back_translate" else 1
    with serving(slowly) as server:
        kill_when(start(tmp_path, server, op), lambda: kept(tmp_path / "store") >= 2 * AT_ONCE)
        time.sleep(0.1)
        before, asked = kept(tmp_path / "store"), server.asked.copy()
        rows = finished(start(tmp_path, server, op))
        twice = [text for text, times in server.asked.items() if times > 1]

    assert 2 * AT_ONCE <= before < ROWS, "the kill fell outside of the asking"
    assert set(server.asked) >= set(asked)
    assert sum(server.asked.values()) <= questions * (ROWS + AT_ONCE)
    assert sum(asked.values()) - len(twice) >= questions * before
    assert len(rows) == 2 * ROWS
    assert rows.filter(pl.col("text").str.starts_with("again ")).height == ROWS


def test_a_rerun_asks_nothing_and_has_the_same_rows(tmp_path: Path) -> None:
    with serving(slowly) as server:
        first = finished(start(tmp_path, server, "augment.rewrite"))
        asked = sum(server.asked.values())
        for file in sorted((tmp_path / "store" / "datasets").rglob("*"), reverse=True):
            file.unlink() if file.is_file() else file.rmdir()
        again = finished(start(tmp_path, server, "augment.rewrite"))

    assert asked == sum(server.asked.values()) == ROWS
    assert first.equals(again)
