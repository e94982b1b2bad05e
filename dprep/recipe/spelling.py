"""Values as TOML spells them, short enough for a sentence; and the kinds of values that recipe keys take."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def spell(value: Any, limit: int = 60) -> str:
    """`value` as TOML would spell it, cut after `limit` characters."""
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, list):
        text = "[" + ", ".join(spell(item, limit) for item in value[:limit]) + "]"
    elif isinstance(value, dict):
        inner = ", ".join(f"{name} = {spell(item, limit)}" for name, item in list(value.items())[:limit])
        text = "{ " + inner + " }" if inner else "{}"
    else:
        text = str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def safe_name(value: Any) -> bool:
    """True for a name that is safe as a file name on every system."""
    return isinstance(value, str) and len(value) <= 100 and bool(_NAME.fullmatch(value)) and ".." not in value


@dataclass(frozen=True)
class Kind:
    """What a key takes: `words` completes "must be …"."""

    words: str
    holds: Callable[[Any], bool]
    code: str = "wrong-type"


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _limit(value: Any) -> bool:
    return (_whole(value) and value >= 0) or (isinstance(value, float) and 0 <= value <= 1)


def _constants(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, (str, int, float, bool)) for item in value.values())


TEXT = Kind("a string", lambda v: isinstance(v, str))
FILLED = Kind("a string that is not empty", lambda v: isinstance(v, str) and bool(v.strip()))
NAME = Kind("letters, digits, `.`, `_` or `-` (at most 100, no `..`), a letter or digit first", safe_name, "bad-name")
SEED = Kind("a whole number from 0 to 2^63 - 1", lambda v: _whole(v) and 0 <= v < 2**63)
BYTES = Kind("a whole number of bytes, 1 or more", lambda v: _whole(v) and v >= 1)
LIMIT = Kind("a number of rows (such as `100`) or a share from 0 to 1 (such as `0.01`)", _limit)
TRUTH = Kind("`true` or `false`", lambda v: isinstance(v, bool))
TEXTS = Kind("a list of strings", _texts)
PATHS = Kind(
    "a path or a list of paths, none of them empty",
    lambda v: (isinstance(v, str) and bool(v.strip())) or (_texts(v) and bool(v) and all(p.strip() for p in v)),
)
CHARACTER = Kind("one character", lambda v: isinstance(v, str) and len(v) == 1)
QUOTE = Kind("one character, or an empty string for no quoting", lambda v: isinstance(v, str) and len(v) <= 1)
NAMES = Kind("a table of strings", lambda v: isinstance(v, dict) and all(isinstance(item, str) and item for item in v.values()))
CONSTANTS = Kind("a table of strings, numbers and booleans", _constants)
TABLE = Kind("a table", lambda v: isinstance(v, dict))
UNIT = Kind('`"line"` or `"file"`', lambda v: v in ("line", "file"), "wrong-value")
ON_ERROR = Kind('`"fail"` or `"drop"`', lambda v: v in ("fail", "drop"), "wrong-value")
