from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dprep.base.problem import Error
from dprep.base.text import Text
from dprep.ops.augment._nlpaug import CHOICES, FILES, REFUSED, TAKES
from dprep.ops.augment.nlpaug import Nlpaug

pytest.importorskip("nlpaug", reason="nlpaug is not installed (extra `nlpaug`)")

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ["The quick brown fox received a letter, my friend!", "Please send the refund tomorrow", "", " \n", "我已经收到了包裹"]
SETTINGS = {
    **{name: {} for name in TAKES},
    "word.ReservedAug": {"reserved_tokens": [["quick", "fast", "swift"], ["refund", "money"]]},
}


def luck(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**63, n).astype(np.uint64)


def made(texts: list[str], chance: np.ndarray, name: str, **more) -> list[str | None]:
    op = Nlpaug(augmenter=name, settings=SETTINGS[name] | more.pop("settings", {}), **more)
    return op.variant(Text(pl.Series("text", texts)), chance, 1).to_list()


@pytest.mark.parametrize("name", sorted(TAKES))
def test_every_offered_augmenter_runs_and_changes_english(name):
    found = made(TEXTS * 5, luck(25), name)

    assert any(found[::5])
    changed = [(old, new) for old, new in zip(TEXTS * 5, found, strict=True) if new is not None]
    assert all(new != old for old, new in changed)
    assert name == "word.SplitAug" or all("".join(new.split()) != "".join(old.split()) for old, new in changed)
    assert found[2::5] == found[3::5] == [None] * 5


@pytest.mark.parametrize("name", sorted(TAKES))
def test_a_row_gets_the_same_answer_in_any_block(name):
    chance = luck(len(TEXTS), seed=4)
    alone = [made([text], chance[i : i + 1], name)[0] for i, text in enumerate(TEXTS)]

    assert made(TEXTS, chance, name) == alone
    assert made(TEXTS[::-1], chance[::-1], name) == alone[::-1]


@pytest.mark.parametrize("name", ["char.KeyboardAug", "word.RandomWordAug"])
def test_the_process_keeps_its_own_chance(name):
    random.seed(5)
    np.random.seed(5)
    expected = [random.random(), float(np.random.random())]
    random.seed(5)
    np.random.seed(5)
    first = made(TEXTS, luck(len(TEXTS)), name)

    assert [random.random(), float(np.random.random())] == expected
    random.seed(6)
    assert made(TEXTS, luck(len(TEXTS)), name) == first


@pytest.mark.parametrize("name", ["char.KeyboardAug", "char.OcrAug", "word.SpellingAug"])
def test_another_process_gives_the_same_answers(name):
    code = (
        "import numpy as np; from tests.ops.test_nlpaug import made, luck, TEXTS;"
        f"print(ascii(made(TEXTS * 4, luck({4 * len(TEXTS)}), {name!r})))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=ROOT, check=True)

    assert told.stdout.strip() == ascii(made(TEXTS * 4, luck(4 * len(TEXTS)), name))


def test_luck_decides():
    assert len(set(made([TEXTS[0]] * 40, luck(40), "char.KeyboardAug"))) > 30


@pytest.mark.parametrize("name", ["char.KeyboardAug", "char.OcrAug", "word.SpellingAug", "word.ReservedAug"])
def test_chinese_that_nlpaug_leaves_gives_no_row(name):
    assert made(["我已经收到了包裹，谢谢。"] * 10, luck(10), name) == [None] * 10


@pytest.mark.parametrize("name", sorted(TAKES))
def test_settings_are_those_of_the_constructor(name):
    import inspect
    from importlib import import_module

    room, _, kind = name.partition(".")
    takes = inspect.signature(getattr(import_module(f"nlpaug.augmenter.{room}"), kind).__init__).parameters

    assert set(TAKES[name]) <= set(takes)
    assert FILES.get(name, "self") in takes


@pytest.mark.parametrize(("name", "setting", "choice"), [(name, key, c) for (name, key), cs in CHOICES.items() for c in cs])
def test_every_choice_is_taken(name, setting, choice):
    settings = {setting: choice}
    assert len(made(TEXTS, luck(len(TEXTS)), name, settings=settings)) == len(TEXTS)


@pytest.mark.parametrize(
    ("name", "settings", "sentence"),
    [
        ("word.SynonymAug", {}, "augment.synonym"),
        ("word.ContextualWordEmbsAug", {}, "augment.masked"),
        ("char.KeybordAug", {}, "did you mean `char.KeyboardAug`"),
        ("KeyboardAug", {}, "char.KeyboardAug"),
        ("audio.NoiseAug", {}, "no augmenter of nlpaug"),
        ("word.RandomWordAug", {"aug_prob": 0.1}, "has no setting `aug_prob`"),
        ("word.RandomWordAug", {"aug_p": 2.0}, "from 0 to 1"),
        ("word.RandomWordAug", {"aug_min": True}, "without a fraction"),
        ("word.RandomWordAug", {"action": "insert"}, "must be `substitute`"),
        ("word.ReservedAug", {}, "reserved_tokens"),
        ("word.ReservedAug", {"reserved_tokens": ["a", "b"]}, "reserved_tokens"),
        ("word.SplitAug", {"device": "cuda"}, "has no setting `device`"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(name, settings, sentence):
    with pytest.raises(ValueError, match="(?s)" + sentence.replace(".", r"\.")):
        Nlpaug(augmenter=name, settings=settings)


def test_every_refusal_ends_without_a_stop_and_names_a_class():
    assert all(not why.endswith(".") and "." in name for name, why in REFUSED.items())
    assert not REFUSED.keys() & TAKES.keys()


def test_a_list_of_the_users_is_read(tmp_path):
    (tmp_path / "list.txt").write_text("quick qwick\n", encoding="utf-8")
    found = made(TEXTS[:1] * 30, luck(30), "word.SpellingAug", file=str(tmp_path / "list.txt"), settings={"aug_p": 1.0})

    assert "The qwick brown fox received a letter, my friend!" in found
    assert set(found) <= {"The qwick brown fox received a letter, my friend!", None}


def test_a_file_that_nlpaug_cannot_read_is_a_problem(tmp_path):
    (tmp_path / "keys.json").write_text("no json", encoding="utf-8")
    with pytest.raises(Error) as caught:
        made(TEXTS, luck(len(TEXTS)), "char.KeyboardAug", file=str(tmp_path / "keys.json"))
    assert caught.value.problems[0].code == "wrong-value"
    with pytest.raises(ValueError, match="takes no file"):
        Nlpaug(augmenter="word.SplitAug", file="x")
