"""A page in a real browser, and a witness of all it says, fetches and fails at."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}


def absent(what: str) -> NoReturn:
    """Skip, or fail where a browser was promised."""
    told = f"{what} is not here: `make browser` says how to get it"
    if os.environ.get("DPREP_BROWSER") == "required":
        pytest.fail(told)
    pytest.skip(told)


@dataclass
class Visit:
    """A page, and what happened on it."""

    page: Any
    address: str
    said: list[str] = field(default_factory=list)
    """Console messages and uncaught errors."""
    asked: list[str] = field(default_factory=list)
    """Addresses fetched, the page itself left out."""
    dialogs: list[str] = field(default_factory=list)

    def witness(self) -> None:
        """Write down all that happens from now on."""
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        self.page.on("request", lambda request: self.asked.append(request.url) if self._foreign(request.url) else None)
        self.page.on("dialog", self._dismiss)

    def _foreign(self, url: str) -> bool:
        return url.partition("#")[0] != self.address

    def _dismiss(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def assert_quiet(self) -> None:
        """Nothing was said, fetched or asked."""
        assert (self.said, self.asked, self.dialogs) == ([], [], [])


Open = Callable[..., Visit]


def faults(visit: Visit, axe: str) -> list[str]:
    """What axe calls serious or critical: rule, where, why."""
    visit.page.evaluate(axe)
    found = visit.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"][:3]
    ]
