"""What `--workers` and `--memory` come to."""

from __future__ import annotations

import pytest

from dprep.base.problem import Error
from dprep.engine import resources
from dprep.engine.resources import parse_bytes, settle

LARGE = [2**30]


@pytest.fixture(autouse=True)
def four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "cores", lambda: 4)


@pytest.mark.parametrize(
    ("memory", "workers"), [(None, 4), ("8G", 4), ("1500M", 2), ("1G", 1), ("600M", 1)], ids=lambda value: str(value)
)
def test_memory_limits_the_workers(memory: str | None, workers: int) -> None:
    assert settle(None, memory, LARGE).workers == workers


def test_more_workers_than_there_is_room_for_are_refused() -> None:
    with pytest.raises(Error, match=r"`--memory 1G` is too little for 2 workers\n.*there is room for 1"):
        settle(2, "1G", LARGE)
    with pytest.raises(Error, match=r"`--memory 100M` is too little for a run\n.*the least is 600M"):
        settle(None, "100M", LARGE)


def test_a_small_input_needs_no_workers_unless_they_are_asked_for() -> None:
    assert settle(None, None, [1000, 2000]).workers == 1
    assert settle(3, None, [1000]).workers == 3
    assert settle(None, None, [1000, -1]).workers == 4  # a size that is not known may be large


@pytest.mark.parametrize(
    ("files", "free", "packed"),
    [([10, 20], 600, False), ([10, 20], 599, True), ([10, -1], 10**9, True), ([], 0, False), ([10], None, False)],
    ids=["room for twenty times the input", "a byte less", "a size that is not known", "no file", "nobody looked"],
)
def test_checkpoints_are_compressed_where_the_disk_has_little_room(files: list[int], free: int | None, packed: bool) -> None:
    assert settle(None, None, files, free).sizes.packed == packed


@pytest.mark.parametrize(("text", "size"), [("4G", 4 * 2**30), ("1.5g", 3 * 2**29), ("300 MiB", 300 * 2**20), ("77", 77)])
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "lots", "-1G", "4 Q", "G"])
def test_what_is_no_size_is_told(text: str) -> None:
    with pytest.raises(Error, match="is no amount of memory"):
        parse_bytes(text)
