from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from dprep.base.problem import Error
from dprep.store import layout
from dprep.store.gc import gc, in_use

DAY = 24 * 3600


def put(path: Path, size: int, age: float = 0.0) -> Path:
    """A file of `size` bytes that was last used `age` seconds ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    for entry in (path, path.parent):
        os.utime(entry, (time.time() - age, time.time() - age))
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    put(tmp_path / "cache" / "stages" / "old" / "a.arrow", 100, 3000)
    put(tmp_path / "cache" / "stages" / "new" / "b.arrow", 100, 10)
    put(tmp_path / "cache" / "read" / "middle" / "c.arrow", 100, 2000)
    put(tmp_path / "cache" / "fingerprints.json", 5, 9000)
    put(tmp_path / "datasets" / "support" / "v1" / "manifest.json", 10, 9 * DAY)
    put(tmp_path / "trials" / "support-abc" / "manifest.json", 7, 9 * DAY)
    return tmp_path


def test_the_cache_loses_what_was_used_longest_ago(store: Path) -> None:
    found = gc(store, keep_bytes=150)

    assert [item.path.name for item in found.garbage if item.kind == "cache"] == ["old", "middle"]
    assert (found.cache_bytes, found.bytes) == (100, 207)
    assert not (store / "cache" / "stages" / "old").exists()
    assert (store / "cache" / "stages" / "new" / "b.arrow").exists()
    assert (store / "cache" / "fingerprints.json").exists()


def test_what_was_read_of_late_is_kept(store: Path) -> None:
    old = store / "cache" / "stages" / "old" / "a.arrow"
    os.utime(old, (time.time(), old.stat().st_mtime))

    found = gc(store, keep_bytes=150)

    assert [item.path.name for item in found.garbage if item.kind == "cache"] == ["middle", "new"]


def test_versions_are_never_touched_and_trials_go(store: Path) -> None:
    gc(store, keep_bytes=0)

    assert (store / "datasets" / "support" / "v1" / "manifest.json").exists()
    assert not (store / "trials" / "support-abc").exists()


def test_a_dry_run_removes_nothing(store: Path) -> None:
    before = sorted(store.rglob("*"))

    found = gc(store, keep_bytes=0, dry_run=True)

    assert len(found.garbage) == 4
    assert [path for path in sorted(store.rglob("*")) if path.name != ".in-use"] == before


def test_only_old_leftovers_go(store: Path) -> None:
    old = put(store / "runs" / ".support.12-0123456789ab.tmp" / "x", 50, 2 * DAY)
    fresh = put(store / "runs" / ".support.13-0123456789ab.tmp" / "x", 50, DAY / 2)
    file = put(store / "datasets" / "support" / ".v2.12-0123456789ab.tmp", 50, 2 * DAY)
    other = put(store / "datasets" / "support" / "v1" / ".kept.12-0123456789ab.tmp", 50, 2 * DAY)

    found = gc(store)

    assert sorted(item.path for item in found.garbage if item.kind == "left behind") == sorted([old.parent, file])
    assert fresh.exists()
    assert other.exists()
    assert not file.exists()


def test_a_run_under_way_keeps_its_cache(store: Path) -> None:
    with layout.locked(in_use(store), shared=True), pytest.raises(Error) as caught:
        gc(store, keep_bytes=0)

    assert caught.value.problems[0].code == "store-in-use"
    assert (store / "cache" / "stages" / "old").exists()


def test_a_link_in_the_cache_does_not_lead_out_of_it(store: Path, tmp_path: Path) -> None:
    precious = put(tmp_path / "elsewhere" / "precious", 9, 9 * DAY)
    (store / "cache" / "stages" / "link").symlink_to(precious.parent)

    gc(store, keep_bytes=0)

    assert precious.exists()
    assert not (store / "cache" / "stages" / "link").is_symlink()


def test_no_store_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Error, match="there is no store"):
        gc(tmp_path / "nowhere")
