"""Add copies of texts in which words are replaced by synonyms.

Use it to make a small classification or retrieval set less dependent on single words, on training rows only, which is the
default once a split stands before; put gates behind it. Do not use it where a word decides (legal terms, entailment, tagging
and question answering, whose offsets it would break), or on text that a model learns to write: some replacements are wrong.

Synonyms come from a book that you name in `synonyms`; what kind it is, its content tells:

- WordNet's folder: Debian's `wordnet-base` (`/usr/share/wordnet`, the default), nltk's `corpora/wordnet`. English.
- A tab file of Open Multilingual WordNet (`wn-data-cmn.tab` for Chinese, `wn-data-fra.tab` for French, …).
- A thesaurus of LibreOffice, `th_*.dat` (Debian's `mythes-*`); terms with a mark such as `(generic term)` are left out.
- A list of your own: word, tab, synonyms with tabs or commas between, best first. It is taken as it stands, without inflection
  and without parts of speech; `language = "en"` adds English inflection.

**English** (WordNet, an English thesaurus). First sense first: of WordNet a synonym counts only if the meaning is the first
of both words, if each had it in at least half of its places in WordNet's tagged texts, and the synonym three times; a verb
must fit all sentence frames that the word fits. So few words change, and most of them well; `senses = 2` changes twice as
many texts and is wrong more often. There is no tagger: a word that can be several parts of speech is taken for one where the
word before leaves only that one (`to buy`, `a charge`), or where it was met so in 85 % of cases; otherwise it stays. Forms
are kept (`cars` becomes `automobiles`, `bought` `purchased`) by lemminflect's tables; of a form that is two at once (`put`)
only synonyms that are so too are taken. Capitals are kept, and `a` and `an` follow. Words inside WordNet's phrases (`credit
card`) and verbs before `up`, `out`, `off` and the like stay.

Never touched: stop words; words with a capital inside a sentence, which are names (`capitals = true` changes that for German
nouns), or in capitals; numbers, addresses, mentions, hashtags, placeholders, code; words that touch one of these; and what
`protect` or `protect_file` lists, in any case and also inside longer words. Each word that can be replaced is with chance
`rate`, one at least. Where none can be, no row is added.

**Chinese.** Texts are cut into jieba's words (extra `zh`). With an Open Multilingual WordNet file a word of two characters or
more is replaced if jieba's list has it as noun, verb, adjective or adverb (names are not), by a synonym of that part of
speech that the list counts a tenth to four times as often, 20 times at least. The file does not order meanings, so the one
synonym per sense is taken that shares most meanings with the word: a third of them where it shares a character, else three
fifths. Names of works between 《 and 》 stay. Many wrong ones remain (基金 becomes 资金): list them in `protect`, or use a
list of your own, which is taken as it stands.

**Other languages.** Words are found in the form the book has, and replaced without inflection or agreement: French or German
sentences come out ungrammatical where gender or case should follow. Stop words are known for French, German, Spanish and
Russian. Japanese, Thai and other scripts without blanks are not cut into words: little or nothing changes there.

Measured: with the defaults 29 % of banking77's questions and 38 % of THUCNews' titles get a variant. Of 100 of the English
ones, drawn and read by one person, 55 were good, 30 acceptable and 15 wrong (`fiat` to `decree`); of 60 Chinese ones 22, 16
and 22.

Source: WordNet 3.0, wndb(5WN), cntlist(5WN); jieba/dict.txt; bjascob/LemmInflect; hunspell/mythes; the shares were chosen on
banking77 and THUCNews' titles.

```toml
op = "augment.synonym"
synonyms = "wordnet"
rate = 0.5
```
```diff
  {"text": "He bought a car."}
+ {"text": "He bought an automobile."}
  {"text": "Two cars, one big error"}
+ {"text": "Two automobiles, one big error"}
  {"text": "Order 66 is late"}
  {"text": "see http://a.b/car and {car}"}
  {"text": "包裹丢了"}
```

```toml
op = "augment.synonym"
synonyms = "wordnet-zh.tab"
```
```diff
  {"text": "我昨天看了一部电影"}
+ {"text": "我昨天看了一部影片"}
  {"text": "我在北京购买了3本书"}
+ {"text": "我在北京采购了3本书"}
  {"text": "你好，请问几点开门？"}
  {"text": "where is my parcel"}
```
"""

from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Ge, Gt, Le

from dprep.base.operator import Augment, File, Words
from dprep.base.text import Text
from dprep.kernels.rewriting import exchanged_by_rate
from dprep.models.replacements import Replacements, replacements
from dprep.models.thesauri import content_of, thesaurus
from dprep.ops.augment._words import by_script, kept_words, rewritable, rewritten


class Synonym(Augment):
    extra: ClassVar[str] = "augment"
    libraries: ClassVar[tuple[str, ...]] = ("lemminflect", "jieba")

    synonyms: File = "/usr/share/wordnet"
    """Where they come from: WordNet's folder, an Open Multilingual WordNet tab file, a `th_*.dat`, or a list of your own."""

    rate: Annotated[float, Gt(0), Le(1)] = 0.3
    """Chance of each word that can be replaced to be."""

    senses: Annotated[int, Ge(1), Le(20)] = 1
    """Meanings of a word whose synonyms count: its first ones."""

    phrases: bool = False
    """Take synonyms of several words too: `commence` may become `set out`."""

    language: Literal["auto", "en", "zh", "other"] = "auto"
    """What the synonyms are of; `auto` sees it from the book."""

    capitals: bool = False
    """Words with a capital inside a sentence are words, not names: German nouns."""

    protect: Words = ()
    """Words and phrases that stay as they are, in any case."""

    protect_file: File | None = None
    """A list of more of them: UTF-8, one per line."""

    def variant(self, text: Text, luck: npt.NDArray[np.uint64], number: int) -> pl.Series:
        by = self._replacements()
        kept = kept_words(self.protect, self.protect_file)

        def made(texts: Text, chance: npt.NDArray[np.uint64], han: bool) -> pl.Series:
            found = rewritable(texts, by, han and by.language == "zh", kept, self.capitals)
            english = by.language == "en"
            plan = exchanged_by_rate(
                texts.buffers.data, found.tokens, found.offers, found.choices, chance, rate=self.rate, english=english
            )
            return rewritten(texts, found, plan, spaced=not han)

        return by_script(text, luck, made) if by.language == "zh" else made(text, luck, False)

    def _replacements(self) -> Replacements:
        return replacements(self.synonyms, content_of(self.synonyms), self.language, self.senses, self.phrases)

    def check_files(self) -> None:
        thesaurus(self.synonyms)
        kept_words(self.protect, self.protect_file)
