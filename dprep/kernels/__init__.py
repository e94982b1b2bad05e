"""Numba loops over Arrow string buffers. They know nothing of operators.

Numba's own cache does not see an edit in a helper of another file, so the cache folder is keyed by the source of every
kernel and by numba's version. It must be set before the first kernel is defined, which is why it happens here.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import sys
import tempfile
from pathlib import Path


def _sources_hash() -> str:
    digest = hashlib.sha256(importlib.metadata.version("numba").encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _cache_folder() -> Path:
    name = f"numba-{_sources_hash()}"
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(home, "dprep", name)
    if _writable(folder):
        return folder
    # the user's number keeps two users of one machine out of each other's compiled code
    user = os.getuid() if hasattr(os, "getuid") else 0
    return Path(tempfile.gettempdir(), f"dprep-{user}", name)


def _key_cache() -> None:
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    folder = str(_cache_folder())
    os.environ["NUMBA_CACHE_DIR"] = folder  # worker processes inherit it
    if "numba" in sys.modules:  # numba reads the variable only once, when it is imported
        sys.modules["numba"].config.CACHE_DIR = folder


_key_cache()
