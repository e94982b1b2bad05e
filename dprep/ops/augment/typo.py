"""Add copies of texts with misspellings that people really make.

Use it to make a classifier or a retriever robust against what people write: errors of habit (`recieve`, `tommorow`), letters
that fingers swap (`teh`), and in Chinese characters that input methods offer for the same sound. For errors of machines and
of single keys there is `augment.noise`. Only on training rows, which is the default once a split stands before. Do not use it
for text generation targets or for tagging and question answering, whose offsets it would break, nor where spelling decides.

Each word or character that the lists know is misspelt with chance `rate`, and one at least where any is known; of several
misspellings each is as likely as the others (no list says how often each is made). Case is kept: `Receive` becomes `Recieve`,
`RECEIVE` `RECIEVE`. URLs, e-mail addresses, mentions, hashtags, placeholders, code and all with a digit stay whole. Where
nothing is known, no row is added. What is drawn depends on the recipe's seed, the step's name and the row.

`lists` are those that dprep brings: `en`, some 840 words, and `zh`, some 450 words and characters. `files` add yours, one
misspelling or group per line: `wrong->right` (codespell), wrong and right with a tab between, a right word and then its wrong
ones (nlpaug, Birkbeck), a character, a tab and the characters it is taken for (look-alikes, homophones), or `U+4E00: yī` (a
table of pinyin: everyday characters with the same first reading are taken for one another, whatever their tone). Words are
compared without case. A wrong spelling that the lists also have as a right one (`form` for `from`) is left out unless
`real_words = true`. With codespell's list some 18,800 words are known; of nlpaug's list many are other words (`luke` for
`luck`), which change what a text says.

**Chinese.** The longest entry at a place is taken: 已经 as a word before 已 as a character. The list of dprep has homophones
(在 for 再, 以经 for 已经) and look-alikes (已 for 己) of everyday words, most of them simplified. A table of pinyin makes
nearly every character a candidate, so lower `rate` to 0.02 to 0.05 with one.

Source: the formats of codespell (`codespell_lib/data/dictionary.txt`), nlpaug (`res/word/spelling/spelling_en.txt`) and
pinyin-data (`pinyin.txt`); the lists `en` and `zh` are dprep's own.

```toml
op = "augment.typo"
```
```diff
  {"text": "Where is my friend's parcel, received tomorrow?"}
+ {"text": "Where is my friend's parcle, received tomorrow?"}
  {"text": "@their #friend 2nd http://a.b/receive"}
  {"text": "我已经知道了，谢谢"}
+ {"text": "我已经知到了，谢谢"}
  {"text": "12345"}
  {"text": "We believe the address is separate"}
+ {"text": "We believe the addres is separate"}
  {"text": "Tomorrow is Wednesday, definitely"}
+ {"text": "Tomorrow is Wednesday, definately"}
  {"text": "请再说一遍，我已经忘了"}
+ {"text": "清再说一遍，我已经忘了"}
```

```toml
op = "augment.typo"
lists = []
files = ["confusions.tsv"]
rate = 1.0
```
```diff
  {"text": "应该按照说明安装软件"}
+ {"text": "因该按照说明按装软件"}
  {"text": "没有什么可改的"}
  {"text": "应该安装"}
+ {"text": "因该按装"}
  {"text": "按照安装"}
+ {"text": "按照按装"}
  {"text": "应该按照"}
+ {"text": "因该按照"}
  {"text": "I received it"}
```
"""

import re
from functools import cache
from typing import Annotated, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Gt, Le
from pydantic import Strict, model_validator

from dprep.base.operator import Augment, File
from dprep.base.text import Buffers, Text, buffers, from_buffers
from dprep.kernels.automaton import Automaton, automaton, matches
from dprep.kernels.mistakes import candidates, drawn
from dprep.kernels.protected import protected_spans
from dprep.kernels.respell import Spans, Wrong, exchanged, find, wrong
from dprep.kernels.slices import gathered, pieces
from dprep.models.typo_lists import Spellings, merged, typo_list
from dprep.ops.augment._typos import common

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_UNSPACED = re.compile("[\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_CHARACTERS = 0x40000


class _Known(NamedTuple):
    """The lists, ready to be looked up. An entry's number is its place in `spellings`: words, phrases, single characters."""

    words: Wrong | None
    phrases: Automaton | None
    numbers: dict[str, int]
    """Of phrases."""
    characters: npt.NDArray[np.int32]  # (code points,): the number of each single character, else -1
    firsts: npt.NDArray[np.int64]  # (entries + 1,)
    spellings: Buffers
    """All of them in small letters, then with a capital first, then in capitals."""


class Typo(Augment):
    lists: Annotated[tuple[Literal["en", "zh"], ...], Strict(False)] = ("en", "zh")
    """The lists of dprep that are used."""

    files: Annotated[tuple[File, ...], Strict(False)] = ()
    """Lists of yours: UTF-8, one entry per line."""

    rate: Annotated[float, Gt(0), Le(1)] = 0.1
    """Chance of each word or character that the lists know to be misspelt."""

    real_words: bool = False
    """Also make words that the lists have as right ones of their own: `form` for `from`."""

    @model_validator(mode="after")
    def _has_a_list(self) -> "Typo":
        if not self.lists and not self.files:
            raise ValueError("name a list or a file")
        return self

    def check_files(self) -> None:
        for file in self.files:
            typo_list(file)

    def variant(self, text: Text, luck: npt.NDArray[np.uint64], number: int) -> pl.Series:
        known = _known(self.lists, self.files, self.real_words)
        at = text.buffers
        words, phrases = _words(at, known), _phrases(at, known)
        found = candidates(at, words, phrases, known.characters, protected_spans(at))
        rows, starts, ends, picks = drawn(found, known.firsts, luck, self.rate)
        offsets, data = known.spellings
        new = gathered(data, offsets[picks], offsets[picks + 1])
        made = from_buffers(*exchanged(*at, (rows, starts, ends), new), text.series.name)
        return (
            made.to_frame("new").select(pl.when(pl.col("new") != text.series).then("new")).to_series().alias(text.series.name)
        )


def _words(at: Buffers, known: _Known) -> Spans:
    return _nothing(len(at.offsets) - 1) if known.words is None else find(*at, known.words)


def _phrases(at: Buffers, known: _Known) -> Spans:
    """Entries of several characters of scripts without blanks."""
    if known.phrases is None:
        return _nothing(len(at.offsets) - 1)
    rows, starts, ends = matches(*at, known.phrases)
    numbers = pieces(at.data, starts, ends).replace_strict(known.numbers, return_dtype=pl.Int64)
    return Spans(rows, starts, ends, numbers.to_numpy())


def _nothing(rows: int) -> Spans:
    none = np.zeros(0, np.int64)
    return Spans(np.zeros(rows + 1, np.int64), none, none, none)


@cache
def _known(lists: tuple[str, ...], files: tuple[str, ...], real_words: bool) -> _Known:
    told = merged([*(common(name) for name in lists), *(typo_list(file) for file in files)], real_words)
    words = {right: wrongs for right, wrongs in told.items() if _WORD.fullmatch(right) and not _UNSPACED.search(right)}
    phrases = {right: wrongs for right, wrongs in told.items() if len(right) > 1 and _UNSPACED.search(right)}
    single = {right: wrongs for right, wrongs in told.items() if len(right) == 1 and _UNSPACED.search(right)}
    characters = np.full(_CHARACTERS, -1, np.int32)
    characters[[ord(character) for character in single]] = len(words) + len(phrases) + np.arange(len(single))
    ordered = words | phrases | single
    return _Known(
        wrong(tuple(words)) if words else None,
        automaton(phrases) if phrases else None,
        {phrase: len(words) + place for place, phrase in enumerate(phrases)},
        characters,
        np.cumsum([0, *(len(wrongs) for wrongs in ordered.values())]),
        _cased(ordered),
    )


def _cased(entries: Spellings) -> Buffers:
    small = pl.Series([spelling for wrongs in entries.values() for spelling in wrongs], dtype=pl.String)
    title = small.str.slice(0, 1).str.to_uppercase() + small.str.slice(1)
    return buffers(pl.concat([small, title, small.str.to_uppercase()], rechunk=True))
