"""JSON documents read piece by piece: the way to a list inside, then its elements one at a time.

Only the element at hand is in memory, not the document. Values are found with the standard library's scanner, which says
where a value ends, and read with orjson by the caller, so that a record means the same here as in JSON Lines.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator

from dprep.store.formats.streams import BrokenOff

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(strict=False, parse_int=str, parse_float=str)
"""Lenient, for it only looks for ends: what it lets pass is judged with the value."""


class NotJson(Exception):
    """The document goes wrong here. Carries a sentence."""


class Document:
    """A JSON text and a place in it. Bytes that are no UTF-8 travel as surrogate escapes to whoever reads the value."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source = source
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._text, self._at, self._gone, self._ended = "", 0, 0, False
        self._broken: BrokenOff | None = None

    @property
    def place(self) -> int:
        """Characters before here."""
        return self._gone + self._at

    def peek(self) -> str:
        """The next character that is not blank, "" at the end."""
        while True:
            found = _BLANK.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(1 << 16):
                return ""

    def accept(self, characters: str) -> str:
        """Goes over the next character if it is one of these."""
        found = self.peek()
        if not found or found not in characters:
            return ""
        self._at += 1
        return found

    def expect(self, character: str) -> None:
        """Goes over this character; raises `NotJson` if another one stands here."""
        if self.accept(character):
            return
        found = self.peek()
        words = f"`{found}` stands at character {self.place + 1:,}" if found else f"it ends after {self.place:,} characters"
        raise NotJson(f"{words} where `{character}` is expected")

    def value(self, limit: int) -> str:
        """The text of the value that begins here; raises `NotJson` if it has no end within `limit` characters."""
        self.peek()
        while True:
            try:
                _, end = _DECODER.raw_decode(self._text, self._at)
                if end < len(self._text) or self._ended:  # a number may go on in the next block
                    made, self._at = self._text[self._at : end], end
                    return made
            except RecursionError:
                raise NotJson(f"the value at character {self.place + 1:,} is nested too deep") from None
            except json.JSONDecodeError as trouble:
                self._judge(trouble)
            have = len(self._text) - self._at
            if have > limit:
                raise NotJson(f"the value at character {self.place + 1:,} takes more than {limit:,} characters")
            # At least as much again, so that a long value is not scanned anew too often.
            self._ended = not self._more(max(have, 1 << 16))

    def _judge(self, trouble: json.JSONDecodeError) -> None:
        """Raises `NotJson` if more text would not mend it."""
        open_string = trouble.msg.startswith("Unterminated string")
        cut_escape = trouble.msg.startswith("Invalid \\") and len(self._text) - trouble.pos < 6
        if self._ended and (open_string or cut_escape or not self._text[trouble.pos :].strip()):
            raise NotJson("it ends in the middle of a value")
        if self._ended or (len(self._text) - trouble.pos > 16 and not open_string):
            raise NotJson(f"what stands at character {self._gone + trouble.pos + 1:,} does not belong there")

    def _more(self, least: int) -> bool:
        """Reads on; False if there is nothing more. What came before a break is used before the break is told."""
        if self._broken:
            raise self._broken
        parts = [self._text[self._at :]]
        self._gone, self._at, have, block = self._gone + self._at, 0, 0, b"x"
        while have < least and block:
            try:
                block = next(self._source, b"")
            except BrokenOff as trouble:
                self._broken = trouble
                break
            parts.append(self._decode(block, not block))
            have += len(parts[-1])
        self._text = "".join(parts)
        if self._broken and not have:
            raise self._broken
        return have > 0


def members(document: Document, limit: int) -> Iterator[str]:
    """Names of the object that begins here. The caller goes over each value before it asks for the next name."""
    document.expect("{")
    if document.accept("}"):
        return
    while True:
        if document.peek() != '"':
            document.expect('"')
        name = json.loads(document.value(limit), strict=False)
        document.expect(":")
        yield name
        if not document.accept(","):
            document.expect("}")
            return


def elements(document: Document, limit: int) -> Iterator[str]:
    """Texts of the elements of the list whose bracket has just been gone over."""
    if document.accept("]"):
        return
    while True:
        yield document.value(limit)
        if not document.accept(","):
            document.expect("]")
            return
        if document.peek() == "]":
            raise NotJson(f"a comma stands before the closing bracket at character {document.place + 1:,}")
