"""Pages read strictly: elements closed in the order they were opened; and their tables by row and column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "input", "br"}
"""Elements of the page that have no end."""
LIMIT = 2_000_000
"""Bytes of a page."""
_CODE = re.compile(r"<(style|script)[^>]*>.*?</\1>", re.DOTALL)
_BARE = re.compile(
    r"<(?!/?[a-z])|&(?!\w+;|#\d+;|#x[0-9a-f]+;)|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What is not written so in markup, or hides."""
OURS = """
html head meta title style body script header nav main footer section details summary figure figcaption div span p a bdi b i
h1 h2 h3 h4 ul ol li dl dt dd table caption thead tbody tr th td small code pre del ins mark output label input select
option button svg g path rect line circle text title polyline polygon use defs pattern tspan br
"""
"""What a page may be made of."""


@dataclass
class Node:
    """An element and what is in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All its words, blanks as they are shown."""
        return " ".join("".join(self._words()).split())

    def _words(self) -> Iterator[str]:
        for each in self.inside:
            if isinstance(each, str):
                yield each
            else:
                yield from each._words()

    def all(self, tag: str = "", **attributes: str) -> list[Node]:
        """Elements within, in order, with these attributes (`class_`: one of its classes)."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        found = []
        for each in self.inside:
            if isinstance(each, Node):
                if tag in ("", each.tag) and all(v in each.attributes.get(k, "").split() for k, v in wanted.items()):
                    found.append(each)
                found += each.all(tag, **attributes)
        return found


class Tree(HTMLParser):
    """The root is `tree.root`; fails where elements overlap, an attribute stands twice or an element has no end."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.root = Node("")
        self._open = [self.root]
        self.feed(source)
        self.close()
        assert len(self._open) == 1, f"not closed: {[node.tag for node in self._open[1:]]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = self._add(tag, attrs)
        if tag not in VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self._open.pop().tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)

    def _add(self, tag: str, attrs: list[tuple[str, str | None]]) -> Node:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute of {tag} stands twice"
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(node)
        return node


@dataclass(frozen=True)
class Grid:
    """A table: its heads, and its lines as words."""

    caption: str
    head: list[str]
    lines: list[list[str]]


class Page:
    """A page whose elements are well nested."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.root = Tree(source).root

    def section(self, name: str) -> Node:
        (found,) = self.root.all("section", id=name)
        return found

    def tables(self, section: str) -> list[Grid]:
        return [_grid(table) for table in self.section(section).all("table")]

    def cell(self, section: str, row: str, column: str, beside: str = "") -> str:
        """The one cell in the row `row`, under the head `column`, of tables that have the head `beside` too."""
        found = {
            line[grid.head.index(column)]
            for grid in self.tables(section)
            if column in grid.head and (not beside or beside in grid.head)
            for line in grid.lines
            if line[0] == row
        }
        assert len(found) == 1, f"{len(found)} cells for {row}, {column}"
        return found.pop()


def _grid(table: Node) -> Grid:
    lines = [[cell.text for cell in line.inside if isinstance(cell, Node)] for line in table.all("tr")]
    return Grid("".join(each.text for each in table.all("caption")), lines[0], lines[1:])


def check(source: str, title: str) -> Page:
    """What every page must be: well nested, of known elements, with one id each, links that lead somewhere, and small."""
    page = Page(source)
    nodes = page.root.all()
    assert source.startswith("<!doctype html>\n<html lang=")
    assert not _BARE.findall(_CODE.sub("", source).removeprefix("<!doctype html>"))
    assert {node.tag for node in nodes} - set(OURS.split()) == set()
    assert len(page.root.all("script")) == 1
    ids = [node.attributes["id"] for node in nodes if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    targets = [node.attributes["href"] for node in page.root.all("a")]
    assert all(target.startswith("#") for target in targets)
    assert {target[1:] for target in targets} - set(ids) == set()
    names = {name for node in nodes for name in node.attributes}
    assert not {name for name in names if name.startswith("on")}
    assert not names & {"src", "srcset", "action", "formaction", "xlink:href", "srcdoc", "data"}
    assert [node.text for node in page.root.all("h1")] == [title]
    assert len(source.encode()) < LIMIT
    return page
