"""Places agree with `tomllib` on every key path and value of random documents."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dprep.recipe.places import Path, find_places

BARE = st.text("abcdefgXYZ019_-", min_size=1, max_size=6)
INNER = st.text("ab #=[]{},.'é汉🙂\t", max_size=8)


def _basic(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


KEY = st.one_of(BARE, INNER.map(_basic), INNER.map(lambda t: "'" + t.replace("'", "") + "'"))
DOTTED = st.lists(KEY, min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from([".", " . ", " ."]).map(lambda dot: dot.join(parts))
)
SCALAR = st.one_of(
    st.integers(-10, 10**9).map(str),
    st.sampled_from(
        ["true", "false", "1.5", "-inf", "1979-05-27 07:32:00", "1979-05-27", "0xff", "1e3", "''", '""', '""""""', "''''''"]
    ),
    INNER.map(_basic),
    st.text('ab\\n"\n#]}', max_size=12).map(lambda t: '"""' + t.replace("\\", "\\\\").replace('"', '\\"') + '"""'),
    INNER.map(lambda t: "'''" + t.replace("'", "") + "\n'''"),
    st.sampled_from(['"""a""b"""', '"""a"""""', "'''a'''''", '"""a\\\n   b"""']),
)
GAP = st.sampled_from(["", " ", "\n", " # a, b = [c]\n  "])


def _array(items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    parts = st.tuples(st.lists(items, max_size=3), GAP, st.booleans())
    return parts.map(lambda p: "[" + p[1] + f"{p[1]},{p[1]}".join(p[0]) + (p[1] + "," if p[2] and p[0] else "") + p[1] + "]")


def _inline(items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(st.tuples(DOTTED, items), max_size=3).map(
        lambda pairs: "{ " + ", ".join(f"{k} = {v}" for k, v in pairs) + " }"
    )


VALUE = st.recursive(SCALAR, lambda inner: _array(inner) | _inline(inner), max_leaves=5)
LINE = st.one_of(
    st.tuples(DOTTED, VALUE).map(lambda p: f"  {p[0]} = {p[1]} # why = not"),
    st.tuples(DOTTED, VALUE).map(lambda p: f"{p[0]}={p[1]}"),
    DOTTED.map(lambda k: f"[{k}]"),
    DOTTED.map(lambda k: f" [[ {k} ]] # x"),
    st.sampled_from(["", "# [comment]", "[[step]]", "[[step]]", "[step.more]", "[[step.deep]]"]),
)


def _paths(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if path:
        yield path, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, (*path, name))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _paths(inner, (*path, i))


def _agrees(text: str) -> int:
    """Compare the places with tomllib's reading; the number of key paths compared."""
    meaning = dict(_paths(tomllib.loads(text)))
    places = find_places(text, "x.toml")
    source = places.text
    assert set(meaning) == set(places.keys) | set(places.values)
    for path, span in places.values.items():
        said = source[span.start : span.end]
        assert said == said.strip(), path
        again = tomllib.loads(f"x = {said}")["x"]
        assert repr(meaning[path]) == repr(again), path
    for path, span in places.keys.items():
        if isinstance(path[-1], str):
            assert tomllib.loads(source[span.start : span.end] + " = 1") == {path[-1]: 1}, path
    return len(meaning)


@settings(max_examples=400, deadline=None)
@given(st.lists(LINE, max_size=10).map("\n".join))
def test_places_agree_with_tomllib_on_every_key_path(text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    _agrees(text)


@settings(max_examples=200, deadline=None)
@given(st.recursive(SCALAR, lambda inner: _array(inner) | _inline(inner), max_leaves=12))
def test_places_agree_inside_deep_values(value: str) -> None:
    text = f"[[step]]\nop = 'a'\n[[step]]\nx.y = {value}\n"
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert _agrees(text) >= 4


def test_windows_line_ends_do_not_move_places() -> None:
    assert _agrees('a = 1\r\n[b]\r\nc = """x\r\ny"""\r\n') == 3


@pytest.mark.parametrize(
    ("path", "line", "column", "length"),
    [
        (("dataset", "name"), 2, 8, 3),
        (("step", 0, "ratios", "train"), 6, 20, 1),
        (("step", 0, "why"), 7, 7, 3),
        (("step", 1, "é"), 10, 7, 5),
    ],
)
def test_values_stand_where_an_editor_shows_them(path: Path, line: int, column: int, length: int) -> None:
    text = '[dataset]\nname = "x"\n\n[[step]]\nop = "a"\nratios = { train = 8 }\nwhy = """\nabc"""\n[[step]]\n"é" = "汉🙂🙂"\n'

    place = find_places(text, "r.toml").value(path)

    assert (place.line, place.column, place.length) == (line, column, length)
    assert place.text == text.split("\n")[line - 1]
