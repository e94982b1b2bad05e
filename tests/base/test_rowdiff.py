"""Row-diff: one row is one line, and what is written is what is read."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dprep.base import rowdiff
from dprep.base.rowdiff import Line

texts = st.text() | st.text(alphabet="ab \t\n\r\\\"'#-+\x00\x85\u2028\u202e\u200d\ufeff\U000e0041中文😀é")
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
lines = st.builds(Line, st.sampled_from(["-", "+", " "]), st.dictionaries(texts, values, max_size=4), texts)


@given(st.lists(lines, max_size=5))
def test_what_is_written_is_what_is_read(written: list[Line]) -> None:
    text = rowdiff.render(written)

    assert rowdiff.parse(text) == written
    assert [list(line.row) for line in rowdiff.parse(text)] == [list(line.row) for line in written]
    assert len(text.splitlines()) == len(written)


@given(texts, texts)
def test_nothing_hidden_reaches_the_page(text: str, reason: str) -> None:
    shown = rowdiff.line("-", {"text": text}, reason)

    hidden = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert not [c for c in shown if unicodedata.category(c) in hidden]


def test_the_table_of_hidden_characters_is_unicodes() -> None:
    for number in range(0x110000):
        character = chr(number)
        kind = unicodedata.category(character)
        hides = kind in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} or (kind == "Zs" and character not in " \u3000")
        if hides:
            assert rowdiff.escaped(character) == json.dumps(character)[1:-1].replace("\\b", "\\u0008").replace(
                "\\t", "\\u0009"
            ).replace("\\n", "\\u000a").replace("\\f", "\\u000c").replace("\\r", "\\u000d").replace("\x7f", "\\u007f")
        elif kind != "Cn":
            assert rowdiff.escaped(character) == character


def test_the_notation_reads_as_the_design_says() -> None:
    text = '  {"text": "three words here"}\n- {"text": "too short"}              # min_words\n+ {"text": "新", "n": 1}\n'

    found = rowdiff.parse(text)

    assert found == [
        Line(" ", {"text": "three words here"}),
        Line("-", {"text": "too short"}, "min_words"),
        Line("+", {"text": "新", "n": 1}),
    ]
    assert rowdiff.before(found) == [{"text": "three words here"}, {"text": "too short"}]
    assert rowdiff.after(found) == [{"text": "three words here"}, {"text": "新", "n": 1}]
    assert rowdiff.line("-", {"text": "a\nb"}, "why") == '- {"text": "a\\nb"}  # why'


@pytest.mark.parametrize("text", ['{"a": 1}', "- [1]", '- {"a": 1} why', "- {", "* {}", "- "])
def test_what_is_no_row_diff_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        rowdiff.parse("\n" + text)


def test_a_difference_names_what_went_came_and_changed() -> None:
    old = [{"id": 1, "text": "same"}, {"id": 2, "text": "was"}, {"id": 3, "text": "gone"}]
    new = [{"id": 9, "text": "first"}, {"id": 1, "text": "same"}, {"id": 2, "text": "is"}, {"id": 4, "text": "child"}]

    found = rowdiff.difference(old, new, reasons={3: "too_long"}, without={"id"})

    assert found == [
        Line("+", {"text": "first"}),
        Line(" ", {"text": "same"}),
        Line("-", {"text": "was"}),
        Line("+", {"text": "is"}),
        Line("+", {"text": "child"}),
        Line("-", {"text": "gone"}, "too_long"),
    ]
