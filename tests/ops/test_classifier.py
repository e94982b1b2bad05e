"""tag.classifier in a run: the same bytes in any blocks, columns as named, rows without text, labels that there are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dprep import api
from dprep.base.problem import Error
from dprep.base.text import Text
from tests.models import tiny

pytest.importorskip("torch", reason="needs the extra `train`")
pytest.importorskip("transformers", reason="needs the extra `train`")

from dprep.ops.tag.classifier import SequenceClassifier

MODEL = Path(__file__).resolve().parents[1] / "laws" / "files" / "tiny-classifier"
LINES = [line for lines in tiny.LINES.values() for line in lines]
RECIPE = """
[dataset]
name = "judged"
task = "classification"

[[source]]
path = "rows.jsonl"

[[step]]
op = "clean.whitespace"

[[step]]
op = "tag.classifier"
classifier = "model"

[[step]]
op = "filter.where"
condition = "predicted = label"

[[step]]
op = "dedup.exact"
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    rows = [
        {"text": f"{line} {n % 3}", "label": label} for n in range(4) for label, lines in tiny.LINES.items() for line in lines
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "recipe.toml").write_text(RECIPE)
    (tmp_path / "model").symlink_to(MODEL)
    return tmp_path / "recipe.toml"


def asked(texts: list[str], **parameters: Any) -> dict[str, pl.Series]:
    return SequenceClassifier(classifier=str(MODEL), **parameters).note(Text(pl.Series(texts, dtype=pl.String)))


def test_a_run_is_the_same_in_any_blocks_with_any_workers(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for name, workers, rows in (("a", 1, "1000"), ("b", 2, "5"), ("c", 1, "17")):
        monkeypatch.setenv("DPREP_BLOCK_ROWS", rows)
        made = api.run(recipe, store=recipe.parent / name, workers=workers)
        files = [path for folder in ("data", "dropped") for path in (made.folder / folder).iterdir()]
        found.append({path.name: path.read_bytes() for path in files})
        ledger = {step["name"]: step for step in made.summary()["steps"]}
        assert (ledger["classifier"]["in"], ledger["classifier"]["out"]) == (72, 72)

    assert found[0] == found[1] == found[2]


def test_it_knows_what_it_was_taught() -> None:
    found = asked(LINES)["predicted"].to_list()

    wanted = [label for label, lines in tiny.LINES.items() for _ in lines]
    assert sum(a == b for a, b in zip(found, wanted, strict=True)) == len(LINES)


def test_what_nobody_can_see_is_not_asked() -> None:
    found = asked(["", " \n\t", "\u3000", "where is my parcel"], labels=("thanks",), truncated=True)

    for name in ("predicted", "score", "score_thanks", "truncated"):
        assert found[name].is_null().to_list() == [True, True, True, False]


def test_scores_of_labels_are_named_and_add_up() -> None:
    found = asked(LINES, labels=("question", "thanks", "complaint"))

    assert list(found) == ["predicted", "score", "score_question", "score_thanks", "score_complaint"]
    total = sum((found[name] for name in list(found)[2:]), pl.Series([0.0] * len(LINES)))
    assert ((total - 1).abs() <= 2e-4).all()
    best = pl.DataFrame(found).select(pl.max_horizontal("score_question", "score_thanks", "score_complaint")).to_series()
    assert best.to_list() == found["score"].to_list()


def test_a_label_that_there_is_not_is_told() -> None:
    with pytest.raises(Error, match="knows no label `complain`") as caught:
        asked(["a"], labels=("complain",))

    assert caught.value.problems[0].help == "did you mean `complaint`?"


def test_a_model_of_one_number_makes_no_label(tmp_path: Path) -> None:
    tiny.classifier(tmp_path, id2label={0: "LABEL_0"}, label2id={"LABEL_0": 0})
    op = SequenceClassifier(classifier=str(tmp_path))
    found = op.note(Text(pl.Series(LINES)))

    assert found["predicted"].to_list() == [None] * len(LINES)
    assert found["score"].n_unique() > 10


def test_no_rows_make_no_answers() -> None:
    assert [len(series) for series in asked([]).values()] == [0, 0]


def test_an_encoder_in_its_place_is_told_when_it_is_run(recipe: Path) -> None:
    (recipe.parent / "model").unlink()
    (recipe.parent / "model").symlink_to(MODEL.with_name("tiny-encoder"))

    with pytest.raises(Error, match="no sequence classifier"):
        api.run(recipe, store=recipe.parent / "store", workers=1)
