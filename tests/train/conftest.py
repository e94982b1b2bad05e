"""What several files of tests need and is made once: a store with a small version and a run on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from dprep.train.runs import Run


@dataclass(frozen=True)
class Place:
    """A folder with `store`, the base model `base`, `classification.toml` and its rows, and the run `first` (LoRA)."""

    folder: Path
    run: Run

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def base(self) -> Path:
        return self.folder / "base"


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The version `classification@v1` and a run that has learnt something of it."""
    for library in ("torch", "transformers", "peft"):
        pytest.importorskip(library, reason="training needs the extra `train`")
    import torch

    from tests.train import sets

    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("place")
    version = sets.version_of(folder, "classification")
    base = sets.model_of(folder / "base", "classification")
    made = sets.trained(folder, version, base, name="first", method="lora", epochs=6, learning_rate=0.01)
    return Place(folder, made.run)
