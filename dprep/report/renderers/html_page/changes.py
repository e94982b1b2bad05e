"""What became of a text: gone and new words marked inside it, in colour, by a line, and in words for who listens."""

from __future__ import annotations

from collections.abc import Iterator

from dprep.report.blocks import Change, RowDiff
from dprep.report.renderers.difference import Difference, Side, Span, difference
from dprep.report.renderers.html_page.setting import Setting
from dprep.report.renderers.html_page.written import inline, spoken
from dprep.report.renderers.safe import lines, safe
from dprep.report.say import Say

MOST = 200
"""Lines of a row-diff."""
ALIKE, NEAR = 320, 120
"""Of a stretch that both texts have, if it is longer than ALIKE, only NEAR characters beside each change are shown."""


def change(block: Change, setting: Setting) -> str:
    """One text with its changes inside, or two texts side by side."""
    found = difference(block.before, block.after)
    body = _beside(block, found, setting.say) if block.side_by_side else _within(block, found, setting.say)
    note = f'<p class="soft">{spoken(block.note, setting.say)}</p>' if block.note else ""
    return f'<figure class="change">{body}{note}</figure>'


def row_diff(block: RowDiff, setting: Setting) -> str:
    """Lines of row-diff; within a `-` line and the `+` line after it, the words that differ are marked."""
    say = setting.say
    told = [line for entry in block.lines[:MOST] for line in entry.split("\n") if line.strip()][:MOST]
    body = "".join(_row_lines(told, say))
    more = len(block.lines) - MOST
    rest = (
        f'<p class="soft">{say.many(more, "{n} more line is not shown", "{n} more lines are not shown")}</p>'
        if more > 0
        else ""
    )
    note = f'<p class="soft">{spoken(block.note, say)}</p>' if block.note else ""
    return f'<div class="rows">{body}</div>{rest}{note}'


def _within(block: Change, found: Difference, say: Say) -> str:
    titles = " → ".join(inline(title, say) for title in dict.fromkeys((block.before_title, block.after_title)) if title)
    same = f' <span class="soft">{say("the same text")}</span>' if block.before == block.after else ""
    caption = f"<figcaption>{titles}{same}</figcaption>" if titles or same else ""
    last = len(found.merged) - 1
    body = "".join(
        _alike(old, say, first=not place, last=place == last) if equal else _gone(old, say) + _new(new, say)
        for place, (old, new, equal) in enumerate(found.merged)
    )
    end = max(found.before, found.after, key=lambda side: (side.whole, side.omitted))
    return f'{caption}<p class="text" dir="auto">{_skipped(found.after.skipped, say)}{body}{_omitted(end, say)}</p>'


def _alike(text: str, say: Say, *, first: bool, last: bool) -> str:
    """What both texts have, but its middle if it is long; of what stands before the first change and after the last, NEAR."""
    if len(text) <= ALIKE or (first and last):
        return lines(text)
    start, end = text[: NEAR // 2 if first else NEAR], "" if last else text[-NEAR:]
    left_out = say("{n} characters alike", n=len(text) - len(start) - len(end))
    return f'{lines(start)} <small class="more">… {safe(left_out)}{" …" * (not last)}</small> {lines(end)}'


def _beside(block: Change, found: Difference, say: Say) -> str:
    left = _column(block.before_title, found.before, "del", say)
    right = _column(block.after_title, found.after, "ins", say)
    same = f'<figcaption class="soft">{say("the same text")}</figcaption>' if block.before == block.after else ""
    return f'{same}<div class="beside">{left}{right}</div>'


def _column(title: str, side: Side, mark: str, say: Say) -> str:
    head = f'<p class="title">{inline(title, say)}</p>' if title else ""
    final = len(side.spans) - 1
    body = "".join(
        _alike(span.text, say, first=not place, last=place == final) if span.same else _marked(span, mark, say)
        for place, span in enumerate(side.spans)
    )
    return f'<div>{head}<p class="text" dir="auto">{_skipped(side.skipped, say)}{body}{_omitted(side, say)}</p></div>'


def _row_lines(told: list[str], say: Say) -> Iterator[str]:
    place = 0
    while place < len(told):
        line, after = told[place], told[place + 1] if place + 1 < len(told) else ""
        if line[0] == "-" and after[:1] == "+":
            found = difference(line[1:], after[1:])
            yield _row("-", _content(found.before, "del", say), say)
            yield _row("+", _content(found.after, "ins", say), say)
            place += 2
        else:
            yield _row(line[0], _alone(line, say), say)
            place += 1


def _content(side: Side, mark: str, say: Say) -> str:
    body = "".join(_marked(span, mark, say) for span in side.spans)
    return _skipped(side.skipped, say) + body + _omitted(side, say)


def _alone(line: str, say: Say) -> str:
    """A row that has no other to be compared with; the reason it went stands out."""
    end = line.rfind("}  # ")
    if end < 0:
        return inline(line[1:] if line[0] in "-+ " else line, say, 2_000)
    return f"{inline(line[1 : end + 1], say, 2_000)} <em>{inline(line[end + 3 :], say)}</em>"


def _row(sign: str, inner: str, say: Say) -> str:
    kind, word = {"-": ("gone", say("gone")), "+": ("new", say("new"))}.get(sign, ("same", ""))
    told = f'<span class="vh">{word}: </span>' if word else ""
    shown = sign if kind != "same" else ""
    return f'<div class="{kind}"><span class="sign" aria-hidden="true">{shown}</span>{told}<code dir="ltr">{inner}</code></div>'


def _marked(span: Span, mark: str, say: Say) -> str:
    if span.same:
        return lines(span.text)
    return _gone(span.text, say) if mark == "del" else _new(span.text, say)


def _gone(text: str, say: Say) -> str:
    return f'<del><span class="vh">[{say("gone")}: </span>{_seen(text)}<span class="vh">]</span></del>' if text else ""


def _new(text: str, say: Say) -> str:
    return f'<ins><span class="vh">[{say("new")}: </span>{_seen(text)}<span class="vh">]</span></ins>' if text else ""


def _seen(text: str) -> str:
    """Of a change, line breaks and tabs must be seen too."""
    return "\n".join(lines(part) + "↵" * (not last) for last, part in _parts(text)).replace("\t", "⇥\t")


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    found = text.split("\n")
    return ((place == len(found) - 1, part) for place, part in enumerate(found))


def _skipped(characters: int, say: Say) -> str:
    told = safe(say.many(characters, "{n} character before", "{n} characters before"))
    return f'<small class="more">{told} …</small> ' if characters > 0 else ""


def _omitted(side: Side, say: Say) -> str:
    if side.whole:
        told = say.many(side.whole, "{n} character in all", "{n} characters in all")
    elif side.omitted > 0:
        told = say.many(side.omitted, "{n} more character", "{n} more characters")
    else:
        return ""
    return f' <small class="more">… {safe(told)}</small>'
