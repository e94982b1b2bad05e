"""Remove lines that were there before in the same text.

The first occurrence stays, later ones go. Two lines are the same if they are equal but for case and the blanks at their ends.
Blank lines and lines under `fewest_characters` characters are never removed; set `adjacent = true` to remove a line only
where it follows its like, blank lines between them not counted.

Use it on web pages and PDFs, where headers, footers and buttons come once per page or item. Do not use it on songs, poems,
logs, tables, code or dialogues, where lines come back for a reason: `adjacent = true` is milder. Lines that come back in
other documents are not its matter. Removing lines may leave several blank lines in a row: `clean.whitespace` puts them in
order.

**Chinese.** Lines are compared as they are: nothing is folded but the case of letters, so full-width and half-width forms of
a line are two lines unless `clean.unicode` with `form = "NFKC"` came before. Ten characters are a whole short sentence of
Chinese: set `fewest_characters` to 5 for menus.

Source: none for `fewest_characters`; the comparison is that of dclm `baselines/mappers/modifiers.py` (within_page_dedup).

```toml
op = "clean.repeated_lines"
```
```diff
- {"text": "Subscribe to our letter\\nThe first part.\\nsubscribe to our letter \\nThe second part."}
+ {"text": "Subscribe to our letter\\nThe first part.\\nThe second part."}
  {"text": "yes\\nno\\nyes"}
- {"text": "点击这里查看更多的内容\\n正文在这里。\\n点击这里查看更多的内容"}
+ {"text": "点击这里查看更多的内容\\n正文在这里。"}
  {"text": "every line here\\nis another one"}
```

```toml
op = "clean.repeated_lines"
adjacent = true
fewest_characters = 1
```
```diff
- {"text": "la la\\nla la\\n\\nla la\\nover\\nla la"}
+ {"text": "la la\\n\\nover\\nla la"}
- {"text": "是\\n是\\n不是"}
+ {"text": "是\\n不是"}
  {"text": "a\\nb\\na"}
```
"""

from collections.abc import Callable
from functools import cache
from typing import Annotated

import polars as pl
from annotated_types import Ge

from dprep.base.operator import Clean
from dprep.base.text import Text
from dprep.ops.clean._lines import Edited, exploded, without


class RepeatedLines(Clean):
    fewest_characters: Annotated[int, Ge(1)] = 10
    """Shorter lines are never removed; blanks at the ends do not count."""

    adjacent: bool = False
    """Remove a line only where the last line before it that is not blank is its like."""

    def edit(self, text: Text) -> pl.Series:
        return text.once(_editor(self)).texts

    def counts(self, before: Text, after: pl.Series) -> dict[str, pl.Series]:
        """Lines removed."""
        return before.once(_editor(self)).counts


@cache
def _editor(op: RepeatedLines) -> Callable[[Text], Edited]:
    def edited(text: Text) -> Edited:
        key = pl.col("line").str.strip_chars().str.to_lowercase()
        lines = exploded(text).with_columns(key=key).with_row_index("place")
        solid = lines.filter(pl.col("key") != "")
        again = (
            (pl.col("key") == pl.col("key").shift(1).over("row"))
            if op.adjacent
            else ~pl.struct("row", "key").is_first_distinct()
        )
        gone = solid.filter(again.fill_null(False) & (pl.col("key").str.len_chars() >= op.fewest_characters)).get_column(
            "place"
        )
        kind = pl.when(pl.col("place").is_in(gone.implode())).then(pl.lit("repeated"))
        return without(text, lines.with_columns(kind=kind), ["repeated"])

    return edited
