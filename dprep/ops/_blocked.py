"""Lists of words that texts should not hold, as automata: which must stand alone, and which count wherever they stand."""

import re
from functools import cache

from dprep.base.text import Text
from dprep.kernels.automaton import Automaton, automaton
from dprep.models.stopwords import read_words

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
"""Characters of scripts that put no blanks between words: Thai, Lao, Burmese, Khmer, kana, han."""


def lowered(text: Text) -> Text:
    """The texts in lower case (which may have more characters: İ has one, its lower case two)."""
    return Text(text.series.str.to_lowercase())


@cache
def listed(file: str | None, words: tuple[str, ...], allowed: tuple[str, ...], edges: str) -> list[Automaton]:
    """The terms that must stand alone and those that need not, each as an automaton. `edges`: as in `filter.blocked_words`."""
    wanted = {word.strip().lower() for word in words} | set(read_words(file) if file else ())
    terms = sorted(wanted - {word.lower() for word in allowed} - {""})
    anywhere = [term for term in terms if edges == "never" or (edges == "auto" and _UNSPACED.search(term))]
    alone = sorted(set(terms) - set(anywhere))
    return [automaton(part, edges=apart) for part, apart in ((alone, True), (anywhere, False)) if part]
