"""Add a vector for each text: texts that mean much the same have vectors that point much the same way.

Makes `embedding`: a list of 32-bit numbers, as many as the encoder has dimensions, rounded. Parquet and Arrow keep it as a
list of floats. With vectors of length 1 the sum of products of two of them is their cosine similarity.

Use it for search, for clusters (`dprep fit topics` with `vectors`, then `tag.topic`) and to look for texts like a given one. Do
not use it to find copies (`dedup.minhash` is exact where this guesses, and a thousand times as fast), or on texts much longer
than the encoder reads: the rest has no say.

`encoder` is a folder as transformers' `save_pretrained` writes it: `config.json`, `model.safetensors` and a tokenizer. If it is
one of sentence-transformers, with a `modules.json`, its pooling (mean, cls, max or last token), normalization and
`max_seq_length` are honoured; otherwise the mean of the tokens' vectors is taken and made 1 long. Pickled weights (`.bin`) and
models that bring code of their own are refused; nothing is downloaded. The model runs on a GPU if there is one
(`DPREP_DEVICE=cpu` says no), in one process for each.

Only the first `max_tokens` tokens are read. A text without a visible character has no vector (null). Some encoders want a word
before the text (E5: `query: ` or `passage: `): that is `prefix`.

**Chinese.** As the encoder does it: one that has learnt from English alone sees a Chinese text as a row of unknown tokens, and
all Chinese texts as alike.

Source: Reimers and Gurevych 2019, "Sentence-BERT", arXiv 1908.10084 (mean pooling as the default).

```toml
op = "tag.embedding"
encoder = "tiny-encoder"       # random weights, 8 dimensions
digits = 2
```
```diff
- {"text": "where is my parcel"}
+ {"text": "where is my parcel", "embedding": [0.07, 0.21, -0.78, -0.05, 0.24, 0.03, 0.49, -0.2]}
- {"text": "我的包裹在哪里？"}
+ {"text": "我的包裹在哪里？", "embedding": [-0.07, 0.03, -0.77, -0.18, 0.5, 0.09, 0.32, 0.08]}
  {"text": " \\n"}
  {"text": "\\u3000"}
  {"text": ""}
```

```toml
op = "tag.embedding"
encoder = "tiny-encoder"
prefix = "query: "
max_tokens = 16
normalize = false
digits = 1
as = { embedding = "vector" }
```
```diff
- {"text": "where is my parcel"}
+ {"text": "where is my parcel", "vector": [-0.4, 0.8, -1.4, -0.6, 0.0, 1.2, 0.7, -0.3]}
  {"text": "\\u3000"}
  {"text": ""}
```
"""

from typing import Annotated, ClassVar

import polars as pl
from annotated_types import Ge, Le

from dprep.base.operator import File, Tag
from dprep.base.text import Text
from dprep.models.encoders import encoder


class Embedding(Tag):
    libraries: ClassVar[tuple[str, ...]] = ("torch", "transformers", "tokenizers")
    extra: ClassVar[str] = "train"
    model: ClassVar[bool] = True
    varies: ClassVar[str] = (
        "the last bits of a sum of floats depend on the device; vectors are rounded, and answers are remembered."
    )

    encoder: File
    """The folder of the model."""

    max_tokens: Annotated[int, Ge(8), Le(131_072)] | None = None
    """Tokens that are read of a text, special ones included; never more than the model takes. Without it: as many as the folder
    says it was made for, or 512."""

    normalize: bool | None = None
    """Make each vector 1 long. Without it: as the folder says, or yes."""

    prefix: str = ""
    """Put before each text."""

    digits: Annotated[int, Ge(1), Le(6)] = 6
    """Decimal places that are kept. Fewer pack better: with 3 a cosine of 384 dimensions is off by about 0.0003."""

    def notes(self) -> dict[str, pl.DataType]:
        return {"embedding": pl.List(pl.Float32())}

    def note(self, text: Text) -> dict[str, pl.Series]:
        seen = text.series.str.contains(r"\S").arg_true()
        nothing = pl.repeat(None, len(text), dtype=pl.List(pl.Float32()), eager=True)
        if not len(seen):
            return {"embedding": nothing}
        found = encoder(self.encoder, self.max_tokens).vectors(
            self.prefix + text.series.gather(seen), self.normalize, self.digits
        )
        vectors = pl.Series(found.numbers).cast(pl.List(pl.Float32()))
        places = pl.repeat(None, len(text), dtype=pl.UInt32, eager=True).scatter(seen, range(len(seen)))
        return {"embedding": vectors.gather(places)}
