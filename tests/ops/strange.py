"""Texts that break careless code: empty, blank, Chinese, emoji, combining, bidi, control, and mixtures of them."""

from __future__ import annotations

import polars as pl
from hypothesis import strategies as st

from dprep.base.operator import Clean
from dprep.base.text import Text

PIECES = [
    *(" ", "  ", "\t", "\n", "\r\n", "\r", "\u3000", "\xa0", "\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\u2003", "\u1680"),
    *("a", "word", "don't", "well-known", "3.14", "1,000", "1.a", "a.1", "Ａ", "é", "e\u0301", "ñ", "ß", "Œ", "x²", "½", "ﬁ"),
    *("你好", "，", "。", "世", "界", "カナ", "か\u3099", "ー", "한국어", "\u1112\u1161\u11ab", "\U00020bb7", "\U0002f800"),
    *(
        "👍",
        "👍🏽",
        "👩‍🚀",
        "👨‍👩‍👧",
        "🇨🇳",
        "🇨",
        "1️⃣",
        "1⃣",
        "❤️",
        "☺",
        "©",
        "™",
        "🏴\U000e0067\U000e0062\U000e007f",
        "🏽",
        "\ufe0f",
    ),
    *("\u200b", "\u200c", "\u200d", "\ufeff", "\u00ad", "\u2060", "\u202e", "\u2066", "\u200f", "\x00", "\x07", "\x7f", "\x9d"),
    *("می\u200cخواهم", "क्\u200dष", "שלום", "ไทย", "\U000e0041", "\ufffd", "\u0300", "\u05b0"),
    *("Ã©", "â€œ", "â€™", "Â ", "ä½\xa0", "å¥½", "Ð¿Ñ€", "ï»¿", "Ã", "œ"),
    *(
        "<b>",
        "</b>",
        "<p>",
        "&amp;",
        "&lt;",
        "&#20320;",
        "a < b",
        "<!-- c -->",
        "<br/>",
        "&amp;lt;",
        "<script>x</script>",
        "<td>",
    ),
    *("http://a.b/c?d=1", "me@example.org", "@someone", "12345"),
]

mixtures = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
texts = st.one_of(mixtures, st.text(max_size=40), st.text(max_size=5).map(lambda piece: piece * 500))
batches = st.lists(texts, max_size=8)


def edited(op: Clean, *texts: str) -> list[str]:
    """What `op` makes of `texts`, as one block."""
    series = op.edit(Text(pl.Series("text", texts, dtype=pl.String)))
    assert series.dtype == pl.String
    assert series.null_count() == 0
    return series.to_list()
