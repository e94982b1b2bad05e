"""Count personal data in each text, by kind.

Makes `pii_email`, `pii_ip`, `pii_phone`, `pii_card`, `pii_iban`, `pii_cn_id`, `pii_cn_mobile`, `pii_secret` (those of
`kinds`) and their sum `pii_total`: what `clean.pii` would mask, on the same rules. Use it to find texts that hold too much
of it (`filter.where` with `condition = "pii_total <= 5"`), to report on a corpus, or before `clean.pii` to keep the
numbers. Do not take a count of 0 for a promise: names, street addresses and numbers in unusual forms are not looked for.

**Chinese.** As in `clean.pii`: full-width digits count, han may touch a number, landlines need `CN` in `regions`.

Source: as for `clean.pii`. Dolma drops documents with more than 5 (allenai/dolma, configs/dolma-v1_5).

```toml
op = "tag.pii"
kinds = ["email", "phone", "cn_mobile"]
```
```diff
- {"text": "jane.doe@mail.org, +44 20 7031 3000"}
+ {"text": "jane.doe@mail.org, +44 20 7031 3000", "pii_email": 1, "pii_phone": 1, "pii_cn_mobile": 0, "pii_total": 2}
- {"text": "手机13812345678"}
+ {"text": "手机13812345678", "pii_email": 0, "pii_phone": 0, "pii_cn_mobile": 1, "pii_total": 1}
- {"text": "nothing of anybody"}
+ {"text": "nothing of anybody", "pii_email": 0, "pii_phone": 0, "pii_cn_mobile": 0, "pii_total": 0}
```
"""

from typing import Annotated, ClassVar

import numpy as np
import polars as pl
from pydantic import Strict, model_validator

from dprep.base.operator import Tag, Words
from dprep.base.text import Text
from dprep.ops._pii_find import found
from dprep.ops._pii_kinds import KINDS, OF_CODE, Kind
from dprep.ops._pii_regions import check_regions


class Pii(Tag):
    libraries: ClassVar[tuple[str, ...]] = ("phonenumbers",)
    extra: ClassVar[str] = "pii"

    kinds: Annotated[tuple[Kind, ...], Strict(False)] = KINDS
    """What is counted."""

    regions: Words = ("US", "GB", "DE", "FR", "CN", "IN")
    """Whose phone numbers are known without a country's code (ISO 3166-1 letters)."""

    old_ids: bool = False
    """Count Chinese identity numbers of 15 digits too."""

    @model_validator(mode="after")
    def _is_sound(self) -> "Pii":
        check_regions(self.regions)
        return self

    def notes(self) -> dict[str, pl.DataType]:
        return {name: pl.Int64() for name in (*(f"pii_{kind}" for kind in dict.fromkeys(self.kinds)), "pii_total")}

    def note(self, text: Text) -> dict[str, pl.Series]:
        spans = found(text, self.kinds, self.regions, old_ids=self.old_ids)
        counts = {f"pii_{kind}": np.zeros(len(text), np.int64) for kind in self.kinds}
        for code, kind in OF_CODE.items():
            if kind in self.kinds:
                counts[f"pii_{kind}"] += np.bincount(spans.rows[spans.kinds == code], minlength=len(text))
        counts["pii_total"] = np.bincount(spans.rows, minlength=len(text)).astype(np.int64)
        return {name: pl.Series(name, values, dtype=pl.Int64) for name, values in counts.items()}
