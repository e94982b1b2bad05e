"""Drop rows from `train` that are in another part too, as a twin or a child; or only count them.

Whoever tests on what was trained on measures memory. This is the last step of every recipe with a split, put there by the plan
under the name `leaks`, since steps behind a split can make new twins: cleaning makes texts equal, variants come close to rows
of other parts. What it does is said in the split: `leak`, `leak_check` and `twins`. Write it as a step of its own where files
bring their parts (a column `part`), or in the middle of a recipe; then the plan adds no other.

A leak is a row with one of these in another part, the first that holds:

- `leak.exact`: a row with equal texts
- `leak.child`: a row that was made from it (a variant, a piece, a copy), or from the same row as it
- `leak.near`: a row with nearly equal texts (`check = "near"`): sets of shingles with a Jaccard similarity of `threshold` or
  more, compared as in `dedup.twins`

With `leak = "drop-from-train"` the rows of `train` leave that have one of these in any other part, and `twin` names it; what
leaks between the other parts is counted. With `report` each part is compared with `train` and with those before it, `test` is
the last, and nothing leaves; with `fail` any leak stops the run. The counts and a few examples of each two parts are in the
manifest; `dprep leaks` looks again, at any version, and shows the texts. Rows of a version that the recipe extends are not
looked at.

Cost: 33 bytes of disk and 26 of memory for each row, a sort of all hashes; with `near` as `dprep leaks`.

Where more than 4,096 texts of one part share a rare member, the nearest in size are compared, and the manifest says how often
that was so (`cut`); with `unit = ["twins"]` no such pair is in two parts from the start.

**Chinese.** Compared by pairs of characters where over 30 % of the letters are Chinese or Japanese.

Source: `dedup.twins`.

```toml
op = "dedup.leaks"
leak = "drop-from-train"
shingles = "words"
ngram = 1
```
```diff
- {"text": "where is my card", "part": "train"}  # leak.exact
- {"text": "Where is my card?", "part": "train"}  # leak.near
- {"text": "where is my card", "part": "train"}  # leak.exact
- {"text": "where, where is my card", "part": "train"}  # leak.near
  {"text": "where is my card", "part": "test"}
  {"text": "where is my card", "part": "test"}
  {"text": "where's my card", "part": "test"}
- {"text": "please tell me where my new card is", "part": "train"}  # leak.near
- {"text": "tell me please where my card is", "part": "train"}  # leak.near
  {"text": "Please tell me, where is my new card?", "part": "test"}
  {"text": "I want my money back", "part": "train"}
```

```toml
op = "dedup.leaks"
leak = "drop-from-train"
check = "exact"
```
```diff
- {"text": "我的卡在哪里", "part": "train"}  # leak.exact
- {"text": "我的卡在哪里", "part": "train"}  # leak.exact
- {"text": "我的卡在哪里", "part": "train"}  # leak.exact
  {"text": "我的卡在哪里", "part": "test"}
  {"text": "我的卡在哪里", "part": "test"}
  {"text": "我的卡在哪里", "part": "validation"}
  {"text": "我的卡在哪里？", "part": "train"}
```
"""

from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from annotated_types import Ge, Gt, Le

from dprep.base.leaks import Leaks
from dprep.base.text import Text
from dprep.base.twins import LeakCheck
from dprep.kernels.hashing import text_hashes


class AcrossParts(Leaks):
    check: LeakCheck = "near"
    """Which twins count: equal texts, or also those that are nearly equal."""
    threshold: Annotated[float, Gt(0), Le(1)] = 0.8
    """Jaccard similarity of two texts' shingles from which they are near twins."""
    shingles: Literal["auto", "words", "characters"] = "auto"
    """What a shingle is a run of."""
    ngram: Annotated[int, Ge(0), Le(64)] = 0
    """Words or characters in a shingle; 0: by the length of the texts."""

    def content(self, text: Text) -> npt.NDArray[np.uint64]:
        return text_hashes(text.buffers)

    def near(self) -> tuple[str, int, float] | None:
        return (self.shingles, self.ngram, self.threshold) if self.check == "near" else None
