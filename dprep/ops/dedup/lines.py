"""Remove lines that stand in other rows too.

Of a line that stands in `min_documents` rows or more, the first row in the input keeps all its occurrences; from all other rows
it is cut, with its line break. `keep = "none"` cuts it everywhere: what stands on many pages is a menu, a footer or a notice,
not text. Blank lines around it stay: `clean.whitespace` behind it makes one of several. A row of which too little is left is
dropped, with reason `min_left` or `max_removed`, as it was.

Use it on crawled pages, mails and forum posts, whose headers, footers and buttons come again and again. Do not use it on code,
poems, dialogues or tables, where short lines are equal by right, nor where every row must stay readable alone: a line is cut
though the next one may speak of it. Whole rows that are nearly the same are the matter of `dedup.minhash`, which is best run
before; what repeats within one row only is that of `clean.repeated_lines`, unless `within = true`.

A line is what line feeds end. Two lines are equal if they are so without case, with every digit taken for 0, without blanks at
their ends, and without control characters and the signs that CCNet passes over (`，。、“”«»《》：？！（）；–—’…【】` and
more); a run of blanks is one blank. `normalize = "none"` compares them as they are but for the blanks at their ends. Lines
are told apart by 128-bit hashes. Lines under `min_length` characters or `min_words` words are never cut, so that rules of
dashes, brackets and "OK" stay.

With several columns, or the turns of a chat, each text is cut for itself, and all of a row count as one. A dropped row may
have held the first copy of a line that others then lost: with the default bounds only rows of which nothing is left are
dropped, and these held no first copy; a `min_left` or `max_removed` of your own may lose lines so.

**Chinese.** Han are words of their own, so `min_words` never spares a Chinese line; ten characters are a whole short sentence,
and 5 serve better for menus. Full-width signs are passed over by "ccnet", full-width letters and digits are other letters but
the same digit 0; traditional and simplified characters stay different.

Source: comparison: facebookresearch/cc_net `cc_net/text_normalizer.py` (normalize_for_dedup); one blank for several is ours.
Two documents, and bounds for length and words: allenai/dolma `src/deduper.rs`, where both are 0 by default and the lines of
one document count too. `min_length` 10: none, as in `clean.repeated_lines`.

```toml
op = "dedup.lines"
```
```diff
  {"text": "Accept all cookies to go on\\nThe lamp is made of brass."}
- {"text": "ACCEPT all cookies to go on\\nThe chair is made of oak."}
+ {"text": "The chair is made of oak."}
- {"text": "Rows of oak stood there.\\n\\n Accept all  cookies to go on"}
+ {"text": "Rows of oak stood there.\\n"}
- {"text": "Accept all cookies to go on"}  # min_left
  {"text": "OK\\nNobody else says this."}
  {"text": "OK\\n本店所有商品均支持七天无理由退货。\\n今天的晚饭是面条。"}
- {"text": "OK\\n本店所有商品均支持七天无理由退货\\n外面下着很大的雨。"}
+ {"text": "OK\\n外面下着很大的雨。"}
  {"text": "a short line\\na short line\\nthe same row says it twice"}
```

```toml
op = "dedup.lines"
keep = "none"
min_documents = 3
min_length = 2
within = true
normalize = "none"
max_removed = 0.5
```
```diff
- {"text": "Home\\nAll about lamps of brass"}
+ {"text": "All about lamps of brass"}
- {"text": "Home\\nAll about oak and its uses"}
+ {"text": "All about oak and its uses"}
- {"text": "Home\\nLamp"}  # max_removed
  {"text": "home\\nNews of today"}
  {"text": "News of today"}
- {"text": "啦啦\\n啦啦\\n啦啦\\n这是一首很长的歌。"}
+ {"text": "这是一首很长的歌。"}
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


class Lines(DedupSpans):
    counted: ClassVar[str] = "lines"

    normalize: Literal["ccnet", "none"] = "ccnet"
    """What makes no difference between lines: case, digits and CCNet's signs, or nothing but blanks at their ends."""

    min_length: Annotated[int, Ge(1)] = 10
    """Fewest characters of a line that may be cut; blanks at its ends do not count."""

    min_words: Annotated[int, Ge(1)] = 1
    """Fewest words of a line that may be cut: runs of letters and digits, and single han and kana."""

    min_documents: Annotated[int, Ge(2), Le(100_000)] = 2
    """Rows in which a line must stand to be a repeat."""

    within: bool = False
    """Count every occurrence, also those in one row: then a line that a row repeats is cut there too."""

    def least(self) -> int:
        return self.min_documents

    def by_document(self) -> bool:
        return not self.within

    def sites(self, text: Text, screen: npt.NDArray[np.uint64] | None) -> Iterator[Sites]:
        return sites_of(self, text, paragraphs=False)

    def spans(self, text: Text, repeated: npt.NDArray[np.bool_]) -> Cuts:
        return cuts_of(text, repeated, paragraphs=False)
