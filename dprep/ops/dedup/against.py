"""Drop texts that are nearly the same as a row of an index: of an earlier version, or of files.

Use it to add new rows to a version that is deduplicated already: `dprep index pages --of pages@v1` looks at the old rows once,
and every later run compares with the index alone. The old texts are not read, nor need they be there any more. The recipe of
the new rows says `extends = "pages@v1"` in its `[dataset]` where old and new rows are to be one version. Also to keep one set
out of another, such as a validation set kept elsewhere. Twins among the new rows are not looked for: put `dedup.minhash` behind
it, with the shingles of the index. For sets of test questions `dedup.decontaminate` is made.

A text is dropped (reason `seen`) if a row of the index is equal to it, or if its shingles and the row's have a Jaccard
similarity of `threshold` or more. `twin` names the most similar row (of several the first of the index): by its id, or by file
and line where the index was made of files; `measured` has the similarity. `action = "mark"` keeps every row and adds `matched`
and `matched_similarity`.

Which shingles are compared, and how large the sketches are, was settled when the index was made; `dedup.minhash` with the same
settings calls the same pairs twins. Candidates come from bands that find two texts at the index's own threshold with a
probability of 0.99 or more, and those above it more surely; they are compared by their whole sets. Where more than 64 rows of
one segment of the index share a band with a text, the 64 whose smallest shingle hash is nearest to its own are compared: among
thousands that are nearly the same a twin is found, but it need not be the most similar one.

**Chinese.** As in `dedup.minhash`: every han and kana character counts as a word; traditional and simplified characters stay
different.

An index of `--kind datasketch` is taken too. Its texts are not there, so the share of places in which two sketches agree is all
there is to go by: `measured` calls it `estimate`, and of equal texts nothing is known but that their sketches agree.

Source: bands and sketch are those of `dedup.minhash`. The 64 is this project's.

```toml
op = "dedup.against"
index = "seen-rows"
```
```diff
  {"text": "the parcel has not come yet and the shop does not answer any of my letters"}
- {"text": "The quick brown fox jumps over the lazy dog by the old river bank in May"}  # seen
- {"text": "the quick brown fox jumps over the lazy dog by the old river bank in June!"}  # seen
  {"text": "The quick brown fox sleeps"}
- {"text": "请问我的订单什么时候可以发货？"}  # seen
  {"text": "我想退货"}
```

```toml
op = "dedup.against"
index = "seen-rows"
threshold = 1.0
action = "mark"
```
```diff
- {"text": "请问，我的订单什么时候可以发货"}
+ {"text": "请问，我的订单什么时候可以发货", "matched": "old.jsonl:2", "matched_similarity": 1.0}
  {"text": "the quick brown fox jumps over the lazy dog by the old river bank in June!"}
- {"text": "lost and found"}
+ {"text": "lost and found", "matched": "old.jsonl:3", "matched_similarity": 1.0}
  {"text": "我想退货"}
```
"""

from typing import Annotated, ClassVar

from annotated_types import Gt, Le

from dprep.base.artifact import Made
from dprep.base.match import Match, Matches
from dprep.base.operator import File
from dprep.base.problem import Error, Problem
from dprep.base.text import Text
from dprep.kernels.hashing import text_hashes
from dprep.models.datasketch_index import DatasketchIndex, datasketch_index, is_datasketch
from dprep.models.row_index import RowIndex, row_index


class Against(Match):
    reason: ClassVar[str] = "seen"

    index: Annotated[File, Made("rows", also=("datasketch",))]
    """The index: an artifact that `dprep index` made (`pages@v1`), or its folder."""

    threshold: Annotated[float, Gt(0), Le(1)] | None = None
    """Jaccard similarity of two texts' shingles from which they are twins. Without it: the index's own, below which it cannot
    lie."""

    def check_files(self) -> None:
        least = _index(self.index).threshold
        if self.threshold is not None and self.threshold < least:
            sentence = f"the index finds twins from {least:g} on, and `threshold` is {self.threshold:g}"
            help = f"make an index with `--set threshold={self.threshold:g}`, or set {least:g} or more"
            raise Error(Problem("wrong-value", sentence, help=help))

    def find(self, text: Text) -> Matches:
        index = _index(self.index)
        least = index.threshold if self.threshold is None else self.threshold
        if isinstance(index, DatasketchIndex):
            best = index.best(text, least)
        else:
            best = index.best(text, text_hashes(text.buffers), least)
        matched = best.similarity > 0
        return Matches(matched, best.names, best.similarity[matched])

    def measures(self) -> str:
        return "estimate" if is_datasketch(self.index) else self.degree


def _index(path: str) -> RowIndex | DatasketchIndex:
    return datasketch_index(path) if is_datasketch(path) else row_index(path)
