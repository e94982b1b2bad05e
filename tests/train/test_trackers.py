"""Runs that are followed elsewhere: by Hugging Face's own callbacks, with what they write in the run's folder."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs the extra `train`")
pytest.importorskip("peft", reason="training needs the extra `train`")

from dprep.base.problem import Error
from dprep.train.table import read_settings
from tests.train.sets import model_of, trained, version_of


def test_a_tracker_that_is_none_is_told_with_those_there_are() -> None:
    with pytest.raises(Error) as told:
        read_settings({"report_to": ["wandbb"]})

    (problem,) = told.value.problems
    assert (problem.code, problem.help) == ("train-value", "did you mean `wandb`?")


@pytest.mark.skipif(find_spec("wandb") is not None, reason="wandb is installed, and would be asked")
def test_a_tracker_that_is_not_installed_is_told_before_anything_is_trained(tmp_path: Path) -> None:
    version, model = version_of(tmp_path, "regression"), model_of(tmp_path / "model", "regression")

    with pytest.raises(Error) as told:
        trained(tmp_path, version, model, max_leaked_share=1.0, report_to=["wandb"])

    assert [problem.code for problem in told.value.problems] == ["missing-library"]


def test_tensorboard_writes_into_the_folder_of_the_run(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="the library tensorboard is not installed")
    version, model = version_of(tmp_path, "regression"), model_of(tmp_path / "model", "regression")

    run = trained(tmp_path, version, model, max_leaked_share=1.0, report_to=["tensorboard"]).run

    (events,) = (run.folder / "tensorboard").glob("events.*")
    assert events.stat().st_size > 500
