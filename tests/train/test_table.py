"""The table `[train]`: what may stand in it, what is said of what may not, and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from dprep.base.problem import Error, Place
from dprep.cli.main import cli
from dprep.train.settings import Settings
from dprep.train.table import beside, of_task, overridden, read_settings
from dprep.train.telling import pages

RECIPE = """\
[dataset]
name = "mails"
task = "classification"

[[source]]
path = "mails.jsonl"

[train]
model = "somewhere"
"""


def wrong(**table: Any) -> list[str]:
    """Code and sentence of what is said of a table."""
    with pytest.raises(Error) as fault:
        read_settings(table, lambda key: Place("r.toml", 1, 1, 1, key))
    assert all(problem.place and problem.place.text for problem in fault.value.problems)
    return [f"{problem.code}: {problem.sentence}" for problem in fault.value.problems]


def test_an_empty_table_is_the_defaults() -> None:
    assert read_settings({}) == Settings()


def test_a_method_may_be_a_word_or_a_table() -> None:
    word, table = read_settings({"method": "lora"}), read_settings({"method": {"name": "lora", "rank": 4}})

    assert (word.method, dict(word.options), table.method, dict(table.options)) == ("lora", {}, "lora", {"rank": 4})


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"epoch": 3}, "train-key: `[train]` has no key `epoch`"),
        ({"options": {}}, "train-key: `[train]` has no key `options`"),
        ({"batch_size": "many"}, "train-value: `batch_size` is a whole number, and `many` is not"),
        ({"batch_size": True}, "train-value: `batch_size` is a whole number, and `True` is not"),
        ({"batch_size": 0}, "train-value: `batch_size` is at least 1 and at most 1e+06, not 0"),
        ({"learning_rate": float("nan")}, "train-value: `learning_rate` is a number, and `nan` is not"),
        ({"label_smoothing": 1.5}, "train-value: `label_smoothing` is at least 0 and at most 0.999, not 1.5"),
        ({"schedule": "linaer"}, "train-value: `schedule` is one of `linear`, `cosine`, `constant`, `wsd`, not `linaer`"),
        ({"freeze": ["("]}, "train-value: `(` is no regular expression: missing ), unterminated subpattern at position 0"),
        ({"betas": [0.9]}, "train-value: `betas` is a list, and `[0.9]` is not"),
        ({"method": 5}, "train-value: `method` names no method"),
        ({"method": "lorra"}, "train-method: there is no method `lorra`"),
        ({"method": {"name": "lora", "rnk": 4}}, "train-option: method `lora` has no option `rnk`"),
        (
            {"method": {"name": "lora", "rank": 0}},
            "train-option: option `rank` of method `lora` must be at least 1, and is `0`",
        ),
        (
            {"model": "a", "architecture": {"type": "bert"}},
            "train-value: `model` and `architecture` both say what is trained",
        ),
        (
            {"batch_size": 8, "batch_tokens": 512},
            "train-value: `batch_size` and `batch_tokens` both say how large a batch is",
        ),
    ],
    ids=lambda each: str(each)[:40],
)
def test_a_mistake_is_told_with_its_place(table: dict[str, Any], said: str) -> None:
    assert wrong(**table) == [said]


def test_all_mistakes_are_told_at_once() -> None:
    assert len(wrong(epoch=3, batch_size="many", schedule="never", method="lorra")) == 4


def test_a_hostile_value_is_cut_and_harmless() -> None:
    (said,) = wrong(schedule="\x1b[31m" + "x" * 10_000)

    assert len(said) < 300


def test_a_metric_must_be_one_of_the_task() -> None:
    assert of_task(read_settings({"metric": "accuracy"}), "classification") == []
    (strange,) = of_task(read_settings({"metric": "acuracy"}), "classification")
    assert (strange.code, strange.help) == ("train-value", "did you mean `accuracy`?")


def test_a_metric_of_answers_needs_answers() -> None:
    (without,) = of_task(read_settings({"metric": "bleu"}), "chat")

    assert "generate = true" in without.help
    assert of_task(read_settings({"metric": "bleu", "generate": True}), "chat") == []
    assert of_task(read_settings({"metric": "bleu"}), "seq2seq") == []


def test_tasks_and_scores_agree_on_what_is_best() -> None:
    pytest.importorskip("torch", reason="the classes of tasks need the extra `train`")
    from dprep.train.scoring.scores import BEST, larger_is_better
    from dprep.train.tasks import TASKS, task_class

    for name in TASKS:
        task = task_class(name)
        assert (task.best, task.larger_is_better) == (BEST[name], larger_is_better(BEST[name]))
        assert task.asks
        assert set(task.asks) <= set(task.columns)


def test_the_page_of_tasks_says_what_their_classes_say() -> None:
    pytest.importorskip("torch", reason="the classes of tasks need the extra `train`")
    from dprep.train.tasks import task_class

    for name, asks, answers, _ in pages.tasks():
        columns = task_class(name).columns
        assert [*filter(None, asks.split(", ")), *filter(None, answers.split(", "))] == sorted(
            columns, key=lambda each: (each not in task_class(name).asks, columns.index(each))
        )


def test_overrides_change_a_table_and_are_its_places() -> None:
    table, where = overridden({"epochs": 3, "method": "lora"}, ["train.epochs=5", "train.method.rank=4", "train.model=./a"])

    assert table == {"epochs": 5, "method": {"name": "lora", "rank": 4}, "model": "./a"}
    assert where("epochs") == Place("--set", 0, 1, 14)
    assert where("seed") is None


@pytest.mark.parametrize("text", ["train.epochs", "train.=5", "train.a.b.c=5"])
def test_an_override_without_key_or_value_is_a_problem(text: str) -> None:
    with pytest.raises(Error) as fault:
        overridden({}, [text])
    assert fault.value.problems[0].code == "bad-override"


def test_a_model_beside_the_recipe_goes_first_and_one_here_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipes, here = tmp_path / "recipes", tmp_path / "here"
    for folder in (recipes / "both", here / "both", here / "only"):
        folder.mkdir(parents=True)
    monkeypatch.chdir(here)

    def found(model: str, *said: str) -> str:
        return beside(read_settings({"model": model}), recipes, said).model

    assert found("both") == str(recipes / "both")
    assert found("only") == str(here / "only")
    assert found("both", "train.model=both") == str(here / "both")
    assert found("org/model") == "org/model"


def test_check_shows_where_in_the_file_a_key_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "mails.jsonl").write_text('{"text": "hello", "label": "a"}\n')
    recipe = tmp_path / "r.toml"
    recipe.write_text(f'{RECIPE}epoch = 3\nmetric = "acuracy"\n')

    done = CliRunner().invoke(cli, ["check", str(recipe), "--store", str(tmp_path / "store")])

    lines = done.stderr.splitlines()
    assert done.exit_code == 2
    assert f"  --> {recipe}:10:1" in lines
    assert "   = help: did you mean `epochs`?" in lines


def test_check_takes_what_is_right(tmp_path: Path) -> None:
    (tmp_path / "mails.jsonl").write_text('{"text": "hello", "label": "a"}\n')
    (tmp_path / "r.toml").write_text(f'{RECIPE}metric = "accuracy"\nmethod = {{ name = "lora", rank = 4 }}\n')

    done = CliRunner().invoke(cli, ["check", str(tmp_path / "r.toml"), "--store", str(tmp_path / "store")])

    assert done.exit_code == 0, done.stderr


def test_editors_know_every_key_and_its_type() -> None:
    schema = pages.schema()

    assert set(schema["properties"]) == set(Settings().asked()) - {"options"}
    jsonschema.Draft7Validator.check_schema(schema)
    right = {"model": "a", "method": {"name": "lora", "rank": 4}, "epochs": 2, "freeze": "embed", "betas": [0.9, 0.99]}
    jsonschema.validate(right, schema)
    defaults = {key: json.loads(default) for key, default, _ in pages.table()}
    jsonschema.validate(defaults, schema)
    for mistake in ({"epoch": 3}, {"batch_size": "many"}, {"schedule": "linaer"}, {"method": "lorra"}, {"seed": -1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(mistake, schema)


def test_every_key_has_a_meaning() -> None:
    assert [key for key, _, meaning in pages.table() if not meaning] == []
