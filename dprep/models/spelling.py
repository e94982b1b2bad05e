"""Dictionaries and lists of misspellings that a user keeps in files.

A dictionary is a word list (one per line) or hunspell's `.dic`, with the `.aff` that says what its flags mean. Expanded are
prefixes, suffixes and both together (SFX, PFX with cross product, FLAG long and num, AF, NEEDAFFIX, FORBIDDENWORD,
ONLYINCOMPOUND), but not suffixes of suffixes and compounds: German or Hungarian need a word list. Source: hunspell(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from dprep.base.problem import fail
from dprep.models.lists import MOST, lines


class _Rule(NamedTuple):
    strip: str
    add: str
    condition: re.Pattern[str] | None


class _Affixes(NamedTuple):
    rules: dict[str, list[_Rule]]
    prefixes: frozenset[str]
    crossing: frozenset[str]
    kind: str
    aliases: tuple[str, ...]
    bare: frozenset[str]
    """Flags of stems that are no words themselves."""
    forbidden: frozenset[str]
    encoding: str


@cache
def dictionary(path: str, affixes: str | None) -> tuple[str, ...]:
    """Every word of a dictionary, lower-cased. Raises Error (`unreadable-file`)."""
    if affixes is None and Path(path).suffix != ".dic":
        return tuple({_plain(word) for word in lines(path)})
    rules = _affixes(affixes) if affixes else _Affixes({}, frozenset(), frozenset(), "", (), frozenset(), frozenset(), "utf-8")
    entries = _text(path, rules.encoding).splitlines()
    found = {_plain(word) for entry in entries[1:] for word in _forms(entry, rules)} - {""}
    if not found:
        help = "name a list of words, or hunspell's `.dic` file, whose first line is a number"
        raise fail("unreadable-file", f"`{Path(path).name}` holds no word", help)
    return tuple(found)


@cache
def misspellings(path: str) -> tuple[str, ...]:
    """The wrong side of every line `wrong->right`, or the whole line, lower-cased, with words apart by one blank."""
    return tuple({" ".join(_plain(line.partition("->")[0]).split()) for line in lines(path)} - {""})


def _plain(word: str) -> str:
    return word.lower().replace("’", "'")


def _text(path: str, encoding: str) -> str:
    name = Path(path).name
    try:
        data = Path(path).read_bytes()
        if len(data) > MOST:
            raise fail("unreadable-file", f"`{name}` has over {MOST:,} bytes", "name the right file")
        return data.decode(encoding, "strict").removeprefix("\ufeff")
    except LookupError as fault:
        raise fail("unreadable-file", f"`{name}` is in `{encoding}`, which is unknown here", "save it as UTF-8") from fault
    except UnicodeDecodeError as fault:
        raise fail(
            "unreadable-file", f"`{name}` is not text in `{encoding}`", "name the `.aff` file that belongs to it"
        ) from fault
    except OSError as fault:
        raise fail("unreadable-file", f"`{name}` cannot be read: {fault.strerror}", "name a dictionary") from fault


def _affixes(path: str) -> _Affixes:
    declared = re.search(r"(?m)^\s*SET\s+(\S+)", _text(path, "latin-1"))
    encoding = declared[1] if declared else "latin-1"
    rows = [line.split() for line in _text(path, encoding).splitlines()]
    options = {row[0]: row[1] for row in rows if len(row) > 1}
    kind = options.get("FLAG", "")
    rules: dict[str, list[_Rule]] = {}
    prefixes, crossing = set(), set()
    for row in rows:
        if len(row) < 4 or row[0] not in {"PFX", "SFX"}:
            continue
        is_header = row[3].isdigit() and row[2] in {"Y", "N"} and len(row) == 4 and row[1] not in rules
        if is_header:
            rules[row[1]] = []
            prefixes |= {row[1]} if row[0] == "PFX" else set()
            crossing |= {row[1]} if row[2] == "Y" else set()
        elif row[1] in rules:
            rules[row[1]].append(_rule(row, Path(path).name))
    aliases = tuple(row[1] for row in rows if len(row) > 1 and row[0] == "AF")[1:]
    bare = frozenset({options[option] for option in ("NEEDAFFIX",) if option in options})
    forbidden = frozenset({options[option] for option in ("FORBIDDENWORD", "ONLYINCOMPOUND") if option in options})
    return _Affixes(rules, frozenset(prefixes), frozenset(crossing), kind, aliases, bare, forbidden, encoding)


def _rule(row: list[str], name: str) -> _Rule:
    add = row[3].partition("/")[0]
    condition = row[4] if len(row) > 4 else "."
    pattern = f"(?:{condition})$" if row[0] == "SFX" else f"^(?:{condition})"
    try:
        compiled = None if condition == "." else re.compile(pattern)
    except re.error as fault:
        raise fail("unreadable-file", f"`{name}` has the condition `{condition}`, which is none", "mend the file") from fault
    return _Rule("" if row[2] == "0" else row[2], "" if add == "0" else add, compiled)


def _forms(entry: str, affixes: _Affixes) -> Iterator[str]:
    """All words that an entry of a `.dic` stands for."""
    stem, _, rest = re.split(r"\t|\s(?=\S\S:)", entry, maxsplit=1)[0].strip().replace("\\/", "\x00").partition("/")
    stem = stem.replace("\x00", "/")
    flags = _flags(rest, affixes)
    if not stem or affixes.forbidden & set(flags):
        return
    if not affixes.bare & set(flags):
        yield stem
    known = [flag for flag in flags if flag in affixes.rules]
    before = [flag for flag in known if flag in affixes.prefixes]
    for flag in known:
        if flag in affixes.prefixes:
            yield from (word for rule in affixes.rules[flag] for word in _prefixed(stem, rule))
            continue
        for rule in affixes.rules[flag]:
            for word in _suffixed(stem, rule):
                yield word
                for other in before if flag in affixes.crossing else ():
                    if other in affixes.crossing:
                        yield from (both for rule in affixes.rules[other] for both in _prefixed(word, rule))


def _flags(written: str, affixes: _Affixes) -> list[str]:
    if affixes.aliases and written.isdigit() and 0 < int(written) <= len(affixes.aliases):
        written = affixes.aliases[int(written) - 1]
    if affixes.kind == "long":
        return [written[i : i + 2] for i in range(0, len(written), 2)]
    return written.split(",") if affixes.kind == "num" else list(written)


def _suffixed(stem: str, rule: _Rule) -> Iterator[str]:
    if stem.endswith(rule.strip) and (rule.condition is None or rule.condition.search(stem)):
        yield stem[: len(stem) - len(rule.strip)] + rule.add


def _prefixed(stem: str, rule: _Rule) -> Iterator[str]:
    if stem.startswith(rule.strip) and (rule.condition is None or rule.condition.search(stem)):
        yield rule.add + stem[len(rule.strip) :]
