"""A run of every task has its report, in both languages and every form; nothing is asked of a task that it does not have."""

from __future__ import annotations

import json

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install dprep[train]")
pytest.importorskip("transformers", reason="needs transformers: pip install dprep[train]")
pytest.importorskip("peft", reason="needs peft: pip install dprep[train]")

from dprep.report.renderers import markdown  # noqa: E402
from dprep.report.renderers.html_page.page import write_page  # noqa: E402
from dprep.report.run_making import RunFacts, gather_run, report_run  # noqa: E402
from tests.train.sets import TASKS, model_of, trained, version_of  # noqa: E402

torch.set_num_threads(1)

ALWAYS = {"result", "scores", "curves", "ledger", "reproduction"}
OWN: dict[str, set[str]] = {
    "classification": {"confusion", "calibration", "mistakes", "cartography"},
    "regression": {"mistakes"},
    "tagging": {"confusion", "mistakes", "cartography"},
    "qa": set(),
    "seq2seq": {"mistakes", "cartography"},
    "chat": {"mistakes", "cartography"},
    "completion": {"mistakes", "cartography"},
    "text": {"mistakes", "cartography"},
    "preference": {"cartography"},
}

MAYBE = {"qa", "preference"}
"""So few rows may be answered without a mistake."""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunFacts]:
    folder = tmp_path_factory.mktemp("reports-of-tasks")
    asked = {"max_leaked_share": 1.0, "epochs": 2, "learning_rate": 1e-3, "evaluate_every": 2}
    found = {}
    for task in TASKS:
        version = version_of(folder / task, task)
        run = trained(folder / task, version, model_of(folder / task / "base", task), name="run", **asked).run
        found[task] = gather_run(run.folder)
    return found


@pytest.mark.parametrize("task", TASKS)
def test_a_run_of_every_task_has_its_report(task: str, reports: dict[str, RunFacts]) -> None:
    facts = reports[task]
    made = {"mistakes"} if task in MAYBE else set()

    assert set(facts.chapters) - made == ALWAYS | OWN[task]
    assert json.loads(json.dumps(facts.to_json(), allow_nan=False))["task"] == task
    for language in ("en", "zh"):
        report = report_run(facts, language)
        assert len(write_page(report)) > 20_000
        assert len(markdown.render(report)) > 1_000


def test_a_number_is_shown_against_its_truth(reports: dict[str, RunFacts]) -> None:
    cells = reports["regression"].chapters["scores"].against_truth

    assert sum(rows for _, _, rows in cells.points) == 8
    assert all(cells.low <= value <= cells.high for x, y, _ in cells.points for value in (x, y))


def test_rows_of_words_are_ranked_by_their_loss(reports: dict[str, RunFacts]) -> None:
    for task in ("chat", "completion", "text", "seq2seq"):
        told = reports[task].chapters["mistakes"]
        assert told.measure == "loss"
        assert told.wrong is None
        assert [each.wrong.far for each in told.mistakes] == sorted((each.wrong.far for each in told.mistakes), reverse=True)
        assert all(each.history.text for each in told.mistakes)


def test_wrong_tags_are_counted_token_by_token(reports: dict[str, RunFacts]) -> None:
    told = reports["tagging"].chapters

    assert told["confusion"].tokens
    assert sum(each.wrong.far for each in told["mistakes"].mistakes) == told["confusion"].confused
