"""An index of rows, by which later rows are compared with these without reading them again.

`dedup.against` uses it: `dprep index pages --of pages@v1`, then `index = "pages@v1"` in the recipe of the new rows. Rows are
named by their id, those of files by file and line; `key` names another column.

Held are 128-bit hashes of the texts, the band keys of their sketches, and the sets of their shingles, so that candidates are
verified by their true similarity: about as much disk as the text, and 12 bytes per band and row. Every shard of a version (or
file; small ones together) has a segment of its own. A segment that an earlier index of the same name has made with the same
settings is linked, not made again: an index of a version that grew by a tenth costs a tenth.

`shingles = "auto"` and `ngram = 0` are settled from all rows as `dedup.minhash` does it, and the index says what they came to.
Where rows have been added the settled values may change, and every segment is made anew; state them to be sure.

**Chinese.** As `dedup.minhash`: every han and kana character counts as a word.

Source: sketch, bands and shingles are those of `dedup.minhash`.
"""

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Le, MinLen

from dprep.base.operator import Words
from dprep.fit.index_kinds import Index
from dprep.fit.index_sources import Choice
from dprep.kernels.sketch import MAX_SIZE
from dprep.ops.dedup.minhash import MinHash


class RowsIndex(Index):
    kind: ClassVar[str] = "rows"

    columns: Words = ()
    """The texts, joined by a newline. Without it: the texts of the version's task, or the column `text` of a file."""
    key: Annotated[str, MinLen(1)] | None = None
    """The column that names the rows. Without it: the id, or file and line."""
    threshold: Annotated[float, Gt(0), Le(1)] = 0.8
    """The smallest Jaccard similarity that can be asked of the index: at it 99 of 100 twins are found, above it more."""
    shingles: Literal["auto", "words", "characters"] = "auto"
    """What a shingle is a run of."""
    ngram: Annotated[int, Ge(0), Le(64)] = 0
    """Words or characters in a shingle; 0: by the length of the texts."""
    sketch: Annotated[int, Ge(16), Le(MAX_SIZE)] = 256
    """Hashes per text."""

    def choice(self) -> Choice:
        return Choice(self.columns, ("text",), self.key or "", self.part, self.when, self.column_names)

    def minhash(self) -> MinHash:
        """The operator that settles `auto`, and whose hashes of texts the index holds."""
        return MinHash(threshold=self.threshold, shingles=self.shingles, ngram=self.ngram, sketch=self.sketch)
