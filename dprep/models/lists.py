"""Lists of words or phrases that a user keeps in a file: one per line, UTF-8, comments after `#` at the start of a line."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from dprep.base.problem import fail

MOST = 64 * 2**20
"""Bytes of a list."""


@cache
def lines(path: str) -> tuple[str, ...]:
    """The lines of a list without blanks around them; empty ones and comments do not count.

    Raises Error (`unreadable-file`) where the file is no text, too large, or holds nothing.
    """
    name = Path(path).name
    try:
        data = Path(path).read_bytes()
        if len(data) > MOST:
            raise fail("unreadable-file", f"`{name}` has over {MOST:,} bytes", "name the right file")
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise fail("unreadable-file", f"`{name}` is not UTF-8: line {line}", "save the file as UTF-8") from fault
    except OSError as fault:
        raise fail(
            "unreadable-file", f"`{name}` cannot be read: {fault.strerror}", "name a text file with one entry per line"
        ) from fault
    found = tuple(line.strip() for line in text.split("\n"))
    kept = tuple(dict.fromkeys(line for line in found if line and not line.startswith("# ")))
    if not kept:
        raise fail("unreadable-file", f"`{name}` holds no entry", "write one entry per line")
    return kept
