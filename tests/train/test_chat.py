"""Chats: what is learnt of them, what is cut, and that a model learns it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs torch")
pytest.importorskip("transformers", reason="needs transformers")

import torch

from dprep.base.problem import Error
from dprep.train.computing import head
from dprep.train.settings import Settings
from dprep.train.task import Example, Unusable
from dprep.train.tasks.chat import Chat
from tests.train import stock_templates as stock
from tests.train.plain_loop import batch_of, examples, learn
from tests.train.tiny import tiny_model

IGNORE = -100


def says(*turns: str) -> dict[str, Any]:
    """user, assistant, user …"""
    return {"messages": [{"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(turns)]}


def chat(limit: int = 128, family: str = "QWEN_2", **settings: Any) -> Chat:
    eos = "<|im_end|>" if family.startswith("QWEN") else "</s>"
    return Chat(Settings(**settings), stock.tokenizer(eos=eos, template=getattr(stock, family)), limit=limit)


def only(task: Chat, row: dict[str, Any]) -> Example | Unusable:
    (found,) = task.encode([row], 0)
    return found


def told(task: Chat, example: Example) -> str:
    """What the model has to say."""
    return str(task.tokenizer.decode([each for each in example.ids["targets"] if each != IGNORE]))


ROWS = [
    says("where is my parcel", "it is here"),
    says("谢谢", "不客气"),
    says("a", "b", "龘 ok?", "yes"),
    says("", "where"),
]


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    words = stock.tokenizer(eos="<|im_end|>", template=stock.QWEN_2)
    return tiny_model(tmp_path_factory.mktemp("chat"), "qwen2", tokenizer=words)


@pytest.fixture
def model(model_folder: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(model_folder).eval()


def test_each_position_says_the_token_behind_it() -> None:
    task = chat()

    found = only(task, says("a", "b"))

    assert isinstance(found, Example)
    ids, targets = list(found.ids["input_ids"]), list(found.ids["targets"])
    said = task.tokenizer.convert_tokens_to_ids(["b", "<|im_end|>"])
    newline = task.tokenizer("\n")["input_ids"]
    assert ids[-3:] == [*said, *newline]
    assert targets == [IGNORE] * (len(ids) - 4) + [*said, IGNORE, IGNORE]
    assert (found.supervised, found.stop, found.cut) == (2, True, {})
    assert found.numbers["prompt"] == len(ids) - 3


def test_several_answers_are_learnt_and_nothing_between_them() -> None:
    found = only(chat(), says("a", "b", "龘 ok?", "yes"))

    assert isinstance(found, Example)
    assert told(chat(), found) == "b<|im_end|>yes<|im_end|>"


def test_all_that_is_read_can_be_learnt() -> None:
    found = only(chat(supervise="all"), says("a", "b"))

    assert isinstance(found, Example)
    assert list(found.ids["targets"]) == [*list(found.ids["input_ids"])[1:], IGNORE]


def test_what_cannot_be_supervised_is_a_problem() -> None:
    with pytest.raises(Error) as raised:
        chat(supervise="completion")

    assert raised.value.problems[0].code == "train-supervise"


def test_a_long_chat_loses_whole_turns_and_never_the_token_that_stops() -> None:
    """b2 #3: the cut takes the end-of-turn token."""
    task = chat()
    row = says("a", "b", "c", "a long answer that is the last one")
    whole = only(task, row)
    assert isinstance(whole, Example)
    short = only(task, says("a", "b"))
    assert isinstance(short, Example)
    for limit in range(len(short.ids["input_ids"]), len(whole.ids["input_ids"]) - 1):
        task.limit = limit
        found = only(task, row)
        assert isinstance(found, Example)
        assert told(task, found) == "b<|im_end|>"
        assert found.stop
        assert len(found.ids["input_ids"]) <= limit
        assert sum(found.cut.values()) == len(whole.ids["input_ids"]) - len(found.ids["input_ids"])
        assert found.cut["target"] == whole.supervised - found.supervised


def test_the_end_of_the_line_behind_the_last_answer_is_no_loss() -> None:
    task = chat()
    whole = only(task, says("a", "b"))
    assert isinstance(whole, Example)
    task.limit = len(whole.ids["input_ids"]) - 1

    found = only(task, says("a", "b"))

    assert isinstance(found, Example)
    assert (told(task, found), found.cut) == ("b<|im_end|>", {})


def test_an_answer_that_does_not_fit_is_left_out_with_its_reason() -> None:
    """b2 #1, #7: truncation masks every label, and the loss is 0."""
    found = only(chat(limit=12), says("a", "an answer that is much too long for the limit"))

    assert found == Unusable(0, "too_long")


def test_long_chats_can_be_left_out_instead_of_cut() -> None:
    """b2 #2: no way to drop instead of cut."""
    assert only(chat(limit=40, long_rows="drop"), says("a", "b", "c", "d" * 40)) == Unusable(0, "too_long")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"messages": None}, "no_messages"),
        ({"messages": [{"role": None, "content": "a"}]}, "no_role"),
        ({**says("a", "b"), "tools": "{"}, "bad_tools"),
    ],
)
def test_what_is_no_chat_is_left_out_with_its_reason(row: dict[str, Any], reason: str) -> None:
    assert only(chat(), row) == Unusable(0, reason)


def test_rows_keep_their_places_around_those_that_are_left_out() -> None:
    found = list(chat().encode([says("a", "b"), {"messages": []}, says("c", "d")], 10))

    assert [each.row for each in found] == [10, 11, 12]


def test_a_chat_that_asks_is_served_and_teaches_what_was_answered() -> None:
    task = chat()
    open_end = only(task, says("a"))
    with_answer = only(task, says("a", "b", "c"))
    assert isinstance(open_end, Example)
    assert isinstance(with_answer, Example)

    served = task.tokenizer.apply_chat_template(says("a")["messages"], add_generation_prompt=True, return_dict=False)
    assert list(open_end.ids["input_ids"]) == served
    assert (open_end.numbers["prompt"], open_end.supervised, open_end.reason) == (len(served), 0, "nothing_to_learn")
    assert told(task, with_answer) == "b<|im_end|>"
    assert with_answer.numbers["prompt"] == len(with_answer.ids["input_ids"])


def test_where_the_template_goes_back_on_its_words_each_answer_is_an_example() -> None:
    task = chat(family="QWEN_3")

    found = [each for each in task.encode([says("a", "b", "c", "d"), says("e", "f")], 0) if isinstance(each, Example)]

    assert [each.row for each in found] == [0, 0, 1]
    thought = "<think>\n\n</think>\n\n"
    assert [told(task, each) for each in found] == [f"{thought}{said}<|im_end|>" for said in "bdf"]


def test_the_parts_of_a_large_batch_sum_up_to_it(model: Any) -> None:
    """b2 #11: accumulation that differs from the large batch."""
    task = chat()
    whole = batch_of(task, ROWS)
    parts = [batch_of(task, ROWS[:1]), batch_of(task, ROWS[1:])]

    losses = [float(task.loss(model, part).detach()) for part in parts]

    assert sum(task.items(part) for part in parts) == task.items(whole)
    assert sum(losses) == pytest.approx(float(task.loss(model, whole).detach()), rel=1e-6)


def test_the_loss_is_the_cross_entropy_of_the_answers(model: Any) -> None:
    task = chat()
    (example,) = examples(task, [says("where is my parcel", "it is here")])
    ids = torch.tensor(example["input_ids"])[None]
    logits = torch.log_softmax(model(input_ids=ids).logits[0].detach(), -1)
    said = [(at, target) for at, target in enumerate(example["targets"]) if target != IGNORE]
    expected = -sum(float(logits[at, target]) for at, target in said)

    batch = task.collate([example])
    (found,) = task.predict(model, batch)

    assert float(task.loss(model, batch).detach()) == pytest.approx(expected, rel=1e-5)
    assert found["nll"] == pytest.approx(expected, rel=1e-5)
    assert found["tokens"] == len(said)


def test_documents_do_not_see_each_other(model: Any) -> None:
    """b2 #10: packed samples attend to each other."""
    task = chat()
    alone = [task.predict(model, batch_of(task, [row]))[0]["nll"] for row in ROWS]

    together = [each["nll"] for each in task.predict(model, batch_of(task, ROWS))]

    assert together == pytest.approx(alone, rel=1e-5)


def test_a_model_learns_chats_and_answers_and_stops(model: Any) -> None:
    task = chat(generate=True, max_new_tokens=12)
    batch = batch_of(task, ROWS)

    first, last = learn(task, model, batch, steps=60)

    with torch.inference_mode():
        said = task.predict(model.eval(), batch)
    assert last < first / 2
    assert [each["prediction"] for each in said] == ["it is here", "不客气", "yes", "where"]
    assert [each["reference"] for each in said] == [each["prediction"] for each in said]


def test_whoever_serves_the_model_stops_it_at_the_end_of_a_turn() -> None:
    """b2 #9, LF #7454."""
    task = chat(family="GEMMA")

    assert task.generation()["eos_token_id"] == task.tokenizer.convert_tokens_to_ids(["</turn>", "</s>"])


def test_what_is_said_of_a_row_is_summed_over_its_answers() -> None:
    said = [{"nll": 1.0, "tokens": 2, "prediction": "a"}, {"nll": 2.0, "tokens": 3, "prediction": "b"}]

    assert chat().join({}, said) == {"nll": 3.0, "tokens": 5, "prediction": "b"}
    assert chat().join({}, []) == {}


def test_a_batch_without_anything_to_learn_has_no_loss(model: Any) -> None:
    """b2 #1: NaN that is shown as 0."""
    task = chat()
    batch = batch_of(task, [says("a")])

    assert task.items(batch) == 0
    assert float(task.loss(model, batch).detach()) == 0.0
    assert head.IGNORE == IGNORE
