"""Charts in a real browser: handles count rightly by key and by drag, words never meet, nothing sticks out."""

from __future__ import annotations

import random
import re
from typing import Any

import numpy as np
import pytest

from dprep.report.blocks import Bars, Bin, Block, Distributions, Flow, Heat, Histogram, Limit, Lines, Scatter, Stream
from dprep.report.renderers.charts import CSS, SCRIPT, draw
from dprep.report.say import Say
from dprep.store.ledger import bin_edges, bins
from tests.report.browser.harness import Open

CHANCE = random.Random(11)
VALUES = [float(round(CHANCE.lognormvariate(3, 1))) for _ in range(5_000)]
LONG = "a_name_that_is_much_longer_than_any_label_has_room_for"
COLOURS = (
    ":root{--paper:#fff;--ink:#1a222c;--soft:#55616e;--line:#dfe4e9;--mark:#2364aa;--gone:#b3261e;--new:#17734a;--s1:#2364aa;"
    "--s2:#c8550f;--s3:#0c8063;--s4:#a14a8c;--s5:#94700a;--s6:#178bb3;--s7:#6a5acd;--s8:#66717c}"
    ":lang(zh){line-height:1.7}body{margin:16px;font:16px sans-serif}"
)


def histogram(values: list[float], *limits: Limit, title: str = "words") -> Histogram:
    found = sorted(bins(np.array(values)).items())
    return Histogram(title, tuple(Bin(*bin_edges(place), count) for place, count in found), limits, slider=True)


def page(*blocks: Any, language: Any = "en") -> str:
    figures = "".join(draw(block, Say(language)) for block in blocks)
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>t</title><style>{COLOURS}{CSS}</style><body><main>{figures}</main><script>{SCRIPT}</script></body></html>"
    )


def told(output: str) -> tuple[str, float, tuple[int, int], int]:
    """What a handle says: how, value, fewest and most rows, of how many."""
    found = re.fullmatch(
        r"(?:min_words|max_words) (=|just under|just over) ([\d.,]+) alone would drop (?:between ([\d,]+) and )?([\d,]+) "
        r"of ([\d,]+) rows \(.*\); other bounds and later steps are not counted",
        output,
    )
    assert found, output
    how, value, least, most, total = found.groups()
    whole = [int(number.replace(",", "")) for number in (least or most, most, total)]
    return how, float(value.replace(",", "")), (whole[0], whole[1]), whole[2]


def right(side: str, how: str, value: float) -> int:
    """Counted one by one."""
    if side == "min":
        return sum(1 for number in VALUES if number < value)
    return sum(1 for number in VALUES if number > value or (how == "just under" and number == value))


@pytest.mark.parametrize("side", ["min", "max"])
def test_a_handle_moved_by_keys_counts_rightly(visit: Open, side: Any) -> None:
    seen = visit(page(histogram(VALUES, Limit(side, 41 if side == "min" else 60)))).page
    handle, output = seen.get_by_role("slider"), seen.locator("output")
    handle.focus()

    counted = set()
    for key in ["ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowLeft", "PageUp", "Home", "End"]:
        how, value, (least, most), total = told(output.text_content())
        assert least <= right(side, how, value) <= most
        assert total == len(VALUES)
        assert output.text_content() == handle.get_attribute("aria-valuetext")
        counted.add((least, most))
        seen.keyboard.press(key)
    assert len(counted) > 4
    assert sum(1 for least, most in counted if least != most) <= 1  # only where the recipe's bound stands within a bin
    seen.keyboard.press("Home")
    assert told(output.text_content())[2] == ((0, 0) if side == "min" else (5_000, 5_000))


def test_a_handle_that_is_dragged_counts_rightly_and_colours_its_bars(visit: Open) -> None:
    block = histogram(VALUES, Limit("min", 2), Limit("max", 500))
    seen = visit(page(block)).page
    box = seen.get_by_role("slider").nth(0).bounding_box()
    seen.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    for place in (0.3, 0.55):
        seen.mouse.down()
        seen.mouse.move(box["x"] + box["width"] * place, box["y"] + box["height"] / 2, steps=4)
        seen.mouse.up()

        how, value, (least, most), _ = told(seen.locator("output").nth(0).text_content())
        assert how == "="
        assert value > 2
        assert least == most == right("min", how, value)
        gone = seen.locator("path.gone").get_attribute("d").count("M")
        below = sum(1 for bin in block.bins if bin.high <= value and bin.count)
        above = sum(1 for bin in block.bins if bin.low > 500)
        assert gone == below + above


def test_a_handle_starts_at_the_bound_of_the_recipe(visit: Open) -> None:
    seen = visit(page(histogram(VALUES, Limit("min", 10), Limit("max", 77.5)))).page

    first, second = (told(seen.locator("output").nth(place).text_content()) for place in (0, 1))
    assert first[:3] == ("=", 10, (right("min", "=", 10),) * 2)
    assert second[:2] == ("=", 77.5)
    assert second[2][0] < right("max", "=", 77.5) < second[2][1]


def test_a_count_that_is_known_within_a_bin_is_told_by_the_handle_and_below_it(visit: Open) -> None:
    below = right("min", "=", 41)
    assert told(visit(page(histogram(VALUES, Limit("min", 41)))).page.locator("output").text_content())[2][1] > below

    seen = visit(page(histogram(VALUES, Limit("min", 41, below)))).page
    assert told(seen.locator("output").text_content())[2] == (below, below)
    assert f"min 41: {below:,} of 5,000 rows" in seen.locator(".note").first.text_content()
    seen.get_by_role("slider").focus()
    seen.keyboard.press("ArrowRight")
    seen.keyboard.press("ArrowLeft")
    assert told(seen.locator("output").text_content())[2] == (below, below)


def test_moved_bars_are_drawn_as_they_were_before(visit: Open) -> None:
    seen = visit(page(histogram(VALUES, Limit("min", 10)))).page
    before = seen.locator("path.kept").get_attribute("d")
    still = draw(histogram(VALUES, Limit("min", 10)), Say())
    seen.get_by_role("slider").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"):
        seen.keyboard.press(key)

    assert seen.locator("path.kept").get_attribute("d") == before

    def bars(path: str) -> list[float]:
        return [float(number) for number in re.findall(r"-?[\d.]+", path)]

    assert bars(re.findall('<path class="kept" d="([^"]*)"', still)[0]) == pytest.approx(bars(before))


def test_handles_speak_chinese(visit: Open) -> None:
    seen = visit(page(histogram(VALUES, Limit("min", 10)), language="zh")).page

    assert seen.locator("output").text_content().startswith("仅凭 min_words = 10，5,000 ")
    assert seen.get_by_label("调整 min_words").count() == 1


def test_without_script_the_words_stand_and_no_dead_handle(visit: Open) -> None:
    seen = visit(page(histogram(VALUES, Limit("min", 10))), java_script_enabled=False).page

    assert not seen.locator("input").is_visible()
    assert seen.get_by_text(f"min 10: {right('min', '=', 10):,} of 5,000 rows").is_visible()


def every() -> list[Block]:
    curves = tuple(
        (name, tuple((float(x), x * 1e4 + place) for x in range(30))) for place, name in enumerate(("a", "b", LONG, "c"))
    )
    streams = [Stream("read", 900_000, 0, (), 900_000)]
    for place in range(30):
        into = streams[-1].out
        left = ((LONG, into // 5), ("b", into // 50)) if place % 3 else ()
        streams.append(Stream(f"{LONG}_{place}", into, 0, left, into - sum(count for _, count in left)))
    classes = tuple(f"{LONG}_{place}" for place in range(30))
    edges = tuple(float(x) for x in range(0, 1_000_001, 50_000))
    small, large = (tuple(tuple(float(x * y % 7 * 99_999) for x in range(n)) for y in range(n)) for n in (5, 30))
    return [
        Bars("Bars", (LONG, "中文的名称也可以很长很长很长很长", "c"), ((LONG, (1e6, 20.0, -3.0)), ("b", (5e5, 2.0, 0.0)))),
        histogram([-5000.123, -3, 0, 0.001, 5, *VALUES, 1_234_567.0], Limit("min", -4000.5), Limit("max", 999.5), title=LONG),
        histogram(VALUES, Limit("min", 10), Limit("max", 14.5)),
        Distributions(LONG, edges, tuple((name, tuple(range(20))) for name in classes[:3])),
        Distributions("Many", tuple(float(x) for x in range(21)), tuple((name, tuple(range(20))) for name in classes)),
        Lines("Curves", LONG, "y", curves),
        Lines("Log", "x", "y", curves[:1], log=True, diagonal=True),
        Flow("Flow", tuple(streams), parts=(("train", streams[-1].out), (LONG, 0))),
        Heat("Small", classes[:5], classes[:5], small, LONG, "p"),
        Heat("Large", classes, classes, large, by_line=True),
        Scatter("Points", "x", "y", tuple((x / 50, x / 25, x + 1, 0.5) for x in range(25)),
                (0, 0.5), (0, 1), (0.02, 0.04), LONG),
    ]  # fmt: skip


MEETING = """() => [...document.querySelectorAll('figure')].flatMap(figure => {
  const words = [...figure.querySelectorAll('text.tick, text.end, text.value, .step, .leaves, .joins, .bound text')]
    .filter(word => word.checkVisibility() && word.textContent.trim());
  const boxes = words.map(word => [word.textContent, word.getBoundingClientRect()]);
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
  const found = [];
  boxes.forEach(([one, a], place) => boxes.slice(place + 1).forEach(([other, b]) => {
    if (meet(a, b)) found.push([one, other]);
  }));
  return found;
})"""
OUTSIDE = """() => [...document.querySelectorAll('svg text, .step, .doors div')]
  .filter(word => word.checkVisibility() && !word.closest('.wide') && word.textContent.trim())
  .map(word => [word.textContent, word.getBoundingClientRect()])
  .filter(([, box]) => box.left < 0 || box.right > document.documentElement.clientWidth + 0.5).map(([text]) => text)"""


CLIPPED = """() => [...document.querySelectorAll('.streams li')].filter(line => [...line.querySelectorAll('.step, .doors div')]
  .some(word => word.textContent.trim() && (word.getBoundingClientRect().bottom > line.getBoundingClientRect().bottom + 0.5
    || word.getBoundingClientRect().height < 17))).map(line => line.textContent)"""


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_words_of_charts_neither_meet_nor_stick_out(visit: Open, phone: bool, language: str) -> None:
    seen = visit(page(*every(), language=language), phone=phone).page

    assert seen.evaluate(MEETING) == []
    assert seen.evaluate(OUTSIDE) == []
    assert seen.evaluate(CLIPPED) == []
    assert seen.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert (
        seen.evaluate(
            "[...document.querySelectorAll('svg[role=img]')].filter(one => one.getBoundingClientRect().width < 100).length"
        )
        == 0
    )


@pytest.mark.parametrize("size", [3, 30])
def test_cells_of_a_matrix_are_drawn(visit: Open, size: int) -> None:
    names = tuple(f"class {place}" for place in range(size))
    block = Heat(
        "confusion", names, names, tuple(tuple(1.0 + (x == y) for x in range(size)) for y in range(size)), by_line=True
    )
    boxes = visit(page(block)).page.evaluate(
        "[...document.querySelectorAll('.cells rect')].map(each => each.getBoundingClientRect()).map(b => [b.width, b.height])"
    )
    assert len(boxes) == size * size
    assert all(width > 10 and height > 10 for width, height in boxes)


def test_letters_of_charts_are_of_real_size_on_a_phone(visit: Open) -> None:
    seen = visit(page(*every()), phone=True).page

    sizes = seen.evaluate("""() => [...document.querySelectorAll('svg text')].filter(word => word.checkVisibility()
      && !word.hasAttribute('transform')).map(word => word.getBoundingClientRect().height)""")
    assert min(sizes) >= 10
    assert max(sizes) < 20


def test_hostile_names_do_nothing(visit: Open) -> None:
    evil = '"><script>window.hit=1</script><img src=x onerror="window.hit=1">'
    blocks = [
        Bars(evil, (evil,), ((evil, (1.0,)), (evil, (2.0,)))),
        histogram(VALUES, Limit("min", 10), title=evil),
        Flow(evil, (Stream(evil, 5, 0, ((evil, 1),), 4, evil),), evil, ((evil, 4),)),
        Lines(evil, evil, evil, ((evil, ((0.0, 1.0), (1.0, 2.0))), (evil, ((0.0, 1.0), (1.0, 2.0))))),
    ]
    seen = visit(page(*blocks)).page
    seen.get_by_role("slider").focus()
    seen.keyboard.press("ArrowRight")

    assert seen.evaluate("window.hit") is None
    assert seen.locator("main img, main script").count() == 0
    assert "<script>" in seen.locator("output").text_content()
