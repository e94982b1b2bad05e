"""Run by tests in a process of its own: what costs memory, and how much the largest process took."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dprep.base.dedup import Sets
from dprep.engine.cluster import cluster
from dprep.engine.compare import Rule
from dprep.engine.pool import Pool

ROOT = Path(__file__).resolve().parent.parent.parent
BLOCK = 50_000

# A process counts the pages of the one that it was forked from as its own peak: so a small one starts it.
_LAUNCH = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:])
_, status, used = os.wait4(child.pid, 0)
print()
print(used.ru_maxrss // (1024 if sys.platform == "darwin" else 1), used.ru_utime + used.ru_stime)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True)
class Done:
    """A process that ended well."""

    told: dict[str, Any]
    """The JSON that it printed last."""
    mebibytes: float
    """The largest resident set of it and of its workers."""
    seconds: float
    """Of processor time."""


def run_apart(*arguments: str) -> Done:
    """Python with these arguments, in the repository."""
    command = [sys.executable, "-c", _LAUNCH, sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    *_, told, _, used = done.stdout.splitlines()
    kibibytes, seconds = used.split()
    return Done(json.loads(told), int(kibibytes) / 1024, float(seconds))


@dataclass(frozen=True)
class FormLetters:
    """Rows of made-up hashes: `shared` hashes that all have, `own` of each, and one key for all of them."""

    rows: int
    shared: int
    own: int
    first: int = 0

    @property
    def counts(self) -> Sequence[int]:
        return [min(BLOCK, self.rows - first) for first in range(0, self.rows, BLOCK)]

    @property
    def bands(self) -> int:
        return 1 if self.own else 2

    def _numbers(self, block: int) -> np.ndarray:
        return np.arange(self.first + block * BLOCK, self.first + block * BLOCK + self.counts[block], dtype=np.uint64)

    def content(self, block: int) -> np.ndarray:
        numbers = self._numbers(block) if self.own else np.zeros(self.counts[block], np.uint64)
        return np.column_stack([mixed(numbers), mixed(numbers + np.uint64(1 << 40))])

    def check(self, block: int) -> None:
        return None

    def postings(self, block: int) -> None:
        return None

    def rank(self, block: int) -> np.ndarray:
        return mixed(self._numbers(block)) >> np.uint64(40)

    def keys(self, block: int, band: int) -> np.ndarray:
        return np.full(self.counts[block], 7, np.uint64)

    def sets(self, block: int, local: np.ndarray) -> Sets:
        own = self._numbers(block)[local][:, None] * np.uint64(self.own) + np.arange(self.own, dtype=np.uint64)
        alike = np.broadcast_to(np.arange(self.shared, dtype=np.uint64) + np.uint64(1 << 50), (len(local), self.shared))
        width = self.shared + self.own
        hashes = np.sort(mixed(np.concatenate([alike, own], axis=1)), axis=1).ravel()
        return Sets(np.arange(len(local) + 1, dtype=np.int64) * width, hashes)

    def only(self, block: int) -> FormLetters:
        return FormLetters(self.counts[block], self.shared, self.own, self.first + block * BLOCK)


def mixed(numbers: np.ndarray) -> np.ndarray:
    """Numbers spread over 64 bits: the end of splitmix64."""
    spread = numbers * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        spread = (spread ^ (spread >> np.uint64(shift))) * np.uint64(factor)
    return spread ^ (spread >> np.uint64(31))


def main() -> None:
    """Cluster form letters: rows, hashes that all share, hashes of their own, whether in chains."""
    rows, shared, own, chain = map(int, sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder, Pool(1) as pool:
        found = cluster(FormLetters(rows, shared, own), Rule(0.8, chain=bool(chain)), Path(folder), pool)
        stays = len(found.row) if found.stays is None else int((found.stays == np.arange(len(found.row))).sum())
        told = {**found.notes, "stays": stays, "largest": int(found.sizes.max())}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
