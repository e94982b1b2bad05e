"""Number the rows by folds for cross-validation: each of `k` folds is a sample of the whole, alike in every class.

Use it to train and test `k` times: on the rows of all folds but one, then on those of that one, so that every row is tested on
once. The column `fold` holds a number from 0 to `k` - 1; all rows stay in the part `train`. To keep a test set aside that no
fold sees, divide the rows with `split.stratified` first and fold what is for training: `parts = ["train"]`.

Classes, bins, labels and units are those of `split.stratified`, with equal ratios, and its page says how exact they are:
without units every fold gets its share of every class, rounded up or down. A class with fewer rows than folds is missing in
some of them; `min_rows = 1` makes that a problem. Rows of one unit are in one fold, so a model is never tested on a customer,
or on the twin of a text, that it was trained on.

Which row is in which fold depends on the recipe's seed, the step's name and the rows' ids: not on the order of rows.

**Chinese.** Reads no text: the same in every language. `twins` reads the text, as `dedup.twins` does.

Source: Kohavi 1995, "A study of cross-validation and bootstrap for accuracy estimation and model selection", which finds ten
stratified folds best for choosing models; five are the default here because each costs a training.

```toml
op = "split.folds"
k = 2
stratum = ["label"]
```
```diff
- {"text": "where is my parcel", "label": "delivery"}
+ {"text": "where is my parcel", "label": "delivery", "fold": 0}
- {"text": "charged twice", "label": "billing"}
+ {"text": "charged twice", "label": "billing", "fold": 1}
- {"text": "发票在哪里", "label": "billing"}
+ {"text": "发票在哪里", "label": "billing", "fold": 0}
- {"text": "it never came", "label": "delivery"}
+ {"text": "it never came", "label": "delivery", "fold": 1}
```
"""

from typing import Annotated

import numpy as np
import polars as pl
from annotated_types import Ge, Le, MinLen

from dprep.base.operator import Split, Words
from dprep.base.table import Asks, Decided, Table
from dprep.base.twins import Twins
from dprep.ops.split._divide import Wish

Column = Annotated[str, MinLen(1)]
Bins = Annotated[int, Ge(2), Le(1000)]


class Folds(Split):
    k: Annotated[int, Ge(2), Le(100)] = 5
    """How many folds."""
    stratum: Words = ()
    """Columns whose values (together) are spread over the folds in proportion, such as the label."""
    bins: dict[Column, Bins] = {}
    """Columns of numbers, dates or times that are spread in proportion too, each in so many bins of about as many rows."""
    labels: Column | None = None
    """A column with a list of labels per row, each of which is spread in proportion."""
    pairs: bool = False
    """Labels that occur together are spread in proportion as pairs too, at some cost to the labels alone."""
    unit: Words = ()
    """Columns that hold rows together: rows equal in any of them get the same fold. `twins`: near-duplicates stay together."""
    twins: Twins = Twins()
    """How `twins` are found."""
    min_rows: Annotated[int, Ge(0)] = 0
    """Fewest rows of every class, or label, in each fold."""

    def asks(self) -> Asks:
        return self._wish().asks()

    def parts(self) -> tuple[str, ...]:
        return ("train",)

    def makes(self) -> dict[str, pl.DataType]:
        return {"part": pl.String(), "fold": pl.Int32()}

    def decide(self, table: Table) -> Decided:
        fold, notes = self._wish().divided(table)
        return Decided({"part": np.zeros(len(table), np.uint8), "fold": fold.astype(np.int32)}, notes)

    def _wish(self) -> Wish:
        ratios = {str(fold): 1.0 for fold in range(self.k)}
        return Wish(ratios, self.stratum, self.bins, self.labels, self.pairs, self.unit, self.min_rows)
