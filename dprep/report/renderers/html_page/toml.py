"""TOML in colours: which run of a line is a comment, a table, a key, a string, a number. Faults in it are not its matter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

Kind = Literal["", "comment", "table", "key", "string", "number"]

_QUOTES = ('"""', "'''")
_TOKEN = re.compile(
    r"(?P<comment>#.*)"
    r"|(?P<string>\"(?:[^\"\\]|\\.)*\"|'[^']*')"
    r"|(?P<number>(?<![\w.-])(?:[+-]?(?:0x[0-9A-Fa-f_]+|\d[\d_.:TZ+-]*(?:[eE][+-]?\d+)?|inf|nan)|true|false)(?![\w-]))"
)
_KEY = re.compile(r"""\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w.\s-])+?)\s*=""")
_TABLE = re.compile(r"\s*\[\[?[^\[\]]*\]\]?")


def coloured(text: str) -> Iterator[list[tuple[Kind, str]]]:
    """Line by line, runs with their kind; the runs of a line joined are the line."""
    inside = ""
    for line in text.split("\n"):
        if inside:
            end = line.find(inside)
            if end < 0:
                yield [("string", line)]
                continue
            end += len(inside)
            inside, rest = _opened(line[end:])
            yield [("string", line[:end]), *_values(rest, line[end + len(rest) :])]
            continue
        head, rest = _head(line)
        inside, plain = _opened(rest)
        yield head + _values(plain, rest[len(plain) :])


def _head(line: str) -> tuple[list[tuple[Kind, str]], str]:
    """The key or the table a line begins with, and what follows it."""
    if found := _TABLE.match(line):
        return [("table", found.group())], line[found.end() :]
    if found := _KEY.match(line):
        return [("", line[: found.start(1)]), ("key", found[1]), ("", line[found.end(1) : found.end()])], line[found.end() :]
    return [], line


def _opened(rest: str) -> tuple[str, str]:
    """The quotes of a string that goes on over the end of the line, and what stands before it."""
    for quotes in _QUOTES:
        place = rest.find(quotes)
        if place >= 0 and rest.count(quotes) % 2 and "#" not in rest[:place]:
            return quotes, rest[: rest.rfind(quotes)]
    return "", rest


def _values(text: str, string: str = "") -> list[tuple[Kind, str]]:
    """`string`: the begin of one that goes on."""
    found: list[tuple[Kind, str]] = []
    place = 0
    for match in _TOKEN.finditer(text):
        kind: Kind = match.lastgroup  # type: ignore[assignment]  # the groups are named for the kinds
        found += [("", text[place : match.start()]), (kind, match.group())]
        place = match.end()
    found += [("", text[place:]), ("string", string)]
    return [run for run in found if run[1]]
