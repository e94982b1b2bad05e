"""Completions: one text, one boundary, and an end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs torch")
pytest.importorskip("transformers", reason="needs transformers")

import torch

from dprep.train.settings import Settings
from dprep.train.task import Example, Unusable
from dprep.train.tasks.completion import Completion
from tests.train import stock_templates as stock
from tests.train.plain_loop import batch_of, learn
from tests.train.tiny import tiny_model

IGNORE = -100


def row(prompt: str, completion: str | None) -> dict[str, Any]:
    return {"prompt": prompt, "completion": completion}


def pieces(limit: int = 64, **settings: Any) -> Completion:
    return Completion(Settings(**settings), stock.pieces(), limit=limit)


def bytes_(limit: int = 64, **settings: Any) -> Completion:
    return Completion(Settings(**settings), stock.tokenizer(), limit=limit)


def only(task: Completion, *asked: str | None) -> Example | Unusable:
    (found,) = task.encode([row(str(asked[0]), asked[1])], 0)
    return found


def shown(task: Completion, found: Any) -> tuple[list[str], list[str]]:
    """All tokens, and those that are learnt."""
    words = task.tokenizer.convert_ids_to_tokens
    return words(list(found.ids["input_ids"])), words([each for each in found.ids["targets"] if each != IGNORE])


def test_prompt_and_completion_are_one_text_between_the_tokens_that_begin_and_end_it() -> None:
    task = pieces()

    found = only(task, "a:", " b猫")

    assert shown(task, found) == (["<s>", "▁a", ":", "▁b", "猫", "</s>"], ["▁b", "猫", "</s>"])
    assert (found.stop, found.supervised, found.numbers["prompt"]) == (True, 3, 3)  # type: ignore[union-attr]


def test_sentencepiece_puts_no_space_before_a_completion_that_has_none() -> None:
    task = pieces()

    assert shown(task, only(task, "a:", "b"))[0] == ["<s>", "▁a", ":", "b", "</s>"]


def test_a_token_with_the_end_of_the_prompt_and_the_beginning_of_the_completion_is_learnt_and_told() -> None:
    task = pieces()

    found = only(task, "a: ", "b")

    assert shown(task, found) == (["<s>", "▁a", ":", "▁b", "</s>"], ["▁b", "</s>"])
    (problem,) = task.parity([row("a: ", "b"), row("a:", " b")])
    assert problem.sentence.startswith("1 answers begin with characters that melt")
    assert task.parity([row("a:", " b")]) == []


def test_spaces_that_a_tokenizer_leaves_out_of_its_offsets_melt_too() -> None:
    from tokenizers import processors

    words = stock.tokenizer()
    words.backend_tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    task = Completion(Settings(), words)

    assert shown(task, only(task, "a ", "the"))[1] == ["Ġthe", "</s>"]
    assert [each.sentence[:16] for each in task.parity([row("a ", "the"), row("a ", "谢"), row("a", " the")])] == [
        "1 answers begin "
    ]


def test_the_bytes_of_a_character_stay_on_its_side_of_the_boundary() -> None:
    task = bytes_()

    found = only(task, "龘", "齉")

    every, learnt = shown(task, found)
    assert len(every) == 3 + 3 + 1
    assert len(learnt) == 4
    assert task.tokenizer.decode([each for each in found.ids["targets"] if each != IGNORE]) == "齉</s>"  # type: ignore[union-attr]


def test_a_long_prompt_loses_its_beginning_and_the_completion_nothing() -> None:
    task = pieces(limit=6)

    found = only(task, "a b c:", " b猫")

    assert shown(task, found) == (["<s>", "▁c", ":", "▁b", "猫", "</s>"], ["▁b", "猫", "</s>"])
    assert (found.cut, found.stop) == ({"prompt": 2}, True)  # type: ignore[union-attr]


def test_a_completion_that_alone_is_too_long_is_cut_and_counted_as_target() -> None:
    """b2 #3: the end is not cut silently."""
    task = pieces(limit=5)

    found = only(task, "a b c:", " b猫 a b")

    assert shown(task, found) == (["<s>", ":", "▁b", "猫", "▁a"], ["▁b", "猫", "▁a"])
    assert (found.cut, found.stop) == ({"prompt": 3, "target": 2}, False)  # type: ignore[union-attr]


def test_long_rows_can_be_left_out_instead() -> None:
    """b2 #2."""
    assert only(pieces(limit=5, long_rows="drop"), "a b c:", " b猫") == Unusable(0, "too_long")


def test_a_prompt_alone_is_what_is_served() -> None:
    task = pieces()

    found = only(task, "a:", None)

    assert isinstance(found, Example)
    assert list(found.ids["input_ids"]) == task.tokenizer("a:")["input_ids"]
    assert (found.supervised, found.reason, found.numbers["prompt"]) == (0, "no_completion", 3)


def test_an_empty_completion_teaches_to_stop() -> None:
    found = only(pieces(), "a:", "")

    assert isinstance(found, Example)
    assert (found.supervised, found.stop) == (1, True)


def test_with_a_template_the_prompt_is_a_question() -> None:
    task = Completion(Settings(template="chat"), stock.tokenizer(eos="<|im_end|>", template=stock.QWEN_2), limit=64)

    found = only(task, "where", "here")

    assert isinstance(found, Example)
    asked = task.tokenizer.apply_chat_template(
        [{"role": "user", "content": "where"}], add_generation_prompt=True, return_dict=False
    )
    assert list(found.ids["input_ids"])[: len(asked)] == asked
    assert found.numbers["prompt"] == len(asked)
    assert task.tokenizer.decode([each for each in found.ids["targets"] if each != IGNORE]) == "here<|im_end|>"
    assert task.parity([row("where", "here")]) == []


def test_a_long_question_keeps_what_the_template_says_around_it() -> None:
    settings, words = Settings(template="chat"), stock.tokenizer(eos="<|im_end|>", template=stock.QWEN_2)
    whole = only(Completion(settings, words, limit=128), "xyzw", "here")
    task = Completion(settings, words, limit=len(whole.ids["input_ids"]) - 3)  # type: ignore[union-attr]

    found = only(task, "xyzw", "here")

    assert isinstance(found, Example)
    text = words.decode(list(found.ids["input_ids"]))
    assert "<|im_start|>user\nw<|im_end|>\n<|im_start|>assistant\nhere<|im_end|>" in text
    assert found.cut == {"prompt": 3}


def test_of_real_chinese_rows_exactly_the_completion_is_learnt_behind_the_served_prompt() -> None:
    task = bytes_(100_000)
    rows = [
        row(each["instruction"] + each["input"], each["output"])
        for each in stock.corpus("sft-mixed-llamafactory-demos/alpaca_zh_demo.json.zst")[:100]
    ]

    for found, of in zip(task.encode(rows, 0), rows, strict=True):
        assert isinstance(found, Example)
        first = int(found.numbers["prompt"])
        assert task.tokenizer.decode([each for each in found.ids["targets"] if each != IGNORE]) == of["completion"] + "</s>"
        assert list(found.ids["input_ids"])[:first] == task.tokenizer(of["prompt"])["input_ids"]


def test_a_tokenizer_without_an_end_is_a_problem() -> None:
    words = stock.tokenizer()
    words.eos_token = None

    (problem,) = Completion(Settings(), words).parity([row("a", "b")])

    assert "could not learn to stop" in problem.sentence


def test_completions_that_the_tokenizer_rewrites_are_told() -> None:
    from tokenizers import normalizers

    words = stock.tokenizer()
    words.backend_tokenizer.normalizer = normalizers.NFKC()

    (problem,) = Completion(Settings(), words).parity([row("a:", " 好，的"), row("a:", " b")])

    assert problem.sentence == "the tokenizer changes 1 of 2 answers, such as `好，的` to `好,的`"


def test_a_model_learns_completions_and_stops(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    task = bytes_(generate=True, max_new_tokens=12)
    folder = tiny_model(tmp_path, "llama", tokenizer=task.tokenizer)
    model = AutoModelForCausalLM.from_pretrained(folder)
    rows = [row("where is it?", " here"), row("谢谢", "不客气"), row("a", "b c"), row("the lamp", " is broken")]
    batch = batch_of(task, rows)

    first, last = learn(task, model, batch, steps=60)

    with torch.inference_mode():
        said = task.predict(model.eval(), batch)
    assert last < first / 2
    assert [each["prediction"] for each in said] == ["here", "不客气", "b c", "is broken"]
    assert [each["reference"] for each in said] == [each["prediction"] for each in said]
