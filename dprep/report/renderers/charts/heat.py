"""A matrix of counts as shades, with its numbers in the cells where they fit."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dprep.report.blocks import Heat
from dprep.report.renderers.charts.axes import wide
from dprep.report.renderers.charts.figure import NAME, at, exact, figure, portion, short, table, trimmed
from dprep.report.say import Say

LARGEST = 60
"""Lines and columns drawn: those with the most beside the diagonal, where lines and columns are the same classes."""
NUMBERED = 20
LONGEST = 16
"""Letters of a name beside the cells."""
DARKEST = 0.55
"""Of a shade with a number on it: the ink must stay legible in light and dark."""


def heat(block: Heat, say: Say) -> str:
    """A figure that is as wide as its cells and scrolls sideways where the page is narrower."""
    rows, columns = chosen(block)
    if not rows or not columns:
        return figure(say, "heat", block.title, "", _numbers(block, rows, columns, say))
    notes = [
        say("Shades grow with the share of each line.") if block.by_line else "",
        _left_out(block, rows, columns, say),
    ]
    body = f'<div class="wide" tabindex="0" role="region" aria-label="{short(block.title, NAME)}">' + (
        f"{_picture(block, rows, columns, say)}</div>"
    )
    return figure(say, "heat", block.title, body, _numbers(block, rows, columns, say), notes=notes)


def chosen(block: Heat) -> tuple[list[int], list[int]]:
    """Places of the lines and columns that are drawn, in their order."""
    values = block.values
    if block.rows == block.columns:
        beside = [
            sum(_number(values[one][other]) + _number(values[other][one]) for other in range(len(block.rows)) if other != one)
            for one in range(len(block.rows) if len(block.rows) > LARGEST else 0)
        ]
        kept = _most(beside) if beside else list(range(len(block.rows)))
        return kept, kept
    return (
        _most([sum(map(_number, line)) for line in values]),
        _most([sum(_number(line[place]) for line in values) for place in range(len(block.columns))]),
    )


def _most(sums: Sequence[float]) -> list[int]:
    return sorted(sorted(range(len(sums)), key=lambda place: (-sums[place], place))[:LARGEST])


def _number(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _picture(block: Heat, rows: Sequence[int], columns: Sequence[int], say: Say) -> str:
    numbered = max(len(rows), len(columns)) <= NUMBERED
    high = 26 if numbered else 14
    across = next(size for most, size in ((6, 64), (12, 48), (NUMBERED, 38), (10**9, 14)) if len(columns) <= most)
    left = _room([block.rows[row] for row in rows])
    top = _room([block.columns[column] for column in columns]) if across < 64 else 18
    cells = _cells(block, rows, columns, (left, top), (across, high))
    side = "".join(_side(block.rows[row], left - 6, top + (y + 0.5) * high + 4) for y, row in enumerate(rows))
    heads = "".join(_head(block.columns[column], left + (x + 0.5) * across, top, across) for x, column in enumerate(columns))
    width, height = left + len(columns) * across + (10 if across == 64 else 4), top + len(rows) * high + 2
    frame = f'<rect class="frame" x="{at(left)}" y="{at(top)}" width="{len(columns) * across}" height="{len(rows) * high}"/>'
    confusion = " confusion" if _confusion(block) else ""
    gist = short(_gist(block, say), 400)
    size = f'width="{at(width)}" height="{at(height)}"'
    marks = f'{frame}<g class="cells{confusion}">{cells}</g>{side}{heads}'
    return f'{_titles(block)}<svg class="fixed" {size} role="img" aria-label="{gist}">{marks}</svg>'


def _room(names: Sequence[str]) -> float:
    return max(wide(trimmed(name, LONGEST)) for name in names) + 14


def _side(name: str, x: float, y: float) -> str:
    return f'<text x="{at(x)}" y="{at(y)}" text-anchor="end">{short(name, LONGEST)}</text>'


def _head(name: str, x: float, top: float, across: float) -> str:
    if across == 64:
        return f'<text x="{at(x)}" y="{at(top - 6)}" text-anchor="middle">{short(name, 9)}</text>'
    turn = f'transform="translate({at(x + 4)} {at(top - 6)}) rotate(-90)"'
    return f"<text {turn}>{short(name, LONGEST)}</text>"


def _cells(block: Heat, rows: Sequence[int], columns: Sequence[int], corner: tuple[float, float], size: tuple[int, int]) -> str:
    """A box per value that is not 0, with its number in it where the matrix is small."""
    numbered = max(len(rows), len(columns)) <= NUMBERED
    largest = max(abs(_number(value)) for line in block.values for value in line)
    found = []
    for y, row in enumerate(rows):
        whole = sum(abs(_number(value)) for value in block.values[row]) if block.by_line else largest
        for x, column in enumerate(columns):
            if _number(block.values[row][column]):
                place = corner[0] + x * size[0], corner[1] + y * size[1]
                found.append(_cell(block, row, column, whole, place, size if numbered else None))
    return "".join(found)


def _cell(block: Heat, row: int, column: int, whole: float, place: tuple[float, float], size: tuple[int, int] | None) -> str:
    value, (x, y) = block.values[row][column], place
    shade = max(0.06, math.sqrt(abs(value) / whole) * (DARKEST if size else 1.0))
    part = f" ({portion(abs(value), whole)})" if block.by_line else ""
    title = f"<title>{short(block.rows[row], 60)} → {short(block.columns[column], 60)}: {exact(value)}{part}</title>"
    right = ' class="right"' if row == column and _confusion(block) else ""
    box = f'<rect{right} x="{at(x)}" y="{at(y)}" fill-opacity="{at(shade)}"'
    if size is None:
        return f"{box}>{title}</rect>"
    middle = f'x="{at(x + size[0] / 2)}" y="{at(y + size[1] / 2 + 4)}" text-anchor="middle"'
    return f'<g>{title}{box} width="{size[0]}" height="{size[1]}"/><text {middle}>{_compact(value, size[0])}</text></g>'


def _confusion(block: Heat) -> bool:
    """Whether what stands beside the diagonal is wrong."""
    return block.by_line and block.rows == block.columns


def _compact(value: float, across: float) -> str:
    told = exact(value)
    if wide(told) <= across - 4:
        return told
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if 1e12 > abs(value) >= size:
            return f"{value / size:.2g}{sign}" if abs(value) < 100 * size else f"{value / size:.0f}{sign}"
    return f"{value:.2g}"


def _titles(block: Heat) -> str:
    told = [
        f"↓ {short(block.row_title, 60)}" if block.row_title else "",
        f"→ {short(block.column_title, 60)}" if block.column_title else "",
    ]
    return f'<div class="up">{" &nbsp; ".join(filter(None, told))}</div>' if any(told) else ""


def _left_out(block: Heat, rows: Sequence[int], columns: Sequence[int], say: Say) -> str:
    if block.rows == block.columns:
        gone = len(block.rows) - len(rows)
        if not gone:
            return ""
        return say("{n} of {total} classes are left out: those that were confused least.", n=gone, total=len(block.rows))
    lines, heads = len(block.rows) - len(rows), len(block.columns) - len(columns)
    if not lines and not heads:
        return ""
    return say("{lines} lines and {columns} columns with the smallest sums are left out.", lines=lines, columns=heads)


def _gist(block: Heat, say: Say) -> str:
    known = [
        (value, -row, -column)
        for row, line in enumerate(block.values)
        for column, value in enumerate(line)
        if math.isfinite(value)
    ]
    most, row, column = max(known)
    return say(
        "Matrix, {title}: {rows} by {columns}, in all {total}; the most, {most}, at {row} and {column}.",
        title=block.title, rows=len(block.rows), columns=len(block.columns), total=exact(sum(value for value, _, _ in known)),
        most=exact(most), row=block.rows[-row], column=block.columns[-column],
    )  # fmt: skip


def _numbers(block: Heat, rows: Sequence[int], columns: Sequence[int], say: Say) -> str:
    """The matrix itself where it is small; its cells that are not 0, the largest first, where it is not."""
    if rows and max(len(block.rows), len(block.columns)) <= NUMBERED:
        head = [short(block.row_title, NAME), *(short(name, NAME) for name in block.columns)]
        lines = [[short(name, NAME), *map(exact, values)] for name, values in zip(block.rows, block.values, strict=True)]
        return table(say, block.title, head, lines, len(lines))
    full = [(value, row, column) for row, line in enumerate(block.values) for column, value in enumerate(line) if value]
    full.sort(key=lambda cell: (-_number(cell[0]), cell[1], cell[2]))
    told = ([short(block.rows[row], NAME), short(block.columns[column], NAME), exact(value)] for value, row, column in full)
    head = [
        short(block.row_title or say("Matrix row"), NAME),
        short(block.column_title or say("Matrix column"), NAME),
        say("Value"),
    ]
    return table(say, block.title, head, told, len(full))
