"""The page of a version that a recipe made, with every chapter that has something to tell."""

from __future__ import annotations

from typing import Any

import pytest

from dprep.report.making import Facts, gather, report
from dprep.report.renderers.html_page.page import write_page
from tests.report.browser.harness import Open, faults
from tests.report.ran import ran

HOSTILE = "</script><script>window.hacked=1</script><img src=x onerror='window.hacked=1'>\u202e\x00"
STEPS = """
[[step]]
op = "clean.whitespace"
[[step]]
op = "tag.language"
[[step]]
op = "filter.length"
min_words = 3
min_characters = 0
[[step]]
op = "dedup.exact"
[[step]]
op = "split.stratified"
ratios = { train = 3, test = 1 }
stratum = ["label"]
"""


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    texts = [
        "where is my new  card {}",
        "我的新卡片 {} 号在 哪里 呢",
        "please send {} letters to me",
        "short {}",
        f"one two three {{}} {HOSTILE}",
    ]
    rows = [
        {"text": texts[n % 5].format(n // 7), "label": ("card", "mail", "<b>other</b>")[n % 3], "source": HOSTILE}
        for n in range(140)
    ]
    return gather(ran(tmp_path_factory.mktemp("real"), rows, STEPS))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_chapter_of_a_version_shows_and_stays_inert(visit: Open, facts: Facts, language: Any) -> None:
    made = report(facts, language)

    page = visit(write_page(made)).page

    assert [section.id for section in made.sections] == ["funnel", "steps", "duplicates", "parts", "portrait", "lineage"]
    assert page.locator("main > section > h2").all_text_contents() == [section.title for section in made.sections]
    assert page.evaluate("() => window.hacked === undefined")
    assert page.evaluate("() => [...document.links].every(link => document.getElementById(link.hash.slice(1)))")
    assert page.locator("img, main script").count() == 0


@pytest.mark.parametrize("options", [{"color_scheme": "dark"}, {"phone": True}], ids=["dark", "phone"])
def test_axe_finds_nothing_serious_on_a_version(visit: Open, facts: Facts, axe: str, options: dict[str, Any]) -> None:
    found = visit(write_page(report(facts)), bypass_csp=True, **options)
    found.page.evaluate("() => document.querySelectorAll('main details').forEach(each => { each.open = true })")

    assert faults(found, axe) == []
    assert found.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
