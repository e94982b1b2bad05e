"""A real browser that looks at pages from disk.

Tests skip where there is no chromium, no playwright or no axe; where DPREP_BROWSER=required they fail instead.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.browser.harness import DESK, FLAGS, PHONE, Open, Visit, absent


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One chromium for the whole session."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        absent("playwright")
    found = os.environ.get("DPREP_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        absent("chromium")
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """`visit(html, phone=…, **options of a context)` opens a page from disk; at the end of the test all was quiet."""
    visits: list[Visit] = []

    def opened(html: str, *, phone: bool = False, **options: Any) -> Visit:
        file = tmp_path / f"page{len(visits)}.html"
        file.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport=PHONE if phone else DESK, **{"offline": True, **options})
        made = Visit(context.new_page(), file.as_uri())
        made.witness()
        made.page.goto(made.address)
        visits.append(made)
        return made

    yield opened
    for each in visits:
        each.page.context.close()
        each.assert_quiet()


@pytest.fixture(scope="session")
def axe(root: Path) -> str:
    """The source of axe-core, as npm brought it."""
    found = root / ".venv" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
    if not found.is_file():
        absent("axe-core")
    return found.read_text(encoding="utf-8")
