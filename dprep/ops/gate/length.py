"""Drop new rows that are much shorter or longer than the text that they were made from.

Use it after models and translators, which stop early, repeat themselves or explain what they did. Do not use it after an
augmenter that shortens or lengthens on purpose (`augment.recombine`, `augment.template`), or set its bounds wide.

`character_ratio` is the new text's number of characters by its parent's, `word_ratio` the same for words as `filter.length`
counts them. A parent without a word (emoji alone) has no `word_ratio`; where a bound of it is set, such new rows leave.

**Chinese.** Every han character is a word, so both ratios are nearly one. They only make sense within one language: a Chinese
text has a third of the characters of its English translation.

```toml
op = "gate.length"
```
```diff
  {"text": "Where is my parcel?"}
  {"text": "Where has my parcel gone?", "variant": 1}
- {"text": "Where?", "variant": 2}  # gate.min_character_ratio
- {"text": "Sure! Here is another way to say this: Where is my parcel?", "variant": 3}  # gate.max_character_ratio
  {"text": "我的包裹在哪里？"}
  {"text": "请问我的包裹在哪儿？", "variant": 1}
- {"text": "包裹", "variant": 2}  # gate.min_character_ratio
```

```toml
op = "gate.length"
min_word_ratio = 0.8
max_word_ratio = 1.25
```
```diff
  {"text": "one two three four"}
  {"text": "one two three four five", "variant": 1}
- {"text": "one two three", "variant": 2}  # gate.min_word_ratio
- {"text": "one two three four five six", "variant": 3}  # gate.max_word_ratio
  {"text": "你好吗朋友"}
  {"text": "朋友你好吗？", "variant": 1}
```
"""

from typing import Annotated

import polars as pl
from annotated_types import Ge

from dprep.base.gate import Gate
from dprep.base.text import Text
from dprep.kernels.words import counts


class Length(Gate):
    min_character_ratio: Annotated[float, Ge(0)] | None = 0.5
    """Fewest characters of the new text for each of its parent's."""

    max_character_ratio: Annotated[float, Ge(0)] | None = 2.0
    """Most characters of the new text for each of its parent's."""

    min_word_ratio: Annotated[float, Ge(0)] | None = None
    """Fewest words of the new text for each of its parent's."""

    max_word_ratio: Annotated[float, Ge(0)] | None = None
    """Most words of the new text for each of its parent's."""

    def compare(self, before: Text, after: Text) -> dict[str, pl.Series]:
        old, new = before.once(counts), after.once(counts)
        return {
            "character_ratio": _ratio(new.characters, old.characters),
            "word_ratio": _ratio(new.words, old.words),
        }


def _ratio(new: object, old: object) -> pl.Series:
    """`new` by `old`, null where `old` is 0."""
    frame = pl.DataFrame({"new": new, "old": old})
    return frame.select(pl.when(pl.col("old") > 0).then(pl.col("new") / pl.col("old"))).to_series()
