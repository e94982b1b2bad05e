"""Drop new rows that say what another row says already: their parent, a row of another part, or another new row.

Use it after every augmenter, and last of the gates, for it is the one that must see all rows. A new row in `train` that
equals a row in `test` is a leak that no split could have seen; one that equals a row in `train` counts it twice.

A new row is compared with all rows of all parts, whatever step made them. Rows that were there before always stay, and so do
new rows that this gate does not judge (`of`, `parts`, `when`). Of several new rows that are equal to each other alone, one
stays, whichever has the smallest id: the order of the rows does not matter. A row that leaves names its twin: its parent, if
they are equal. Labels do not count: a new row that says with one label what another row says with another leaves too.

`normalize` tells what is ignored, as in `dedup.exact`, whose page explains the choices; the default ignores case,
punctuation, symbols, emoji and blanks. Near duplicates stay: an upper bound of `gate.similarity` drops those of the parent,
`leak_check = "near"` finds those in other parts.

**Chinese.** With `letters` full-width punctuation and blanks do not count and full-width letters are plain ones; traditional
and simplified characters stay different, so a text that was converted is new. Set `clean.chinese` before it, or leave such an
augmenter out.

```toml
op = "gate.identical"
```
```diff
  {"text": "Where is my parcel?"}
  {"text": "Where is my package?", "variant": 1}
- {"text": "where is my parcel", "variant": 2}  # gate.identical
- {"text": "Cancel my order!", "variant": 3}  # gate.identical
  {"text": "cancel my order"}
  {"text": "stop my order", "variant": 1}
  {"text": "你好，世界！"}
- {"text": "你好世界", "variant": 1}  # gate.identical
  {"text": "世界，你好！", "variant": 2}
```

```toml
op = "gate.identical"
normalize = "none"
```
```diff
  {"text": "Where is my parcel?"}
  {"text": "where is my parcel", "variant": 1}
- {"text": "Cancel my order", "variant": 2}  # gate.identical
  {"text": "Cancel my order"}
```
"""

import numpy as np
import numpy.typing as npt

from dprep.base.gate import GateAmongAll
from dprep.base.text import Text, buffers
from dprep.kernels.hashing import text_checks
from dprep.ops.dedup._normal import Normalize, content_of, normalized


class Identical(GateAmongAll):
    normalize: Normalize = "letters"
    """What is ignored when texts are compared: nothing; case and the number of blanks; all but letters and digits; or case,
    numbers, punctuation and accents, as datatrove has it."""

    def content(self, text: Text) -> npt.NDArray[np.uint64]:
        return content_of(text, self.normalize)

    def check(self, text: Text) -> npt.NDArray[np.uint64]:
        return text_checks(buffers(normalized(text.series, self.normalize)))
