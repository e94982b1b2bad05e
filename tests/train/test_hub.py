"""Models of a hub: fetched once, without pickles and code, and every way it can fail is a problem with a cure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")

from huggingface_hub import constants

from dprep.base.problem import Error
from dprep.models import folders
from dprep.train.loading.bases import resolve
from dprep.train.loading.hub import snapshot
from tests.train.small_hub import COMMIT, Hub, serving

FILES = {
    "config.json": b"{}",
    "model.safetensors": b"weights" * 1000,
    "tokenizer.json": b"{}",
    "README.md": b"---\nlicense: apache-2.0\n---\n",
    "pytorch_model.bin": b"a pickle",
    "modeling_own.py": b"code",
    "onnx/model.safetensors": b"the same again",
}
WANTED = {"config.json", "model.safetensors", "tokenizer.json", "README.md"}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub, and a user who allows the network."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(folders, "_forbidden", False)
    return tmp_path / "cache"


def asked(hub: Hub, monkeypatch: pytest.MonkeyPatch, name: str = "someone/small", revision: str = "") -> tuple[Path, str]:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    return snapshot(name, revision)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(Hub(FILES)) as made:
        yield made


def problem_of(hub: Hub, monkeypatch: pytest.MonkeyPatch, name: str = "someone/small", revision: str = "") -> tuple[str, str]:
    with pytest.raises(Error) as fault:
        asked(hub, monkeypatch, name, revision)
    (problem,) = fault.value.problems
    assert problem.code == "train-model"
    return problem.sentence, problem.help


def test_weights_and_words_are_fetched_and_nothing_else(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, revision = asked(hub, monkeypatch)

    assert revision == COMMIT
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == WANTED
    assert (folder / "model.safetensors").read_bytes() == FILES["model.safetensors"]


def test_what_is_here_is_not_fetched_again(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(hub, monkeypatch)
    before = len(hub.fetched)

    asked(hub, monkeypatch)
    monkeypatch.setattr(folders, "_forbidden", True)
    folder, _ = asked(hub, monkeypatch)

    assert len(hub.fetched) == before
    assert (folder / "config.json").is_file()


def test_a_download_that_breaks_off_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = bytes(range(256)) * 100_000  # 25 MB: the library keeps what it has in pieces of 10 MB
    with serving(Hub({**FILES, "model.safetensors": weights}, break_off={"model.safetensors": 22_000_000})) as hub:
        folder, _ = asked(hub, monkeypatch)

    began = [range for name, range in hub.fetched if name == "model.safetensors"]
    assert len(began) == 2
    assert int(began[1].removeprefix("bytes=").partition("-")[0]) >= 10_000_000
    assert (folder / "model.safetensors").read_bytes() == weights


@pytest.mark.parametrize(
    ("name", "revision", "told", "cure"),
    [
        ("someone/smal", "", "the hub has none of that name", "spelling"),
        ("someone/small", "nothere", "it has no revision `nothere`", "newest"),
    ],
)
def test_what_a_hub_does_not_have(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, name: str, revision: str, told: str, cure: str
) -> None:
    sentence, help = problem_of(hub, monkeypatch, name, revision)

    assert told in sentence
    assert cure in help


def test_a_gated_model_is_asked_for_first(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Hub(FILES, gated=True)) as hub:
        sentence, help = problem_of(hub, monkeypatch)

    assert "only to those who asked for it" in sentence
    assert "hf auth login" in help


def test_without_a_network_the_command_that_fetches_is_told(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_forbidden", True)
    sentence, help = problem_of(hub, monkeypatch, "someone/small", "v2")

    assert "not on this machine, and the hub cannot be reached" in sentence
    assert "hf download someone/small --revision v2" in help
    assert hub.fetched == []


def test_a_hub_that_is_down_is_told(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.url = "http://127.0.0.1:9"

    assert "cannot be reached" in problem_of(hub, monkeypatch)[0]


def test_a_full_disk_is_told(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def full(*_arguments: object, **_more: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", full)

    with pytest.raises(Error) as fault:
        asked(hub, monkeypatch)
    assert fault.value.problems[0].code == "train-write"


def test_a_base_knows_its_commit_and_licence(hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)

    found = resolve("someone/small@main", tmp_path)

    assert (found.name, found.revision, found.license) == ("someone/small", COMMIT, "apache-2.0")


def test_nothing_is_fetched_for_what_is_no_id(hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    for named in ("./someone/small", "/someone/small", "~/someone/small", "someone/small/deep", "small", "http://x/y"):
        with pytest.raises(Error, match="there is no model"):
            resolve(named, tmp_path)

    assert hub.fetched == []
