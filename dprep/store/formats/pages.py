"""Folders of HTML or Markdown: each file is a row of `text` (as it stands, with its marks) and `path`.

HTML: encoding as stated, else byte order mark, else `<meta charset>`, else UTF-8 if valid, else detected; as browsers do,
broken bytes become U+FFFD and do not cost the page. Markdown: as plain text; broken bytes reject the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dprep.store.formats.encodings import choose, guess, lookup, web_codec
from dprep.store.formats.files import detect_format
from dprep.store.formats.lines import utf8_blocks
from dprep.store.formats.reading import Chunk, Cut, File, Reading
from dprep.store.formats.streams import blocks
from dprep.store.formats.text import one_row, whole_file

_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.\-]{2,40})""", re.IGNORECASE)
_LOOK = 4096
"""Bytes that are searched for `<meta charset>`; browsers look at 1,024, real pages need more."""


def read(file: File, reading: Reading, span: tuple[int, int], cut: Cut) -> Iterator[Chunk]:
    """The one row of an HTML or Markdown file."""
    if (reading.format or detect_format(file.name)) == "markdown":
        yield one_row(file, reading, *whole_file(utf8_blocks(file, reading), reading.max_row))
        return
    page, length, trouble = whole_file(blocks(file), reading.max_row)
    yield one_row(file, reading, decode_page(page, stated=reading.encoding).encode(), length, trouble)


def decode_page(page: bytes, *, stated: str = "", by_server: str = "") -> str:
    """The text of an HTML page: stated encoding, byte order mark, the server's word, the page's word, UTF-8, a guess."""
    codec, skip = choose(page[:4], lookup(stated) if stated else "")
    if skip or stated:
        return page[skip:].decode(codec, "replace")
    said = _META.search(page[:_LOOK])
    named = web_codec(by_server) or (web_codec(said[1].decode("ascii")) if said else "")
    if named and not named.startswith(("utf-16", "utf-32")):  # a page that could be read so far is neither
        return page.decode(named, "replace")
    try:
        return page.decode()
    except UnicodeDecodeError:
        return page.decode(guess(page) or "cp1252", "replace")
