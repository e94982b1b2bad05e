"""Preferences: DPO against numbers worked out by hand, and both sides treated alike."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs torch")
pytest.importorskip("transformers", reason="needs transformers")

import torch

from dprep.train.computing import head
from dprep.train.settings import Settings
from dprep.train.task import Example, Unusable
from dprep.train.tasks.preference import Preference
from tests.train import stock_templates as stock
from tests.train.plain_loop import batch_of, examples, learn
from tests.train.tiny import tiny_model

IGNORE = -100
ROWS = [
    {"prompt": "where is it?", "chosen": " here", "rejected": " I do not know"},
    {"prompt": "谢谢", "chosen": "不客气", "rejected": "龘"},
    {"prompt": "the lamp", "chosen": " is broken", "rejected": " the lamp"},
]


def preference(limit: int = 64, words: Any = None, **settings: Any) -> Preference:
    return Preference(Settings(**settings), words or stock.tokenizer(), limit=limit)


def only(task: Preference, **row: Any) -> Example | Unusable:
    (found,) = task.encode([row], 0)
    return found


def sides(task: Preference, found: Any) -> list[tuple[list[str], list[str]]]:
    """All tokens, and those that count, of the chosen document and of the rejected one."""
    first = int(found.numbers["chosen_tokens"])
    words = task.tokenizer.convert_ids_to_tokens
    ids, targets = list(found.ids["input_ids"]), list(found.ids["targets"])
    parts = [(ids[:first], targets[:first]), (ids[first:], targets[first:])]
    return [(words(each), words([target for target in said if target != IGNORE])) for each, said in parts]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("dpo"), "llama", tokenizer=stock.tokenizer())


@pytest.fixture
def model(folder: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder).eval()


def test_a_pair_is_two_documents_and_only_answers_count() -> None:
    task = preference(words=stock.pieces())

    found = only(task, prompt="a:", chosen=" b", rejected=" c猫")

    assert sides(task, found) == [
        (["<s>", "▁a", ":", "▁b", "</s>"], ["▁b", "</s>"]),
        (["<s>", "▁a", ":", "▁c", "猫", "</s>"], ["▁c", "猫", "</s>"]),
    ]
    assert (found.supervised, found.stop, found.cut) == (5, True, {})  # type: ignore[union-attr]


def test_both_sides_lose_the_same_of_a_long_prompt() -> None:
    """b2 #4: DPO cut the chosen side only."""
    task = preference(6, stock.pieces())

    found = only(task, prompt="a b c:", chosen=" b", rejected=" c猫")

    assert [each for each, _ in sides(task, found)] == [
        ["<s>", "▁c", ":", "▁b", "</s>"],
        ["<s>", "▁c", ":", "▁c", "猫", "</s>"],
    ]
    assert (found.cut, found.stop) == ({"prompt": 2}, True)  # type: ignore[union-attr]


def test_answers_that_are_too_long_end_at_the_same_length() -> None:
    """b2 #4."""
    task = preference(5, stock.pieces())

    found = only(task, prompt="a b:", chosen=" b b b b b", rejected=" c c c c c c c")

    assert [len(each) for each, _ in sides(task, found)] == [5, 5]
    assert (found.cut, found.stop) == ({"prompt": 2, "target": 5}, False)  # type: ignore[union-attr]


def test_rows_that_say_nothing_are_left_out_with_their_reason() -> None:
    assert only(preference(), prompt="a", chosen="b", rejected="b") == Unusable(0, "same_answers")
    assert only(preference(8, long_rows="drop"), prompt="a" * 9, chosen="b", rejected="c") == Unusable(0, "too_long")
    asks = [{"role": "user", "content": "b"}]
    assert only(preference(), prompt="a", chosen=asks, rejected="c") == Unusable(0, "no_answer")


def test_messages_are_written_by_the_template() -> None:
    words = stock.tokenizer(eos="<|im_end|>", template=stock.QWEN_2)
    prompt = [{"role": "user", "content": "a"}]
    good, bad = [{"role": "assistant", "content": "b"}], [{"role": "assistant", "content": "龘"}]
    task = preference(words=words)

    plain = only(task, prompt=prompt, chosen=good, rejected=bad)

    first, second = sides(task, plain)
    assert [words.convert_tokens_to_string(each[1]) for each in (first, second)] == ["b<|im_end|>", "龘<|im_end|>"]
    for other in (
        {"prompt": "a", "chosen": good, "rejected": bad},
        {"prompt": prompt, "chosen": [*prompt, *good], "rejected": [*prompt, *bad]},
        {"prompt": prompt, "chosen": good[0], "rejected": bad[0]},
    ):
        assert sides(task, only(task, **other)) == [first, second]
    with_strings = preference(words=words, template="chat")
    assert sides(with_strings, only(with_strings, prompt="a", chosen="b", rejected="龘")) == [first, second]
    assert task.parity([{"prompt": prompt, "chosen": good, "rejected": bad}]) == []


def test_of_real_chinese_pairs_exactly_the_answers_count() -> None:
    words = stock.tokenizer(eos="<|im_end|>", template=stock.QWEN_2)
    task = preference(100_000, words)
    rows = [
        {
            "prompt": [{"role": "user", "content": pair["conversations"][0]["value"]}],
            **{side: [{"role": "assistant", "content": pair[side]["value"]}] for side in ("chosen", "rejected")},
        }
        for pair in stock.corpus("sft-mixed-llamafactory-demos/dpo_zh_demo.json.zst")[:20]
    ]

    for found, row in zip(task.encode(rows, 0), rows, strict=True):
        said = [words.convert_tokens_to_string(each) for _, each in sides(task, found)]
        assert said == [row[side][0]["content"] + "<|im_end|>" for side in ("chosen", "rejected")]
    assert task.generation()["eos_token_id"] == [words.eos_token_id]


def test_the_loss_is_that_of_the_paper(model: Any) -> None:
    """Log-probabilities by whole logits, row by row; the rest by hand."""
    task = preference(beta=0.3)
    batch = batch_of(task, ROWS)
    references = {"reference_chosen": [-3.0, -20.0, -1.5], "reference_rejected": [-4.0, -2.0, -30.0]}
    batch.update({name: torch.tensor(values) for name, values in references.items()})
    expected = 0.0
    for n, example in enumerate(examples(task, ROWS)):
        first = int(example["chosen_tokens"])
        over = []
        for part, known in ((slice(0, first), "reference_chosen"), (slice(first, None), "reference_rejected")):
            ids, targets = torch.tensor(example["input_ids"][part]), example["targets"][part]
            said = torch.log_softmax(model(input_ids=ids[None]).logits[0].detach(), -1)
            total = sum(float(said[at, target]) for at, target in enumerate(targets) if target != IGNORE)
            over.append(total - references[known][n])
        expected += math.log1p(math.exp(-0.3 * (over[0] - over[1])))

    assert float(task.loss(model, batch).detach()) == pytest.approx(expected, rel=1e-4)


def test_before_anything_is_learnt_the_loss_of_a_pair_is_the_logarithm_of_two(model: Any) -> None:
    task = preference()
    batch = batch_of(task, ROWS)
    batch.update(task.reference(model, batch))

    assert task.items(batch) == 3
    assert float(task.loss(model, batch).detach()) == pytest.approx(3 * math.log(2), rel=1e-5)
    assert [each["margin"] for each in task.predict(model, batch)] == pytest.approx([0, 0, 0], abs=1e-4)


def test_the_parts_of_a_large_batch_sum_up_to_it(model: Any) -> None:
    """b2 #11."""
    task = preference()
    references = task.reference(model, batch_of(task, ROWS))
    kept = [
        {**each, **{name: float(values[n]) + n for name, values in references.items()}}
        for n, each in enumerate(examples(task, ROWS))
    ]

    parts = [float(task.loss(model, task.collate([each])).detach()) for each in kept]

    assert sum(parts) == pytest.approx(float(task.loss(model, task.collate(kept)).detach()), rel=1e-5)


def test_a_whole_model_is_no_reference_for_itself(model: Any) -> None:
    task = preference()

    with pytest.raises(ValueError, match="no reference"):
        task.loss(model, batch_of(task, ROWS))


def test_without_its_adapter_a_model_is_its_own_reference(model: Any) -> None:
    peft = pytest.importorskip("peft", reason="needs peft")
    task = preference()
    batch = batch_of(task, ROWS)
    before = task.reference(model, batch)
    adapted = peft.get_peft_model(model, peft.LoraConfig(task_type="CAUSAL_LM", r=4, target_modules=["q_proj", "v_proj"]))

    first, last = learn(task, adapted, batch, steps=25, rate=3e-2)

    after = task.reference(adapted, batch)
    assert first == pytest.approx(math.log(2), rel=1e-4)
    assert last < first / 2
    for name, values in before.items():
        torch.testing.assert_close(after[name], values)
    with torch.inference_mode():
        said = task.predict(adapted.eval(), {**batch, **before})
    assert all(each["margin"] > 0 for each in said)
    assert [each["chosen"] - each["rejected"] for each in said] == pytest.approx([each["margin"] for each in said])


def test_a_whole_model_learns_with_numbers_that_were_kept(model: Any) -> None:
    task = preference()
    batch = batch_of(task, ROWS)
    batch.update(task.reference(model, batch))

    first, last = learn(task, model, batch, steps=15, rate=1e-3)

    assert last < first / 2
    assert head.IGNORE == IGNORE
