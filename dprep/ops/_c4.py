"""The parameters of C4's line rules, which `clean.c4_lines` applies and `filter.c4` foresees: equal settings, equal lines."""

from collections.abc import Mapping
from typing import Any

from dprep.base.operator import Operator
from dprep.kernels.line_rules import NO_LIMIT, LineRules

POLICY = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")

LINES: Mapping[str, Mapping[str, Any]] = {
    "datatrove": {},
    "fineweb": {"ends": (), "refused_ends": ()},
    "dolma": {
        "ends": (".", "?", "!", '"'),
        "refused_ends": (),
        "longest_word": None,
        "citations": False,
        "javascript": False,
        "phrases": (),
    },
    "dclm": {"ends": (".", "?", "!", '"'), "refused_ends": ("...",), "fewest_words": 5},
    "zh": {
        "ends": ("。", "！", "？", "……", "”", "："),
        "refused_ends": (),
        "longest_word": None,
        "fewest_words": 0,
        "fewest_characters": 5,
        "most_characters": 500,
        "citations": False,
        "javascript": False,
        "phrases": ("□", "■", "\ufffd"),
    },
}
"""What each source asks of lines, where it is not what datatrove asks."""


def line_rules(op: Operator) -> LineRules:
    """The rules as the kernel takes them, from an operator whose parameters bear the same names."""
    asked = [getattr(op, name) for name in LineRules._fields]
    return LineRules._make(NO_LIMIT if value is None else value for value in asked)
