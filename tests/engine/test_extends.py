"""A version that extends another is what one run over the old and the new files makes, at the cost of the new ones."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dprep import Error, api
from dprep.engine.why import why
from dprep.store.compare import compare
from dprep.store.exports import export
from dprep.store.gc import gc
from dprep.store.manifest import file_hash
from dprep.store.versions import Version, list_versions
from tests.engine.growing import NEW, OLD, STEPS, made, project, recipe, rows_file

SPLIT = """
[[step]]
op = "split.stratified"
ratios = { train = 1, test = 1 }
"""
PASSAGES = """
[[step]]
op = "expand.passages"
size = 3
"""
ONLY_VARIANTS = """
[[step]]
op = "filter.where"
condition = "made_by = 'noise'"
"""


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with `pages@v1` of the old rows, `pages@v2` that extends it, and `whole@v1` of one run over both files."""
    folder = project(tmp_path_factory.mktemp("grown"))
    made(folder, ["old.jsonl"])
    made(folder, ["new.jsonl"], extends="pages@v1")
    made(folder, ["old.jsonl", "new.jsonl"], name="whole")
    return folder / "store"


def rows(version: Version) -> pl.DataFrame:
    """Its rows in the order of the files."""
    return pl.concat([pl.read_parquet(file, glob=False) for file in version.data_files()])


def problem(folder: Path, *files: str, **how: Any) -> tuple[str, str]:
    """Code and sentence of what is wrong with a run."""
    with pytest.raises(Error) as caught:
        made(folder, files, **how)
    assert [p.code for p in caught.value.problems] == [caught.value.problems[0].code]
    assert "Traceback" not in str(caught.value)
    return caught.value.problems[0].code, caught.value.problems[0].sentence


def codes(path: Path, store: Path) -> list[str]:
    """Codes of what `dprep check` says."""
    return [problem.code for problem in api.check(path, store=store)]


def test_it_has_the_rows_ids_and_order_of_one_run_over_both(grown: Path) -> None:
    extended, whole = api.open("pages@v2", store=grown), api.open("whole@v1", store=grown)

    assert rows(extended).equals(rows(whole))
    assert extended.manifest["got"] == whole.manifest["got"]
    assert rows(extended).get_column("id").n_unique() == len(rows(extended)) == 4 + 5


def test_the_books_balance_and_say_where_the_old_rows_come_from(grown: Path) -> None:
    base, extended = api.open("pages@v1", store=grown), api.open("pages@v2", store=grown)
    *_, before, last = extended.ledger["steps"]

    assert (last["op"], last["in"], last["added"], last["dropped"], last["out"]) == ("extends", 5, 4, 0, 9)
    assert before["out"] == last["in"]
    assert extended.manifest["rows"] == {"in": 6, "out": 9, "rejected": 0, "parts": {"train": 9}}
    told = extended.manifest["extends"]
    assert (told["dataset"], told["version"], told["rows"]) == ("pages", "v1", 4)
    assert told["got"] == base.manifest["got"]


def test_old_shards_are_the_same_files_under_another_name(grown: Path) -> None:
    base, extended = api.open("pages@v1", store=grown), api.open("pages@v2", store=grown)

    assert [file.name for file in extended.data_files()] == ["train-00000-of-00002.parquet", "train-00001-of-00002.parquet"]
    assert extended.data_files()[0].samefile(base.data_files()[0])
    for file in extended.manifest["files"]:
        path = extended.folder / file["path"]
        assert (file["bytes"], file["hash"]) == (path.stat().st_size, file_hash(path))


def test_where_files_cannot_be_linked_they_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path)
    base = made(tmp_path, ["old.jsonl"])

    def refuse(*_: object) -> None:
        raise OSError(errno.EXDEV, "cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    extended = made(tmp_path, ["new.jsonl"], extends="pages@v1")

    assert not extended.data_files()[0].samefile(base.data_files()[0])
    assert extended.data_files()[0].read_bytes() == base.data_files()[0].read_bytes()


def test_versions_can_be_extended_again_and_stay_whole_without_the_first(tmp_path: Path) -> None:
    project(tmp_path)
    rows_file(tmp_path, "more.jsonl", [OLD[0], NEW[0], {"text": "one more row of text", "n": 11}])
    made(tmp_path, ["old.jsonl"])
    second = made(tmp_path, ["new.jsonl"], extends="pages@v1")
    third = made(tmp_path, ["more.jsonl"], extends=f"pages@{second.manifest['got'][:8]}")
    whole = made(tmp_path, ["old.jsonl", "new.jsonl", "more.jsonl"], name="whole")

    shutil.rmtree(tmp_path / "store/datasets/pages/v1")
    shutil.rmtree(second.folder)

    assert third.manifest["extends"]["shards"] == {"train": 2}
    assert rows(third).equals(rows(whole))


def test_many_repeats_count_on_as_in_one_run(tmp_path: Path) -> None:
    chance = random.Random(5)
    texts = [{"text": f"row number {chance.randrange(30)} of all"} for _ in range(3000)]
    project(tmp_path, texts[:2000], texts[2000:])
    made(tmp_path, ["old.jsonl"])
    extended = made(tmp_path, ["new.jsonl"], extends="pages@v1")
    whole = made(tmp_path, ["old.jsonl", "new.jsonl"], name="whole")

    assert rows(extended).equals(rows(whole))


def test_numbers_that_dropped_rows_left_free_are_used_and_no_id_comes_twice(tmp_path: Path) -> None:
    project(tmp_path, [OLD[0]] * 3 + [OLD[2]], [OLD[0]] * 4)
    base = made(tmp_path, ["old.jsonl"], '[[step]]\nop = "dedup.exact"\n')
    assert base.manifest["rows"]["out"] == 2

    extended = made(tmp_path, ["new.jsonl"], extends="pages@v1")

    assert rows(extended).get_column("id").n_unique() == 6


@pytest.mark.parametrize(("workers", "block"), [(1, "1"), (2, "2"), (2, "50000")])
def test_workers_and_blocks_do_not_change_a_byte(
    tmp_path: Path, grown: Path, monkeypatch: pytest.MonkeyPatch, workers: int, block: str
) -> None:
    monkeypatch.setenv("DPREP_BLOCK_ROWS", block)
    project(tmp_path)
    made(tmp_path, ["old.jsonl"])
    ran = api.run(recipe(tmp_path, ["new.jsonl"], extends="pages@v1"), store=tmp_path / "store", workers=workers)

    for file in api.open("pages@v2", store=grown).manifest["files"]:
        assert file_hash(ran.folder / file["path"]) == file["hash"]


def test_an_unchanged_recipe_is_a_look_up_and_another_base_is_another_question(tmp_path: Path) -> None:
    project(tmp_path)
    made(tmp_path, ["old.jsonl"])
    made(tmp_path, ["old.jsonl"], STEPS.replace("3", "2"), name="wide")
    first = api.run(recipe(tmp_path, ["new.jsonl"], extends="pages@v1"), store=tmp_path / "store")
    again = api.run(
        recipe(tmp_path, ["new.jsonl"], extends=f"pages@v1#{first.manifest['extends']['got'][:8]}"), store=tmp_path / "store"
    )
    other = api.run(recipe(tmp_path, ["new.jsonl"], extends="wide@v1"), store=tmp_path / "store")

    assert (first.cached, again.cached, again.folder) == (False, True, first.folder)
    assert other.manifest["asked"] != first.manifest["asked"]
    assert other.manifest["rows"]["out"] == first.manifest["rows"]["out"] + 1


def test_a_run_that_breaks_before_the_end_leaves_no_version_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grown: Path
) -> None:
    project(tmp_path)
    made(tmp_path, ["old.jsonl"])
    path = recipe(tmp_path, ["new.jsonl"], extends="pages@v1")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("dprep.engine.extends.link", killed)
        with pytest.raises(KeyboardInterrupt):
            api.run(path, store=tmp_path / "store", workers=1)
    assert [str(version) for version in list_versions(tmp_path / "store")] == ["pages@v1"]

    done = api.run(path, store=tmp_path / "store", workers=1)
    assert done.manifest["got"] == api.open("pages@v2", store=grown).manifest["got"]


def test_a_trial_has_the_old_rows_and_some_new_ones(tmp_path: Path) -> None:
    project(tmp_path)
    made(tmp_path, ["old.jsonl"])
    path = recipe(tmp_path, ["new.jsonl"], extends="pages@v1")

    some = api.run(path, store=tmp_path / "store", limit=1)
    early = api.run(path, store=tmp_path / "store", until="whitespace")

    assert some.manifest["rows"]["out"] == 5
    assert (early.manifest["rows"]["out"], "extends" in early.manifest) == (6, False)


def test_parts_are_joined_and_read_by_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(
        tmp_path, [{"text": f"old row number {n}"} for n in range(40)], [{"text": f"new row number {n}"} for n in range(10)]
    )
    base = made(tmp_path, ["old.jsonl"], SPLIT)
    extended = made(tmp_path, ["new.jsonl"], SPLIT, extends="pages@v1")

    for part in ("train", "test"):
        old, all_rows = (set(version.scan(part).collect()["id"]) for version in (base, extended))
        assert old < all_rows
        assert extended.manifest["rows"]["parts"][part] == len(all_rows)
        assert extended.data_files(part)[0].samefile(base.data_files(part)[0])
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    loaded = datasets.load_dataset(str(extended.folder), cache_dir=str(tmp_path / "cache"))
    assert {part: len(loaded[part]) for part in loaded} == extended.manifest["rows"]["parts"]


def test_a_part_that_got_no_row_before_may_get_one_now(tmp_path: Path) -> None:
    project(tmp_path, OLD[:1], [{"text": f"new row number {n}"} for n in range(10)])
    old = SPLIT.replace("test = 1", "test = 0.01")
    base = made(tmp_path, ["old.jsonl"], old, source='keep = []\ncolumns = { text = "text" }')
    assert base.parts == ("train",)

    extended = made(tmp_path, ["new.jsonl"], SPLIT, extends="pages@v1")

    assert set(extended.manifest["rows"]["parts"]) == {"train", "test"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (SPLIT, STEPS, "nothing divides the new rows"),
        (STEPS, SPLIT, "in part `test`, which `pages@v1` does not have"),
        (SPLIT, SPLIT.replace("test", "dev"), "in part `dev`"),
    ],
)
def test_other_parts_are_told_before_the_run(tmp_path: Path, old: str, new: str, told: str) -> None:
    project(tmp_path)
    made(tmp_path, ["old.jsonl"], old)

    code, sentence = problem(tmp_path, "new.jsonl", steps=new, extends="pages@v1")

    assert code == "extends-other-parts"
    assert told in sentence


def test_parts_that_only_the_files_say_are_told_in_the_run(tmp_path: Path) -> None:
    project(tmp_path, [{"text": "a b c", "part": "train"}], [{"text": "d e f", "part": "dev"}])
    source = 'columns = { text = "text", part = "part" }'
    made(tmp_path, ["old.jsonl"], source=source)

    code, sentence = problem(tmp_path, "new.jsonl", extends="pages@v1", source=source)

    assert (code, "`dev`" in sentence) == ("extends-other-parts", True)
    assert not list((tmp_path / "store/runs").glob("*"))


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ({"text": "a b c"}, "`n` is missing"),
        ({"text": "a b c", "n": 1, "more": 2}, "`more` is new"),
        ({"text": "a b c", "n": "one"}, "`n` is `String`, there `Int64`"),
        ({"text": "a b c", "n": 1.5}, "`n` is `Float64`, there `Int64`"),
    ],
)
def test_other_columns_are_told_with_both_lists(tmp_path: Path, new: dict[str, Any], told: str) -> None:
    project(tmp_path, OLD, [new])
    made(tmp_path, ["old.jsonl"])

    code, sentence = problem(tmp_path, "new.jsonl", extends="pages@v1")

    assert (code, told in sentence) == ("extends-other-columns", True)


def test_a_column_that_a_step_makes_here_only_is_told_by_check(tmp_path: Path) -> None:
    project(tmp_path)
    made(tmp_path, ["old.jsonl"])
    path = recipe(tmp_path, ["new.jsonl"], STEPS + '[[step]]\nop = "tag.length"\n', extends="pages@v1")

    assert codes(path, tmp_path / "store") == ["extends-other-columns"]


def test_whole_numbers_nulls_and_smaller_objects_take_the_types_that_are_there(tmp_path: Path) -> None:
    old = [{"text": "a b c", "size": 1.5, "tags": ["x"], "meta": {"a": 1, "b": "two"}, "kind": "k"}]
    new = [{"text": "d e f", "size": 2, "tags": None, "meta": {"b": "three"}, "kind": None}]
    project(tmp_path, old, new)
    made(tmp_path, ["old.jsonl"])
    extended = made(tmp_path, ["new.jsonl"], extends="pages@v1")
    whole = made(tmp_path, ["old.jsonl", "new.jsonl"], name="whole")

    assert rows(extended).equals(rows(whole))


def test_columns_in_another_order_are_the_same_columns(tmp_path: Path) -> None:
    project(tmp_path, [{"text": "a b c", "label": "x"}], [{"text": "d e f", "label": "y"}])
    head = 'task = "classification"'
    made(tmp_path, ["old.jsonl"], head=head, source='columns = { text = "text", label = "label" }')
    extended = made(
        tmp_path, ["new.jsonl"], head=head, source='columns = { label = "label", text = "text" }', extends="pages@v1"
    )

    assert rows(extended)["label"].to_list() == ["x", "y"]
    assert extended.manifest["labels"] == ["x", "y"]


@pytest.mark.parametrize(
    ("extends", "code"),
    [
        ("pages", "wrong-value"),
        ("../pages@v1", "wrong-value"),
        ("pages@v1.2", "wrong-value"),
        ("paages@v1", "no-such-dataset"),
        ("pages@v7", "no-such-version"),
        ("pages@ffffffff", "no-such-version"),
        ("pages@v1#0000", "artifact-changed"),
    ],
)
def test_a_base_that_is_not_there_is_told_at_its_place(grown: Path, extends: str, code: str) -> None:
    found = api.check(recipe(grown.parent, ["new.jsonl"], extends=extends), store=grown)

    assert [problem.code for problem in found] == [code]
    assert (found[0].place.line if found[0].place else 0) == 4


def test_another_task_is_told(tmp_path: Path) -> None:
    project(tmp_path, [{"text": "a b c", "label": "x"}], [{"text": "d e f", "label": "x"}])
    made(tmp_path, ["old.jsonl"], "", head='task = "classification"')

    assert codes(recipe(tmp_path, ["new.jsonl"], "", extends="pages@v1"), tmp_path / "store") == ["extends-other-task"]


def test_a_key_that_is_there_already_is_rejected_as_within_one_run(tmp_path: Path) -> None:
    project(tmp_path, [{"text": "a b c", "key": 1}], [{"text": "d e f", "key": 1}, {"text": "g h i", "key": 2}])
    source = 'id = "key"\nmax_rejected = 1'
    made(tmp_path, ["old.jsonl"], source=source)
    extended = made(tmp_path, ["new.jsonl"], source=source, extends="pages@v1")

    assert rows(extended)["text"].to_list() == ["a b c", "g h i"]
    [rejected] = extended.rejected().collect().to_dicts()
    assert (rejected["reason"], rejected["line"]) == ("duplicate-key", 1)
    assert "pages@v1" in rejected["detail"]


def test_a_text_whose_pieces_are_there_gives_pieces_of_other_names(tmp_path: Path) -> None:
    project(tmp_path)
    made(tmp_path, ["old.jsonl"], PASSAGES)
    extended = made(tmp_path, ["new.jsonl"], PASSAGES, extends="pages@v1")
    whole = made(tmp_path, ["old.jsonl", "new.jsonl"], PASSAGES, name="whole")

    assert rows(extended).equals(rows(whole))


def test_made_rows_whose_names_are_taken_are_told(tmp_path: Path) -> None:
    twice = PASSAGES + '[[step]]\nop = "augment.noise"\nshare = 1.0\n' + ONLY_VARIANTS
    project(tmp_path, OLD[:1], OLD[:1])
    assert set(rows(made(tmp_path, ["old.jsonl"], twice))["made_by"]) == {"noise"}

    assert problem(tmp_path, "new.jsonl", steps=twice, extends="pages@v1")[0] == "extends-same-rows"


@pytest.mark.parametrize(("old", "new"), [(OLD, [OLD[1]]), ([OLD[1]], NEW), ([OLD[1]], [OLD[1]])])
def test_either_side_may_have_no_row_left(tmp_path: Path, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> None:
    project(tmp_path, old, new)
    base = made(tmp_path, ["old.jsonl"])
    extended = made(tmp_path, ["new.jsonl"], extends="pages@v1")
    whole = made(tmp_path, ["old.jsonl", "new.jsonl"], name="whole")

    assert rows(extended).equals(rows(whole))
    assert len(extended.data_files()) == 1
    assert base.manifest["rows"]["out"] == extended.manifest["extends"]["rows"]


def test_a_side_without_a_readable_record_has_no_columns_to_fit(tmp_path: Path) -> None:
    project(tmp_path, [], OLD)
    (tmp_path / "old.jsonl").write_text('{"text": \n')
    readable = 'max_rejected = 1.0\ncolumns = { text = "text" }'
    none = made(tmp_path, ["old.jsonl"], source=readable)
    some = made(tmp_path, ["new.jsonl"], extends="pages@v1")
    same = made(tmp_path, ["old.jsonl"], source=readable, extends="pages@v2")

    assert [version.manifest["rows"]["out"] for version in (none, some, same)] == [0, 4, 4]
    assert rows(same).equals(rows(some))
    assert same.manifest["columns"] == some.manifest["columns"]


def test_a_step_may_be_called_extends(tmp_path: Path) -> None:
    project(tmp_path)
    made(tmp_path, ["old.jsonl"])
    extended = made(
        tmp_path, ["new.jsonl"], STEPS.replace('"filter.length"', '"filter.length"\nname = "extends"'), extends="pages@v1"
    )

    assert [step["name"] for step in extended.ledger["steps"]][-2:] == ["extends", "extends-2"]


def test_why_tells_an_old_row_s_life_where_it_was_lived(grown: Path) -> None:
    base, extended = api.open("pages@v1", store=grown), api.open("pages@v2", store=grown)
    id = rows(base)["id"][0]
    there, here = why(base, id), why(extended, id)

    assert here.events[: len(there.events)] == there.events
    assert (here.events[-1].step, here.events[-1].what) == ("extends", "came with `pages@v1`, as it stands")
    assert (here.version, here.fate, here.notes) == ("pages@v2", "kept in part `train`", ())


def test_why_tells_a_new_row_s_life_without_the_base(tmp_path: Path) -> None:
    project(tmp_path)
    base = made(tmp_path, ["old.jsonl"])
    extended = made(tmp_path, ["new.jsonl"], extends="pages@v1")
    shutil.rmtree(base.folder)

    new, old = why(extended, "new.jsonl:5"), why(extended, "old.jsonl:1")

    assert ([event.step for event in new.events], new.notes) == (["read", "whitespace", "length"], ())
    assert why(extended, "new.jsonl:2").fate == "dropped by `length`: min_words"
    assert [event.step for event in old.events] == ["extends", "stored"]
    assert "the store has `pages@v1` no more" in old.notes[0]


def test_diff_export_report_and_gc_take_it_for_a_version_like_others(grown: Path, tmp_path: Path) -> None:
    base, extended = api.open("pages@v1", store=grown), api.open("pages@v2", store=grown)

    found = compare(base, extended)
    assert (found.rows("removed"), found.rows("added"), found.rows("changed"), found.same) == (0, 5, 0, 4)
    assert found.recipe == ("  extends none -> pages@v1",)
    assert compare(extended, api.open("whole@v1", store=grown)).rows("changed") == 0
    [file] = export(extended, tmp_path / "out", "jsonl")
    assert len(file.read_text().splitlines()) == 9
    assert "pages@v1" in (extended.folder / "report.html").read_text()
    gc(grown, keep_bytes=0)
    assert len(rows(extended)) == 9


def test_card_and_croissant_name_the_base_and_its_licences(tmp_path: Path) -> None:
    project(tmp_path)
    made(tmp_path, ["old.jsonl"], head='license = "MIT"')
    made(tmp_path, ["new.jsonl"], source='license = "CC0-1.0"', extends="pages@v1")
    third = made(tmp_path, ["new.jsonl"], STEPS, extends="pages@v2")

    card = (third.folder / "README.md").read_text()
    assert "9 from pages@v2 as they stand, and 5 behind them, made from 6 rows" in card
    assert '- "mit"' in card
    assert '- "cc0-1.0"' in card
    assert json.loads((third.folder / "croissant.json").read_text())["license"] == ["CC0-1.0", "MIT"]


def test_advice_where_twins_of_old_rows_would_stay_and_where_rows_would_come_twice(grown: Path) -> None:
    exact = '[[step]]\nop = "dedup.exact"\n'

    assert codes(recipe(grown.parent, ["new.jsonl"], exact, extends="pages@v1"), grown) == ["extends-without-against"]
    assert codes(recipe(grown.parent, ["new.jsonl"], extends="pages@latest"), grown) == ["extends-itself"]
    assert codes(recipe(grown.parent, ["new.jsonl"], extends="pages@latest", name="other"), grown) == []
