"""Drop documents that C4 drops: placeholder text, code, and pages of which the line rules leave too little.

The filter reads the text as it is and foresees what `clean.c4_lines` with equal settings would leave of it: it counts lines
with "lorem ipsum" and with a curly bracket among those that are long enough and end well, and the sentences of the lines that
would stay. `filter.c4`, then `clean.c4_lines`, is what datatrove's C4QualityFilter does in one go.

Use it on web pages, before other quality filters. Do not use it for code or mathematics (every document with a curly bracket
goes) or for short texts: whatever has fewer than five sentences goes.

Flavours: `fineweb` has no rule for end marks; `dclm` asks for three sentences and for five words per line; `dolma` looks for
the marks in all lines and also drops documents that mention JavaScript (in its source as a whole word, here anywhere), and
has no rule for sentences. Sentences are those of spaCy's sentencizer, which datatrove calls; dclm's source counts NLTK's. If
a document has lorem ipsum and brackets, the reason is `max_lorem_ipsum`; datatrove names what stands first.

**Chinese.** `language = "zh"` counts sentences over jieba's tokens and full-width marks, as datatrove does for Mandarin. `zh`
is a flavour of its own, made for Chinese pages: six lines must be left that end with 。！？……” or ： and have 5 to 500
characters.

Source: datatrove `src/datatrove/pipeline/filters/c4_filters.py` and `examples/fineweb.py`; dolma
`python/dolma/taggers/c4.py`; dclm `baselines/baselines_configs/c4.yaml`; shjwudp/c4-dataset-script
`c4_dataset_script/Chinese/filter_out_bad_lines.py` (zh).

```toml
op = "filter.c4"
```
```diff
  {"text": "It is one. It is two. It is three.\\nMenu\\nIt is four. It is five."}
- {"text": "It is one. It is two. It is three. It is four."}  # min_sentences
- {"text": "It is one. It is two. It is three.\\nLorem ipsum dolor sit amet.\\nIt is four. It is five."}  # max_lorem_ipsum
- {"text": "It is one. It is two. It is three.\\nThen if (a) { b. }.\\nIt is four. It is five."}  # max_curly_brackets
  {"text": "Who was it? I do not know! He came. He saw.\\nvar menu = {\\nHe left the place."}
```

```toml
op = "filter.c4"
flavour = "fineweb"
min_sentences = 1
```
```diff
  {"text": "three whole words"}
  {"text": "a heading\\nfollowed by this paragraph without a mark"}
- {"text": "two words"}  # min_sentences
- {"text": "some code {here} stands"}  # max_curly_brackets
  {"text": "see javascript {here} for more\\nand then go on"}
```

```toml
op = "filter.c4"
flavour = "dolma"
```
```diff
- {"text": "{"}  # max_curly_brackets
- {"text": "Enable JavaScript"}  # max_javascript
  {"text": "anything else"}
  {"text": "你好"}
```

```toml
op = "filter.c4"
flavour = "zh"
min_lines = 2
```
```diff
  {"text": "图书馆每天九点开门。\\n首页\\n他问：“几点？”"}
- {"text": "图书馆每天九点开门。\\n首页"}  # min_lines
```
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import polars as pl
from annotated_types import Ge

from dprep.base.operator import Filter, Words
from dprep.base.text import Text
from dprep.kernels.line_rules import (
    ALL_CURLY,
    ALL_LOREM,
    ALL_SCRIPT,
    CURLY,
    KEPT,
    LOREM,
    SCRIPT,
    lines_by,
)
from dprep.kernels.line_sentences import chinese_sentences, english_sentences
from dprep.ops._c4 import LINES, POLICY, line_rules

_DOCUMENTS: Mapping[str, Mapping[str, Any]] = {
    "datatrove": {},
    "fineweb": {},
    "dolma": {"everywhere": True, "max_javascript": 0, "min_sentences": None},
    "dclm": {"min_sentences": 3},
    "zh": {"language": "zh", "max_lorem_ipsum": None, "max_curly_brackets": None, "min_sentences": None, "min_lines": 6},
}


class C4(Filter):
    flavours: ClassVar[Mapping[str, Mapping[str, Any]]] = {name: {**LINES[name], **_DOCUMENTS[name]} for name in LINES}

    flavour: Literal["datatrove", "fineweb", "dolma", "dclm", "zh"] = "datatrove"
    """Whose rules apply where no parameter says otherwise."""

    ends: Words = (".", "?", "!", '"', "'")
    """A line must end with one of these; an empty list: with anything."""

    refused_ends: Words = ("...",)
    """A line must not end with one of these."""

    fewest_words: Annotated[int, Ge(0)] = 3
    """Fewest words of a line; a word is what blanks separate."""

    longest_word: Annotated[int, Ge(1)] | None = 1000
    """Most characters of a line's longest word."""

    fewest_characters: Annotated[int, Ge(0)] = 0
    """Fewest characters of a line."""

    most_characters: Annotated[int, Ge(0)] | None = None
    """Most characters of a line."""

    citations: bool = True
    """Take `[1]`, `[]`, `[edit]` and `[citation needed]` out of lines."""

    javascript: bool = True
    """Drop lines that hold `javascript`, in either case."""

    phrases: Words = POLICY
    """Drop lines that hold one of these; case of ASCII letters is ignored."""

    settled: bool = True
    """Judge a line that lost citation marks again as it then stands. False: once, as the sources do, blanks left where the
    marks were; then a second run of the step may change the text again."""

    language: Literal["en", "zh"] = "en"
    """Whose sentences are counted: over spaCy's English tokens, or over jieba's."""

    everywhere: bool = False
    """Look for lorem ipsum, brackets and javascript in all lines, also in those that the line rules drop."""

    max_lorem_ipsum: Annotated[int, Ge(0)] | None = 0
    """Most lines with "lorem ipsum"."""

    max_curly_brackets: Annotated[int, Ge(0)] | None = 0
    """Most lines with a `{`."""

    max_javascript: Annotated[int, Ge(0)] | None = None
    """Most lines that mention JavaScript."""

    min_sentences: Annotated[int, Ge(0)] | None = 5
    """Fewest sentences in the lines that would stay."""

    min_lines: Annotated[int, Ge(0)] | None = None
    """Fewest lines that would stay."""

    def measure(self, text: Text) -> dict[str, pl.Series]:
        lines = text.once(lines_by(line_rules(self), self.everywhere))
        counted = lines.counts
        columns = (ALL_LOREM, ALL_CURLY, ALL_SCRIPT) if self.everywhere else (LOREM, CURLY, SCRIPT)
        sentences = english_sentences if self.language == "en" else chinese_sentences
        total = np.concatenate([[0], np.cumsum(sentences(lines.data, lines.starts, lines.ends))])
        found = {
            "lorem_ipsum": counted[:, columns[0]],
            "curly_brackets": counted[:, columns[1]],
            "javascript": counted[:, columns[2]],
            "sentences": total[lines.rows[1:]] - total[lines.rows[:-1]],
            "lines": counted[:, KEPT],
        }
        return {name: pl.Series(numbers) for name, numbers in found.items()}
