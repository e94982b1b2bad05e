"""Drop texts with too many misspellings, or too many words that no dictionary knows.

`unknown_share` is the share of words that the `dictionary` does not hold; `misspellings` and `misspelling_share` count known
wrong spellings (`misspellings`, a list such as codespell's). Use the first against noise of scanning, random letters and the
wrong language, the second against careless typing: it is sure of what it finds and finds some. Do not use either on code,
jargon or chats, and take URLs and e-mail addresses out before (`clean.urls`), whose parts are words too.

A dictionary is a file with one word per line, or hunspell's `.dic` together with `affixes`, its `.aff`. Prefixes and suffixes
are expanded as the `.aff` says, compounds and suffixes of suffixes are not: for German or Finnish use a list of full forms.
Words are those of `filter.length`; case does not count, `don't` is one word, `word's` is known with `word`, `well-known` with
`well` and `known`, and words with digits are left out. Names are unknown unless listed. A text without a word that can be
judged has shares of 0 and stays. dprep ships no dictionary, and no source gives limits: these are a start, look at the
histograms of the report.

**Chinese.** Han, kana and Thai, Lao, Khmer and Burmese words are not judged against the dictionary: wrong characters make
other words there. But `misspellings` may hold phrases, of han characters too (在坐各位->在座各位): they count wherever they
stand. In mixed texts the English words are judged.

Source: hunspell(5) for the files; codespell-project/codespell `codespell_lib/data/dictionary.txt` for the format
`wrong->right`.

```toml
op = "filter.spelling"
dictionary = "words.dic"
affixes = "words.aff"
```
```diff
  {"text": "He walked; she's walking to the well-known mill."}
- {"text": "Teh qwick brwn fx"}  # max_unknown_share
- {"text": "Die Mühle steht am Fluss."}  # max_unknown_share
  {"text": "Unwalked 42 mills"}
  {"text": "磨坊在河边。"}
```

```toml
op = "filter.spelling"
misspellings = "misspellings.txt"
max_misspelling_share = 1.0
max_misspellings = 1
```
```diff
- {"text": "Teh parcel was recieved."}  # max_misspellings
  {"text": "I have recieved it."}
- {"text": "在坐各位，在坐各位"}  # max_misspellings
  {"text": "nothing wrong"}
```
"""

from functools import cache
from typing import Annotated

import numpy as np
import polars as pl
from annotated_types import Ge, Le
from pydantic import model_validator

from dprep.base.operator import Bound, File, Filter
from dprep.base.problem import Error, Problem
from dprep.base.text import Text
from dprep.kernels.automaton import Automaton, automaton, tallies
from dprep.kernels.hash_set import WordSet, word_set
from dprep.kernels.spelling import judged
from dprep.kernels.words import words
from dprep.models import spelling

Share = Annotated[float, Ge(0), Le(1)] | None


class Spelling(Filter):
    dictionary: File | None = None
    """Known words: one per line, or hunspell's `.dic`."""

    affixes: File | None = None
    """Hunspell's `.aff` for the dictionary."""

    misspellings: File | None = None
    """Known wrong spellings: `wrong->right` or `wrong` per line."""

    max_unknown_share: Share = 0.3
    """Largest share of words that the dictionary does not hold."""

    max_misspellings: Annotated[int, Ge(0)] | None = None
    """Most misspellings."""

    max_misspelling_share: Share = 0.05
    """Most misspellings per word."""

    @model_validator(mode="after")
    def _has_lists(self) -> "Spelling":
        if self.dictionary is None and self.misspellings is None:
            help = 'set `dictionary = "en_US.dic"` or `misspellings = "dictionary.txt"`'
            raise Error(
                Problem("missing-parameter", "`filter.spelling` needs a `dictionary` or a list of `misspellings`", help=help)
            )
        if self.affixes is not None and self.dictionary is None:
            raise Error(Problem("missing-parameter", "`affixes` are those of a `dictionary`", help="name the `.dic` file too"))
        return self

    def bounds(self) -> list[Bound]:
        lists = {"unknown_share": self.dictionary, "misspellings": self.misspellings, "misspelling_share": self.misspellings}
        return [bound for bound in super().bounds() if lists[bound.measure] is not None]

    def measure(self, text: Text) -> dict[str, pl.Series]:
        lower = text.once(_lowered)
        known = _known(self.dictionary, self.affixes) if self.dictionary else None
        wrong, phrases = _wrong(self.misspellings) if self.misspellings else (None, None)
        found = judged(lower.buffers, lower.once(words), known, wrong)
        misspelt = found.misspelt
        for each in phrases or ():
            misspelt = misspelt + tallies(*lower.buffers, each).matches
        measured = {"misspellings": misspelt, "misspelling_share": misspelt / np.maximum(found.words, 1)}
        measured["unknown_share"] = found.unknown / np.maximum(found.words, 1)
        return {bound.measure: pl.Series(measured[bound.measure]) for bound in self.bounds()}


def _lowered(text: Text) -> Text:
    return Text(text.series.str.to_lowercase().str.replace_all("’", "'", literal=True))


@cache
def _known(path: str, affixes: str | None) -> WordSet:
    return word_set(spelling.dictionary(path, affixes))


@cache
def _wrong(path: str) -> tuple[WordSet, tuple[Automaton, ...]]:
    """Misspellings that are one word, and the others: phrases that stand alone, and those of scripts without blanks."""
    listed = sorted(spelling.misspellings(path))
    counted = np.diff(words(Text(pl.Series(listed, dtype=pl.String))).rows)
    unspaced = [any(character >= "\u2e80" for character in entry) for entry in listed]
    single = tuple(entry for entry, n, han in zip(listed, counted, unspaced, strict=True) if n == 1 and not han)
    phrases = [entry for entry, n, han in zip(listed, counted, unspaced, strict=True) if n != 1 and not han]
    anywhere = [entry for entry, han in zip(listed, unspaced, strict=True) if han]
    made = [automaton(part, edges=apart) for part, apart in ((phrases, True), (anywhere, False)) if part]
    return word_set(single), tuple(made)
