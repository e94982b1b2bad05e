"""Books of synonyms in a file or folder; what kind it is, its content tells.

WordNet              a folder with `index.*` and `data.*`: Debian's `wordnet-base`, nltk's `corpora/wordnet`
OpenMultilingual     a tab file of Open Multilingual WordNet: `00001740-n<TAB>cmn:lemma<TAB>实体`
MyThes               a thesaurus of LibreOffice, `th_*.dat`: its first line names its encoding
Listed               a user's own: a word and its synonyms, best first, with tabs between
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

from dprep.base.files import content_hash
from dprep.base.problem import Error, Problem, fail
from dprep.models.lists import lines
from dprep.models.mythes import MyThes, is_encoding
from dprep.models.thesaurus import HAN, Thesaurus
from dprep.models.wordnet import WordNet, is_wordnet

_HELP = "name WordNet's folder, an Open Multilingual WordNet tab file, a `th_*.dat`, or a list with tabs between words"
_SYNSET = re.compile(r"(\d{8})-([nvarsx])\t([^\t:]+):lemma\t(.+)")
_LANGUAGES = {"eng": "en", "cmn": "zh", "zho": "zh", "qcn": "zh", "cmn_tw": "zh"}


def thesaurus(path: str) -> Thesaurus:
    """The book at `path`, read once per process for each content. Raises Error (`no-such-file`, `unreadable-file`)."""
    return _read(path, content_of(path))


def content_of(path: str | None) -> str:
    """The hash of what stands at `path`; empty for none. Raises Error (`no-such-file`, `unreadable-file`)."""
    if path is None:
        return ""
    _check_there(path)
    try:
        return content_hash(path)
    except OSError as fault:
        raise fail("unreadable-file", f"`{Path(path).name}` cannot be read: {fault.strerror}", _HELP) from fault


def _check_there(path: str) -> None:
    """Raise Error (`no-such-file`) where nothing stands at `path`, with the command that puts Debian's there."""
    if Path(path).exists():
        return
    package = "mythes-en-us" if "mythes" in path or path.endswith(".dat") else "wordnet-base"
    help = f"`apt install {package}` puts it in `/usr/share`; or name another folder or file in `synonyms`"
    raise Error(Problem("no-such-file", f"there are no synonyms at `{path}`", help=help))


@cache
def _read(path: str, content: str) -> Thesaurus:
    """`content` makes a file that was written again another one."""
    name = Path(path).name
    if Path(path).is_dir():
        if not is_wordnet(path):
            raise fail("unreadable-file", f"the folder `{name}` is no WordNet: it has no `index.noun` and `data.noun`", _HELP)
        return WordNet(path)
    with open(path, "rb") as stream:
        head = stream.read(4096)
    if not head.strip():
        raise fail("unreadable-file", f"`{name}` is empty", _HELP)
    if b"\0" in head:
        raise fail("unreadable-file", f"`{name}` is no text", "unpack it if it is compressed; " + _HELP)
    if is_encoding(head):
        return MyThes(path)
    entries = lines.__wrapped__(path)  # not as it was read before
    if any(_SYNSET.fullmatch(entry) for entry in entries[:50]):
        return OpenMultilingual(entries, name)
    return Listed(entries, name)


class OpenMultilingual(Thesaurus):
    """Words of one language by WordNet's own numbers of meanings; what else the file says is passed over.

    The file orders neither meanings nor words. A word's meanings come in the order of how much their words mean the same
    otherwise (shared meanings of all meanings of both, in the mean), and so do the words of each.
    """

    tagged = True

    def __init__(self, entries: tuple[str, ...], name: str) -> None:
        self._words: dict[str, list[str]] = defaultdict(list)
        self._meanings: dict[str, list[str]] = defaultdict(list)
        codes = set()
        for entry in entries:
            if match := _SYNSET.fullmatch(entry):
                number, pos, code, written = match.groups()
                word = written.replace("_", " ").strip()
                meaning = number + ("a" if pos == "s" else pos)
                codes.add(code)
                if word and word not in self._words[meaning]:
                    self._words[meaning].append(word)
                    self._meanings[word.lower()].append(meaning)
        if len(codes) != 1:
            raise fail("unreadable-file", f"`{name}` mixes languages: {', '.join(sorted(codes)[:5])}", "keep one per file")
        self.language = _LANGUAGES.get(codes.pop(), "")

    def meanings(self, word: str, pos: str, most: int) -> list[list[str]]:
        mine = [each for each in self._meanings.get(word, ()) if not pos or each[-1] == pos]
        found = []
        for meaning in mine:
            near = [(-self.likeness(word, other, pos), other) for other in self._words[meaning] if other.lower() != word]
            if near:
                near.sort()
                found.append((sum(likeness for likeness, _ in near) / len(near), [other for _, other in near]))
        return [words for _, words in sorted(found)[:most]]

    def likeness(self, word: str, other: str, pos: str) -> float:
        one, two = (
            {each for each in self._meanings.get(name, ()) if not pos or each[-1] == pos} for name in (word, other.lower())
        )
        return len(one & two) / len(one | two)

    def phrases(self) -> tuple[str, ...]:
        return tuple(word for word in self._meanings if " " in word)


class Listed(Thesaurus):
    """A user's own list: `word<TAB>synonym<TAB>synonym`, or with commas between synonyms; a word may have several lines."""

    def __init__(self, entries: tuple[str, ...], name: str) -> None:
        self._lines: dict[str, list[list[str]]] = defaultdict(list)
        for entry in entries:
            word, tab, rest = entry.partition("\t")
            given = rest.split("\t") if "\t" in rest else re.split("[,，]", rest)
            synonyms = [each.strip() for each in given if each.strip()]
            if not tab or not synonyms or not word.strip():
                shown = entry[:40]
                raise fail("unreadable-file", f"`{name}`: `{shown}` is no word, a tab and synonyms of it", _HELP)
            self._lines[word.strip().lower()].append(synonyms)
        self.language = "zh" if any(map(HAN.search, self._lines)) else ""

    def meanings(self, word: str, pos: str, most: int) -> list[list[str]]:
        found = ([each for each in line if each.lower() != word] for line in self._lines.get(word, ()))
        return [line for line in found if line][:most]

    def phrases(self) -> tuple[str, ...]:
        return tuple(word for word in self._lines if " " in word)
