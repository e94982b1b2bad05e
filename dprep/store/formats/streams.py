"""Bytes of a file, wherever it is and however it is compressed, in blocks of about 1 MiB.

A compressed stream that ends too early or is damaged gives its good bytes first and then raises `BrokenOff`.
Compression is told by the first bytes, so a wrong name does no harm.
"""

from __future__ import annotations

import bz2
import lzma
import os
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from dprep.base.problem import Error, fail
from dprep.store.formats.reading import File

BLOCK = 1 << 20
_BITE = 1 << 14
"""Compressed bytes fed at once where the library cannot be told to stop: zstd may grow them ten-thousandfold."""

_PACKAGES = {
    "s3": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "hf": "huggingface_hub",
    "http": "aiohttp",
    "https": "aiohttp",
    "abfs": "adlfs",
    "az": "adlfs",
}
_MAGIC = {b"\x1f\x8b": "gz", b"\x28\xb5\x2f\xfd": "zst", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz"}
_SUFFIXES = {".gz": "gz", ".zst": "zst", ".zstd": "zst", ".bz2": "bz2", ".xz": "xz"}
_LONG_NAMES = {"gz": "gzip", "zst": "zstd", "bz2": "bzip2", "xz": "xz"}


class BrokenOff(Exception):
    """The file broke off here; what came before is good. Carries a sentence."""


def is_packed(head: bytes) -> str:
    """The compression of a file that begins with `head`, "" if none."""
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "")


def is_remote(path: str) -> bool:
    """Whether fsspec opens it."""
    return "://" in path


def open_bytes(file: File) -> BinaryIO:
    """The file as it stands, for reading; raises `Error` if it cannot be opened."""
    if file.path == "-":
        return sys.stdin.buffer
    if is_remote(file.path):
        return _open_remote(file)
    if os.path.isdir(file.path):
        raise fail("unreadable-file", f"`{file.name}` is a folder, not a file", "name the files in it, as in `folder/*.jsonl`")
    try:
        return open(file.path, "rb")
    except FileNotFoundError:
        raise fail(
            "no-such-file", f"there is no file `{file.name}`", "look at `path` in the recipe, and at the root it starts from"
        ) from None
    except OSError as trouble:
        raise unreadable(file, trouble) from None


def open_seekable(file: File) -> BinaryIO:
    """As `open_bytes`, for formats whose table of contents stands at the end; a pipe is copied to a temporary file."""
    stream = open_bytes(file)
    if stream.seekable():
        return stream
    spool = tempfile.TemporaryFile()  # noqa: SIM115  (the caller closes it)
    while block := stream.read(BLOCK):
        spool.write(block)
    spool.seek(0)
    return spool


def blocks(file: File) -> Iterator[bytes]:
    """Decompressed bytes of the whole file."""
    stream = open_bytes(file)
    try:
        head = _read_some(stream, file, 8)
        codec = is_packed(head)
        _check_name(file, head, codec)
        whole = _raw(stream, file, head)
        yield from _CODECS[codec](whole) if codec else whole
    finally:
        if file.path != "-":
            stream.close()


def span_blocks(file: File, start: int, end: int) -> Iterator[bytes]:
    """Bytes of the lines that start in [start, end) of a plain local file."""
    with open_bytes(file) as stream:
        if start:
            stream.seek(start - 1)
            for _ in _rest_of_line(stream):  # it belongs to the range before
                pass
        at, block = stream.tell(), b"\n"
        while at < end:
            block = stream.read(min(BLOCK, end - at))
            if not block:
                return
            at += len(block)
            yield block
        if at == end and not block.endswith(b"\n"):
            yield from _rest_of_line(stream)


def _rest_of_line(stream: BinaryIO) -> Iterator[bytes]:
    """Up to the line end and with it, in pieces: a line may be longer than memory."""
    while piece := stream.readline(BLOCK):
        yield piece
        if piece.endswith(b"\n"):
            return


def peek(source: Iterator[bytes], least: int) -> tuple[bytes, Iterator[bytes]]:
    """The first `least` bytes or so, and an iterator that gives all bytes, those too."""
    head = bytearray()
    broken: BrokenOff | None = None
    try:
        while len(head) < least and (block := next(source, b"")):
            head += block
    except BrokenOff as trouble:
        broken = trouble

    def again() -> Iterator[bytes]:
        if head:
            yield bytes(head)
        if broken:
            raise broken
        yield from source

    return bytes(head), again()


def unreadable(file: File, trouble: Exception) -> Error:
    """The problem of a file that the system or a library will not read."""
    if isinstance(trouble, PermissionError):
        return fail(
            "unreadable-file",
            f"no permission to read `{file.name}`",
            "change its permissions, or run as a user who may read it",
        )
    words = trouble.strerror if isinstance(trouble, OSError) and trouble.strerror else str(trouble).split("\n")[0][:200]
    return fail("unreadable-file", f"`{file.name}` cannot be read: {words[:1].lower()}{words[1:].rstrip('.')}")


def missing_package(file_name: str, scheme: str) -> Error:
    """The problem of a place for which fsspec lacks its package."""
    package = _PACKAGES.get(scheme)
    cure = f"run `pip install {package}`" if package else "name a local file, or a place that fsspec knows"
    return fail("missing-package", f"`{file_name}` needs a package that is not installed to read `{scheme}://`", cure)


def _open_remote(file: File) -> BinaryIO:
    import fsspec

    try:
        return fsspec.open(file.path, "rb").open()  # type: ignore[no-any-return]
    except (ImportError, ValueError):
        raise missing_package(file.name, file.path.partition("://")[0]) from None
    except FileNotFoundError:
        raise fail("no-such-file", f"there is no file `{file.name}`") from None
    except Exception as trouble:  # every backend has exceptions of its own
        raise unreadable(file, trouble) from None


def _read_some(stream: BinaryIO, file: File, size: int) -> bytes:
    try:
        return stream.read(size)
    except Exception as trouble:
        if isinstance(trouble, OSError) or is_remote(file.path):  # remote ones have exceptions of their own
            raise unreadable(file, trouble) from None
        raise


def _raw(stream: BinaryIO, file: File, head: bytes) -> Iterator[bytes]:
    if head:
        yield head
    while block := _read_some(stream, file, BLOCK):
        yield block


def _check_name(file: File, head: bytes, codec: str) -> None:
    suffix = Path(file.name).suffix.lower()
    named = _SUFFIXES.get(suffix, "")
    if named and not head:
        raise BrokenOff(f"the {_LONG_NAMES[named]} data ends too early, after 0 compressed bytes")
    if named and not codec:
        shown = head[:4].decode("ascii", "backslashreplace")
        raise fail(
            "unreadable-file",
            f"`{file.name}` is named as {_LONG_NAMES[named]} but begins with `{shown}`, which is not {_LONG_NAMES[named]}",
            f"if it is plain, rename it without `{suffix}`; else fetch it again",
        )


def _gunzip(source: Iterator[bytes]) -> Iterator[bytes]:
    used, decoder, fresh = 0, zlib.decompressobj(31), True
    for data in source:
        used += len(data)
        while data:
            if fresh and not data.strip(b"\0"):  # tapes and some servers pad with zeros
                break
            made = _attempt("gzip", used, decoder.decompress, data, BLOCK)
            fresh = False
            if made:
                yield made
            data = decoder.unconsumed_tail
            if decoder.eof:
                data, decoder, fresh = decoder.unused_data, zlib.decompressobj(31), True
    if not fresh or not used:
        raise BrokenOff(f"the gzip data ends too early, after {used:,} compressed bytes")


def _unzstd(source: Iterator[bytes]) -> Iterator[bytes]:
    import zstandard

    maker = zstandard.ZstdDecompressor(max_window_size=1 << 31)
    used, decoder, fresh = 0, maker.decompressobj(), True
    for block in source:
        for start in range(0, len(block), _BITE):
            data = block[start : start + _BITE]
            used += len(data)
            while data:
                made = _attempt("zstd", used, decoder.decompress, data)
                fresh, data = False, b""
                if made:
                    yield made
                if decoder.eof:
                    data, decoder, fresh = decoder.unused_data, maker.decompressobj(), True
    if not fresh:
        raise BrokenOff(f"the zstd data ends too early, after {used:,} compressed bytes")


def _bounded(
    make: Callable[[], bz2.BZ2Decompressor | lzma.LZMADecompressor], name: str
) -> Callable[[Iterator[bytes]], Iterator[bytes]]:
    """bzip2 and xz: both libraries have the same verbs."""

    def run(source: Iterator[bytes]) -> Iterator[bytes]:
        used, decoder, fresh = 0, make(), True
        for data in source:
            used += len(data)
            while data or not (fresh or decoder.needs_input):
                if fresh and not data.strip(b"\0"):
                    break
                made = _attempt(name, used, decoder.decompress, data, BLOCK)
                fresh, data = False, b""
                if made:
                    yield made
                if decoder.eof:
                    data, decoder, fresh = decoder.unused_data, make(), True
        if not fresh:
            raise BrokenOff(f"the {name} data ends too early, after {used:,} compressed bytes")

    return run


def _attempt(name: str, used: int, step: Callable[..., bytes], *data: bytes | int) -> bytes:
    import zstandard

    try:
        return step(*data)
    except (zlib.error, OSError, EOFError, lzma.LZMAError, zstandard.ZstdError):
        raise BrokenOff(f"the {name} data is damaged, before compressed byte {used:,}") from None


_CODECS: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "gz": _gunzip,
    "zst": _unzstd,
    "bz2": _bounded(bz2.BZ2Decompressor, "bzip2"),
    "xz": _bounded(lzma.LZMADecompressor, "xz"),
}
