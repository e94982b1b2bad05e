"""Drop texts that hold questions of a benchmark, so that a model is not tested on what it has read.

Make the index once: `dprep index benchmarks --kind benchmark --of 'tests/*.jsonl'`. With `method = "ngram"` a text is dropped
(reason `contaminated`) if it holds a run of 13 words of an item, or whatever length the index was made with; case, accents and
punctuation do not count. An item shorter than that must stand there as a whole. `twin` names the item (`gsm8k_test:17`) that
has the largest share of its runs in the text; `measured` has the benchmark, that share as `overlap`, and in `words` the longest
stretch of the text that is the item's, at most 200 characters. `min_overlap` asks for a larger share than one run.

A run proves that the words were copied, not that the item was: a sentence of a famous text that an item quotes is found
wherever it stands. Look at `words` before you trust the count. Runs that many items of a benchmark share are no evidence and
are left out of the index; its page tells how many.

`method = "minhash"` drops texts that are nearly an item as a whole: Jaccard similarity of `threshold` or more (runs of 5
characters, unless the index was made with others). It finds light paraphrases of rows of the item's length that break all long
runs, and nothing inside longer texts. `method = "exact"` drops texts that are an item but for case, blanks and punctuation.
`action = "mark"` keeps every row and adds `matched` and `overlap`.

Texts are read as they stand in the step's columns, so a question in the prompt and its answer in the completion are both seen.

**Chinese.** Every han and kana character is a word, so a run of 13 is about eight words of a segmenter; full-width punctuation
and blanks do not count; traditional and simplified characters are different.

Source: 13 words: Brown et al. 2020, "Language Models are Few-Shot Learners", arXiv 2005.14165, appendix C; any shared run is
enough there too. 8 words: huggingface/open-r1#416.

```toml
op = "dedup.decontaminate"
index = "benchmarks"
```
```diff
  {"text": "Natalia read a book about a farm by the river, and slept well."}
- {"text": "A farmer has seventeen sheep and all but nine of them run away one night, how many remain?"}  # contaminated
- {"text": "What is the tallest mountain in the whole solar system?"}  # contaminated
  {"text": "The tallest mountain in the solar system is Olympus Mons"}
- {"text": "题目：小明有十二个苹果，他给了小红三个，又买了五个，问小明现有几个苹果？答案是十四个。"}  # contaminated
  {"text": "小明有一个苹果。"}
```

```toml
op = "dedup.decontaminate"
index = "benchmarks"
method = "minhash"
threshold = 0.6
action = "mark"
```
```diff
  {"text": "Natalia read a book about a farm by the river, and slept well."}
- {"text": "小明有十二个苹果，他给了小红三个，又买了五个"}
+ {"text": "小明有十二个苹果，他给了小红三个，又买了五个", "matched": "math:2", "overlap": 0.64}
```
"""

from typing import Annotated, ClassVar, Literal

import numpy as np
import polars as pl
from annotated_types import Ge, Gt, Le

from dprep.base.artifact import Made
from dprep.base.match import Match, Matches
from dprep.base.operator import File
from dprep.base.problem import Error, Problem
from dprep.base.text import Text
from dprep.kernels.hashing import text_hashes
from dprep.kernels.item_ngrams import overlaps
from dprep.models.benchmark_index import benchmark_index
from dprep.models.row_index import row_index
from dprep.ops.dedup._normal import compared

_SHOWN = 200
"""Characters of the overlapping words that are kept."""


class Decontaminate(Match):
    reason: ClassVar[str] = "contaminated"
    degree: ClassVar[str] = "overlap"
    marks: ClassVar[tuple[str, str]] = ("matched", "overlap")

    index: Annotated[File, Made("benchmark")]
    """The index: an artifact that `dprep index --kind benchmark` made (`benchmarks@v1`), or its folder."""

    method: Literal["ngram", "minhash", "exact"] = "ngram"
    """What makes a text contaminated: a run of words of an item; its likeness to an item; being one."""

    min_overlap: Annotated[float, Ge(0), Le(1)] = 0.0
    """For `ngram`: least share of an item's runs; with 0 one run is enough."""

    threshold: Annotated[float, Gt(0), Le(1)] = 0.8
    """For `minhash`: Jaccard similarity to an item from which a text is contaminated."""

    def check_files(self) -> None:
        benchmark_index(self.index)
        least = row_index(self.index).threshold
        if self.method == "minhash" and self.threshold < least:
            sentence = f"the index finds likenesses from {least:g} on, and `threshold` is {self.threshold:g}"
            help = f"make an index with `--set threshold={self.threshold:g}`, or set {least:g} or more"
            raise Error(Problem("wrong-value", sentence, help=help))

    def find(self, text: Text) -> Matches:
        return self._by_runs(text) if self.method == "ngram" else self._whole(text)

    def _by_runs(self, text: Text) -> Matches:
        index = benchmark_index(self.index)
        hits = overlaps(text.buffers, index.known)
        enough = hits.shares >= self.min_overlap
        rows, items = hits.rows[enough], hits.items[enough]
        found = np.zeros(len(text), np.bool_)
        found[rows] = True
        whole = text.buffers.data
        stretches = zip(hits.starts[enough].tolist(), hits.ends[enough].tolist(), strict=True)
        # of at most four bytes each, the characters shown lie within
        words = [
            bytes(whole[start : min(end, start + 4 * _SHOWN)]).decode("utf-8", "ignore")[:_SHOWN] for start, end in stretches
        ]
        told = {"benchmark": index.benchmarks_of(items), "words": pl.Series(words, dtype=pl.String)}
        return Matches(found, index.names(items), hits.shares[enough], told)

    def _whole(self, text: Text) -> Matches:
        index = row_index(self.index)
        if self.method == "minhash":  # sets tell all but texts without a letter, and those are nobody's question
            best = index.best(text, text_hashes(text.buffers), self.threshold)
        else:
            best = index.best(text, compared(text.series, "letters"), None)
        found = best.similarity > 0
        told = {"benchmark": best.names.str.split(":").list.first()}
        return Matches(found, best.names, best.similarity[found], told)
