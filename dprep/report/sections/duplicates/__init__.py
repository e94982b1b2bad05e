"""Duplicates: what was dropped or marked as a copy, the largest clusters side by side, and what two parts share."""

from __future__ import annotations

from dprep.report.sections.duplicates.facts import ID, facts
from dprep.report.sections.duplicates.notices import notices
from dprep.report.sections.duplicates.words import section

__all__ = ["ID", "facts", "notices", "section"]
