"""Words of Japanese text without a dictionary: a run of kanji or of katakana is a word, hiragana carries the grammar.

Character by character the most frequent "words" of a Japanese manual are pieces of words and endings of verbs.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dprep.base.text import Text
from dprep.kernels.spans import Spans

_KANA = r"[\p{Hiragana}\p{Katakana}]"
_HIRAGANA, _KATAKANA, _KANJI = 1, 2, 3
_RUNS = (
    (0x3041, 0x309F, _HIRAGANA),
    (0x30A1, 0x30FA, _KATAKANA),
    (0x30FC, 0x30FE, _KATAKANA),
    (0x3005, 0x3007, _KANJI),
    (0x3400, 0x4DBF, _KANJI),
    (0x4E00, 0x9FFF, _KANJI),
)


def by_script(text: Text, words: Spans) -> Spans:
    """Of rows that hold kana: neighbouring characters of one script as one word, and no hiragana; other rows as they are."""
    japanese = text.series.str.contains(_KANA).to_numpy()
    if not japanese.any():
        return words
    row = np.repeat(np.arange(len(text)), np.diff(words.rows))
    kind = _kinds(text, words)
    kind[~japanese[row]] = 0
    follows = np.zeros(len(row), np.bool_)
    follows[1:] = (words.starts[1:] == words.ends[:-1]) & (kind[1:] == kind[:-1]) & (kind[1:] > 0) & (row[1:] == row[:-1])
    first = np.flatnonzero(~follows)
    last = np.append(first[1:], len(row)) - 1
    content = kind[first] != _HIRAGANA
    first, last = first[content], last[content]
    counts = np.bincount(row[first], minlength=len(text))
    return Spans(np.concatenate([[0], np.cumsum(counts)]), words.starts[first], words.ends[last])


def _kinds(text: Text, words: Spans) -> npt.NDArray[np.int8]:
    """(words,) the script of each word that is one character of three bytes, 0 for others."""
    data = text.buffers.data
    kind = np.zeros(len(words.starts), np.int8)
    single = np.flatnonzero(words.ends - words.starts == 3)
    at = words.starts[single]
    lead = data[at].astype(np.int32)
    point = (lead & 0x0F) << 12 | (data[at + 1].astype(np.int32) & 0x3F) << 6 | data[at + 2].astype(np.int32) & 0x3F
    for low, high, script in _RUNS:
        kind[single[(lead >= 0xE0) & (point >= low) & (point <= high)]] = script
    return kind
