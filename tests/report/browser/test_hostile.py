"""Text that would run, hide, mislead or fill the disk stays text, wherever in a report it stands."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from typing import Any

import pytest

from dprep.report.blocks import Bars, Card, Column, Deck, Heat, Link, Report, RowDiff, Section, Source, Table
from dprep.report.renderers.html_page.page import write_page
from tests.report.browser.harness import Open
from tests.report.whole import SETTLED, reworded, whole

RUN = "window.hacked=1;alert(1);fetch('http://203.0.113.1/')"
ATTACKS = {
    "script": f"<script>{RUN}</script>",
    "handler": f'<img src=x onerror="{RUN}"><svg onload="{RUN}">',
    "attribute": f'" autofocus onfocus="{RUN}" x=\'" \' onfocus=\'{RUN}\' tabindex=0 y="',
    "end-of-script": f"</script><script>{RUN}</script>",
    "end-of-style": f"</style></title></textarea><script>{RUN}</script>",
    "comment": f"<!-- --><script>{RUN}</script><!--",
    "cdata": f"]]><script>{RUN}</script><![CDATA[",
    "address": f"javascript:{RUN}",
    "refresh": f'<meta http-equiv="refresh" content="0;url=javascript:{RUN}">',
    "document": '<base href="http://203.0.113.1/"><iframe src=//203.0.113.1></iframe></main></body>',
    "form": "<form action=http://203.0.113.1><button>send</button></form><link rel=stylesheet href=//203.0.113.1/x.css>",
    "style": "}</style><style>*{background:url(http://203.0.113.1/)}",
    "template": "${alert(1)} {{7*7}} {shown} {n} {} %s \\u0000 &lt;script&gt; &#x3c;",
    "bidi": "safe\u202etxt.exe\u2066\u200f\u061c\ufeff\u200b",
    "control": "a\x00b\x1b[31mc\x07\r\nd\x85\u2028e\ufffe",
    "surrogate": "a\ud800b\udfffc",
    "backticks": f"`<script>{RUN}</script>` `` ` `{RUN}`",
}
INVISIBLE = "\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u200b-\\u200f\\u202a-\\u202e\\u2066-\\u2069"
HIDDEN = f"() => /[{INVISIBLE}]/.exec(document.documentElement.outerHTML)"
HANDLERS = "() => [...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(name => name.startsWith('on'))"
SHAPE = "() => [...document.querySelectorAll('main *')].filter(e => !e.closest('svg, .source')).map(e => e.localName)"
FOREIGN = "script:not(body > script:last-child), img, iframe, object, embed, form, base, link, meta[http-equiv=refresh]"


def hostile(words: str, settled: Set[str] = SETTLED) -> Report:
    return reworded(whole(), lambda text: f"{text} {words}", settled)


EVERYWHERE = [(attack, SETTLED) for attack in ("script", "attribute", "address", "control", "template")]
"""In anchors too: these are no anchors then, so links and ids are not written."""
LINKED = [(attack, {*SETTLED, "id", "anchor"}) for attack in ATTACKS]


@pytest.mark.parametrize(("attack", "settled"), [*LINKED, *EVERYWHERE])
def test_hostile_words_in_every_string_stay_words(visit: Open, attack: str, settled: Set[str]) -> None:
    page = visit(write_page(hostile(ATTACKS[attack], settled))).page

    page.evaluate("() => document.querySelectorAll('details').forEach(each => { each.open = true })")
    page.locator("#page-main input[type=search]").first.fill("<")
    page.keyboard.press("Tab")

    assert page.evaluate("() => window.hacked === undefined")
    assert page.evaluate(HIDDEN) is None
    assert page.locator(FOREIGN).count() == 0
    assert page.evaluate("() => [...document.links].every(link => link.protocol === 'file:')")
    assert page.evaluate(HANDLERS) == []
    assert page.locator("main").count() == 1


@pytest.mark.parametrize("attack", ["script", "attribute", "end-of-script", "comment", "address"])
def test_hostile_words_do_not_change_the_shape_of_the_page(visit: Open, attack: str) -> None:
    tame = "x" * len(ATTACKS[attack])

    first, second = visit(write_page(hostile(tame))).page, visit(write_page(hostile(ATTACKS[attack]))).page

    assert second.evaluate(SHAPE) == first.evaluate(SHAPE)


def test_the_policy_alone_would_hold(visit: Open) -> None:
    """Behind the escaping stands a second wall: markup put in by hand does not run either."""
    found = visit(write_page(whole()))
    page = found.page
    refused: list[str] = page.evaluate(
        """async () => {
          const refused = [];
          document.addEventListener('securitypolicyviolation', event => refused.push(event.effectiveDirective));
          document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.hacked=1"><b onclick="hacked=1">b</b>');
          document.body.lastChild.click();
          const script = document.createElement('script');
          script.textContent = 'window.hacked=1';
          document.body.append(script);
          try { await fetch('http://203.0.113.1/') } catch {}
          await new Promise(done => setTimeout(done, 200));
          return refused;
        }"""
    )

    assert page.evaluate("() => window.hacked === undefined")
    assert {"img-src", "connect-src", "script-src-elem", "script-src-attr"} <= set(refused)
    found.said.clear()  # the browser tells what it refused
    found.asked.clear()


@pytest.fixture(scope="module")
def huge() -> str:
    """A megabyte in one line, ten thousand labels."""
    line = "long " * 200_000
    names = tuple(f"label {place} <b>" for place in range(10_000))
    ones = tuple(float(place) for place in range(10_000))
    head = (Column("label"), Column("rows", "number"))
    many = (
        Table("Labels", head, tuple((Link(name, "many"), 1) for name in names), filter=True),
        Bars("Labels", names, (("rows", ones),)),
        Heat("Confusion", names[:300], names[:300], tuple((1.0,) * 300 for _ in range(300))),
        Deck("Rows", tuple(Card(name, (("label", name), ("part", name[:7]))) for name in names), ("label", "part")),
        RowDiff(tuple(f'- {{"label": "{name}"}}' for name in names)),
        Source("recipe.toml", "\n".join(names) + line),
    )
    long = reworded(whole(), lambda text: f"{text} {line}")
    return write_page(replace(long, sections=(*long.sections, Section("many", "Many", many))))


def test_a_megabyte_in_every_string_and_ten_thousand_labels_make_a_bounded_page(huge: str) -> None:
    assert len(huge.encode()) < 2_000_000


def test_a_huge_page_is_a_page(visit: Open, huge: str) -> None:
    page = visit(huge, phone=True).page

    assert page.locator("#many h2").text_content() == "Many"
    assert page.evaluate("() => document.documentElement.scrollWidth") == 360


def test_the_page_is_the_same_for_the_same_report() -> None:
    made: list[Any] = [write_page(hostile("x")) for _ in range(2)]

    assert made[0] == made[1]
