"""Any rows at all through a whole run: no traceback, balanced books, the same rows however the input is cut."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dprep import api
from dprep.base.problem import Error
from dprep.engine.run import Ran, Request, run_plan
from dprep.report.writing import report_of_run
from tests.engine.at_hand import STEPS, blocks_of, check_books, content, data, recipe, rejected, run

CUTS = ((None, None), (1, None), (3, 40))
"""Rows of a block and bytes of a range."""
NO_SPLIT = STEPS[: STEPS.index('[[step]]\nop = "split')] + STEPS[STEPS.index('[[step]]\nop = "augment') :]
QUIET = STEPS[: STEPS.index('[[step]]\nop = "augment')]
FIRST = b'{"text":null,"n":null}'
"""Columns that the recipe names must be there."""
CURED = 'keep = []\ncolumns = { text = "text" }'

SAMPLES = (
    "\x00\x01\x1f\x7f\x85",
    "\u202eright to left\u202c \u2066mark\u2069",
    "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿🇨🇳",
    "a\u0300\u0301\u0302\u0303" * 9,
    "你好，世界。" * 30,
    "\u2028\u2029\r\n\t\v\f",
    "long " * 20_000,
    "<b>" * 99,
    "\ufeff\ufffe\uffff\U0010ffff",
)
texts = st.one_of(st.text(max_size=40), st.sampled_from(SAMPLES))
numbers = st.one_of(st.integers(-(2**70), 2**70), st.sampled_from([2**63 - 1, 2**63, 2**64, -(2**63)]), st.floats())
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
names = st.one_of(st.sampled_from(["a", "b", "", "*", "^x$", "a.b", "\0", "id", "名", "🙂"]), st.text(max_size=3))
values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3)), max_leaves=6
)
mostly_text = st.one_of(texts, texts, texts, values)
records = st.fixed_dictionaries({"text": mostly_text}, optional={"a": values, "b": scalars, "n": values})
lines = st.one_of(
    records.map(lambda record: json.dumps(record).encode()),  # NaN, Infinity and halves of surrogate pairs are among them
    records.map(lambda record: json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [b"{}", b"[]", b"1", b'{"text"', b'{"text":"\\ud800 x"}', b'{"text":"\xff\xfe"}', b"null", b'{"text":null}']
    ),
)


def cut_in_all_ways(folder: Path, rows: list[bytes], source: str, steps: str = STEPS, task: str = "text") -> list[Ran]:
    """The same rows in one block, in blocks of one row, and of three rows out of many ranges."""
    made = recipe(folder, rows, steps, source, task)
    return [run(made, folder / f"store{n}", *cut) for n, cut in enumerate(CUTS)]


def all_equal(runs: list[Ran]) -> bool:
    """Whether the runs came to the same rows, the same bytes and the same books."""
    books = [[ran.manifest["got"], ran.manifest["rows"], ran.manifest["columns"], ran.ledger["steps"]] for ran in runs]
    files = [content(ran.folder) for ran in runs]
    return books[1:] == books[:-1] and files[1:] == files[:-1]


@settings(max_examples=8)
@given(
    st.lists(lines, min_size=1, max_size=8),
    st.sampled_from(["max_rejected = 1000", 'max_rejected = 1000\ncolumns = { text = "text", n = "n" }']),
)
@example([b'{"text":"x y z"}', b'{"text":"x y z"}', b'{"text":"x y z","b":1}'] * 3, "")
@example([b'{"text":"a","n":%d}' % n for n in (1, 2**63, 2**63 + 1, 2**64, -1)], 'columns = { text = "text", n = "n" }')
@example(
    [json.dumps({"text": "w", "n": {f"{n}-{i}": 1 for i in range(40)}}).encode() for n in range(4)],
    'columns = { text = "text", n = "n" }',
)
def test_any_rows_come_to_the_same_version_however_they_are_cut(rows: list[bytes], source: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder, rows = Path(place), [FIRST, *rows]
        try:
            runs = cut_in_all_ways(folder, rows, source)
        except Error as error:
            # a name that no column can have, at the top of a record: told, and cured as it says
            if error.problems[0].code not in {"bad-name", "system-column", "second-split"}:
                raise
            runs = cut_in_all_ways(folder / "cured", rows, f"max_rejected = 1000\n{CURED}")

        for ran in runs:
            check_books(ran, sum(1 for row in rows if row.strip()))
        assert all_equal(runs)


@pytest.mark.parametrize(
    ("rows", "dropped", "kept"),
    [
        ([b'{"text":"the only row"}'], 0, 1),
        ([b'{"text":null}'] * 5, 5, 0),
        ([b'{"text":""}'] * 5, 5, 0),
        ([b'{"text":"equal rows here"}'] * 7, 6, 1),
    ],
    ids=["one row", "all null", "all too short", "all equal"],
)
def test_versions_with_few_rows_or_none_are_whole(tmp_path: Path, rows: list[bytes], dropped: int, kept: int) -> None:
    runs = cut_in_all_ways(tmp_path, rows, "", QUIET)

    for ran in runs:
        check_books(ran, len(rows))
        assert sum(step["dropped"] for step in ran.ledger["steps"]) == dropped
        assert ran.manifest["rows"]["out"] == kept
    assert all_equal(runs)


def test_a_source_of_which_nothing_can_be_read_fails_unless_it_may(tmp_path: Path) -> None:
    with pytest.raises(Error, match="5 of 5 records could not be read"):
        run(recipe(tmp_path / "strict", [b"{"] * 5), tmp_path / "store")

    ran = run(recipe(tmp_path / "lenient", [b"{"] * 5, source="max_rejected = 5"), tmp_path / "store2")

    assert ran.manifest["rows"] == {"in": 0, "out": 0, "rejected": 5, "parts": {"train": 0}}


def test_a_version_without_rows_has_its_columns(tmp_path: Path) -> None:
    ran = run(recipe(tmp_path, [b'{"text":null,"n":1}', b'{"text":"x"}']), tmp_path / "store")

    file = pq.ParquetFile(ran.folder / "data" / "train-00000-of-00001.parquet")
    assert (file.metadata.num_rows, file.metadata.num_row_groups) == (0, 0)
    assert file.schema_arrow.names[:4] == ["id", "origin", "part", "text"]
    assert "n" in file.schema_arrow.names
    assert ran.manifest["rows"]["parts"] == {"train": 0}


def test_no_rows_at_all_is_a_problem(tmp_path: Path) -> None:
    for text in (b"", b"\n\n  \n"):
        made = recipe(tmp_path, [])
        (tmp_path / "rows.jsonl").write_bytes(text)
        with pytest.raises(Error, match=r"no-rows|no-columns|missing-column"):
            run(made, tmp_path / "store")


@pytest.mark.parametrize(
    "name",
    [
        "id",
        "origin",
        "parent",
        "variant",
        "cluster",
        "lang",
        "__line",
        "__order",
        "__before",
        "__times",
        "",
        "*",
        "^.*$",
        "a\0",
    ],
)
def test_a_column_that_comes_late_and_cannot_be_is_told_with_its_cure(tmp_path: Path, name: str) -> None:
    made = recipe(tmp_path, [], source="")
    made.write_text(made.read_text().replace('"rows.jsonl"', '["a.jsonl", "b.jsonl"]'))
    (tmp_path / "a.jsonl").write_text('{"text": "nothing strange here"}\n')  # `check` reads the names of the first file
    (tmp_path / "b.jsonl").write_text(json.dumps({"text": "a strange row", name: "v"}) + "\n")

    with pytest.raises(Error) as raised:
        run(made, tmp_path / "store")

    assert raised.value.problems[0].code in {"bad-name", "system-column", "overwritten-column"}
    assert raised.value.exit_code == 1
    assert "keep = []" in raised.value.problems[0].help
    made.write_text(made.read_text().replace("[[step]]", "keep = []\n\n[[step]]", 1))
    check_books(run(made, tmp_path / "store"), 2)


STRANGE_NAMES = (
    "a.b",
    'a"b',
    "a'b",
    "`",
    "\\",
    "a,b",
    "a\nb",
    "名",
    "🙂",
    "key",
    "row",
    "m",
    "text ",
    "__index_level_0__",
    "$1",
    "n" * 300,
)


def test_strange_names_of_columns_are_carried_to_the_version(tmp_path: Path) -> None:
    rows = [
        json.dumps({"text": f"row number {n}", **{name: f"{name}{n}" for name in STRANGE_NAMES}}).encode() for n in range(3)
    ]

    runs = cut_in_all_ways(tmp_path, rows, "", QUIET)

    assert all_equal(runs)
    found = {row["text"]: row for row in data(runs[0]).iter_rows(named=True)}
    assert {name: f"{name}1" for name in STRANGE_NAMES}.items() <= found["row number 1"].items()


def test_3000_columns_are_told_and_500_are_carried(tmp_path: Path) -> None:
    def wide(columns: int) -> list[bytes]:
        return [json.dumps({"text": f"row {n}", **{f"c{i}": i for i in range(columns)}}).encode() for n in range(3)]

    ran = run(recipe(tmp_path / "a", wide(500)), tmp_path / "store")
    with pytest.raises(Error, match="too-many-columns"):
        run(recipe(tmp_path / "b", wide(3_000)), tmp_path / "store")

    check_books(ran, 3)
    assert data(ran).select("c0", "c499").row(0) == (0, 499)


def test_3000_columns_of_a_csv_are_carried_where_only_the_text_is_kept(tmp_path: Path) -> None:
    made = recipe(tmp_path, [], source="keep = []")
    made.write_text(made.read_text().replace("rows.jsonl", "rows.csv"))
    with (tmp_path / "rows.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["text", *(f"c{i}" for i in range(3_000))], ["some text", *range(3_000)]])

    check_books(run(made, tmp_path / "store"), 1)


def test_a_row_of_60_mb_is_a_block_of_its_own(tmp_path: Path) -> None:
    large = "0123456789abcde " * (60 * 2**16)
    rows = [b'{"text":"before it"}', json.dumps({"text": large, "n": 1}).encode(), b'{"text":"after it"}']

    ran = run(
        recipe(tmp_path, rows, '\n[[step]]\nop = "clean.whitespace"\n\n[[step]]\nop = "dedup.exact"\n'), tmp_path / "store"
    )

    check_books(ran, 3)
    kept = {row["n"]: row["text"] for row in data(ran).iter_rows(named=True)}
    assert kept[1] == large.strip()


def test_a_row_over_max_row_is_rejected_and_the_others_stay(tmp_path: Path) -> None:
    rows = [b'{"text":"before it"}', json.dumps({"text": "x" * 5_000}).encode(), b'{"text":"after it"}']

    runs = cut_in_all_ways(tmp_path, rows, "max_row = 1000")

    assert all_equal(runs)
    assert [(bad["line"], bad["reason"]) for bad in rejected(runs[0])] == [(2, "too-long")]


FILE_NAMES = (
    "a\nb.jsonl",
    "a\"b'c.jsonl",
    "名字.jsonl",
    "x..jsonl",
    "a:7.jsonl",
    " .jsonl",
    "-n.jsonl",
    "🙂.jsonl",
    "%s{}.jsonl",
)


def test_strange_names_of_files_are_carried_to_origin(tmp_path: Path) -> None:
    made = recipe(tmp_path, [])
    made.write_text(made.read_text().replace("rows.jsonl", "rows/*.jsonl"))
    (tmp_path / "rows").mkdir()
    for number, name in enumerate(FILE_NAMES):
        (tmp_path / "rows" / name).write_text(f'{{"text": "row number {number}"}}\n{{\n')

    ran = run(made, tmp_path / "store")

    check_books(ran, 2 * len(FILE_NAMES))
    assert set(data(ran).get_column("origin")) == {f"rows/{name}:1" for name in FILE_NAMES}
    assert {(bad["file"], bad["line"]) for bad in rejected(ran)} == {(f"rows/{name}", 2) for name in FILE_NAMES}


def test_a_file_name_that_is_no_text_is_escaped(tmp_path: Path) -> None:
    made = recipe(tmp_path, [])
    made.write_text(made.read_text().replace("rows.jsonl", "rows/*.jsonl"))
    (tmp_path / "rows").mkdir()
    try:
        (tmp_path / "rows" / "\udcff.jsonl").write_text('{"text": "some text"}\n')
    except OSError:
        pytest.skip("this file system takes text only")

    ran = run(made, tmp_path / "store")

    check_books(ran, 1)
    assert data(ran).get_column("origin").unique().to_list() == ["rows/\\xff.jsonl:1"]


def test_300_files_of_one_row_each(tmp_path: Path) -> None:
    made = recipe(tmp_path, [], '\n[[step]]\nop = "clean.whitespace"\n')
    made.write_text(made.read_text().replace("rows.jsonl", "rows/*.jsonl"))
    (tmp_path / "rows").mkdir()
    for number in range(300):
        (tmp_path / "rows" / f"{number}.jsonl").write_text(f'{{"text": "row number {number}"}}\n')

    ran = run(made, tmp_path / "store")

    check_books(ran, 300)
    assert len(ran.manifest["sources"][0]["files"]) == 300


PARTS = ("../x", "a/b", "", "..", ".", "-a", "a" * 300, "a\nb", "a b", "/etc", "a\\b", ["a"], {"a": 1})


@pytest.mark.parametrize("part", PARTS, ids=range(len(PARTS)))
def test_a_part_from_the_data_cannot_leave_the_folder(tmp_path: Path, part: Any) -> None:
    rows = [json.dumps({"text": f"row number {n}", "p": part}).encode() for n in range(2)]
    made = recipe(tmp_path, rows, NO_SPLIT, 'columns = { text = "text", part = "p" }')

    with pytest.raises(Error, match="bad-name"):
        run(made, tmp_path / "store")

    assert not list((tmp_path / "store" / "runs").iterdir())
    assert not list(tmp_path.rglob("*.parquet"))


@pytest.mark.parametrize("part", ["名", "a-00000-of-00001", "v1.2", 7, 1.5, True, None])
def test_a_part_that_can_name_a_file_is_one(tmp_path: Path, part: Any) -> None:
    rows = [json.dumps({"text": f"row number {n}", "p": part}).encode() for n in range(2)]

    ran = run(recipe(tmp_path, rows, NO_SPLIT, 'columns = { text = "text", part = "p" }'), tmp_path / "store")

    check_books(ran, 2)
    name = "train" if part is None else json.dumps(part, ensure_ascii=False).strip('"')
    assert list(ran.manifest["rows"]["parts"]) == [name]


LABELS = (
    "a,b",
    "a\nb",
    '"',
    "'",
    "中",
    "🙂",
    "a\0b",
    "- x",
    "# y",
    ": z",
    "null",
    "true",
    "1",
    "{x",
    "\u2028",
    "\\",
    "a" * 999,
    " ",
)


def test_strange_labels_come_through_to_the_card(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    rows = [json.dumps({"text": f"row number {n}", "label": label}).encode() for n, label in enumerate(LABELS)]

    ran = run(recipe(tmp_path, rows, NO_SPLIT, task="classification"), tmp_path / "store")

    check_books(ran, len(LABELS))
    assert ran.manifest["labels"] == sorted(LABELS)
    assert set(data(ran).get_column("label")) == set(LABELS)
    yaml.safe_load((ran.folder / "README.md").read_text(encoding="utf-8").split("\n---\n")[0].removeprefix("---\n"))


def test_labels_of_other_types_become_text(tmp_path: Path) -> None:
    labels = [1, 2.5, True, 3]
    rows = [json.dumps({"text": f"row number {n}", "label": label}).encode() for n, label in enumerate(labels)]

    runs = cut_in_all_ways(tmp_path, rows, "", NO_SPLIT, "classification")

    assert all_equal(runs)
    check_books(runs[0], 4)


def test_columns_of_parquet_that_cannot_be_are_told(tmp_path: Path) -> None:
    made = recipe(tmp_path, [])
    made.write_text(made.read_text().replace("rows.jsonl", "rows.parquet"))
    pl.DataFrame({"text": ["some text"], "*": [1]}).write_parquet(tmp_path / "rows.parquet")

    with blocks_of(1), pytest.raises(Error, match="bad-name"):
        run_plan(api.plan(made)[0], Request(tmp_path / "store", 1), report_of_run)
