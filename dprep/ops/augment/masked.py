"""Add copies of texts in which a masked language model has put other words.

Use it to widen small training sets with words that fit where they stand: the model sees the whole sentence, not only the word.
It does not know what a label means: `I love it` may become `I hate it`, so gate the new rows (`gate.label`, `gate.embedding`)
or keep what decides in `protect`. For words that mean the same there is `augment.synonym`. Only on training rows, which is the
default once a split stands before; do not use it for tagging and question answering, whose offsets it would break.

Each word that may be is hidden with chance `rate`, and one at least; all hidden words of a text are asked for at once. The new
word is drawn from the `top_k` likeliest by their probabilities (`temperature` above 1 makes them more equal), is never the
same word in any case, and takes over the case of the old one. Only tokens that are whole words, of letters of the old word's
script, are drawn: pieces, punctuation, numbers and special tokens never come into a text, and all else in it stays byte for
byte. Words with hyphens and apostrophes stay, and so do URLs, e-mail addresses, mentions, hashtags, placeholders, code, all
with a digit, words that carry grammar (`stop_words`), words with a capital inside a sentence (`names`), and what `protect`
lists. Where nothing can be hidden, no row is added. Texts longer than the model reads are shown to it in windows around the
hidden words.

`masked_lm` is the folder of any model that fills masks, as `save_pretrained` writes it (BERT, RoBERTa, XLM-R, ELECTRA's
generator and their kin; safetensors). Nothing is downloaded and no code of a folder is run. With RoBERTa's and XLM-R's
tokenizers a word right after a bracket or a quotation mark stays, as its tokens do not tell words from pieces. Answers are
remembered: a rerun asks nothing again.

**Chinese.** With a model that has one token per character (`bert-base-chinese` and its kin, multilingual BERT) whole words of
jieba's are hidden, up to four characters; their characters are drawn from the left, and each must go on with a word of the
same length of jieba's list. `characters = true` hides single characters instead. With XLM-R a hidden word is one token of han,
of any length, and words that share a token with their neighbours stay. RoBERTa's English vocabulary has nearly no Chinese:
such texts get no row. Needs `dprep[zh]` too.

Source: Devlin et al. 2019, "BERT", arXiv 1810.04805 (masked words); Kobayashi 2018, "Contextual Augmentation", arXiv
1805.06201.

```toml
op = "augment.masked"
masked_lm = "tiny-masked"
top_k = 3
```
```diff
  {"text": "The red cat walks slowly through the garden."}
+ {"text": "The red cat walks quickly through the garden."}
  {"text": "12345 @me http://a.b/c"}
  {"text": "我们明天去北京买西瓜。"}
+ {"text": "我们明天去南明买西瓜。"}
  {"text": "👍"}
```
"""

from itertools import pairwise
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Ge, Gt, Le

from dprep.base.chance import splitmix64
from dprep.base.operator import Augment, File, Words
from dprep.base.text import Text
from dprep.models.han_words import followers
from dprep.models.lists import lines
from dprep.models.masked_lm import Hole, MaskedLM, Tokens, Wish, check, masked_lm
from dprep.models.vocabularies import HAN, script_of
from dprep.ops.augment import _hidden
from dprep.ops.augment._hidden import Rules, grammar, hidden, hideable


class Masked(Augment):
    libraries: ClassVar[tuple[str, ...]] = ("torch", "transformers", "tokenizers", "jieba")
    extra: ClassVar[str] = "train"
    model: ClassVar[bool] = True
    remembers: ClassVar[bool] = True
    at_once: ClassVar[int] = 512
    varies: ClassVar[str] = "the last bits of a sum of floats depend on the device; answers are remembered."

    masked_lm: File
    """The folder of the model."""

    rate: Annotated[float, Gt(0), Le(1)] = 0.15
    """Chance of each word that may be hidden to be."""

    top_k: Annotated[int, Ge(1), Le(10_000)] = 20
    """Likeliest words to draw from."""

    temperature: Annotated[float, Gt(0), Le(100)] = 1.0
    """Above 1 unlikely words come more often, under 1 less often."""

    stop_words: bool = False
    """Also hide and draw words that carry grammar: articles, pronouns, prepositions, auxiliaries, negations (known of English,
    Chinese, French, German, Spanish and Russian)."""

    names: bool = False
    """Also hide words with a capital inside a sentence: names, and German nouns."""

    characters: bool = False
    """Take Chinese by characters, not by words."""

    protect: Words = ()
    """Words and phrases that stay as they are, in any case."""

    protect_file: File | None = None
    """A list of more of them: UTF-8, one per line."""

    def check_files(self) -> None:
        check(self.masked_lm)
        self._kept()

    def variant(self, text: Text, luck: npt.NDArray[np.uint64], number: int) -> pl.Series:
        found = hideable(text, luck, Rules(self.characters, self.stop_words, self.names, self._kept()))
        if not len(found.rows):
            return pl.repeat(None, len(text), dtype=pl.String, eager=True).alias(text.series.name)
        model = masked_lm(self.masked_lm)
        rows = np.unique(found.rows)
        texts = dict(zip(rows.tolist(), text.series.gather(rows).to_list(), strict=True))
        read = dict(zip(texts, model.read(list(texts.values())), strict=True))
        holes = _holes(model, read, found, self.rate)
        words = (
            followers(model.characters) if any(hole.masks > 1 and script_of(hole.word) == HAN for _, _, hole in holes) else None
        )
        of: dict[int, list[Hole]] = {}
        for row, _, hole in holes:
            of.setdefault(row, []).append(hole)
        without = frozenset() if self.stop_words else grammar()
        model.fill([(read[row], mine) for row, mine in of.items()], Wish(self.top_k, self.temperature, without, words))
        return _written(text.series, texts, holes)

    def _kept(self) -> tuple[str, ...]:
        return (*(word for word in self.protect if word), *(lines(self.protect_file) if self.protect_file else ()))


def _holes(model: MaskedLM, read: dict[int, Tokens], found: _hidden.Words, rate: float) -> list[tuple[int, int, Hole]]:
    """(row, first code point, hole) for each word that is hidden, in order."""
    first, end = np.full(len(found.rows), -1), np.full(len(found.rows), -1)
    bounds = np.flatnonzero(np.diff(found.rows, prepend=-1, append=found.rows[-1] + 1))
    for begin, stop in pairwise(bounds):
        some = slice(begin, stop)
        first[some], end[some] = model.reached(read[int(found.rows[begin])], found.starts[some], found.ends[some])
    forms = found.forms.to_list()
    masks = np.array(
        [model.masks_for(forms[n], read[int(found.rows[n])], int(first[n])) if first[n] >= 0 else 0 for n in range(len(forms))]
    )
    possible = masks > 0
    numbers = np.flatnonzero(possible)[hidden(found.taken(possible), rate)]
    return [
        (
            int(found.rows[n]),
            int(found.starts[n]),
            Hole(forms[n], int(first[n]), int(end[n]), _draws(found.chances[n], masks[n])),
        )
        for n in numbers
    ]


def _draws(chance: np.uint64, masks: int) -> tuple[float, ...]:
    """A number from 0 to 1 (less) for each mask of a word."""
    drawn = []
    state = np.array([chance], np.uint64)
    for _ in range(masks):
        state = splitmix64(state)
        drawn.append(float(state[0] >> np.uint64(11)) / 2.0**53)
    return tuple(drawn)


def _written(series: pl.Series, texts: dict[int, str], holes: list[tuple[int, int, Hole]]) -> pl.Series:
    """The texts with what was drawn; null where nothing was."""
    parts: dict[int, list[str]] = {}
    ends: dict[int, int] = {}
    for row, start, hole in holes:
        if hole.found:
            parts.setdefault(row, []).extend((texts[row][ends.get(row, 0) : start], _cased(hole.found, hole.word)))
            ends[row] = start + len(hole.word)
    made = {row: "".join(part) + texts[row][ends[row] :] for row, part in parts.items()}
    return pl.Series(series.name, [made.get(row) for row in range(len(series))], dtype=pl.String)


def _cased(word: str, like: str) -> str:
    """`word` with a capital first, or in capitals, where `like` is so."""
    if len(like) > 1 and like.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if like[:1].isupper() else word
