"""Bring letters, digits, blanks and kana to one width: `Ｐｙｔｈｏｎ　３` becomes `Python 3`, `ｶﾞﾗｽ` becomes `ガラス`.

Each class of characters has its own direction, `half`, `full` or `keep`. By default letters, digits, symbols and the
ideographic space become half-width, kana and hangul full-width: the widths in which such characters are normally written.
`punctuation` is ！ ＂ ＇ （ ） ， ． ： ； ？ ［ ］ ｛ ｝ ～ and stays. `symbols` are the other signs that
have two widths (％, ＋, ＠, ￥); half-width arrows (￩) change with `symbols = "full"` only.

Use it before counting, deduplication and tokenizers: the same word has one spelling then. It does less than
`clean.unicode` with `form = "NFKC"`, which also changes ², ½, ㎏ and ﬁ and takes all Chinese punctuation with it. Do not use it
where columns are aligned by full-width digits, or on passwords and other exact strings.

A voiced mark after kana is joined with it (`ﾊﾟ` to `パ`), and falls apart on the way back. A mark that stands alone becomes the
combining mark of NFKC.

**Chinese.** ，。！？ and brackets keep their full width unless `punctuation = "half"`; 。、《》「」 have no half-width form in
Chinese text and stay in any case (Japanese ｡｢｣､･ are of the class `kana`). Which mark belongs where is `clean.punctuation`'s
question. `letters = "full"` and its like are rarely wanted: some print sources ask for them.

Source: Unicode's <wide> and <narrow> decompositions (UnicodeData.txt).

```toml
op = "clean.width"
```
```diff
- {"text": "Ｐｙｔｈｏｎ　３．１２，５０％！"}
+ {"text": "Python 3．12，50%！"}
- {"text": "ｶﾞﾗｽのｺｯﾌﾟ"}
+ {"text": "ガラスのコップ"}
  {"text": "你好，世界！（Hello）"}
```

```toml
op = "clean.width"
punctuation = "half"
```
```diff
- {"text": "（１）你好，世界！"}
+ {"text": "(1)你好,世界!"}
  {"text": "《书》、「字」。"}
```

```toml
op = "clean.width"
letters = "full"
digits = "full"
kana = "half"
symbols = "keep"
space = "keep"
```
```diff
- {"text": "A4 パン"}
+ {"text": "Ａ４ ﾊﾟﾝ"}
  {"text": "第一条　总则 %"}
```
"""

from typing import Literal

import polars as pl

from dprep.base.operator import Clean
from dprep.base.text import Text, buffers, from_buffers
from dprep.kernels.width import CLASSES, changed, forms, holding

Direction = Literal["half", "full", "keep"]


class Width(Clean):
    letters: Direction = "half"
    """Latin letters."""

    digits: Direction = "half"
    """The digits 0 to 9."""

    punctuation: Direction = "keep"
    """Marks of Chinese text that ASCII has too."""

    symbols: Direction = "half"
    """Other signs: ％ ＋ ＝ ＠ ＃ ￥."""

    space: Direction = "half"
    """The ideographic space (U+3000); `full` turns every space into it."""

    kana: Direction = "full"
    """Katakana with their sound marks, and the Japanese marks ｡ ｢ ｣ ､ ･."""

    hangul: Direction = "full"
    """Single letters of hangul."""

    def edit(self, text: Text) -> pl.Series:
        directions = {name: getattr(self, name) for name in CLASSES}
        known = forms(*(frozenset(name for name in CLASSES if directions[name] == way) for way in ("half", "full")))
        rows = pl.Series(holding(*text.buffers, known)).arg_true()
        if not len(rows):
            return text.series
        return text.series.clone().scatter(rows, from_buffers(*changed(*buffers(text.series.gather(rows)), known)))
