"""Add the texts that a row brings along in its column `said`, so that gates have new rows of known wording to judge.

```toml
op = "augment.told"
variants = 2
```
```diff
  {"text": "one", "said": ["two", "three"]}
+ {"text": "two", "said": ["two", "three"]}
+ {"text": "three", "said": ["two", "three"]}
```
"""

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from dprep.base.operator import Augment
from dprep.base.text import Text


class Told(Augment):
    random: ClassVar[bool] = False

    def reads(self) -> tuple[str, ...]:
        return ("said",)

    def variant(self, text: Text, luck: npt.NDArray[np.uint64], number: int) -> pl.Series:
        return text.rows.get_column("said").list.get(number - 1, null_on_oob=True).cast(pl.String)
