"""Ids and `got`, against the definition written out in plain Python."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import xxhash
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dprep.engine.identity import Repeats, content_ids, final_ids, row_hashes
from tests.engine.at_hand import data, recipe, rejected, run

STEP = '\n[[step]]\nop = "clean.whitespace"\n'
MAPPED = 'columns = { text = "text", n = "n" }'
FIRST: dict[str, Any] = {"text": "the first row", "n": None}


def canonical(value: object) -> str:
    """JSON with sorted keys, no blanks, text as it is."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_id(source: str, columns: dict[str, Any]) -> str:
    """xxh3_128 over the source's name, NUL and the canonical JSON of the mapped columns."""
    return xxhash.xxh3_128_hexdigest(source.encode() + b"\0" + canonical(columns).encode())


def ids_of(source: str, records: list[dict[str, Any]]) -> list[str]:
    """The ids of records in their order: a repeat has the number of its occurrence folded in."""
    found: list[str] = []
    seen: Counter[str] = Counter()
    for record in records:
        id = content_id(source, record)
        nth = seen[id]
        seen[id] += 1
        found.append(xxhash.xxh3_128_hexdigest(bytes.fromhex(id) + nth.to_bytes(8, "big")) if nth else id)
    return found


def row_hash(row: dict[str, Any]) -> int:
    """xxh3_128 of the JSON lists of names and values, by name, texts as their length in bytes, then the texts."""
    names = sorted(row)
    lengths = [len(row[name].encode()) if isinstance(row[name], str) else row[name] for name in names]
    texts = "".join(row[name] for name in names if isinstance(row[name], str))
    return xxhash.xxh3_128_intdigest((canonical(names) + canonical(lengths) + texts).encode())


def lines_of(records: list[dict[str, Any]]) -> list[bytes]:
    return [json.dumps(record).encode() for record in records]


def ids_by_line(records: list[dict[str, Any]], folder: Path, source: str = MAPPED, rows: int | None = None) -> list[str]:
    """The ids that a run gives to the records, in their order."""
    ran = run(recipe(folder, lines_of(records), STEP, source), folder / f"store{rows}", rows)
    found = data(ran).select("id", pl.col("origin").str.extract(r":(\d+)$").cast(pl.Int64).alias("line")).sort("line")
    return found.get_column("id").to_list()


floats = st.sampled_from([0.0, -0.0, 0.5, 1.0, -2.25, 1e16, 123456.789, 1e-5])  # both writers of JSON spell these the same
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.text(max_size=4), floats)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text("ab*", max_size=2), inner, max_size=2)),
    max_leaves=4,
)
spelt_alike = values.filter(
    lambda value: "e" not in canonical(value).replace("true", "").replace("false", "") or isinstance(value, str)
)
few = st.sampled_from([1, "1", None, 2**63, [1], {"a": 1}])


@settings(max_examples=10)
@given(st.lists(st.one_of(spelt_alike, few, few), max_size=8))
@example([2**63, 1, 2**63, 2**64 - 1])
@example([{str(n): n for n in range(40)}, {str(-n): n for n in range(1, 40)}, {"a": 1}])
def test_ids_are_as_defined_however_the_rows_are_cut(numbers: list[Any]) -> None:
    records = [FIRST, *({"text": "some text", "n": n} for n in numbers)]
    expected = ids_of("mail", records)

    with tempfile.TemporaryDirectory() as place:
        for rows in (None, 1, 3):
            assert ids_by_line(records, Path(place), f'name = "mail"\n{MAPPED}', rows) == expected


def test_an_id_does_not_depend_on_other_rows_or_their_order_or_the_file(tmp_path: Path) -> None:
    records = [FIRST, *({"text": f"text {n}", "n": n} for n in range(6))]
    whole = dict(zip(map(canonical, records), ids_by_line(records, tmp_path / "a"), strict=True))

    turned, some = list(reversed(records)), records[::2]

    assert ids_by_line(turned, tmp_path / "b") == [whole[canonical(record)] for record in turned]
    assert ids_by_line(some, tmp_path / "other folder") == [whole[canonical(record)] for record in some]
    more = recipe(tmp_path / "c", [], STEP, MAPPED)
    more.write_text(more.read_text().replace("rows.jsonl", "*.jsonl"))
    (tmp_path / "c" / "rows.jsonl").write_bytes(b"\n".join(lines_of(records[:3])))
    (tmp_path / "c" / "z.jsonl").write_bytes(b"\n".join(lines_of(records[3:])))
    assert set(data(run(more, tmp_path / "store")).get_column("id")) == set(whole.values())


def test_an_id_depends_on_the_source_and_every_mapped_column_and_on_nothing_else(tmp_path: Path) -> None:
    def first(name: str, record: dict[str, Any], source: str) -> str:
        return ids_by_line([record], tmp_path / name, source)[0]

    base = {"text": "some text", "n": 1, "other": 1}
    plain = first("plain", base, MAPPED)

    assert first("kept", {**base, "other": 2, "more": "x"}, MAPPED) == plain
    assert first("keys", {"n": 1, "text": "some text", "other": 1}, MAPPED) == plain
    assert first("value", {**base, "n": 2}, MAPPED) != plain
    assert first("type", {**base, "n": "1"}, MAPPED) != plain
    assert first("text", {**base, "text": "some text "}, MAPPED) != plain
    assert first("source", base, f'name = "x"\n{MAPPED}') != plain
    assert first("fewer", base, 'columns = { text = "text" }') != plain
    assert first("renamed", base, 'columns = { text = "text", m = "n" }') != plain


def test_equal_rows_are_told_apart_by_how_often_they_came_before(tmp_path: Path) -> None:
    records = [FIRST, *({"text": "equal", "n": n} for n in [1, 2, 1, 1, 2, 3, 1])]

    for rows in (None, 1, 2):
        found = ids_by_line(records, tmp_path, MAPPED, rows)
        assert found == ids_of("", records)
        assert len(set(found)) == len(found)


def test_adding_a_repeat_changes_no_other_id(tmp_path: Path) -> None:
    records = [FIRST, *({"text": "equal", "n": n} for n in [1, 2, 1])]

    before = ids_by_line(records, tmp_path / "a")
    after = ids_by_line([*records, records[1]], tmp_path / "b")

    assert after[:-1] == before


@pytest.mark.parametrize("rows", [None, 1, 2])
def test_a_key_of_its_own_is_the_id_and_its_repeats_are_rejected(tmp_path: Path, rows: int | None) -> None:
    keys = ["b", "a", "b", "c", "a", "b", 7, None]
    lines = lines_of([{"text": f"row {n}", "key": key} for n, key in enumerate(keys)])

    ran = run(recipe(tmp_path, lines, STEP, 'name = "mail"\nid = "key"'), tmp_path / "store", rows)

    kept = dict(data(ran).select("text", "id").iter_rows())
    assert set(kept) == {f"row {n}" for n, key in enumerate(keys) if key not in keys[:n]}
    for n in (0, 1, 3):
        assert kept[f"row {n}"] == content_id("mail", {"key": keys[n]})
    told = {bad["line"]: bad["reason"] for bad in rejected(ran) if bad["reason"] == "duplicate-key"}
    assert told == {n + 1: "duplicate-key" for n, key in enumerate(keys) if key in keys[:n]}


def test_a_row_with_the_same_key_keeps_its_id_when_its_text_changes(tmp_path: Path) -> None:
    before, after = (
        data(run(recipe(tmp_path / text, lines_of([{"text": text, "key": 9}]), STEP, 'id = "key"'), tmp_path / text / "s"))
        for text in ("old", "new")
    )

    assert before.get_column("id").to_list() == after.get_column("id").to_list()


def test_values_that_json_does_not_know_have_an_id_too() -> None:
    rows = pl.DataFrame(
        {"d": [date(2024, 2, 29)], "s": [{"z": 1, "a": None}], "l": [[1.5, None]], "f": [float("nan")], "i": [2**63 - 1]}
    )

    found = final_ids(content_ids("s", rows, rows.columns, frozenset()), no_repeats())

    told = {"d": "2024-02-29", "s": {"a": None, "z": 1}, "l": [1.5, None], "f": None, "i": 2**63 - 1}
    assert found.to_list() == [content_id("s", told)]


def no_repeats() -> Repeats:
    return Repeats(np.zeros(0, np.int64), np.zeros(0, np.int64))


rows = st.fixed_dictionaries(
    {
        "text": st.one_of(st.none(), st.text(max_size=5)),
        "a": st.one_of(st.none(), st.text(max_size=2)),
        "n": st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
        "b": st.booleans(),
        "l": st.lists(st.one_of(st.none(), st.text(max_size=2)), max_size=2),
        "s": st.fixed_dictionaries({"z": st.integers(0, 9), "k": st.text(max_size=2)}),
    }
)
TYPES = {
    "text": pl.String,
    "a": pl.String,
    "n": pl.Int64,
    "b": pl.Boolean,
    "l": pl.List(pl.String),
    "s": pl.Struct({"z": pl.Int64, "k": pl.String}),
}


@given(st.lists(rows, max_size=6), st.randoms(use_true_random=False), st.integers(0, 6))
def test_got_is_the_sum_of_the_rows_as_defined(found: list[dict[str, Any]], chance: Any, cut: int) -> None:
    expected = sum(map(row_hash, found)) % 2**128
    frame = pl.DataFrame(found, schema=TYPES)

    assert row_hashes(frame) == expected
    assert (row_hashes(frame[:cut]) + row_hashes(frame[cut:])) % 2**128 == expected
    chance.shuffle(found)
    assert row_hashes(pl.DataFrame(found, schema=TYPES).select(sorted(TYPES, reverse=True))) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": "xy", "b": "z"}, {"a": "x", "b": "yz"}),
        ({"a": None, "b": ""}, {"a": "", "b": None}),
        ({"a": "1", "b": "x"}, {"a": "x", "b": "1"}),
    ],
)
def test_got_tells_rows_apart(one: dict[str, Any], other: dict[str, Any]) -> None:
    hashes = [row_hashes(pl.DataFrame([row], schema={"a": pl.String, "b": pl.String})) for row in (one, other)]

    assert hashes[0] != hashes[1]


def test_got_of_a_version_is_that_of_its_files(tmp_path: Path) -> None:
    records = [FIRST, *({"text": f"text {n}", "n": [n, {"b": str(n)}], "x": 2**63 + n, "y": n} for n in range(5))]

    ran = run(recipe(tmp_path, lines_of(records), source=MAPPED), tmp_path / "store", 2)

    rows = data(ran).drop("origin").to_dicts()
    assert int(ran.manifest["got"], 16) == sum(map(row_hash, rows)) % 2**128
