"""The funnel: what every step did to the rows, as the card, the report and the terminal show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Stage:
    """One line of the funnel: `rows_in + added == out + dropped`, and the reasons sum to `dropped`."""

    name: str
    op: str
    rows_in: int
    changed: int
    dropped: int
    added: int
    out: int
    reasons: dict[str, int] = field(default_factory=dict)
    """Most frequent first."""
    counts: dict[str, int] = field(default_factory=dict)
    """How often each kind of thing was done inside texts, such as masks by kind."""
    seconds: float | None = None


def stages(ledger: Mapping[str, Any]) -> list[Stage]:
    """The funnel of a ledger.json, in the order of the steps."""
    seconds = ledger.get("clock", {}).get("seconds", {})
    return [
        Stage(
            step["name"],
            step["op"],
            step["in"],
            step["changed"],
            step["dropped"],
            step["added"],
            step["out"],
            dict(sorted(step["reasons"].items(), key=lambda item: (-item[1], item[0]))),
            dict(sorted(step.get("counts", {}).items(), key=lambda item: (-item[1], item[0]))),
            seconds.get(step["name"]),
        )
        for step in ledger["steps"]
    ]
