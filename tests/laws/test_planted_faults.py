"""The laws have teeth: operators with a planted fault are caught, by the law that is there for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.laws.laws import LAWS, Law, obey
from tests.laws.subject import Subject

_FILTER = '''
import polars as pl
from typing import ClassVar
from dprep.base.operator import Bound, Filter
from dprep.base.text import Text


class Planted(Filter):
    min_characters: int = 3
    """Fewest characters."""
    max_characters: int = 40
    """Most characters."""

    def measure(self, text: Text) -> dict[str, pl.Series]:
        return {{"characters": {measure}}}

    def bounds(self) -> list[Bound]:
        return [
            Bound("{low}", "characters", self.min_characters, "min"),
            Bound("{high}", "characters", self.max_characters, "max"),
        ]
'''

_FILTER_PAGE = '''"""Drop texts that are too short or too long.

```toml
op = "filter.planted"
max_characters = 12
```
```diff
  {"text": "just right"}
- {"text": "it"}  # min_characters
- {"text": "much, much too long"}  # max_characters
```
"""
'''

_CLEAN = """
import polars as pl
from dprep.base.operator import Clean
from dprep.base.text import Text


class Planted(Clean):
    def edit(self, text: Text) -> pl.Series:
        return {edit}
"""

_CLEAN_PAGE = '''"""Write every second word of the trade in small letters.

```toml
op = "clean.planted"
```
```diff
- {"text": "LOUD"}
+ {"text": "loud"}
  {"text": "quiet"}
```
"""
'''

_AUGMENT = """
import random
import numpy as np
import polars as pl
from dprep.base.operator import Augment
from dprep.base.text import Text


class Planted(Augment):
    def variant(self, text: Text, luck: np.ndarray, number: int) -> pl.Series:
        marks = {marks}
        return (text.series + pl.Series(marks, dtype=pl.String)).set(text.series == "", None)
"""

_AUGMENT_PAGE = '''"""Add a copy with a mark at its end.

```toml
op = "augment.planted"
```
```diff
  {"text": ""}
```
"""
'''

_GATE = """
import polars as pl
from dprep.base.gate import Gate
from dprep.base.text import Text


class Planted(Gate):
    min_growth: int = 0
    \"\"\"Fewest characters that a new text must have more than its parent.\"\"\"

    def compare(self, before: Text, after: Text) -> dict[str, pl.Series]:
        return {{"growth": {growth}}}
"""

_GATE_PAGE = '''"""Drop new rows that are shorter than their parents.

```toml
op = "gate.planted"
```
```diff
  {"text": "one"}
  {"text": "two or three", "variant": 1}
  {"text": "a parent"}
- {"text": "short", "variant": 1}  # gate.min_growth
```
"""
'''

_CHARACTERS = "text.series.str.len_chars()"
_EVEN = "[str(n % 10) for n in luck.tolist()]"
_SMALL = "text.series.str.to_lowercase()"
_GROWTH = "after.series.str.len_chars().cast(pl.Int64) - before.series.str.len_chars().cast(pl.Int64)"


def _length(measure: str = _CHARACTERS, low: str = "min_characters", high: str = "max_characters") -> tuple[str, str]:
    return "filter", _FILTER_PAGE + _FILTER.format(measure=measure, low=low, high=high)


def _edit(edit: str = _SMALL) -> tuple[str, str]:
    return "clean", _CLEAN_PAGE + _CLEAN.format(edit=edit)


def _marked(marks: str = _EVEN) -> tuple[str, str]:
    return "augment", _AUGMENT_PAGE + _AUGMENT.format(marks=marks)


def _gated(growth: str = _GROWTH) -> tuple[str, str]:
    return "gate", _GATE_PAGE + _GATE.format(growth=growth)


FAULTS = {
    "a column mean in a filter": (
        "pieces",
        "in blocks of 2: other rows came out",
        _length(f"({_CHARACTERS} / {_CHARACTERS}.mean() * 10)"),
    ),
    "a wrong reason": (
        "examples",
        '{"text": "it"}  # max_characters',
        _length(low="max_characters", high="min_characters"),
    ),
    "random numbers in an augmenter": (
        "again",
        "run again: other rows came out",
        _marked("[str(random.random()) for _ in luck]"),
    ),
    "the process's own hash in an augmenter": (
        "again",
        "gives other bytes in another process",
        _marked('[str(hash("a") + n % 10) for n in luck.tolist()]'),
    ),
    "luck ignored in an augmenter": (
        "again",
        "another seed never gave other rows",
        _marked('["!"] * len(luck)'),
    ),
    "a gate with its two sides exchanged": (
        "examples",
        '{"text": "short", "variant": 1}  # gate.min_growth',
        _gated("before.series.str.len_chars().cast(pl.Int64) - after.series.str.len_chars().cast(pl.Int64)"),
    ),
    "a row index in a cleaner": (
        "pieces",
        "other rows came out",
        _edit("pl.Series([t.lower() if n % 2 else t for n, t in enumerate(text.series)], dtype=pl.String)"),
    ),
    "a cleaner that is never done": (
        "twice",
        "run on its own output",
        _edit(f'{_SMALL}.str.replace("o", "0")'),
    ),
    "a cleaner that does nothing": (
        "books",
        "0% of",
        _edit("text.series"),
    ),
    "misspelt parameters taken": (
        "parameters",
        "takes no_such_parameter = 1",
        ("filter", _length()[1].replace("(Filter):", '(Filter):\n    model_config = {"extra": "ignore"}')),
    ),
    "an import that the core does not bring": (
        "alone",
        "`sklearn` is no dependency of the core",
        ("clean", _edit()[1].replace("import polars", "import sklearn\nimport polars")),
    ),
}
"""Fault -> the law that catches it, what the law says, the faulty operator."""


def _planted(folder: Path, family: str, source: str) -> Subject:
    """A recipe's own operator, in a folder of its own so that no other test's module is met."""
    (folder / family).mkdir()
    (folder / family / "planted.py").write_text(source, encoding="utf-8")
    return Subject(f"{family}.planted", folder)


def _law(name: str) -> Law:
    return next(law for law in LAWS if law.name == name)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_law_catches(fault: str, tmp_path: Path) -> None:
    law, sentence, (family, source) = FAULTS[fault]
    subject = _planted(tmp_path, family, source)

    with pytest.raises(AssertionError, match=rf"planted[\s\S]*{re.escape(sentence)}"):
        obey(subject, _law(law), tries=50)


@pytest.mark.parametrize("sound", [_length(), _edit(), _marked(), _gated()], ids=["filter", "clean", "augment", "gate"])
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_the_same_operator_without_the_fault_obeys(law: Law, sound: tuple[str, str], tmp_path: Path) -> None:
    if sound[0] == "augment" and law.name == "examples":
        pytest.skip("its marks are luck; the page shows a row without a variant only")
    obey(_planted(tmp_path, *sound), law)
