"""What every chapter offers, of a version as of a run."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from dprep.report.blocks import Notice, Section
from dprep.report.say import Say

Source = TypeVar("Source", contravariant=True)
"""What it is made from: a version that was found, or a run."""


class Chapter(Protocol[Source]):
    """A file of `sections/` or `run_sections/`."""

    ID: str

    def facts(self, found: Source) -> Any: ...
    def section(self, facts: Any, say: Say) -> Section: ...
    def notices(self, facts: Any, say: Say) -> list[Notice]: ...
