"""Add rows whose sentences are those of a row in another order, or those of two rows of one class.

`kind = "sentences"` puts the sentences of a row into another order. Use it where a text is a bag of statements: topics, intents
of longer messages, reviews. Do not use it where the order carries the meaning (stories, dialogue, instructions, summaries,
question answering), nor for text that a model is to learn to write.

`kind = "mix"` joins the first half of one row's sentences with the second half of another's, of the same class (`classes`: the
columns `label` by default, several count together); a text of one sentence gives all of it. Use it for classification whose
classes are about what a text is about or how it sounds. Do not use it for pairs, for regression, or where a class says
something of the whole text (length, authorship, coherence). All other columns are those of the row itself.

A sentence ends after `.`, `!`, `?`, `…` and closing quotes, before white space; not after an abbreviation (`Mr.`, `e.g.`), an
initial or the number of an item. Lines without an end mark (headings, greetings, items) and a last stretch without one stay
where they are when the others move, and white space stays where it was. A half that ends in a letter or digit gets a full
stop before the other follows. A text with fewer than two sentences to move gets no row under `sentences`, nor do more variants
than there are other orders; under `mix` a row gets none where its class is empty (null), or has no other row. Two rows that are
equal or nearly so (Jaccard similarity of 0.8 or more) are never mixed, and each variant of a row has another row's half.

What is drawn depends on the recipe's seed, the step's name and the row; under `mix` also on which other rows the class has.

**Chinese.** Sentences end at 。！？ without a blank after them, and none is put between them; a half without an end mark gets
a 。 of its own. Commas do not end a sentence, so a Chinese text that has no other marks counts as one.

Source: same-class halves: Luque 2019, "Atalaya at TASS 2019: Data Augmentation and Robust Embeddings for Sentiment Analysis",
arXiv 1909.11241 (instance crossover, there on halves of tweets). Where halves are cut and what is a twin: this project's.

```toml
op = "augment.recombine"
```
```diff
  {"text": "My card was stolen. Please block it! When do I get a new one?"}
+ {"text": "Please block it! My card was stolen. When do I get a new one?"}
  {"text": "Only one sentence here."}
  {"text": "我的卡丢了。请帮我挂失！新卡什么时候到？"}
+ {"text": "请帮我挂失！新卡什么时候到？我的卡丢了。"}
  {"text": "怎么退款"}
```

```toml
op = "augment.recombine"
kind = "mix"
```
```diff
  {"text": "My card was stolen. Please block it!", "label": "card"}
+ {"text": "My card was stolen. Can I get a new one?", "label": "card"}
  {"text": "I lost my card in the tram. Can I get a new one?", "label": "card"}
+ {"text": "I lost my card in the tram. Please block it!", "label": "card"}
  {"text": "What is the exchange rate?", "label": "rate"}
  {"text": "我的包裹还没有到。请帮我查一下！", "label": "parcel"}
+ {"text": "我的包裹还没有到。快递在哪里", "label": "parcel"}
  {"text": "快递在哪里", "label": "parcel"}
+ {"text": "快递在哪里。请帮我查一下！", "label": "parcel"}
```
"""

from typing import Annotated, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import MinLen

from dprep.base.mixing import MADE, Mixing, RowPool
from dprep.base.text import Text, from_buffers
from dprep.kernels.near_pairs import near
from dprep.kernels.sentence_order import crossed, sentences, shuffled
from dprep.ops.augment._pool import TWIN, Members, Walk, has_class, members, places_of, save_members, taken, walk

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_TRIES = 30
"""How many rows of its class may be refused to a row as its twins before it is left alone."""


def _ways(places: Places, pool: RowPool) -> tuple[Members, Walk, Places]:
    """The classes, each row's way through its own, and where that class begins among the members."""
    found = members(pool)
    of = found.number(pool.group[places])
    return found, walk(pool.luck[places], found.sizes[of]), found.starts[of]


class Recombine(Mixing):
    text_only: ClassVar[bool] = False

    kind: Literal["sentences", "mix"] = "sentences"
    """Another order of a row's sentences, or halves of two rows of one class."""

    text: Annotated[str, MinLen(1)] = "text"
    """The column of texts."""

    def reads(self) -> tuple[str, ...]:
        return (self.text, *self.classes) if self.kind == "mix" else (self.text,)

    def pooled(self) -> tuple[str, ...]:
        return (self.text,) if self.kind == "mix" else ()

    def prepare(self, pool: RowPool) -> None:
        save_members(pool)

    def mixed(self, rows: pl.DataFrame, luck: U64, number: int, pool: RowPool) -> pl.DataFrame:
        places = places_of(rows, pool)
        texts = Text(rows.get_column(self.text).cast(pl.String).fill_null(""), rows)
        if self.kind == "mix":
            made, found = self._crossed(texts, places, number, pool)
        else:
            offsets, data, found = shuffled(texts.buffers, texts.once(sentences), pool.luck[places], number)
            made = from_buffers(offsets, data)
        return rows.with_columns(made.alias(self.text), pl.Series(MADE, found, dtype=pl.Boolean))

    def _crossed(self, texts: Text, places: Places, number: int, pool: RowPool) -> tuple[pl.Series, npt.NDArray[np.bool_]]:
        """The `number`-th mixture of each row, and whether there is one."""
        partner = self._partners(texts, places, number, pool)
        has = np.flatnonzero(partner >= 0)
        out, found = pl.repeat("", len(texts), dtype=pl.String, eager=True), partner >= 0
        if len(has):
            one, other = Text(texts.series.gather(has)), Text(self._texts(pool, partner[has]))
            made = from_buffers(*crossed(one.buffers, one.once(sentences), other.buffers, other.once(sentences)))
            found[has] = ((made != "") & (made != one.series) & (made != other.series)).to_numpy()
            out = out.scatter(has, made)
        return out, found

    def _partners(self, texts: Text, places: Places, number: int, pool: RowPool) -> Places:
        """The place of the row that each row is mixed with: the `number`-th on its way that is no twin. -1: there is none."""
        found, way, first = _ways(places, pool)
        partner, seen = np.full(len(places), -1, np.int64), np.zeros(len(places), np.int64)
        left = np.flatnonzero(has_class(pool.group[places]))
        for step in range(2 * number + _TRIES):
            left = left[step < way.size[left]]
            if not len(left):
                break
            there = found.members[first[left] + way.of(left).at(step)]
            fits = there != places[left]
            fits[fits] = ~self._twins(texts.series.gather(left[fits]), there[fits], pool)
            seen[left] += fits
            done = fits & (seen[left] == number)
            partner[left[done]] = there[done]
            left = left[~done]
        return partner

    def _twins(self, texts: pl.Series, places: Places, pool: RowPool) -> npt.NDArray[np.bool_]:
        return near(Text(texts).buffers, Text(self._texts(pool, places)).buffers, TWIN)

    def _texts(self, pool: RowPool, places: Places) -> pl.Series:
        return taken(pool, places).get_column(self.text).cast(pl.String).fill_null("")
