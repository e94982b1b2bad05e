"""Give each row the part that its key hashes to, so that a dataset that grows keeps every old row in its old part.

Use it where rows keep coming: what was once tested on is never trained on later, and results stay comparable. The part depends
on the key, on `ratios` and on `salt`: not on the other rows, the order of rows, the recipe's seed, or the step's name. Do not
use it for a few hundred rows, or for exact counts or classes alike in every part: that is `split.stratified`.

`key` names the columns that are hashed together. By default these are the columns of `unit` without `twins`, or else the row's
`id`, which is made of its content (or is the file's own). A row without a key is placed by its `id`. Rows of one key share a
part, so `key = ["customer"]` keeps a customer's rows together by itself. Renaming a column of the key moves rows; so does
mapping other columns of the source, where `id` is the key.

Proportions are expected, not exact. For n keys that are alike in size, the share p of a part has a standard deviation of
sqrt(p (1 - p) / n): a tenth of 1,000 rows is 10 % +- 0.95 points. Keys of unlike sizes: sqrt(p (1 - p) s), where s is the sum
of the squares of each key's share of the rows. What came out stands beside what was asked, with that deviation, in the
manifest.

Each part draws a number from the key's hash and the smallest wins (weighted rendezvous hashing). So with other `ratios` few
rows move, whatever the order of the parts: a part whose number is raised only takes rows, one whose number is lowered only
gives, a new part takes rows from the others and moves none between them, and the rows of a part that is dropped spread over
the rest.

What `unit` costs: rows that are linked share the part of the smallest key hash among them. While all rows of a unit have one
key, as they have by default with one column, nothing moves. Where several keys are linked, a new row may link two units, or
bring a smaller hash, and the older rows then move with it. For a unit of n keys that gains m, the chance that its hash changes
is m / (n + m). `twins` are such links: a row that gets one new twin draws again in half of all cases. Where an old row must
not move for any reason, keep its part in a column and use `split.column`.

**Chinese.** Reads keys, not text: the same in every language. `twins` compares texts as `dedup.twins` does.

Source: Thaler and Ravishankar 1998, "Using name-based mappings to increase hit rates" (rendezvous hashing); Schindelhauer and
Schomaker 2005, "Weighted distributed hash tables" (the logarithmic weights).

```toml
op = "split.stable"
ratios = { train = 3, validation = 1, test = 1 }
key = ["thread"]
```
```diff
- {"text": "hello", "thread": "a1"}
+ {"text": "hello", "thread": "a1", "part": "train"}
- {"text": "where is my order", "thread": "a2"}
+ {"text": "where is my order", "thread": "a2", "part": "train"}
- {"text": "it came broken", "thread": "a3"}
+ {"text": "it came broken", "thread": "a3", "part": "train"}
- {"text": "it came broken too", "thread": "a3"}
+ {"text": "it came broken too", "thread": "a3", "part": "train"}
- {"text": "thanks", "thread": "a4"}
+ {"text": "thanks", "thread": "a4", "part": "validation"}
- {"text": "您好", "thread": "a5"}
+ {"text": "您好", "thread": "a5", "part": "train"}
- {"text": "请退款", "thread": "a5"}
+ {"text": "请退款", "thread": "a5", "part": "train"}
- {"text": "bye", "thread": "a6"}
+ {"text": "bye", "thread": "a6", "part": "test"}
- {"text": "any news?", "thread": "a7"}
+ {"text": "any news?", "thread": "a7", "part": "train"}
- {"text": "never mind", "thread": "a8"}
+ {"text": "never mind", "thread": "a8", "part": "train"}
```

```toml
op = "split.stable"
ratios = { train = 1, test = 1 }
unit = ["thread", "ticket"]
```
```diff
- {"text": "hello", "thread": "a", "ticket": "7"}
+ {"text": "hello", "thread": "a", "ticket": "7", "part": "test"}
- {"text": "hello again", "thread": "b", "ticket": "7"}
+ {"text": "hello again", "thread": "b", "ticket": "7", "part": "test"}
- {"text": "one more thing", "thread": "b"}
+ {"text": "one more thing", "thread": "b", "part": "test"}
- {"text": "where is it?", "thread": "c", "ticket": "8"}
+ {"text": "where is it?", "thread": "c", "ticket": "8", "part": "train"}
- {"text": "found it", "thread": "d", "ticket": "8"}
+ {"text": "found it", "thread": "d", "ticket": "8", "part": "train"}
- {"text": "a question"}
+ {"text": "a question", "part": "train"}
- {"text": "another"}
+ {"text": "another", "part": "test"}
```
"""

from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt
import xxhash
from annotated_types import MaxLen

from dprep.base.chance import splitmix64
from dprep.base.operator import Split, Words
from dprep.base.table import NO_VALUE, Asks, Decided, Table
from dprep.base.twins import Twins
from dprep.ops.split._units import linked, units_of
from dprep.ops.split._words import USUAL, Ratios, asked_and_got

U64 = npt.NDArray[np.uint64]

_STRETCH = 1 << 18
"""Rows at once: the numbers that parts draw are many times as large as what is kept of them."""


class Stable(Split):
    random: ClassVar[bool] = False

    ratios: Ratios = USUAL
    """The parts, each with its share; only the proportion of the numbers matters, and their order does not."""
    key: Words = ()
    """The columns that are hashed, together. By default those of `unit` without `twins`, or else `id`."""
    salt: Annotated[str, MaxLen(1000)] = ""
    """Goes into the hash: another salt is another split."""
    unit: Words = ()
    """Columns that hold rows together: rows equal in any of them get the same part. `twins`: near-duplicates stay together."""
    twins: Twins = Twins()
    """How `twins` are found."""

    def asks(self) -> Asks:
        key = self.key or tuple(name for name in self.unit if name not in {"twins", "cluster"})
        return Asks(groups=((key, ("id",)) if key else (("id",),)), links=linked(self.unit))

    def parts(self) -> tuple[str, ...]:
        return tuple(self.ratios)

    def decide(self, table: Table) -> Decided:
        own = table.groups[0]
        if len(table.groups) > 1:
            own = np.where(own == NO_VALUE, table.groups[1], own)
        hashes = splitmix64(own ^ np.uint64(xxhash.xxh3_64_intdigest(self.salt.encode())))
        if table.links.any():
            unit = units_of(table.links)
            least = np.full(len(unit), np.iinfo(np.uint64).max)
            np.minimum.at(least, unit, hashes)
            hashes = least[unit]
        part = self._placed(hashes)
        return Decided({"part": part}, self._told(part, hashes))

    def _placed(self, hashes: U64) -> npt.NDArray[np.uint8]:
        part = np.empty(len(hashes), np.uint8)
        salts = [np.uint64(xxhash.xxh3_64_intdigest(name.encode())) for name in self.ratios]
        for first in range(0, len(hashes), _STRETCH):
            some = slice(first, first + _STRETCH)
            drawn = [-_logarithm(splitmix64(hashes[some] ^ salt)) for salt in salts]
            weighed = [each / weight for each, weight in zip(drawn, self.ratios.values(), strict=True)]
            part[some] = np.argmin(weighed, axis=0)
        return part

    def _told(self, part: npt.NDArray[np.uint8], hashes: U64) -> dict[str, dict[str, float]]:
        weights = np.fromiter(self.ratios.values(), np.float64)
        shares = weights / weights.sum()
        sizes = np.unique(hashes, return_counts=True)[1] / max(len(hashes), 1)
        spread = np.sqrt(shares * (1 - shares) * (sizes**2).sum())
        deviation = {name: round(float(each) * 100, 3) for name, each in zip(self.ratios, spread, strict=True)}
        return {**asked_and_got(self.parts(), shares, part), "standard_deviation": deviation}


def _logarithm(drawn: U64) -> npt.NDArray[np.float64]:
    """Of a number between 0 and 1, never either."""
    return np.log(((drawn >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53)
