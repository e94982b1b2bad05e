"""What a parser of Markdown shall not see: formulas, and names of Python such as `__init__`."""

from __future__ import annotations

import re
from urllib.parse import quote

_CODE = r"""
    ^[ \t]{0,3} (?P<fence> `{3,} | ~{3,}) [^\n]* \n (?: .*? ^[ \t]* (?P=fence) [^\n]* $ | .* \Z)
    | (?<! `) (?P<ticks> `+) (?! `) [^\n]{0,2000}? (?<! `) (?P=ticks) (?! `)
"""
_NO_EMPTY_LINE = r"(?! \n [ \t]* \n)"
_DOLLARS = rf"""
    (?<! \\) \$\$ (?: {_NO_EMPTY_LINE} [^$] | (?<= \\) \$ )+ \$\$
    | (?<! [\\$]) \$ (?! [\s$]) (?: \\[^\n] | [^$\n\\] )+ (?<! \s) \$ (?! [\d$])
"""
_BRACKETS = rf"""
    (?<! \\) \\\( (?: {_NO_EMPTY_LINE} [^\\] | \\[^()] )+? \\\)
    | (?<! \\) \\\[ (?P<display> (?: {_NO_EMPTY_LINE} [^\\] | \\[^\[\]] )+? ) \\\]
"""
_NAME = r"(?<! \w) __[a-z][a-z0-9_]*__ (?! \w)"
_NAMES = rf"""(?: (?<= [.'"]) | (?<= \w\() | (?<= from[ ]) ) {_NAME} | {_NAME} (?= [('"] | [ ]?= | \.[a-z])"""
_UNREAD = re.compile(f"(?P<code> {_CODE}) | {_DOLLARS} | {_BRACKETS} | {_NAMES}", re.DOTALL | re.MULTILINE | re.VERBOSE)
_SIGNS = ("$", "\\(", "\\[", "__")
_IS_FORMULA = re.compile(r"\A\s|[\\^_=+<>]")
_PRIVATE = (range(0xE000, 0xF900), range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE))


class Unread:
    """A text whose formulas and names are kept aside: `text` has placeholders, `restored` puts them back.

    Code is left as it is: a dollar in it opens no formula.
    """

    def __init__(self, text: str) -> None:
        self.kept: list[str] = []
        self.mark = ""
        self.text = text
        if any(sign in text for sign in _SIGNS):
            held = set(text)
            self.mark = next((chr(point) for points in _PRIVATE for point in points if chr(point) not in held), "")
        if self.mark:
            self.text = _UNREAD.sub(self._placeholder, text)

    def _placeholder(self, found: re.Match[str]) -> str:
        display = found["display"]
        if found["code"] is not None or (display is not None and not _IS_FORMULA.search(display)):
            return found[0]
        self.kept.append(found[0])
        # a character for private use is a letter to CommonMark: stars around it are emphasis
        return f"{self.mark}{len(self.kept) - 1}{self.mark}"

    def restored(self, text: str) -> str:
        """`text` with what was kept aside in its place; the parser writes targets of links with per cent signs."""
        if not self.kept:
            return text
        mark = f"(?:{self.mark}|{quote(self.mark)})"
        return re.sub(rf"{mark}(\d+){mark}", lambda found: self.kept[int(found[1])], text)
