"""Add copies of texts with words replaced, inserted, swapped or deleted: easy data augmentation.

Use it on training rows of small classification sets (the paper gains most under 500 rows), which is the default once a split
stands before. Do not use it where word order or a single word decides (entailment, negation, tagging, questions with answers),
nor on text that a model learns to write: most variants are no sentences any more.

For each variant one of `operations` is drawn by the row's luck; where it can do nothing, the next is tried. With `n` words in
a text and `alpha` of 0.1: `replace` exchanges `max(1, 0.1 n)` words for synonyms, `insert` puts as many synonyms of words
before other words, `swap` lets two words change places as often, `delete` leaves each word out with chance 0.1, one at least
and never all. The paper recommends 0.05 for sets under 500 rows and 0.1 above, and four to sixteen variants a row
(`variants`).

It differs from the paper's code where that damages texts: case and punctuation stay; numbers, addresses, mentions,
placeholders, code, names (words with a capital inside a sentence) and what `protect` lists are neither moved nor deleted, nor
does anything come to stand against them; words with a capital keep their place, also the first of a sentence. Synonyms are
those of `augment.synonym`, by part of speech, inflected, first sense first, instead of any of any meaning; no stop word gets
one.

**Chinese.** Texts with Chinese characters are cut into jieba's words (extra `zh`), which are swapped, deleted and inserted
without blanks; names of works between 《 and 》 stay. `replace` and `insert` need Chinese synonyms, such as `wn-data-cmn.tab`
of Open Multilingual WordNet; with an English book they give way to `swap` and `delete` there.

Source: Wei and Zou 2019, EDA: Easy Data Augmentation Techniques for Boosting Performance on Text Classification Tasks;
jasonwei20/eda_nlp, code/eda.py.

```toml
op = "augment.eda"
synonyms = "wordnet"
```
```diff
  {"text": "please refund my broken order quickly"}
+ {"text": "please refund my broken rapidly order quickly"}
  {"text": "the parcel with 2 cars is late"}
+ {"text": "the parcel package with 2 cars is late"}
  {"text": "we ordered a big parcel by mistake"}
+ {"text": "we ordered a big package parcel by mistake"}
  {"text": "can you help me with the new car"}
+ {"text": "can automobile you help me with the new car"}
  {"text": "12345 @me http://a.b/c"}
```

```toml
op = "augment.eda"
operations = ["swap", "delete"]
```
```diff
  {"text": "我的包裹还没有到"}
+ {"text": "我的包裹还到没有"}
  {"text": "你们的客服太慢了"}
+ {"text": "你们客服的太慢了"}
  {"text": "你好"}
  {"text": "my parcel is late"}
+ {"text": "is parcel my late"}
```
"""

from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Ge, Gt, Le, MinLen
from pydantic import Strict, model_validator

from dprep.base.operator import Augment, File, Words
from dprep.base.problem import Error, Problem
from dprep.base.text import Text
from dprep.kernels.rewriting import DELETE, INSERT, REPLACE, SWAP, edited_by_kinds
from dprep.models.replacements import replacements
from dprep.models.thesauri import content_of, thesaurus
from dprep.ops.augment._words import by_script, kept_words, rewritable, rewritten

Operations = Annotated[tuple[Literal["replace", "insert", "swap", "delete"], ...], Strict(False), MinLen(1)]
Alpha = Annotated[float, Gt(0), Le(1)]

_KINDS = {"replace": REPLACE, "insert": INSERT, "swap": SWAP, "delete": DELETE}


class Eda(Augment):
    extra: ClassVar[str] = "augment"
    libraries: ClassVar[tuple[str, ...]] = ("lemminflect", "jieba")

    synonyms: File | None = None
    """Where synonyms come from, as in `augment.synonym`; `replace` and `insert` need it."""

    operations: Operations = ("replace", "insert", "swap", "delete")
    """What is drawn from for each variant."""

    alpha_replace: Alpha = 0.1
    """Share of a text's words that `replace` exchanges (paper: SR)."""

    alpha_insert: Alpha = 0.1
    """Words that `insert` adds, per word of the text (RI)."""

    alpha_swap: Alpha = 0.1
    """Swaps that `swap` makes, per word of the text (RS)."""

    alpha_delete: Alpha = 0.1
    """Chance of each word to be deleted by `delete` (RD)."""

    senses: Annotated[int, Ge(1), Le(20)] = 1
    """Meanings of a word whose synonyms count: its first ones."""

    language: Literal["auto", "en", "zh", "other"] = "auto"
    """What the synonyms are of; `auto` sees it from the file."""

    capitals: bool = False
    """Words with a capital inside a sentence are words, not names: German nouns."""

    protect: Words = ()
    """Words and phrases that stay as they are, in any case."""

    protect_file: File | None = None
    """A list of more of them: UTF-8, one per line."""

    @model_validator(mode="after")
    def _has_synonyms(self) -> "Eda":
        if self.synonyms is None and {"replace", "insert"} & set(self.operations):
            sentence = "`replace` and `insert` of `augment.eda` need `synonyms`"
            help = 'set `synonyms = "/usr/share/wordnet"` (`apt install wordnet-base`), or `operations = ["swap", "delete"]`'
            raise Error(Problem("missing-parameter", sentence, help=help))
        return self

    def variant(self, text: Text, luck: npt.NDArray[np.uint64], number: int) -> pl.Series:
        by = replacements(self.synonyms or "", content_of(self.synonyms), self.language, self.senses, False)
        kept = kept_words(self.protect, self.protect_file)
        kinds = tuple(_KINDS[kind] for kind in self.operations)
        alphas = tuple(float(getattr(self, f"alpha_{kind}")) for kind in self.operations)

        def made(texts: Text, chance: npt.NDArray[np.uint64], han: bool) -> pl.Series:
            found = rewritable(texts, by, han, kept, self.capitals)
            plan = edited_by_kinds(
                texts.buffers.data,
                found.tokens,
                found.offers,
                found.choices,
                chance,
                forms=found.told(),
                kinds=kinds,
                alphas=alphas,
                english=by.language == "en",
            )
            return rewritten(texts, found, plan, spaced=not han)

        return by_script(text, luck, made)

    def check_files(self) -> None:
        if self.synonyms is not None:
            thesaurus(self.synonyms)
        kept_words(self.protect, self.protect_file)
