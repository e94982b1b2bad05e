from __future__ import annotations

import errno
from pathlib import Path

import pytest

from dprep.base.problem import Error
from dprep.store.commit import disk_problem, replace, temporary_beside, write_file


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.txt"

    write_file(path, "one")
    write_file(path, b"two", durable=True)

    assert path.read_text() == "two"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.txt"]


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_file(path, "old")

    def halfway(temporary: Path) -> None:
        temporary.write_text("ne")
        assert path.read_text() == "old"
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        write_file(path, halfway)

    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_a_problem_and_leaves_nothing(tmp_path: Path) -> None:
    def overflow(_: Path) -> None:
        with open("/dev/full", "wb") as file:
            file.write(b"x" * 100_000)

    with pytest.raises(Error) as caught:
        write_file(tmp_path / "file.txt", overflow)

    problem = caught.value.problems[0]
    assert (problem.code, caught.value.exit_code) == ("disk-full", 1)
    assert problem.sentence == f"no space left while writing `file.txt` to `{tmp_path}`"
    assert "--store" in problem.help
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("")

    with pytest.raises(Error) as caught:
        write_file(tmp_path / "store" / "file.txt", "x")

    assert caught.value.problems[0].code == "store-not-writable"


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (OSError(errno.ENOSPC, "x"), "disk-full", "no space left"),
        (OSError(errno.EDQUOT, "x"), "disk-full", "no space left"),
        (OSError("No space left on device (os error 28)"), "disk-full", "no space left"),
        (OSError("[Errno 28] Error writing bytes to file"), "disk-full", "no space left"),
        (PermissionError(errno.EACCES, "x"), "store-not-writable", "permission denied"),
        (OSError(errno.EROFS, "x"), "store-not-writable", "the disk is read-only"),
        (OSError(errno.ENAMETOOLONG, "x"), "store-not-writable", "file name too long"),
    ],
)
def test_faults_of_the_disk_have_names(fault: OSError, code: str, words: str) -> None:
    problem = disk_problem(fault, Path("store/data/file.txt")).problems[0]

    assert problem.code == code
    assert words in problem.sentence
    assert problem.help


def test_what_cannot_be_moved_to_its_place_is_removed(tmp_path: Path) -> None:
    target = tmp_path / "v1"
    (target / "full").mkdir(parents=True)
    temporary = temporary_beside(target)
    temporary.mkdir()

    with pytest.raises(Error):
        replace(temporary, target)

    assert [entry.name for entry in tmp_path.iterdir()] == ["v1"]
