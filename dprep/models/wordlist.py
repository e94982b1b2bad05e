"""jieba's word list: how often a Chinese word was counted, and what part of speech it is. Source: jieba/dict.txt (0.42.1)."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import NamedTuple

from dprep.base.problem import fail


class Counted(NamedTuple):
    times: int
    tag: str
    """jieba's: `n`, `v`, `a`, `d`, names `nr`, `ns`, `nt`, `nz`, …"""


@cache
def frequencies() -> dict[str, Counted]:
    """The words of two to five characters that were counted ten times and more. Raises Error (`missing-library`)."""
    found = importlib.util.find_spec("jieba")
    if found is None or not found.submodule_search_locations:
        sentence = "Chinese words need the library `jieba`, which is not installed"
        raise fail("missing-library", sentence, '`pip install "dprep[zh]"` installs it')
    file = Path(next(iter(found.submodule_search_locations))) / "dict.txt"
    rows = (line.split(" ") for line in file.read_text(encoding="utf-8").split("\n"))
    return {row[0]: Counted(int(row[1]), row[2]) for row in rows if len(row) == 3 and len(row[0]) < 6 and len(row[1]) > 1}
