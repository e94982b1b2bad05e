"""Runs asked again: about rows of files of all kinds, good and bad, and about the rows of other versions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as parquet
import pytest

from dprep.base.problem import Error
from dprep.train.data import row_files
from tests.train.conftest import Place

TEXTS = [
    "I have a red car at home",
    "我有一个蓝色的帽子",
    "I have a green dog at home",
    "red",
    "I have a blue, very blue house",
]
Predict = Callable[..., Any]


@pytest.fixture
def predict(place: Place, tmp_path: Path) -> Predict:
    """Ask the run about a file; gives what `predict` told and the rows written."""
    from dprep.train.asking import predict
    from dprep.train.watcher import Nobody

    def asked(source: Path, name: str = "out.jsonl", run: Any = None, store: Path | None = None) -> tuple[Any, list[Any]]:
        target = tmp_path / name
        told = predict(run or place.run, source, target, store or place.store, Nobody(), "cpu")
        if target.suffix == ".parquet":
            return told, parquet.read_table(target).to_pylist()
        return told, [json.loads(line) for line in target.read_text("utf-8").splitlines()]

    return asked


@pytest.fixture(scope="module")
def truth(place: Place) -> list[str]:
    """What the adapter says of TEXTS, loaded by peft and transformers alone."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    base = AutoModelForSequenceClassification.from_pretrained(str(place.base), num_labels=2)
    model = PeftModel.from_pretrained(base, str(place.run.model)).eval()
    words = AutoTokenizer.from_pretrained(str(place.run.model))
    with torch.no_grad():
        best = [int(model(**words(text, return_tensors="pt")).logits.argmax()) for text in TEXTS]
    return [("cold", "warm")[each] for each in best]


def lines(path: Path, rows: Sequence[Mapping[str, Any] | str]) -> Path:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), "utf-8")
    return path


def problem(ask: Callable[[], object]) -> tuple[str, str, str]:
    with pytest.raises(Error) as fault:
        ask()
    (found,) = fault.value.problems
    return found.code, found.sentence, found.help


@pytest.mark.parametrize("kind", ["jsonl", "csv", "tsv", "parquet"])
def test_a_file_of_any_kind_gets_the_answers_of_plain_transformers(
    kind: str, predict: Predict, truth: list[str], tmp_path: Path
) -> None:
    source, table = tmp_path / f"new.{kind}", pa.table({"text": TEXTS, "n": [str(n) for n in range(len(TEXTS))]})
    if kind == "parquet":
        parquet.write_table(table, source)
    elif kind == "jsonl":
        lines(source, table.to_pylist())
    else:
        csv.write_csv(table, source, csv.WriteOptions(delimiter="," if kind == "csv" else "\t"))

    told, rows = predict(source)

    assert (told.rows, told.unusable, told.rejected, told.rejected_file) == (5, {}, 0, None)
    assert [row["prediction"] for row in rows] == truth
    assert [(row["text"], row["n"]) for row in rows] == [(text, str(n)) for n, text in enumerate(TEXTS)]


def test_rows_are_written_as_a_table_too(predict: Predict, truth: list[str], tmp_path: Path) -> None:
    source = lines(tmp_path / "new.jsonl", [{"text": text, "nothing": None} for text in TEXTS])

    _, rows = predict(source, "out.parquet")

    assert [row["prediction"] for row in rows] == truth
    assert all(0.5 <= row["confidence"] <= 1 and row["nothing"] is None for row in rows)


def test_bad_lines_are_set_aside_and_counted(predict: Predict, tmp_path: Path) -> None:
    raw = (
        b'\xef\xbb\xbf{"text": "red"}\nno json\n\n[1, 2]\n{"text": NaN}\n\xff\xfe\n' + b"[" * 100_000 + b'\n{"text": "blue"}\n'
    )
    (tmp_path / "new.jsonl").write_bytes(raw)

    told, rows = predict(tmp_path / "new.jsonl")

    aside = [json.loads(line) for line in told.rejected_file.read_text("utf-8").splitlines()]
    assert [row["text"] for row in rows] == ["red", "blue"]
    assert [(line["line"], line["reason"]) for line in aside] == [
        (2, "no JSON in UTF-8"),
        (4, "no JSON object"),
        (5, "no JSON in UTF-8"),
        (6, "no JSON in UTF-8"),
        (7, "no JSON in UTF-8"),
    ]
    assert (told.rejected, max(len(line["raw"]) for line in aside)) == (5, 10_000)


def test_a_line_that_is_too_long_is_one_bad_line(predict: Predict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_files, "LONGEST", 100)
    long = json.dumps({"text": "x" * 1000})

    told, rows = predict(lines(tmp_path / "new.jsonl", [{"text": "red"}, long, {"text": "blue"}]))

    (aside,) = [json.loads(line) for line in told.rejected_file.read_text("utf-8").splitlines()]
    assert [row["text"] for row in rows] == ["red", "blue"]
    assert (aside["line"], aside["reason"]) == (2, "longer than 100 bytes")


def test_records_of_csv_with_too_few_fields_are_set_aside(predict: Predict, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text('text,n\n"red,\ntwo lines",1\nlonely\nblue,2\na,b,c\n')

    told, rows = predict(tmp_path / "new.csv")

    aside = [json.loads(line) for line in told.rejected_file.read_text("utf-8").splitlines()]
    assert [row["text"] for row in rows] == ["red,\ntwo lines", "blue"]
    assert [(line["reason"], line["raw"]) for line in aside] == [
        ("1 fields instead of 2", "lonely"),
        ("3 fields instead of 2", "a,b,c"),
    ]


def test_a_row_that_cannot_be_asked_about_keeps_its_place(predict: Predict, tmp_path: Path) -> None:
    odd: list[Any] = [{"text": "red"}, {"x": 1}, {"text": None}, {"text": ["a"]}, {"text": True}, {"text": 5}, {"text": ""}]

    told, rows = predict(lines(tmp_path / "new.jsonl", odd))

    assert told.rows == len(odd)
    assert [row["prediction"] is None for row in rows[:6]] == [False, True, True, True, True, False]
    assert {name: told.unusable[name] for name in ("no_text", "unfit_text")} == {"no_text": 2, "unfit_text": 2}


def test_no_column_of_the_file_is_lost_to_an_answer(predict: Predict, tmp_path: Path) -> None:
    _, rows = predict(lines(tmp_path / "new.jsonl", [{"text": "red", "prediction": "mine", "confidence": "\ud800"}]))

    assert (rows[0]["prediction"], rows[0]["confidence"]) == ("mine", "\ud800")
    assert rows[0]["model_prediction"] in {"cold", "warm"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("new.jsonl", "", "nothing can be asked about `new.jsonl`: it has no rows"),
        ("new.csv", "", "nothing can be asked about `new.csv`: it has no rows"),
        ("new.csv", "text,n\n", "nothing can be asked about `new.csv`: it has no rows"),
        ("new.jsonl", "a\nb\n", "nothing can be asked about `new.jsonl`: of 2 lines, none is a row"),
        ("new.csv", "text,text\na,b\n", "two columns of `new.csv` are called `text`"),
        ("new.parquet", "no parquet", "`new.parquet` cannot be read: "),
        ("new.csv", "text\n\xe9\n", "`new.csv` cannot be read: "),
        ("new.txt", "red\n", "`new.txt` ends in none of .jsonl, .ndjson, .csv, .tsv, .parquet"),
    ],
)
def test_a_file_that_is_none_is_a_problem(name: str, content: str, said: str, predict: Predict, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content.encode("latin-1"))

    code, sentence, _ = problem(lambda: predict(tmp_path / name))

    assert (code, sentence[: len(said)]) == ("train-file", said)
    assert not (tmp_path / "out.jsonl").exists()


def test_a_missing_column_is_told_with_the_likeliest(predict: Predict, tmp_path: Path) -> None:
    found = problem(lambda: predict(lines(tmp_path / "new.jsonl", [{"txt": "red", "\x1b[31m": 1}])))

    assert found[:2] == ("train-columns", "`new.jsonl` has no column `text`, which the model reads")
    assert "did you mean `txt`?" in found[2]


def test_a_file_is_not_written_over_itself(predict: Predict, tmp_path: Path) -> None:
    source = lines(tmp_path / "out.jsonl", [{"text": "red"}])

    assert problem(lambda: predict(source))[0] == "train-file"
    assert source.read_text() == '{"text": "red"}\n'


@pytest.mark.parametrize("late", [{"text": "red", "new": 1}, {"text": "red", "n": "words"}])
def test_rows_that_make_no_table_are_a_problem_and_not_lost(
    late: dict[str, Any], predict: Predict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_files, "AT_ONCE", 2)
    source = lines(tmp_path / "new.jsonl", [{"text": "red", "n": 1}, {"text": "blue", "n": 2}, late])

    code, sentence, help = problem(lambda: predict(source, "out.parquet"))

    assert (code, "rows 3 to 3" in sentence, "JSON lines" in help) == ("train-file", True, True)
    assert len(predict(source)[1]) == 3


# tasks


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Any]:
    """A run of a task, trained for a step."""
    from tests.train import sets

    def run(task: str, rows: Any = None, **settings: Any) -> Any:
        version = sets.version_of(tmp_path / task, task, rows)
        model = sets.model_of(tmp_path / task / "base", task)
        wanted = {"method": "lora", "max_steps": 1, "max_new_tokens": 4, **settings}
        return sets.trained(tmp_path / task, version, model, **wanted).run

    return run


def test_a_chat_is_answered_and_so_is_one_whose_answer_is_known(
    predict: Predict, made: Callable[..., Any], place: Place, tmp_path: Path
) -> None:
    run = made("chat")
    ask = [{"role": "user", "content": "car?"}]
    source = lines(
        tmp_path / "new.jsonl",
        [{"messages": ask}, {"messages": [*ask, {"role": "assistant", "content": "red"}]}, {"messages": "hello"}],
    )

    told, rows = predict(source, run=run, store=tmp_path / "chat" / "store")

    assert isinstance(rows[0]["prediction"], str)
    assert rows[0]["prediction"] == rows[1]["prediction"]
    assert ("nll" in rows[0], rows[1]["nll"] > 0) == (False, True)
    assert (rows[2]["prediction"], told.unusable) == (None, {"unfit_messages": 1})


def test_tokens_may_stand_in_csv_as_json(predict: Predict, made: Callable[..., Any], place: Place, tmp_path: Path) -> None:
    run = made("tagging")
    table = pa.table({"tokens": ['["I", "have", "红"]', "a b"], "tags": ["mine", "mine"]})
    csv.write_csv(table, tmp_path / "new.csv")

    told, rows = predict(tmp_path / "new.csv", run=run, store=tmp_path / "tagging" / "store")

    assert [len(rows[0]["prediction"]), rows[1]["prediction"]] == [3, None]
    assert told.unusable == {"unfit_tokens": 1}
    assert [row["tags"] for row in rows] == ["mine", "mine"]


def test_preferences_keep_their_texts_and_are_scored_against_the_untouched_model(
    predict: Predict, made: Callable[..., Any], place: Place, tmp_path: Path
) -> None:
    run = made("preference", learning_rate=0.0 + 1e-9)
    source = lines(tmp_path / "new.jsonl", [{"prompt": "The car: ", "chosen": "red", "rejected": "blue"}])

    _, rows = predict(source, run=run, store=tmp_path / "preference" / "store")

    assert (rows[0]["chosen"], rows[0]["rejected"]) == ("red", "blue")
    assert rows[0]["chosen_score"] == pytest.approx(0, abs=1e-3)  # nothing was learnt, so nothing differs
    assert rows[0]["margin"] == pytest.approx(rows[0]["chosen_score"] - rows[0]["rejected_score"], abs=1e-6)


def test_a_model_of_pairs_wants_both_texts(predict: Predict, made: Callable[..., Any], place: Place, tmp_path: Path) -> None:
    from tests.train import sets

    rows = [{**row, "text_pair": "red"} for row in sets.rows_of("classification")]
    run = made("classification", rows)

    code, sentence, _ = problem(
        lambda: predict(lines(tmp_path / "new.jsonl", [{"text": "red"}]), run=run, store=tmp_path / "classification" / "store")
    )

    assert (code, "`text_pair`" in sentence) == ("train-columns", True)


# versions


def evaluate(place: Place, version: Any, part: str) -> dict[str, Any]:
    from dprep.train.asking import evaluate
    from dprep.train.watcher import Nobody

    return evaluate(place.run, version, part, place.store, Nobody(), "cpu")


def other(place: Place, name: str, rows: list[dict[str, Any]], parts: Sequence[str]) -> Any:
    """Another version in the store, of the same task."""
    from dprep import api

    lines(place.folder / f"{name}.jsonl", [{**row, "part": part} for row, part in zip(rows, parts, strict=True)])
    recipe = place.folder / f"{name}.toml"
    columns = '{ text = "text", label = "label", part = "part" }'
    recipe.write_text(
        f'[dataset]\nname = "{name}"\ntask = "classification"\n[[source]]\npath = "{name}.jsonl"\ncolumns = {columns}\n'
    )
    from dprep.store.versions import open_version

    return open_version(api.run(recipe, store=place.store, workers=1).folder)


def test_the_own_test_rows_score_as_they_did_when_the_run_ended(place: Place) -> None:
    from dprep import api

    before = json.loads((place.run.folder / "metrics.json").read_bytes())["parts"]["test"]

    assert evaluate(place, api.open("classification", store=place.store), "test") == before


def test_another_version_is_scored_by_its_own_rows(place: Place) -> None:
    rows = [{"text": text, "label": label} for text, label in zip(TEXTS[:2], ("cold", "warm"), strict=True)]
    found = evaluate(place, other(place, "others", rows, ["held", "held"]), "held")

    said = parquet.read_table(place.run.folder / "predictions" / "others-v1-held.parquet").to_pylist()
    right = sum(each["prediction"] == label for each, label in zip(said, ("cold", "warm"), strict=True))
    assert (found["rows"], found["metrics"]["accuracy"]["value"]) == (2, right / 2)
    assert [each["label"] for each in said] == ["cold", "warm"]


def test_labels_that_the_model_does_not_know_are_refused(place: Place) -> None:
    version = other(place, "strange", [{"text": "red", "label": "lukewarm"}, {"text": "blue", "label": "cold"}], ["test"] * 2)

    code, sentence, _ = problem(lambda: evaluate(place, version, "test"))

    assert (code, "`lukewarm`" in sentence) == ("train-mismatch", True)


def test_a_part_that_is_not_there_is_refused(place: Place) -> None:
    from dprep import api

    code, _, help = problem(lambda: evaluate(place, api.open("classification", store=place.store), "tset"))

    assert (code, help) == ("train-part", "did you mean `test`?")


def test_preferences_are_scored_against_the_untouched_model_again(
    made: Callable[..., Any], place: Place, tmp_path: Path
) -> None:
    from dprep import api
    from dprep.train.asking import evaluate
    from dprep.train.watcher import Nobody

    run, store = made("preference", max_steps=3), tmp_path / "preference" / "store"
    before = json.loads((run.folder / "metrics.json").read_bytes())["parts"]["test"]

    assert evaluate(run, api.open("preference", store=store), "test", store, Nobody(), "cpu") == before
