"""Running text: nothing is lost between windows, and what is hidden is known."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs torch")
pytest.importorskip("transformers", reason="needs transformers")

import numpy as np
import torch

from dprep.train.settings import Settings
from dprep.train.task import Example, Unusable
from dprep.train.tasks.text import Text
from tests.train import stock_templates as stock
from tests.train.plain_loop import batch_of, examples, learn
from tests.train.tiny import LINES, tiny_model, tiny_tokenizer

IGNORE = -100
LONG = "谢谢 the lamp 龘 is broken, 猫! " * 9


def causal(limit: int = 16, words: Any = None, **settings: Any) -> Text:
    return Text(Settings(objective="causal", **settings), words or stock.tokenizer(), limit=limit)


def windows(task: Text, text: str) -> list[Example]:
    found = list(task.encode([{"id": "r", "text": text}], 0))
    assert all(isinstance(each, Example) for each in found)
    return [each for each in found if isinstance(each, Example)]


@pytest.mark.parametrize("limit", [2, 3, 16, 1000])
@pytest.mark.parametrize("words", [stock.tokenizer(), stock.pieces()], ids=["bytes", "pieces"])
def test_every_token_of_a_long_text_is_learnt_exactly_once(limit: int, words: Any) -> None:
    """b2 #4, #5: documents longer than the window are dropped, or cut."""
    task = causal(limit, words)

    found = windows(task, LONG)

    learnt = [each for window in found for each in window.ids["targets"] if each != IGNORE]
    whole = [*words(LONG)["input_ids"], words.eos_token_id]
    assert learnt == whole[1:]
    assert all(len(each.ids["input_ids"]) <= limit for each in found)
    assert [each.cut for each in found] == [{}] * len(found)
    assert sum(each.supervised for each in found) == len(whole) - 1


def test_a_text_begins_and_ends_once() -> None:
    words = stock.pieces()

    found = windows(causal(8, words), LONG)

    begins = [list(each.ids["input_ids"]).count(words.bos_token_id) for each in found]
    ends = [list(each.ids["targets"]).count(words.eos_token_id) for each in found]
    assert begins == [1] + [0] * (len(found) - 1)
    assert ends == [0] * (len(found) - 1) + [1]
    assert [each.stop for each in found] == [None] * (len(found) - 1) + [True]


def test_what_is_said_by_hand_is_what_is_learnt() -> None:
    words = stock.pieces()

    first, second = windows(causal(4, words), "a: b猫")

    names = words.convert_ids_to_tokens
    assert names(list(first.ids["input_ids"])) == ["<s>", "▁a", ":", "▁b"]
    assert names(list(first.ids["targets"])[:-1]) == ["▁a", ":", "▁b"]
    assert names(list(second.ids["input_ids"])) == ["▁b", "猫", "</s>"]
    assert first.ids["targets"][-1] == second.ids["targets"][-1] == IGNORE


@pytest.mark.parametrize("limit", [3, 16, 1000])
def test_the_characters_and_bytes_of_all_windows_are_those_of_the_text(limit: int) -> None:
    """With a token that begins texts all is said; without one, all but the first token."""
    found = windows(causal(limit, stock.pieces()), LONG)
    without = windows(causal(limit), LONG)
    first = stock.tokenizer()(LONG, return_offsets_mapping=True)["offset_mapping"][0][1]

    assert sum(each.numbers["characters"] for each in found) == len(LONG)
    assert sum(each.numbers["bytes"] for each in found) == len(LONG.encode())
    assert sum(each.numbers["characters"] for each in without) == len(LONG) - first


def test_long_texts_can_be_left_out_and_empty_ones_are() -> None:
    assert list(causal(long_rows="drop").encode([{"text": LONG}], 0)) == [Unusable(0, "too_long")]
    assert list(causal().encode([{"text": ""}, {"text": None}], 0)) == [
        Unusable(0, "nothing_to_learn"),
        Unusable(1, "nothing_to_learn"),
    ]


def test_a_decoder_learns_texts_and_says_what_each_costs(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    task = causal(24)
    model = AutoModelForCausalLM.from_pretrained(tiny_model(tmp_path, "llama", tokenizer=task.tokenizer))
    rows = [{"id": str(n), "text": text} for n, text in enumerate(LINES[:8])]
    batch = batch_of(task, rows)

    first, last = learn(task, model, batch, steps=40)

    with torch.inference_mode():
        said = task.predict(model.eval(), batch)
        total = float(task.loss(model, batch))
    places = [each["row"] for each in examples(task, rows)]
    row = task.join({}, [each for each, place in zip(said, places, strict=True) if place == 0])
    assert last < first / 2
    assert sum(each["nll"] for each in said) == pytest.approx(total, rel=1e-5)
    assert set(row) == {"nll", "tokens", "characters", "bytes"}
    assert sum(each["tokens"] for each in said) == task.items(batch)


@pytest.fixture(scope="module")
def encoder_words(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tiny_tokenizer(tmp_path_factory.mktemp("words"))


def masked(words: Any, limit: int = 32, **settings: Any) -> Text:
    return Text(Settings(**settings), words, limit=limit)


def test_an_encoder_learns_from_both_sides(encoder_words: Any) -> None:
    task = masked(encoder_words)

    assert (task.masked, task.auto_class()) == (True, "AutoModelForMaskedLM")
    assert causal().auto_class() == "AutoModelForCausalLM"
    assert masked(encoder_words, objective="causal").auto_class() == "AutoModelForCausalLM"


def test_windows_of_an_encoder_hold_the_whole_text_between_its_marks(encoder_words: Any) -> None:
    """b2 #5."""
    task = masked(encoder_words, limit=8)

    found = windows(task, LONG)

    ids = [list(each.ids["input_ids"]) for each in found]
    inner = [token for each in ids for token in each[1:-1]]
    assert inner == encoder_words(LONG, add_special_tokens=False)["input_ids"]
    assert all(encoder_words.convert_ids_to_tokens([each[0], each[-1]]) == ["[CLS]", "[SEP]"] for each in ids)
    assert max(map(len, ids)) == 8


def test_eight_of_ten_hidden_tokens_are_masked_one_is_another_and_one_stays(encoder_words: Any) -> None:
    task = masked(encoder_words, limit=9000)
    (example,) = examples(task, [{"id": "r", "text": " ".join(LINES) * 40}])
    before = example["input_ids"]

    batch = task.collate([example] * 5, np.random.default_rng(7))

    ids, targets = batch["input_ids"].numpy(), batch["targets"].numpy()
    whole = np.concatenate([before] * 5)
    hidden = targets != IGNORE
    n = int(hidden.sum())
    words = ~np.isin(whole, task._special)
    mask = ids == encoder_words.mask_token_id
    other = hidden & ~mask & (ids != whole)
    for share, of, expected in [
        (n, int(words.sum()), 0.15),
        (int((hidden & mask).sum()), n, 0.8),
        (int(other.sum()), n, 0.1 * (1 - 1 / len(encoder_words))),
    ]:
        assert share / of == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / of))
    assert (targets[hidden] == whole[hidden]).all()
    assert (ids[~hidden] == whole[~hidden]).all()
    assert not hidden[~words].any()


def test_what_is_hidden_changes_in_training_and_never_in_evaluation(encoder_words: Any) -> None:
    rows = [{"id": "a", "text": LINES[0]}, {"id": "b", "text": LINES[0]}, {"id": "c", "text": "谢"}]
    task = masked(encoder_words)
    other_order = batch_of(task, rows[::-1])
    still = batch_of(task, rows)
    luck = np.random.default_rng(7)

    learnt = [batch_of(task, rows, luck)["targets"].tolist() for _ in range(4)]

    assert torch.equal(still["input_ids"], batch_of(masked(encoder_words, seed=8), rows)["input_ids"])
    assert sorted(part.tolist() for part in torch.split(still["targets"], still["lengths"].tolist())) == sorted(
        part.tolist() for part in torch.split(other_order["targets"], other_order["lengths"].tolist())
    )
    assert len({tuple(each) for each in learnt}) > 1
    parts = torch.split(still["targets"], still["lengths"].tolist())
    assert all((part != IGNORE).any() for part in parts)
    assert parts[0].tolist() != parts[1].tolist()


def test_a_text_of_unknown_words_teaches_nothing_and_says_so(encoder_words: Any) -> None:
    (found,) = windows(masked(encoder_words), "龘 齉")

    assert (found.supervised, found.reason) == (0, "nothing_to_learn")
    assert not (batch_of(masked(encoder_words), [{"id": "r", "text": "龘"}])["targets"] != IGNORE).any()


@pytest.mark.parametrize("type", ["bert", "modernbert"])
def test_an_encoder_learns_what_is_hidden(type: str, tmp_path: Path) -> None:
    from transformers import AutoModelForMaskedLM, AutoTokenizer

    folder = tiny_model(tmp_path, type)
    task = masked(AutoTokenizer.from_pretrained(folder), mask_share=0.3)
    model = AutoModelForMaskedLM.from_pretrained(folder)
    batch = batch_of(task, [{"id": str(n), "text": text} for n, text in enumerate(LINES[:8])])

    first, last = learn(task, model, batch, steps=40)

    with torch.inference_mode():
        said = task.predict(model.eval(), batch)
        total = float(task.loss(model, batch))
    assert last < first / 2
    assert sum(each["nll"] for each in said) == pytest.approx(total, rel=1e-5)
    assert [each["tokens"] for each in said] == [
        int((part != IGNORE).sum()) for part in torch.split(batch["targets"], batch["lengths"].tolist())
    ]
