"""Add how many tokens a tokenizer makes of each text.

Makes `tokens`. Use it to budget a training run, to keep what fits a context (`filter.where`), or to compare tokenizers: tokens
per character tell how well one suits a language. Any tokenizer that lies in a file will do: a SentencePiece `.model`, a
`tokenizer.json` of Hugging Face, a folder that holds one, or an artifact that `dprep fit tokenizer` made (`pieces@v1`). Do not
use it to count words: `tag.length` does that without a model, ten times as fast.

Special tokens (start, end, padding) are not counted, and nothing is cut off.

**Chinese.** As the tokenizer does it: one learnt on Chinese text takes about one token for one to two characters; one learnt on
English takes up to three per character where it falls back to bytes.

```toml
op = "tag.tokens"
tokenizer = "pieces.model"
```
```diff
- {"text": "the parcel"}
+ {"text": "the parcel", "tokens": 4}
- {"text": "我的包裹在哪里？"}
+ {"text": "我的包裹在哪里？", "tokens": 9}
- {"text": ""}
+ {"text": "", "tokens": 0}
```
"""

from typing import Annotated, ClassVar

import polars as pl

from dprep.base.artifact import Made
from dprep.base.operator import File, Tag
from dprep.base.text import Text
from dprep.models.tokenizers import counter


class Tokens(Tag):
    libraries: ClassVar[tuple[str, ...]] = ("sentencepiece", "tokenizers")
    extra: ClassVar[str] = "tokenizers"

    tokenizer: Annotated[File, Made("tokenizer")]
    """The tokenizer: an artifact, a file or a folder."""

    def notes(self) -> dict[str, pl.DataType]:
        return {"tokens": pl.Int64()}

    def note(self, text: Text) -> dict[str, pl.Series]:
        return {"tokens": pl.Series(counter(self.tokenizer)(text.series), dtype=pl.Int64)}
