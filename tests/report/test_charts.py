"""Charts: their numbers are the block's, whatever the block holds, and nothing of it becomes markup."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import pairwise

import lxml.html
import numpy as np
import pytest

from dprep.report.blocks import (
    Bars,
    Bin,
    Distributions,
    Flow,
    Heat,
    Histogram,
    Limit,
    Lines,
    Scatter,
    Stream,
)
from dprep.report.renderers.charts import SCRIPT, Chart, draw
from dprep.report.renderers.charts.axes import Scale, labels, spread, tick_words, wide
from dprep.report.renderers.charts.bounds import Stop, stop, stops
from dprep.report.say import Say
from dprep.store.ledger import bin_edges, bins

SAY = Say()
EVIL = '"><script>window.hit=1</script><img src=x onerror=hit()>\u202e\x00\ud800</svg></figure>&lt;'
OURS = {
    "figure", "figcaption", "small", "div", "p", "svg", "g", "rect", "line", "path", "polygon", "circle", "text", "tspan",
    "title", "details", "summary", "table", "caption", "thead", "tbody", "tr", "th", "td", "ul", "ol", "li", "a", "b", "i",
    "span", "label", "input", "output",
}  # fmt: skip


def ledger_bins(values: Sequence[float]) -> tuple[Bin, ...]:
    """Bins as the ledger makes them, without those that are empty."""
    return tuple(Bin(*bin_edges(place), count) for place, count in sorted(bins(np.array(values, dtype=np.float64)).items()))


def stream(name: str, into: int, left: tuple[tuple[str, int], ...] = (), joined: int = 0, anchor: str = "") -> Stream:
    return Stream(name, into, joined, left, into - sum(count for _, count in left) + joined, anchor)


WORDS = [max(1.0, round(random.Random(4).lognormvariate(3, 1) * (1 + place % 7))) for place in range(20_000)]
FLOW = Flow(
    "Rows",
    (
        stream("read", 1000),
        stream("length", 1000, (("min_words", 200), ("max_words", 50)), anchor="step-1"),
        stream("synonyms", 750, (("same", 5),), joined=305, anchor="step-2"),
    ),
    parts=(("train", 900), ("test", 150)),
)
BLOCKS: list[Chart] = [
    Bars("By label", ("refund", "退货"), (("train", (1200.0, 31.5)), ("test", (7.0, 0.0))), "rows"),
    Histogram("words", ledger_bins([1, 1, 2, 3, 5, 8, 8, 1234]), (Limit("min", 2), Limit("max", 100)), slider=True),
    Distributions("Words", (0, 5, 10, 20), (("train", (1, 2, 3)), ("test", (0, 40, 0)))),
    Lines("Loss", "step", "loss", (("train", ((0, 2.5), (10, 1.25), (20, 0.5))), ("test", ((0, 3), (20, 1)))),
          bands=(("train", ((0, 2, 3), (20, 0.25, 0.75))),)),
    FLOW,
    Heat("Confusion", ("a", "b"), ("a", "b"), ((40, 2), (3, 1500)), "truth", "prediction", by_line=True),
    Scatter("Map", "variability", "confidence", ((0.1, 0.9, 120, 1.0), (0.3, 0.2, 7, 0.25)),
            (0, 0.5), (0, 1), (0.05, 0.1), "right"),
]  # fmt: skip
KINDS = [type(block).__name__ for block in BLOCKS]


def hostile(name: str = EVIL) -> list[Chart]:
    """Every kind, with `name` wherever a string may stand."""
    return [
        Bars(name, (name, "b"), ((name, (3.0, 1.0)), (name, (2.0, 1.0))), name),
        Histogram(name, ledger_bins([1, 2, 3, 50]), (Limit("min", 2),), slider=True, unit=name),
        Distributions(name, (0, 1, 2), ((name, (1, 2)), ("b", (3, 4))), name),
        Distributions(name, (0, 1, 2), tuple((name, (1, 2)) for _ in range(9)), name),
        Lines(name, name, name, ((name, ((0, 1), (1, 2))), (name, ((0, 2), (1, 1)))), bands=((name, ((0, 1, 2), (1, 1, 2))),)),
        Flow(name, (stream(name, 9, ((name, 4),), 2, name), stream(name, 7), stream(name, 7)), name, ((name, 7),)),
        Heat(name, (name, "b"), (name, "c"), ((1, 2), (3, 4)), name, name),
        Scatter(name, name, name, ((0.5, 0.5, 3, 0.5),), (0, 1), (0, 1), (0.1, 0.1), name),
    ]


def parsed(markup: str) -> lxml.html.HtmlElement:
    """The figure; balanced, of our own elements and attributes only."""
    markup.encode()
    reader = Balanced()
    reader.feed(markup)
    reader.close()
    assert reader.open == []
    found = lxml.html.fragment_fromstring(markup)
    tags = {element.tag for element in found.iter()}
    assert tags <= OURS, tags - OURS
    names = {name for element in found.iter() for name in element.attrib}
    assert not {name for name in names if name.startswith("on") or name in ("style", "src")}
    assert {link.get("href")[0] for link in found.iter("a")} <= {"#"}
    return found


class Balanced(HTMLParser):
    """Every element that is opened is closed in its turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "input":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag


def cells(figure: lxml.html.HtmlElement) -> list[list[str]]:
    """The lines of the table of numbers."""
    return [[cell.text_content() for cell in line] for line in figure.xpath(".//tbody/tr")]


def titles(figure: lxml.html.HtmlElement) -> str:
    return "\n".join(title.text_content() for title in figure.iter("title"))


def test_the_table_of_bars_has_every_value_and_their_sum() -> None:
    assert cells(parsed(draw(BLOCKS[0], SAY))) == [["refund", "1,200", "7", "1,207"], ["退货", "31.5", "0", "31.5"]]


def test_the_table_of_a_histogram_has_every_bin_that_is_not_empty() -> None:
    found = cells(parsed(draw(BLOCKS[1], SAY)))

    assert [line[1] for line in found] == ["2", "1", "1", "1", "2", "1"]
    assert [line[0] for line in found][-1] == "1,152 to 1,280"
    assert found[0][2] == "25.0 %"


def test_the_table_of_distributions_has_counts() -> None:
    assert cells(parsed(draw(BLOCKS[2], SAY))) == [["train", "1", "2", "3"], ["test", "0", "40", "0"]]


def test_the_table_of_curves_has_every_point() -> None:
    assert cells(parsed(draw(BLOCKS[3], SAY))) == [["0", "2.5", "3"], ["10", "1.25", ""], ["20", "0.5", "1"]]


def test_the_table_of_a_flow_has_every_step_and_part() -> None:
    assert cells(parsed(draw(FLOW, SAY))) == [
        ["read", "1,000", "0", "0", "1,000", ""],
        ["length", "1,000", "250", "0", "750", "min_words 200, max_words 50"],
        ["synonyms", "750", "5", "305", "1,050", "same 5"],
        ["train", "", "", "", "900", ""],
        ["test", "", "", "", "150", ""],
    ]


def test_the_table_of_a_matrix_is_the_matrix() -> None:
    assert cells(parsed(draw(BLOCKS[5], SAY))) == [["a", "40", "2"], ["b", "3", "1,500"]]


def test_the_table_of_points_has_their_counts() -> None:
    assert cells(parsed(draw(BLOCKS[6], SAY))) == [["0.1", "0.9", "120", "1"], ["0.3", "0.2", "7", "0.25"]]


@pytest.mark.parametrize(
    ("block", "told"),
    list(zip(BLOCKS, ["refund, train: 1,200", "1,152 to 1,280: 1", "train: 50.0 % (3)", "train: 10, 1.25",
                      "length, min_words: −200 (20.0 %)", "b → a: 3 (0.2 %)", "0.1, 0.9: 120; right 1"], strict=True)),
    ids=KINDS,
)  # fmt: skip
def test_a_mark_tells_its_number_where_it_is_pointed_at(block: Chart, told: str) -> None:
    assert told in titles(parsed(draw(block, SAY)))


@pytest.mark.parametrize("block", BLOCKS, ids=KINDS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_picture_says_its_gist(block: Chart, language: str) -> None:
    markup = draw(block, Say(language))  # type: ignore[arg-type]

    pictures = parsed(markup).xpath(".//svg[@role='img']")
    assert pictures
    assert all(len(picture.get("aria-label")) > 15 for picture in pictures)
    assert markup == draw(block, Say(language))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [EVIL, "", "x" * 1_000_000, "‮مرحبا", "{name} {0} {{", "<count> <total>", "长" * 500])
def test_names_from_data_stay_text(name: str) -> None:
    for block in hostile(name):
        markup = draw(block, SAY)
        parsed(markup)
        assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", markup)
        assert len(markup) < 60_000


def test_links_lead_to_proper_anchors_only() -> None:
    streams = (stream("a", 5, anchor="step-1"), stream("b", 5, (("r", 1),), anchor='x" onclick="hit()'))

    assert [link.get("href") for link in parsed(draw(Flow("f", streams), SAY)).iter("a")] == ["#step-1"]


NONE = float("nan")
ODD: list[Chart] = [
    Bars("b", (), ()),
    Bars("b", ("a",), (("s", (0.0,)),)),
    Bars("b", ("a", "b", "c"), (("s", (1e18, -1e18, NONE)), ("t", (1.0, 2.0, math.inf)))),
    Bars("b", ("a",), (("s", (-3.0,)),)),
    Histogram("h", ()),
    Histogram("h", (), (Limit("min", 3),), slider=True),
    Histogram("h", (Bin(0, 0, 0),), (Limit("min", 3),), slider=True),
    Histogram("h", (Bin(0, 0, 7),), (Limit("max", 0),), slider=True),
    Histogram("h", (Bin(1e18, 2e18, 10**18),), (Limit("min", -5), Limit("max", 1e300)), slider=True),
    Distributions("d", (), ()),
    Distributions("d", (0.0,), (("a", ()),)),
    Distributions("d", (0.0, 1.0), (("a", (0,)), ("b", (0,)))),
    Distributions("d", (0.0, 1.0), (("a", (10**18,)), ("b", (0,)))),
    Lines("l", "x", "y", ()),
    Lines("l", "x", "y", (("a", ()),)),
    Lines("l", "x", "y", (("a", ((5.0, 7.0),)),)),
    Lines("l", "x", "y", (("a", ((5.0, 0.0),)),), log=True),
    Lines("l", "x", "y", (("a", ((0.0, NONE), (1.0, 2.0), (2.0, math.inf), (3.0, -1e18))),)),
    Lines("l", "x", "y", (("a", ((0.0, 1e-300), (1e18, 1e300))),), log=True, diagonal=True),
    Lines("l", "x", "y", (("a", ((0.0, 0.0), (1.0, 0.0))),), bands=(("a", ()),)),
    Flow("f", ()),
    Flow("f", (stream("a", 0),)),
    Flow("f", (stream("a", 10**18, (("r", 10**18),)),), parts=(("train", 0),)),
    Flow("f", (stream("a", 0, joined=5),), parts=tuple((f"p{place}", 1) for place in range(9))),
    Heat("h", (), (), ()),
    Heat("h", ("a",), ("b",), ((0.0,),)),
    Heat("h", ("a", "b"), ("a",), ((NONE,), (-1e18,)), by_line=True),
    Scatter("s", "x", "y", (), (0, 1), (0, 1), (0.1, 0.1)),
    Scatter("s", "x", "y", ((0.0, 0.0, 10**12, NONE), (NONE, 1.0, 2, 0.5)), (0, 0), (0, 0), (0.1, 0.1), "s"),
]


@pytest.mark.parametrize("block", ODD, ids=[f"{type(block).__name__}-{place}" for place, block in enumerate(ODD)])
def test_odd_numbers_are_drawn_without_a_coordinate_that_is_none(block: Chart) -> None:
    figure = parsed(draw(block, SAY))

    drawn = [
        value
        for element in figure.iter()
        for name, value in element.attrib.items()
        if name
        in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "d", "points", "viewbox", "fill-opacity")
    ]
    assert not [value for value in drawn if re.search("nan|inf|[0-9]e|None", value)]
    assert not [value for value in drawn if any(abs(float(part)) > 20_000 for part in re.findall(r"-?[\d.]+", value))]


SQUARE = tuple(f"class_{place}" for place in range(77))
BIG: list[tuple[Chart, int]] = [
    (Histogram("words", ledger_bins(WORDS)[:60], (Limit("min", 10),)), 8_000),
    (Histogram("words", ledger_bins(WORDS)[:60], (Limit("min", 10), Limit("max", 100)), slider=True), 12_000),
    (Flow("f", tuple(stream(f"s_{p}", 9_000 - 250 * p, (("min_words", 100), ("max_words", 150))) for p in range(16))), 16_000),
    (Flow("f", tuple(stream(f"step_{p}", 9_000 - 100 * p, (("min_words", 100),)) for p in range(20))), 15_000),
    (Bars("b", tuple(f"label {p}" for p in range(10_000)), (("rows", tuple(float(p) for p in range(10_000))),)), 60_000),
    (Distributions("d", tuple(range(41)), tuple((f"label {p}", tuple(range(40))) for p in range(10_000))), 450_000),
    (Lines("l", "step", "loss", (("a", tuple((float(p), math.sin(p / 900)) for p in range(100_000))),)), 40_000),
    (Heat("h", SQUARE, SQUARE, tuple(tuple(float((p * q) % 5) for p in range(77)) for q in range(77)), by_line=True), 400_000),
    (Scatter("s", "x", "y", tuple(((p + 0.5) / 100, (q + 0.5) / 100, p + q, 0.5) for p in range(1, 100) for q in range(100)),
             (0, 1), (0, 1), (0.01, 0.01), "right"), 120_000),
]  # fmt: skip


@pytest.mark.parametrize(("block", "most"), BIG, ids=[f"{type(block).__name__}-{most}" for block, most in BIG])
def test_a_figure_stays_small(block: Chart, most: int) -> None:
    markup = draw(block, SAY)

    parsed(markup)
    assert len(markup.encode()) < most


def test_many_names_are_counted_where_they_are_left_out() -> None:
    told = parsed(draw(BIG[4][0], SAY)).text_content()

    assert "9,960 more names are in the numbers only." in told
    assert "9,600 more lines are left out." in told


def test_joined_cells_of_a_scatter_keep_all_points() -> None:
    block = BIG[8][0]
    assert isinstance(block, Scatter)

    marks = re.findall(r": ([\d,]+); right 0.5</title>", draw(block, SAY))
    assert sum(int(mark.replace(",", "")) for mark in marks) == sum(point[2] for point in block.points)


def test_thinned_curves_keep_their_extremes_and_say_so() -> None:
    points = tuple((float(place), 50.0 if place == 1234 else -3.0 if place == 777 else 1.0) for place in range(5_000))
    markup = draw(Lines("l", "x", "y", (("a", points),)), SAY)

    assert "a: 1,234, 50<" in markup
    assert "a: 777, -3<" in markup
    assert "Of 5,000 points 200 are shown" in markup


def test_a_gap_in_a_curve_stays_a_gap() -> None:
    points = ((0.0, 1.0), (1.0, 2.0), (2.0, NONE), (3.0, 2.0), (4.0, 1.0))
    path = parsed(draw(Lines("l", "x", "y", (("a", points),)), SAY)).xpath(".//path[contains(@class,'line')]")[0].get("d")

    assert path.count("M") == 2
    assert path.count("L") == 2


def test_the_most_confused_classes_are_the_ones_drawn() -> None:
    values = [[0.0] * 77 for _ in range(77)]
    values[3][70], values[70][3], values[5][5] = 9.0, 2.0, 1000.0
    for place in range(10, 68):
        values[place][place + 1] = 1.0
    markup = draw(Heat("h", SQUARE, SQUARE, tuple(map(tuple, values))), SAY)

    assert "17 of 77 classes are left out" in markup
    assert "class_3 → class_70: 9" in titles(parsed(markup))
    assert "class_5 → class_5: 1,000" not in titles(parsed(markup))
    assert ["class_5", "class_5", "1,000"] in cells(parsed(markup))


def test_a_band_is_as_wide_as_its_rows() -> None:
    figure = parsed(draw(FLOW, SAY))

    stays = [path.get("d") for path in figure.xpath(".//path[@class='stay']")]
    assert [float(re.findall("H([0-9.]+)", path)[0]) for path in stays] == [
        pytest.approx(1000 * 750 / 1050, abs=0.01),
        pytest.approx(1000 * 745 / 1050, abs=0.01),
    ]
    parts = [re.findall("[MH]([0-9.]+)", path.get("d"))[:2] for path in figure.xpath(".//path[contains(@class,'part')]")]
    assert [float(end) - float(start) for start, end in parts] == pytest.approx(
        [1000 * 900 / 1050, 1000 * 150 / 1050], abs=0.02
    )


def test_small_reasons_share_a_line_and_lose_no_row() -> None:
    left = tuple((f"r{place}", 100 - place) for place in range(12))
    figure = parsed(draw(Flow("f", (stream("a", 5_000, left),)), SAY))

    doors = [line.text_content() for line in figure.xpath(".//div[@class='leaves']")]
    assert len(doors) == 4
    assert doors[3].startswith("−837 for 9 other reasons")
    assert sum(int(re.findall(r"−([\d,]+)", door)[0]) for door in doors) == sum(count for _, count in left)


def test_steps_that_did_nothing_share_a_line() -> None:
    streams = (
        stream("read", 9),
        stream("x", 9),
        stream("y", 9),
        stream("z", 9),
        stream("drop", 9, (("r", 1),)),
        stream("w", 8),
    )
    items = [item.text_content() for item in parsed(draw(Flow("f", streams), SAY)).xpath(".//li")]

    assert items[0].startswith("read")
    assert "x, y, z" in items[1]
    assert len(items) == 5


def truth(side: str, told: Stop, values: Sequence[float]) -> int:
    """What a bound drops, counted one by one."""
    reached = told.how in ("under", "over")
    if side == "min":
        return sum(1 for value in values if value < told.value or (reached and value == told.value))
    at = side == "threshold" or reached
    return sum(1 for value in values if value > told.value or (at and value == told.value))


@pytest.mark.parametrize("side", ["min", "max", "threshold"])
@pytest.mark.parametrize("seed", range(6))
def test_every_stop_of_a_slider_counts_rightly(side: str, seed: int) -> None:
    chance = random.Random(seed)
    values = [chance.choice([0.0, chance.gauss(0, 9), float(chance.randrange(-20, 20)), chance.random()]) for _ in range(400)]
    if side == "threshold":
        values = [abs(value) for value in values]
    asked = (
        abs(round(chance.gauss(0, 9)))
        if side == "threshold"
        else chance.choice([0.0, float(chance.randrange(-9, 9)), 3.3, -2.7])
    )
    found = stops(Limit(side, asked), ledger_bins(values))  # type: ignore[arg-type]

    for told in found:
        right = truth(side, told, values)
        assert told.least <= right <= told.most, told
        if told.value != asked:
            assert told.least == told.most == right
    assert [told for told in found if told.how == "at" and told.value == asked]
    counts = [told.least + told.most for told in found]
    assert counts == sorted(counts, reverse=side != "min")
    assert {counts[0], counts[-1]} == {0, 800}


def test_a_bound_between_bins_is_exact_and_within_one_is_a_range() -> None:
    values = [1.0] * 5 + [2.0] * 3 + [64.0] * 2 + [66.0] * 4 + [100.0]

    assert [stop(Limit("min", 2), ledger_bins(values)).least, stop(Limit("min", 2), ledger_bins(values)).most] == [5, 5]
    assert [stop(Limit("max", 65), ledger_bins(values)).least, stop(Limit("max", 65), ledger_bins(values)).most] == [1, 7]
    told = draw(Histogram("words", ledger_bins(values), (Limit("min", 2), Limit("max", 65))), SAY)
    assert "min 2: 5 of 15 rows (33.3 %) below" in told
    assert "max 65: between 1 and 7 of 15 rows (6.7 % to 46.7 %) above" in told


@pytest.mark.parametrize("log", [False, True])
def test_ticks_are_few_round_rising_and_within(log: bool) -> None:
    chance = random.Random(1)
    for _ in range(500):
        low = 10 ** chance.uniform(-12, 17) * (1 if log else chance.choice([-1, 1]))
        high = low + abs(low) * 10 ** chance.uniform(-5, 3)
        scale = Scale.over([low, high], log)
        ticks = scale.ticks()
        slack = 1e-6 * (scale.high - scale.low)
        assert 1 <= len(ticks) <= 16, (low, high, ticks)
        assert ticks == sorted(set(ticks))
        assert scale.low - slack <= ticks[0] <= ticks[-1] <= scale.high + slack
        assert len(set(tick_words(ticks))) == len(ticks)


def test_labels_under_an_axis_never_meet() -> None:
    chance = random.Random(2)
    for _ in range(300):
        places = sorted(chance.random() for _ in range(chance.randrange(1, 40)))
        words = ["9" * chance.randrange(1, 12) for _ in places]
        for width, kept in ((250, [one for one in labels(places, words) if not one.roomy]), (560, labels(places, words))):
            assert kept
            spans = [
                (one.place * width - {"start": 0.0, "middle": 0.5, "end": 1.0}[one.anchor] * wide(one.text), wide(one.text))
                for one in kept
            ]
            assert all(one[0] + one[1] < other[0] for one, other in pairwise(spans))


def test_names_at_the_ends_of_curves_are_spread() -> None:
    found = spread([50, 50, 51, 199, 0], 13, 0, 200)

    assert found is not None
    ordered = sorted(found)
    assert all(other - one >= 13 for one, other in pairwise(ordered))
    assert 0 <= ordered[0] <= ordered[-1] <= 200
    assert spread([1, 2, 3], 100, 0, 150) is None


def test_the_script_keeps_to_itself() -> None:
    assert SCRIPT.startswith('(() => {\n  "use strict";')
    assert SCRIPT.rstrip().endswith("})();")
    assert not re.search(r"eval|innerHTML|Function\(|fetch|</script|XMLHttp|localStorage", SCRIPT)


def test_a_bound_beyond_all_values_does_not_stand_at_the_largest() -> None:
    bins = tuple(Bin(low, low + 1, 3) for low in range(4, 12))
    picture = draw(Histogram("words", bins, (Limit("min", 2), Limit("max", 200))), Say())

    assert ">← min 2</text>" in picture
    assert ">max 200 →</text>" in picture
    assert ">max 9</text>" in draw(Histogram("words", bins, (Limit("max", 9),)), Say())


def test_bars_that_stand_for_wider_ranges_say_so() -> None:
    even = tuple(Bin(low, low + 1, 3) for low in range(4, 12))
    wider = tuple(Bin(2.0**power, 2.0 ** (power + 1), 3) for power in range(8))

    assert "wider ranges" not in draw(Histogram("words", even), Say())
    assert "24 rows; bars span wider ranges away from 0" in draw(Histogram("words", wider), Say())
