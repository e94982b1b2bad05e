"""Models from scratch: sizes as published, drawn from the seed, and every mistake told at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("transformers", reason="transformers is not installed")

from dprep.base.problem import Error  # noqa: E402
from dprep.train.loading import architectures, models  # noqa: E402
from dprep.train.settings import Settings  # noqa: E402
from dprep.train.tasks import task_class  # noqa: E402
from tests.train.test_tokenizer_files import learnt  # noqa: E402
from tests.train.tiny import LINES, tiny_tokenizer  # noqa: E402

torch.set_num_threads(1)
TASKS = {"bert": "classification", "modernbert": "tagging", "llama": "completion", "qwen2": "text", "t5": "seq2seq"}


def made(tmp_path: Path, architecture: dict[str, Any], task: str, seed: int = 7) -> tuple[Any, Any, models.Base]:
    """A model from scratch on a tokenizer of SentencePiece (of bytes for `qwen2`), its task, and the base."""
    if architecture["type"] == "qwen2":
        tiny_tokenizer(tmp_path, kind="bpe")
    named = str(tmp_path) if architecture["type"] == "qwen2" else str(learnt(tmp_path))
    settings = models.settled(Settings(architecture=architecture, tokenizer=named, seed=seed))
    base = models.resolve(settings, tmp_path)
    words = models.load_tokenizer(base, settings, tmp_path)
    asked = task_class(task)(settings, words, ("a", "b"), 64)
    return models.load_model(asked, base, settings), asked, base


@pytest.mark.parametrize("type", sorted(TASKS))
def test_a_model_from_scratch_knows_the_words_of_its_tokenizer(tmp_path: Path, type: str) -> None:
    model, task, base = made(tmp_path, {"type": type, "size": "tiny"}, TASKS[type])

    assert model.get_input_embeddings().weight.shape == (len(task.tokenizer), 128)
    assert model.config.pad_token_id == task.tokenizer.pad_token_id
    assert models.kind_of(base) in task.models
    assert base.name == ""
    words = task.tokenizer(list(LINES), padding=True, return_tensors="pt")
    more = {"decoder_input_ids": words["input_ids"]} if type == "t5" else {}
    assert torch.isfinite(model(**words, **more).logits).all()
    assert models.limit(base, Settings(), models.kind_of(base), task.tokenizer) == min(
        {"encoder": 512, "decoder": 2048, "encoder-decoder": 512}[models.kind_of(base)], architectures.POSITIONS[type]
    )


def test_weights_are_drawn_from_the_seed_alone(tmp_path: Path) -> None:
    before = torch.get_rng_state()
    one, same, other = (made(tmp_path, {"type": "llama", "size": "tiny"}, "completion", seed)[0] for seed in (1, 1, 2))

    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert not torch.equal(one.model.layers[0].mlp.up_proj.weight, other.model.layers[0].mlp.up_proj.weight)


@pytest.mark.parametrize(
    ("architecture", "millions"),
    [
        # Turc et al. 2019, table 1, with the 30,522 words of BERT
        ({"type": "bert", "size": "tiny"}, 4.4),
        ({"type": "bert", "size": "small"}, 28.8),
        ({"type": "bert", "size": "base"}, 110.1),
        # the card of Qwen2.5-0.5B: 0.49 B weights, 0.36 B of them no embeddings
        (
            {
                "type": "qwen2",
                "layers": 24,
                "hidden": 896,
                "heads": 14,
                "kv_heads": 2,
                "intermediate": 4864,
                "max_positions": 32768,
            },
            494.0,
        ),
        # Raffel et al. 2020, section 3.1.2, "small": about 60 M, with 32,128 words
        ({"type": "t5", "layers": 6, "hidden": 512, "heads": 8, "intermediate": 2048}, 60.5),
    ],
)
def test_sizes_are_those_of_the_published_models(architecture: dict[str, Any], millions: float) -> None:
    from transformers import AutoModel

    config = architectures.configuration(architectures.complete(architecture))
    config.vocab_size = {"bert": 30_522, "qwen2": 151_936, "t5": 32_128}[architecture["type"]]
    with torch.device("meta"):
        model = AutoModel.from_config(config)
    weights = sum(each.numel() for each in model.parameters())

    assert weights / 1e6 == pytest.approx(millions, rel=0.01)


@pytest.mark.parametrize(
    ("asked", "sentences"),
    [
        ({}, ["`architecture` needs a `type`"]),
        ({"type": "brt"}, ["there is no architecture `brt`"]),
        ({"type": "bert", "size": "huge", "layer": 3}, ["`architecture` has no key `layer`", "there is no size `huge`"]),
        ({"type": "bert", "layers": 0, "hidden": True}, ["`layers` of", "`hidden` of"]),
        ({"type": "bert", "layers": "4"}, ["`layers` of `architecture` must be a whole number from 1, found `4`"]),
        ({"type": "bert", "hidden": 100, "heads": 3}, ["`hidden` (100) must be a multiple of `heads` (3)"]),
        ({"type": "llama", "hidden": 9, "heads": 3}, ["each of the 3 heads gets 3 numbers, and it must be an even number"]),
        ({"type": "llama", "hidden": 64, "heads": 4, "kv_heads": 3}, ["`heads` (4) must be a multiple of `kv_heads` (3)"]),
        ({"type": "bert", "kv_heads": 2}, ["heads of `bert` do not share keys and values"]),
        ({"type": "bert", "tied": 1}, ["`tied` of `architecture` must be true or false, found `1`"]),
    ],
)
def test_every_mistake_is_told(asked: dict[str, Any], sentences: list[str]) -> None:
    with pytest.raises(Error) as fault:
        architectures.complete(asked)

    found = fault.value.problems
    assert {each.code for each in found} == {"train-architecture"}
    assert all(any(each in problem.sentence for problem in found) for each in sentences)
    assert len(found) == len(sentences)


def test_a_misspelt_key_is_guessed() -> None:
    with pytest.raises(Error) as fault:
        architectures.complete({"type": "bert", "hiden": 64})

    assert fault.value.problems[0].help == "did you mean `hidden`?"


def test_a_model_from_scratch_needs_a_tokenizer(tmp_path: Path) -> None:
    settings = Settings(architecture={"type": "bert"})

    with pytest.raises(Error) as fault:
        models.load_tokenizer(models.resolve(settings, tmp_path), settings, tmp_path)

    assert "dprep fit tokenizer" in fault.value.problems[0].help


def test_an_architecture_that_would_be_served_with_another_tokenizer_is_refused(tmp_path: Path) -> None:
    settings = Settings(architecture={"type": "qwen2"}, tokenizer=str(learnt(tmp_path)))

    with pytest.raises(Error, match="always served with its own kind of tokenizer"):
        models.load_tokenizer(models.resolve(settings, tmp_path), settings, tmp_path)


def test_the_hash_of_an_architecture_is_that_of_its_numbers() -> None:
    one, same, other = (
        architectures.hash_of(architectures.complete(asked))
        for asked in (
            {"type": "bert", "size": "tiny"},
            {"type": "bert", "layers": 2, "hidden": 128, "heads": 2},
            {"type": "bert"},
        )
    )

    assert one == same != other
