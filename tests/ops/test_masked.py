from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
import pytest

pytest.importorskip("torch", reason="torch is not installed (extra `train`)")
pytest.importorskip("transformers", reason="transformers is not installed (extra `train`)")

from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.models.masked_lm import _picked, _scores, masked_lm
from dprep.models.vocabularies import HAN, NONE, script_of, vocabulary
from dprep.ops.augment.masked import Masked
from tests.models import tiny_masked

KINDS = ("bert", "roberta", "xlmr", "distilbert", "electra")
ENGLISH = [
    "The red cat walks slowly through the garden.",
    "A tiger sleeps in the purple kitchen, happily.",
    "I saw the white rabbit near the station!",
]
CHINESE = ["我喜欢吃苹果，他喜欢吃香蕉。", "我们明天去北京买西瓜。", "上海的葡萄很便宜。"]
WORDS = re.compile(r"\w+")


@pytest.fixture(scope="session")
def folders(tmp_path_factory) -> dict[str, str]:
    """A trained model of each kind."""
    folder = tmp_path_factory.mktemp("masked")
    made = {
        "bert": tiny_masked.bert(folder / "bert"),
        "roberta": tiny_masked.roberta(folder / "roberta"),
        "xlmr": tiny_masked.xlmr(folder / "xlmr"),
        "distilbert": tiny_masked.bert(folder / "distilbert", "DistilBert", steps=5),
        "electra": tiny_masked.bert(folder / "electra", "Electra", steps=5),
    }
    return {kind: str(path) for kind, path in made.items()}


def luck(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**63, n).astype(np.uint64)


def variants(folder: str, texts: list[str], seed: int = 0, **parameters) -> list[str | None]:
    op = Masked(masked_lm=folder, **parameters)
    return op.variant(Text(pl.Series("text", texts, dtype=pl.String)), luck(len(texts), seed), 1).to_list()


@pytest.mark.parametrize("kind", KINDS)
def test_only_whole_words_come_and_all_else_stays(folders, kind):
    found = variants(folders[kind], ENGLISH * 10, rate=0.4, top_k=50)

    assert None not in found
    for old, new in zip(ENGLISH * 10, found, strict=True):
        assert WORDS.split(new) == WORDS.split(old)  # blanks and punctuation
        pairs = list(zip(WORDS.findall(old), WORDS.findall(new), strict=True))
        changed = [(a, b) for a, b in pairs if a != b]
        assert changed
        assert all(b.isalpha() and len(b) > 1 and a.lower() != b.lower() for a, b in changed)
        assert not any(a.lower() in {"the", "a", "i", "in", "near", "through"} for a, _ in changed)


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlmr"])
def test_new_words_are_glued_as_the_tokenizer_glues_them(folders, kind):
    tokenizer = masked_lm(folders[kind]).transformer.tokenizer
    texts = ENGLISH * 10
    for old, new in zip(texts, variants(folders[kind], texts, rate=0.01), strict=True):
        told = tokenizer.decode(tokenizer(" " + new)["input_ids"], skip_special_tokens=True)
        assert "".join(told.split()) == "".join((new.lower() if kind == "bert" else new).split())
        before, after = (tokenizer(" " + text)["input_ids"] for text in (old, new))
        same = 0
        while before[same] == after[same]:
            same += 1
        # one token stands where the old word's tokens stood, and the tokens behind are the same
        assert after[same + 1 :] == before[len(before) - len(after[same + 1 :]) :]


@pytest.mark.parametrize("kind", ["bert", "xlmr"])
def test_the_hidden_word_never_comes_again(folders, kind):
    texts = ["The red cat walks slowly through the garden.", "A CAT sleeps in the Red garden"] * 20
    for old, new in zip(texts, variants(folders[kind], texts, rate=1.0, top_k=1, names=True), strict=True):
        pairs = zip(WORDS.findall(old), WORDS.findall(new), strict=True)
        assert all(a == b or a.lower() != b.lower() for a, b in pairs)


def test_case_is_taken_over(folders):
    (new,) = variants(folders["bert"], ["Tigers sleep. TIGER. Cat! tiger"], rate=1.0, names=True)
    words = WORDS.findall(new)

    assert words[0][0].isupper()
    assert words[2].isupper()
    assert words[3].istitle()
    assert words[4].islower()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "👍🏽 ... 12345 ２",
        "@cat #dog http://cat.org/garden cat@dog.org {cat} <dog> [MASK] [CAT] `tiger` cat_dog cat2 %s",
        "the of and you don't well-known",
        "with Tiger and Paris",
    ],
)
def test_what_is_protected_has_no_variant(folders, text):
    assert variants(folders["bert"], [text], rate=1.0) == [None]


def test_listed_words_stay(folders, tmp_path):
    (tmp_path / "list.txt").write_text("garden\n", encoding="utf-8")
    more = {"protect": ("red CAT",), "protect_file": str(tmp_path / "list.txt")}
    for new in variants(folders["bert"], [ENGLISH[0]] * 10, rate=1.0, **more):
        assert re.fullmatch(r"The red cat \w+ \w+ through the garden\.", new)


def test_masks_and_special_tokens_in_texts_are_text(folders):
    hostile = "[MASK] [CLS] cat [SEP] <mask> </s> cat [UNK] [PAD]"
    for kind in ("bert", "roberta", "xlmr"):
        (new,) = variants(folders[kind], [hostile], rate=1.0)
        assert re.fullmatch(r"\[MASK\] \[CLS\] \w+ \[SEP\] <mask> </s> \w+ \[UNK\] \[PAD\]", new)


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_the_rate_is_the_share_of_possible_words_hidden(folders, rate):
    text = " ".join(["tiger"] * 300)
    found = variants(folders["bert"], [text] * 4, rate=rate)

    assert np.mean([sum(word != "tiger" for word in new.split()) / 300 for new in found]) == pytest.approx(rate, rel=0.2)


def test_a_text_longer_than_the_model_is_changed_up_to_its_end(folders):
    text = " ".join(ENGLISH * 30)
    (new,) = variants(folders["bert"], [text], rate=0.3)
    pairs = list(zip(WORDS.findall(text), WORDS.findall(new), strict=True))
    places = [place / len(pairs) for place, (a, b) in enumerate(pairs) if a != b]

    assert WORDS.split(new) == WORDS.split(text)
    assert min(places) < 0.1
    assert max(places) > 0.9
    assert Counter(int(10 * place) for place in places).most_common()[-1][1] >= 5


def test_answers_depend_on_their_own_text_and_luck(folders):
    texts = [*ENGLISH, *CHINESE, "", "garden"]
    op, chance = Masked(masked_lm=folders["bert"], rate=0.3), luck(len(texts), seed=2)
    together = op.variant(Text(pl.Series(texts)), chance, 1).to_list()

    assert together == [op.variant(Text(pl.Series([text])), chance[i : i + 1], 1)[0] for i, text in enumerate(texts)]
    assert len(set(variants(folders["bert"], [ENGLISH[0]] * 30, rate=0.3))) > 10


@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_chinese_words_become_words_of_jieba_as_long(folders, kind):
    jieba = pytest.importorskip("jieba", reason="jieba is not installed (extra `zh`)")
    jieba.initialize()
    texts = [text for text in CHINESE for _ in range(15)]
    found = variants(folders[kind], texts, rate=0.3, top_k=5)

    assert sum(new is not None for new in found) > 30
    for old, new in zip(texts, found, strict=True):
        assert new is None or (len(new) == len(old) and new != old)
        at = 0
        for word in jieba.lcut(old) if new else ():
            other = new[at : at + len(word)]
            assert other == word or other in jieba.dt.FREQ
            at += len(word)


def test_characters_of_chinese_can_be_taken_apart(folders):
    texts = CHINESE * 10
    for old, new in zip(texts, variants(folders["bert"], texts, rate=1e-9, characters=True), strict=True):
        assert sum(a != b for a, b in zip(old, new, strict=True)) == 1
        assert script_of("".join(b for a, b in zip(old, new, strict=True) if a != b)) == HAN


def test_tokens_of_several_characters_stand_for_chinese_words(folders):
    found = [new for new in variants(folders["xlmr"], CHINESE * 10, rate=0.3) if new]

    assert len(found) > 15
    assert all(re.fullmatch(r"[\u4e00-\u9fff，。]+", new) for new in found)
    assert not set(found) & set(CHINESE)


def test_a_model_without_chinese_gives_chinese_no_row(folders):
    assert variants(folders["roberta"], CHINESE, rate=1.0) == [None] * 3


def test_a_trained_model_puts_places_where_places_stand(folders):
    found = variants(
        folders["bert"], [f"I saw the red dog near the {place}!" for place in tiny_masked.PLACES] * 5, top_k=1, rate=1.0
    )
    last = Counter(WORDS.findall(new)[-1] in tiny_masked.PLACES for new in found)

    assert last[True] > last[False]


@pytest.mark.parametrize("kind", KINDS)
def test_scores_of_masked_places_are_those_of_the_whole_model(folders, kind):
    import torch

    model = masked_lm(folders[kind]).transformer.model
    ids = torch.randint(5, 60, (3, 16), generator=torch.Generator().manual_seed(1))
    mask = torch.ones_like(ids)
    flat = [3, 17, 40]
    with torch.inference_mode():
        whole = model(input_ids=ids, attention_mask=mask).logits
        some = _scores(model, ids, mask, flat)

    assert torch.allclose(some, whole.reshape(-1, whole.shape[-1])[flat], atol=1e-5)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_draws_follow_the_softmax(temperature):
    logits = np.array([2.0, 1.0, 0.0, -np.inf])
    draws = np.random.default_rng(0).random(20_000)
    picked = _picked(np.tile(logits, (20_000, 1)), np.tile(np.arange(4), (20_000, 1)), draws, temperature)
    expected = np.exp(logits / temperature) / np.exp(logits / temperature).sum()

    assert np.bincount(picked, minlength=4) / 20_000 == pytest.approx(expected, abs=0.015)
    assert _picked(np.full((1, 2), -np.inf), np.zeros((1, 2), np.int64), np.array([0.5]), 1.0) == [-1]
    assert _picked(logits[None], np.arange(4)[None], np.array([1 - 2.0**-53]), 1.0) == [2]


def test_whole_words_are_told_from_pieces():
    bert = vocabulary(["[CLS]", "cat", "##s", "中", "##中", "a", "!", "12", "猫狗", "[unused1]", "naïve"], [0])
    assert [bool(each != NONE) for each in bert.scripts] == [
        False,
        True,
        False,
        True,
        False,
        False,
        False,
        False,
        True,
        False,
        True,
    ]
    roberta = vocabulary(["<s>", "Ġcat", "cat", "Ġ", "Ġä¸Ń", "ä¸Ń", "ä¸", "Ã©tÃ©", "ĠÃ©tÃ©", "Ġ12"], [0])
    assert roberta.surfaces[4:9] == ("中", "中", "", "été", "été")
    assert [bool(each != NONE) for each in roberta.scripts] == [
        False,
        True,
        False,
        False,
        True,
        True,
        False,
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"config.json": '{"architectures": ["BertModel"]}', "model.safetensors": ""}, "fills no masks"),
        ({"config.json": '{"architectures": ["BertForMaskedLM"]}', "pytorch_model.bin": ""}, "pickle"),
        ({}, "config.json"),
    ],
)
def test_a_folder_without_such_a_model_is_a_problem(tmp_path: Path, files, words):
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(Error) as caught:
        masked_lm(str(tmp_path))
    assert words in caught.value.problems[0].sentence


def test_a_tokenizer_without_a_mask_is_a_problem(folders, tmp_path):
    for file in Path(folders["bert"]).iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    settings = json.loads((tmp_path / "tokenizer_config.json").read_text())
    (tmp_path / "tokenizer_config.json").write_text(
        json.dumps({**settings, "mask_token": None, "tokenizer_class": "PreTrainedTokenizerFast"})
    )
    with pytest.raises(Error) as caught:
        masked_lm(str(tmp_path))
    assert "no token for masks" in caught.value.problems[0].sentence
