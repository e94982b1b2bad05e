"""Convert between simplified and traditional Chinese, and between the usages of Taiwan, Hong Kong and Japan.

`mode` says from what to what: `s` simplified, `t` traditional as OpenCC spells it, `tw` and `hk` the spellings of Taiwan and
Hong Kong, `jp` Japanese shinjitai; a `p` at the end changes words too (`软件` to `軟體`, and back). OpenCC's own dictionaries
and its longest match are used: phrases decide what single characters cannot (`头发` becomes `頭髮`, `发展` becomes `發展`).

Use it to bring a collection to one script before deduplication and training, or to make the other script of it. Say what
the text is: `s2t` on text that is traditional already spoils it (`萬里` becomes `萬裏`), so use it with a condition or on a
source that you know. `t2s` on simplified text does so too, but rarely: a phrase of OpenCC's makes `破坯土地` of `破坏土地`.
Japanese text must not go through it except with `jp2t` and `t2jp`. Punctuation stays: 「」 are
`clean.punctuation`'s. For about 900 rare characters `t2s` makes forms of Unicode's extension blocks, which few fonts have
(`俓` becomes `𠇹`).

**Chinese.** Round trips lose little by script and much by words. 2,406 Chinese laws in simplified characters (11.8 million
han) come back from `s2t` and `t2s` as they were in 2,326 cases; 236 han differ, in variants such as 濬 for 浚. By `s2tw` and
`tw2s` it is 2,312 of them. By `s2twp` and `tw2sp` only 174: a word of Taiwan has more than one word of the mainland behind it
(`执行` comes back as `运行`). Of 349,493 han of classical poems `t2s` and then `s2t` give back 92 %: old prints use variants
(雲 and 云, 閑 and 閒) that one spelling folds. Twice is not once: `s2t` changes 877 of those laws a second time, `t2s` 2 of
5,243 poems. Figures of OpenCC 1.4.2.

Source: OpenCC (github.com/BYVoid/OpenCC, `data/config`, `data/dictionary`).

```toml
op = "clean.chinese"
mode = "t2s"
```
```diff
- {"text": "頭髮乾了，後來他發現皇后在這裡。"}
+ {"text": "头发干了，后来他发现皇后在这里。"}
- {"text": "臺灣的國家圖書館"}
+ {"text": "台湾的国家图书馆"}
- {"text": "漢語與英語"}
+ {"text": "汉语与英语"}
  {"text": "头发干了，后来他发现皇后在这里。"}
  {"text": "Software 2.0"}
```

```toml
op = "clean.chinese"
mode = "s2twp"
```
```diff
- {"text": "鼠标和软件的信息"}
+ {"text": "滑鼠和軟體的資訊"}
- {"text": "内存和硬盘"}
+ {"text": "記憶體和硬碟"}
  {"text": "你好"}
```

```toml
op = "clean.chinese"
mode = "t2jp"
```
```diff
- {"text": "舊字體"}
+ {"text": "旧字体"}
- {"text": "氣象廳"}
+ {"text": "気象庁"}
- {"text": "鐵道"}
+ {"text": "鉄道"}
  {"text": "東京"}
```
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import ClassVar, Literal

import polars as pl

from dprep.base.operator import Clean
from dprep.base.problem import fail
from dprep.base.text import Text

# fmt: off
Mode = Literal[
    "t2s", "s2t", "s2tw", "tw2s", "s2twp", "tw2sp", "s2hk", "hk2s", "s2hkp", "hk2sp",
    "t2tw", "tw2t", "t2hk", "hk2t", "t2jp", "jp2t",
]
# fmt: on

_BETWEEN = "\x1e"
"""Stands between texts that are converted together: no phrase holds it, so none reaches over it."""
_PARTED = "[\x00\x1e]"
"""A text with one of these is converted piece by piece: the library takes NUL for the end."""


class Chinese(Clean):
    extra: ClassVar[str] = "zh"
    libraries: ClassVar[tuple[str, ...]] = ("OpenCC",)
    exempt: ClassVar[Mapping[str, str]] = {
        "twice": "The phrases that tell 后, 里 or 干 apart are no longer there when a text is converted a second time."
    }

    mode: Mode = "t2s"
    """From what to what."""

    def edit(self, text: Text) -> pl.Series:
        convert = _converter(self.mode)
        rows = text.series.str.contains(r"\p{Han}|\p{Katakana}").arg_true()
        if not len(rows):
            return text.series
        before = text.series.gather(rows)
        parted = before.str.contains(_PARTED)
        together, apart = (~parted).arg_true(), parted.arg_true()
        after = before.clone()
        if len(together):
            told = convert(_BETWEEN.join(before.gather(together))).split(_BETWEEN)
            after = after.scatter(together, pl.Series(told, dtype=pl.String))
        if len(apart):
            after = after.scatter(apart, pl.Series([_by_parts(one, convert) for one in before.gather(apart)], dtype=pl.String))
        return text.series.clone().scatter(rows, after)


def _by_parts(text: str, convert: Callable[[str], str]) -> str:
    parts = re.split(f"({_PARTED})", text)
    return "".join(convert(part) if place % 2 == 0 else part for place, part in enumerate(parts))


@cache
def _converter(mode: str) -> Callable[[str], str]:
    try:
        from opencc import OpenCC
    except ImportError:
        raise fail(
            "missing-library", "`clean.chinese` needs the library `opencc`", '`pip install "dprep[zh]"` installs it'
        ) from None
    convert: Callable[[str], str] = OpenCC(mode).convert
    return convert
