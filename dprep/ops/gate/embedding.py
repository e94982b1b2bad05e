"""Drop new rows whose meaning, as an encoder sees it, is too far from or too near to that of their parent.

`cosine` (-1 to 1, rounded to four places) is the cosine of the angle between the vectors of both texts. Use it where words
may change freely (`augment.rewrite`, `augment.back_translate`) and `gate.similarity` would drop good paraphrases. Do not rely
on it for the meaning's sign: to most encoders `it works` and `it does not work` are neighbours (`gate.kept`), and two
questions about the same thing with different answers too. Where a useful bound lies depends on the encoder: run once with
`min_cosine = -1` and look at the histogram in the report.

`encoder` is a folder as for `tag.embedding`, whose page says what is read and refused. A text without a visible character has
no vector; where a bound is set, such new rows leave. Needs `pip install 'dprep[train]'`. The model runs on a GPU if there is
one, in one process for each; what it said of a pair is kept, so that a rerun asks nothing.

**Chinese.** As the encoder does it: to one that has learnt from English alone all Chinese texts are alike, and nothing is
dropped.

Source: Reimers and Gurevych 2019, "Sentence-BERT", arXiv 1908.10084 (mean pooling as the default).

```toml
op = "gate.embedding"
encoder = "tiny-encoder"       # random weights, 8 dimensions: the figures mean nothing
min_cosine = 0.9
max_cosine = 0.975
```
```diff
  {"text": "where is my parcel"}
  {"text": "where is my package", "variant": 1}
  {"text": "我的包裹在哪里？"}
  {"text": "包裹在哪里呢？", "variant": 1}
- {"text": "谢谢，灯很好", "variant": 2}  # gate.min_cosine
  {"text": "谢谢，灯很好"}
- {"text": "灯坏了，没有人回答我", "variant": 1}  # gate.min_cosine
- {"text": "谢谢， 灯很好", "variant": 2}  # gate.max_cosine
```
"""

from typing import Annotated, ClassVar

import numpy as np
import polars as pl
from annotated_types import Ge, Le

from dprep.base.gate import Gate
from dprep.base.operator import Bound, File
from dprep.base.text import Text
from dprep.models.encoders import encoder

_DIGITS = 4


class Embedding(Gate):
    libraries: ClassVar[tuple[str, ...]] = ("torch", "transformers", "tokenizers")
    extra: ClassVar[str] = "train"
    model: ClassVar[bool] = True
    varies: ClassVar[str] = (
        "the last bits of a sum of floats depend on the device; cosines are rounded, and answers are remembered."
    )

    encoder: File
    """The folder of the model."""

    min_cosine: Annotated[float, Ge(-1), Le(1)] | None = 0.7
    """Least cosine between the new text and its parent."""

    max_cosine: Annotated[float, Ge(-1), Le(1)] | None = None
    """Largest cosine between the new text and its parent."""

    max_tokens: Annotated[int, Ge(8), Le(131_072)] | None = None
    """Tokens that are read of a text, special ones included. Without it: as many as the folder says it was made for, or 512."""

    prefix: str = ""
    """Put before each text."""

    def bounds(self) -> list[Bound]:
        return [bound for bound in super().bounds() if bound.measure != "tokens"]

    def compare(self, before: Text, after: Text) -> dict[str, pl.Series]:
        seen = (before.series.str.contains(r"\S") & after.series.str.contains(r"\S")).arg_true()
        cosines = pl.repeat(None, len(after), dtype=pl.Float64, eager=True)
        if not len(seen):
            return {"cosine": cosines}
        # a parent is met once for each of its variants
        texts = pl.concat([before.series.gather(seen), after.series.gather(seen)]).rename("text").to_frame()
        different = texts.unique(maintain_order=True).with_row_index("place")
        places = texts.join(different, on="text", maintain_order="left").get_column("place").to_numpy()
        answers = encoder(self.encoder, self.max_tokens).vectors(self.prefix + different.get_column("text"), normalize=True)
        vectors = answers.numbers.astype(np.float64)
        products = (vectors[places[: len(seen)]] * vectors[places[len(seen) :]]).sum(axis=1)
        return {"cosine": cosines.scatter(seen, np.round(products.clip(-1, 1), _DIGITS))}
