"""Add copies of texts that an augmenter of the library nlpaug makes.

Use it to go on with settings that you have from nlpaug, or to compare with it. Otherwise take dprep's own, which leave numbers,
addresses and placeholders whole, keep blanks and know Chinese: `augment.noise` for `KeyboardAug`, `OcrAug` and `RandomCharAug`,
`augment.typo` for `SpellingAug` (both some ten times as fast or more), `augment.eda` for `RandomWordAug`.

`augmenter` is its name after `nlpaug.augmenter.`, `settings` what its constructor takes. Those that were tried with nlpaug
1.1.11 and work are `char.KeyboardAug`, `char.OcrAug`, `char.RandomCharAug`, `word.SpellingAug`, `word.RandomWordAug`,
`word.SplitAug` and `word.ReservedAug`; for every other one the problem says why not (what it would download, which library it
does not fit), and what to take instead. `file` is its own list, where it takes one: a keyboard (JSON), look-alikes (JSON),
misspellings. Nothing is downloaded.

nlpaug draws from the generators of the whole process. Each row seeds them with its own luck, and they come back as they were:
so answers do not depend on blocks or workers. It cuts texts into words and joins them again, so blanks may come and go (`a b`,
`)`); where nothing but blanks has changed, no row is added (but by `SplitAug`), nor for blank texts. Its spelling list holds
other words among the misspellings (`quick` becomes `quikly`). Some 10,000 to 20,000 sentences a second on one core; the first
takes 4 seconds more, as it loads whatever of torch and transformers there is.

**Chinese.** nlpaug sees words between blanks and punctuation. `KeyboardAug`, `OcrAug` and `SpellingAug` leave Chinese as it is,
so there is no row; `RandomCharAug` puts Latin letters and signs among its characters, `SplitAug` blanks, and `RandomWordAug`
takes whole clauses for words. None of that is worth having: take `augment.noise`, `augment.typo` or `augment.eda`.

Source: Ma 2019, "NLP Augmentation", github makcedward/nlpaug, release 1.1.11.

```toml
op = "augment.nlpaug"
augmenter = "word.RandomWordAug"
settings = { action = "swap", aug_p = 0.2 }
```
```diff
  {"text": "please send the refund to my old address"}
+ {"text": "please send refund the my to old address"}
  {"text": "yes"}
  {"text": "我的包裹还没有到"}
  {"text": "12345"}
```
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
from pydantic import Strict, field_validator, model_validator

from dprep.base.operator import Augment, File
from dprep.base.problem import did_you_mean
from dprep.base.text import Text
from dprep.ops.augment._nlpaug import FILES, REFUSED, TAKES, asked, wrong_settings

_List = Annotated[tuple[str, ...], Strict(False)]
_Lists = Annotated[tuple[_List, ...], Strict(False)]


class Nlpaug(Augment):
    libraries: ClassVar[tuple[str, ...]] = ("nlpaug",)
    extra: ClassVar[str] = "nlpaug"

    augmenter: str
    """Room and class of the augmenter: `char.KeyboardAug`."""

    settings: Mapping[str, bool | int | float | str | _List | _Lists] = {}
    """What its constructor takes: `{ aug_p = 0.1 }`."""

    file: File | None = None
    """Its own list, where it takes one."""

    @field_validator("augmenter")
    @classmethod
    def _works(cls, name: str) -> str:
        if name in REFUSED:
            raise ValueError(f"`{name}` is not offered: {REFUSED[name]}")
        if name not in TAKES:
            near = did_you_mean(name, TAKES) or f"there are {', '.join(f'`{each}`' for each in TAKES)}"
            raise ValueError(f"no augmenter of nlpaug that works here is called `{name}`; {near}")
        return name

    @model_validator(mode="after")
    def _takes(self) -> "Nlpaug":
        wrong = wrong_settings(self.augmenter, self.settings)
        if wrong:
            raise ValueError(wrong)
        if self.file is not None and self.augmenter not in FILES:
            raise ValueError(f"`{self.augmenter}` takes no file")
        return self

    def variant(self, text: Text, luck: npt.NDArray[np.uint64], number: int) -> pl.Series:
        told: dict[str, Any] = dict(self.settings)
        by = asked(self.augmenter, orjson.dumps(told, option=orjson.OPT_SORT_KEYS), self.file)
        return pl.Series(text.series.name, by.texts(text.series.to_list(), luck), dtype=pl.String)
