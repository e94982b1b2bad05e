"""The card of a model: what the hub reads of it, what people read, and that nothing in it can misbehave."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dprep.train.data.contract import Contract
from dprep.train.ledger.loss_ledger import Ledger
from dprep.train.settings import Settings
from dprep.train.task import Example, Unusable
from dprep.train.telling import run_card
from dprep.train.telling.run_card import RunCard, languages_of, metadata, write_card
from tests.train.versions import written

CONTRACT = Contract(
    dataset="support",
    version="v3",
    got="0123456789abcdef" * 2,
    asked="a" * 32,
    task="classification",
    rows={"train": 1200, "test": 150},
    labels=("refund", "shipping"),
    tokenizer="t" * 32,
    licences=("CC-BY-4.0",),
    sources=("mail",),
)
SCORES = {
    "test": {
        "rows": 150,
        "metrics": {
            "accuracy": {"value": 0.9133, "low": 0.86, "high": 0.953},
            "f1_macro": {"value": 0.9, "low": 0.85, "high": 0.94},
            "ece": {"value": None, "low": None, "high": None},
        },
    }
}


def ledger() -> Ledger:
    found = Ledger({"mail.jsonl": "mail"})
    found.add("train", {"id": "a", "origin": "mail.jsonl:1"}, Example(0, {"input_ids": [1, 2]}, supervised=1))
    found.add("train", {"id": "b", "origin": "mail.jsonl:2"}, Unusable(1, "no_label"))
    return found


CARD = RunCard(
    name="support-lora",
    contract=CONTRACT,
    base_model="org/bert-small",
    base_license="apache-2.0",
    auto_class="AutoModelForSequenceClassification",
    loads_with="peft",
    method="lora",
    trained=12_345,
    weights=1_234_567,
    settings={"epochs": 5.0, "method": "lora"},
    steps=190,
    ledger=ledger(),
    scores=SCORES,
    libraries={"torch": "2.13.0"},
    dprep="0.6.0",
)


def text_of(card: RunCard, folder: Path) -> str:
    return write_card(folder, card).read_text(encoding="utf-8")


def front_of(text: str) -> Any:
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load(text.split("---\n")[1])


def test_the_card_names_the_version_its_hash_and_its_licences(tmp_path: Path) -> None:
    text = text_of(CARD, tmp_path)

    for told in (
        "support",
        "v3",
        CONTRACT.got,
        "CC-BY-4.0",
        "1,200 in `train`",
        "`org/bert-small`",
        "12,345 of 1,234,567",
        "1 %",
    ):
        assert told in text
    assert "| accuracy | 0.9133 | 0.86 to 0.953 |" in text
    assert "| ece | - | - |" in text
    assert "1 no\\_label" in text
    assert "| `epochs` | `5.0` |" in text


def test_the_hub_reads_the_scores_and_the_base_model(tmp_path: Path) -> None:
    hub = pytest.importorskip("huggingface_hub")
    card = hub.ModelCard(text_of(CARD, tmp_path))

    assert card.data.base_model == "org/bert-small"
    assert card.data.datasets == ["support"]
    assert card.data.license == ["apache-2.0", "cc-by-4.0"]
    assert card.data.pipeline_tag == "text-classification"
    assert card.data.library_name == "peft"
    assert card.data.model_name == "support-lora"
    found = {
        (each.metric_type, each.metric_value, each.dataset_split, each.dataset_revision) for each in card.data.eval_results
    }
    assert found == {("accuracy", 0.9133, "test", CONTRACT.got), ("f1_macro", 0.9, "test", CONTRACT.got)}


def test_a_base_model_in_a_folder_is_no_hub_id() -> None:
    found = metadata(replace(CARD, base_model="my model"))

    assert "base_model" not in found
    assert "base_model_relation" not in found


def test_what_is_not_known_is_said(tmp_path: Path) -> None:
    bare = replace(CARD, contract=replace(CONTRACT, licences=()), base_license="", scores={}, base_model="")
    text = text_of(bare, tmp_path)

    assert not {"license", "language", "model-index"} & set(front_of(text))
    assert "licences of its data are not stated" in text
    assert "languages of its data are not known" in text
    assert "not scored on rows that it had not seen" in text
    assert "random weights" in text


HOSTILE = 'x"\n---\n# <script>alert(1)</script> `rm -rf` | \x1b[31m\u202e'


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    contract = replace(
        CONTRACT, dataset=HOSTILE, labels=(HOSTILE, "b"), sources=(HOSTILE,), licences=(HOSTILE,), columns={"text": HOSTILE}
    )
    hostile = replace(
        CARD, name=HOSTILE, contract=contract, base_model=HOSTILE, method=HOSTILE, settings={HOSTILE: HOSTILE}, leaks=HOSTILE
    )
    text = text_of(hostile, tmp_path)

    body = text.removeprefix("---\n").partition("\n---\n")[2]
    assert front_of(text)["datasets"] == [HOSTILE]
    outside_code = re.sub(r"`[^`\n]*`", "", body.split("```")[0] + body.split("```")[2])
    assert re.search(r"(?<!\\)<", outside_code) is None
    assert "\x1b" not in text
    assert "\u202e" not in body
    (setting,) = (line for line in body.splitlines() if line.startswith("| `x"))
    assert len(re.findall(r"(?<!\\)\|", setting)) == 3  # two cells
    assert [line for line in body.splitlines() if line.startswith(("---", "# <"))] == []


@pytest.mark.parametrize("loads_with", ["transformers", "peft", "dprep"])
def test_the_code_that_loads_it_is_whole(loads_with: str, tmp_path: Path) -> None:
    text = text_of(replace(CARD, loads_with=loads_with), tmp_path)

    if loads_with == "dprep":
        assert "dprep predict" in text
        assert "```python" not in text
        return
    code = text.split("```python\n")[1].split("```")[0]
    compile(code, "card", "exec")
    assert ("PeftModel" in code) == (loads_with == "peft")
    assert ("num_labels=2" in code) == (loads_with == "peft")


def test_many_labels_do_not_fill_the_card(tmp_path: Path) -> None:
    labels = tuple(f"label {n}" for n in range(5000))

    text = text_of(replace(CARD, contract=replace(CONTRACT, labels=labels)), tmp_path)

    assert "… and 4,800 more" in text
    assert len(text) < 20_000


def test_languages_are_those_that_the_card_of_the_version_names(tmp_path: Path) -> None:
    version = written(tmp_path / "v", {"train": [{"text": "a"}]})
    assert languages_of(version) == ()

    (version.folder / "README.md").write_text(
        '---\nlicense: "mit"\nlanguage:\n  - "en"\n  - "zh"\ntags:\n  - "de"\n---\n\n- "fr"\n'
    )

    assert languages_of(version) == ("en", "zh")


def test_the_card_of_a_run_stands_in_its_folder_and_beside_the_weights(tmp_path: Path) -> None:
    (tmp_path / "run" / "model").mkdir(parents=True)
    (tmp_path / "run" / "model" / "adapter_config.json").write_text("{}")
    prepared: Any = SimpleNamespace(
        version=written(tmp_path / "v", {"train": [{"text": "a"}]}),
        settings=Settings(method="lora", model="/home/someone/bert", epochs=5.0, template="/home/someone/chat.jinja"),
        contract=CONTRACT,
        base=SimpleNamespace(name="/home/someone/bert", license="", hash="b" * 32),
        task=SimpleNamespace(auto_class=lambda: "AutoModelForSequenceClassification"),
        ledger=ledger(),
        leaks={"parts": [{"part": "test", "rows": 9, "counts": {"exact": 1}, "by": "version"}]},
    )

    run_card.write(tmp_path / "run", prepared, {"weights": 100, "weights_trained": 7, "steps": 3}, SCORES)

    text = (tmp_path / "run" / "README.md").read_text()
    assert text == (tmp_path / "run" / "model" / "README.md").read_text()
    assert "/home/someone" not in text
    assert "`chat.jinja`" in text
    assert "7 of 100 weights were trained (7 %), in 3 steps" in text
    assert "PeftModel" in text
    assert "1 of 9 rows of" in text
    assert "| `epochs` | `5.0` |" in text
    assert "`batch_size`" not in text
