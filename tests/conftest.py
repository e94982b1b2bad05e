"""What every test may use: the shared corpora, if they are there, and one hypothesis profile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent

# A slow machine must not fail a test, and CI must give the same answer twice.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared real corpora: DPREP_SHARED, or `shared/` beside the repository. Skips where they are absent."""
    found = Path(os.environ.get("DPREP_SHARED", ROOT.parent / "shared"))
    if not (found / "corpora").is_dir():
        pytest.skip("the shared corpora are not here (set DPREP_SHARED)")
    return found
