"""Drop texts by which an n-gram language model is too surprised, or too little.

Use it to cut off what resembles nothing: scrambled or garbled text, other languages, lists of codes. With a model learnt from
the better part of your own data (`dprep fit ngram`), `max_percentile = 60` keeps what CCNet calls head and middle. Set
`min_perplexity` against boilerplate and repetition, which a model guesses best of all. Do not use it as the only judge of
quality: it prefers what is usual. Names, verse and code are high without being bad, and short texts vary more than long ones.

`perplexity` is what `tag.perplexity` makes; its page says how texts are read and what `ngram`, `unit` and `tokenizer` are.
`percentile` says how many of 100 texts that were kept apart when the model was learnt surprised it less; artifacts have it if
there were 20 such texts or more, bare ARPA files never. A text without a token has neither and breaks every bound. The steps
`tag.perplexity` and `filter.perplexity` with the same model on the same texts ask it once.

CCNet's published cut-offs (English 340 and 520, Chinese 1460 and 1950) hold for CCNet's own models only.

**Chinese.** A Chinese perplexity per character and an English one per word are different things: learn a model per language,
and use `when`. The unit `word` takes each han character as a word, so no segmenter is needed.

Source: Wenzek et al. 2020, "CCNet", arXiv 1911.00359, and facebookresearch/cc_net cc_net/perplexity.py (the definition; head
and middle are the texts below the 60th percentile) and cc_net/data/cutoff.csv.

```toml
op = "filter.perplexity"
ngram = "small.arpa"       # learnt from 24 lines of support mail
unit = "word"
max_perplexity = 30.0
min_perplexity = 6.0
```
```diff
  {"text": "where is my order ?"}
- {"text": "is order where my ?"}  # max_perplexity
  {"text": "my new lamp is broken ."}
- {"text": "my broken is where lamp the"}  # max_perplexity
  {"text": "我的灯坏了。"}
- {"text": "了坏灯的我。"}  # max_perplexity
  {"text": "请把包裹寄给我。"}
- {"text": "wo ist mein paket"}  # max_perplexity
- {"text": "thank you for your help .\\n\\nthank you for your help ."}  # min_perplexity
- {"text": ""}  # min_perplexity
```

```toml
op = "filter.perplexity"
ngram = "small.arpa"
unit = "word"
max_perplexity = 160.0
```
```diff
  {"text": "I'd like my money back."}
  {"text": "my broken is where lamp the"}
- {"text": "wo ist mein paket"}  # max_perplexity
  {"text": "the parcel has been lost"}
- {"text": "Ã¦Â·Â±Ã¥Å“Â³"}  # max_perplexity
```
"""

from typing import Annotated, Literal

import polars as pl
from annotated_types import Ge, Gt, Le

from dprep.base.artifact import Made
from dprep.base.operator import File, Filter
from dprep.base.text import Text
from dprep.models.ngram import check_percentiles, ngram_model, scorer


class Perplexity(Filter):
    ngram: Annotated[File, Made("ngram")]
    """The model: an artifact of `dprep fit ngram`, or an ARPA file, plain or .gz."""

    unit: Literal["token", "word", "character"] | None = None
    """What a token is to a bare ARPA file: what blanks separate (as it is without this), words, or characters. An artifact
    knows its own."""

    tokenizer: Annotated[File, Made("tokenizer")] | None = None
    """A SentencePiece model whose pieces are the tokens of a bare ARPA file."""

    min_perplexity: Annotated[float, Ge(1)] | None = None
    """Least perplexity of a kept text."""

    max_perplexity: Annotated[float, Gt(1)] | None = None
    """Largest perplexity of a kept text."""

    min_percentile: Annotated[float, Ge(0), Le(100)] | None = None
    """Least percentile of a kept text, among those that the model was tried on when it was learnt."""

    max_percentile: Annotated[float, Ge(0), Le(100)] | None = None
    """Largest percentile of a kept text: 30 keeps what CCNet calls the head, 60 head and middle."""

    def check_files(self) -> None:
        if self.min_percentile is not None or self.max_percentile is not None:
            check_percentiles(self.ngram)

    def measure(self, text: Text) -> dict[str, pl.Series]:
        perplexity = text.once(scorer(self.ngram, self.unit, self.tokenizer)).perplexity
        measured = {"perplexity": pl.Series(perplexity)}
        if self.min_percentile is not None or self.max_percentile is not None:
            model = ngram_model(self.ngram, self.unit, self.tokenizer)
            measured["percentile"] = pl.Series(model.percentile(perplexity))
        return measured
