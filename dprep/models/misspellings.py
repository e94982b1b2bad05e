"""Files of known misspellings: which wrong spelling has which right one.

Three ways of writing them are read, told by the first line: `wrong->right` (codespell), `wrong<TAB>right`, and
`right wrong wrong …` (nlpaug, Birkbeck and Wikipedia lists).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from dprep.base.problem import fail
from dprep.models.lists import lines


@cache
def misspellings(path: str) -> dict[str, str]:
    """Wrong spelling in lower case -> right one as the file has it.

    Left out is what cannot be decided: wrong spellings with several right ones (also codespell's with a comma after them), and
    those that are somewhere the right one of others, in any case. Raises Error (`unreadable-file`) where a line is of no kind.
    """
    known: dict[str, str | None] = {}
    rights: set[str] = set()
    for wrong, right in pairs(path):
        rights.update((right.lower(), *right.lower().split()))
        known[wrong.lower()] = right if known.get(wrong.lower(), right) == right else None
    clear = {wrong: right for wrong, right in known.items() if right and wrong not in rights}
    if not clear:
        raise fail(
            "unreadable-file", f"`{Path(path).name}` holds no misspelling with one right spelling", "write `wrong->right` lines"
        )
    return clear


def pairs(path: str) -> list[tuple[str, str]]:
    entries = lines(path)
    separator = "->" if "->" in entries[0] else "\t" if "\t" in entries[0] else None
    found = []
    for entry in entries:
        parts = entry.split(separator)
        if len(parts) < 2 or (separator and len(parts) > 2) or not all(part.strip() for part in parts):
            shown = separator.replace("\t", "a tab") if separator else "blanks"
            raise fail(
                "unreadable-file",
                f"`{Path(path).name}`: `{entry[:40]}` is no pair with {shown} between",
                "write one pair per line, all of them in the same way",
            )
        if separator is None:
            found += [(wrong, parts[0]) for wrong in parts[1:]]
        elif separator == "\t" or "," not in parts[1]:
            found.append((parts[0].strip(), parts[1].strip()))
        else:
            found += [(parts[0].strip(), right.strip()) for right in (*parts[1].split(","), "")]
    return found
