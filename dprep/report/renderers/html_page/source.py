"""A file with its lines numbered; lines of interest lead to what is said of them."""

from __future__ import annotations

from collections.abc import Iterable

from dprep.report.blocks import Source
from dprep.report.renderers.html_page.setting import Setting, id_of
from dprep.report.renderers.html_page.toml import Kind, coloured
from dprep.report.renderers.html_page.written import inline, quoted
from dprep.report.renderers.safe import lines

MOST = 2_000
"""Lines of a file."""
WIDEST = 1_000
"""Characters of a line."""
WHOLE = 200_000
"""Characters of a file."""


def source(block: Source, setting: Setting) -> str:
    """A list of lines, so that who listens hears their numbers and who copies does not copy them."""
    say, text = setting.say, block.text[:WHOLE]
    told = [line[:WIDEST] + "…" * (len(line) > WIDEST) for line in text.removesuffix("\n").split("\n")[:MOST]]
    marks = dict(block.marks)
    runs: Iterable[list[tuple[Kind, str]]] = (
        coloured("\n".join(told)) if block.language == "toml" else ([("", line)] for line in told)
    )
    body = "\n".join(_line(line, marks.get(number, ""), setting) for number, line in enumerate(runs, start=1))
    more = block.text.count("\n") - block.text.endswith("\n") + 1 - len(told)
    rest = (
        f'<p class="soft">{say.many(more, "{n} more line is not shown", "{n} more lines are not shown")}</p>'
        if more > 0
        else ""
    )
    caption = f"<figcaption>{inline(block.title, say)}</figcaption>" if block.title else ""
    label = quoted(block.title) or say("Source file")
    framed = f'<div class="wide" tabindex="0" role="region" aria-label="{label}"><ol class="source">\n{body}\n</ol></div>'
    return f"<figure>{caption}{framed}{rest}</figure>"


def _line(runs: list[tuple[Kind, str]], anchor: str, setting: Setting) -> str:
    """Marked: it leads to the place that bears its anchor; where none does, it is that place itself."""
    inner = "".join(f'<span class="{kind}">{lines(run)}</span>' if kind else lines(run) for kind, run in runs)
    if not anchor:
        return f"<li><code>{inner}</code></li>"
    if anchor not in setting.places:
        return f'<li class="mark"{id_of(anchor)}><code>{inner}</code></li>'
    way = setting.link(anchor, f'{setting.title(anchor)}<span aria-hidden="true"> ›</span>')
    return f'<li class="mark"><code>{inner}</code> {way}</li>'
