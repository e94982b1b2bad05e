"""Forms of English words: lemminflect's tables (0.2.3, made from the SPECIALIST lexicon; extra `augment`).

Its neural rules for words that the tables lack are not asked: such words are known in their base form alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from dprep.base.problem import fail

_KINDS = {"NOUN": "n", "VERB": "v", "ADJ": "a", "ADV": "r"}
_NAMES = {letter: name for name, letter in _KINDS.items()}
BASE = {"n": "NN", "v": "VB", "a": "JJ", "r": "RB"}
"""The tag (Penn Treebank) of a base form."""


class Reading(NamedTuple):
    """What a word form may be."""

    lemma: str
    pos: str
    tags: tuple[str, ...]


def readings(word: str) -> tuple[Reading, ...]:
    """All that a form in lower case may be; none where the tables do not know it."""
    found = []
    for name, lemmas in _library().getAllLemmas(word).items():
        for lemma in dict.fromkeys(lemmas) if name in _KINDS else ():
            forms = _forms(lemma, name)
            tags = tuple(sorted(tag for tag, written in forms.items() if word in written and tag != "VBP"))
            base = BASE[_KINDS[name]]
            # the tables list words that are not counted (`money`) as plurals of themselves
            if word == lemma and (not tags or name == "NOUN"):
                tags = (base,)
            if tags:
                found.append(Reading(lemma, _KINDS[name], tags))
    return tuple(found)


def inflected(lemma: str, reading: Reading) -> str:
    """`lemma` in the form that all tags of `reading` ask for; empty where they differ, or the tables do not know.

    Of several words the last changes, or of verbs the first.
    """
    if reading.tags == (BASE[reading.pos],):
        return lemma
    head, blank, tail = lemma.partition(" ") if reading.pos == "v" else lemma.rpartition(" ")
    changing = head if reading.pos == "v" else tail
    forms = _forms(changing, _NAMES[reading.pos])
    written = {forms[tag][0] if tag in forms else "" for tag in reading.tags}
    if len(written) != 1 or not all(written):
        return ""
    return written.pop() + blank + tail if reading.pos == "v" else head + blank + written.pop()


@lru_cache(maxsize=1 << 16)
def _forms(lemma: str, name: str) -> dict[str, tuple[str, ...]]:
    forms: dict[str, tuple[str, ...]] = _library().getAllInflections(lemma, upos=name)
    if "VBD" in forms:  # the tables leave out a participle that is as the past
        forms.setdefault("VBN", forms["VBD"])
    return forms


def _library() -> Any:
    try:
        import lemminflect
    except ImportError:
        sentence = "forms of English words need the library `lemminflect`, which is not installed"
        raise fail("missing-library", sentence, '`pip install "dprep[augment]"` installs it') from None
    return lemminflect
