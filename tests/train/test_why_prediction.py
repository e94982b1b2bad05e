"""From a prediction back to its row (complaint 19: the cause is shown, row by row)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from dprep.base.problem import Error
from dprep.train.data.contract import Contract, write_contract
from dprep.train.telling.why_prediction import why_prediction

LABELS = ("refund", "shipping", "退款")
ROWS = [
    {"id": f"{n:04x}{'0' * 28}", "label": "refund", "prediction": "refund" if n % 2 else "退款", "confidence": 0.5 + n / 100}
    | {"probabilities": [0.3, 0.1, 0.6]}
    for n in range(20)
]


def run_of(folder: Path, parts: dict[str, list[dict[str, Any]]], task: str = "classification", labels: Any = LABELS) -> Path:
    (folder / "predictions").mkdir(parents=True)
    for part, rows in parts.items():
        parquet.write_table(pa.Table.from_pylist(rows), folder / "predictions" / f"{part}.parquet", row_group_size=7)
    contract = Contract("support", "v3", "9" * 32, "a" * 32, task, {"train": 1}, labels=labels)
    (folder / "model").mkdir()
    write_contract(folder / "model", contract)
    return folder


def test_a_prediction_is_told_with_truth_chances_and_data(tmp_path: Path) -> None:
    run = run_of(tmp_path / "support-lora", {"test": ROWS, "validation": []})

    said = why_prediction(run, ROWS[12]["id"])

    assert (said.run, said.part, said.id, said.right) == ("support-lora", "test", ROWS[12]["id"], False)
    assert said.likeliest == (("退款", 0.6), ("refund", 0.3), ("shipping", 0.1))
    text = "\n".join(said.lines())
    for told in ("support@v3", "9" * 32, "退款 0.600, refund 0.300", "prediction  退款", "0.62", "right       no"):
        assert told in text


def test_the_first_digits_of_an_id_are_enough_if_they_are_its_alone(tmp_path: Path) -> None:
    run = run_of(tmp_path / "r", {"test": ROWS})

    assert why_prediction(run, "000f").id == ROWS[15]["id"]
    assert why_prediction(run, "000f").right is True
    with pytest.raises(Error) as error:
        why_prediction(run, "000")
    assert error.value.problems[0].code == "train-no-prediction"


def test_several_rows_that_fit_are_named(tmp_path: Path) -> None:
    rows = [{**ROWS[0], "id": id} for id in ("abcd1", "abcd2", "abcd")]
    run = run_of(tmp_path / "r", {"test": rows[:2]})

    with pytest.raises(Error, match="`abcd1`, `abcd2`") as error:
        why_prediction(run, "abcd")
    assert error.value.problems[0].code == "ambiguous-row"
    assert why_prediction(run_of(tmp_path / "s", {"test": rows}), "abcd").id == "abcd"


@pytest.mark.parametrize(
    ("task", "row", "right"),
    [
        ("classification", {"label": ["b", "a"], "prediction": ["a", "b"]}, True),
        ("classification", {"label": ["b"], "prediction": ["a", "b"]}, False),
        ("tagging", {"tags": ["O", "B"], "prediction": ["O", "B"], "cut": 0}, True),
        ("tagging", {"tags": ["O", "B"], "prediction": ["O", "O"], "cut": 1}, False),
        ("qa", {"answers": {"text": ["x", "y"], "answer_start": [0, 1]}, "prediction": "y"}, True),
        ("qa", {"answers": {"text": ["x"], "answer_start": [0]}, "prediction": ""}, False),
        ("preference", {"chosen": 1.0, "rejected": 2.0, "margin": -1.0}, False),
        ("regression", {"label": 3.0, "prediction": 2.5}, None),
        ("text", {"nll": 12.5, "tokens": 4}, None),
        ("seq2seq", {"target": "a", "prediction": "a", "nll": 1.0, "tokens": 1}, None),
    ],
)
def test_right_is_said_where_right_and_wrong_are_all_there_is(
    task: str, row: dict[str, Any], right: bool | None, tmp_path: Path
) -> None:
    run = run_of(tmp_path / "r", {"test": [{"id": "a" * 32, **row}]}, task, ())

    said = why_prediction(run, "aaaa")

    assert said.right is right
    assert any(line.startswith("right") for line in said.lines()) == (right is not None)


def test_a_row_that_was_not_asked_is_a_problem_that_names_the_parts(tmp_path: Path) -> None:
    run = run_of(tmp_path / "r", {"test": ROWS, "validation": ROWS})

    with pytest.raises(Error) as error:
        why_prediction(run, "ffff")

    (problem,) = error.value.problems
    assert problem.code == "train-no-prediction"
    assert "`test`, `validation`" in problem.help


def test_a_folder_that_is_no_run_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Error) as error:
        why_prediction(tmp_path / "nothing", "aaaa")
    assert error.value.problems[0].code == "train-no-run"


def test_a_broken_file_is_a_problem(tmp_path: Path) -> None:
    run = run_of(tmp_path / "r", {"test": ROWS})
    (run / "predictions" / "test.parquet").write_bytes(b"PAR1 nothing")

    with pytest.raises(Error, match="cannot be read"):
        why_prediction(run, "aaaa")


def test_long_and_hostile_predictions_stay_on_their_line(tmp_path: Path) -> None:
    row = {"id": "a" * 32, "target": "x" * 5000, "prediction": "\x1b[2J\nline two", "nll": 1.0, "tokens": 3}
    run = run_of(tmp_path / "r", {"test": [row]}, "seq2seq", ())

    lines = why_prediction(run, "aaaa").lines()

    assert all("\x1b" not in line and "\n" not in line and len(line) < 400 for line in lines)
    assert any(r"\u001b" in line for line in lines)


def test_a_run_without_a_contract_is_told_as_it_is(tmp_path: Path) -> None:
    run = run_of(tmp_path / "r", {"test": ROWS})
    (run / "model" / "dprep.json").unlink()

    said = why_prediction(run, ROWS[3]["id"])

    assert said.right is None
    assert said.likeliest[0] == ("2", 0.6)
