"""BLEU and chrF: counts of a row, and the score of summed counts. Equal to sacrebleu 2.6, which the tests compare with."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

import numpy as np

from dprep.train.scoring.intervals import Floats
from dprep.train.scoring.kind import ratio
from dprep.train.scoring.texts import is_chinese

ORDERS = 4
CHARACTERS = 6
BETA = 2.0
_SYMBOL = re.compile("([" + re.escape("".join(sorted(set(string.punctuation) - set("',-.")))) + "])")
# mteval-v13a: a dot or comma stays with the number that it is in, a dash is cut off a number before it
_RULES = (
    (_SYMBOL, r" \1 "),
    (re.compile(r"([^0-9])([.,])"), r"\1 \2 "),
    (re.compile(r"([.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)
# what sacrebleu's tokenizer for Chinese takes apart; it includes general punctuation and symbols, and no kana
_CHINESE = re.compile(
    "([\u2001-\u2a6d\u2e80-\u2eff\u2f00-\u2fdf\u2ff0-\u303f\u3100-\u312f\u31a0-\u31ef\u3200-\u33ff\u3400-\u4db5\u4e00-\u9fbb"
    "\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef])"
)
_KANA = re.compile("[\u3040-\u30ff]")
SAMPLE = 1000


def bleu_tokenizer(references: Sequence[str]) -> str:
    """By the script of the references: `zh`, `char` (Japanese) or `13a`."""
    text = " ".join(references[:SAMPLE])
    if not is_chinese(text):
        return "13a"
    return "char" if len(_KANA.findall(text)) > 0.1 * len(text) else "zh"


def tokens(text: str, tokenizer: str) -> list[str]:
    """The words that BLEU counts."""
    text = text.rstrip()
    if tokenizer == "char":
        return [each for each in text if not each.isspace()]
    if tokenizer == "zh":
        text = _CHINESE.sub(r" \1 ", text.strip())
    else:
        text = text.replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
        for name, mark in (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")):
            text = text.replace(name, mark)
        text = f" {text} "
    for pattern, spaced in _RULES:
        text = pattern.sub(spaced, text)
    return text.split()


def bleu_counts(said: str, target: str, tokenizer: str) -> list[int]:
    """Words said, words wanted; of each order the n-grams that agree; of each order the n-grams said."""
    one, other = tokens(said, tokenizer), tokens(target, tokenizer)
    agree = [sum((_grams(one, n) & _grams(other, n)).values()) for n in range(1, ORDERS + 1)]
    return [len(one), len(other), *agree, *(max(0, len(one) - n) for n in range(ORDERS))]


def bleu_score(sums: Floats) -> Floats:
    """0 to 100, from summed counts (samples, 10)."""
    said, wanted, agree, total = sums[:, 0], sums[:, 1], sums[:, 2:6], sums[:, 6:10]
    logs, smoothing = np.zeros(len(sums)), np.ones(len(sums))
    for order in range(ORDERS):
        none = agree[:, order] == 0
        smoothing = np.where(none, smoothing * 2, smoothing)
        part = ratio(np.where(none, 1 / smoothing, agree[:, order]), total[:, order], 1.0)
        logs += np.log(100 * part)
    brevity = np.minimum(0, 1 - ratio(wanted, said, np.inf))
    defined = (total > 0).all(1) & (agree > 0).any(1)
    result: Floats = np.where(defined, np.exp(brevity + logs / ORDERS), 0)
    return result


def chrf_counts(said: str, target: str) -> list[int]:
    """Of each order: n-grams said, wanted, and those that agree. Spaces do not count."""
    one, other = "".join(said.split()), "".join(target.split())
    found = []
    for n in range(1, CHARACTERS + 1):
        wanted = max(0, len(other) - n + 1)
        agree = sum((_letters(one, n) & _letters(other, n)).values())
        found += [max(0, len(one) - n + 1) if wanted else 0, wanted, agree]
    return found


def chrf_score(sums: Floats) -> Floats:
    """0 to 100, from summed counts (samples, 18). Orders that either side is too short for are left out of the means."""
    said, wanted, agree = sums[:, 0::3], sums[:, 1::3], sums[:, 2::3]
    counts = (said > 0) & (wanted > 0)
    orders = counts.sum(1).astype(np.float64)
    precision = ratio((ratio(agree, said) * counts).sum(1), orders)
    recall = ratio((ratio(agree, wanted) * counts).sum(1), orders)
    return 100 * ratio((1 + BETA**2) * precision * recall, BETA**2 * precision + recall)


def _grams(words: list[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[start:] for start in range(n)), strict=False))


def _letters(text: str, n: int) -> Counter[str]:
    return Counter(text[start : start + n] for start in range(len(text) - n + 1))
