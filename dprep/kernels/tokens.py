"""Word tokens over Arrow buffers as datatrove 0.10.1 sees them: spaCy's for English, jieba's for Chinese, without blanks.

Filters ask through `text.once(english)` and `text.once(chinese)`, so that consecutive steps share one pass.
"""

from __future__ import annotations

from dprep.base.text import Text
from dprep.kernels import english as spacy
from dprep.kernels import jieba
from dprep.kernels.jieba_dictionary import dictionary
from dprep.kernels.spans import Spans


class Tokens(Spans):
    """Tokens of each row."""


def english(text: Text) -> Tokens:
    """English words and punctuation; ask through `text.once(english)`."""
    return Tokens(*spacy.tokenized(text.buffers, spacy.rules()))


def chinese(text: Text) -> Tokens:
    """Chinese words and punctuation; ask through `text.once(chinese)`. Needs jieba (extra `zh`): problem `missing-library`."""
    return Tokens(*jieba.tokenized(text.buffers, dictionary()))
