"""The funnel: rows and characters through every step, by reason, by source, by language, by label, and what was added."""

from __future__ import annotations

from dprep.report.sections.funnel.facts import ID, facts
from dprep.report.sections.funnel.notices import notices
from dprep.report.sections.funnel.words import section

__all__ = ["ID", "facts", "notices", "section"]
