"""Remove the lines that C4 removes: without an end mark, of few words, about scripts and cookies.

A line stays if it ends with an end mark and not with an ellipsis, has enough words and none that is endless, and holds
neither `javascript` nor one of the phrases of cookie banners. Wiki citations (`[1]`, `[edit]`) are taken out of it. Lines end
where Unicode says they do; white space at their ends goes, and what is left is joined by line feeds.

Use it on text of web pages, where menus, buttons and captions stand on lines of their own, with `filter.c4` before it: that
drops the documents of which too little would be left. Do not use it on poems, code, tables, chats or text that is wrapped at
a fixed width: it removes most of their lines. The text of a page without a kept line becomes empty; `filter.length` drops it.

Flavours: `datatrove` is C4's own set, `fineweb` the same without the end mark, `dclm` asks for five words, `dolma` has only
end mark and words (script lines drop the document there: `filter.c4`). With `settled = false` the result is datatrove's to
the byte: blanks then stay where marks were (in 1 to 4 % of a sample of manuals, proposals and web pages).

**Chinese.** The other flavours look for ASCII end marks and count what blanks separate: of Chinese they keep almost nothing.
`zh` asks for 。！？……” or ： at the end and for 5 to 500 characters, and drops lines with □, ■ or the replacement character;
lines with characters of a private area, which its source drops too, stay. Traditional quotes (」) are no end mark in its
source: set `ends` for such text.

Source: datatrove `src/datatrove/pipeline/filters/c4_filters.py` and `examples/fineweb.py`; dolma
`python/dolma/taggers/c4.py`; dclm `baselines/baselines_configs/c4.yaml` and `baselines/mappers/modifiers.py`;
shjwudp/c4-dataset-script `c4_dataset_script/Chinese/filter_out_bad_lines.py` (zh).

```toml
op = "clean.c4_lines"
```
```diff
- {"text": "Home | About | Login\\nThe library opens at nine.\\nRead more...\\nPlease enable JavaScript to go on."}
+ {"text": "The library opens at nine."}
- {"text": "  The tower was built in 1887.[3] \\r\\nWe use cookies to make this site better."}
+ {"text": "The tower was built in 1887."}
  {"text": "He said \\"I will come.\\"\\nShe did not answer him!"}
  {"text": "One line that ends well is all it takes."}
  {"text": "There are words, and there are marks.\\nIs it enough?"}
```

```toml
op = "clean.c4_lines"
flavour = "fineweb"
```
```diff
  {"text": "no end mark is needed\\nby this flavour"}
- {"text": "a line of words [citation needed]\\ntwo words"}
+ {"text": "a line of words"}
  {"text": "the third line\\nof a poem\\nmay stay here"}
```

```toml
op = "clean.c4_lines"
flavour = "zh"
```
```diff
- {"text": "首页 新闻 登录\\n图书馆每天九点开门。\\n点击更多\\n他问：“几点？”"}
+ {"text": "图书馆每天九点开门。\\n他问：“几点？”"}
  {"text": "今天天气很好，我们去公园。"}
- {"text": "乱码的一行□□在这里。\\n第二行没有问题！"}
+ {"text": "第二行没有问题！"}
```
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import polars as pl
from annotated_types import Ge

from dprep.base.operator import Clean, Words
from dprep.base.text import Text, from_buffers
from dprep.kernels.line_rules import CITATIONS, FEW_WORDS, LENGTH, LONG_WORD, NO_END, PHRASE, SCRIPT, lines_by
from dprep.ops._c4 import LINES, POLICY, line_rules

_COUNTED = {
    "no_end": NO_END,
    "few_words": FEW_WORDS,
    "long_word": LONG_WORD,
    "length": LENGTH,
    "javascript": SCRIPT,
    "phrase": PHRASE,
    "citation": CITATIONS,
}


class C4Lines(Clean):
    flavours: ClassVar[Mapping[str, Mapping[str, Any]]] = LINES

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

    def edit(self, text: Text) -> pl.Series:
        kept = text.once(lines_by(line_rules(self), False))
        return from_buffers(kept.offsets, kept.data, text.series.name)

    def counts(self, before: Text, after: pl.Series) -> dict[str, pl.Series]:
        """Lines dropped by rule, and citation marks taken out of those that stay."""
        counted = before.once(lines_by(line_rules(self), False)).counts
        return {name: pl.Series(counted[:, column]) for name, column in _COUNTED.items()}
