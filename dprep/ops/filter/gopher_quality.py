"""Drop texts that do not look like prose: too short, odd words, symbols, lists, cut-off lines, no stop words.

The rules of DeepMind's Gopher, as four well-known pipelines apply them. Use it on web pages, books and other running text. Do
not use it on code, tables, poems, chats or short messages: half of the rules measure that a text is not one of those.

The flavours differ in what is counted, not in the limits alone. `datatrove` and `zh` count tokens of a language (`language`:
spaCy's English rules, or jieba's Chinese words). A punctuation mark is a token; a word is a token that is more than
punctuation. `dolma` and `dclm` split at blanks and ignore `language`; only `words` of `dclm` goes by Unicode's word
boundaries.

- `stop_words`: how many different ones there are, as written (`datatrove`, `zh`); how many there are, as written (`dolma`) or
  in capitals too (`dclm`).
- `symbol_ratio`: words that hold `#` or `…`, per word (`dolma`); every `#`, `...`, `. . .` and `…`, per word (`dclm`).
- `bullet_lines`: start with `•` or `-` behind blanks (`datatrove`, `zh`), with `*` or `-` (`dolma`), with `●`, `•`, `*` or `-`
  behind blanks (`dclm`, which leaves blank lines out).
- `ellipsis_lines`: end in `...` or `…` and blanks (`datatrove`, `zh`), in `…` (`dolma`), in `...`, `. . .` or `…` and blanks
  (`dclm`).

A text without a word is dropped by the first rule there is. To switch a rule off, set a `min_` to 0 and a `max_` high.

**Chinese.** Use `flavour = "zh"` (needs `pip install 'dprep[zh]'`): words are jieba's, the limits and the 22 stop words those
that FineWeb-2 measured for Mandarin, simplified and traditional. The other flavours drop nearly every Chinese text, for want
of English stop words; `dolma` and `dclm` take a sentence for one word. What datatrove does with Chinese when it is told no
more is `flavour = "datatrove"` with `language = "zh"`, `min_mean_word_length = 1` and `min_stop_words = 0`. In a text that
mixes Chinese and English, `zh` counts the words of both, and Chinese stop words.

Source: Rae et al. 2021, "Scaling Language Models", arXiv 2112.11446, appendix A (rules and limits); huggingface/datatrove
0.10.1 `pipeline/filters/gopher_quality_filter.py`, `utils/text.py`; allenai/dolma `python/dolma/taggers/gopher.py`,
`configs/dolma-v1_5/mixing/cc-middle.yaml`; mlfoundations/dclm `baselines/baselines_configs/dclm_baseline_refinedweb.yaml`,
`baselines/mappers/core_utils.py`; huggingface/fineweb-2 `configs/cmn_Hani.yml`, `fineweb-2-pipeline.py` (`zh`).

```toml
op = "filter.gopher_quality"
min_words = 8
```
```diff
  {"text": "The council will meet on Monday to talk about the new bridge and the road that leads to it."}
- {"text": "Meeting of the council."}  # min_words
- {"text": "a b c d e f g h i j k the to"}  # min_mean_word_length
- {"text": "Click #here #now #sale #today to see all the offers of the week #deal"}  # max_hash_ratio
- {"text": "And then... the story... goes on... to the next page... of the book..."}  # max_ellipsis_ratio
- {"text": "- the bread and butter\\n- to the shop, of course\\n- the milk that we have"}  # max_bullet_lines
- {"text": "The first part of a long story that ends to be continued in the…"}  # max_ellipsis_lines
- {"text": "Result 413 of 5188: 31172 and 10290 of the 1000000 votes: 9940"}  # min_alphabetic_words
- {"text": "Blue shoes red shoes green shoes black shoes, white shoes and cheap shoes"}  # min_stop_words
  {"text": "People who live near the river have to be careful with fires when summers are dry."}
  {"text": "We have read that letter with great care and will answer it before the end of next week."}
```

```toml
op = "filter.gopher_quality"
flavour = "dolma"
min_words = 6
```
```diff
- {"text": "A list with #one #two #three to the end"}  # max_symbol_ratio
- {"text": "I am on to it as we be of it"}  # min_median_word_length
- {"text": "* one of the rivers\\n* and another"}  # max_bullet_lines
- {"text": "Be that as it may……\\nwe left with the others"}  # max_ellipsis_lines
  {"text": "Nothing else matters to the people of this town… they have the river."}
  {"text": "The train to the coast leaves at nine and comes back before midnight."}
```
"""

from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
import polars as pl
from annotated_types import Ge, Le

from dprep.base.operator import Filter, Words
from dprep.base.text import Text
from dprep.kernels import word_shapes as shapes
from dprep.kernels.char_flags import blank_words
from dprep.kernels.lines import lines, split_lines
from dprep.kernels.tokens import Tokens, chinese, english
from dprep.kernels.word_shapes import Counts, Values, ratios
from dprep.kernels.words import counts

_ENGLISH = ("the", "be", "to", "of", "and", "that", "have", "with")
_CHINESE = tuple("的年在月是和日了於·為有被人中为他與後也而由")
_BULLETS = {"dolma": ("*", "-"), "dclm": ("●", "•", "*", "-")}
_ELLIPSES = {"dolma": ("…",), "dclm": ("...", ". . .", "…")}

Share = Annotated[float, Ge(0), Le(1)] | None
Count = Annotated[int, Ge(0)] | None
Length = Annotated[float, Ge(0)] | None


class GopherQuality(Filter):
    flavours: ClassVar[Mapping[str, Mapping[str, float | None]]] = {
        "datatrove": {
            "min_words": 50,
            "max_words": 100_000,
            "min_mean_word_length": 3.0,
            "max_mean_word_length": 10.0,
            "min_median_word_length": None,
            "max_median_word_length": None,
            "max_hash_ratio": 0.1,
            "max_ellipsis_ratio": 0.1,
            "max_symbol_ratio": None,
            "max_bullet_lines": 0.9,
            "max_ellipsis_lines": 0.3,
            "min_alphabetic_words": 0.8,
            "min_stop_words": 2,
        },
        "dolma": {
            "min_mean_word_length": None,
            "max_mean_word_length": None,
            "min_median_word_length": 3.0,
            "max_median_word_length": 10.0,
            "max_hash_ratio": None,
            "max_ellipsis_ratio": None,
            "max_symbol_ratio": 0.1,
        },
        "dclm": {"max_hash_ratio": None, "max_ellipsis_ratio": None, "max_symbol_ratio": 0.1},
        "zh": {"min_mean_word_length": 1.0, "max_mean_word_length": 5.0, "min_alphabetic_words": 0.735},
    }

    flavour: Literal["datatrove", "dolma", "dclm", "zh"] = "datatrove"
    """Whose limits and definitions."""

    language: Literal["auto", "en", "zh"] = "auto"
    """Whose words the flavours `datatrove` and `zh` count. `auto`: Chinese for `zh`, else English."""

    stop_words: Words | None = None
    """The words that `min_stop_words` looks for; by default eight English ones, or 22 Chinese ones for `zh`."""

    min_words: Count = 50
    """Fewest words."""

    max_words: Count = 100_000
    """Most words."""

    min_mean_word_length: Length = 3.0
    """Least mean length of the words, in characters."""

    max_mean_word_length: Length = 10.0
    """Greatest mean length of the words, in characters."""

    min_median_word_length: Length = None
    """Least median length of the words, in characters."""

    max_median_word_length: Length = None
    """Greatest median length of the words, in characters."""

    max_hash_ratio: Annotated[float, Ge(0)] | None = 0.1
    """Most `#` per token."""

    max_ellipsis_ratio: Annotated[float, Ge(0)] | None = 0.1
    """Most `...` and `…` per token."""

    max_symbol_ratio: Annotated[float, Ge(0)] | None = None
    """Most symbols per word, of the kinds that the flavour counts."""

    max_bullet_lines: Share = 0.9
    """Greatest share of lines that start with a bullet."""

    max_ellipsis_lines: Share = 0.3
    """Greatest share of lines that end in an ellipsis."""

    min_alphabetic_words: Share = 0.8
    """Least share of tokens with a letter in them."""

    min_stop_words: Count = 2
    """Fewest stop words."""

    def measure(self, text: Text) -> dict[str, pl.Series]:
        natural = self.flavour in {"datatrove", "zh"}
        tokens = text.once(self._tokens if natural else blank_words)
        stops = self.stop_words if self.stop_words is not None else _CHINESE if self.flavour == "zh" else _ENGLISH
        found = shapes.word_counts(text.buffers, tokens, stops, every=not natural, fold=self.flavour == "dclm")
        total = np.diff(tokens.rows)
        measured: dict[str, Counts | Values] = {
            "words": text.once(counts).words if self.flavour == "dclm" else found[:, shapes.WORDS],
            "mean_word_length": ratios(found[:, shapes.CHARACTERS], found[:, shapes.WORDS]),
            **self._symbols(text, found, total),
            **self._lines(text),
            "alphabetic_words": ratios(found[:, shapes.LETTERED], total),
            "stop_words": found[:, shapes.STOP_KINDS if natural else shapes.STOP_WORDS],
        }
        if self.min_median_word_length is not None or self.max_median_word_length is not None:
            measured["median_word_length"] = shapes.median_lengths(text.buffers, tokens)
        return {name: pl.Series(values) for name, values in measured.items()}

    @property
    def _tokens(self) -> Callable[[Text], Tokens]:
        language = ("zh" if self.flavour == "zh" else "en") if self.language == "auto" else self.language
        return chinese if language == "zh" else english

    def _symbols(self, text: Text, found: Counts, total: Counts) -> dict[str, Values]:
        symbols = shapes.symbol_counts(text.buffers)
        hashes, ellipses = symbols[:, shapes.HASHES], symbols[:, shapes.ELLIPSES]
        every = hashes + ellipses
        if self.flavour == "dolma":
            every = found[:, shapes.SYMBOLIC]
        if self.flavour == "dclm":
            every = every + symbols[:, shapes.SPACED_ELLIPSES]
        return {
            "hash_ratio": ratios(hashes, total),
            "ellipsis_ratio": ratios(ellipses, total),
            "symbol_ratio": ratios(every, total),
        }

    def _lines(self, text: Text) -> dict[str, Values]:
        found = text.once(lines if self.flavour in _BULLETS else split_lines)
        bullets, ellipses = _BULLETS.get(self.flavour, ("•", "-")), _ELLIPSES.get(self.flavour, ("...", "…"))
        strip, skip = self.flavour != "dolma", self.flavour == "dclm"
        counted = shapes.line_counts(text.buffers, found, bullets, ellipses, strip=strip, skip=skip)
        return {
            "bullet_lines": ratios(counted[:, shapes.BULLETS], counted[:, shapes.LINES]),
            "ellipsis_lines": ratios(counted[:, shapes.TRAILING], counted[:, shapes.LINES]),
        }
