"""What every block needs to be written: the words of a language, and where links may lead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dprep.report.blocks import Block, Fold, Report, Subhead
from dprep.report.renderers.html_page.written import inline
from dprep.report.say import Say

_ANCHOR = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")


@dataclass(frozen=True)
class Setting:
    """`places`: title by anchor, of all sections and subheads. A link to what is not there is written without a link."""

    say: Say
    places: Mapping[str, str]

    def link(self, anchor: str, inner: str) -> str:
        """`inner`, HTML already, as a link to a place of this page."""
        return f'<a href="#{anchor}">{inner}</a>' if anchor in self.places else inner

    def title(self, anchor: str) -> str:
        """Of the place, as HTML."""
        return inline(self.places[anchor], self.say)


def setting(report: Report) -> Setting:
    """Of a report: its language, its places."""
    return Setting(Say(report.language), dict(_places(report)))


def proper(anchor: str) -> str:
    """`anchor` where it may be an id of the page, else nothing."""
    return anchor if _ANCHOR.fullmatch(anchor) else ""


def id_of(anchor: str) -> str:
    """The attribute of a place, with its blank, or nothing."""
    return f' id="{anchor}"' if proper(anchor) else ""


def _places(report: Report) -> Iterator[tuple[str, str]]:
    for section in report.sections:
        if proper(section.id):
            yield section.id, section.title
        yield from ((head.anchor, head.text) for head in _subheads(section.blocks) if proper(head.anchor))


def _subheads(blocks: Iterable[Block]) -> Iterator[Subhead]:
    for block in blocks:
        if isinstance(block, Subhead):
            yield block
        elif isinstance(block, Fold):
            yield from _subheads(block.blocks)
