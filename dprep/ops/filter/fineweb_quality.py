"""Drop texts that are lists rather than prose: few lines that end a sentence, many short or repeated lines, few words per line.

The rules that FineWeb added to Gopher's and C4's. Use it on web pages of which the main text was taken, so that a line is a
paragraph. Do not use it on poems, lyrics, code, subtitles or text wrapped at a fixed width: such lines are short and end
anywhere.

A line ends where a line feed stands. Blank lines count as line feeds in `newline_ratio` and nowhere else. Text with nothing
but blanks is dropped by the first rule there is. To switch a rule off, set `min_terminal_lines` to 0 and a `max_` to 1 or
more.

**Chinese.** Use `flavour = "zh"` (needs `pip install 'dprep[zh]'`): the limits that FineWeb-2 measured for Mandarin,
and line feeds are counted per word of jieba's. The marks that end a sentence are those of all scripts, in every
flavour: 。！？ and ｡ are among them, … ； ” and 」 are not. `en` has English words only: Chinese up to the next blank is one.
For Japanese, `ja` has FineWeb-2's limits; words are runs of one script there (私|は|学校|に|行|きました), which come
near the words of a dictionary in number but are not those that the limit was measured with.

Source: Penedo et al. 2024, "The FineWeb Datasets", arXiv 2406.17557 (rules); huggingface/datatrove 0.10.1
`pipeline/filters/fineweb_quality_filter.py`, `utils/text.py` (definitions, limits, marks); huggingface/fineweb-2
`configs/cmn_Hani.yml`, `configs/jpn_Jpan.yml`, `fineweb-2-pipeline.py` (`zh`, `ja`).

```toml
op = "filter.fineweb_quality"
```
```diff
  {"text": "The bridge over the river was closed on Monday after a lorry had struck one of its piers."}
- {"text": "Home\\nAbout us and what we do\\nContact"}  # min_terminal_lines
- {"text": "Yes.\\nNo.\\nPerhaps.\\nNobody knows when the bridge will be open again."}  # max_short_lines
- {"text": "Read it again, and again, and again.\\nRead it again, and again, and again."}  # max_duplicate_line_characters
- {"text": "\\n\\n\\n\\nIncomprehensibilities characteristically.\\n\\n"}  # max_newline_ratio
  {"text": "Nobody was hurt, said the police.\\n\\nEngineers will look at the damage during the night."}
  {"text": "Those who live on the far bank have to drive to the next town, twenty miles upstream, and back again."}
```

```toml
op = "filter.fineweb_quality"
min_terminal_lines = 0.6
allow_no_terminal_lines = true
```
```diff
  {"text": "A catalogue entry of one long line, which by custom ends without any mark at all"}
- {"text": "The first line ends as a sentence does.\\nThe second one of the two, however, does not"}  # min_terminal_lines
  {"text": "This one ends as sentences do, and is long enough for a line."}
```
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
import polars as pl
from annotated_types import Ge, Le

from dprep.base.operator import Filter
from dprep.base.text import Text
from dprep.kernels.lines import lines
from dprep.kernels.repetition import ELEMENTS, LATER_CHARACTERS, line_shapes, text_lengths
from dprep.kernels.script_runs import script_runs
from dprep.kernels.tokens import chinese, english
from dprep.kernels.word_shapes import Counts, ratios

Share = Annotated[float, Ge(0), Le(1)] | None


class FinewebQuality(Filter):
    flavours: ClassVar[Mapping[str, Mapping[str, float | None]]] = {
        "en": {
            "min_terminal_lines": 0.12,
            "max_short_lines": 0.67,
            "max_duplicate_line_characters": 0.01,
            "max_newline_ratio": 0.3,
        },
        "zh": {
            "min_terminal_lines": 0.106,
            "max_short_lines": None,
            "max_duplicate_line_characters": 0.1,
            "max_newline_ratio": 0.178,
        },
        "ja": {
            "min_terminal_lines": 0.096,
            "max_short_lines": None,
            "max_duplicate_line_characters": 0.1,
            "max_newline_ratio": 0.13,
        },
    }

    flavour: Literal["en", "zh", "ja"] = "en"
    """Whose limits: FineWeb's for English, FineWeb-2's for Mandarin or Japanese."""

    language: Literal["auto", "en", "zh", "ja"] = "auto"
    """Whose words line feeds are counted per. `auto`: the flavour's."""

    min_terminal_lines: Share = 0.12
    """Least share of lines that end in a mark that ends a sentence."""

    allow_no_terminal_lines: bool = False
    """Keep texts of which no line at all ends so."""

    max_short_lines: Share = 0.67
    """Greatest share of lines of at most `short_line` characters."""

    short_line: Annotated[int, Ge(0)] = 30
    """Most characters of a short line."""

    max_duplicate_line_characters: Share = 0.01
    """Greatest share of the characters (line feeds left out) in lines that came before."""

    max_newline_ratio: Annotated[float, Ge(0)] | None = 0.3
    """Most line feeds per word; punctuation marks count as words."""

    def measure(self, text: Text) -> dict[str, pl.Series]:
        repeated, terminal, short = line_shapes(text, self.short_line)
        total = repeated[:, ELEMENTS]
        feeds = np.diff(text.once(lines).rows) - 1
        ending = ratios(terminal, total)
        if self.allow_no_terminal_lines:
            ending = np.where((terminal == 0) & (total > 0), 1.0, ending)
        rest = np.where(total > 0, text.once(text_lengths) - feeds, 0)
        return {
            "terminal_lines": pl.Series(ending),
            "short_lines": pl.Series(ratios(short, total)),
            "duplicate_line_characters": pl.Series(ratios(repeated[:, LATER_CHARACTERS], rest)),
            "newline_ratio": pl.Series(ratios(feeds, self._words(text))),
        }

    def _words(self, text: Text) -> Counts:
        language = self.flavour if self.language == "auto" else self.language
        if language == "ja":
            return text.once(script_runs)
        return np.diff(text.once(chinese if language == "zh" else english).rows)
