"""Add what a classifier of yours makes of each text: the likeliest label and its score.

Makes `predicted` and `score` (0 to 1, rounded to four places). `labels` adds a column `score_<label>` for each that it names. A
model with one number for an answer, such as a quality score from 0 to 5, makes `score` alone: `predicted` is null, and `score`
may be anything. A model that gives each label a probability of its own (multi-label) makes the likeliest and its probability;
ask for the others with `labels`.

Use it to keep what a model of quality, toxicity or topic lets through (`filter.where` on `score`), or to find rows whose label
a model doubts. Do not take a score for a probability before you have looked at rows on both sides of your threshold, and do
not use it where a rule would do: a model reads some hundred to some thousand texts per second, a rule a million.

`classifier` is a folder as transformers' `save_pretrained` writes it: `config.json`, `model.safetensors` and a tokenizer.
Weights that are pickled (`.bin`), models that bring code of their own, and names of models on a hub are refused: nothing is
downloaded. The model runs on a GPU if there is one (`DPREP_DEVICE=cpu` says no), in one process for each.

Only the start of a long text is read: `max_tokens` tokens, or as many as the model takes; with `truncated = true` a column of
that name says where something was cut off. A text without a visible character is not asked: it has no label and no score.

**Chinese.** As the model does it. A model that has learnt from English answers for Chinese texts too, with full confidence and
no reason: use `when = "lang = 'en'"`.

```toml
op = "tag.classifier"
classifier = "tiny-classifier"   # thanks, complaint or question, learnt from 18 lines
```
```diff
- {"text": "thank you, the lamp is great"}
+ {"text": "thank you, the lamp is great", "predicted": "thanks", "score": 0.998}
- {"text": "谢谢，灯很好"}
+ {"text": "谢谢，灯很好", "predicted": "thanks", "score": 0.9978}
- {"text": "the jacket is torn and nobody answers"}
+ {"text": "the jacket is torn and nobody answers", "predicted": "complaint", "score": 0.9949}
- {"text": "nobody answers and I want my money back"}
+ {"text": "nobody answers and I want my money back", "predicted": "complaint", "score": 0.9986}
- {"text": "where is the lamp?"}
+ {"text": "where is the lamp?", "predicted": "question", "score": 0.9996}
  {"text": "  "}
  {"text": ""}
```

```toml
op = "tag.classifier"
classifier = "tiny-classifier"
labels = ["complaint"]
max_tokens = 8
truncated = true
as = { predicted = "tone", score_complaint = "angry" }
```
```diff
- {"text": "where is my parcel"}
+ {"text": "where is my parcel", "tone": "question", "score": 0.9996, "angry": 0.0001, "truncated": false}
- {"text": "the lamp is broken, I want my money"}
+ {"text": "the lamp is broken, I want my money", "tone": "complaint", "score": 0.7504, "angry": 0.7504, "truncated": true}
- {"text": "灯坏了，没有人回答我"}
+ {"text": "灯坏了，没有人回答我", "tone": "question", "score": 0.9876, "angry": 0.0108, "truncated": true}
  {"text": "\\u3000"}
```
"""

from typing import Annotated, ClassVar

import numpy as np
import polars as pl
from annotated_types import Ge, Le

from dprep.base.operator import File, Tag, Words
from dprep.base.problem import did_you_mean, fail
from dprep.base.text import Text
from dprep.models.classifiers import Classifier, classifier


class SequenceClassifier(Tag):
    libraries: ClassVar[tuple[str, ...]] = ("torch", "transformers", "tokenizers")
    extra: ClassVar[str] = "train"
    model: ClassVar[bool] = True
    varies: ClassVar[str] = (
        "the last bits of a sum of floats depend on the device; scores are rounded, and answers are remembered."
    )

    classifier: File
    """The folder of the model."""

    labels: Words = ()
    """Labels of the model whose scores are added as `score_<label>`."""

    max_tokens: Annotated[int, Ge(8), Le(131_072)] = 512
    """Tokens that are read of a text, special ones included; never more than the model takes."""

    truncated: bool = False
    """Add `truncated`: whether a text has more tokens than were read."""

    def notes(self) -> dict[str, pl.DataType]:
        own = {f"score_{label}": pl.Float64() for label in self.labels}
        cut = {"truncated": pl.Boolean()} if self.truncated else {}
        return {"predicted": pl.String(), "score": pl.Float64(), **own, **cut}

    def note(self, text: Text) -> dict[str, pl.Series]:
        found = classifier(self.classifier, self.max_tokens)
        wanted = [_place(found, label) for label in self.labels]
        seen = text.series.str.contains(r"\S").arg_true()
        judged = found.judge(text.series.gather(seen))
        best = judged.scores.argmax(axis=1) if len(seen) else np.zeros(0, np.int64)
        names = pl.Series([None if found.regression else label for label in found.labels], dtype=pl.String)
        told = {
            "predicted": names.gather(best),
            "score": pl.Series(judged.scores.max(axis=1) if len(seen) else np.zeros(0)),
            **{f"score_{found.labels[place]}": pl.Series(judged.scores[:, place]) for place in wanted},
            "truncated": pl.Series(judged.cut),
        }
        return {name: _spread(told[name].cast(dtype), seen, len(text)) for name, dtype in self.notes().items()}


def _place(found: Classifier, label: str) -> int:
    if label in found.labels:
        return found.labels.index(label)
    help = did_you_mean(label, found.labels) or f"it knows {', '.join(f'`{each}`' for each in found.labels[:20])}"
    raise fail("wrong-value", f"the classifier knows no label `{label}`", help)


def _spread(values: pl.Series, places: pl.Series, length: int) -> pl.Series:
    """`values` at `places`, null elsewhere."""
    return pl.repeat(None, length, dtype=values.dtype, eager=True).scatter(places, values)
