"""Drop texts that repeat themselves: lines, paragraphs, and runs of two to ten words.

The rules of DeepMind's Gopher, as well-known pipelines apply them. Use it on web pages, where menus, link lists and
machine-made texts repeat. Do not use it on poems, code, tables and forms, which repeat because they must, nor on texts under
some 25 words: where no run of words occurs twice, the first four words count as the most frequent run, and may be 16 % of the
text.

The flavours differ in what is counted, not in the limits alone.

- A word is a token of a language (`language`), punctuation marks too (`datatrove`, `zh`), or what blanks separate (`dolma`).
- Duplicate lines and paragraphs are the second and later ones of equal ones (`datatrove`, `zh`; empty ones are left out), or
  all of them, the first too, empty ones too (`dolma`). Their characters are counted per character of the text, in `dolma` per
  character of its words.
- The top n-gram is the most frequent run of n words, of equally frequent ones the first: its characters times its occurrences.
  `datatrove` and `zh` add a blank between two words and divide by the characters of the text; `dolma` adds none and divides by
  the characters of all words.
- Duplicate n-grams are those met a second time reading from left to right and going on behind each one found, per character of
  the text (`datatrove`, `zh`), or all occurrences of all that occur twice, overlaps counted twice, per character of all
  n-grams (`dolma`).

An empty text is dropped by the first rule there is. To switch a rule off set it to 1 (2 for the top n-grams and the characters
of lines in `dolma`, whose shares may exceed 1).

**Chinese.** Use `flavour = "zh"` (needs `pip install 'dprep[zh]'`): words are jieba's, the limits those that FineWeb-2
measured for Mandarin; it has no rules on paragraphs, nor on characters of lines (`filter.fineweb_quality` has one). As in the
source, the blanks between the words of a top n-gram count though Chinese has none, so it comes out up to twice as high as its
share of the characters. `dolma` takes what stands between two blanks for a word and sees little in Chinese. Where Chinese and
English are mixed, the words of both count.

Source: Rae et al. 2021, "Scaling Language Models", arXiv 2112.11446, table A1 (rules and limits); huggingface/datatrove 0.10.1
`pipeline/filters/gopher_repetition_filter.py`; allenai/dolma `python/dolma/taggers/gopher.py`,
`configs/dolma-v1_5/mixing/cc-middle.yaml`; huggingface/fineweb-2 `configs/cmn_Hani.yml`, `fineweb-2-pipeline.py` (`zh`). Other
than in datatrove, n-grams are equal only if their words are, not if the same letters are cut into words in two ways.

```toml
op = "filter.gopher_repetition"
```
```diff
  {"text": "It is said that the river rises in the hills behind the town and runs to the sea through miles of forest."}
- {"text": "Read more\\n\\nThe bridge is closed until May.\\n\\nRead more\\n\\nRead more"}  # max_duplicate_paragraphs
- {"text": "Share\\nThe council met on Monday.\\nShare\\nNothing was said of it.\\nShare"}  # max_duplicate_lines
- {"text": "buy it now, buy it now, buy it now, or buy it later, as you like it, in our shops"}  # max_top_2_gram
  {"text": "In a town by the sea they bake bread of flour, water, salt and yeast, and sell what is left of it."}
  {"text": "At ten the night train was cancelled; most of its passengers slept in the waiting room, some of them standing."}
  {"text": "He is said to have left his post without a word, nor did anyone in the village ask him why, then or later."}
```

```toml
op = "filter.gopher_repetition"
flavour = "dolma"
max_top_2_gram = 2
max_top_3_gram = 2
max_top_4_gram = 2
```
```diff
  {"text": "One of them sang while another one played the flute."}
- {"text": "Share\\nThe council met on Monday evening.\\nShare"}  # max_duplicate_lines
- {"text": "Terms of sale apply to all orders; no word more: Terms of sale apply to all orders"}  # max_duplicate_5_grams
  {"text": "Snow fell all night, so that by morning neither road nor railway was open."}
```
"""

from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
import polars as pl
from annotated_types import Ge, Le

from dprep.base.operator import Filter
from dprep.base.text import Text
from dprep.kernels import repetition
from dprep.kernels.char_flags import blank_words
from dprep.kernels.ngrams import REPEATED, TOP, repeats
from dprep.kernels.tokens import Tokens, chinese, english
from dprep.kernels.word_shapes import Values, ratios

Share = Annotated[float, Ge(0), Le(1)] | None
Top = Annotated[float, Ge(0)] | None


class GopherRepetition(Filter):
    flavours: ClassVar[Mapping[str, Mapping[str, float | None]]] = {
        "datatrove": {
            "max_duplicate_paragraphs": 0.3,
            "max_duplicate_paragraph_characters": 0.2,
            "max_duplicate_lines": 0.3,
            "max_duplicate_line_characters": 0.2,
            "max_top_2_gram": 0.2,
            "max_top_3_gram": 0.18,
            "max_top_4_gram": 0.16,
            "max_duplicate_5_grams": 0.15,
            "max_duplicate_6_grams": 0.14,
            "max_duplicate_7_grams": 0.13,
            "max_duplicate_8_grams": 0.12,
            "max_duplicate_9_grams": 0.11,
            "max_duplicate_10_grams": 0.1,
        },
        "dolma": {
            "max_duplicate_paragraphs": None,
            "max_duplicate_paragraph_characters": None,
            "max_duplicate_line_characters": 0.3,
        },
        "zh": {
            "max_duplicate_paragraphs": None,
            "max_duplicate_paragraph_characters": None,
            "max_duplicate_lines": 0.287,
            "max_duplicate_line_characters": None,
            "max_top_2_gram": 0.256,
            "max_top_3_gram": 0.201,
            "max_top_4_gram": 0.171,
            "max_duplicate_5_grams": 0.198,
            "max_duplicate_6_grams": 0.182,
            "max_duplicate_7_grams": 0.167,
            "max_duplicate_8_grams": 0.154,
            "max_duplicate_9_grams": 0.14,
            "max_duplicate_10_grams": 0.127,
        },
    }

    flavour: Literal["datatrove", "dolma", "zh"] = "datatrove"
    """Whose limits and definitions."""

    language: Literal["auto", "en", "zh"] = "auto"
    """Whose words the flavours `datatrove` and `zh` count. `auto`: Chinese for `zh`, else English."""

    max_duplicate_paragraphs: Share = 0.3
    """Greatest share of paragraphs (what empty lines separate) that are repeated."""

    max_duplicate_paragraph_characters: Share = 0.2
    """Greatest share of the text's characters in repeated paragraphs."""

    max_duplicate_lines: Share = 0.3
    """Greatest share of lines that are repeated."""

    max_duplicate_line_characters: Annotated[float, Ge(0)] | None = 0.2
    """Most characters in repeated lines per character of the text."""

    max_top_2_gram: Top = 0.2
    """Most characters of the most frequent pair of words, all its occurrences together, per character of the text."""

    max_top_3_gram: Top = 0.18
    """As `max_top_2_gram`, of three words."""

    max_top_4_gram: Top = 0.16
    """As `max_top_2_gram`, of four words."""

    max_duplicate_5_grams: Share = 0.15
    """Greatest share of characters in repeated runs of five words."""

    max_duplicate_6_grams: Share = 0.14
    """As `max_duplicate_5_grams`, of six words."""

    max_duplicate_7_grams: Share = 0.13
    """As `max_duplicate_5_grams`, of seven words."""

    max_duplicate_8_grams: Share = 0.12
    """As `max_duplicate_5_grams`, of eight words."""

    max_duplicate_9_grams: Share = 0.11
    """As `max_duplicate_5_grams`, of nine words."""

    max_duplicate_10_grams: Share = 0.1
    """As `max_duplicate_5_grams`, of ten words."""

    def measure(self, text: Text) -> dict[str, pl.Series]:
        measured = self._as_dolma(text) if self.flavour == "dolma" else self._as_datatrove(text)
        return {name: pl.Series(values) for name, values in measured.items()}

    @property
    def _tokens(self) -> Callable[[Text], Tokens]:
        language = ("zh" if self.flavour == "zh" else "en") if self.language == "auto" else self.language
        return chinese if language == "zh" else english

    def _as_datatrove(self, text: Text) -> dict[str, Values]:
        characters = text.once(repetition.text_lengths)
        paragraphs, lines = repetition.repeated_paragraphs(text), repetition.repeated_lines(text, skip_empty=True)
        found = repeats(text.buffers, text.once(self._tokens), overlap=False)
        measured = {
            "duplicate_paragraphs": ratios(paragraphs[:, repetition.LATER], paragraphs[:, repetition.ELEMENTS]),
            "duplicate_paragraph_characters": ratios(paragraphs[:, repetition.LATER_CHARACTERS], characters),
            "duplicate_lines": ratios(lines[:, repetition.LATER], lines[:, repetition.ELEMENTS]),
            "duplicate_line_characters": ratios(lines[:, repetition.LATER_CHARACTERS], characters),
        }
        for place, length in enumerate(TOP):
            size, times = found.top[:, place, 0], found.top[:, place, 1]
            # joined by blanks
            measured[f"top_{length}_gram"] = ratios((size + length - 1) * times, characters)
        for place, length in enumerate(REPEATED):
            measured[f"duplicate_{length}_grams"] = ratios(found.repeated[:, place], characters)
        return _undefined_where_empty(measured, characters)

    def _as_dolma(self, text: Text) -> dict[str, Values]:
        lines = repetition.repeated_lines(text, skip_empty=False)
        found = repeats(text.buffers, text.once(blank_words), overlap=True)
        words = np.maximum(found.words, 1)
        measured = {
            "duplicate_lines": ratios(lines[:, repetition.EVERY], lines[:, repetition.ELEMENTS]),
            "duplicate_line_characters": ratios(lines[:, repetition.EVERY_CHARACTERS], words),
        }
        for place, length in enumerate(TOP):
            measured[f"top_{length}_gram"] = ratios(found.top[:, place, 0] * found.top[:, place, 1], words)
        for place, length in enumerate(REPEATED):
            measured[f"duplicate_{length}_grams"] = ratios(found.repeated[:, place], np.maximum(found.totals[:, place], 1))
        return _undefined_where_empty(measured, text.once(repetition.text_lengths))


def _undefined_where_empty(measured: dict[str, Values], characters: repetition.Counts) -> dict[str, Values]:
    return {name: np.where(characters > 0, values, np.nan) for name, values in measured.items()}
