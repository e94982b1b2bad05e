"""The type of a column does not depend on where a file is cut."""

from __future__ import annotations

import datetime
import json
from functools import reduce
from itertools import pairwise

import orjson
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_series_equal

from dprep.store.formats import kinds
from dprep.store.formats.kinds import Kind, dtype, from_json, holds_json, kind_of, kind_of_type, merge, settle, store, to_json

numbers = st.integers(-(2**63), 2**64 - 1) | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
nested = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["role", "content", "a", "b", ""]), inner, max_size=3)
    ),
    max_leaves=6,
)
alike = st.sampled_from(
    [
        st.none() | st.integers(-9, 9),
        st.integers(-9, 9) | st.text('a1"', max_size=2),
        st.none() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False),
        st.none() | st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=4), max_size=3),
        st.lists(
            st.fixed_dictionaries(
                {"role": st.sampled_from(["user", "bot"])}, optional={"content": st.text('ab"\\\n\0é', max_size=4)}
            )
        ),
        st.lists(st.lists(st.none() | st.floats(-1, 1) | st.integers(-(2**60), 2**60), max_size=2), max_size=2),
        st.none() | st.fixed_dictionaries({}, optional={"x": st.integers(0, 3), "y": st.lists(st.booleans(), max_size=2)}),
        nested,
    ]
)
columns = alike.flatmap(lambda values: st.lists(values, min_size=1, max_size=12))


def settled(values: list[object], cuts: list[int]) -> pl.Series:
    """The column as a reader and an engine make it of chunks."""
    bounds = [0, *sorted(at % (len(values) + 1) for at in cuts), len(values)]
    pieces = [values[a:b] for a, b in pairwise(bounds)]
    seen = [kind_of(piece) for piece in pieces]
    final = reduce(merge, seen)
    return pl.concat([settle(store("c", piece, kind), kind, final) for piece, kind in zip(pieces, seen, strict=True)])


@settings(max_examples=400, deadline=None)
@given(columns, st.lists(st.integers(0, 12), max_size=4))
def test_a_column_is_the_same_however_it_is_cut(values: list[object], cuts: list[int]) -> None:
    assert_series_equal(settled(values, []), settled(values, cuts))


@settings(max_examples=200, deadline=None)
@given(columns)
def test_a_settled_column_loses_nothing(values: list[object]) -> None:
    column = settled(values, [])

    for value, kept in zip(values, column.to_list(), strict=True):
        if column.dtype == pl.String and holds_json(kind_of(values)):
            assert value is None if kept is None else _same(json.loads(kept), value)
        else:
            assert _same(kept, value)


def _same(kept: object, value: object) -> bool:
    """Equal, where a field that a struct had to add is null."""
    if isinstance(value, dict) and isinstance(kept, dict):
        return all(_same(kept.get(k), value.get(k)) for k in {*kept, *value})
    if isinstance(value, list) and isinstance(kept, list):
        return len(kept) == len(value) and all(_same(k, v) for k, v in zip(kept, value, strict=True))
    if isinstance(value, int) and isinstance(kept, float):
        return kept == float(value)
    return kept == value and isinstance(kept, bool) == isinstance(value, bool)


@settings(max_examples=200, deadline=None)
@given(columns, columns, columns)
def test_merging_does_not_mind_order_or_grouping(a: list[object], b: list[object], c: list[object]) -> None:
    x, y, z = kind_of(a), kind_of(b), kind_of(c)

    assert merge(merge(x, y), z) == merge(x, merge(y, z)) == merge(merge(z, x), y)
    assert kind_of(a + b + c) == merge(merge(x, y), z)
    assert from_json(orjson.loads(orjson.dumps(to_json(x)))) == x


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2.5], pl.Float64()),
        ([None, None], pl.String()),
        ([True, None], pl.Boolean()),
        ([2**63], pl.String()),
        (["a", 1], pl.String()),
        ([["a"], None, []], pl.List(pl.String)),
        ([["a"], "a"], pl.String()),
        ([{}], pl.String()),
        ([{"b": 1, "a": "x"}], pl.Struct({"a": pl.String, "b": pl.Int64})),
        ([[{"content": "x", "role": "user"}]], pl.List(pl.Struct({"role": pl.String, "content": pl.String}))),
        ([[{"content": "x"}], [{"content": ["x"]}]], pl.String()),
    ],
)
def test_values_of_one_shape_get_its_type_and_others_json_text(values: list[object], expected: pl.DataType) -> None:
    assert dtype(kind_of(values)) == expected


def test_strings_in_json_text_are_quoted() -> None:
    assert settled(["a", 1, None, [1, "b"]], [1]).to_list() == ['"a"', "1", None, '[1,"b"]']


def test_an_object_with_data_for_keys_stays_json_text() -> None:
    wide = [{f"k{at}": at} for at in range(kinds.WIDTH + 1)]

    assert dtype(kind_of(wide)) == pl.String
    assert reduce(merge, [kind_of([row]) for row in wide]) == kind_of(wide)


def test_values_nested_very_deep_stay_json_text() -> None:
    deep: object = 1
    for _ in range(200):
        deep = [deep]

    assert settled([deep], []).to_list() == ["[" * 200 + "1" + "]" * 200]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (pl.Int32(), pl.Int32(), pl.Int32()),
        (pl.Int32(), pl.Int64(), pl.Int64()),
        (pl.UInt8(), pl.Float32(), pl.Float64()),
        (pl.Date(), pl.Date(), pl.Date()),
        (pl.Date(), pl.Datetime("us"), pl.String()),
        (pl.Decimal(10, 2), pl.Decimal(10, 2), pl.Decimal(10, 2)),
        (pl.List(pl.Int32), pl.List(pl.Int64), pl.List(pl.Int64)),
        (pl.Null(), pl.Date(), pl.Date()),
        (pl.String(), pl.Int8(), pl.String()),
    ],
)
def test_native_types_stay_while_all_agree(a: pl.DataType, b: pl.DataType, expected: pl.DataType) -> None:
    assert dtype(merge(kind_of_type(a), kind_of_type(b))) == expected


def test_struct_columns_with_other_fields_come_together() -> None:
    one = pl.Series("c", [[{"a": 1}], None], dtype=pl.List(pl.Struct({"a": pl.Int32})))
    two = pl.Series("c", [[{"b": "x", "a": 2}]], dtype=pl.List(pl.Struct({"b": pl.String, "a": pl.Int64})))
    seen = [kind_of_type(s.dtype) for s in (one, two)]
    final = merge(*seen)

    made = pl.concat([settle(s, k, final) for s, k in zip((one, two), seen, strict=True)])

    assert made.to_list() == [[{"a": 1, "b": None}], None, [{"a": 2, "b": "x"}]]


def test_native_values_become_json_text_where_they_conflict() -> None:
    days = pl.Series("c", [datetime.date(2024, 2, 29), None])
    raw = pl.Series("c", [b"\xff"])
    text = Kind(frozenset({"string"}))

    assert settle(days, kind_of_type(days.dtype), merge(kind_of_type(days.dtype), text)).to_list() == ['"2024-02-29"', None]
    assert settle(raw, kind_of_type(raw.dtype), merge(kind_of_type(raw.dtype), text)).to_list() == ['"/w=="']
