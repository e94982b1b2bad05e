"""Drop texts with too few or too many words or characters.

Use it to remove the empty, the giant and the telegraphic before anything expensive. Do not use it to judge quality: a list of
product names may have a thousand words.

A word is a run of letters, marks and digits, with one apostrophe, hyphen, underscore, middle dot or joiner inside allowed, and
full stops, commas and colons between digits: `don't`, `well-known` and `3,141.59` are one word each, `U.S.` is two. Emoji and
other symbols are no words. Thai, Lao, Khmer and Burmese write no blanks: a whole run counts as one word, so set characters
there. Characters are Unicode code points, not bytes; an emoji with a skin tone is two.

**Chinese.** Every han character is one word, and so is every kana character; Korean words are what blanks separate. A sentence
of 20 characters therefore has 20 words: set `min_words` for Chinese one and a half to two times as high as for English.

```toml
op = "filter.length"
min_words = 3
```
```diff
  {"text": "three words here"}
- {"text": "too short"}  # min_words
- {"text": "¡¿?!"}  # min_words
  {"text": "你好吗"}
```

```toml
op = "filter.length"
max_words = 4
max_characters = 21
```
```diff
- {"text": "don't panic, 3,141.59 well-known"}  # max_characters
- {"text": "a b c d e"}  # max_words
  {"text": "don't panic: 3,141.59"}
```
"""

from typing import Annotated

import polars as pl
from annotated_types import Ge

from dprep.base.operator import Filter
from dprep.base.text import Text
from dprep.kernels.words import counts


class Length(Filter):
    min_words: Annotated[int, Ge(0)] | None = 1
    """Fewest words a kept text may have."""

    max_words: Annotated[int, Ge(0)] | None = None
    """Most words a kept text may have."""

    min_characters: Annotated[int, Ge(0)] | None = None
    """Fewest characters (code points) a kept text may have."""

    max_characters: Annotated[int, Ge(0)] | None = None
    """Most characters (code points) a kept text may have."""

    def measure(self, text: Text) -> dict[str, pl.Series]:
        counted = text.once(counts)
        return {"words": pl.Series(counted.words), "characters": pl.Series(counted.characters)}
