"""Drop texts in which too few, or too many, of the words are stop words.

Running text of any language is full of words such as `the`, `of` and `to`; lists of names, tables, keywords and code are not.
`share` is the share of the words that are stop words, `distinct` how many different ones stand in the text. Use it per
language (`when = "lang = 'en'"`): a German text has few English stop words. Do not use it on titles and short messages, which
do without.

Words are those of `filter.length`; case does not count. `words` names a list of your own: a text file with one word per
line, or an artifact of `dprep fit stop_words`. An entry may be several words (`of course`, 一个): the longest entry that
begins at a word is taken, and all its words count.

**Chinese.** `language = "zh"` and `"ja"` read character by character, so no segmenter is needed: 在 counts as a stop word in
现在 too. Lists with longer Chinese words work, see above.

Source: the eight English words and two distinct ones as the least: Rae et al. 2021, "Scaling Language Models" (Gopher), arXiv
2112.11446. Chinese and Japanese: huggingface/fineweb-2, configs/cmn_Hani.yml and jpn_Jpan.yml, without `·` and `・`, which are
no words here. A least share of .3 with long lists is the default of data-juicer, ops/filter/stopwords_filter.py.

```toml
op = "filter.stop_words"
```
```diff
  {"text": "The parcel that was lost is back with the sender."}
- {"text": "parcel lost sender back"}  # min_distinct
- {"text": "the the the THE"}  # min_distinct
  {"text": "Of course the parcel came."}
```

```toml
op = "filter.stop_words"
language = "zh"
min_share = 0.12
```
```diff
  {"text": "我们的包裹在仓库中，为何不是今天送到？"}
- {"text": "包裹 仓库 发货 退款 客服 电话"}  # min_distinct
- {"text": "包裹、仓库、发货、退款、客服、电话、地址、订单、发票、物流、快递，在日本和韩国下单"}  # min_share
```

```toml
op = "filter.stop_words"
words = "stop_words.txt"
min_distinct = 1
max_share = 0.8
```
```diff
  {"text": "of course not"}
- {"text": "of course"}  # max_share
- {"text": "never"}  # min_distinct
  {"text": "一个包裹"}
```
"""

from functools import cache
from typing import Annotated, Literal

import polars as pl
from annotated_types import Ge, Le

from dprep.base.artifact import Made
from dprep.base.operator import File, Filter
from dprep.base.text import Text
from dprep.kernels.membership import Matcher, matched, matcher
from dprep.models.stopwords import LISTS, read_words


class StopWords(Filter):
    language: Literal["en", "zh", "ja"] = "en"
    """The built-in list."""

    words: Annotated[File, Made("stop_words")] | None = None
    """A list in place of the built-in one: a text file or an artifact."""

    min_distinct: Annotated[int, Ge(0)] | None = 2
    """Fewest different stop words."""

    min_share: Annotated[float, Ge(0), Le(1)] | None = None
    """Least share of the words that are stop words."""

    max_share: Annotated[float, Ge(0), Le(1)] | None = None
    """Largest share of the words that are stop words."""

    def measure(self, text: Text) -> dict[str, pl.Series]:
        found = matched(text, _matcher(self.words or "", self.language))
        return {"share": pl.Series(found.share), "distinct": pl.Series(found.distinct)}


@cache
def _matcher(path: str, language: str) -> Matcher:
    return matcher(read_words(path) if path else LISTS[language])
