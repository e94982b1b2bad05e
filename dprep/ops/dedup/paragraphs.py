"""Remove paragraphs that stand in other rows too.

As `dedup.lines`, with paragraphs for lines: a paragraph is what blank lines part (a line with nothing but blanks is blank). Of
one that stands in `min_documents` rows or more, the first row in the input keeps it, and from all others it is cut, with the
blank lines behind it; `keep = "none"` cuts it everywhere. A row of which too little is left is dropped, with reason `min_left`
or `max_removed`, as it was.

Use it on articles and documents that share disclaimers, licences or templates, where single lines would be too small a unit.
Do not use it on text without blank lines, which is one paragraph: `dedup.lines` or `dedup.exact` serve there. A paragraph that
differs in one word is another paragraph: `dedup.substring` finds the part that is equal.

Paragraphs are compared as `dedup.lines` compares lines; line breaks inside them are blanks, so other wrapping is no difference
with "ccnet". `normalize = "none"` compares them as they are but for the blanks at their ends.

**Chinese.** As in `dedup.lines`. In Chinese text a paragraph often is one line, without a blank line behind it: use
`dedup.lines` for such text. Where lines were wrapped in the middle of a sentence, "ccnet" sees a blank at the break.

Source: comparison as in `dedup.lines`. allenai/dolma and facebookresearch/cc_net call a paragraph what is a line here.
`min_length` 10: none.

```toml
op = "dedup.paragraphs"
```
```diff
  {"text": "The lamp is made of brass.\\n\\nThis text is free: share it\\nas you like, in 2023."}
- {"text": "The chair is made of oak.\\n\\nThis text is free: share it as\\nyou like, in 2024.\\n\\nIt is old."}
+ {"text": "The chair is made of oak.\\n\\nIt is old."}
- {"text": "The table stands.\\n \\nThis text is free: share it as you like, in 2021."}
+ {"text": "The table stands."}
- {"text": "This text is free: share it as you like, in 2020."}  # min_left
  {"text": "Nobody else says this."}
  {"text": "今天的晚饭是面条。\\n\\n转载请注明出处，谢谢您的合作。"}
- {"text": "外面下着很大的雨。\\n\\n转载请注明出处，谢谢您的合作！"}
+ {"text": "外面下着很大的雨。"}
  {"text": "今天的晚饭是面条，\\n转载请注明出处。"}
```

```toml
op = "dedup.paragraphs"
keep = "none"
min_words = 3
within = true
max_removed = 0.5
```
```diff
- {"text": "Ask your doctor first.\\n\\nThe pill is small and round, and white."}
+ {"text": "The pill is small and round, and white."}
- {"text": "Ask your doctor first.\\n\\nDo it."}  # max_removed
  {"text": "Introduction\\n\\nOne"}
  {"text": "Introduction\\n\\nTwo"}
```
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from annotated_types import Ge, Le

from dprep.base.dedup_spans import Cuts, DedupSpans, Sites
from dprep.base.text import Text
from dprep.ops.dedup._units import cuts_of, sites_of


class Paragraphs(DedupSpans):
    counted: ClassVar[str] = "paragraphs"

    normalize: Literal["ccnet", "none"] = "ccnet"
    """What makes no difference between paragraphs: case, digits and CCNet's signs, or nothing but blanks at their ends."""

    min_length: Annotated[int, Ge(1)] = 10
    """Fewest characters of a paragraph that may be cut; blanks at its ends do not count."""

    min_words: Annotated[int, Ge(1)] = 1
    """Fewest words of a paragraph that may be cut: runs of letters and digits, and single han and kana."""

    min_documents: Annotated[int, Ge(2), Le(100_000)] = 2
    """Rows in which a paragraph must stand to be a repeat."""

    within: bool = False
    """Count every occurrence, also those in one row: then a paragraph that a row repeats is cut there too."""

    def least(self) -> int:
        return self.min_documents

    def by_document(self) -> bool:
        return not self.within

    def sites(self, text: Text, screen: npt.NDArray[np.uint64] | None) -> Iterator[Sites]:
        return sites_of(self, text, paragraphs=True)

    def spans(self, text: Text, repeated: npt.NDArray[np.bool_]) -> Cuts:
        return cuts_of(text, repeated, paragraphs=True)
