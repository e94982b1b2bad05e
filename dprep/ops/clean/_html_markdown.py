"""Markdown of serialized HTML: headings, emphasis, links, lists, quotations, code and tables, in one pass over the tags."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

_PIECE = re.compile(r'<!--.*?-->|<(/?)([a-zA-Z][^\s/>]*)((?:[^>"]|"[^"]*")*)>|([^<]+|<)', re.DOTALL)
_HREF = re.compile(r'\bhref="([^"]*)"')
_LANGUAGE = re.compile(r'\bclass="[^"]*\b(?:language|lang|highlight-source)-([A-Za-z0-9+#.-]+)')
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_TICKS = re.compile(r"`+")
_MARKS = {"b": "**", "strong": "**", "em": "*", "i": "*", "del": "~~", "s": "~~", "strike": "~~"}
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}


@dataclass
class _Writer:
    """What has been written, and what is open."""

    links: bool
    blocks: frozenset[str]
    out: list[str] = field(default_factory=list)
    breaks: int = 0
    """Line breaks owed before the next text."""
    blank: bool = False
    lists: list[int] = field(default_factory=list)
    """Number of the next item of each open list; -1 for bullets."""
    quotes: int = 0
    opening: str = ""
    """A list item's or heading's mark, owed before the next text."""
    code: list[str] | None = None
    """What `<pre>` or `<code>` holds."""
    in_pre: bool = False
    language: str = ""
    marks: list[tuple[str, int]] = field(default_factory=list)
    """Open emphasis and links: (what closes it, place in `out` of what opens it)."""
    rows: list[list[str]] | None = None
    outer: list[tuple[list[str], int]] = field(default_factory=list)
    """What had been written when a table cell began."""

    def text(self, text: str) -> None:
        if self.code is not None:
            self.code.append(text)
            return
        shown = _BLANKS.sub(" ", text)
        if shown == " " or not shown:
            self.blank = self.blank or bool(shown)
            return
        self.blank = self.blank or shown[0] == " "
        self.write(html.unescape(shown.strip(" ")))
        self.blank = shown[-1] == " "

    def write(self, text: str) -> None:
        """Put `text` after the white space and the marks that are owed."""
        if self.breaks and self.out:
            self.out.append("\n" + (self.prefix().rstrip() + "\n") * (self.breaks - 1) + self.prefix())
        elif not self.out:
            self.out.append(self.prefix())
        elif self.blank and not self.opening:
            self.out.append(" ")
        self.out.append(self.opening + text)
        self.breaks, self.blank, self.opening = 0, False, ""

    def prefix(self) -> str:
        """What stands before every line here: marks of quotations, the indent of list items."""
        depth = len(self.lists) - bool(self.opening and self.lists)
        return "> " * self.quotes + "".join("   " if number > 0 else "  " for number in self.lists[: max(0, depth)])

    def gap(self, breaks: int) -> None:
        self.breaks = max(self.breaks, breaks) if self.out else 0
        self.blank = False


def markdown(markup: str, blocks: frozenset[str], *, links: bool) -> str:
    """Markdown of `markup`, whose elements are closed. blocks: elements that stand apart from the text around them."""
    writer = _Writer(links, blocks)
    for piece in _PIECE.finditer(markup):
        end, name, attributes, text = piece.groups()
        if text is not None:
            writer.text(text)
        elif name is not None and end:
            _close(writer, name.lower())
        elif name is not None:
            _open(writer, name.lower(), attributes)
    while writer.outer:
        _close(writer, "td")
    if writer.rows is not None:
        _close(writer, "table")
    return "".join(writer.out).strip("\n")


def _open(writer: _Writer, name: str, attributes: str) -> None:
    if writer.code is not None:
        if name == "br":
            writer.code.append("\n")
        elif name == "code" and writer.in_pre:
            writer.language = writer.language or _language(attributes)
        return
    if name in _HEADINGS and writer.rows is None:
        writer.gap(2)
        writer.opening = _HEADINGS[name]
    elif name in {"ul", "ol"}:
        writer.gap(1 if writer.lists else 2)
        writer.lists.append(1 if name == "ol" else -1)
    elif name == "li":
        _item(writer)
    elif name == "blockquote":
        writer.gap(2)
        writer.quotes += 1
    elif name in {"pre", "code"}:
        writer.code, writer.in_pre, writer.language = [], name == "pre", _language(attributes)
    elif name == "br":
        writer.gap(1)
    elif name == "hr":
        writer.gap(2)
        writer.write("---")
        writer.gap(2)
    elif name in _MARKS:
        writer.marks.append((_MARKS[name], len(writer.out)))
    elif name == "a":
        writer.marks.append((f"]({_target(attributes)})" if writer.links else "", len(writer.out)))
    elif name in {"table", "tr", "td", "th"}:
        _table(writer, name)
    elif name in writer.blocks:
        # the first paragraph of an item stays on the item's line
        writer.gap(1 if writer.opening else 2)


def _close(writer: _Writer, name: str) -> None:
    if writer.code is not None:
        if name == ("pre" if writer.in_pre else "code"):
            _code(writer)
        return
    if name in {"ul", "ol"}:
        if writer.lists:
            writer.lists.pop()
        writer.opening = ""
        writer.gap(1 if writer.lists else 2)
    elif name == "li":
        writer.opening = ""
        writer.gap(1)
    elif name == "blockquote":
        writer.gap(2)
        writer.quotes = max(0, writer.quotes - 1)
    elif name in _MARKS or name == "a":
        _mark(writer)
    elif name in {"td", "th"}:
        _cell(writer)
    elif name == "table" and writer.rows is not None and not writer.outer:
        _written_table(writer)
    elif name in writer.blocks:
        writer.opening = "" if name in _HEADINGS else writer.opening
        writer.gap(1 if writer.opening else 2)


def _item(writer: _Writer) -> None:
    writer.gap(1)
    if not writer.lists:
        writer.lists.append(-1)
    number = writer.lists[-1]
    writer.opening = "- " if number < 0 else f"{number}. "
    if number > 0:
        writer.lists[-1] += 1


def _language(attributes: str) -> str:
    found = _LANGUAGE.search(attributes)
    return found[1] if found else ""


def _target(attributes: str) -> str:
    found = _HREF.search(attributes)
    target = html.unescape(found[1]).strip() if found else ""
    return "" if target.lower().startswith(("javascript:", "data:")) else re.sub(r"[\s()<>]", _percent, target)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())


def _code(writer: _Writer) -> None:
    """A fence for `<pre>`, ticks for `<code>`, longer than any inside."""
    held = html.unescape("".join(writer.code or []))
    writer.code = None
    longest = max((len(run) for run in _TICKS.findall(held)), default=0)
    if not held.strip():
        return
    if not writer.in_pre or writer.rows is not None:
        ticks = "`" * (longest + 1)
        pad = " " if longest else ""
        writer.write(f"{ticks}{pad}{_BLANKS.sub(' ', held).strip()}{pad}{ticks}")
        return
    fence = "`" * max(3, longest + 1)
    writer.gap(2)
    lines = [fence + writer.language, *held.strip("\n").split("\n"), fence]
    opening, prefix = writer.opening, writer.prefix()
    inner = prefix + " " * len(opening)
    writer.write(lines[0] + "".join("\n" + (inner + line).rstrip() for line in lines[1:]))
    writer.gap(2)


def _mark(writer: _Writer) -> None:
    """Close emphasis or a link around what was written since it was opened; around nothing there is none."""
    if not writer.marks:
        return
    closing, place = writer.marks.pop()
    inside = writer.out[place:]
    if (
        closing in {"", "]()"}
        or place > len(writer.out)
        or not "".join(inside).strip()
        or any("\n" in each for each in inside[1:])
    ):
        return
    # the first piece may be the white space that was owed before the text
    at = place + 1 if len(inside) > 1 and not inside[0].strip(" >\n") else place
    lead = re.match(r"(?:[-#]+ |\d+\. )?", writer.out[at])
    start = lead.end() if lead and at == place + (len(inside) > 1) else 0
    opening = "[" if closing[0] == "]" else closing
    writer.out[at] = writer.out[at][:start] + opening + writer.out[at][start:]
    writer.out.append(closing)


def _table(writer: _Writer, name: str) -> None:
    if name == "table":
        if writer.rows is None:
            writer.gap(2)
            writer.rows = []
    elif writer.rows is None or writer.outer:
        writer.gap(1)  # of a table in a table, and of cells that stand in none
    elif name == "tr":
        writer.rows.append([])
    else:
        writer.outer.append((writer.out, writer.breaks))
        writer.out, writer.breaks, writer.blank = [], 0, False


def _cell(writer: _Writer) -> None:
    if not writer.outer:
        return
    held = " ".join("".join(writer.out).split()).replace("|", "\\|")
    writer.out, writer.breaks = writer.outer.pop()
    writer.blank, writer.opening = False, ""
    writer.marks = [(closing, place) for closing, place in writer.marks if place <= len(writer.out)]
    if writer.rows is not None:
        if not writer.rows:
            writer.rows.append([])
        writer.rows[-1].append(held)


def _written_table(writer: _Writer) -> None:
    """The rows of a table; a table of one column is laid out as lines, for it only orders the page."""
    rows = [row for row in writer.rows or [] if any(row)]
    writer.rows = None
    if not rows:
        return
    width = max(len(row) for row in rows)
    prefix = "\n" + writer.prefix()
    if width == 1:
        writer.write((prefix.rstrip(" ") + prefix).join(row[0] for row in rows))
    else:
        filled = [row + [""] * (width - len(row)) for row in rows]
        lines = ["| " + " | ".join(row) + " |" for row in filled]
        writer.write(prefix.join([lines[0], "|" + " --- |" * width, *lines[1:]]))
    writer.gap(2)
