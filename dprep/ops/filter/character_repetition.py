"""Drop texts in which a few runs of characters make up too much of the text.

`ratio` looks at all runs of `ngram` characters, overlapping ones too. Of d different runs it takes the √d most frequent ones
that occur more than once: their occurrences, per run of the text. Use it against keyboard mashing, `hahahaha`, lines of dashes,
tables of the same cell and loops of generated text. Do not use it on texts of fewer than some hundred characters (one repeated
phrase moves the ratio far) or on source code, whose indentation repeats.

Case, blanks and punctuation count as they stand. A text shorter than `ngram` has ratio 0 and stays.

**Chinese.** A character is a han character, so ten of them are a clause where they are two words of English: nine in
ten Chinese documents of a test set had ratio 0; English ones had .04 to .12. A limit set for English is lenient for Chinese.

Source: datajuicer/data-juicer 1.4.3 `data_juicer/ops/filter/character_repetition_filter.py` (definition, 10 characters, .5);
`configs/reproduced_bloom/bloom-oscar.yaml` (10 characters, .106); the definition is that of Laurençon et al. 2022, "The
BigScience ROOTS Corpus", arXiv 2303.03915.

```toml
op = "filter.character_repetition"
```
```diff
  {"text": "The mill stands by the river and the miller sleeps."}
- {"text": "hahahahahahahahahahahahahahahahahaha"}  # max_ratio
- {"text": "哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈哈"}  # max_ratio
  {"text": "磨坊在河边，磨工在睡觉，河水慢慢地流过去。"}
  {"text": "haha"}
```

```toml
op = "filter.character_repetition"
flavour = "bloom"
ngram = 4
```
```diff
- {"text": "the end the end the end"}  # max_ratio
  {"text": "the beginning of the end"}
```
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import polars as pl
from annotated_types import Ge, Le

from dprep.base.operator import Filter
from dprep.base.text import Text
from dprep.kernels.repeated_runs import repeated_characters


class CharacterRepetition(Filter):
    flavours: ClassVar[Mapping[str, Mapping[str, float | None]]] = {
        "data_juicer": {"max_ratio": 0.5},
        "bloom": {"max_ratio": 0.106},
    }

    flavour: Literal["data_juicer", "bloom"] = "data_juicer"
    """Whose limit."""

    ngram: Annotated[int, Ge(1), Le(100)] = 10
    """Characters of a run."""

    min_ratio: Annotated[float, Ge(0), Le(1)] | None = None
    """Least share of the most frequent repeated runs."""

    max_ratio: Annotated[float, Ge(0), Le(1)] | None = 0.5
    """Largest share of the most frequent repeated runs."""

    def measure(self, text: Text) -> dict[str, pl.Series]:
        return {"ratio": pl.Series(repeated_characters(text.buffers, self.ngram))}
