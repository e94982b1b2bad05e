"""Lists of stop words: three that are built in, and those that stand in files."""

from __future__ import annotations

from pathlib import Path

from dprep.base.problem import fail

NAME = "words.txt"

LISTS: dict[str, tuple[str, ...]] = {
    "en": ("the", "be", "to", "of", "and", "that", "have", "with"),
    "zh": tuple("的年在月是和日了於為有被人中为他與後也而由"),
    "ja": tuple("のにをはたてがとで年し月れさ"),
}
"""By language. Sources: the page of `filter.stop_words`."""


def read_words(path: str) -> tuple[str, ...]:
    """The words of a list, lower-cased, each once: one per line; blank lines and lines that begin with `#` do not count.

    path: the file, or a folder that holds `words.txt`. Raises Error (`unreadable-file`).
    """
    file = Path(path) / NAME if Path(path).is_dir() else Path(path)
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError):
        help = "it must be a UTF-8 text file with one word per line, or an artifact of `dprep fit stop_words`"
        raise fail("unreadable-file", f"`{Path(path).name}` is no list of words that can be read", help) from None
    stripped = (line.strip() for line in lines)
    found = tuple(dict.fromkeys(word.lower() for word in stripped if word and not word.startswith("#")))
    if not found:
        raise fail("unreadable-file", f"the list of words `{Path(path).name}` is empty", "write one word per line")
    return found
