"""What a user met who trained on real data, and shall not meet again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs the extra `train`")
pytest.importorskip("transformers", reason="training needs the extra `train`")
pytest.importorskip("peft", reason="training needs the extra `train`")

import torch
from tokenizers import Regex, normalizers

from dprep import api
from dprep.base.problem import Error, Problem
from dprep.cli.training_shown import Silent
from dprep.store import layout
from dprep.store.versions import open_version
from dprep.train import preparing, runs
from dprep.train.ledger import loss_budget
from dprep.train.ledger.loss_ledger import Ledger
from dprep.train.ledger.loss_lines import Line
from dprep.train.settings import Settings
from dprep.train.tasks import templates
from dprep.train.telling import run_card
from dprep.train.training import train
from dprep.train.watcher import Nobody
from tests.train import sets, tiny
from tests.train.conftest import Place


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("normal", [False, True])
def test_an_answer_ends_at_its_stop_where_a_line_s_end_is_no_token(tmp_path: Path, normal: bool) -> None:
    """SentencePiece takes it for a space, and the mark of the next turn's first word stands for both; or it is unknown."""
    turns = [("user", "red lamp"), ("assistant", "blue chair"), ("user", "green"), ("assistant", "red")]
    messages = [{"role": role, "content": text} for role, text in turns]
    tokenizer = tiny.tiny_tokenizer(tmp_path, [f"{role.capitalize()}: {text}" for role, text in turns] * 5, kind="unigram")
    tokenizer.chat_template = None
    if normal:
        inner = tokenizer.backend_tokenizer
        as_space = normalizers.Replace(Regex(r"\s+"), " ")
        inner.normalizer = normalizers.Sequence([inner.normalizer, as_space] if inner.normalizer else [as_space])
    template = templates.load("plain", tokenizer)
    told = templates.tokens(template, templates.rendered(template, messages))[0]

    assert told.stops == (tokenizer.eos_token_id,) * 2
    said = [tokenizer.decode(told.ids[first:last]).strip() for first, last in told.answers]
    assert [each.removesuffix(tokenizer.eos_token).strip() for each in said] == ["blue chair", "red"]
    assert int(told.mask.sum()) == sum(last - first for first, last in told.answers)


def test_the_longest_rows_are_named_only_where_they_are_those_that_are_cut() -> None:
    """Of a source and a target together, neither the length nor the order says which row's source is too long."""
    line = Line(rows=2, examples=2, longest=[(90, "fits"), (80, "cut")], most=70)
    line.faults["cut"], line.cut["text"], line.first["cut"] = 1, 6, ["cut"]
    line.supervised = 20
    ledger = Ledger()
    ledger._lines["test", "1"] = line
    with pytest.raises(Error) as caught:
        loss_budget.judge(ledger, Settings(), limit=64)

    (problem,) = caught.value.problems
    assert problem.help.startswith("for example `cut`;")
    assert "50 % where 1 % is allowed" in problem.sentence


def test_a_warning_is_shown_to_whoever_asked_for_problems_only(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Silent()
    shown.say("the ledger")
    shown.warn(Problem("train-no-stop", "nothing ends", severity="warning"))

    assert capsys.readouterr().err == "warning[train-no-stop]: nothing ends\n"


class Watching(Nobody):
    def __init__(self) -> None:
        self.seen: list[tuple[str, int, int]] = []

    def stage(self, what: str, done: int, total: int) -> None:
        self.seen.append((what, done, total))


def test_rows_are_counted_in_rows_where_each_is_asked_in_several_windows(tmp_path: Path) -> None:
    version = sets.version_of(tmp_path, "text")
    model = sets.model_of(tmp_path / "base", "text")
    settings = Settings(model=str(model), max_steps=1, device="cpu", long_rows="split", max_length=6, batch_size=4)
    watching = Watching()
    train(version, settings, tmp_path / "store", watching)

    rows = version.manifest["rows"]["parts"]["test"]
    assert [last for what, *last in watching.seen if what == "asking test"][-1] == [rows, rows]


@pytest.fixture
def _uncompiled() -> Iterator[None]:
    yield
    torch.compiler.reset()


@pytest.mark.usefixtures("_uncompiled")
def test_compiled_layers_go_on_when_another_model_is_prepared(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Preparing the model that is read back must not put attention that compiles in the place of the one that does not."""
    from dprep.train import job
    from dprep.train.computing import compiling

    monkeypatch.setattr(job, "compile_layers", lambda model: compiling.compile_layers(model, backend="aot_eager"))
    settings = Settings(model=str(place.base), max_steps=1, device="cpu", batch_size=8, compile=True)
    version = open_version(next((place.store / "datasets" / "classification").glob("v*")))
    made = train(version, settings, tmp_path)

    assert made.run.whole
    assert made.run.told["plan"]["packed"]


def test_a_run_that_is_being_trained_is_not_removed_by_fresh(tmp_path: Path) -> None:
    run = runs.begin(tmp_path, "stem", "mine", {"identity": "one"}, fresh=False)
    with layout.locked(run.folder / ".lock"), pytest.raises(Error) as caught:
        runs.begin(tmp_path, "stem", "mine", {"identity": "one"}, fresh=True)

    assert [problem.code for problem in caught.value.problems] == ["run-busy"]
    assert run.asked == {"identity": "one"}
    assert runs.begin(tmp_path, "stem", "mine", {"identity": "two"}, fresh=True).asked == {"identity": "two"}


def test_a_name_that_no_folder_can_have_is_told_as_that_of_a_run(tmp_path: Path) -> None:
    with pytest.raises(Error) as caught:
        runs.begin(tmp_path, "stem", "../mine", {"identity": "one"}, fresh=False)

    assert [problem.sentence for problem in caught.value.problems] == ["`../mine` cannot name a run"]


@pytest.mark.parametrize(
    ("base", "place"),
    [("org/encoder", "org/encoder"), ("run:first", "path/to/runs/first/model"), ("my-encoder", "path/to/my-encoder")],
)
def test_a_card_takes_for_a_name_of_the_hub_only_what_is_one(base: str, place: str) -> None:
    assert run_card._place_of(base) == place


def test_an_adapter_on_weights_that_were_drawn_is_not_said_to_load_with_peft() -> None:
    assert run_card._loads_with(Settings(method="lora"), with_peft=True, new=True) == "dprep"
    assert run_card._loads_with(Settings(method="lora"), with_peft=True, new=False) == "peft"
    assert run_card._loads_with(Settings(), with_peft=False, new=True) == "transformers"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (Settings(validation="dev"), "has no part `dev` for validation"),
        (Settings(test="held"), "has no part `held` for test"),
    ],
)
def test_a_part_that_is_named_and_not_there_is_not_done_without(place: Place, asked: Settings, sentence: str) -> None:
    version = open_version(next((place.store / "datasets" / "classification").glob("v*")))
    with pytest.raises(Error, match=sentence):
        preparing.prepare(version, replace(asked, model=str(place.base)), place.store, Nobody())


def test_patience_without_a_part_to_validate_on_is_refused(place: Place) -> None:
    version = open_version(next((place.store / "datasets" / "classification").glob("v*")))
    settings = Settings(model=str(place.base), device="cpu", patience=2, validation="")
    with pytest.raises(Error, match="waits for a better score"):
        preparing.prepare(version, settings, place.store, Nobody())


def test_a_run_that_held_nothing_out_is_not_scored_on_what_it_has_learnt(tmp_path: Path) -> None:
    version = sets.version_of(tmp_path, "classification")
    base = sets.model_of(tmp_path / "base", "classification")
    store = tmp_path / "store"
    run = train(version, Settings(model=str(base), max_steps=1, device="cpu", validation="", test=""), store).run
    with pytest.raises(Error, match="neither test nor validation"):
        api.evaluate(run.name, store=store)
    assert api.evaluate(run.name, store=store, part="train")["rows"] == version.manifest["rows"]["parts"]["train"]


def test_what_is_saved_names_no_folder_of_this_machine_and_a_tokenizer_with_a_limit(tmp_path: Path) -> None:
    version, model = sets.version_of(tmp_path, "regression"), sets.model_of(tmp_path / "base", "regression")
    words = json.loads((model / "tokenizer_config.json").read_bytes())
    (model / "tokenizer_config.json").write_text(json.dumps({**words, "model_max_length": 10**30}))

    run = sets.trained(tmp_path, version, model, method="lora", max_steps=1, max_leaked_share=1.0).run

    assert json.loads((run.model / "adapter_config.json").read_bytes())["base_model_name_or_path"] == "base"
    assert json.loads((run.model / "tokenizer_config.json").read_bytes())["model_max_length"] == run.told["limit"]
