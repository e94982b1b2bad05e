"""Two versions side by side: which rows, which steps, which distributions differ. A report of its own, not a chapter."""

from __future__ import annotations

from dataclasses import dataclass

from dprep.report.reading.found import Found
from dprep.report.sections.against.funnels import FunnelsFacts, funnels_facts
from dprep.report.sections.against.inputs import InputsFacts, inputs_facts
from dprep.report.sections.against.rows import MovedFacts, RowsFacts, moved_facts, rows_facts
from dprep.report.sections.against.shifts import ShiftsFacts, shifts_facts


@dataclass(frozen=True)
class Side:
    """One of the two versions."""

    name: str
    short: str
    """Such as `v2`: enough to tell it from the other."""
    task: str
    rows: int
    seed: int
    got: str
    asked: str
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class AgainstFacts:
    """The way from `old` to `new`."""

    old: Side
    new: Side
    rows: RowsFacts
    moved: MovedFacts
    inputs: InputsFacts
    funnels: FunnelsFacts
    shifts: ShiftsFacts

    @property
    def same(self) -> bool:
        """Whether both hold the same rows in the same parts."""
        return self.old.got == self.new.got


def facts(new: Found, old: Found) -> AgainstFacts:
    """All that is comparable of two versions, of one dataset or of two. Takes about 300 bytes per row of both."""
    return AgainstFacts(
        _side(old, new),
        _side(new, old),
        rows_facts(new, old),
        moved_facts(new, old),
        inputs_facts(new, old),
        funnels_facts(new, old),
        shifts_facts(new, old),
    )


def _side(found: Found, other: Found) -> Side:
    told, name = found.manifest, _name(found)
    alike = told["dataset"] == other.manifest["dataset"]
    short = told["version"] if alike and told["version"] != other.manifest["version"] else name
    if name == _name(other):  # two trials, or a version and its copy
        short = f"{name}, {told['got'][:8]}"
    overrides = tuple(str(text) for text in told.get("overrides", ()))
    return Side(name, short, told["task"], told["rows"]["out"], told["seed"], told["got"], told["asked"], overrides)


def _name(found: Found) -> str:
    return f"{found.manifest['dataset']}@{found.manifest['version']}"
