"""Add text statistics as columns: the signals that RedPajama-V2 publishes for every page.

Use it to look at a version before thresholds are chosen, with `filter.where` and `filter.outliers`, and to hand rows on
with the numbers that others filter by. To drop by one of Gopher's rules, `filter.gopher_quality` alone is enough.

`signals` picks the columns; shares and means are rounded to six places, null where there is nothing to divide by.

| signal | is |
|---|---|
| `words`, `sentences` | counts, as `tag.length` has them |
| `mean_word_length` | characters per word |
| `unique_words` | different words, lower-cased, per word |
| `unigram_entropy` | entropy of the lower-cased words, in nats |
| `all_caps_words` | tokens in capitals (`str.isupper`), per token |
| `no_letter_words` | tokens without a letter, per token |
| `symbol_ratio` | `#`, `...` and `…`, per token |
| `ellipsis_lines` | share of lines that end in `...` or `…` |
| `bullet_lines` | share of lines that start with one of `•‣▶◀◦■□▪▫–` |
| `terminal_lines` | share of lines that end in `.`, `!`, `?` or `”` |
| `digit_share`, `uppercase_share` | characters of the kind, per character |
| `curly_brackets` | `{` and `}`, per character |
| `lorem_ipsum` | `lorem ipsum` in any case, per character |
| `javascript` | how often `javascript` stands there in any case |

A token is a run of letters, digits and underscores, or a run of marks. Differences to RedPajama-V2: its words are what blanks
separate once ASCII punctuation is gone (`don't` is `dont`), here they are those of `filter.length` (`don't`); a letter there is
A to Z alone; bullets, end marks, digits, capitals and `javascript` are told of every line.

**Chinese.** Every han and kana character is a word and a token (RedPajama-V2 takes a sentence for one word), so
`mean_word_length` is near 1, `unigram_entropy` that of characters (MAP-NEO asks for 3 nats or more), and `terminal_lines` low,
as `。` is not among RedPajama's marks.

Source: togethercomputer/RedPajama-Data `app/src/core/quality_signals/natural_language.py`, `content.py`, `lines.py`,
`app/src/core/document.py`.

```toml
op = "tag.statistics"
signals = ["words", "mean_word_length", "unique_words", "unigram_entropy"]
```
```diff
- {"text": "To be or to be"}
+ {"text": "To be or to be", "words": 5, "mean_word_length": 2.0, "unique_words": 0.6, "unigram_entropy": 1.05492}
- {"text": "是不是"}
+ {"text": "是不是", "words": 3, "mean_word_length": 1.0, "unique_words": 0.666667, "unigram_entropy": 0.636514}
- {"text": "..."}
+ {"text": "...", "words": 0, "mean_word_length": null, "unique_words": null, "unigram_entropy": null}
```

```toml
op = "tag.statistics"
signals = ["all_caps_words", "no_letter_words", "ellipsis_lines"]
as = { all_caps_words = "caps" }
```
```diff
- {"text": "BUY now…\\n{a}"}
+ {"text": "BUY now…\\n{a}", "caps": 0.166667, "no_letter_words": 0.5, "ellipsis_lines": 0.5}
```
"""

from typing import Annotated, Literal, get_args

import numpy as np
import polars as pl
from annotated_types import MinLen
from pydantic import Strict

from dprep.base.operator import Tag
from dprep.base.text import Text
from dprep.kernels import statistics as counted
from dprep.kernels import word_shapes as shapes
from dprep.kernels.lines import split_lines
from dprep.kernels.shares import shares
from dprep.kernels.sizes import sizes
from dprep.kernels.word_shapes import Counts, Values, ratios
from dprep.kernels.words import words

_INTEGERS = ("words", "sentences", "javascript")
_BULLETS = tuple("•‣▶◀◦■□▪▫–")
# fmt: off
Signal = Literal[
    "words", "sentences", "mean_word_length", "unique_words", "unigram_entropy", "all_caps_words", "no_letter_words",
    "symbol_ratio", "ellipsis_lines", "bullet_lines", "terminal_lines", "digit_share", "uppercase_share", "curly_brackets",
    "lorem_ipsum", "javascript",
]
# fmt: on


class Statistics(Tag):
    signals: Annotated[tuple[Signal, ...], MinLen(1), Strict(False)] = get_args(Signal)
    """What is measured; a column each."""

    def notes(self) -> dict[str, pl.DataType]:
        return {name: pl.Int64() if name in _INTEGERS else pl.Float64() for name in self.signals}

    def note(self, text: Text) -> dict[str, pl.Series]:
        asked = set(self.signals)
        found: dict[str, Counts | Values] = {}
        for names, measure in _GROUPS:
            if asked & set(names):
                found |= measure(text)
        return {name: _column(name, found[name]) for name in self.signals}


def _column(name: str, values: Counts | Values) -> pl.Series:
    if name in _INTEGERS:
        return pl.Series(values, dtype=pl.Int64)
    return pl.Series(np.round(values, 6), dtype=pl.Float64).fill_nan(None)


def _of_words(text: Text) -> dict[str, Counts | Values]:
    lower = text.once(_lowered)
    found = lower.once(words)
    total = np.diff(found.rows)
    sums, entropy = counted.recurrence(lower.buffers, found)
    return {
        "words": total,
        "mean_word_length": ratios(sums[:, counted.LENGTH], total),
        "unique_words": ratios(sums[:, counted.DISTINCT], total),
        "unigram_entropy": entropy,
    }


def _lowered(text: Text) -> Text:
    return Text(text.series.str.to_lowercase())


def _of_sentences(text: Text) -> dict[str, Counts | Values]:
    return {"sentences": text.once(sizes).sentences}


def _of_tokens(text: Text) -> dict[str, Counts | Values]:
    found, symbols = counted.token_counts(text), shapes.symbol_counts(text.buffers)
    total = found[:, counted.TOKENS]
    return {
        "all_caps_words": ratios(found[:, counted.CAPITALS], total),
        "no_letter_words": ratios(found[:, counted.LETTERLESS], total),
        "symbol_ratio": ratios(symbols[:, shapes.HASHES] + symbols[:, shapes.ELLIPSES], total),
    }


def _of_lines(text: Text) -> dict[str, Counts | Values]:
    found = text.once(split_lines)
    dotted = shapes.line_counts(text.buffers, found, _BULLETS, ("...", "…"), strip=True, skip=False)
    ended = shapes.line_counts(text.buffers, found, _BULLETS, (".", "!", "?", "”"), strip=True, skip=False)
    total = dotted[:, shapes.LINES]
    return {
        "ellipsis_lines": ratios(dotted[:, shapes.TRAILING], total),
        "bullet_lines": ratios(dotted[:, shapes.BULLETS], total),
        "terminal_lines": ratios(ended[:, shapes.TRAILING], total),
    }


def _of_characters(text: Text) -> dict[str, Counts | Values]:
    found = text.once(shares)
    curly = _times(text.series, "{") + _times(text.series, "}")
    lower = text.once(_lowered).series
    return {
        "digit_share": found.share("digit"),
        "uppercase_share": found.share("uppercase"),
        "curly_brackets": ratios(curly, found.characters),
        "lorem_ipsum": ratios(_times(lower, "lorem ipsum"), found.characters),
        "javascript": _times(lower, "javascript"),
    }


def _times(texts: pl.Series, what: str) -> Counts:
    return texts.str.count_matches(what, literal=True).to_numpy().astype(np.int64)


_GROUPS = (
    (("words", "mean_word_length", "unique_words", "unigram_entropy"), _of_words),
    (("sentences",), _of_sentences),
    (("all_caps_words", "no_letter_words", "symbol_ratio"), _of_tokens),
    (("ellipsis_lines", "bullet_lines", "terminal_lines"), _of_lines),
    (("digit_share", "uppercase_share", "curly_brackets", "lorem_ipsum", "javascript"), _of_characters),
)
"""Signals that are found together, and how."""
