"""A list of the words that stand in most texts: stop words, from the texts themselves.

Writes `words.txt`, a word per line, the most common first, and `shares.json` with the share of the texts in which each stands.
`filter.stop_words` takes it. Use it where there is no list for a language or a trade. Read the list before you use it: in a
narrow collection the subject itself ("invoice") stands in most texts.

Words are as `filter.length` counts them, lower-cased. Words that stand in equally many texts are in the order of their code
points.

**Chinese.** Every han character is one word, so the list is of characters (的, 是, 了 …). `filter.stop_words` reads texts in
the same way.
"""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge, Le

from dprep.base.problem import fail
from dprep.base.text import Text
from dprep.fit.kinds import Fit, Rows
from dprep.kernels.slices import pieces
from dprep.kernels.words import words
from dprep.store.commit import write_file
from dprep.store.manifest import write_json

LIBRARIES: tuple[str, ...] = ()
_ONCE_LIMIT = 5_000_000
"""Words held between two blocks: when there are more, those seen only once go. They are no stop words."""


class StopWords(Fit):
    top: Annotated[int, Ge(1), Le(100_000)] = 100
    """Most words in the list."""
    min_share: Annotated[float, Ge(0), Le(1)] = 0.0
    """Least share of the texts in which a listed word stands."""
    letters_only: bool = True
    """Leave out what holds a digit: years stand in many texts too."""


def learn(rows: Rows, asked: StopWords, folder: Path) -> dict[str, Any]:
    """Count in how many texts each word stands; details: texts, words in the list, the least share."""
    counted = pl.DataFrame(schema={"word": pl.String, "texts": pl.Int64})
    for block in rows.texts():
        together = pl.concat([counted, _counted(block)])
        counted = together.group_by("word").agg(pl.col("texts").sum())
        if len(counted) > _ONCE_LIMIT:
            counted = counted.filter(pl.col("texts") > 1)
    if asked.letters_only:
        counted = counted.filter(~pl.col("word").str.contains(r"\d"))
    least = asked.min_share * len(rows)
    listed = counted.filter(pl.col("texts") >= least).sort(["texts", "word"], descending=[True, False]).head(asked.top)
    if not len(listed):
        raise fail("fit-failed", "no word stands in so many of the texts", "lower `min_share`")
    shares = {word: round(count / len(rows), 6) for word, count in listed.iter_rows()}
    write_file(folder / "words.txt", "".join(f"{word}\n" for word in shares), durable=True)
    write_json(folder / "shares.json", {"texts": len(rows), "shares": shares}, durable=True)
    return {"texts": len(rows), "words": len(shares), "least_share": min(shares.values())}


def _counted(block: pl.Series) -> pl.DataFrame:
    """word, texts: in how many texts of the block each word stands."""
    text = Text(block.str.to_lowercase())
    found = words(text)
    row = np.repeat(np.arange(len(text), dtype=np.int64), np.diff(found.rows))
    named = pl.DataFrame({"row": row, "word": pieces(text.buffers.data, found.starts, found.ends)})
    return named.unique().group_by("word").agg(pl.len().cast(pl.Int64).alias("texts"))
