"""Drop texts in which too many runs of words occur more than once.

`ratio` is the share of all runs of `ngram` words whose words stand, in the same order, somewhere else in the text too; all
occurrences count, the first one as well. Use it against templates, spun pages and loops of generated text. Do not use it on
poems, lyrics, legal forms and word lists, which repeat by nature, or on one-line texts: with fewer words than `ngram` the ratio
is 0 and the text stays. `filter.gopher_repetition` asks the same of characters in 5- to 10-grams.

Words are those of `filter.length`, in lower case. (Data-Juicer splits at blanks and takes punctuation from both ends, which
leaves `foo/bar` one word, and a blank-less script one word per sentence.)

**Chinese.** Every han character is a word, so `ngram = 10` means ten characters, a clause, where it means two lines of English:
the same limit is stricter for Chinese. Ten characters repeat in honest texts as names of laws, bodies and products do.

Source: datajuicer/data-juicer 1.4.3 `data_juicer/ops/filter/word_repetition_filter.py` (definition, 10 words, .5);
`configs/reproduced_bloom/bloom-oscar.yaml` (5 words, .19).

```toml
op = "filter.word_repetition"
ngram = 3
```
```diff
  {"text": "The mill stands by the river and the miller sleeps."}
- {"text": "buy now and save, buy now and save, buy now and save, buy now and save"}  # max_ratio
- {"text": "再来一次再来一次再来一次再来一次再来一次"}  # max_ratio
  {"text": "磨坊在河边，磨工在睡觉。"}
- {"text": "la la la la la la la la la la la la"}  # max_ratio
```

```toml
op = "filter.word_repetition"
flavour = "bloom"
```
```diff
- {"text": "Click here to see more offers. Click here to see more offers."}  # max_ratio
  {"text": "Click here to see more offers. Click there to see less of them."}
```
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import polars as pl
from annotated_types import Ge, Le

from dprep.base.operator import Filter
from dprep.base.text import Text
from dprep.kernels.repeated_runs import repeated_words
from dprep.kernels.words import words


class WordRepetition(Filter):
    flavours: ClassVar[Mapping[str, Mapping[str, float | None]]] = {
        "data_juicer": {"ngram": 10, "max_ratio": 0.5},
        "bloom": {"ngram": 5, "max_ratio": 0.19},
    }

    flavour: Literal["data_juicer", "bloom"] = "data_juicer"
    """Whose length of runs and limit."""

    ngram: Annotated[int, Ge(1), Le(100)] = 10
    """Words of a run."""

    min_ratio: Annotated[float, Ge(0), Le(1)] | None = None
    """Least share of runs that occur more than once."""

    max_ratio: Annotated[float, Ge(0), Le(1)] | None = 0.5
    """Largest share of runs that occur more than once."""

    def measure(self, text: Text) -> dict[str, pl.Series]:
        lower = text.once(_lowered)
        return {"ratio": pl.Series(repeated_words(lower.buffers, lower.once(words), self.ngram))}


def _lowered(text: Text) -> Text:
    return Text(text.series.str.to_lowercase())
