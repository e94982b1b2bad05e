"""Mask personal data: e-mail and network addresses, phone, card, bank and identity numbers, keys and passwords.

What is masked, by kind: `email`; `ip` (IPv4 and IPv6, only addresses that the public internet routes: 10.0.0.1, 192.0.2.7
and multicast stay); `phone` (phonenumbers decides: any number with `+` and a country's code; numbers of `regions` where a
word such as *phone* or 电话 stands before them or their digits are grouped as the region groups them); `card` (an issuer's
prefix and length, Luhn's check digit); `iban` (length of the country, remainder 97); `cn_id` (Chinese resident identity
number with province, day of birth and check character); `cn_mobile` (mainland mobile number); `secret` (access keys and
tokens of AWS, GitHub, GitLab, Slack, Google, Stripe, npm, PyPI, Hugging Face, OpenAI and SendGrid, JWT, private key blocks,
and `password = …`, `api_key: …` whose value mixes letters and digits and has 3 bits of entropy per character).

Use it before anything that keeps or shows texts: rows that later steps drop, samples and reports then hold the masks only.
It masks by form, so names, street addresses, dates of birth and `jane at host dot com` stay. What looks like an address is
one: a Message-ID is masked as `email` (it leads to a mail and its author); `user@example.com`, `.test`, `.local` and
`user@host` inside a URL are not. Version numbers, dates, section numbers, ISBN and hexadecimal digests are left alone; a
card or Chinese mobile number cannot be told from another number that passes the same check (one in ten numbers passes
Luhn's). Seven-digit local numbers stay, and of numbers in letters (`1-800-FLOWERS`) all but toll-free ones and those behind a
word for phone. Blocks in a run's cache from before this step hold what was there: `dprep gc` removes them.

`style = "tag"` writes `[EMAIL]`, `[IP]`, `[PHONE]`, `[CARD]`, `[IBAN]`, `[CN_ID]`, `[SECRET]`; `"dolma"` writes Dolma's
`|||EMAIL_ADDRESS|||`, `|||PHONE_NUMBER|||`, `|||IP_ADDRESS|||` (and `|||CREDIT_CARD|||` … in the same manner);
`"pseudonym"` writes a made-up value, the same one for the same value wherever it stands, that is nobody's: names under
example.com, documentation networks, fictional phone numbers (few: different numbers may share one), cards without an
issuer; `"partial"` keeps an initial, the network or the last four digits (`j***@e***.com`, `203.0.*.*`, `****4242`), which
narrows down whom it was. A pseudonym is derived from `key`: who has the key can test a guess, and the key stands in the
recipe that a version keeps.

**Chinese.** Full-width digits, letters ×, colons, `＠` and `＋` are read as their ASCII forms (`０１０－１２３４５６７８`);
there need be no blank between han and a number (`手机13812345678联系我`). 手机, 电话, 传真, 热线 and the like are words for
phone; landlines need `CN` in `regions`. `old_ids = true` masks identity numbers of 15 digits too, which have no check
digit: some other numbers go with them. Article numbers of laws, dates and postcodes stay.

Source: Dolma's replacements: allenai/dolma, configs/dolma-v1_5. phonenumbers (metadata of Google's libphonenumber). IANA's
registries of special-purpose addresses; RFC 2606, 5737, 3849 and 6761 for names and networks that are nobody's; ISO/IEC
7812, ISO 13616, GB 11643-1999, GB/T 2260 for the numbers; the formats of keys from their makers' documentation.

```toml
op = "clean.pii"
```
```diff
- {"text": "Write to jane.doe@mail.org or call +44 20 7031 3000, card 4111 1111 1111 1111."}
+ {"text": "Write to [EMAIL] or call [PHONE], card [CARD]."}
- {"text": "身份证11010519491231002X，手机13812345678，电话：０１０－６２７８１２３４。"}
+ {"text": "身份证[CN_ID]，手机[PHONE]，电话：[PHONE]。"}
- {"text": "Server 8.8.8.8, IBAN DE89 3704 0044 0532 0130 00, api_key = 'f3Kq81Zx07Lm'"}
+ {"text": "Server [IP], IBAN [IBAN], api_key = '[SECRET]'"}
  {"text": "Version 1.2.3.4 of 2024-05-17, ISBN 0-306-40615-2, host 192.168.0.1, user@example.com"}
  {"text": "根据第3条第2款，自2024年1月1日起施行。"}
```

```toml
op = "clean.pii"
style = "pseudonym"
key = "a long secret of your own"
```
```diff
- {"text": "From jane.doe@mail.org, cc Jane.Doe@mail.org"}
+ {"text": "From user-f38d00832eea@example.com, cc user-f38d00832eea@example.com"}
- {"text": "手机13812345678，服务器8.8.8.8"}
+ {"text": "手机10008553975，服务器198.51.100.123"}
  {"text": "nothing of anybody"}
  {"text": "call +1 202-555-0123, which is fictional"}
```

```toml
op = "clean.pii"
kinds = ["email", "card", "ip"]
style = "partial"
```
```diff
- {"text": "jane.doe@mail.org paid with 4242424242424242 from 81.2.69.142"}
+ {"text": "j***@m***.org paid with ****4242 from 81.2.*.*"}
  {"text": "call +44 20 7031 3000"}
```
"""

from functools import cache
from typing import Annotated, ClassVar, Literal, NamedTuple

import numpy as np
import polars as pl
from annotated_types import MaxLen
from pydantic import Strict, model_validator

from dprep.base.operator import Clean, Words
from dprep.base.problem import Error, Problem
from dprep.base.text import Text, from_buffers
from dprep.kernels.pii import PHONE, Spans, spliced
from dprep.ops._pii_find import found
from dprep.ops._pii_kinds import DOLMA, KINDS, OF_CODE, TAGS, Kind
from dprep.ops._pii_regions import check_regions
from dprep.ops._pii_style import is_made_up_phone, made_up, partial

_ROUNDS = 8
"""More rounds than any text met needs; a bound, so that no text can keep a run busy for ever."""
Style = Literal["tag", "dolma", "pseudonym", "partial"]


class _Masked(NamedTuple):
    """The texts with their masks, and how many of each kind every text got."""

    series: pl.Series
    counts: dict[str, pl.Series]


class Pii(Clean):
    masks: ClassVar[bool] = True
    libraries: ClassVar[tuple[str, ...]] = ("phonenumbers",)
    extra: ClassVar[str] = "pii"

    kinds: Annotated[tuple[Kind, ...], Strict(False)] = KINDS
    """What is masked."""

    style: Style = "tag"
    """What is written in its place: the kind's tag, Dolma's tag, a made-up value, or the value with most of it hidden."""

    regions: Words = ("US", "GB", "DE", "FR", "CN", "IN")
    """Whose phone numbers are known without a country's code (ISO 3166-1 letters); numbers with `+` are known everywhere."""

    key: Annotated[str, MaxLen(1000)] = ""
    """What pseudonyms are derived from; the same key gives the same ones in another run. `style = "pseudonym"` needs it."""

    old_ids: bool = False
    """Mask Chinese identity numbers of 15 digits too."""

    @model_validator(mode="after")
    def _is_sound(self) -> "Pii":
        if self.style == "pseudonym" and not self.key:
            help = "set `key` to a long text that only you know"
            raise Error(Problem("missing-parameter", '`style = "pseudonym"` needs a `key`', help=help))
        check_regions(self.regions)
        return self

    def edit(self, text: Text) -> pl.Series:
        return self._masked(text).series

    def counts(self, before: Text, after: pl.Series) -> dict[str, pl.Series]:
        return self._masked(before).counts

    def _masked(self, text: Text) -> _Masked:
        masked: _Masked = text.once(_masker(self))
        return masked


@cache
def _masker(op: Pii):  # type: ignore[no-untyped-def]
    """The view of a text that `op` makes: one object per operator, so that a block's texts are masked once."""

    def masked(text: Text) -> _Masked:
        totals = {kind: np.zeros(len(text), np.int64) for kind in op.kinds}
        series, places = text.series, np.arange(len(text))
        current = text
        for _ in range(_ROUNDS):
            spans = _wanted(op, current)
            if not len(spans.rows):
                break
            for code, kind in OF_CODE.items():
                if kind in totals:
                    np.add.at(totals[kind], places[spans.rows[spans.kinds == code]], 1)
            edited = from_buffers(*spliced(current, spans, *_masks(op, current, spans)))
            touched = np.unique(spans.rows)
            after = edited.gather(touched)
            # what is left may be read otherwise beside a mask: the texts that changed are looked at again
            series = series.clone().scatter(places[touched], after)
            places, current = places[touched], Text(after)
        return _Masked(series.alias(text.series.name), {kind: pl.Series(kind, times) for kind, times in totals.items()})

    return masked


def _wanted(op: Pii, text: Text) -> Spans:
    """What is to be masked; made-up numbers of an earlier run stay."""
    spans = found(text, op.kinds, op.regions, old_ids=op.old_ids)
    if op.style != "pseudonym":
        return spans
    phones = np.flatnonzero(spans.kinds == PHONE)
    keep = np.ones(len(spans.rows), np.bool_)
    keep[phones] = [not is_made_up_phone(value) for value in _values(text, spans, phones)]
    return Spans(*(part[keep] for part in spans))


def _values(text: Text, spans: Spans, places: np.ndarray) -> list[str]:
    data = text.buffers.data
    return [data[spans.starts[k] : spans.ends[k]].tobytes().decode() for k in places]


def _masks(op: Pii, text: Text, spans: Spans) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which mask every span gets, the bytes of all masks and their offsets."""
    if op.style in ("tag", "dolma"):
        tags = TAGS if op.style == "tag" else DOLMA
        which, masks = spans.kinds, [tags[OF_CODE[code]] for code in range(len(OF_CODE))]
    else:
        values = _values(text, spans, np.arange(len(spans.rows)))
        kinds = [OF_CODE[int(code)] for code in spans.kinds]
        which = np.arange(len(values))
        masks = [
            partial(kind, value) if op.style == "partial" else made_up(kind, value, op.key)
            for kind, value in zip(kinds, values, strict=True)
        ]
    encoded = [mask.encode() for mask in masks]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    return which, np.frombuffer(b"".join(encoded), np.uint8), offsets
