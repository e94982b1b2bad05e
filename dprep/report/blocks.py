"""What a report is made of: plain values that know nothing of HTML, terminals or Markdown.

A section tells what it has to say in these blocks, once; `html`, `terminal` and `markdown` each know how to show a block.
Every string is plain text and may be hostile: only the renderers escape, and they escape everything. In `Prose` and `Notice`
words between backticks are code. Nothing here holds a clock, a random number or an id that is not in the version.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Cell = str | int | float | None
"""Numbers are formatted by the renderer: `12,345`, `0.123`; None is an empty cell."""


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    text: str
    soft: bool = False
    """Of less weight: what a table leaves out, how a sample was drawn."""


@dataclass(frozen=True)
class Subhead:
    """A heading within a section, with a soft word beside it. `anchor`: what other places may link to."""

    text: str
    small: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Notice:
    """A warning or an all-clear, linked to where its evidence stands."""

    level: Literal["error", "warning", "good"]
    text: str
    anchor: str = ""
    """Of a section or a subhead of the same report."""


@dataclass(frozen=True)
class Column:
    """Of a table. text: left, data allowed; number: right; share: 0 to 1, shown in percent with a bar; code: monospaced."""

    title: str
    kind: Literal["text", "number", "share", "code"] = "text"


@dataclass(frozen=True)
class Link:
    """A cell that leads to a place of the same report."""

    text: str
    anchor: str


@dataclass(frozen=True)
class Table:
    """Lines beyond `most` are left out and counted by the renderer; `filter`: with a box that shows lines holding a word."""

    caption: str
    head: tuple[Column, ...]
    lines: tuple[tuple[Cell | Link, ...], ...]
    most: int = 100
    filter: bool = False


@dataclass(frozen=True)
class Figures:
    """Key figures in a row: (name, value, what it means or is compared with)."""

    figures: tuple[tuple[str, Cell, str], ...]


@dataclass(frozen=True)
class Bars:
    """Horizontal bars, one per name; with several series they are stacked, in the order given, and have a legend."""

    title: str
    names: tuple[str, ...]
    series: tuple[tuple[str, tuple[float, ...]], ...]
    """(name of the series, its value for each of `names`)."""
    unit: str = ""
    most: int = 40
    """Bars drawn; the others are in the table."""


@dataclass(frozen=True)
class Bin:
    """`count` values between `low` and `high`."""

    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Limit:
    """A bound of the step: values below a `min`, or above a `max`, or below a `threshold` of likeness (there: are no twins)."""

    side: Literal["min", "max", "threshold"]
    value: float
    beyond: int | None = None
    """Values that it drops, where that is known: a histogram tells it within a bin only."""


@dataclass(frozen=True)
class Histogram:
    """A measured number with its bounds drawn. `slider`: a handle per bound tells how many rows it alone would drop."""

    title: str
    bins: tuple[Bin, ...]
    """Rising, gaps filled."""
    limits: tuple[Limit, ...] = ()
    slider: bool = False
    unit: str = "rows"


@dataclass(frozen=True)
class Distributions:
    """The same measure for several groups, as shares of each group, so that groups of any size can be compared."""

    title: str
    edges: tuple[float, ...]
    """Rising; one more than counts."""
    groups: tuple[tuple[str, tuple[int, ...]], ...]
    """(name, counts per bin)."""
    unit: str = "rows"


@dataclass(frozen=True)
class Lines:
    """Curves over one axis. Points are (x, y), x rising."""

    title: str
    x: str
    y: str
    series: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]
    log: bool = False
    """The y axis is logarithmic."""
    diagonal: bool = False
    """With the line x = y, from 0 to 1, as calibration has it."""
    bands: tuple[tuple[str, tuple[tuple[float, float, float], ...]], ...] = ()
    """Shaded ranges: (name, (x, low, high) ...)."""


@dataclass(frozen=True)
class Stream:
    """One step of a flow: what came in, stayed, joined, and left through which doors. In + joined = out + left."""

    name: str
    into: int
    joined: int
    left: tuple[tuple[str, int], ...]
    """(reason, how many), the largest first."""
    out: int
    anchor: str = ""


@dataclass(frozen=True)
class Flow:
    """Rows (or characters) through every step: a band as wide as what is left, with what leaves and what joins."""

    title: str
    streams: tuple[Stream, ...]
    unit: str = "rows"
    parts: tuple[tuple[str, int], ...] = ()
    """What the end falls into."""


@dataclass(frozen=True)
class Heat:
    """A matrix of counts; shades are shares of each line's sum where `by_line`, of the largest cell otherwise."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    row_title: str = ""
    column_title: str = ""
    by_line: bool = False


@dataclass(frozen=True)
class Scatter:
    """Points counted in a grid (so that a million rows stay small): (x, y, how many, shade 0..1)."""

    title: str
    x: str
    y: str
    points: tuple[tuple[float, float, int, float], ...]
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    step: tuple[float, float]
    """Width and height of a cell of the grid."""
    shade: str = ""
    """What the shade means."""


@dataclass(frozen=True)
class Change:
    """One text before and after, differences marked word by word inside it (character by character in Chinese).

    `side_by_side`: two texts that are alike, such as twins, rather than one that was changed.
    """

    before: str
    after: str
    before_title: str = ""
    after_title: str = ""
    note: str = ""
    side_by_side: bool = False


@dataclass(frozen=True)
class RowDiff:
    """Lines of row-diff as the ledger keeps them."""

    lines: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Card:
    """A row to look at: its text, and facts of it by which it can be found."""

    text: str
    facts: tuple[tuple[str, str], ...]
    """(name, value): part, label, language, origin …, in the same order for every card of a deck."""
    title: str = ""


@dataclass(frozen=True)
class Deck:
    """Cards with a box per fact (named in `filters`) and one for words of the text."""

    title: str
    cards: tuple[Card, ...]
    filters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A file with its lines numbered; `marks`: lines (from 1) that something else points to, with the anchor it has."""

    title: str
    text: str
    language: Literal["toml", "text"] = "toml"
    marks: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Command:
    """A line to type."""

    text: str


@dataclass(frozen=True)
class Fold:
    """Blocks under a title that is opened by a click; `open`: open from the start."""

    title: str
    blocks: tuple[Block, ...]
    open: bool = False


Block = (
    Prose
    | Subhead
    | Notice
    | Table
    | Figures
    | Bars
    | Histogram
    | Distributions
    | Lines
    | Flow
    | Heat
    | Scatter
    | Change
    | RowDiff
    | Deck
    | Source
    | Command
    | Fold
)


@dataclass(frozen=True)
class Section:
    """A chapter of a report. `id`: its anchor, and its key in the JSON."""

    id: str
    title: str
    blocks: tuple[Block, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class Report:
    """All of it: the head, then the sections."""

    title: str
    """Such as `support@v3`."""
    subtitle: str
    """Task, creation time from the manifest, version of dprep."""
    verdict: tuple[str, ...]
    """What was done, in at most three sentences with numbers."""
    notices: tuple[Notice, ...]
    """Gravest first."""
    sections: tuple[Section, ...]
    language: Literal["en", "zh"] = "en"
