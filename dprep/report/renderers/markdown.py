"""A report as GitHub shows it, for pull requests: the same as the page, chapters folded, at most 60,000 characters.

Text from data stands escaped or in code: no tag, link, image, mention or reference of its own survives, and a table keeps
its columns. Blocks are shown less and less fully until the whole fits; what is left out even so is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from functools import cache
from html import escape

from dprep.base.rowdiff import escaped
from dprep.engine.showing import narrowed
from dprep.report.blocks import (
    Block,
    Cell,
    Change,
    Column,
    Command,
    Deck,
    Fold,
    Link,
    Notice,
    Prose,
    Report,
    RowDiff,
    Source,
    Subhead,
    Table,
)
from dprep.report.renderers.lowered import lowered
from dprep.report.renderers.plain import bar, cell, inline
from dprep.report.say import Say

MOST = 60_000
"""Characters of all: GitHub takes 65,536 in a comment."""
MARKS = {"error": "🛑", "warning": "⚠️", "good": "✅"}
MARGIN = 100
"""Characters on either side of a change."""

_ACTIVE = re.compile(r"([\\`*\[\]|~]|(?<![^\W_])_|_(?![^\W_]))")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"}
_BREAK = "&#8203;"
"""A blank of no width, behind which GitHub sees no mention, reference or address."""
_ADDRESS = re.compile(r"(?<=[@#])|(?<=:)(?=//)|(?<=\bwww)(?=\.)|(?<=GH)(?=-\d)", re.IGNORECASE)
_FIRST = re.compile(r"^(?:(?=[-+=])|(\d+)(?=[.)](?:\s|$)))")
"""What begins a list or a heading of those who write no #."""


@dataclass(frozen=True)
class Room:
    """How fully blocks are shown."""

    table: int
    cards: int
    """Of a deck, lines of row-diff and of a diff."""
    source: int
    text: int
    """Characters of a cell or a line."""


ROOMS = (Room(30, 8, 400, 300), Room(15, 4, 80, 200), Room(8, 2, 20, 120), Room(4, 1, 5, 80))


Body = Callable[[int, Room], str]
"""The blocks of a section, by its place, as fully as asked for."""


def render(report: Report) -> str:
    """The report as GitHub-flavoured Markdown, ending with a newline."""
    say = Say(report.language)
    body: Body = cache(lambda place, room: _blocks(report.sections[place].blocks, room, say))
    for number, rooms in enumerate(_tried(len(report.sections), body)):
        text = _whole(report, rooms, body, full=number == 0)
        if len(text) <= MOST:
            return text if number == 0 else _fuller(report, rooms, body, text)
    raise AssertionError("the head of a report is bounded")


def _tried(sections: int, body: Body) -> Iterator[list[Room | None]]:
    """All alike, then the last of ROOMS without the longest section, the two longest …: one does not cost the others."""
    for room in ROOMS:
        yield [room] * sections
    order = sorted(range(sections), key=lambda place: (-len(body(place, ROOMS[-1])), place))
    for count in range(1, sections + 1):
        yield [None if place in order[:count] else ROOMS[-1] for place in range(sections)]


def _fuller(report: Report, rooms: list[Room | None], body: Body, text: str) -> str:
    """What room is left goes to the sections in their order: that of the funnel is worth more than the last."""
    for place, room in enumerate(rooms):
        for better in ROOMS[: ROOMS.index(room)] if room else ():
            tried = [*rooms[:place], better, *rooms[place + 1 :]]
            longer = _whole(report, tried, body, full=False)
            if len(longer) <= MOST:
                rooms, text = tried, longer
                break
    return text


def _whole(report: Report, rooms: Sequence[Room | None], body: Body, *, full: bool) -> str:
    say = Say(report.language)
    shown = [(each, body(place, room)) for place, (each, room) in enumerate(zip(report.sections, rooms, strict=True)) if room]
    left = ", ".join(safe(inline(each.title, 80)) for each, room in zip(report.sections, rooms, strict=True) if not room)
    said = [] if full else [f"_{say('shortened: the page holds all of it')}_"]
    said += [f"_{say('left out here, as it would be too long: {sections}', sections=left)}_"] if left else []
    parts = [
        f"## {code(inline(report.title, 200))}",
        safe(inline(report.subtitle, 200)),
        *(coded(sentence, 1_000) for sentence in report.verdict),
        "\n".join(f"- {_notice(notice)}" for notice in report.notices[:20]),
        *(_details(inline(each.title, 80), blocks, open=False) for each, blocks in shown),
        *said,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _details(title: str, body: str, *, open: bool) -> str:
    return f"<details{' open' if open else ''}><summary>{_in_html(title)}</summary>\n\n{body}\n\n</details>"


def _in_html(text: str) -> str:
    """Within a line of HTML, where Markdown's signs mean nothing."""
    return _ADDRESS.sub("\x00", escape(text, quote=False)).replace("\x00", _BREAK).replace("$", _ENTITIES["$"])


def _blocks(blocks: Iterable[Block], room: Room, say: Say) -> str:
    return "\n\n".join(filter(None, (_block(each, room, say) for each in lowered(blocks, say))))


def _block(block: Block, room: Room, say: Say) -> str:
    match block:
        case Prose():
            return coded(block.text, 2_000)
        case Subhead():
            small = f" · {safe(inline(block.small))}" if block.small else ""
            return f"#### {safe(inline(block.text))}{small}"
        case Notice():
            return _notice(block)
        case Table():
            return _table(block, room, say)
        case Change():
            return _change(block, room, say)
        case RowDiff():
            lines = [inline(one, 2 * room.text) for line in block.lines for one in line.split("\n")]
            return _noted(block.note, fenced(_cut(lines, 2 * room.cards, say), "diff"))
        case Deck():
            return _deck(block, room, say)
        case Source():
            lines = [escaped(line[:1_000]) for line in block.text.split("\n")]
            return f"**{safe(inline(block.title))}**\n\n{fenced(_cut(lines, room.source, say), block.language)}"
        case Command():
            return fenced([inline(block.text, 2_000)], "sh")
        case Fold():
            return _details(inline(block.title), _blocks(block.blocks, room, say), open=block.open)
        case _:
            raise TypeError(f"no table was made of {type(block).__name__}")


def safe(text: str) -> str:
    """`text`, which is on one line, as words that mean nothing to Markdown, to HTML or to GitHub."""
    told = _ADDRESS.sub("\x00", _ACTIVE.sub(r"\\\1", text))
    told = re.sub("[&<>$]", lambda found: _ENTITIES[found.group()], told).replace("\x00", _BREAK)
    return _FIRST.sub(r"\1\\", told.strip())


def coded(text: str, most: int = 300) -> str:
    """Our sentence, in which what stands between backticks is code."""
    parts = inline(text, most).split("`")
    if len(parts) % 2 == 0:
        return safe("`".join(parts))
    return "".join(code(part) if number % 2 else _within(part) for number, part in enumerate(parts)).strip()


def _within(text: str) -> str:
    """`safe`, but that the blanks beside code stay."""
    lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{lead}{safe(text)}{tail}" if text.strip() else text


def code(text: str) -> str:
    """`text`, which is on one line, as code that nothing in it can end. In a table a cell ends at its | all the same."""
    if not text.strip():
        return text
    ticks = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    blank = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{ticks}{blank}{text}{blank}{ticks}"


def fenced(lines: Sequence[str], language: str) -> str:
    """Lines as a block of code; its fence is longer than any in them."""
    ticks = "`" * max(3, max((len(run) + 1 for line in lines for run in re.findall("`+", line)), default=3))
    return "\n".join([f"{ticks}{language}", *lines, ticks])


def _notice(notice: Notice) -> str:
    return f"{MARKS[notice.level]} {coded(notice.text, 600)}"


def _table(table: Table, room: Room, say: Say) -> str:
    most = min(table.most, room.table)
    rule = ["---:" if column.kind in {"number", "share"} else "---" for column in table.head]
    head = [safe(inline(column.title, 80)) or " " for column in table.head]
    cells = [
        [_cell(value, column, room) for value, column in zip(line, table.head, strict=True)] for line in table.lines[:most]
    ]
    lines = "\n".join(f"| {' | '.join(line)} |" for line in [head, rule, *cells])
    more = [_lines_left(len(table.lines) - most, say)] if len(table.lines) > most else []
    return "\n\n".join([*([f"**{safe(inline(table.caption))}**"] if table.caption else []), lines, *more])


def _cell(value: Cell | Link, column: Column, room: Room) -> str:
    text = cell(value.text if isinstance(value, Link) else value, column.kind, room.text)
    if column.kind == "code":
        return code(text).replace("|", "\\|")
    drawn = f" {code(bar(float(value), 8))}" if column.kind == "share" and isinstance(value, int | float) and value else ""
    return safe(text) + drawn


def _deck(deck: Deck, room: Room, say: Say) -> str:
    """A line per row; the names of its facts are those of the first, as all rows have the same."""
    if not deck.cards:
        return ""
    titled = any(card.title for card in deck.cards)
    names = [*([""] if titled else []), *(name for name, _ in deck.cards[0].facts), ""]
    lines = []
    for card in deck.cards:
        facts = dict(card.facts)
        told = [facts.get(name, "") for name, _ in deck.cards[0].facts]
        lines.append((*([card.title] if titled else []), *told, card.text))
    return _table(Table(deck.title, tuple(Column(name) for name in names), tuple(lines), most=room.cards), room, say)


def _change(change: Change, room: Room, say: Say) -> str:
    """Both texts line by line, cut to what is around their difference."""
    before, after = narrowed(change.before, change.after, MARGIN)
    old, new = ([inline(line, 2 * room.text) for line in text.split("\n")] for text in (before, after))
    lines = [line for line in list(unified_diff(old, new, n=1, lineterm=""))[2:] if not line.startswith("@@")]
    titles = " → ".join(filter(None, (change.before_title, change.after_title)))
    note = " · ".join(filter(None, (titles, change.note)))
    return _noted(note, fenced(_cut(lines or [f" {line}" for line in old], 3 * room.cards, say), "diff"))


def _noted(note: str, body: str) -> str:
    return f"{coded(note)}\n\n{body}" if note else body


def _cut(lines: Sequence[str], most: int, say: Say) -> list[str]:
    left = len(lines) - most
    return [*lines[:most], *([_lines_left(left, say)] if left > 0 else [])]


def _lines_left(left: int, say: Say) -> str:
    return say.many(left, "… {n} more line", "… {n} more lines")
