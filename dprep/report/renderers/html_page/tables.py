"""Tables, which scroll inside their frame, and figures as tiles."""

from __future__ import annotations

from dprep.report.blocks import Cell, Column, Figures, Link, Table
from dprep.report.numbers import share
from dprep.report.renderers.html_page.setting import Setting
from dprep.report.renderers.html_page.written import figure, inline, quoted, spoken
from dprep.report.renderers.safe import safe

WIDEST = 100
"""Columns of a table."""
ROOM = {"l": 50, "m": 16}
"""Characters beyond which a cell is of this class."""


def table(block: Table, setting: Setting) -> str:
    """With a caption, heads that have a scope, and a box that filters its lines where the block asks for one."""
    say, shown, columns = setting.say, block.lines[: block.most], block.head[:WIDEST]
    head = "".join(f'<th scope="col"{_kind(column)}>{inline(column.title, say)}</th>' for column in columns)
    body = "\n".join(_line(line, columns, setting) for line in shown)
    named = spoken(block.caption, say)
    top = f'<caption class="vh">{named or say("Table")}</caption><thead><tr>{head}</tr></thead>'
    inner = f"<table>{top}\n<tbody>\n{body}\n</tbody></table>"
    label = quoted(block.caption.replace("`", "")) or say("Table")
    framed = f'<div class="wide" tabindex="0" role="region" aria-label="{label}">{inner}</div>'
    more = _more(len(block.lines) - len(shown), len(block.head) - len(columns), setting)
    caption = f'<p class="caption" aria-hidden="true">{named}</p>' if named else ""  # stays where the frame scrolls
    bar = filter_bar(label, len(shown), setting) if block.filter and len(shown) > 1 else ""
    return f'<div class="filtered">{caption}{bar}{framed}{more}</div>'


def filter_bar(name: str, lines: int, setting: Setting, boxes: str = "") -> str:
    """A box for words, other boxes, and how many are shown; of use with a script only, so hidden until it runs."""
    say = setting.say
    count = say("{shown} of {all} shown", shown="{shown}", all="{all}")
    label = say("Filter")
    box = f'<label>{label} <input type="search" autocomplete="off" spellcheck="false" aria-label="{label}: {name}"></label>'
    told = say("{shown} of {all} shown", shown=lines, all=lines)
    return f'<div class="filter" hidden>{box}{boxes}<output aria-live="polite" data-count="{count}">{told}</output></div>'


def figures(block: Figures, setting: Setting) -> str:
    """Tiles: name, value, what it means."""
    tiles = (
        f"<div><dt>{inline(name, setting.say)}</dt><dd>{figure(value, setting.say)}</dd>"
        + (f'<dd class="soft">{inline(meaning, setting.say)}</dd>' if meaning else "")
        + "</div>"
        for name, value, meaning in block.figures[:WIDEST]
    )
    return f'<dl class="figures">{"".join(tiles)}</dl>'


def _line(line: tuple[Cell | Link, ...], columns: tuple[Column, ...], setting: Setting) -> str:
    cells = [
        _cell(cell, column, setting, leads=not place) for place, (cell, column) in enumerate(zip(line, columns, strict=False))
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _cell(cell: Cell | Link, column: Column, setting: Setting, *, leads: bool) -> str:
    """`leads`: the first of its line, which names it."""
    inner = _inner(cell, column, setting)
    kind = _kind(column) or _room(cell)
    if leads and inner and column.kind in ("text", "code"):
        return f'<th scope="row"{kind}>{inner}</th>'
    return f"<td{kind}>{inner}</td>"


def _room(cell: Cell | Link) -> str:
    """A class by which words get the width to be read, where the frame would have to scroll anyway."""
    words = len(cell) if isinstance(cell, str) else 0
    return next((f' class="{name}"' for name, most in ROOM.items() if words > most), "")


def _inner(cell: Cell | Link, column: Column, setting: Setting) -> str:
    if isinstance(cell, Link):
        return setting.link(cell.anchor, inline(cell.text, setting.say))
    if column.kind == "share" and isinstance(cell, int | float):
        width = min(max(cell, 0.0), 1.0) * 100
        return f'<span class="share" style="--w:{width:.1f}%"></span>{safe(share(cell, 1))}'
    told = figure(cell, setting.say)
    return f"<code>{told}</code>" if column.kind == "code" and told else told


def _kind(column: Column) -> str:
    return {"number": ' class="n"', "share": ' class="s"'}.get(column.kind, "")


def _more(lines: int, columns: int, setting: Setting) -> str:
    told = [setting.say.many(lines, "{n} more line is not shown", "{n} more lines are not shown")] if lines > 0 else []
    told += [setting.say.many(columns, "{n} more column is not shown", "{n} more columns are not shown")] if columns > 0 else []
    return f'<p class="soft">{" · ".join(told)}</p>' if told else ""
