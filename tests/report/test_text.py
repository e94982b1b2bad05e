from __future__ import annotations

import io

from rich.console import Console

from dprep.report.renderers.text import funnel
from tests.store.hand import ledger, manifest


def shown(width: int = 100, **changes: object) -> str:
    books = ledger()
    books["steps"][1] |= changes
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(funnel(manifest(), books))
    return out.getvalue()


def test_the_funnel_shows_every_number_of_the_books() -> None:
    lines = [line.split() for line in shown().split("\n")]

    assert ["filter.length", "6", "0", "2", "0", "4", "0.25"] in lines
    assert ["min_words", "2"] in lines
    assert "train 3 (75.0 %) · test 1 (25.0 %)" in shown()
    assert "1 record could not be read." in shown(200)


def test_numbers_are_whole_in_a_terminal_of_eighty_columns() -> None:
    text = shown(80, **{"in": 123_456_789, "out": 123_456_787, "changed": 123_456_789})

    assert text.count("123,456,789") == 2
    assert "123,456,787" in text


def test_text_from_data_cannot_style_the_terminal() -> None:
    text = shown(200, name="\x1b[31m[bold]x[/bold]\u202e", reasons={"[red]y": 2})

    assert "\x1b" not in text
    assert "\\u001b[31m[bold]x[/bold]\\u202e" in text
    assert "[red]y" in text


def test_many_reasons_are_counted() -> None:
    lines = [line.split() for line in shown(200, reasons={f"reason{n}": 2 for n in range(9)}).split("\n")]

    assert ["3", "other", "reasons", "6"] in lines


def test_what_was_done_inside_texts_stands_under_its_step() -> None:
    lines = [line.split() for line in shown(200, counts={"email": 1_204, "phone": 3}).split("\n")]

    assert ["email", "1,204×"] in lines
    assert ["phone", "3×"] in lines
