"""The loss ledger: what becomes of every row between the version and the model, counted before step 1.

    Ledger       lines by part and source; fed by the encoding, added with `+`, kept as JSON
    judge        refuses a run that would lose more than the settings allow

What a line counts is in `loss_lines.py`, what is too much in `loss_budget.py`, how it is shown in `loss_tables.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dprep.store.versions import Version
from dprep.train.ledger import loss_tables
from dprep.train.ledger.loss_budget import judge
from dprep.train.ledger.loss_lines import Line, OpenRow
from dprep.train.task import Example, Unusable


class Ledger:
    """The lines of a run, by part and source, in the order in which they came.

    sources: name of a file -> name of its source, as `sources_of` tells; without it there is one line for each part.
    """

    def __init__(self, sources: Mapping[str, str] | None = None) -> None:
        self._sources = dict(sources or {})
        self._lines: dict[tuple[str, str], Line] = {}
        self._open: tuple[str, OpenRow] | None = None

    def add(self, part: str, row: Mapping[str, Any], said: Example | Unusable) -> None:
        """What the encoding said of a row (`id`, `origin`), in the order of the rows; examples of one row follow each other."""
        if self._open is None or self._open[0] != part or self._open[1].place != said.row:
            self._close()
            line = self._lines.setdefault((part, self._source(row)), Line())
            self._open = part, OpenRow(line, said.row, str(row.get("id", said.row)))
        self._open[1].take(said)

    @property
    def lines(self) -> dict[tuple[str, str], Line]:
        """(part, source) -> counts."""
        self._close()
        return self._lines

    @property
    def parts(self) -> dict[str, Line]:
        """Part -> the sum over its sources."""
        found: dict[str, Line] = {}
        for (part, _), line in self.lines.items():
            found[part] = found.get(part, Line()) + line
        return found

    def __add__(self, other: Ledger) -> Ledger:
        """Both together; rows of the left come before those of the right."""
        both = Ledger({**self._sources, **other._sources})
        for lines in (self.lines, other.lines):
            for place, line in lines.items():
                both._lines[place] = both._lines.get(place, Line()) + line
        return both

    def to_json(self) -> dict[str, Any]:
        """All of it, as JSON."""
        return {"lines": [{"part": part, "source": source, **line.to_json()} for (part, source), line in self.lines.items()]}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Ledger:
        """What `to_json` told."""
        ledger = cls()
        ledger._lines = {(line["part"], line["source"]): Line.from_json(line) for line in told["lines"]}
        return ledger

    def as_text(self) -> str:
        """Aligned, for a terminal."""
        return loss_tables.as_text(self)

    def as_markdown(self) -> str:
        """For cards and reports."""
        return loss_tables.as_markdown(self)

    def _source(self, row: Mapping[str, Any]) -> str:
        file = str(row.get("origin") or "").rpartition(":")[0]
        return self._sources.get(file, self._sources.get("", ""))

    def _close(self) -> None:
        if self._open is not None:
            self._open[1].enter()
            self._open = None


def sources_of(version: Version) -> dict[str, str]:
    """Name of a file, as `origin` has it, -> name of its source. Under the empty name what rows of other files come from."""
    found = {str(file["name"]): str(source["name"]) for source in version.manifest["sources"] for file in source["files"]}
    base = version.manifest.get("extends")
    return {**found, "": f"{base['dataset']}@{base['version']}"} if base else found


__all__ = ["Ledger", "Line", "judge", "sources_of"]
