"""Correct known misspellings of a list of yours: `teh` becomes `the`, 迫不急待 becomes 迫不及待.

The list is a file: `wrong->right` lines as codespell has them, `wrong` and `right` with a tab between, or lines that begin
with the right word and go on with wrong ones (nlpaug). Nothing is guessed: a wrong word with several right ones is left alone,
and so is one that stands in the file as the right one of another.

Words are compared whole and without case, and keep their case: `Teh` becomes `The`, `TEH` becomes `THE`, `tEh` stays. A word
beside `@ / \\ # = & % $ ~`, before `(` or with a point or colon inside a name (`recieve.c`) is left alone, as part of an
address, a path or a program. An `'s` after a word does not hide it. Entries of several Latin words are not looked for. All of
it is repeated until nothing changes.

Use it on chats, mail and OCR whose models must not learn misspellings. Do not use it where errors are the subject (spelling
correction, language learners, authorship), and read a list before trusting it. With codespell's whole list 5,183 of 23.1
million words of books, manuals, standards and web pages change (224 per million); of 100 of them drawn and read some 70 were
misspellings, 8 other accepted spellings (despatch) and 22 names, foreign words and identifiers (BRIN, als). nlpaug's list
changes 13,059 per million, most of them right words (`note` to `not`): it is made for making errors, not for mending them.

**Chinese.** Entries with han or kana are looked for anywhere, from the left, the longest first: Chinese has no word boundaries
to stop them. So name phrases, not characters. Pairs of wrong and right characters learnt from one half of SIGHAN's sentences
damage 493 of the 550 right sentences of the other half; with one neighbour on each side 32 of them, and 17 of 283 wrong ones
come out right. Lists of idioms and of words that the makers of a text are known to confuse do better.

Source: the formats of codespell (`codespell_lib/data/dictionary.txt`) and nlpaug (`res/word/spelling/spelling_en.txt`).

```toml
op = "clean.typos"
file = "typos.txt"
```
```diff
- {"text": "Teh mail: did you RECIEVE alot of teh's?"}
+ {"text": "The mail: did you RECEIVE a lot of the's?"}
- {"text": "我definately喜欢"}
+ {"text": "我definitely喜欢"}
  {"text": "the tEh, acn, teh@example.org, recieve.c, #teh"}
```

```toml
op = "clean.typos"
file = "confusions.tsv"
```
```diff
- {"text": "他迫不急待地按装了软件"}
+ {"text": "他迫不及待地安装了软件"}
  {"text": "应该按照说明安装"}
```
"""

import re
from functools import cache
from typing import NamedTuple

import polars as pl

from dprep.base.operator import Clean, File
from dprep.base.text import Text, buffers, from_buffers
from dprep.kernels.automaton import Automaton, automaton, matches
from dprep.kernels.respell import Wrong, exchanged, find, wrong
from dprep.kernels.slices import pieces
from dprep.models.misspellings import misspellings

_ROUNDS = 16
"""A correction may make another word of the list with what stands beside it."""
_UNSPACED = re.compile("[\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


class _Lists(NamedTuple):
    words: Wrong | None
    right: pl.Series
    phrases: Automaton | None
    """What is no single word: phrases with han anywhere."""
    phrase_to: dict[str, str]


class Typos(Clean):
    file: File
    """The list of misspellings: UTF-8, one entry per line."""

    def edit(self, text: Text) -> pl.Series:
        known = _lists(self.file)
        series, rows = text.series, None
        for _ in range(_ROUNDS):
            before = series if rows is None else series.gather(rows)
            after = _phrases(_words(before, known), known)
            changed = (after != before).arg_true()
            if not len(changed):
                break
            rows = changed if rows is None else rows.gather(changed)
            series = series.clone().scatter(rows, after.gather(changed))
        return series


@cache
def _lists(file: str) -> _Lists:
    known = misspellings(file)
    anywhere = {one: right for one, right in known.items() if _UNSPACED.search(one) and one not in right}
    words = {one: right for one, right in known.items() if _WORD.fullmatch(one) and not _UNSPACED.search(one)}
    return _Lists(
        wrong(tuple(words)) if words else None,
        pl.Series(list(words.values()), dtype=pl.String),
        automaton(anywhere) if anywhere else None,
        anywhere,
    )


def _words(texts: pl.Series, known: _Lists) -> pl.Series:
    """Texts with the misspelt words that stand alone put right, in the case that they had."""
    if known.words is None:
        return texts
    offsets, data = buffers(texts)
    rows, starts, ends, numbers = find(offsets, data, known.words)
    if not len(starts):
        return texts
    both = pl.DataFrame({"found": pieces(data, starts, ends), "right": known.right.gather(numbers)})
    found, right = pl.col("found"), pl.col("right")
    capitals = (found == found.str.to_uppercase()) & (found.str.len_chars() > 1)
    first = found.str.slice(0, 1)
    titled = pl.concat_str(right.str.slice(0, 1).str.to_uppercase(), right.str.slice(1))
    cased = (
        pl.when(capitals).then(right.str.to_uppercase()).when(first != first.str.to_lowercase()).then(titled).otherwise(right)
    )
    new = both.select(cased.alias("new")).get_column("new")
    return from_buffers(*exchanged(offsets, data, (rows, starts, ends), buffers(new)))


def _phrases(texts: pl.Series, known: _Lists) -> pl.Series:
    """Texts with the wrong phrases of scripts without blanks put right."""
    if known.phrases is None:
        return texts
    offsets, data = buffers(texts)
    rows, starts, ends = matches(offsets, data, known.phrases)
    if not len(starts):
        return texts
    new = pieces(data, starts, ends).replace_strict(known.phrase_to, return_dtype=pl.String)
    return from_buffers(*exchanged(offsets, data, (rows, starts, ends), buffers(new)))
