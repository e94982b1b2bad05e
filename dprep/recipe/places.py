"""Where each key and value of a TOML document stands. `tomllib` says what the text means; this says where it says so.

A path is what one would write in Python to reach a thing: ("step", 0, "ratios", "train"). The scanner trusts its input:
it is run only on text that `tomllib` has accepted.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field

from dprep.base.problem import Place

Path = tuple[str | int, ...]

_BLANK = re.compile(r"[ \t]*")
_VOID = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\(?s:.)|(?!""")[^\\])*"{3,5}' r"|'''(?:(?!''')(?s:.))*'{3,5}" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'"
)
_SCALAR = re.compile(r"[^,\[\]{}#\n]+")


@dataclass(frozen=True)
class Span:
    """Code points `start` to `end` of the text."""

    start: int
    end: int


@dataclass
class Places:
    """Places of the keys and values of one recipe. `said` holds those that an override moved elsewhere."""

    file: str
    text: str
    keys: dict[Path, Span] = field(default_factory=dict)
    values: dict[Path, Span] = field(default_factory=dict)
    said: dict[Path, Place] = field(default_factory=dict)

    def key(self, path: Path) -> Place:
        """Where the last key of `path` stands; the nearest thing around it where it stands nowhere."""
        return self._nearest(path, self.keys)

    def value(self, path: Path) -> Place:
        """Where the value of `path` stands; the nearest thing around it where it stands nowhere."""
        return self._nearest(path, self.values)

    def at(self, start: int, end: int | None = None) -> Place:
        """The place of the code points `start` to `end`, cut at the end of the line."""
        start = min(max(start, 0), len(self.text))
        line_start = self.text.rfind("\n", 0, start) + 1
        line_end = self.text.find("\n", start)
        line_end = len(self.text) if line_end < 0 else line_end
        length = max(1, min(start + 1 if end is None else end, line_end) - start)
        line = self.text.count("\n", 0, start) + 1
        return Place(self.file, line, start - line_start + 1, length, self.text[line_start:line_end])

    def whole(self) -> Place:
        """The file as a whole."""
        return Place(self.file)

    def _nearest(self, path: Path, first: dict[Path, Span]) -> Place:
        for end in range(len(path), 0, -1):
            known = path[:end]
            if known in self.said:
                return self.said[known]
            span = first.get(known) if end == len(path) else None
            span = span or self.keys.get(known) or self.values.get(known)
            if span:
                return self.at(span.start, span.end)
        return self.whole()


def find_places(text: str, file: str) -> Places:
    """The places of a document that `tomllib` accepts."""
    text = text.replace("\r\n", "\n")
    places = Places(file, text)
    _Scanner(places).document()
    return places


class _Scanner:
    """Walks the text once; every method starts at `self.pos` and leaves it behind what it read."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.text = places.text
        self.pos = 0
        self.items: dict[Path, int] = {}
        """Tables so far in each array of tables."""

    def document(self) -> None:
        table: Path = ()
        self.skip(_VOID)
        while self.pos < len(self.text):
            if self.text[self.pos] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip(_VOID)

    def header(self) -> Path:
        start = self.pos
        several = self.text.startswith("[[", start)
        self.pos += 2 if several else 1
        parts = self.key()
        self.pos += 2 if several else 1
        path: Path = ()
        for i, (name, span) in enumerate(parts):
            path = (*path, name)
            self.places.keys.setdefault(path, span)
            if several and i == len(parts) - 1:
                self.items[path] = self.items.get(path, 0) + 1
            if path in self.items:
                path = (*path, self.items[path] - 1)
        if several:
            self.places.keys[path] = Span(start, self.pos)
        return path

    def pair(self, table: Path) -> None:
        path = table
        for name, span in self.key():
            path = (*path, name)
            self.places.keys.setdefault(path, span)
        self.pos += 1  # the equals sign
        self.value(path)

    def key(self) -> list[tuple[str, Span]]:
        parts = []
        while True:
            self.skip(_BLANK)
            start = self.pos
            found = _STRING.match(self.text, start) or _BARE_KEY.match(self.text, start)
            if not found:
                raise ValueError(f"no key at {start}")
            self.pos = found.end()
            raw = found[0]
            parts.append((_unquoted(raw), Span(start, self.pos)))
            self.skip(_BLANK)
            if not self.text.startswith(".", self.pos):
                return parts
            self.pos += 1

    def value(self, path: Path) -> None:
        self.skip(_BLANK)
        start = self.pos
        opening = self.text[start]
        if opening == "[":
            self.array(path)
        elif opening == "{":
            self.inline_table(path)
        elif opening in "\"'":
            found = _STRING.match(self.text, start)
            if not found:
                raise ValueError(f"no string at {start}")
            self.pos = found.end()
        else:
            found = _SCALAR.match(self.text, start)
            if not found:
                raise ValueError(f"no value at {start}")
            self.pos = start + len(found[0].rstrip())
        self.places.values[path] = Span(start, self.pos)

    def array(self, path: Path) -> None:
        self.pos += 1
        self.skip(_VOID)
        item = 0
        while self.text[self.pos] != "]":
            self.value((*path, item))
            item += 1
            self.comma()
        self.pos += 1

    def inline_table(self, path: Path) -> None:
        self.pos += 1
        self.skip(_VOID)
        while self.text[self.pos] != "}":
            self.pair(path)
            self.comma()
        self.pos += 1

    def comma(self) -> None:
        self.skip(_VOID)
        if self.text[self.pos] == ",":
            self.pos += 1
            self.skip(_VOID)

    def skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.pos)
        self.pos = found.end() if found else self.pos


def _unquoted(raw: str) -> str:
    if raw[0] == '"':
        name: str = tomllib.loads(f"x = {raw}")["x"]
        return name
    return raw[1:-1] if raw[0] == "'" else raw
