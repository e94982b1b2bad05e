"""The page as a person uses it: by eye, by keyboard, on a phone, in the dark, with and without a script."""

from __future__ import annotations

from typing import Any

import pytest

from dprep.report.renderers.html_page.page import write_page
from tests.report.browser.harness import Open, faults
from tests.report.whole import whole

OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
PAPER = "() => getComputedStyle(document.body).backgroundColor"
WHITE = "rgb(255, 255, 255)"


@pytest.fixture(scope="module")
def english() -> str:
    return write_page(whole())


def focused(page: Any) -> str:
    return page.evaluate("() => document.activeElement.textContent.trim()")


@pytest.mark.parametrize(("language", "lang"), [("en", "en"), ("zh", "zh-Hans")])
def test_every_section_renders(visit: Open, language: Any, lang: str) -> None:
    report = whole(language)

    page = visit(write_page(report)).page

    assert page.locator("html").get_attribute("lang") == lang
    assert page.title() == report.title
    assert page.locator("main > section > h2").all_text_contents() == [section.title for section in report.sections]
    for section in report.sections:
        box = page.locator(f"section#{section.id}").bounding_box()
        assert box is not None
        assert box["height"] > 100
    assert page.locator("svg").count() >= 7
    assert all(box.is_visible() for box in page.locator("main figure svg").all())


def test_a_filter_shows_only_the_lines_that_hold_the_words(visit: Open, english: str) -> None:
    page = visit(english).page
    filtered = page.locator("#funnel .filtered")

    filtered.get_by_role("searchbox").fill("27.5 LABEL")

    shown = [line.locator("th").text_content() for line in filtered.locator("tbody tr").all() if line.is_visible()]
    assert shown == ["label 11"]
    assert filtered.locator("output").text_content() == "1 of 30 shown"


def test_the_boxes_of_a_deck_go_together(visit: Open, english: str) -> None:
    page = visit(english).page
    deck = page.locator("#samples .filtered")
    count = deck.locator("output")

    deck.get_by_label("lang").select_option("en")
    assert count.text_content() == "4 of 8 shown"
    deck.get_by_label("part").select_option("test")
    assert count.text_content() == "2 of 8 shown"
    deck.get_by_role("searchbox").fill("stolen")

    assert [card.locator(".title").text_content() for card in deck.locator("li").all() if card.is_visible()] == ["row 3"]
    assert count.text_content() == "1 of 8 shown"


def test_a_filter_knows_chinese(visit: Open) -> None:
    page = visit(write_page(whole("zh"))).page
    deck = page.locator("#samples .filtered")

    deck.get_by_role("searchbox").fill("丢了")

    assert deck.locator("output").text_content() == "显示 2 / 8"


def test_a_link_opens_the_fold_it_leads_into(visit: Open, english: str) -> None:
    page = visit(english).page
    assert not page.get_by_text("Folded words.").is_visible()

    page.goto(page.url + "#steps-inside")

    assert page.get_by_text("Folded words.").is_visible()
    assert page.locator("#steps-inside").is_visible()


def test_every_link_leads_to_a_place(visit: Open, english: str) -> None:
    page = visit(english, reduced_motion="reduce").page

    broken = page.evaluate("() => [...document.links].filter(a => !document.getElementById(a.hash.slice(1))).map(a => a.href)")

    assert broken == []
    page.locator(".notices a", has_text="Steps").click()
    assert page.url.endswith("#steps")
    assert abs(page.locator("section#steps").bounding_box()["y"]) < 200


def test_the_contents_lead_to_sections(visit: Open, english: str) -> None:
    page = visit(english, reduced_motion="reduce").page

    page.locator(".contents a", has_text="Samples").click()

    page.wait_for_function("() => document.querySelector('.contents [aria-current]')?.textContent === 'Samples'")


def test_the_theme_button_goes_round(visit: Open, english: str) -> None:
    page = visit(english, color_scheme="light").page
    button = page.locator("button.theme")
    assert page.evaluate(PAPER) == WHITE
    assert button.text_content() == "Theme: Auto"

    button.click()
    button.click()
    assert button.text_content() == "Theme: Dark"
    assert page.evaluate(PAPER) != WHITE

    button.click()
    assert page.evaluate(PAPER) == WHITE


def test_the_page_is_dark_where_the_system_is(visit: Open, english: str) -> None:
    page = visit(english, color_scheme="dark").page
    assert page.evaluate(PAPER) != WHITE

    page.locator("button.theme").click()

    assert page.locator("button.theme").text_content() == "Theme: Light"
    assert page.evaluate(PAPER) == WHITE


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_phone_does_not_scroll_sideways(visit: Open, language: Any) -> None:
    page = visit(write_page(whole(language)), phone=True).page

    assert page.evaluate(OVERFLOW) == 0
    page.evaluate("() => document.querySelectorAll('main details').forEach(each => { each.open = true })")
    assert page.evaluate(OVERFLOW) == 0


def test_the_menu_of_a_phone_opens_and_closes_behind_its_user(visit: Open, english: str) -> None:
    page = visit(english, phone=True).page
    assert not page.locator(".menu a").first.is_visible()

    page.locator(".menu summary").click()
    page.locator(".menu a", has_text="Steps").click()

    assert page.url.endswith("#steps")
    assert not page.locator(".menu a").first.is_visible()


def test_the_first_key_offers_to_skip_the_contents(visit: Open, english: str) -> None:
    page = visit(english).page

    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "page-main"

    page.keyboard.press("Tab")
    assert focused(page).startswith("Steps")


def test_the_keyboard_reaches_every_control(visit: Open, english: str) -> None:
    page = visit(english).page
    wanted = page.evaluate(
        """() => {
          const found = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
            .filter(each => each.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true}));
          found.forEach((each, place) => { each.dataset.place = place });
          return found.length;
        }"""
    )

    reached = set()
    for _ in range(wanted + 3):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("() => document.activeElement.dataset.place ?? ''"))

    assert {str(place) for place in range(wanted)} <= reached


def test_a_bound_moves_by_arrow_keys(visit: Open, english: str) -> None:
    page = visit(english).page
    slider = page.locator("#steps input[type=range]").first
    before = slider.get_attribute("aria-valuetext")

    slider.focus()
    page.keyboard.press("ArrowRight")

    after = slider.get_attribute("aria-valuetext")
    assert before
    assert after
    assert before != after


def test_without_a_script_all_content_stands(visit: Open, english: str) -> None:
    report = whole()

    page = visit(english, java_script_enabled=False).page

    assert page.locator("main > section > h2").all_text_contents() == [section.title for section in report.sections]
    assert page.locator("#funnel .filtered tbody tr").first.is_visible()
    assert not page.locator("button.theme").is_visible()
    assert not page.locator(".filter").first.is_visible()


def test_frames_that_do_not_scroll_are_no_stops(visit: Open, english: str) -> None:
    page = visit(english).page

    label = "[aria-label='Steps']"
    page.wait_for_function(f'() => !document.querySelector("#samples {label}").hasAttribute("tabindex")')
    assert page.locator("#funnel [aria-label='Labels'].wide").get_attribute("tabindex") == "0"


@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"color_scheme": "light", "phone": True}, {"language": "zh"}],
    ids=["light", "dark", "phone", "chinese"],
)
def test_axe_finds_nothing_serious(visit: Open, axe: str, options: dict[str, Any]) -> None:
    language = options.get("language", "en")
    found = visit(write_page(whole(language)), bypass_csp=True, **{k: v for k, v in options.items() if k != "language"})
    found.page.evaluate("() => document.querySelectorAll('main details').forEach(each => { each.open = true })")

    assert faults(found, axe) == []
