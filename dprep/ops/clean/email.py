"""Leave of a mail what its sender wrote in it.

Takes raw mails (RFC 822 to 5322, MIME) and mails pasted as text. `headers` removes the header and decodes the body: of the
alternatives of a multipart mail the plain one, or the HTML one where the plain one is missing or empty; quoted-printable,
base64 and charsets are decoded; attachments, attached mails among them, are dropped. `quotes` removes lines of quotations (`>`,
`> >`, `AB>`) with their attribution (`On … wrote:`), and all below `-----Original Message-----`, a forward or a pasted header
(where marked quotations follow, only these: answers between them stay). `signatures` removes what stands below `-- `, footers
of mailing lists and providers, `Sent from my …`, disclaimers, `Regards,` with the few lines below it, the sender's own name,
what follows a rule under that name (1,280 bytes at most: a pasted article stays; under initials 4,096), and PGP signatures.
A farewell ends nothing where a question, a sentence or a postscript follows: `Thanks`, `How do I install it?`. A motto that
is a sentence keeps the signature above it. A mail that is nothing but a forward or a signature becomes empty.

A text is a mail when it starts with a header (a sender's field, another field of mails, and an empty line or a third field), or
holds marks that mail programs leave: a separator of an original message, a pasted header of three fields, an attribution with a
time, an address or a weekday, `-- ` near its end, `Sent from my …`. Other texts are not touched: quotations in
Markdown stay. `assume_mail = true` takes every text for a mail: right for a column of bodies whose headers stand elsewhere.

Bodies in HTML stay HTML, but for quotations in `<blockquote type="cite">` and its like: put `clean.html` after. Lines with `>`
after `---` or `3c4` are the output of `diff` and stay. An answer below an original message that no `>` marks is lost with it.
Do not use it on memos and news articles that start with `From:` and `Date:` when these lines are wanted.

**Chinese.** Knows 发件人：, 主题：, 在 … 写道：, 原始邮件, 发自我的 iPhone, 此致, 祝好, 本邮件及其附件 and the like, most of
them in both scripts. A name signed in han goes where the header holds it as a word. GB 2312 and GBK are read as GB 18030. A
charset that is unknown or wrong is replaced by UTF-8, and where that fails by GB 18030 or Windows-1252.

Source: RFC 5322 (header), RFC 2045 to 2047 (MIME), RFC 3676 section 4.3 (the signature's `-- `); labels of charsets as in the
WHATWG Encoding Standard (Latin-1 is read as Windows-1252). Word lists and line limits are our own, made by reading mails.
The parser is Python's `email`.

```toml
op = "clean.email"
```
```diff
- {"text": "From: Ann <ann@example.org>\\nTo: Bob <bob@example.org>\\n\\n> tea?\\nYes.\\n\\nCheers,\\nAnn\\n-- \\nAnn, Berlin"}
+ {"text": "Yes."}
- {"text": "Tea it is.\\n\\nOn Mon, 5 Jan 2015 at 3:45 PM, Bob <bob@example.org> wrote:\\n> tea or what?"}
+ {"text": "Tea it is."}
- {"text": "好的。\\n\\n发自我的 iPhone\\n\\n在 2020年3月4日，下午3:45，张三 写道：\\n\\n> 明天几点？"}
+ {"text": "好的。"}
  {"text": "As she wrote:\\n\\n> a rose is a rose\\n\\n-- and so on"}
  {"text": "plain text"}
```

```toml
op = "clean.email"
keep = ["subject"]
quotes = false
```
```diff
- {"text": "From: a@b.c\\nSubject: =?utf-8?B?5L2g5aW9?=\\nContent-Transfer-Encoding: base64\\n\\nPiB0ZWE/CuaYrw==\\n"}
+ {"text": "Subject: 你好\\n\\n> tea?\\n是"}
  {"text": "Subject: nothing else makes no mail"}
```

```toml
op = "clean.email"
assume_mail = true
```
```diff
- {"text": "> tea?\\n\\nYes.\\n\\n--Bob"}
+ {"text": "Yes."}
  {"text": "Tea, please."}
```
"""

from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Strict

from dprep.base.operator import Clean
from dprep.base.text import Text, buffers, from_buffers
from dprep.kernels.mail import HEADED, MIME, NO_MAIL, own_words, screened
from dprep.kernels.mime import Letter, opened, without_citations

_ROUNDS = 32
"""Mails in mails that are opened."""

_HEAD, _SENDER = 8000, r"(?im)^\*?(?:from|发件人|發件人|寄件者)\*? ?[:：]([^\n]*)"

Kept = Literal["subject", "from", "to", "cc", "date"]


class Email(Clean):
    headers: bool = True
    """Remove headers and decode bodies. `false` leaves MIME structure as it is."""

    keep: Annotated[tuple[Kept, ...], Strict(False)] = ()
    """Fields of the header that stay, decoded, above the body."""

    quotes: bool = True
    """Remove quoted replies, original messages and forwards."""

    signatures: bool = True
    """Remove signatures, farewells, footers and disclaimers."""

    assume_mail: bool = False
    """Take every text for a mail, or for the body of one."""

    def edit(self, text: Text) -> pl.Series:
        series, rows, last = text.series, np.arange(len(text)), text.series
        for _ in range(_ROUNDS):
            kinds = screened(*buffers(last), assumed=self.assume_mail)
            mails = np.flatnonzero(kinds != NO_MAIL)
            rows, last = rows[mails], last.gather(mails)
            if not len(rows):
                break
            after = self._opened(last, kinds[mails])
            changed = np.flatnonzero((after != last).to_numpy())
            rows, last = rows[changed], after.gather(changed)
            series = series.clone().scatter(rows, last)
        return series

    def _opened(self, mails: pl.Series, kinds: npt.NDArray[np.uint8]) -> pl.Series:
        """The mails after one round; what a mail holds may be a mail again."""
        if not self.headers:
            return self._own_words(mails, [""] * len(mails))
        letters = self._letters(mails, kinds)
        bodies = pl.Series([letter.body for letter in letters], dtype=pl.String)
        own = self._own_words(bodies, [letter.sender for letter in letters])
        heads = ["\n".join(f"{name}: {value}" for name, value in letter.fields) for letter in letters]
        return pl.Series(["\n\n".join(filter(None, pair)) for pair in zip(heads, own, strict=True)], dtype=pl.String)

    def _letters(self, mails: pl.Series, kinds: npt.NDArray[np.uint8]) -> list[Letter]:
        """Raw mails decoded; a plain body that nothing is kept above is left to the kernel, header and all."""
        senders = mails.str.slice(0, _HEAD).str.extract(_SENDER).str.to_lowercase().str.replace_all("@", " ").fill_null("")
        letters = []
        for mail, kind, sender in zip(mails, kinds, senders, strict=True):
            if kind == MIME or (kind == HEADED and self.keep):
                letter = opened(mail, self.keep)
                letters.append(letter._replace(body=without_citations(letter.body)) if self.quotes else letter)
            else:
                letters.append(Letter(mail, sender if kind == HEADED else "", ()))
        return letters

    def _own_words(self, texts: pl.Series, senders: list[str]) -> pl.Series:
        offsets, data = buffers(texts)
        name_offsets, names = buffers(pl.Series(senders, dtype=pl.String))
        wanted = (self.headers, self.quotes, self.signatures)
        return from_buffers(*own_words(offsets, data, name_offsets, names, *wanted), texts.name)
