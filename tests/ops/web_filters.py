"""What the tests of the web quality filters share."""

from __future__ import annotations

import json

import polars as pl

from dprep.base.operator import Filter
from dprep.base.step import Step, run_step

STRANGE = (
    "",
    " \n\t\u3000\n",
    "\n\n\n",
    "!!! ... ??? --- …",
    "全部都是汉字而且没有标点",
    "שלום עולם, זה מבחן. السلام عليكم ورحمة الله.",
    "\u202eabc\u2066\x00\x07 \ufeff",
    "x" * 1_000_000,
    "word and the " * 80_000,
    "中" * 300_000,
    "{\"'<>&;\\u0000",
    "👩‍🚀 " * 1000,
)


def reasons(op: Filter, *texts: str) -> list[str | None]:
    """Why each text is dropped; None where it is kept."""
    rows = pl.DataFrame({"n": range(len(texts)), "text": texts}, schema={"n": pl.Int64, "text": pl.String})
    done = run_step(Step("under_test", "filter.under_test", op), rows)
    found = dict(zip(done.dropped["n"], done.dropped["reason"], strict=True))
    return [found.get(n) for n in range(len(texts))]


def measured(op: Filter, text: str) -> dict[str, float]:
    """The numbers of one text."""
    done = run_step(Step("under_test", "filter.under_test", op), pl.DataFrame({"text": [text]}))
    return {name: values[0] for name, values in done.measured.items()}


def gold(lines: list[str]) -> list[tuple[str, str, str, bool, str | None]]:
    """(language, filter, text, keep, reason) of a gold file."""
    rows = [json.loads(line) for line in lines]
    return [(row["language"], row["filter"], row["text"], row["keep"], row["reason"]) for row in rows]
