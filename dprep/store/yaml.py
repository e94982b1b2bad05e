"""The few shapes of YAML that cards and configurations need, every text quoted so that none passes for a number."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

# what YAML 1.2 does not count as printable (section 5.1), and its line breaks
_UNPRINTABLE = re.compile("[\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def front_matter(values: Mapping[str, Any]) -> str:
    """The block between `---` lines."""
    return "\n".join(["---", *yaml_lines(values), "---"]) + "\n"


def _lines(value: object) -> list[str]:
    if isinstance(value, Mapping) and value:
        return yaml_lines(value)
    if isinstance(value, list) and value:
        return [line for item in value for line in _item(item)]
    return [_scalar(value)]


def yaml_lines(values: Mapping[str, Any]) -> list[str]:
    """A mapping in block style."""
    lines = []
    for key, value in values.items():
        inner = _lines(value)
        if isinstance(value, (Mapping, list)) and value:
            lines += [f"{key}:", *(f"  {line}" for line in inner)]
        else:
            lines.append(f"{key}: {inner[0]}")
    return lines


def _item(value: object) -> list[str]:
    first, *rest = _lines(value)
    return [f"- {first}", *(f"  {line}" for line in rest)]


def _scalar(value: object) -> str:
    """JSON is YAML, but for the characters that YAML wants escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
