"""A report in a terminal: the same as the page, each chapter in a few lines, plain where it is piped.

Texts are made harmless by `plain.inline`; nothing of a report is ever read as markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.segment import Segment
from rich.table import Table as Grid
from rich.text import Text

from dprep.engine.showing import narrowed
from dprep.report.blocks import (
    Block,
    Cell,
    Change,
    Command,
    Deck,
    Fold,
    Link,
    Notice,
    Prose,
    Report,
    RowDiff,
    Section,
    Source,
    Subhead,
    Table,
)
from dprep.report.renderers.changes import Piece, brief, pieces
from dprep.report.renderers.lowered import lowered
from dprep.report.renderers.plain import bar, cell, inline
from dprep.report.say import Say

SECTION = 25
"""Lines of a section after which no further block is shown."""
PIECE = 6
"""Lines of a block that are worth showing where there is no room for all of it."""
TABLE = 12
"""Lines of a table."""
FLOW = 15
"""One that has no more is shown whole."""
FOLDED = 5
"""Lines of what the page shows after a click."""
CARDS = 3
"""Rows of a deck."""
DIFF = 6
"""Lines of row-diff."""
SOURCE = 12
"""Lines of a file."""
TITLE = 16
"""Letters of the title of a column."""
MARGIN = 80
"""Characters on either side of a change."""
MARKS = {"error": ("✗", "bold red"), "warning": ("!", "bold yellow"), "good": ("✓", "green")}


def render(report: Report) -> RenderableType:
    """Verdict and notices, then the sections. Follows the width of the console, and has no colours where it has none."""
    say = Say(report.language)
    head = [Text(inline(report.title), style="bold"), Text(inline(report.subtitle), style="dim"), Text()]
    verdict = [coded(sentence) for sentence in report.verdict]
    notices = [_notice(notice) for notice in report.notices]
    return Group(*head, *verdict, *([Text()] if notices else []), *notices, *[_section(each, say) for each in report.sections])


def table(table: Table) -> RenderableType:
    """A table with all its lines, and as many columns as there is room for."""
    return _Fitted(table, Say(), most=len(table.lines) or 1)


def _section(section: Section, say: Say) -> RenderableType:
    blocks = _all_shown(section.blocks, say)
    title = Rule(Text(inline(section.title), style="bold"), align="left", characters="─", style="dim")
    return Group(Text(), title, _Bounded(tuple(blocks), say))


def _all_shown(blocks: Sequence[Block], say: Say) -> list[RenderableType]:
    """Each block with the headings above it, so that none is left without what it is the heading of."""
    found: list[RenderableType] = []
    heads: list[RenderableType] = []
    for block in lowered(blocks, say):
        shown = _shown(block, say)
        if isinstance(block, Subhead):
            heads += shown
        elif shown:
            found += [Group(*heads, shown[0]), *shown[1:]] if heads else shown
            heads = []
    return [*found, *heads]


@dataclass(frozen=True)
class _Bounded:
    """Blocks, one after another, until SECTION lines are full."""

    blocks: tuple[RenderableType, ...]
    say: Say

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        used = 0
        for place, block in enumerate(self.blocks):
            lines = console.render_lines(block, options.update(height=None), pad=False)
            if used + len(lines) > SECTION and place:
                room = SECTION - used
                for line in lines[: room if room >= PIECE else 0]:
                    yield from line
                    yield Segment.line()
                left = len(self.blocks) - place
                one = "… {n} more table, chart or sample in the page"
                told = self.say.many(left, one, "… {n} more tables, charts and samples in the page")
                yield Text(told, style="dim")
                return
            used += len(lines)
            for line in lines:
                yield from line
                yield Segment.line()


@dataclass(frozen=True)
class _Head:
    """The first lines of a block that is folded away on the page."""

    block: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self.block, options.update(height=None), pad=False)
        for line in lines[:FOLDED]:
            yield from line
            yield Segment.line()
        if len(lines) > FOLDED:
            yield Text("    …", style="dim")


def _shown(block: Block, say: Say) -> list[RenderableType]:
    match block:
        case Prose():
            return [coded(block.text, "dim" if block.soft else "")]
        case Subhead():
            return [Text.assemble("\n", (inline(block.text), "bold"), "  ", (inline(block.small), "dim"))]
        case Notice():
            return [_notice(block)]
        case Table():
            return [_Fitted(block, say)]
        case Change():
            return [_Changed(block)]
        case RowDiff():
            return _row_diffs(block, say)
        case Deck():
            return [_deck(block, say)]
        case Source():
            return [_source(block, say)]
        case Command():
            return [Padding(Text(f"$ {inline(block.text, 1_000)}", style="cyan"), (0, 0, 0, 2))]
        case Fold():
            title = Text(f"▸ {inline(block.title)}", style="bold")
            inner = [Padding(each, (0, 0, 0, 2)) for each in _all_shown(block.blocks, say)]
            return [Group(title, *inner[:1]), *inner[1:]] if block.open else [Group(title, *map(_Head, inner[:1]))]
        case _:
            raise TypeError(f"no table was made of {type(block).__name__}")


def _more(left: int, say: Say) -> list[Text]:
    return [Text(say.many(left, "… {n} more row", "… {n} more rows"), style="dim")] if left > 0 else []


def _notice(notice: Notice) -> Text:
    mark, style = MARKS[notice.level]
    return Text.assemble((mark, style), " ", coded(notice.text))


def coded(text: str, style: str = "") -> Text:
    """What stands between backticks is marked as code; the backticks stay, for where there are no colours."""
    found = Text(style=style)
    for number, piece in enumerate(inline(text, 2_000).split("`")):
        found.append(f"`{piece}`" if number % 2 else piece, style="cyan" if number % 2 else "")
    return found if text.count("`") % 2 == 0 else Text(inline(text, 2_000), style=style)


@dataclass(frozen=True)
class _Fitted:
    """A table with as many columns as the console has room for."""

    table: Table
    say: Say
    most: int = 0
    """Lines; 0: as many as fit a report."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        table, most = self.table, self.most or (FLOW if len(self.table.lines) <= FLOW else TABLE)
        lines = [
            tuple(_cell(value, column.kind) for value, column in zip(line, table.head, strict=True)) for line in table.lines
        ]
        shown = lines[:most]
        fits = _fits(table, shown, options.max_width)
        if table.caption:
            yield Text(inline(table.caption), style="bold")
        yield _grid(table, [line[:fits] for line in shown], fits)
        if fits < len(table.head):
            yield Text("  " + self.say.many(len(table.head) - fits, "… {n} more column", "… {n} more columns"), style="dim")
        if len(lines) > most:
            yield Text("  " + self.say.many(len(lines) - most, "… {n} more line", "… {n} more lines"), style="dim")


def _grid(table: Table, lines: Sequence[Sequence[Text]], fits: int) -> RenderableType:
    """Words are cut rather than broken, but for those of the last column."""
    titled = any(column.title for column in table.head[:fits])
    grid = Grid(box=SIMPLE_HEAD if titled else None, show_header=titled, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    for place, column in enumerate(table.head[:fits]):
        last = place == fits - 1
        grid.add_column(
            Text(inline(column.title, TITLE)),
            justify="right" if column.kind == "number" else "left",
            no_wrap=column.kind != "text" or not last,
            overflow="fold" if column.kind == "text" and last else "ellipsis",
            max_width=None if last or column.kind != "text" else 32 if fits < 6 and not place else 20,
        )
    for line in lines:
        grid.add_row(*line)
    return Padding(grid, (0, 0, 0, 2))


def _fits(table: Table, lines: Sequence[Sequence[Text]], width: int) -> int:
    """How many columns there is room for: numbers stand in full, words may be broken."""
    used = 2
    for place, column in enumerate(table.head):
        needed = max([min(cell_len(column.title), TITLE), *(cell_len(line[place].plain) for line in lines)], default=0)
        used += min(needed, 20 if column.kind == "text" else 40) + 3
        if used > width and place > 1:
            return place
    return len(table.head)


def _cell(value: Cell | Link, kind: str) -> Text:
    text = cell(value.text if isinstance(value, Link) else value, kind, 120)
    if kind == "share" and isinstance(value, int | float):
        return Text(f"{text:>7} {bar(float(value), 8)}")
    return Text(text)


@dataclass(frozen=True)
class _Changed:
    """One text with what went and what came marked: by colours, or by [- -] and {+ +} where there are none."""

    change: Change

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        change = self.change
        before, after = narrowed(change.before, change.after, MARGIN)
        found = brief(pieces(inline(before, 1_000), inline(after, 1_000)))
        plain = console.color_system is None or console.no_color
        if change.note:
            yield coded(change.note, "dim")
        if not change.side_by_side:
            yield Padding(Text.assemble(*(_piece(each, plain=plain) for each in found)), (0, 0, 0, 2))
            return
        for title, kind in ((change.before_title, "gone"), (change.after_title, "new")):
            one = [_piece(each, plain=plain) for each in found if each.kind in {"same", kind}]
            yield Padding(Text.assemble((inline(title), "bold"), "  ", *one), (0, 0, 0, 2))


def _piece(piece: Piece, *, plain: bool) -> tuple[str, str]:
    if piece.kind == "gone":
        return (f"[-{piece.text}-]", "") if plain else (piece.text, "red strike")
    if piece.kind == "new":
        return (f"{{+{piece.text}+}}", "") if plain else (piece.text, "green underline")
    return piece.text, ""


def _row_diffs(diff: RowDiff, say: Say) -> list[RenderableType]:
    lines = [one for line in diff.lines for one in line.split("\n")]
    styles = {"-": "red", "+": "green"}
    shown = [Padding(Text(inline(line, 400), style=styles.get(line[:1], "")), (0, 0, 0, 2)) for line in lines[:DIFF]]
    note = [coded(diff.note, "dim")] if diff.note else []
    return [Group(*note, *shown, *_more(len(lines) - DIFF, say))]


def _deck(deck: Deck, say: Say) -> Group:
    shown: list[RenderableType] = [Text(inline(deck.title), style="bold")]
    for card in deck.cards[:CARDS]:
        told = " · ".join(f"{name} {inline(value, 60)}" for name, value in card.facts if value)
        shown.append(Padding(Text(f"{inline(card.title)} {told}".strip(), style="dim"), (0, 0, 0, 2)))
        shown.append(Padding(Text(inline(card.text, 200)), (0, 0, 0, 4)))
    return Group(*shown, *_more(len(deck.cards) - CARDS, say))


def _source(source: Source, say: Say) -> Group:
    lines = source.text.split("\n")
    number = len(str(min(len(lines), SOURCE)))
    shown = [Text(f"  {place:>{number}}  {inline(line, 200)}") for place, line in enumerate(lines[:SOURCE], 1)]
    left = (
        [Text(say.many(len(lines) - SOURCE, "… {n} more line", "… {n} more lines"), style="dim")] if len(lines) > SOURCE else []
    )
    return Group(Text(inline(source.title), style="bold"), *shown, *left)
