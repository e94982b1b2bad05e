"""Add the script that most letters of a text are in, and the share of that and of chosen scripts.

Makes `script` (`han`, `latin`, `cyrillic`, `kana`, `arabic` …), `script_share` (its letters, of all letters) and a column
`<name>_share` for each of `shares`, rounded to four places. Use it to find texts in the wrong writing, mixed ones and mojibake,
without asking a model; it is exact and fast. Do not use it to tell languages apart that share a script: `tag.language` does.

Letters are Unicode's category L, scripts its script property; digits, marks, punctuation and emoji are of no script. `kana` is
hiragana and katakana together. Letters of scripts not listed, and letters that Unicode gives to none (ª, ー, 𝐀), are `other`.
Of equally many letters the script that stands first in the list wins. A text without a letter has the script `none` and shares
of 0.

**Chinese.** Simplified and traditional are both `han`, and so are Japanese kanji: Japanese is `kana` or `han` by what it has
more of, so ask for `shares = ["kana"]` to find it. One han character counts as much as one Latin letter: a text with 40 % of
its letters in English words is still `han`.

Source: Unicode Standard Annex 24 (script property), as the regular expressions of polars have it.

```toml
op = "tag.script"
```
```diff
- {"text": "Ordnung, 12 Stück"}
+ {"text": "Ordnung, 12 Stück", "script": "latin", "script_share": 1.0, "han_share": 0.0, "latin_share": 1.0}
- {"text": "用 pip 安装它"}
+ {"text": "用 pip 安装它", "script": "han", "script_share": 0.5714, "han_share": 0.5714, "latin_share": 0.4286}
- {"text": "12 + 3 👍"}
+ {"text": "12 + 3 👍", "script": "none", "script_share": 0.0, "han_share": 0.0, "latin_share": 0.0}
```

```toml
op = "tag.script"
shares = ["kana"]
as = { script = "writing" }
```
```diff
- {"text": "東京タワーへ行く"}
+ {"text": "東京タワーへ行く", "writing": "kana", "script_share": 0.5, "kana_share": 0.5}
- {"text": "Привет"}
+ {"text": "Привет", "writing": "cyrillic", "script_share": 1.0, "kana_share": 0.0}
```
"""

from typing import Annotated, Literal

import numpy as np
import polars as pl
from pydantic import Strict

from dprep.base.operator import Tag
from dprep.base.text import Text
from dprep.kernels.scripts import NAMES, scripts

# fmt: off
Name = Literal[
    "han", "latin", "cyrillic", "arabic", "kana", "hangul", "devanagari", "thai", "greek", "hebrew", "bengali", "tamil",
    "telugu", "kannada", "malayalam", "gujarati", "gurmukhi", "sinhala", "khmer", "lao", "myanmar", "georgian", "armenian",
    "ethiopic", "tibetan", "mongolian", "other",
]
# fmt: on


class Script(Tag):
    shares: Annotated[tuple[Name, ...], Strict(False)] = ("han", "latin")
    """Scripts that get a column of their own with their share of the letters."""

    def notes(self) -> dict[str, pl.DataType]:
        shares = {f"{name}_share": pl.Float64() for name in self.shares}
        return {"script": pl.String(), "script_share": pl.Float64(), **shares}

    def note(self, text: Text) -> dict[str, pl.Series]:
        letters = text.once(scripts).letters
        total = letters.sum(axis=1)
        shares = np.round(letters / np.maximum(total, 1)[:, None], 4)
        best = np.argmax(letters, axis=1)
        names = pl.Series([*NAMES, "none"]).gather(np.where(total > 0, best, len(NAMES)))
        return {
            "script": names,
            "script_share": pl.Series(shares.max(axis=1, initial=0.0)),
            **{f"{name}_share": pl.Series(shares[:, NAMES.index(name)]) for name in self.shares},
        }
