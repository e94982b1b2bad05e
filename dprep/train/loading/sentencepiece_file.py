"""What a SentencePiece model file says, read without the library: a training machine may lack it.

The file is one message of Google's wire format; only the fields that a tokenizer needs are read.
Source of field numbers: google/sentencepiece, src/sentencepiece_model.proto.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NORMAL, UNKNOWN, CONTROL, USER, UNUSED, BYTE = range(1, 7)
"""What a piece is."""
UNIGRAM, BPE = 1, 2
"""How a model chooses pieces; words (3) and characters (4) are not read."""


class NoModel(ValueError):
    """The bytes are no SentencePiece model."""


@dataclass(frozen=True)
class Piece:
    text: str
    score: float
    kind: int


@dataclass(frozen=True)
class SentencePieceFile:
    """A model: its pieces, in the order of their ids, and what is done to a text before."""

    pieces: tuple[Piece, ...]
    algorithm: int
    byte_fallback: bool
    unknown: int
    begin: int
    end: int
    padding: int
    """Ids; -1 where the model has none."""
    whitespace_last: bool
    """The mark of a word stands at its end."""
    normalization: str
    """Name of the normalisation, such as `nmt_nfkc`."""
    character_map: bytes
    """Precompiled normalisation; empty for none."""
    dummy_prefix: bool
    """A text begins as if a space stood before it."""
    fewer_spaces: bool
    """Spaces at the ends go, runs of spaces become one."""

    def name(self, place: int) -> str:
        """The control piece with an id; empty where there is none."""
        there = 0 <= place < len(self.pieces) and self.pieces[place].kind in {CONTROL, UNKNOWN}
        return self.pieces[place].text if there else ""


def read(file: Path) -> SentencePieceFile:
    """The model in a file. Raises OSError, NoModel."""
    try:
        return _read(file.read_bytes())
    except (IndexError, UnicodeDecodeError, struct.error, TypeError, ValueError) as fault:
        raise NoModel(str(fault)) from None


def _read(data: bytes) -> SentencePieceFile:
    whole = list(_fields(data))
    pieces = tuple(_piece(value) for number, value in whole if number == 1 and isinstance(value, bytes))
    if len(pieces) < 2:
        raise NoModel("it has no pieces")
    trained = _message(whole, 2)
    normal = _message(whole, 3)
    return SentencePieceFile(
        pieces=pieces,
        algorithm=_whole(trained, 3, UNIGRAM),
        byte_fallback=bool(_whole(trained, 35, 0)),
        unknown=_whole(trained, 40, 0),
        begin=_whole(trained, 41, 1),
        end=_whole(trained, 42, 2),
        padding=_whole(trained, 43, -1),
        whitespace_last=bool(_whole(trained, 24, 0)),
        normalization=_bytes(normal, 1).decode(),
        character_map=_bytes(normal, 2),
        dummy_prefix=bool(_whole(normal, 3, 1)),
        fewer_spaces=bool(_whole(normal, 4, 1)),
    )


def _piece(data: bytes) -> Piece:
    told = dict(_fields(data))
    return Piece(_bytes(told, 1).decode(), struct.unpack("<f", _bytes(told, 2, bytes(4)))[0], _whole(told, 3, NORMAL))


def _message(whole: list[tuple[int, int | bytes]], number: int) -> dict[int, int | bytes]:
    return {key: each for place, value in whole if place == number and isinstance(value, bytes) for key, each in _fields(value)}


def _whole(told: dict[int, int | bytes], number: int, default: int) -> int:
    """A whole number of 32 bits; negative ones are written as 64 bits."""
    value = told.get(number, default)
    if not isinstance(value, int):
        raise NoModel(f"field {number} is no number")
    return value - (1 << 64) if value >= 1 << 63 else value


def _bytes(told: dict[int, int | bytes], number: int, default: bytes = b"") -> bytes:
    value = told.get(number, default)
    if not isinstance(value, bytes):
        raise NoModel(f"field {number} is no text")
    return value


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """(number, value) of each field of a message."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        if kind == 2:
            size, at = _varint(data, at)
        elif kind in {1, 5}:
            size = 8 if kind == 1 else 4
        else:
            raise NoModel("it is written in another way")
        if at + size > len(data):
            raise NoModel("it breaks off")
        yield key >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise NoModel("a number is too long")
