"""The report of a run: its numbers are those of the run's files, worked out here by other code; its texts are inert."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install dprep[train]")
pytest.importorskip("transformers", reason="needs transformers: pip install dprep[train]")
pytest.importorskip("peft", reason="needs peft: pip install dprep[train]")
metrics = pytest.importorskip("sklearn.metrics", reason="needs scikit-learn: pip install dprep[dev]")

from dprep import api  # noqa: E402
from dprep.base.problem import Error  # noqa: E402
from dprep.report.blocks import Deck  # noqa: E402
from dprep.report.reading import found_run  # noqa: E402
from dprep.report.reading.found import Found  # noqa: E402
from dprep.report.renderers.html_page.page import write_page  # noqa: E402
from dprep.report.renderers.markdown import render as as_markdown  # noqa: E402
from dprep.report.run_making import RunFacts, gather_run, report_run  # noqa: E402
from dprep.report.run_sections import calibration, curves  # noqa: E402
from dprep.report.run_sections.history import histories  # noqa: E402
from dprep.train.scoring import scores as scoring  # noqa: E402
from tests.train.sets import PAIRS, model_of, trained, version_of  # noqa: E402

torch.set_num_threads(1)

HOSTILE = "</script><script>alert(1)</script>\u202e\x1b[31m<img src=x onerror=alert(2)>"
LABELS = ("warm", "cold", "<b>odd</b>")


@dataclass(frozen=True)
class Ran:
    """A store with a version and two runs of it, `first` and `second`."""

    store: Path
    facts: RunFacts

    @property
    def folder(self) -> Path:
        return self.store / "runs" / "first"

    def predictions(self, part: str = "test") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = parquet.read_table(self.folder / "predictions" / f"{part}.parquet").to_pylist()
        return found


def rows() -> list[dict[str, Any]]:
    """96 rows; texts of test are hostile, every fourth label is wrong, and one row of test is also in train."""
    found = []
    for place in range(96):
        colour, thing = PAIRS[place % len(PAIRS)]
        label = LABELS[0] if colour in {"red", "black"} else LABELS[1]
        if place % 4 == 3:
            label = LABELS[place % 3]
        found.append({"text": f"I have a {colour} {thing} at home {place} {HOSTILE if place >= 56 else ''}", "label": label})
    found[90]["text"] = found[0]["text"]
    return [{**row, "name": f"r-{place}"} for place, row in enumerate(found)]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("run-report")
    parts = ["train" if place < 48 else "validation" if place < 56 else "test" for place in range(96)]
    version = version_of(folder, "classification", rows(), parts)
    base = model_of(folder / "base", "classification", hidden_dropout_prob=0.1)
    asked = {"max_leaked_share": 1.0, "max_truncated_share": 1.0, "learning_rate": 5e-3}
    trained(folder, version, base, name="first", epochs=4, **asked)
    trained(folder, version, base, name="second", epochs=1, seed=3, **asked)
    return Ran(folder / "store", gather_run(folder / "store" / "runs" / "first"))


def words_of(facts: RunFacts) -> str:
    return " ".join([*report_run(facts).verdict, as_markdown(report_run(facts))])


# numbers


def test_scores_are_those_that_another_library_finds(ran: Ran) -> None:
    said = ran.predictions()
    truth, answer = ([row[name] for row in said] for name in ("label", "prediction"))
    told = {each.name: each.value for each in ran.facts.chapters["scores"].parts[0].metrics}

    assert told["accuracy"] == pytest.approx(metrics.accuracy_score(truth, answer))
    assert told["f1_macro"] == pytest.approx(metrics.f1_score(truth, answer, average="macro", zero_division=0))
    _, _, each, support = metrics.precision_recall_fscore_support(truth, answer, labels=sorted(LABELS), zero_division=0)
    by_label = {line.label: line for line in ran.facts.chapters["scores"].classes}
    for label, f1, count in zip(sorted(LABELS), each, support, strict=True):
        assert by_label[label].f1 == pytest.approx(f1)
        assert by_label[label].rows == count


def test_the_baseline_is_what_the_most_frequent_label_of_train_would_get(ran: Ran) -> None:
    learnt = [row["label"] for row in rows()[:48]]
    most = max(set(learnt), key=learnt.count)
    truth = [row["label"] for row in ran.predictions()]
    baseline = ran.facts.chapters["result"].baseline

    assert baseline.answer == most
    expected = metrics.f1_score(truth, [most] * len(truth), average="macro", zero_division=0)
    assert baseline.value == pytest.approx(expected, abs=1e-6)


def test_the_matrix_of_confusion_counts_the_predictions(ran: Ran) -> None:
    said, told = ran.predictions(), ran.facts.chapters["confusion"]
    expected = metrics.confusion_matrix([r["label"] for r in said], [r["prediction"] for r in said], labels=list(told.labels))

    assert np.array_equal(np.array(told.matrix), expected)
    assert told.confused == expected.sum() - np.trace(expected)
    assert sum(pair.rows for pair in told.pairs) == told.confused


def test_calibration_is_what_one_counts_by_hand(ran: Ran) -> None:
    said, told = ran.predictions(), ran.facts.chapters["calibration"]
    sure = np.array([row["confidence"] for row in said])
    right = np.array([row["label"] == row["prediction"] for row in said])
    error = 0.0
    for place in range(15):
        inside = (sure > place / 15) & (sure <= (place + 1) / 15)
        if inside.any():
            error += inside.mean() * abs(sure[inside].mean() - right[inside].mean())
            assert told.bins[place].rows == inside.sum()
            assert told.bins[place].accuracy == pytest.approx(right[inside].mean())

    assert told.ece.value == pytest.approx(error)
    assert (told.confidence, told.accuracy) == pytest.approx((sure.mean(), right.mean()), abs=1e-6)


def test_what_chance_gives_a_perfect_model_is_near_what_it_gives_in_trials() -> None:
    luck, sure, rows_of_bin = np.random.default_rng(1), 0.8, 50
    trials = [abs((luck.random(rows_of_bin) < sure).mean() - sure) for _ in range(20_000)]
    scores = {
        "metrics": {"ece": {"value": 0.1, "low": 0.1, "high": 0.1}},
        "calibration": [{"from": 0.73, "to": 0.8, "rows": rows_of_bin, "confidence": sure, "accuracy": 0.9}],
    }
    found = type("Found", (), {"scores": {"test": scores}, "judged": "test"})()

    told = calibration.facts(found)

    assert told is not None
    assert told.chance == pytest.approx(np.mean(trials), rel=0.05)


def test_the_map_is_made_of_means_and_deviations_over_epochs(ran: Ran) -> None:
    told = ran.facts.chapters["cartography"]
    each: dict[str, list[tuple[float, bool]]] = {}
    for line in parquet.read_table(ran.folder / "dynamics.parquet").to_pylist():
        each.setdefault(line["id"], []).append((line["confidence"], line["right"]))
    means = {id: float(np.mean([value for value, _ in lines])) for id, lines in each.items()}
    spread = {id: float(np.std([value for value, _ in lines])) for id, lines in each.items()}

    assert (told.rows, told.epochs) == (48, 4) == (len(each), max(map(len, each.values())))
    assert sum(rows for _, _, rows, _ in told.cells) == 48
    assert [row.id for row in told.hardest] == sorted(means, key=lambda id: (round(means[id], 6), id))[:10]
    for row in told.hardest:
        assert (row.confidence, row.variability) == pytest.approx((means[row.id], spread[row.id]), abs=1e-5)
        assert row.right == pytest.approx(np.mean([right for _, right in each[row.id]]))
    assert told.most_ambiguous[0].variability == pytest.approx(max(spread.values()), abs=1e-5)
    assert told.easy == sum(means[id] >= 2 / 3 and spread[id] < 0.2 for id in means)
    assert told.hard == sum(means[id] <= 1 / 3 and spread[id] < 0.2 for id in means)
    assert told.easy + told.ambiguous + told.hard == 48
    by_name = {row["name"]: row for row in rows()}
    assert {row.text.strip() for row in told.hardest} <= {row["text"].strip() for row in by_name.values()}


def test_the_worst_mistakes_are_the_surest_wrong_answers(ran: Ran) -> None:
    told = ran.facts.chapters["mistakes"]
    wrong = [row for row in ran.predictions() if row["label"] != row["prediction"]]
    expected = sorted(wrong, key=lambda row: (-row["confidence"], row["id"]))[:20]

    assert told.wrong == len(wrong)
    assert [each.wrong.id for each in told.mistakes] == [row["id"] for row in expected]
    first, row = told.mistakes[0], expected[0]
    assert (first.wrong.truth, first.wrong.answer) == (row["label"], row["prediction"])
    own = row["probabilities"][ran.facts.found.told["labels"].index(row["label"])]
    assert first.wrong.of_truth == pytest.approx(own, rel=1e-5)
    assert "classification.jsonl:" in first.history.origin


def test_the_ledger_of_the_report_is_the_ledger_of_the_run(ran: Ran) -> None:
    lines = json.loads((ran.folder / "ledger.json").read_bytes())["lines"]
    told = ran.facts.chapters["ledger"]

    assert [(e.part, e.rows, e.tokens, e.learnt) for e in told.entries] == [
        (line["part"], line["rows"], line["tokens"], line["supervised"]) for line in lines
    ]
    assert sum(rows for _, _, rows in told.lengths) == 48


# curves


def logged(ran: Ran, lines: Sequence[Mapping[str, Any]], folder: Path, **settings: Any) -> Any:
    """The facts of the curves of the run, had it logged this."""
    (folder / "log.jsonl").write_text("\n".join(json.dumps(line) for line in lines) + '\n{"torn')
    told = {**ran.facts.found.told, "settings": {**ran.facts.found.settings, **settings}}
    return curves.facts(dataclasses.replace(ran.facts.found, folder=folder, told=told))


def test_what_was_done_again_behind_a_kill_counts_once_as_it_was_done_last(ran: Ran, tmp_path: Path) -> None:
    told = logged(
        ran,
        [
            {"step": 1, "loss": 3.0},
            {"step": 2, "loss": 9.0},
            {"step": 2, "eval_f1_macro": 0.1},
            {"step": 2, "loss": 2.0},
            {"step": 2, "eval_f1_macro": 0.5},
            {"step": 3, "loss": 1.0},
        ],
        tmp_path,
    )

    assert told.loss == ((1.0, 3.0), (2.0, 2.0), (3.0, 1.0))
    assert told.scores[0] == ("f1_macro", ((2.0, 0.5),))


@pytest.mark.parametrize(("keep_best", "warns"), [(True, False), (False, True)])
def test_learning_by_heart_is_a_warning_where_it_was_kept(keep_best: bool, warns: bool, ran: Ran, tmp_path: Path) -> None:
    steps = [(1, 2.0, 0.6, 0.5), (2, 1.0, 0.5, 0.9), (3, 0.5, 0.7, 0.8), (4, 0.1, 0.9, 0.7)]
    lines: list[Mapping[str, Any]] = []
    for step, loss, brier, f1 in steps:
        lines += [{"step": step, "loss": loss}, {"step": step, "eval_brier": brier, "eval_f1_macro": f1}]

    told = logged(ran, lines, tmp_path, keep_best=keep_best)

    assert told.overfit is not None
    assert (told.overfit.least_step, told.overfit.least, told.overfit.last) == (2, 0.5, 0.9)
    assert bool(curves.notices(told, lambda template, **_: template)) == warns  # type: ignore[arg-type]


def test_a_loss_that_falls_with_that_of_train_is_no_overfitting(ran: Ran, tmp_path: Path) -> None:
    lines = [{"step": n, "loss": 3.0 / n} for n in (1, 2, 3)] + [{"step": n, "eval_brier": 0.9 / n} for n in (1, 2, 3)]

    assert logged(ran, lines, tmp_path).overfit is None


# two runs


def test_two_runs_are_told_as_the_paired_test_finds_them(ran: Ran) -> None:
    facts = api.facts("second", against="first", store=ran.store).chapters["comparison"]  # type: ignore[union-attr]
    told = api.compare("first", "second", store=ran.store)
    said = {
        name: {
            row["id"]: row["prediction"] == row["label"]
            for row in parquet.read_table(ran.store / "runs" / name / "predictions" / "test.parquet").to_pylist()
        }
        for name in ("first", "second")
    }

    assert facts.rows == told["rows"] == 40
    accuracy = next(each for each in facts.differences if each.metric == "accuracy")
    assert accuracy.delta.value == pytest.approx(np.mean(list(said["second"].values())) - np.mean(list(said["first"].values())))
    assert accuracy.p == pytest.approx(told["metrics"]["accuracy"]["p"], rel=1e-5)
    assert facts.won == sum(said["second"][id] and not said["first"][id] for id in said["first"])
    assert facts.lost == sum(said["first"][id] and not said["second"][id] for id in said["first"])
    assert sum(line.this for line in facts.labels) == sum(said["second"].values())
    assert sum(line.other for line in facts.labels) == sum(said["first"].values())
    report = report_run(api.facts("second", against="first", store=ran.store))  # type: ignore[arg-type]
    assert [section.id for section in report.sections][:2] == ["result", "comparison"]


# texts, and what is not there


def test_texts_of_rows_are_inert_in_the_page(ran: Ran) -> None:
    report = report_run(ran.facts)
    decks = [block for section in report.sections for block in section.blocks if isinstance(block, Deck)]
    assert any(HOSTILE in card.text for deck in decks for card in deck.cards), "hostile texts are shown"

    page = write_page(report)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>odd" not in page
    assert "\u202e" not in page
    assert "\x1b" not in page


def test_the_page_is_the_same_each_time(ran: Ran) -> None:
    again = gather_run(ran.folder)

    assert write_page(report_run(again)) == write_page(report_run(ran.facts))
    assert again.to_json() == ran.facts.to_json()
    json.dumps(again.to_json(), allow_nan=False)


def test_scores_that_were_cut_are_a_problem(ran: Ran, tmp_path: Path) -> None:
    shutil.copytree(ran.folder, tmp_path / "first")
    (tmp_path / "first" / "metrics.json").write_text("{}")

    with pytest.raises(Error, match=r"`metrics.json` of the run `first` lacks `parts`"):
        gather_run(tmp_path / "first")


def test_without_the_version_there_are_no_texts_and_the_report_says_so(ran: Ran, tmp_path: Path) -> None:
    shutil.copytree(ran.folder, tmp_path / "runs" / "first")
    facts = gather_run(tmp_path / "runs" / "first")

    assert facts.chapters["scores"] == ran.facts.chapters["scores"]
    assert all(each.history is None for each in facts.chapters["mistakes"].mistakes)
    assert all(not row.text for row in facts.chapters["cartography"].hardest)
    assert "is not in the store any more" in words_of(facts)
    assert "is not in the store any more" not in words_of(ran.facts)


def test_an_old_run_that_kept_no_history_of_learning_has_no_map(ran: Ran, tmp_path: Path) -> None:
    shutil.copytree(ran.folder, tmp_path / "first")
    (tmp_path / "first" / "dynamics.parquet").unlink()

    assert "cartography" not in gather_run(tmp_path / "first").chapters


def test_a_run_of_one_epoch_says_that_it_has_no_variability(ran: Ran) -> None:
    facts = gather_run(ran.store / "runs" / "second")

    assert facts.chapters["cartography"].epochs == 1
    assert "needs at least 2 epochs" in words_of(facts)


def test_the_command_to_train_again_asks_for_the_same(ran: Ran) -> None:
    facts = api.facts("first", store=ran.store).chapters["reproduction"]  # type: ignore[union-attr]

    import shlex

    from dprep.train.table import overridden, read_settings

    words = shlex.split(facts.commands[0])
    assert words[:3] == ["dprep", "train", "classification@v1"]
    again = read_settings(overridden({}, words[4::2])[0]).asked()
    told = ran.facts.found.settings
    assert {key for key in told if again[key] != told[key]} <= {"device", "precision"}


# where rows come from


TWINS = """
[dataset]
name = "twins"
task = "classification"

[[source]]
path = "twins.jsonl"
columns = { text = "text", label = "label", part = "part" }
license = "CC0-1.0"

[[step]]
op = "dedup.exact"
"""


def test_twins_of_a_row_are_told_with_how_they_are_twins(ran: Ran, tmp_path: Path) -> None:
    lines = [
        {"text": "once upon a time", "label": "warm", "part": "test"},
        {"text": "once upon a time", "label": "cold", "part": "test"},
        {"text": "something else", "label": "cold", "part": "train"},
    ]
    (tmp_path / "twins.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    (tmp_path / "twins.toml").write_text(TWINS)
    made = Found.of(api.run(tmp_path / "twins.toml", store=tmp_path / "store", workers=1).folder)
    kept = next(row for row in made.version.scan("test").collect().iter_rows(named=True))

    told = histories(dataclasses.replace(ran.facts.found, version=made), [kept["id"]])[kept["id"]]

    assert (told.origin, told.text) == (kept["origin"], "once upon a time")
    assert [(twin.relation, twin.step, twin.text) for twin in told.twins] == [("dropped", "exact", "once upon a time")]
    assert {told.label, told.twins[0].label} == {"warm", "cold"}
    assert told.twins_in_all == 1


def test_a_row_of_test_with_its_text_in_train_is_told(ran: Ran) -> None:
    said = next(row for row in rows() if row["name"] == "r-90")
    version = ran.facts.found.version
    assert version is not None
    found = version.version.scan("test").collect()
    id = found.filter(found["text"] == said["text"])["id"].item()

    twins = histories(ran.facts.found, [id])[id].twins

    assert [(twin.relation, twin.text) for twin in twins] == [("text", said["text"])]


# the end of `dprep train`


def test_a_page_is_written_when_a_run_ends(ran: Ran, tmp_path: Path) -> None:
    from dprep.train.runs import Run

    page = ran.folder / "report.html"
    assert api.page_of_run(Run(ran.folder), store=ran.store) is None
    assert page.read_text("utf-8") == write_page(report_run(api.facts("first", store=ran.store)))  # type: ignore[arg-type]
    page.unlink()


def test_a_machine_without_the_libraries_of_reports_still_trains(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    from dprep.train.runs import Run

    monkeypatch.setitem(sys.modules, "dprep.report.wording", None)  # as if what it imports were not installed
    missed = api.page_of_run(Run(ran.folder), store=ran.store)

    assert missed is not None
    assert missed.severity == "warning"
    assert "dprep report first" in missed.help
    assert not (ran.folder / "report.html").exists()


# what is known here and in the room of training


def test_scores_are_judged_as_training_judges_them() -> None:
    assert found_run.BEST == scoring.BEST
    assert found_run.FALLS == scoring.SMALLER_IS_BETTER


def test_wilson_contains_the_share() -> None:
    low, high = calibration.wilson(10, 0.5)

    assert (low, high) == pytest.approx((0.2366, 0.7634), abs=1e-4)  # Wilson 1927, as textbooks have it for 5 of 10
    assert calibration.wilson(3, 1.0)[1] == 1.0
    assert not math.isnan(calibration.wilson(1, 0.0)[0] or 0.0)
