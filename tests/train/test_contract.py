"""The data contract. Complaints 5, 6 and 19 of the field: what does not fit is said at once, with the column or file."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from dprep.base.problem import Error
from dprep.plan.tasks import TASKS as PLANNED
from dprep.train.data import contract
from dprep.train.data.column_types import TASKS, fits
from dprep.train.data.contract import Contract, check
from dprep.train.settings import Settings
from tests.train.versions import written

SETTINGS = Settings()
MAILS = [{"text": "where is my parcel", "label": "shipping"}, {"text": "钱呢", "label": "refund"}]
AGREED = Contract("support", "v3", "0" * 32, "1" * 32, "classification", {"train": 2}, {}, ("refund", "shipping"), "t" * 32)


def problem_of(error: pytest.ExceptionInfo[Error], code: str) -> Any:
    assert [each.code for each in error.value.problems] == [code]
    return error.value.problems[0]


def test_a_version_that_fits_tells_all_that_weights_owe_to_it(tmp_path: Path) -> None:
    version = written(tmp_path / "v", {"train": MAILS, "test": MAILS[:1], "spare": MAILS}, labels=["refund", "shipping"])

    found = check(version, SETTINGS, "classification")

    assert str(found) == "support@v1"
    assert found.got == "0123456789abcdef" * 2
    assert found.rows == {"train": 2, "test": 1}
    assert found.labels == ("refund", "shipping")
    assert found.licences == ("CC-BY-4.0", "MIT")
    assert found.sources == ("mail", "论坛")


def test_tasks_have_the_columns_of_the_recipe() -> None:
    assert {task: {name for name, column in columns.items() if column.required} for task, columns in TASKS.items()} == {
        task: set(told.required) for task, told in PLANNED.items()
    }
    assert {task: {name for name, column in columns.items() if not column.required} for task, columns in TASKS.items()} == {
        task: set(told.optional) for task, told in PLANNED.items()
    }


def test_a_missing_column_is_told_with_the_likely_one(tmp_path: Path) -> None:
    """Complaint 19: LF #4249 – "cannot find valid samples", with no word on what was wrong."""
    version = written(tmp_path / "v", {"train": [{"texts": "hello", "label": "a"}]})

    with pytest.raises(Error) as error:
        check(version, SETTINGS, "classification")

    problem = problem_of(error, "train-columns")
    assert problem.sentence == "`support@v1` has no column `text`"
    assert problem.help.startswith('did you mean `texts`? say which column it is with `columns = { text = "…" }`')


def test_every_wrong_column_is_told_at_once(tmp_path: Path) -> None:
    version = written(tmp_path / "v", {"train": [{"text": 3, "other": "a"}]})

    with pytest.raises(Error) as error:
        check(version, replace(SETTINGS, train="trane"), "classification")

    assert [each.code for each in error.value.problems] == ["train-part", "train-columns", "train-columns"]
    assert error.value.problems[0].help == "did you mean `train`?"
    assert "column `text` of `support@v1` is int64, and task `classification` wants text" in error.value.problems[2].sentence


def test_columns_may_have_other_names_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    version = written(tmp_path / "v", {"train": [{"body": "hello", "intent": "a"}]})
    named = replace(SETTINGS, columns={"text": "body", "label": "intent"})

    assert check(version, named, "classification").columns == {"text": "body", "label": "intent"}
    with pytest.raises(Error, match="no column `boddy`, which is to be `text`"):
        check(version, replace(named, columns={**named.columns, "text": "boddy"}), "classification")
    with pytest.raises(Error, match="task `classification` has no column `lable`"):
        check(version, replace(named, columns={**named.columns, "lable": "intent"}), "classification")


@pytest.mark.parametrize(
    ("task", "row", "fit"),
    [
        ("classification", {"text": "a", "label": ["a", "b"]}, True),
        ("classification", {"text": "a", "text_pair": "b", "label": "a"}, True),
        ("classification", {"text": "a", "label": {"a": "b"}}, False),
        ("regression", {"text": "a", "label": 1.5}, True),
        ("regression", {"text": "a", "label": 3}, True),
        ("regression", {"text": "a", "label": "high"}, False),
        ("tagging", {"tokens": ["a"], "tags": ["O"]}, True),
        ("tagging", {"tokens": "a", "tags": ["O"]}, False),
        ("qa", {"context": "a", "question": "b", "answers": {"text": ["a"], "answer_start": [0]}}, True),
        ("qa", {"context": "a", "question": "b", "answers": {"text": "a", "answer_start": 0}}, False),
        ("seq2seq", {"source": "a", "target": "b"}, True),
        ("chat", {"messages": [{"role": "user", "content": "a"}]}, True),
        ("chat", {"messages": [{"from": "user", "value": "a"}]}, False),
        ("completion", {"prompt": "a", "completion": "b"}, True),
        ("preference", {"prompt": "a", "chosen": "b", "rejected": "c"}, True),
        ("preference", {key: [{"role": "user", "content": "a"}] for key in ("prompt", "chosen", "rejected")}, True),
        ("preference", {"prompt": "a", "chosen": 1, "rejected": "c"}, False),
        ("text", {"text": "a"}, True),
        ("text", {"text": None}, False),
    ],
)
def test_columns_must_be_of_the_types_that_a_task_reads(task: str, row: dict[str, Any], fit: bool, tmp_path: Path) -> None:
    version = written(tmp_path / "v", {"train": [row]}, task)

    if fit:
        assert check(version, SETTINGS, task).task == task
    else:
        with pytest.raises(Error) as error:
            check(version, SETTINGS, task)
        problem_of(error, "train-columns")


def test_types_are_known_in_all_the_forms_that_libraries_write() -> None:
    texts = [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.large_string())]

    assert all(fits(dtype, ["text"]) for dtype in texts)
    assert all(fits(pa.large_list(dtype), ["a list of texts"]) for dtype in texts)
    assert not fits(pa.large_binary(), ["text", "a number", "a chat"])


def test_another_task_is_refused_unless_the_columns_are_there(tmp_path: Path) -> None:
    version = written(tmp_path / "v", {"train": MAILS})

    assert check(version, SETTINGS, "text").task == "text"
    with pytest.raises(Error) as error:
        check(version, SETTINGS, "tagging")
    problem = problem_of(error, "train-task")
    assert "is made for task `classification`, and has no `tokens`, `tags` for task `tagging`" in problem.sentence
    with pytest.raises(Error) as error:
        check(version, replace(SETTINGS, columns={"tokens": "words"}), "tagging")
    assert {each.code for each in error.value.problems} == {"train-columns"}
    with pytest.raises(Error, match="did you mean `tagging`"):
        check(version, SETTINGS, "taging")


def test_a_mixed_version_gives_a_task_its_own_rows(tmp_path: Path) -> None:
    rows = [{**MAILS[0], "task": "classification"}, {"text": "a", "task": "text"}, {**MAILS[1], "task": "classification"}]
    version = written(tmp_path / "v", {"train": rows, "test": rows[:1]}, "text")

    assert check(version, SETTINGS, "classification").rows == {"train": 2, "test": 1}
    with pytest.raises(Error, match="none of 1 rows in part `test`") as error:
        check(version, replace(SETTINGS, train="test"), "text")
    problem_of(error, "train-task")


def test_a_part_without_rows_cannot_be_trained_on(tmp_path: Path) -> None:
    version = written(tmp_path / "v", {"train": MAILS, "empty": []})

    with pytest.raises(Error, match="part `empty` of `support@v1` has no rows"):
        check(version, replace(SETTINGS, train="empty"), "classification")


def test_a_part_to_judge_on_must_have_the_columns_too(tmp_path: Path) -> None:
    """Complaint 19: else a run would break at its first evaluation, hours later."""
    version = written(tmp_path / "v", {"train": MAILS, "test": [{"text": "hello", "intent": "a"}]})

    with pytest.raises(Error, match="part `test` of `support@v1` has no column `label`"):
        check(version, SETTINGS, "classification")


def test_a_version_without_train_can_be_asked(tmp_path: Path) -> None:
    version = written(tmp_path / "v", {"held": MAILS, "empty": []})

    assert check(version, SETTINGS, "classification", "held").rows == {"held": 2}
    with pytest.raises(Error, match=r"has no part `hold`\n.*did you mean `held`"):
        check(version, SETTINGS, "classification", "hold")
    with pytest.raises(Error, match="part `empty` of `support@v1` has no rows"):
        check(version, SETTINGS, "classification", "empty")


def damaged(path: Path, how: str) -> None:
    if how == "gone":
        path.unlink()
    elif how == "longer":
        path.write_bytes(path.read_bytes() + b"x")
    elif how == "flipped":
        content = bytearray(path.read_bytes())
        content[20] ^= 1
        path.write_bytes(content)
    else:
        path.with_name("train-00001-of-00002.parquet").write_bytes(path.read_bytes())


@pytest.mark.parametrize(
    ("how", "told"), [("gone", "is gone"), ("longer", "bytes instead of"), ("flipped", "another hash"), ("added", "is new")]
)
def test_files_that_changed_since_they_were_made_are_refused(how: str, told: str, tmp_path: Path) -> None:
    """Complaint 5: AX PR #3401 – what is trained on must be what was made."""
    version = written(tmp_path / "v", {"train": MAILS})
    damaged(version.data_files("train")[0], how)

    with pytest.raises(Error, match=told) as error:
        check(version, SETTINGS, "classification")

    problem_of(error, "train-changed")


def test_a_changed_byte_is_seen_by_the_hash_alone(tmp_path: Path) -> None:
    version = written(tmp_path / "v", {"train": MAILS})
    damaged(version.data_files("train")[0], "flipped")

    with pytest.raises(Error, match="another hash"):
        check(version, SETTINGS, "classification", verify=True)


def test_a_contract_survives_its_file(tmp_path: Path) -> None:
    told = replace(AGREED, labels=("退款", "a`b"), columns={"text": "body"}, tokenizer="k" * 32, licences=("MIT",))

    contract.write_contract(tmp_path, told)

    assert contract.read_contract(tmp_path) == told
    assert contract.read_contract(tmp_path / "elsewhere") is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 9}', '{"format": 1, "dataset": "x"}', "\x00"])
def test_a_broken_contract_is_a_problem(content: str, tmp_path: Path) -> None:
    (tmp_path / contract.NAME).write_text(content)

    with pytest.raises(Error) as error:
        contract.read_contract(tmp_path)

    problem_of(error, "train-contract")


def test_a_model_fits_the_version_that_it_comes_from_and_those_with_fewer_labels() -> None:
    contract.demand_same(AGREED, AGREED)
    contract.demand_same(AGREED, replace(AGREED, version="v4", got="9" * 32, labels=("refund",), template="", tokenizer="k"))


def test_everything_that_differs_is_told() -> None:
    other = replace(AGREED, task="text", labels=("refund", "praise", "odd\x1b"), template="u" * 32)

    with pytest.raises(Error) as error:
        contract.demand_same(AGREED, other)

    sentence = problem_of(error, "train-mismatch").sentence
    assert "the model does `classification`, the rows are for `text`" in sentence
    assert "does not know 2 of 3 labels: `odd\\u001b`, `praise`" in sentence
    assert "another template" in sentence
    assert "tokenizer" not in sentence


def test_an_adapter_refuses_another_base_model() -> None:
    @dataclasses.dataclass
    class Base:
        name: str
        hash: str

    contract.same_base("a" * 32, Base("bert", "a" * 32))
    with pytest.raises(Error, match="`bert` is not the base model that was trained on") as error:
        contract.same_base("a" * 32, Base("bert", "b" * 32))
    problem_of(error, "train-mismatch")


@pytest.mark.parametrize("kind", ["wordpiece", "unigram", "unigram-seq2seq", "bpe", "bpe-encoder"])
def test_a_tokenizer_has_one_hash_before_and_after_use_and_saving(kind: str, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers", reason="the extra `train` is not installed")
    from tests.train.tiny import tiny_tokenizer

    tokenizer = tiny_tokenizer(tmp_path / "one", kind=kind)
    before = contract.tokenizer_hash(tokenizer)
    tokenizer(["我 one two", "x"], padding=True, truncation=True, max_length=3)
    tokenizer.save_pretrained(tmp_path / "two")
    again = transformers.AutoTokenizer.from_pretrained(tmp_path / "two")

    assert contract.tokenizer_hash(tokenizer) == before
    assert contract.tokenizer_hash(again) == before
    again.add_tokens(["[NEW]"])
    assert contract.tokenizer_hash(again) != before


def test_special_tokens_and_vocabulary_make_the_hash(tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="the extra `train` is not installed")
    from tests.train.tiny import LINES, tiny_tokenizer

    tokenizer = tiny_tokenizer(tmp_path / "one", kind="bpe")
    before = contract.tokenizer_hash(tokenizer)

    assert contract.tokenizer_hash(tiny_tokenizer(tmp_path / "two", texts=LINES[: len(LINES) // 2], kind="bpe")) != before
    tokenizer.pad_token = tokenizer.eos_token
    assert contract.tokenizer_hash(tokenizer) != before


def test_the_contract_learns_labels_tokenizer_and_template(tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="the extra `train` is not installed")
    from tests.train.tiny import CHATML, tiny_tokenizer

    plain = tiny_tokenizer(tmp_path / "one", kind="bpe")
    chat = tiny_tokenizer(tmp_path / "two", kind="bpe", template=CHATML)

    found = contract.with_tokenizer(AGREED, chat, ["b", "a"])

    assert found.labels == ("b", "a")
    assert found.tokenizer == contract.tokenizer_hash(chat) == contract.tokenizer_hash(plain)
    assert found.template == contract.template_hash(CHATML) != ""
    assert contract.with_tokenizer(AGREED, plain, []).template == ""
    assert contract.with_tokenizer(AGREED, plain, [], CHATML).template == found.template
