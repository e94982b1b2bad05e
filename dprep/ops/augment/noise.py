"""Add copies of texts with typing and scanning errors in them.

Use it to make a classifier or a retriever robust against what people type and scanners read. Use small rates (0.01 to 0.1), and
only on training rows, which is the default once a split stands before. Do not use it for text generation targets or for tagging
and question answering, whose offsets it would break, nor where a letter decides the label.

Each letter is touched with chance `rate`, and one at least where any can be; which change it gets is drawn from `kinds`:
`swap` with the next letter, `delete`, `insert` (a neighbour on the keyboard, or the letter again), `keyboard` (a neighbour on
QWERTY instead), `ocr` (a look-alike instead: `m` becomes `rn`, `l` becomes `1`). A change that cannot be made at a letter
gives way to another of `kinds`. URLs, e-mail addresses, mentions, hashtags, placeholders (`{name}`, `%s`, `[NAME]`), tags,
code and all with a digit in it stay whole; letters with combining marks stay too. Where nothing can be changed, no row is
added. What is drawn depends on the recipe's seed, the step's name and the row.

**Chinese.** Characters are swapped with their neighbour, lost, doubled (`insert`) or mistaken for a look-alike (`ocr`: 己 for
已, 未 for 末, from a table of some 300 characters written for dprep); `keyboard` changes Latin letters only. Half the usual
rate is enough, as a character carries the meaning of half a word.

Source: the keyboard is QWERTY's geometry, its rows shifted by a quarter and three quarters of a key; the tables of look-alikes
are dprep's own.

```toml
op = "augment.noise"
```
```diff
  {"text": "please refund my order"}
+ {"text": "please refund mv order"}
  {"text": "12345 @me http://a.b/c"}
  {"text": "我的包裹还没有到"}
+ {"text": "我的包裹还有到"}
```
"""

from functools import cache
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Gt, Le, MinLen
from pydantic import Strict

from dprep.base.operator import Augment
from dprep.base.text import Text, from_buffers
from dprep.kernels.noise import DELETE, INSERT, KEYBOARD, OCR, SWAP, Confusions, confusions, noise

Kinds = Annotated[tuple[Literal["swap", "delete", "insert", "keyboard", "ocr"], ...], Strict(False), MinLen(1)]

_KINDS = {"swap": SWAP, "delete": DELETE, "insert": INSERT, "keyboard": KEYBOARD, "ocr": OCR}


class Noise(Augment):
    rate: Annotated[float, Gt(0), Le(1)] = 0.05
    """Chance of each letter to be touched."""

    kinds: Kinds = ("swap", "delete", "insert", "keyboard", "ocr")
    """The changes to draw from."""

    def variant(self, text: Text, luck: npt.NDArray[np.uint64], number: int) -> pl.Series:
        kinds = tuple(_KINDS[kind] for kind in self.kinds)
        offsets, data, valid = noise(*text.buffers, luck, rate=self.rate, kinds=kinds, keyboard=_keyboard(), ocr=_look_alikes())
        made = from_buffers(offsets, data, text.series.name)
        return (
            made
            if valid.all()
            else made.zip_with(pl.Series(valid), pl.Series([None], dtype=pl.String).new_from_index(0, len(made)))
        )


@cache
def _keyboard() -> Confusions:
    """Keys no farther than one and a quarter key widths on QWERTY, in the case of the letter."""
    places = {
        letter: (column + shift, row)
        for row, (shift, letters) in enumerate([(0.0, "qwertyuiop"), (0.25, "asdfghjkl"), (0.75, "zxcvbnm")])
        for column, letter in enumerate(letters)
    }
    near = {
        a: [b for b, (bx, by) in places.items() if a != b and (ax - bx) ** 2 + (ay - by) ** 2 <= 1.25**2]
        for a, (ax, ay) in places.items()
    }
    return confusions(near | {a.upper(): [b.upper() for b in others] for a, others in near.items()})


_LATIN = """
a:o b:h,6 c:e,o d:cl e:c f:t g:q,9 h:b,n i:l,1,j j:i k:lc l:1,I,i m:rn,nn n:h,u,ri o:0,c p:n q:g,9 r:t s:5 t:f u:v,n v:u,y
w:vv x:z y:v z:2 A:4 B:8,R C:G D:O E:F F:E,P G:6,C H:N I:l,1 J:U K:X L:l M:N N:M O:0,Q,D P:F Q:O R:B S:5 T:7 U:V V:U,Y W:VV X:K
Y:V Z:2
"""
_HAN = """
己已巳 未末味 土士 日曰目 人入八 大太犬 天夭夫 干千于 刀力刁 戊戌戍 折拆析 侯候 拔拨 辨辩辫 晴睛情清请 狼狠 乌鸟 今令 午牛
自白百 木本术 问间闻 门们 微徽 官宫 师帅 住往佳 历厉 仓仑 冶治 赢羸 贷货 账帐 即既 密蜜 那哪 竞竟 幻幼 延廷 拎拾 抱饱 跑泡
渴喝揭竭 场扬杨汤 代伐 栽载裁 幸辛 免兔 兵乒乓 九丸 万方 由甲申田电 石右左在 古占 可司 各名 句旬 巨臣 且旦 主王玉 北比 失矢
布市 巾币 技枝 找我 体休林 决快块 坏环怀还 极级 投没 沉沈 沙抄吵 近进 连莲 远运 述术 退追 送迭 通涌捅桶 梅海悔侮 倍陪培部
暗喑 喧宣渲 概慨溉 桃挑跳逃 偷愉输喻渝 孤狐弧 券卷倦 绍招 组租粗 准淮推谁堆维唯难 壁璧僻避 厂广 户尸 尺尽 斤斥 欠久 毛手
爪瓜 瓦互 牙乎 氏民 丹舟 勿匆 勾匀 乏之 反友 支文 丈才寸 习刁 叉又 兄只 兑说 贺贸 贫贪 肯背 育盲 季李 委秀
"""
"""Groups of characters that are taken for one another."""


@cache
def _look_alikes() -> Confusions:
    """Latin letters and han characters with what scanners take them for."""
    table = {entry[0]: entry[2:].split(",") for entry in _LATIN.split()}
    for group in _HAN.split():
        for character in group:
            others = table.setdefault(character, [])
            others += [other for other in group if other != character and other not in others]
    return confusions(table)
