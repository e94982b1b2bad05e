"""Add pairs that do not belong together: a query with the passage of another.

Use it for pairs, questions with their answers, and retrieval, where the data holds only what belongs together and a model must
learn what does not. Act on rows that do belong together: `when = "label = '1'"` where others are labelled already. Do not use
it where most passages fit most queries (chit-chat, titles of one topic), nor on a set so small that the passages are few.

Each new row is the row with another row's passage; `set` gives the other columns their new values. `flavour = "pair"` reads
`text` and `text_pair` and sets `label` to "0". `flavour = "qa"` reads `question` and `context`, and empties `answers`: the
question cannot be answered from the new context. For retrieval without a label write `set = {}` and name the columns; the new
rows are those with `made_by`.

- `kind = "bm25"`: passages that share rare words with the query: one of the `top` best after the `skip` best, drawn by luck. A
  query that shares no word with any other passage gets nothing.
- `kind = "random"`: any passage of the pool. Easy to tell apart, and rarely wrong.
- `kind = "embedding"`: as `bm25`, by the cosine of vectors from `encoder` (a folder as for `tag.embedding`).

No passage is drawn that may belong to the query after all. Queries that are equal but for case, accents, width and punctuation
are one query, and a passage is refused if it is equal or nearly equal (Jaccard similarity of 0.8 or more) to any passage that
stands beside that query in the pool; if the query of one of its own rows (up to 64 are looked at) is nearly equal to this one;
if an answer to that query occurs in it (column `answers`, case and width ignored); or if it is blank. A query with more than
200 rows gets nothing. That is as far as data can tell: a passage that answers in other words is not seen, and the better the
ranking, the likelier it is. Raise `skip` where you find such ones, and train with a margin.

A row's variants get different passages. Where all are refused there is no new row. The pool is every row that the step acts on:
in a split set, `train` alone. So what is drawn for a row depends on the recipe's seed, the step's name, the row, and the pool.

BM25 ranks hashed words with `k1` and `b`, exactly; the index lies on disk, and each variant asks it anew: some 1,000 queries a
second on one core where there are 100,000 passages of 60 words. Embeddings are compared by brute force, all distinct queries
with all distinct passages: minutes for 100,000 of both, hours for a million.

**Chinese.** Works: terms are two neighbouring characters (你好吗 has 你好 and 好吗), nearly equal is by pairs of characters
too. Simplified and traditional characters differ: convert first (`clean.chinese`). Embeddings are as good as the encoder's
Chinese.

Source: BM25: Robertson and Zaragoza 2009; k1 = 1.2, b = 0.75 as in Apache Lucene. Hard negatives of passages by BM25, without
those that hold the answer: Karpukhin et al. 2020, "Dense Passage Retrieval", arXiv 2004.04906. `top = 30` and the refusals are
this project's.

```toml
op = "augment.negatives"
when = "label = '1'"
```
```diff
  {"text": "opening hours on sunday", "text_pair": "We are open on sunday from 10 to 4.", "label": "1"}
+ {"text": "opening hours on sunday", "text_pair": "On monday we close at 8.", "label": "0"}
  {"text": "opening hours on sunday", "text_pair": "Our sunday cake is famous.", "label": "0"}
  {"text": "closing time on monday", "text_pair": "On monday we close at 8.", "label": "1"}
+ {"text": "closing time on monday", "text_pair": "We are open on sunday from 10 to 4.", "label": "0"}
  {"text": "parking fees", "text_pair": "Two euros an hour.", "label": "1"}
  {"text": "周日几点开门", "text_pair": "周日十点开门。", "label": "1"}
+ {"text": "周日几点开门", "text_pair": "周一下班早，几点关门看季节。", "label": "0"}
  {"text": "周一几点关门", "text_pair": "周一下班早，几点关门看季节。", "label": "1"}
  {"text": "停车费", "text_pair": "每小时两欧元。", "label": "1"}
```

```toml
op = "augment.negatives"
kind = "random"
share = 0.5
```
```diff
  {"text": "How do I get a refund?", "text_pair": "Refunds are paid within five days.", "label": "1"}
  {"text": "how do I get a refund", "text_pair": "We send the money back to your card.", "label": "1"}
+ {"text": "how do I get a refund", "text_pair": "五天之内退款。", "label": "0"}
  {"text": "Where is my parcel?", "text_pair": "You can follow it with the number in our mail.", "label": "1"}
  {"text": "怎么退款？", "text_pair": "五天之内退款。", "label": "1"}
+ {"text": "怎么退款？", "text_pair": "We send the money back to your card.", "label": "0"}
  {"text": "我的包裹在哪里？", "text_pair": "请用邮件里的单号查询。", "label": "1"}
+ {"text": "我的包裹在哪里？", "text_pair": "We send the money back to your card.", "label": "0"}
```

```toml
op = "augment.negatives"
flavour = "qa"
```
```diff
  {"question": "Who wrote it?", "context": "Ann wrote it.", "answers": {"text": ["Ann"], "answer_start": [0]}}
  {"question": "Who has read it?", "context": "Ann and Bob have read it.", "answers": {"text": ["Bob"], "answer_start": [8]}}
+ {"question": "Who has read it?", "context": "Ann wrote it.", "answers": {"text": [], "answer_start": []}}
  {"question": "What was thrown?", "context": "They threw a book.", "answers": {"text": ["book"], "answer_start": [13]}}
  {"question": "信是谁写的？", "context": "信是小王写的。", "answers": {"text": ["小王"], "answer_start": [2]}}
  {"question": "谁读了信？", "context": "小李读了信。", "answers": {"text": ["小李"], "answer_start": [0]}}
```
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Ge, Gt, Le, MinLen
from pydantic import model_validator

from dprep.base.mixing import MADE, Mixing, RowPool
from dprep.base.operator import File
from dprep.base.problem import Error, Problem
from dprep.models.encoders import encoder
from dprep.ops.augment._draws import Draws, drawn
from dprep.ops.augment._known import Known, column, save_known
from dprep.ops.augment._pool import places_of, save_members
from dprep.ops.augment._ranking import best_by_terms, best_by_vectors, save_index, save_nearest

U64 = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

MOST_ROWS = 200
"""Rows of one query, above which it gets nothing: what belongs to it is hardly one thing."""


class Negatives(Mixing):
    text_only: ClassVar[bool] = False
    rewords: ClassVar[bool] = False
    libraries: ClassVar[tuple[str, ...]] = ("torch", "transformers", "tokenizers")
    varies: ClassVar[str] = (
        'with `kind = "embedding"` the last bits of vectors, and the order of passages equally near, depend on the device.'
    )
    flavours: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "pair": {"query": "text", "passage": "text_pair", "set": {"label": "0"}, "answers": None},
        "qa": {"query": "question", "passage": "context", "set": {}, "answers": "answers"},
    }

    flavour: Literal["pair", "qa"] = "pair"
    """Which columns are read, and what becomes of the others."""

    query: Annotated[str, MinLen(1)] = "text"
    """The column that stays."""

    passage: Annotated[str, MinLen(1)] = "text_pair"
    """The column that is replaced by another row's."""

    set: Mapping[str, bool | int | float | str] = {"label": "0"}
    """What other columns of a new row say."""

    answers: Annotated[str, MinLen(1)] | None = None
    """The column of answers, as question answering has it: none may occur in a drawn passage, and new rows have none."""

    kind: Literal["bm25", "random", "embedding"] = "bm25"
    """How passages are drawn."""

    top: Annotated[int, Ge(1), Le(1000)] = 30
    """How many of the best passages are drawn from; the query's own do not count."""

    skip: Annotated[int, Ge(0), Le(10_000)] = 0
    """How many of the best passages are passed over before: they may be answers that nobody has marked."""

    k1: Annotated[float, Gt(0), Le(10)] = 1.2
    """BM25: how soon more of the same word adds no more."""

    b: Annotated[float, Ge(0), Le(1)] = 0.75
    """BM25: how much long passages are held back."""

    encoder: File | None = None
    """The folder of the model, for `kind = "embedding"`."""

    max_tokens: Annotated[int, Ge(8), Le(131_072)] | None = None
    """Tokens that the encoder reads of a text. Without it: as many as its folder says."""

    query_prefix: str = ""
    """Put before each query for the encoder (E5 wants `query: `)."""

    passage_prefix: str = ""
    """Put before each passage for the encoder (E5 wants `passage: `)."""

    @model_validator(mode="after")
    def _is_sound(self) -> "Negatives":
        if self.kind == "embedding" and self.encoder is None:
            help = "name the folder of an encoder, as for `tag.embedding`"
            raise Error(Problem("missing-parameter", '`kind = "embedding"` needs an `encoder`', help=help))
        for name, kinds in _SAYS.items():
            if self.kind not in kinds and getattr(self, name) != type(self).model_fields[name].default:
                help = f"set `kind = {kinds[0]!r}`, or drop the line".replace("'", '"')
                raise Error(Problem("wrong-value", f'`{name}` says nothing with `kind = "{self.kind}"`', help=help))
        for read in self.pooled():
            if read in self.set:
                sentence = f"`set` gives a value to `{read}`, which has one"
                raise Error(Problem("wrong-value", sentence, help="leave it out of `set`"))
        return self

    def reads(self) -> tuple[str, ...]:
        return (*self.pooled(), *self.set)

    def pooled(self) -> tuple[str, ...]:
        return (self.query, self.passage, *([self.answers] if self.answers else []))

    def prepare(self, pool: RowPool) -> None:
        save_members(pool)
        save_known(pool, self.query, self.passage)
        known = Known(pool)
        if self.kind == "bm25":
            save_index(pool, known.passages, self.passage, self.k1, self.b)
        elif self.encoder is not None:
            model = encoder(self.encoder, self.max_tokens)
            query, passage = (self.query, self.query_prefix), (self.passage, self.passage_prefix)
            save_nearest(known, model, query, passage, self.skip + self.top)

    def mixed(self, rows: pl.DataFrame, luck: U64, number: int, pool: RowPool) -> pl.DataFrame:
        known, places = Known(pool), places_of(rows, pool)
        allowed = np.flatnonzero(known.queries.times(known.queries.number[places]) <= MOST_ROWS)
        some, found = places[allowed], np.full(len(places), -1, np.int64)
        draws = Draws(known, self.query, self.passage, self.answers, self._ranked(known, rows[allowed.tolist()], some))
        found[allowed] = drawn(draws, some, number)
        made = np.flatnonzero(found >= 0)
        theirs = draws.passages(found[made])
        mine = rows.get_column(self.passage)
        return rows.with_columns(
            mine.scatter(made, theirs.cast(mine.dtype)) if len(made) else mine,
            *(_constant(rows.get_column(name), value) for name, value in self.set.items()),
            *([_emptied(rows.get_column(self.answers))] if self.answers else []),
            pl.Series(MADE, found >= 0, dtype=pl.Boolean),
        )

    def _ranked(self, known: Known, rows: pl.DataFrame, places: Places) -> npt.NDArray[np.int32] | None:
        """The passages that each row's is drawn from, -1 where there are no more; None: all."""
        if self.kind == "random":
            return None
        if self.kind == "embedding":
            return best_by_vectors(known, known.queries.number[places])[:, self.skip :]
        own = known.positives(known.queries.number[places], MOST_ROWS)
        return best_by_terms(known, column(rows, self.query), own, self.skip + self.top)[:, self.skip :]


_SAYS: dict[str, tuple[str, ...]] = {
    "top": ("bm25", "embedding"),
    "skip": ("bm25", "embedding"),
    "k1": ("bm25",),
    "b": ("bm25",),
    "encoder": ("embedding",),
    "max_tokens": ("embedding",),
    "query_prefix": ("embedding",),
    "passage_prefix": ("embedding",),
}
"""Parameters that say something only with some kinds."""


def _constant(column: pl.Series, value: Any) -> pl.Series:
    """`value` in each row, in the column's type. Raises Error (`wrong-value`) where it has no such value."""
    try:
        found = pl.Series(column.name, [value]).cast(column.dtype)
    except pl.exceptions.PolarsError:
        sentence = f"`set` makes `{column.name}` {value!r}, and the column holds {column.dtype}"
        raise Error(Problem("wrong-value", sentence, help="write a value of that kind"), exit_code=1) from None
    return found.new_from_index(0, len(column))


def _emptied(column: pl.Series) -> pl.Series:
    """No answers: empty lists in the place of lists, nothing in the place of all else."""
    dtype = column.dtype
    if isinstance(dtype, pl.Struct):
        value: Any = {field.name: [] if isinstance(field.dtype, pl.List) else None for field in dtype.fields}
    else:
        value = [] if isinstance(dtype, pl.List) else None
    return pl.Series(column.name, [value], dtype=dtype).new_from_index(0, len(column))
