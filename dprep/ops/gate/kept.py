"""Drop new rows that lost, or made up, a number, a negation, a placeholder, a link or a mention.

Use it after every augmenter whose rows keep their label: a new row that says 30 where its parent says 13, or that it does
work where its parent says that it does not, teaches the wrong thing. Nothing may be lost and nothing be new unless a bound
says how many. Do not use it after augmenters that bring in other texts (`augment.recombine`, `augment.negatives`), or set the
bounds `max_<what>_new` high.

What is compared:

- *numbers* in digits, by value: `1,000` is `1000` and `１０００`, `3.14` is the two numbers 3 and 14. Number words are words:
  where `two` comes back as `2`, a number is new.
- *negations*, by their number: `don't` and `do not` have one each, and so do `I have no money` and `I don't have any money`.
  What a prefix denies (`unhappy`, `impossible`) is not seen, nor is `hardly`; a question tag (`isn't it`) counts. `languages`
  says whose negations are known: en, zh, de, fr, es, it, pt, nl and ru; French `ne` does not count, its second half does. Set
  the languages that occur and no others, for `sin` negates in Spanish alone. `negations` adds terms of your own.
- *placeholders*: `{name}`, `{{name}}`, `${name}`, `$name`, `%s`, `%(name)s`, `[NAME]`, `<b>`, `:smile:`, as written.
- *links*: URLs, domains and e-mail addresses, as written.
- *mentions*: `@name`, `#tag` and Weibo's `#topic#`, as written.

Except for negations each counts once, however often a text repeats it.

How often it matters: among 900 English questions with a negation that Apertium took to Spanish and back with nothing masked,
the gate found 17 that had lost it, most often a `no` that came back as `any`, and was right each time. Beside a reader's
verdict on 143 pairs it missed one loss, a number that stood twice before and once after, and took one for a loss that is
none: `$40,000` that came back as `$ 40, 000`.

**Chinese.** Negations are found by a list of words, the longest first: 不, 没, 无, 未, 非, 别, 勿, 莫 and words with them
negate; 不过, 非常, 没关系, 未来, 特别, 无论, 否则 and a hundred others do not, nor does a question such as 能不能. 不得不 is
none, 不能不 two. Both ways of writing are known. Han numerals are words: 三个 that comes back as 3个 has a new number. A name
after `@` that runs on into the sentence is compared with all that follows it up to the next blank or mark.

```toml
op = "gate.kept"
```
```diff
  {"text": "My card ending in 4021 does not work, mail {agent} or a@b.org"}
  {"text": "The card that ends in 4021 doesn't work, mail {agent} or a@b.org", "variant": 1}
- {"text": "My card ending in 4012 does not work, mail {agent} or a@b.org", "variant": 2}  # gate.max_numbers_lost
- {"text": "My card ending in 4021 works, mail {agent} or a@b.org", "variant": 3}  # gate.max_negations_lost
- {"text": "My card ending in 4021 does not work, mail {Agent} or a@b.org", "variant": 4}  # gate.max_placeholders_lost
- {"text": "My card ending in 4021 does not work, mail {agent} or ab.org", "variant": 5}  # gate.max_links_lost
  {"text": "我没有收到5个包裹，不过没关系。"}
  {"text": "5个包裹我都没收到，但是没关系。", "variant": 1}
- {"text": "我收到5个包裹了，不过没关系。", "variant": 2}  # gate.max_negations_lost
- {"text": "我没有收到五个包裹，不过没关系。", "variant": 3}  # gate.max_numbers_lost
```

```toml
op = "gate.kept"
languages = ["de"]
max_numbers_lost = 1
max_numbers_new = 1
```
```diff
  {"text": "Mein Paket ist nicht da, seit 3 Tagen @post"}
  {"text": "Mein Paket ist seit 4 Tagen nicht da @post", "variant": 1}
- {"text": "Mein Paket ist da, seit 3 Tagen @post", "variant": 2}  # gate.max_negations_lost
- {"text": "Mein Paket ist nicht da, seit 3 Tagen", "variant": 3}  # gate.max_mentions_lost
- {"text": "Kein Paket ist nicht da, seit 3 Tagen @post", "variant": 4}  # gate.max_negations_new
```
"""

from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from annotated_types import Ge
from pydantic import Strict

from dprep.base.gate import Gate
from dprep.base.operator import Words
from dprep.base.text import Text
from dprep.kernels.figures import missing_counts
from dprep.kernels.lost_spans import lost_spans
from dprep.kernels.protected import EMAIL, HASHTAG, MENTION, PLACEHOLDER, URL, Protected, protected_spans
from dprep.kernels.terms import counted
from dprep.ops._blocked import lowered
from dprep.ops.gate._negations import LOOKS_SO, negations

_GROUPS = {"placeholders": (PLACEHOLDER,), "links": (URL, EMAIL), "mentions": (MENTION, HASHTAG)}
Most = Annotated[int, Ge(0)]
Language = Literal["en", "zh", "de", "fr", "es", "it", "pt", "nl", "ru"]


class Kept(Gate):
    languages: Annotated[tuple[Language, ...], Strict(False)] = ("en", "zh")
    """Languages whose negations are known."""

    negations: Words = ()
    """Further terms that negate."""

    max_numbers_lost: Most = 0
    """Most numbers of the parent that the new text may lack."""

    max_numbers_new: Most = 0
    """Most numbers that the new text alone may have."""

    max_negations_lost: Most = 0
    """Most negations that the new text may have less than its parent."""

    max_negations_new: Most = 0
    """Most negations that the new text may have more than its parent."""

    max_placeholders_lost: Most = 0
    """Most placeholders of the parent that the new text may lack."""

    max_placeholders_new: Most = 0
    """Most placeholders that the new text alone may have."""

    max_links_lost: Most = 0
    """Most URLs and addresses of the parent that the new text may lack."""

    max_links_new: Most = 0
    """Most URLs and addresses that the new text alone may have."""

    max_mentions_lost: Most = 0
    """Most mentions and hashtags of the parent that the new text may lack."""

    max_mentions_new: Most = 0
    """Most mentions and hashtags that the new text alone may have."""

    def compare(self, before: Text, after: Text) -> dict[str, pl.Series]:
        denied = self._negations(after) - self._negations(before)
        return {
            "numbers_lost": pl.Series(missing_counts(before.buffers, after.buffers)[0]),
            "numbers_new": pl.Series(missing_counts(after.buffers, before.buffers)[0]),
            "negations_lost": pl.Series(np.maximum(-denied, 0)),
            "negations_new": pl.Series(np.maximum(denied, 0)),
            **{f"{group}_lost": lost for group, lost in _lost(before, after).items()},
            **{f"{group}_new": lost for group, lost in _lost(after, before).items()},
        }

    def _negations(self, text: Text) -> npt.NDArray[np.int64]:
        small = text.once(lowered).buffers
        lists = negations(self.languages, self.negations)
        return sum((counted(small, each, LOOKS_SO) for each in lists), np.zeros(len(text), np.int64))


def _lost(source: Text, target: Text) -> dict[str, pl.Series]:
    """For each group how many stretches of each source its target lacks."""
    groups = np.full(256, -1, np.int64)
    for number, kinds in enumerate(_GROUPS.values()):
        groups[list(kinds)] = number
    spans, others = source.once(_spans), target.once(_spans)
    return dict(zip(_GROUPS, map(pl.Series, lost_spans(source.buffers, spans, target.buffers, others, groups)), strict=True))


def _spans(text: Text) -> Protected:
    return protected_spans(text.buffers)
