from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from dprep.base.problem import Error
from dprep.store import layout
from tests.store.hand import manifest


def staged(store: Path, asked: str) -> Path:
    folder = layout.staging_folder(store, "support")
    (folder / "manifest.json").write_text(json.dumps(manifest(asked=asked)))
    return folder


def test_versions_are_numbered_from_one(tmp_path: Path) -> None:
    first, second = (layout.publish(staged(tmp_path, asked), tmp_path, "support", asked) for asked in ("a", "b"))

    assert first == (tmp_path / "datasets" / "support" / "v1", False)
    assert second == (tmp_path / "datasets" / "support" / "v2", False)


def test_the_same_question_is_answered_once(tmp_path: Path) -> None:
    first, _ = layout.publish(staged(tmp_path, "a"), tmp_path, "support", "a")
    again = staged(tmp_path, "a")

    assert layout.publish(again, tmp_path, "support", "a") == (first, True)
    assert not again.exists()
    assert layout.find_asked(tmp_path, "support", "a") == first
    assert layout.find_asked(tmp_path, "support", "b") is None


def test_a_number_is_never_given_twice(tmp_path: Path) -> None:
    half = tmp_path / "datasets" / "support" / "v7"
    half.mkdir(parents=True)

    folder, _ = layout.publish(staged(tmp_path, "a"), tmp_path, "support", "a")

    assert folder.name == "v8"
    assert list(half.iterdir()) == []


def test_what_tells_the_number_is_written_before_the_folder_is_seen(tmp_path: Path) -> None:
    target = tmp_path / "datasets" / "support" / "v1"

    def finish(folder: Path, version: str) -> None:
        assert not target.exists()
        (folder / "manifest.json").write_text(json.dumps(manifest(version=version)))

    folder, _ = layout.publish(layout.staging_folder(tmp_path, "support"), tmp_path, "support", "a", finish)

    assert folder == target
    assert json.loads((target / "manifest.json").read_text())["version"] == "v1"


def publish_some(store: Path, first: int) -> None:
    for number in range(first, first + 10):
        layout.publish(staged(store, f"question {number}"), store, "support", f"question {number}")


def test_two_runs_at_once_do_not_harm_each_other(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    runs = [context.Process(target=publish_some, args=(tmp_path, first)) for first in (0, 5)]
    for run in runs:
        run.start()
    for run in runs:
        run.join(60)

    folders = layout.version_folders(tmp_path, "support")
    asked = [json.loads((folder / "manifest.json").read_text())["asked"] for _, folder in folders]

    assert [run.exitcode for run in runs] == [0, 0]
    assert [number for number, _ in folders] == list(range(1, 16))
    assert sorted(asked) == sorted(f"question {number}" for number in range(15))
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_newer_trial_takes_the_place_of_the_older(tmp_path: Path) -> None:
    layout.publish_trial(staged(tmp_path, "a"), tmp_path, "support", "a" * 32)
    newer = staged(tmp_path, "a")
    (newer / "newer").touch()

    folder = layout.publish_trial(newer, tmp_path, "support", "a" * 32)

    assert folder == tmp_path / "trials" / "support-aaaaaaaaaaaa"
    assert (folder / "newer").exists()
    assert sorted(entry.name for entry in folder.parent.iterdir()) == [".lock", folder.name]
    assert layout.version_folders(tmp_path, "support") == []


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../a", "/a", "a\\b", "a@v1", "a b", ".a", "a.", "a\n", "a\0", "x" * 101, "字" * 80]
)
def test_no_name_leads_out_of_the_store(tmp_path: Path, name: str) -> None:
    with pytest.raises(Error) as caught:
        layout.dataset_folder(tmp_path, name)

    assert caught.value.problems[0].code == "dataset-name"


@pytest.mark.parametrize("part", ["", "..", "../../evil", "a/b", ".hidden", "a\0", "a\nb", "x" * 101])
def test_no_part_that_the_data_names_leads_out_of_the_version(part: str) -> None:
    with pytest.raises(Error) as caught:
        layout.check_part(part)

    assert (caught.value.problems[0].code, caught.value.exit_code) == ("bad-name", 1)


@pytest.mark.parametrize("name", ["support-intents", "客服", "a.b_c-1", "v1"])
def test_plain_names_are_good(tmp_path: Path, name: str) -> None:
    assert layout.dataset_folder(tmp_path, name) == tmp_path / "datasets" / name


def test_a_lock_that_another_holds_is_not_waited_for(tmp_path: Path) -> None:
    with layout.locked(tmp_path / ".lock", shared=True):
        with layout.locked(tmp_path / ".lock", shared=True, wait=False):
            pass
        with pytest.raises(BlockingIOError), layout.locked(tmp_path / ".lock", wait=False):
            pass
    with layout.locked(tmp_path / ".lock", wait=False):
        pass
