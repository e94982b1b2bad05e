"""Drop texts made of the wrong kinds of characters: too many digits, capitals, symbols or blanks, too few letters.

Use it on web text to drop tables, code, logs, spaced-out headings and shouting. Do not use it on code, mathematics or chats
with emoji, which are meant to be so, and measure before you tighten a limit: every language has its own shares.

Each share is characters of that kind per character (code point) of the text, blanks included:

- `alphanumeric`: letters and numbers of any script, as Python's `str.isalnum` has them; marks are not.
- `special`: all but letters and marks: digits, punctuation, symbols, emoji, blanks, control characters.
- `digit`: decimal digits of any script (Nd); `uppercase`: capital and title-case letters (Lu, Lt).
- `whitespace`: what `str.isspace` says; `punctuation`: Unicode's P categories.
- `parentheses`: `( ) [ ] { }`, their full-width forms, and `⟨ ⟩`.
- `non_ascii`: code points above 127; `han`: Chinese characters, radicals and iteration marks included.
- `non_alphanumeric`: all but A-Z, a-z, 0-9, line feeds and `?!,.` (NeMo's sense of the word, for English alone).

Where sources differ in the definition it is the one above: Data-Juicer's `special` is a list of 200 odd characters, digits,
blanks and emoji, in which some letters have slipped (ー, 一, 士, ン); NeMo's blanks are five ASCII characters. NeMo's limit for
characters of URLs is not here. An empty text has no shares and is dropped.

**Chinese.** Han characters are letters: `alphanumeric` is some .85 in running text and `special` some .15, as there are no
blanks. `nemo` drops all Chinese, as it means to (its pipeline for other languages leaves `non_alphanumeric` out: set it to 1).
`chinese_web_text` asks for 30 % han characters.

Source: datajuicer/data-juicer 1.4.3 `data_juicer/ops/filter/alphanumeric_filter.py`, `special_characters_filter.py`;
NVIDIA-NeMo/Curator `nemo_curator/stages/text/filters/heuristic/string.py`, `stages/text/utils/constants.py`; data-juicer
`configs/reproduced_bloom/bloom-oscar.yaml` (`bloom`); CASIA-LM/ChineseWebText `preprocess.py`.

```toml
op = "filter.character_shares"
```
```diff
  {"text": "Wherever the river bends, old mills stand."}
- {"text": "- - - ..... - - -"}  # min_alphanumeric
- {"text": "total = (b + 7) * [carry];"}  # max_special
  {"text": "河边有几座旧磨坊，都还站着。"}
  {"text": "Nothing remarkable happened yesterday evening"}
- {"text": ""}  # min_alphanumeric
```

```toml
op = "filter.character_shares"
flavour = "nemo"
```
```diff
  {"text": "Therefore the old mills still stand."}
- {"text": "Rechnung vom 24.12.2023: 4711"}  # max_digit
- {"text": "河边有几座旧磨坊"}  # max_non_alphanumeric
- {"text": "sum(map(abs,x[y]))"}  # max_parentheses
  {"text": "Nothing happened."}
```

```toml
op = "filter.character_shares"
flavour = "chinese_web_text"
max_uppercase = 0.5
```
```diff
- {"text": "SHOUTING 河边有几座"}  # max_uppercase
- {"text": "no han at all"}  # min_han
  {"text": "河边有几座旧 mills"}
  {"text": "全是汉字"}
```
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import polars as pl
from annotated_types import Ge, Le

from dprep.base.operator import Filter
from dprep.base.text import Text
from dprep.kernels.shares import shares

Share = Annotated[float, Ge(0), Le(1)] | None


class CharacterShares(Filter):
    flavours: ClassVar[Mapping[str, Mapping[str, float | None]]] = {
        "data_juicer": {
            "min_alphanumeric": 0.25,
            "max_special": 0.25,
            "max_digit": None,
            "max_whitespace": None,
            "max_parentheses": None,
            "max_non_alphanumeric": None,
            "min_han": None,
        },
        "nemo": {
            "min_alphanumeric": None,
            "max_special": None,
            "max_digit": 0.15,
            "max_whitespace": 0.25,
            "max_parentheses": 0.1,
            "max_non_alphanumeric": 0.25,
        },
        "bloom": {"min_alphanumeric": None, "max_special": 0.4},
        "chinese_web_text": {"min_alphanumeric": None, "max_special": None, "min_han": 0.3},
    }

    flavour: Literal["data_juicer", "nemo", "bloom", "chinese_web_text"] = "data_juicer"
    """Whose limits."""

    min_alphanumeric: Share = 0.25
    """Least share of letters and numbers."""

    max_alphanumeric: Share = None
    """Largest share of letters and numbers."""

    min_special: Share = None
    """Least share of what is neither letter nor mark."""

    max_special: Share = 0.25
    """Largest share of what is neither letter nor mark."""

    max_digit: Share = None
    """Largest share of digits."""

    max_uppercase: Share = None
    """Largest share of capitals."""

    max_whitespace: Share = None
    """Largest share of blanks."""

    max_punctuation: Share = None
    """Largest share of punctuation."""

    max_parentheses: Share = None
    """Largest share of brackets."""

    max_non_ascii: Share = None
    """Largest share of characters beyond ASCII."""

    min_han: Share = None
    """Least share of Chinese characters."""

    max_han: Share = None
    """Largest share of Chinese characters."""

    max_non_alphanumeric: Share = None
    """Largest share of what is neither ASCII letter nor digit nor a mark that ends a clause."""

    def measure(self, text: Text) -> dict[str, pl.Series]:
        found = text.once(shares)
        return {bound.measure: pl.Series(found.share(bound.measure)) for bound in self.bounds()}
