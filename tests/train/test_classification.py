"""Classification: labels, pairs, lists of labels; English and Chinese; encoders and a decoder."""

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
transformers = pytest.importorskip("transformers", reason="transformers is not installed")

from dprep.base.problem import Error  # noqa: E402
from dprep.train.settings import Settings  # noqa: E402
from dprep.train.task import Example, Unusable  # noqa: E402
from dprep.train.tasks.classification import Classification  # noqa: E402
from tests.models.tiny import LINES as LABELLED  # noqa: E402
from tests.train.heads import as_batched, encoded, loaded, model_for, said, trained  # noqa: E402
from tests.train.tiny import tiny_tokenizer  # noqa: E402

ROWS = [{"id": str(n), "text": text, "label": label} for label, texts in LABELLED.items() for n, text in enumerate(texts)][:16]
SEVERAL = [
    {"text": "the lamp is broken", "label": ["complaint", "lamp"]},
    {"text": "the parcel is here, thanks", "label": ["parcel", "thanks"]},
    {"text": "the lamp is here, thanks", "label": ["lamp", "thanks"]},
    {"text": "灯坏了", "label": ["complaint", "lamp"]},
    {"text": "谢谢你们的帮助", "label": ["thanks"]},
    {"text": "how can I change my address", "label": []},
]


@pytest.fixture(scope="module")
def wordpiece(tmp_path_factory: Any) -> Any:
    return tiny_tokenizer(tmp_path_factory.mktemp("wordpiece"))


def task_of(tokenizer: Any, rows: list[dict[str, Any]], limit: int = 64, **settings: Any) -> Classification:
    task = Classification(Settings(**settings), tokenizer, Classification.find_labels(rows), limit)
    task.prepared(as_batched(encoded(task, rows)))
    return task


def test_labels_are_found_and_sorted() -> None:
    assert Classification.find_labels(ROWS) == ("complaint", "question", "thanks")
    assert Classification.find_labels(SEVERAL) == ("complaint", "lamp", "parcel", "thanks")
    assert Classification.find_labels([{"label": "负面"}, {"label": "正面"}, {"label": None}, {}]) == ("正面", "负面")


def test_labels_that_are_numbers_are_read_as_they_are_written(wordpiece: Any) -> None:
    task = task_of(wordpiece, [{"text": "a", "label": 1}, {"text": "b", "label": 0}])
    assert task.labels == ("0", "1")
    assert task.facts["counts"] == [1, 1]
    assert task.truth({"text": "a", "label": 1}) == {"label": "1"}
    assert task.truth({"text": "a", "label": []}) == {"label": []}


@pytest.mark.parametrize("rows", [[], [{"label": None}], [{"label": "a"}, {"label": "a"}], [{"label": []}]])
def test_nothing_to_choose_between_is_a_problem(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(Error, match="nothing to learn"):
        Classification.find_labels(rows)


def test_ids_and_labels_are_those_of_the_tokenizer_and_the_row(wordpiece: Any) -> None:
    task = task_of(wordpiece, ROWS)
    example = encoded(task, [{"text": "谢谢 thanks", "label": "thanks"}])[0]
    assert isinstance(example, Example)
    pieces = wordpiece.convert_ids_to_tokens(example.ids["input_ids"])
    assert pieces == ["[CLS]", "谢", "谢", "thanks", "[SEP]"]
    assert example.ids["labels"] == [2]
    assert (example.supervised, example.reason, example.cut) == (1, "", {})


def test_a_row_without_a_label_is_asked_and_teaches_nothing(wordpiece: Any) -> None:
    task = task_of(wordpiece, ROWS)
    rows = [{"text": "thanks"}, {"text": "thanks", "label": None}, {"text": "thanks", "label": "praise"}, *ROWS[:1]]
    examples = encoded(task, rows)
    assert [each.reason for each in examples if isinstance(each, Example)] == ["no_label", "no_label", "label_not_in_train", ""]
    assert [each.supervised for each in examples if isinstance(each, Example)] == [0, 0, 0, 1]
    batch = task.collate(as_batched(examples))
    assert batch["labels"].tolist() == [-1, -1, -1, 2]
    assert task.items(batch) == 1
    assert [task.truth(row) for row in rows] == [{}, {}, {"label": "praise"}, {"label": "thanks"}]


def test_such_rows_change_neither_loss_nor_gradient(wordpiece: Any, tmp_path: Path) -> None:
    task = task_of(wordpiece, ROWS)
    model = model_for(task, tmp_path)
    alone = task.loss(model, task.collate(as_batched(encoded(task, ROWS[:2]))))
    both = task.loss(model, task.collate(as_batched(encoded(task, [ROWS[0], {"text": "new"}, ROWS[1]]))))
    assert both.item() == pytest.approx(alone.item(), rel=1e-5)


def test_what_is_cut_is_counted(wordpiece: Any) -> None:
    text = "thank you for the quick help"
    (example,) = encoded(task_of(wordpiece, ROWS, limit=5), [{"text": text, "label": "thanks"}])
    assert isinstance(example, Example)
    assert wordpiece.convert_ids_to_tokens(example.ids["input_ids"]) == ["[CLS]", "thank", "you", "for", "[SEP]"]
    assert example.cut == {"text": 3}
    dropped = encoded(task_of(wordpiece, ROWS, limit=5, long_rows="drop"), [{"text": text}, {"text": "thank you"}])
    assert dropped[0] == Unusable(0, "too_long")
    assert isinstance(dropped[1], Example)


def test_a_pair_has_its_types_and_loses_from_the_longer_text(wordpiece: Any) -> None:
    rows = [{"text": "where is my parcel", "text_pair": "thanks", "label": "question"}, *ROWS[:1]]
    task = task_of(wordpiece, ROWS, limit=6)
    examples = encoded(task, rows)
    assert isinstance(examples[0], Example)
    assert wordpiece.convert_ids_to_tokens(examples[0].ids["input_ids"]) == ["[CLS]", "where", "is", "[SEP]", "thanks", "[SEP]"]
    assert examples[0].cut == {"text": 2}
    batch = task.collate(as_batched(examples))
    assert batch["token_type_ids"].tolist()[:6] == [0, 0, 0, 0, 1, 1]
    assert batch["token_type_ids"][6:].sum() == 0
    assert batch["lengths"].tolist()[0] == 6


def test_rows_are_named_by_their_place_in_the_part(wordpiece: Any) -> None:
    task = task_of(wordpiece, ROWS)
    assert [each.row for each in task.encode([ROWS[0], {"text": None}, {**ROWS[1], "text_pair": "a"}], 100)] == [100, 101, 102]


def test_single_texts_carry_no_types(wordpiece: Any) -> None:
    task = task_of(wordpiece, ROWS)
    assert "token_type_ids" not in task.collate(as_batched(encoded(task, ROWS)))


def test_hostile_rows(wordpiece: Any) -> None:
    task = task_of(wordpiece, ROWS, limit=16)
    rows: list[dict[str, Any]] = [
        {"text": "", "label": "thanks"},
        {"text": "谢" * 100_000, "label": "thanks"},
        {"text": "a\x00b\u200b\ufe0f", "label": "thanks"},
        {"text": None, "label": "thanks"},
        {"label": "thanks"},
    ]
    examples = encoded(task, rows)
    assert [each.row for each in examples] == [0, 1, 2, 3, 4]
    assert [isinstance(each, Example) for each in examples] == [True, True, True, False, False]
    assert examples[3] == Unusable(3, "no_text")
    long = examples[1]
    assert isinstance(long, Example)
    assert (len(long.ids["input_ids"]), long.cut) == (16, {"text": 100_000 - 14})


def test_a_text_without_tokens_is_unusable_where_nothing_stands_around_it(tmp_path: Path) -> None:
    task = task_of(tiny_tokenizer(tmp_path, kind="bpe"), ROWS)
    assert encoded(task, [{"text": "", "label": "thanks"}]) == [Unusable(0, "no_tokens")]
    assert task.join({"text": ""}, []) == {"prediction": None, "confidence": None, "probabilities": None}


@pytest.mark.parametrize(
    ("type", "kind"), [("bert", "wordpiece"), ("xlm-roberta", "unigram"), ("llama", "bpe"), ("qwen2", "bpe")]
)
def test_it_learns_and_says_the_same_after_reloading(type: str, kind: str, tmp_path: Path) -> None:
    task = task_of(tiny_tokenizer(tmp_path / "tokenizer", kind=kind), ROWS)
    model = model_for(task, tmp_path / "base", type)
    losses = trained(task, model, ROWS)
    assert losses[-1] < losses[0] / 4
    before = said(task, model, ROWS)
    assert [each["prediction"] for each in before] == [row["label"] for row in ROWS]
    model.save_pretrained(tmp_path / "saved")
    again = Classification(Settings(), task.tokenizer, task.labels, 64)
    assert said(again, loaded(None, tmp_path / "saved", task.auto_class()), ROWS, at_once=3) == before


def test_the_saved_model_is_plain_transformers(wordpiece: Any, tmp_path: Path) -> None:
    task = task_of(wordpiece, ROWS)
    model = model_for(task, tmp_path / "base")
    trained(task, model, ROWS, steps=15)
    model.save_pretrained(tmp_path / "saved")
    wordpiece.save_pretrained(tmp_path / "saved")
    pipe = transformers.pipeline("text-classification", str(tmp_path / "saved"), device="cpu")
    ours = said(task, model, ROWS[::5])
    theirs = pipe([row["text"] for row in ROWS[::5]])
    assert [each["prediction"] for each in ours] == [each["label"] for each in theirs]
    assert [each["confidence"] for each in ours] == pytest.approx([each["score"] for each in theirs], abs=1e-5)


def test_lists_of_labels_are_learnt_and_may_be_empty(wordpiece: Any, tmp_path: Path) -> None:
    task = task_of(wordpiece, SEVERAL)
    assert task.facts == {"several": True, "counts": [2, 3, 1, 3], "rows": 6}
    assert task.config()["problem_type"] == "multi_label_classification"
    batch = task.collate(as_batched(encoded(task, [*SEVERAL[:2], {"text": "new"}])))
    assert batch["labels"].tolist() == [[1, 1, 0, 0], [0, 0, 1, 1], [-1, -1, -1, -1]]
    assert task.items(batch) == 2
    model = model_for(task, tmp_path / "base")
    losses = trained(task, model, SEVERAL)
    assert losses[-1] < losses[0] / 4
    before = said(task, model, SEVERAL)
    assert [each["prediction"] for each in before] == [row["label"] for row in SEVERAL]
    model.save_pretrained(tmp_path / "saved")
    again = Classification(Settings(), wordpiece, task.labels, 64)
    assert said(again, loaded(None, tmp_path / "saved", task.auto_class()), SEVERAL) == before


def test_the_confidence_of_a_set_is_that_of_exactly_this_set() -> None:
    task = Classification(Settings(), None, ("a", "b", "c"))
    assert task._several([0.9, 0.5, 0.2]) == {
        "prediction": ["a", "b"],
        "confidence": pytest.approx(0.9 * 0.5 * 0.8),
        "probabilities": [0.9, 0.5, 0.2],
    }


def test_balanced_weights_make_labels_count_the_same(wordpiece: Any, tmp_path: Path) -> None:
    rows = [ROWS[0], *ROWS[6:9]]  # one of `thanks`, three of `complaint`
    task = task_of(wordpiece, rows, class_weights="balanced")
    model = model_for(task, tmp_path)
    plain = Classification(Settings(), wordpiece, task.labels, 64)
    each = [plain.loss(model, plain.collate([one])).item() for one in as_batched(encoded(plain, rows))]
    truth = 2 * each[0] + sum(each[1:]) * 4 / (2 * 3)
    assert task.loss(model, task.collate(as_batched(encoded(task, rows)))).item() == pytest.approx(truth, rel=1e-5)


def test_accumulated_portions_add_up_to_the_large_batch(wordpiece: Any, tmp_path: Path) -> None:
    task = task_of(wordpiece, ROWS, label_smoothing=0.1, focal=1.0)
    model = model_for(task, tmp_path)
    examples = as_batched(encoded(task, ROWS))
    whole = task.loss(model, task.collate(examples)).item()
    parts = sum(task.loss(model, task.collate(examples[start : start + 5])).item() for start in range(0, 16, 5))
    assert parts == pytest.approx(whole, rel=1e-5)


def test_a_decoder_knows_its_padding(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer(tmp_path, kind="bpe")
    task = Classification(Settings(), tokenizer, ("a", "b"))
    assert task.config()["pad_token_id"] == tokenizer.pad_token_id
    tokenizer.pad_token = None
    assert task.config()["pad_token_id"] == tokenizer.eos_token_id
