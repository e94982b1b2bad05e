"""The page in the frame of a notebook: sealed, and still of use."""

from __future__ import annotations

from html import escape

from dprep.report.renderers.html_page.page import write_page
from tests.report.browser.harness import Open
from tests.report.whole import whole


def test_links_in_the_frame_lead_to_their_places_and_not_into_the_notebook(visit: Open) -> None:
    page = write_page(whole())
    frame = f'<iframe sandbox="allow-scripts" style="width:60rem;height:40rem" srcdoc="{escape(page, quote=True)}"></iframe>'
    visited = visit(f"<!doctype html><title>notebook</title>{frame}", offline=False).page
    inside = visited.frames[1]
    inside.wait_for_selector("main")

    link = inside.locator("a[href^='#']:visible").last
    place = inside.locator(f"[id='{(link.get_attribute('href') or '')[1:]}']")
    link.click()

    assert place.is_visible()
    inside.wait_for_function(
        "place => Math.abs(place.getBoundingClientRect().top) < 200", arg=place.element_handle(), timeout=5000
    )
    assert inside.url == "about:srcdoc"
    assert "notebook" in visited.title()
