"""Add how surprised an n-gram language model is by each text: its perplexity.

Makes `perplexity`: 10 to the power of minus the mean log10 probability of the text's tokens, each line being a sentence whose
end is a token too (CCNet takes line ends out first, so that a document is one sentence there); rounded to three places. The
model would have had to guess among about so many equally likely tokens at each place: well-formed text of the kind the model
has learnt from is low, scrambled text, other languages, lists of codes and broken encodings are high. A text without a token
has none (null). Blank lines do not count.

Use it to sort texts by how much they resemble a collection that you trust, or to cut off what resembles nothing. Do not take
it for quality: boilerplate and repetition are what a model guesses best, so a very low perplexity is a bad sign too; names,
verse and code are high without being bad. Perplexities of different models, or of different `unit`s, cannot be compared.

`ngram` is an artifact of `dprep fit ngram`, or an ARPA file (plain or .gz) such as KenLM and SRILM write. The artifact knows
how it cuts texts into tokens. A bare ARPA file does not: it is read as KenLM's query reads it (tokens are what blanks stand
between) unless `unit` or `tokenizer` says otherwise, its letters must be spelled as the texts spell them, and every worker
reads it anew, which takes seconds for a large one.

With `buckets = true` it makes `perplexity_bucket` too: `head` below the first of the `cutoffs`, `middle` below the second,
else `tail`. Without `cutoffs` they are the 30th and the 60th percentile of the texts kept apart when the artifact was learnt.
CCNet's published cut-offs (English 340 and 520, Chinese 1460 and 1950) hold for CCNet's own models only: on any other they
mean nothing.

**Chinese.** The unit `word` takes each han character as a word, so no segmenter is needed. A Chinese perplexity per character
and an English one per word are different things: learn a model per language, and use `when`. A letter is easier to guess than
a han character: a model of characters or pieces, learnt from Chinese with some English in it, is hardly surprised by English
(AUC 0.1 to 0.4 on documentation and laws); one of words is (0.998). Words are the default; `tag.language` knows better still.

Source: Wenzek et al. 2020, "CCNet", arXiv 1911.00359, and facebookresearch/cc_net cc_net/perplexity.py (the definition, the
buckets) and cc_net/data/cutoff.csv; back-off and unknown words as in KenLM, lm/model.cc.

```toml
op = "tag.perplexity"
ngram = "small.arpa"           # learnt from 24 lines of support mail
unit = "word"
```
```diff
- {"text": "where is my order ?"}
+ {"text": "where is my order ?", "perplexity": 11.516}
- {"text": "is order where my ?"}
+ {"text": "is order where my ?", "perplexity": 55.102}
- {"text": "我的灯坏了。"}
+ {"text": "我的灯坏了。", "perplexity": 6.843}
- {"text": "了坏灯的我。"}
+ {"text": "了坏灯的我。", "perplexity": 48.06}
- {"text": "wo ist mein paket"}
+ {"text": "wo ist mein paket", "perplexity": 165.541}
  {"text": " \\n\\n"}
  {"text": ""}
```

```toml
op = "tag.perplexity"
ngram = "small.arpa"
unit = "word"
buckets = true
cutoffs = [12, 60]
as = { perplexity = "surprise", perplexity_bucket = "bucket" }
```
```diff
- {"text": "where is my order ?"}
+ {"text": "where is my order ?", "surprise": 11.516, "bucket": "head"}
- {"text": "my new lamp is broken ."}
+ {"text": "my new lamp is broken .", "surprise": 13.139, "bucket": "middle"}
- {"text": "my broken is where lamp the"}
+ {"text": "my broken is where lamp the", "surprise": 93.325, "bucket": "tail"}
  {"text": "\\u3000"}
  {"text": ""}
```
"""

from typing import Annotated, ClassVar, Literal

import polars as pl
from annotated_types import Gt
from pydantic import Strict

from dprep.base.artifact import Made
from dprep.base.operator import File, Tag
from dprep.base.text import Text
from dprep.models.ngram import check_percentiles, ngram_model, scorer

Cutoff = Annotated[float, Gt(1)]


class Perplexity(Tag):
    libraries: ClassVar[tuple[str, ...]] = ("polars",)

    ngram: Annotated[File, Made("ngram")]
    """The model: an artifact of `dprep fit ngram`, or an ARPA file, plain or .gz."""

    unit: Literal["token", "word", "character"] | None = None
    """What a token is to a bare ARPA file: what blanks separate (as it is without this), words, or characters. An artifact
    knows its own."""

    tokenizer: Annotated[File, Made("tokenizer")] | None = None
    """A SentencePiece model whose pieces are the tokens of a bare ARPA file."""

    buckets: bool = False
    """Add `perplexity_bucket`: `head`, `middle` or `tail`."""

    cutoffs: Annotated[tuple[Cutoff, Cutoff], Strict(False)] | None = None
    """Perplexities at which `middle` and `tail` begin; without them, the artifact's 30th and 60th percentile."""

    def check_files(self) -> None:
        if self.buckets and self.cutoffs is None:
            check_percentiles(self.ngram)

    def notes(self) -> dict[str, pl.DataType]:
        bucket = {"perplexity_bucket": pl.String()} if self.buckets else {}
        return {"perplexity": pl.Float64(), **bucket}

    def note(self, text: Text) -> dict[str, pl.Series]:
        perplexity = pl.Series(text.once(scorer(self.ngram, self.unit, self.tokenizer)).perplexity).fill_nan(None)
        if not self.buckets:
            return {"perplexity": perplexity}
        middle, tail = self.cutoffs or ngram_model(self.ngram, self.unit, self.tokenizer).thresholds()
        p = pl.col("p")
        below = pl.when(p < middle).then(pl.lit("head")).when(p < tail).then(pl.lit("middle")).otherwise(pl.lit("tail"))
        bucket = pl.when(p.is_not_null()).then(below)
        return {"perplexity": perplexity, "perplexity_bucket": pl.DataFrame({"p": perplexity}).select(bucket).to_series()}
