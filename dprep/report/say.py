"""The words of the report's own: English sentences in the code, their Chinese beside it in `chinese/`.

A template is English with named places, `{rows} rows of {part}`; the same template is the key of its translation. A test walks
the code: every template has a translation with the same places.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal, get_args

from dprep.report import chinese

Language = Literal["en", "zh"]
LANGUAGES: tuple[str, ...] = get_args(Language)


@dataclass(frozen=True)
class Say:
    """`say("{rows} rows of {part}", rows=3, part="test")` in one language. Values are inserted as they are."""

    language: Language = "en"

    def __call__(self, template: str, /, **values: object) -> str:
        told = template if self.language == "en" else translations()[template]
        return told.format(**{name: _spelt(value) for name, value in values.items()})

    def many(self, number: int, one: str, several: str, /, **values: object) -> str:
        """`say.many(n, "{n} row", "{n} rows")`: the number is the place `n`. Chinese has no plural: `several` is translated."""
        return self(one if number == 1 and self.language == "en" else several, n=number, **values)


def _spelt(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


@cache
def translations() -> dict[str, str]:
    """English template -> Chinese, of all files in `chinese/`."""
    modules = [import_module(f"{chinese.__name__}.{found.name}") for found in iter_modules(chinese.__path__)]
    return {english: told for module in modules for english, told in module.SAID.items()}
