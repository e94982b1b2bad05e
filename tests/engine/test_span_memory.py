"""Lines and passages that repeat beyond measure: a fresh process must do with a few times the block."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

_HUGE = """
import resource, sys
import polars as pl
from dprep.base.step import Step
from dprep.engine.memory import run_rows
from dprep.ops.dedup.lines import Lines
from dprep.ops.dedup.substring import Substring

make, op = {make}, {op}
run_rows([Step("s", "dedup.x", op)], pl.DataFrame({{"id": ["0" * 32], "origin": ["t:0"], "text": ["warm"]}}))
texts = make()
rows = pl.DataFrame({{"id": [f"{{n:032x}}" for n in range(len(texts))], "origin": ["t"] * len(texts), "text": texts}})
del texts
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
result = run_rows([Step("s", "dedup.x", op)], rows)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, result.rows.get_column("text").str.len_bytes().sum())
"""


def huge(make: str, op: str) -> tuple[int, int]:
    """KiB of memory beyond the input that a fresh process takes, and the bytes of text that are left."""
    code = _HUGE.format(make=make, op=op)
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    return (int(out[0]) // (1024 if sys.platform == "darwin" else 1), int(out[1]))


LIMIT = 600 * 1024
"""KiB: reading, keeping and showing a row of 30 MB takes some 250 MB by itself."""
CASES: dict[str, tuple[str, str, Callable[[int], bool]]] = {
    "one line of 30 MB of one letter": ("lambda: ['a' * 30_000_000]", "Substring()", lambda kept: kept == 100),
    "one line of 30 MB that comes twice": (
        "lambda: [' '.join(str(n) for n in range(2_000_000)) * 2]",
        "Substring(unit='words', length=50)",
        lambda kept: 14_000_000 < kept < 16_000_000,
    ),
    "a million equal rows": ("lambda: ['this line stands a million times'] * 1_000_000", "Lines()", lambda kept: kept == 32),
    "a million equal lines": (
        "lambda: ['this line stands a million times\\n' * 1_000_000] * 2",
        "Lines()",
        lambda kept: kept == 33_000_000,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_memory_is_a_few_times_the_block_however_texts_repeat(case: str) -> None:
    make, op, right = CASES[case]
    memory, kept = huge(make, op)

    assert right(kept)
    assert memory < LIMIT
