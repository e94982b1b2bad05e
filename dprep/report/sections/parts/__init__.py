"""Parts and labels: how many rows of each class are where, how long texts are, what is to be doubted."""

from __future__ import annotations

from dprep.report.sections.parts.facts import ID, facts
from dprep.report.sections.parts.notices import notices
from dprep.report.sections.parts.words import section

__all__ = ["ID", "facts", "notices", "section"]
