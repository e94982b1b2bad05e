"""A report in a terminal: bounded, plain where it is piped, and nothing in it steers the terminal."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from dprep.report.blocks import Bars, Bin, Block, Change, Heat, Histogram, Limit, Prose, Report, Section, Table
from dprep.report.blocks import Column as Col
from dprep.report.renderers import terminal
from dprep.report.renderers.terminal import SECTION, render
from tests.report.blocks_by_hand import HOSTILE, by_hand, every_block, kinds


def shown(report: Report, width: int = 80, **console: Any) -> str:
    file = io.StringIO()
    Console(file=file, width=width, **console).print(render(report))
    return file.getvalue()


def one(*blocks: Block, width: int = 80, **console: Any) -> str:
    return shown(Report("r", "", (), (), (Section("s", "Section", blocks),)), width, **console)


def test_every_kind_of_block_is_tried() -> None:
    assert {type(block) for block in every_block("")} == kinds()


@pytest.mark.parametrize("block", every_block("plain"), ids=lambda block: type(block).__name__)
@pytest.mark.parametrize("width", [40, 80, 200])
def test_every_block_is_shown_within_the_width(block: Block, width: int) -> None:
    text = one(block, width=width)

    assert len(text.splitlines()) > 3
    assert max(cell_len(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize("colours", [False, True])
def test_hostile_text_does_not_steer_the_terminal(colours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "SECTION", 100_000)
    text = shown(by_hand(HOSTILE), force_terminal=colours, color_system="standard" if colours else None)
    text = re.sub(r"\x1b\[[0-9;]*m", "", text) if colours else text

    assert [c for c in text if (ord(c) < 32 and c != "\n") or c in "\x7f\x9b\u202e\u2066"] == []
    assert "\\u001b[31m" in text.replace("\n", "")


def test_rich_markup_in_data_is_text() -> None:
    text = one(Prose("[bold red]x[/] [link=http://e.example]y[/link]"), Table("[u]c[/u]", (Col("[i]h[/i]"),), (("[b]v[/b]",),)))

    assert "[bold red]x[/] [link=http://e.example]y[/link]" in text
    assert "[u]c[/u]" in text
    assert "[i]h[/i]" in text
    assert "[b]v[/b]" in text


def test_a_section_is_bounded_and_says_what_is_left() -> None:
    table = Table("t", (Col("n", "number"),), tuple((n,) for n in range(100)))
    lines = one(*[table] * 10).splitlines()

    assert len(lines) <= SECTION + 6
    assert "… 88 more lines" in "\n".join(lines)
    assert lines[-1] == "… 9 more tables, charts and samples in the page"


def test_without_colours_changes_are_marked_by_letters() -> None:
    change = Change("the quick fox", "the slow fox")

    assert "the [-quick-]{+slow+} fox" in one(change)
    assert "the [-quick-]{+slow+} fox" in one(change, force_terminal=True, no_color=True)
    coloured = one(change, force_terminal=True, color_system="standard")
    assert "[-" not in coloured
    assert re.search(r"\x1b\[[0-9;]*31m\w*quick", coloured)


def test_chinese_changes_are_marked_by_the_character() -> None:
    assert "订单[-已经-]{+没有+}取消" in one(Change("订单已经取消", "订单没有取消"))


def test_bars_are_as_long_as_their_numbers() -> None:
    text = one(Bars("ranks", ("a", "b", "c"), (("", (1, 2, 4)),), unit="rows"))
    drawn = [line.count("█") for line in text.splitlines() if re.match(r"\s+[abc] ", line)]

    assert drawn == [4, 8, 16]


def test_bounds_stand_where_they_cut() -> None:
    bins = tuple(Bin(n, n + 1, 8 if n < 4 else 4) for n in range(8))
    text = one(Histogram("words", bins, (Limit("min", 2), Limit("max", 4))))

    assert "██|██|▅▅▅▅" in text
    assert "min 2 · max 4" in text


def test_a_large_matrix_shows_its_largest_cells_off_the_diagonal() -> None:
    names = tuple(f"label{n}" for n in range(20))
    values = tuple(tuple(100 if i == j else (7 if (i, j) == (3, 5) else 0) for j in range(20)) for i in range(20))
    text = one(Heat("confused", names, names, values, "true", "said"))

    assert re.search(r"label3 +label5 +7\b", text)
    assert "100" not in text


def test_wide_letters_align() -> None:
    lines = one(Table("", (Col("label"), Col("rows", "number")), (("退款申请", 7), ("login", 12345)))).splitlines()
    ends = [cell_len(line.rstrip()) for line in lines if "7" in line or "12,345" in line]

    assert len(set(ends)) == 1


def test_its_own_words_are_chinese_where_asked() -> None:
    text = shown(by_hand("x", "zh"))

    assert "还有" in text
    assert " more " not in text
