"""Each step: what it did, with samples, every number it measured, and the rows nearest to its bounds."""

from __future__ import annotations

from dprep.report.sections.steps.facts import ID, facts
from dprep.report.sections.steps.words import notices, section

__all__ = ["ID", "facts", "notices", "section"]
