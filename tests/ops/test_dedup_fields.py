"""dedup.fields against similarities counted by hand in plain Python, and records whose truth is known."""

from __future__ import annotations

import csv
import io
import math
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from dprep.base.problem import Error
from dprep.base.step import Step
from dprep.base.text import Text
from dprep.engine.memory import run_rows
from dprep.kernels.similarity import METRICS, pair_similarities
from dprep.ops.dedup.fields import Fields

SHARED = Path(os.environ.get("DPREP_SHARED", Path(__file__).resolve().parents[3] / "shared"))
HAN = range(0x4E00, 0xA000)


def rows_of(*rows: dict[str, Any]) -> pl.DataFrame:
    numbered = [{"id": f"{n:032x}", "origin": f"test:{n}", "text": "a record", **row} for n, row in enumerate(rows, 1)]
    return pl.DataFrame(numbered, infer_schema_length=None)


def op_of(fields: dict[str, Any], **settings: Any) -> Fields:
    return Fields.model_validate({"fields": fields, **settings})


def similarity(op: Fields, rows: pl.DataFrame, one: int = 0, other: int = 1) -> float:
    text = Text(rows["text"], rows)
    signatures = op.resolved(op.profile(text)).sets(text)
    out = np.empty(1, np.float32)
    left, right = np.array([one]), np.array([other])
    pair_similarities(METRICS[op.metric()], signatures.offsets, signatures.hashes, left, right, out)
    return float(out[0])


def kept(op: Fields, rows: pl.DataFrame, block_rows: int = 50_000) -> list[int]:
    """The places of the rows that stay."""
    result = run_rows((Step("fields", "dedup.fields", op),), rows, block_rows=block_rows)
    return [int(each, 16) - 1 for each in result.rows["id"]]


def runs(value: str) -> set[str]:
    """Three characters, a blank put at either end; two where the first is Chinese."""
    padded = f" {' '.join(value.lower().split())} "
    found = set()
    for at in range(len(padded) - 1):
        chinese = ord(padded[at]) in HAN or (at == 0 and ord(padded[1]) in HAN)
        found.add(padded[at : at + 2] if chinese else padded[at : at + 3])
    return {run for run in found if len(run) == 3 or any(ord(letter) in HAN for letter in run)}


def cosine(one: set[str], other: set[str], weight: dict[str, float] | None = None) -> float:
    sums = [sum(1 if weight is None else weight[run] ** 2 for run in each) for each in (one & other, one, other)]
    return sums[0] / math.sqrt(sums[1] * sums[2])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mitchell green", "mitchel green"),
        ("12 wallaby place", "wallaby place 21"),
        ("a", "a b"),
        ("张三丰", "张三峰"),
        ("上海市浦东新区世纪大道100号", "上海浦东世纪大道100号"),
        ("iphone 15 手机壳", "手机壳 iphone 16"),
    ],
)
def test_a_field_is_as_alike_as_its_runs_counted_by_hand(one: str, other: str) -> None:
    found = similarity(op_of({"name": 1}, rarity=False, least_shared=0.0), rows_of({"name": one}, {"name": other}))
    # no blank stands between a Chinese character and its neighbour
    first, second = (runs(each.replace(" 手", "手").replace("壳 ", "壳")) for each in (one, other))
    assert found == pytest.approx(cosine(first, second), abs=1e-6)
    assert 0 < found < 1


def test_rare_runs_weigh_more() -> None:
    names = ["sony camera x12", "sony camera y77", "sony player x12", "sony radio", "sony lens", "canon lens"]
    rows = rows_of(*({"name": name} for name in names))
    count = Counter(run for name in names for run in runs(name))
    weight = {run: math.log(1 + len(names) / often) for run, often in count.items()}
    op = op_of({"name": 1}, least_shared=0.0)
    for other in range(1, len(names)):
        assert similarity(op, rows, 0, other) == pytest.approx(cosine(runs(names[0]), runs(names[other]), weight), abs=0.01)
    even = op_of({"name": 1}, least_shared=0.0, rarity=False)
    assert similarity(op, rows, 0, 1) < similarity(even, rows, 0, 1)


def test_fields_count_by_their_weights() -> None:
    rows = rows_of({"a": "same", "b": "one", "c": "x"}, {"a": "same", "b": "two", "c": "x"})
    fields = {"a": {"weight": 3, "compare": "exact"}, "b": {"weight": 2, "compare": "exact"}, "c": 1.5}
    assert similarity(op_of(fields), rows) == pytest.approx(4.5 / 6.5)


@pytest.mark.parametrize("one", ["(555) 010-0199", "555.010.0199", "５５５ ０１００１９９"])
def test_exact_looks_at_letters_and_digits_alone(one: str) -> None:
    phone = op_of({"phone": {"compare": "exact"}})
    assert similarity(phone, rows_of({"phone": one}, {"phone": "5550100199"})) == 1
    assert similarity(phone, rows_of({"phone": one}, {"phone": "5550100198"})) == 0


def test_a_missing_value_is_left_out_on_both_sides() -> None:
    fields = {name: {"compare": "exact"} for name in "abcd"}
    full = {"a": "1", "b": "2", "c": "3", "d": "4"}
    for other, told in (
        ({**full, "d": None}, 1.0),
        ({**full, "c": "", "d": "-"}, 1.0),  # without a letter or digit there is no value
        ({**full, "b": "9", "d": None}, 2 / 3),
        ({"a": "1", "b": None, "c": None, "d": None}, 1 / 2),  # below the share of weight that should be compared
    ):
        assert similarity(op_of(fields), rows_of(full, other)) == pytest.approx(told)
    lone = rows_of(full, {"a": "1", "b": None, "c": None, "d": None})
    assert similarity(op_of(fields, least_shared=0.0), lone) == 1
    assert similarity(op_of(fields, least_shared=1.0), lone) == 1 / 4


def test_the_threshold_itself_is_enough_and_the_next_number_is_not() -> None:
    fields = {name: {"compare": "exact"} for name in "abc"}
    rows = rows_of({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "2", "c": "4"})
    assert kept(op_of({name: fields[name] for name in "bc"}, threshold=0.5), rows) == [0]
    assert kept(op_of({name: fields[name] for name in "bc"}, threshold=math.nextafter(0.5, 1) + 1e-6), rows) == [0, 1]
    assert kept(op_of(fields, threshold=0.666), rows) == [0]
    assert kept(op_of(fields, threshold=0.667), rows) == [0, 1]


def test_records_of_which_nothing_is_known_are_twins_of_none() -> None:
    rows = rows_of(
        {"a": None, "b": "x"}, {"a": None, "b": None}, {"a": "", "b": None}, {"a": "-", "b": "?"}, {"a": "k", "b": "y"}
    )
    assert kept(op_of({"a": 1, "b": 1}), rows) == [0, 1, 2, 3, 4]


def test_equal_records_too_poor_to_compare_both_stay() -> None:
    rows = rows_of(*[{"state": "nsw", "name": None, "street": None}] * 3)
    assert kept(op_of({"state": 1, "name": 2, "street": 2}), rows) == [0, 1, 2]
    assert kept(op_of({"state": 1, "name": 2, "street": 2}, least_shared=0.0), rows) == [0]


def test_values_in_the_wrong_column_meet_where_a_field_has_both_columns() -> None:
    rows = rows_of({"given": "mitchell", "family": "green"}, {"given": "green", "family": "mitchell"})
    apart = op_of({"given": 1, "family": 1}, threshold=0.7)
    together = op_of({"person": {"columns": ["given", "family"]}}, threshold=0.7)
    assert kept(apart, rows) == [0, 1]
    assert kept(together, rows) == [0]
    assert together.reads() == ("given", "family")


def test_numbers_dates_and_lists_are_compared_as_they_are_written() -> None:
    rows = pl.DataFrame(
        {"id": [digit * 32 for digit in "123"], "origin": ["o"] * 3, "text": ["t"] * 3, "n": [17, 17, 18]}
    ).with_columns(
        day=pl.Series(["2024-01-31", "2024-01-31", "2023-05-02"]).str.to_date(), tags=pl.Series([["a", "b"], ["a", "b"], None])
    )
    assert kept(op_of({"n": 1, "day": 1, "tags": 1}, threshold=0.9), rows) == [int("1" * 32, 16) - 1, int("3" * 32, 16) - 1]


def test_without_chains_a_row_goes_only_for_one_it_is_like() -> None:
    names = ["anna maria lopez", "anna maria lopes", "ana marie lopes", "ann marie loos"]
    rows = rows_of(*({"name": name} for name in names), *({"name": f"stranger {n} x{n * 7}"} for n in range(10)))
    alone, chained = (op_of({"name": 1}, threshold=0.5, chain=chain) for chain in (False, True))
    assert len(kept(chained, rows)) < len(kept(alone, rows))
    result = run_rows((Step("fields", "dedup.fields", alone),), rows)
    gone = result.dropped["fields"]
    told = gone["measured"].str.json_path_match("$.similarity").cast(pl.Float64)
    assert (told >= 0.5).all()
    assert len(gone) > 0


def test_a_value_that_all_share_is_no_key_but_two_of_them_together_are() -> None:
    people = [{"first": f"n{n % 60}", "last": f"m{n // 60}", "state": "nsw"} for n in range(3600)]
    rows = rows_of(*people, {"first": "n7", "last": "m9", "state": "nsw"})
    op = op_of({"first": {"compare": "exact"}, "last": {"compare": "exact"}, "state": {"compare": "exact"}}, threshold=1.0)
    text = Text(rows["text"], rows)
    postings = op.resolved(op.profile(text)).postings(text)
    buckets = np.unique(postings.keys, return_counts=True)[1]
    assert buckets.max() <= 48
    twins = [set(postings.keys[postings.rows == row].tolist()) for row in (7 + 9 * 60, 3600)]
    assert twins[0] & twins[1]
    assert kept(op, rows)[-1] == 3599


def test_the_longest_record_is_that_with_the_most_letters_in_its_fields() -> None:
    rows = rows_of({"a": "jon smith", "b": None}, {"a": "jon smith", "b": "12 long street"}, {"a": "jon smith", "b": "12 long"})
    assert kept(op_of({"a": 2, "b": 1}, keep="longest"), rows) == [1]
    assert kept(op_of({"a": 2, "b": 1}, keep="shortest"), rows) == [0]


def test_hostile_values_are_compared_like_others() -> None:
    wild = [
        "a" * 1_000_000,
        "中" * 300_000,
        "\x00",
        "\u202e\u2066abc",
        "x" + "\u0301" * 100_000,
        "😀",
        "'; drop table",
        "",
        None,
    ]
    rows = rows_of(*({"name": each} for each in wild), *({"name": each} for each in wild))
    stays = kept(op_of({"name": 1}, threshold=0.9), rows)
    valued = [n for n, each in enumerate(wild) if each and any(letter.isalnum() for letter in each)]
    assert set(range(len(wild), 2 * len(wild))) - set(stays) == {n + len(wild) for n in valued}


@pytest.mark.parametrize(
    "fields", [{}, {"": 1}, {"a": 0}, {"a": -1}, {"a": "much"}, {"a": {"compare": "sound"}}, {"a": {"columns": [""]}}]
)
def test_fields_that_say_nothing_sensible_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises((Error, ValueError)):
        op_of(fields)


@pytest.mark.skipif(not (SHARED / "corpora" / "dup-en-febrl").is_dir(), reason="the shared corpora are not here")
def test_every_duplicate_of_febrl_is_found_and_no_stranger() -> None:
    packed = SHARED / "corpora" / "dup-en-febrl" / "dataset1.csv.zst"
    plain = subprocess.run(["zstdcat", str(packed)], check=True, capture_output=True).stdout.decode()
    table = [{key.strip(): value.strip() for key, value in row.items()} for row in csv.DictReader(io.StringIO(plain))]
    rows = rows_of(*table)
    columns = [name for name in table[0] if name != "rec_id"]
    weights = {"given_name": 0.25, "street_number": 0.5, "state": 0.5, "soc_sec_id": 1.5}  # chosen on dataset 3
    op = op_of({name: weights.get(name, 1) for name in columns}, threshold=0.33)
    for block_rows in (50_000, 300):
        stays = kept(op, rows, block_rows)
        people = [table[place]["rec_id"].split("-")[1] for place in stays]
        assert len(people) == len(set(people)) == 500
