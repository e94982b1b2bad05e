"""Drop new rows that a classifier of yours does not give the label that they carry.

A new row has its parent's label, and an augmenter may have changed what it says. `confidence` (0 to 1, rounded to four
places) is what the classifier gives to the row's own label, `lead` by how much that is more than what it gives to the
likeliest other one: `min_lead = 0` asks that no other label is likelier. A row with several labels has the confidence of its
least likely one, and the lead of that over the likeliest label that it does not carry.

Use it with a classifier that has learnt from the rows that were there before, on the part that is augmented. Do not use one
that has seen rows of the test part, and do not expect of it what it cannot do: rows that it is sure of are those it has least
to learn from, so a high bound throws away the useful ones. Labels that the classifier does not know are a problem, no drop. A
row without a label, and a text without a visible character, have no confidence: such new rows leave.

`classifier` is a folder as for `tag.classifier`, whose page says what is read and refused. Needs `pip install
'dprep[train]'`. The model runs on a GPU if there is one, in one process for each; what it said is kept, so that a rerun asks
nothing.

**Chinese.** As the model does it. A model that has learnt from English answers for Chinese texts too, with full confidence
and no reason.

Source: Anaby-Tavor et al. 2020, "Do Not Have Enough Data? Deep Learning to the Rescue!", arXiv 1911.03118 (keeping the new
rows that a classifier trained on the original ones agrees with).

```toml
op = "gate.label"
classifier = "tiny-classifier"   # thanks, complaint or question, learnt from 18 lines
```
```diff
  {"text": "thank you, the lamp is great", "label": "thanks"}
  {"text": "thank you, the jacket is great", "label": "thanks", "variant": 1}
- {"text": "the lamp is broken and nobody answers", "label": "thanks", "variant": 2}  # gate.min_confidence
  {"text": "灯在哪里？", "label": "question"}
- {"text": "灯坏了，没有人回答我", "label": "question", "variant": 1}  # gate.min_confidence
  {"text": "the jacket is torn and nobody answers", "label": "complaint"}
  {"text": "nobody answers and I want my money back", "label": "complaint", "variant": 1}
```

```toml
op = "gate.label"
classifier = "tiny-classifier"
label = "labels"
min_confidence = 0.0
min_lead = 0.2
```
```diff
  {"text": "where is my parcel", "labels": ["question"]}
  {"text": "where is the lamp?", "labels": ["question"], "variant": 1}
- {"text": "the lamp is broken, I want my money", "labels": ["question"], "variant": 2}  # gate.min_lead
```
"""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Ge, Le, MinLen

from dprep.base.gate import Gate
from dprep.base.operator import Bound, File
from dprep.base.problem import did_you_mean, fail
from dprep.base.text import Text
from dprep.models.classifiers import Classifier, classifier


class Label(Gate):
    libraries: ClassVar[tuple[str, ...]] = ("torch", "transformers", "tokenizers")
    extra: ClassVar[str] = "train"
    model: ClassVar[bool] = True
    varies: ClassVar[str] = (
        "the last bits of a sum of floats depend on the device; scores are rounded, and answers are remembered."
    )

    classifier: File
    """The folder of the model."""

    label: Annotated[str, MinLen(1)] = "label"
    """The column that holds the row's label, or its list of labels."""

    min_confidence: Annotated[float, Ge(0), Le(1)] | None = 0.5
    """Least score of the row's own label."""

    min_lead: Annotated[float, Ge(-1), Le(1)] | None = None
    """By how much the row's own label must be ahead of the likeliest other one."""

    max_tokens: Annotated[int, Ge(8), Le(131_072)] = 512
    """Tokens that are read of a text, special ones included; never more than the model takes."""

    def reads(self) -> tuple[str, ...]:
        return (self.label,)

    def bounds(self) -> list[Bound]:
        return [bound for bound in super().bounds() if bound.measure != "tokens"]

    def compare(self, before: Text, after: Text) -> dict[str, pl.Series]:
        found = classifier(self.classifier, self.max_tokens)
        if found.regression:
            raise fail(
                "wrong-value", "the classifier gives one number and no labels", "name a model that was trained to classify"
            )
        own = _own(found, after.rows.get_column(self.label))
        seen = (after.series.str.contains(r"\S") & pl.Series(own.any(axis=1), dtype=pl.Boolean)).arg_true()
        if not len(seen):
            return {name: _spread(np.zeros(0), seen, len(after)) for name in ("confidence", "lead")}
        scores, mine = found.judge(after.series.gather(seen)).scores, own[seen.to_numpy()]
        confidence = np.where(mine, scores, np.inf).min(axis=1)
        others = np.where(mine, -np.inf, scores).max(axis=1)
        lead = confidence - np.where(np.isinf(others), 0.0, others)
        return {"confidence": _spread(confidence, seen, len(after)), "lead": _spread(np.round(lead, 4), seen, len(after))}


def _spread(values: npt.NDArray[np.float64], places: pl.Series, length: int) -> pl.Series:
    """`values` at `places`, null elsewhere."""
    return pl.repeat(None, length, dtype=pl.Float64, eager=True).scatter(places, values)


def _own(found: Classifier, column: pl.Series) -> npt.NDArray[np.bool_]:
    """(rows, labels of the classifier): which of them each row carries. Raises Error for one that it does not know."""
    own = np.zeros((len(column), len(found.labels)), np.bool_)
    place = {label: number for number, label in enumerate(found.labels)}
    for row, value in enumerate(column.to_list()):
        for label in _listed(value):
            if label not in place:
                help = did_you_mean(label, found.labels) or f"it knows {', '.join(f'`{each}`' for each in found.labels[:20])}"
                raise fail("wrong-value", f"the classifier knows no label `{label[:80]}`, which a row carries", help)
            own[row, place[label]] = True
    return own


def _listed(value: Any) -> Sequence[str]:
    if value is None:
        return ()
    return [str(each) for each in value if each is not None] if isinstance(value, list) else (str(value),)
