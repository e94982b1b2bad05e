"""Drop texts that are equal to another one, character for character.

Use it first in any list of steps: it is cheap, and later steps then work on less. It finds copies only; for copies with
small edits use `dedup.minhash`.

With `normalize = "case-space"` letters are compared without case, runs of blanks (line ends too) count as one, and blanks
at either end do not count; with `normalize = "letters"` only letters and digits count, without case: punctuation, symbols,
emoji and blanks are ignored, full-width forms equal their plain forms, and a text without any letter or digit is compared
as it is.

One row of every group of equal texts stays, by `keep`. Of equal texts with equal claims to stay, the one that comes first
in the input stays.

Chinese: compared as written; `letters` ignores full-width punctuation and blanks and takes full-width letters for plain
ones, but traditional and simplified characters stay different.

Texts are compared by a 128-bit hash: among a billion different texts the chance of one wrong pair is about 1e-21. Source:
MurmurHash3_x64_128, Austin Appleby, public domain.

```toml
op = "dedup.exact"
```
```diff
  {"text": "good morning"}
- {"text": "good morning"}  # duplicate
  {"text": "Good  morning!"}
```

```toml
op = "dedup.exact"
normalize = "case-space"
```
```diff
  {"text": "good morning"}
- {"text": "Good   Morning "}  # duplicate
  {"text": "Good morning!"}
```

```toml
op = "dedup.exact"
normalize = "letters"
```
```diff
  {"text": "你好，世界！"}
- {"text": "你好 世界"}  # duplicate
  {"text": "您好，世界！"}
```
"""

import numpy as np
import numpy.typing as npt

from dprep.base.dedup import Dedup
from dprep.base.text import Text
from dprep.ops.dedup._normal import Normalize, compared


class Exact(Dedup):
    normalize: Normalize = "none"
    """What is ignored when texts are compared: nothing; case and the number of blanks; all but letters and digits."""

    def content(self, text: Text) -> npt.NDArray[np.uint64]:
        return compared(text, self.normalize)
