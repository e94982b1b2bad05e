"""TOML text to plain data; what `tomllib` complains about becomes a problem in our words, with its place."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from dprep.base.problem import Error, Place, Problem
from dprep.recipe.places import Places, find_places

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

_WORDING = (
    (r"Expected '=' after a key", "a key stands without `=` and a value", "write `key = value`"),
    (r"Expected newline or end of document", "something follows a finished statement on the same line", "start a new line"),
    (r"Invalid statement", "this line is neither `key = value` nor a `[table]`", "comments start with `#`"),
    (r"Expected '\]' at the end of a table|Expected '\]\]'", "a table header is not closed", "write `[table]` or `[[table]]`"),
    (r"Cannot declare .* twice", "this table stands twice", "write `[[name]]` for a list of tables, or join the two"),
    (r"Cannot mutate immutable namespace|Cannot redefine namespace", "this table was closed before", "join it with the first"),
    (r"Cannot overwrite a value|Duplicate inline table key", "this key has a value already", "keep one of the two"),
    (
        r"Illegal character '\\n'|Unterminated string|Expected \"'\"|Expected \"'''\"",
        "a string is not closed",
        "end it with the quote it began with",
    ),
    (r"Unclosed array", "a list is not closed, or a comma is missing in it", "separate items by `,` and end with `]`"),
    (r"Unclosed inline table", "a table in braces is not closed, or a comma is missing in it", "end with `}` on the same line"),
    (r"Invalid initial character for a key", "a key cannot start like this", "put unusual keys in quotes"),
    (r"Unescaped '\\\\'", "a backslash begins nothing here", "write two backslashes, or use single quotes"),
    (r"Invalid hex value|not a Unicode scalar value", "this escape names no character", "write `\\u` and four hex digits"),
    (
        r"Illegal character|Found invalid character",
        "this character cannot stand here",
        "write it as an escape such as `\\u0000`",
    ),
    (r"Invalid date", "this date or time does not exist", ""),
    (r"Invalid value", "no value can be read here", "strings stand in quotes; a list in `[ ]`; true and false in lower case"),
)


def parse(text: str, file: str) -> tuple[dict[str, Any], Places]:
    """The document and its places. Raises Error (`bad-toml`)."""
    try:
        return tomllib.loads(text), find_places(text, file)
    except tomllib.TOMLDecodeError as fault:
        raise Error(_worded(str(fault), text, file)) from None
    except RecursionError:
        sentence = "lists or tables are nested too deeply to be read"
        raise Error(Problem("bad-toml", sentence, Place(file))) from None
    except ValueError:
        # Python refuses to turn thousands of digits into a number
        raise Error(Problem("bad-toml", "a number has too many digits", Place(file))) from None


def _worded(fault: str, text: str, file: str) -> Problem:
    found = _AT.search(fault)
    bare = fault[: found.start()] if found else fault
    place = _place(int(found[1]), int(found[2]), text, file) if found and found[1] else _last_place(text, file)
    for pattern, sentence, help in _WORDING:
        if re.match(pattern, bare):
            return Problem("bad-toml", sentence, place, help)
    return Problem("bad-toml", "this cannot be read as TOML", place, "toml.io shows the whole language on one page")


def _place(line: int, column: int, text: str, file: str) -> Place:
    lines = text.replace("\r\n", "\n").split("\n")
    return Place(file, line, column, 1, lines[line - 1] if line <= len(lines) else "")


def _last_place(text: str, file: str) -> Place:
    lines = text.replace("\r\n", "\n").rstrip().split("\n")
    return Place(file, len(lines), len(lines[-1]) + 1, 1, lines[-1])
