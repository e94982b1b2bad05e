from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dprep.kernels

COUNT = "import dprep.kernels; import numba; print(numba.config.CACHE_DIR)"


def cache_folder(first: str = "", **environment: str) -> str:
    """Where a fresh process would keep compiled kernels."""
    known = {name: value for name, value in os.environ.items() if name not in {"NUMBA_CACHE_DIR", "XDG_CACHE_HOME"}}
    root = str(Path(dprep.kernels.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", first + COUNT],
        env={**known, "PYTHONPATH": root, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_compiled_kernels_are_kept_in_the_users_cache(tmp_path):
    folder = Path(cache_folder(XDG_CACHE_HOME=str(tmp_path)))

    assert folder.parent == tmp_path / "dprep"
    assert folder.name.startswith("numba-")
    assert folder.is_dir()


def test_numba_imported_before_is_told_too(tmp_path):
    assert cache_folder("import numba; ", XDG_CACHE_HOME=str(tmp_path)).startswith(str(tmp_path))


def test_a_folder_that_the_user_has_set_is_kept(tmp_path):
    assert cache_folder(NUMBA_CACHE_DIR=str(tmp_path / "mine"), XDG_CACHE_HOME=str(tmp_path)) == str(tmp_path / "mine")


def test_an_unwritable_cache_gives_way_to_a_temporary_folder(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    folder = cache_folder(XDG_CACHE_HOME=str(blocked), TMPDIR=str(tmp_path))

    assert folder.startswith(str(tmp_path / "dprep-"))


def test_an_edit_in_any_kernel_changes_the_folder(tmp_path, monkeypatch):
    for path in Path(dprep.kernels.__file__).parent.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(dprep.kernels, "__file__", str(tmp_path / "__init__.py"))
    before = dprep.kernels._sources_hash()

    (tmp_path / "utf8.py").write_text("# edited\n")

    assert dprep.kernels._sources_hash() != before
