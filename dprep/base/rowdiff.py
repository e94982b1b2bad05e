"""Row-diff, the one notation for change: `-` gone, `+` new, blank unchanged, then a JSON row, then `# reason`.

      {"text": "three words here"}
    - {"text": "too short"}  # min_words

One row is one line. Keys keep their order. What a reader could not see, or what would fool a terminal (control,
bidi and other format characters, unusual blanks, private use), is written as \\uXXXX, so that two texts that
differ also look different.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any, Literal

Sign = Literal["-", "+", " "]
Row = Mapping[str, Any]

# Categories Cc, Cf, Cs, Co, Zl, Zp, and Zs but for the blank and the ideographic blank, as ranges: a table built
# from unicodedata would cost 0.2 s at every import. The tests compare it with unicodedata.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2\u1680\u180e\u2000-\u200f"
    "\u2028-\u202f\u205f-\u2064\u2066-\u206f\ud800-\uf8ff\ufeff\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0001\U000e0020-\U000e007f\U000f0000-\U000ffffd\U00100000-\U0010fffd]"
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|(\\))")
_DECODER = json.JSONDecoder(strict=False)  # tabs inside strings are tolerated where a person typed them


@dataclass(frozen=True)
class Line:
    """One line of a row-diff."""

    sign: Sign
    row: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


def line(sign: Sign, row: Row, reason: str = "") -> str:
    """One row as one line, without the newline. Dates are written as ISO text, bytes as text."""
    text = f"{sign} {escaped(json.dumps(row, ensure_ascii=False, default=_as_json))}"
    return f"{text}  # {_escaped_reason(reason)}" if reason else text


def render(lines: Iterable[Line]) -> str:
    """The row-diff of `lines`; every line ends with a newline."""
    return "".join(f"{line(each.sign, each.row, each.reason)}\n" for each in lines)


def parse(text: str) -> list[Line]:
    """The lines of a row-diff; blank lines are skipped. Raises ValueError that names the line."""
    found = []
    for number, written in enumerate(text.split("\n"), start=1):
        if written.strip():
            try:
                found.append(_parsed(written.rstrip("\r")))
            except ValueError as fault:
                raise ValueError(f"line {number} is no row-diff line: {fault}") from fault
    return found


def before(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """The rows that went in: blank or `-`."""
    return [each.row for each in lines if each.sign != "+"]


def after(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """The rows that came out: blank or `+`."""
    return [each.row for each in lines if each.sign != "-"]


def difference(
    old: Sequence[Row],
    new: Sequence[Row],
    *,
    key: str = "id",
    parent: str = "parent",
    reasons: Mapping[Any, str] | None = None,
    without: Collection[str] = (),
) -> list[Line]:
    """What became of `old`: rows are the same row when they agree in `key`, which no two rows of a side share.

    A changed row is a `-` line and its `+` line; a row that is gone carries its reason from `reasons` (by key);
    an added row follows the row that its column `parent` names, else the one it follows in `new`. Columns in `without` are
    compared and shown by neither side.
    """
    told = reasons or {}
    known = {row[key] for row in old}
    present = {row[key]: row for row in new}
    leading, followers = _followers(new, known, key, parent)
    lines = [Line("+", _shown(row, without)) for row in leading]
    for row in old:
        was = _shown(row, without)
        if row[key] not in present:
            lines.append(Line("-", was, told.get(row[key], "")))
        else:
            now = _shown(present[row[key]], without)
            lines += [Line(" ", was)] if was == now else [Line("-", was), Line("+", now)]
        lines += [Line("+", _shown(added, without)) for added in followers.get(row[key], [])]
    return lines


def escaped(text: str) -> str:
    """`text` with every character that hides or misleads written as \\uXXXX (a pair of them beyond U+FFFF)."""
    return _HIDDEN.sub(lambda found: _code(found.group()), text)


def _followers(new: Sequence[Row], known: Collection[Any], key: str, parent: str) -> tuple[list[Row], dict[Any, list[Row]]]:
    """Added rows: those before any known row, and those after each."""
    leading: list[Row] = []
    followers: dict[Any, list[Row]] = {}
    current = leading
    for row in new:
        if row[key] in known:
            current = followers.setdefault(row[key], [])
        elif row.get(parent) in known:
            followers.setdefault(row[parent], []).append(row)
        else:
            current.append(row)
    return leading, followers


def _shown(row: Row, without: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in without}


def _parsed(written: str) -> Line:
    if written[0] not in "-+ ":
        raise ValueError("it must start with `-`, `+` or a blank")
    sign: Sign = "-" if written[0] == "-" else "+" if written[0] == "+" else " "
    start = len(written) - len(written[1:].lstrip(" \t"))
    row, end = _DECODER.raw_decode(written, start)
    if not isinstance(row, dict):
        raise ValueError("the row must be a JSON object")
    rest = written[end:].strip(" \t")
    if rest and not rest.startswith("#"):
        raise ValueError("after the row stands only `# reason`")
    return Line(sign, row, _unescaped(rest[1:].strip(" \t")))


def _escaped_reason(reason: str) -> str:
    """Escapes as in JSON; blanks at the ends too, since the reader strips them."""
    text = escaped(reason.replace("\\", "\\\\"))
    inner = text.strip(" ")
    lead = len(text) - len(text.lstrip(" ")) if inner else 0
    return "\\u0020" * lead + inner + "\\u0020" * (len(text) - lead - len(inner))


def _unescaped(reason: str) -> str:
    plain = _ESCAPE.sub(lambda found: "\\" if found[2] else chr(int(found[1], 16)), reason)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")  # pairs become one character


def _code(character: str) -> str:
    number = ord(character)
    if number < 0x10000:
        return f"\\u{number:04x}"
    number -= 0x10000
    return f"\\u{0xD800 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"


def _as_json(value: object) -> object:
    """What JSON has no word for."""
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)
