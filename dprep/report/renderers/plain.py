"""Charts drawn with letters, and texts on one line: what a terminal and Markdown share."""

from __future__ import annotations

from collections.abc import Sequence

from dprep.base.rowdiff import escaped
from dprep.report.numbers import number, share

EIGHTHS = " ▏▎▍▌▋▊▉█"
LEVELS = "▁▂▃▄▅▆▇█"


def inline(text: str, most: int = 300) -> str:
    """Text on one line with nothing that hides or steers; line ends are shown as ⏎, what is longer than `most` is cut."""
    shown = escaped(text[: most + 1].replace("\r\n", "\n").replace("\n", " ⏎ ").replace("\t", " "))
    return f"{shown[:most]}…" if len(shown) > most else shown


def cell(value: str | float | None, kind: str = "text", most: int = 300) -> str:
    """A cell of a table as text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return inline(value, most)
    return share(value, 1) if kind == "share" else number(value)


def bar(part: float, width: int = 16) -> str:
    """`part` of 1 as a bar of at most `width` letters; what is not nothing is seen."""
    eighths = min(8 * width, max(round(part * 8 * width), 1 if part > 0 else 0))
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (EIGHTHS[rest] if rest else "")


def sparkline(values: Sequence[float]) -> str:
    """A letter per value, as high as it is between 0 (or the lowest, where one is below 0) and the highest; none is blank."""
    top, floor = max(values, default=0.0), min(0.0, min(values, default=0.0))
    if top <= floor:
        return " " * len(values)
    heights = [(value - floor) / (top - floor) for value in values]
    return "".join(LEVELS[min(7, int(height * 8))] if height > 0 else " " for height in heights)
