"""README.md of a run and of its model: a Hugging Face model card that says what the weights were made from.

The card holds nothing that depends on the time or the machine. All text from recipes and data is made inert.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dprep.base.rowdiff import escaped
from dprep.store import markdown
from dprep.store.commit import write_file
from dprep.store.licenses import hub_license
from dprep.store.versions import Version
from dprep.store.yaml import front_matter
from dprep.train.data import leak_gate
from dprep.train.data.contract import Contract
from dprep.train.ledger.loss_ledger import Ledger
from dprep.train.methods import method_class
from dprep.train.settings import Settings

if TYPE_CHECKING:
    from dprep.train.preparing import Prepared

PIPELINES = {
    "text": "text-generation",
    "classification": "text-classification",
    "regression": "text-classification",
    "tagging": "token-classification",
    "chat": "text-generation",
    "completion": "text-generation",
    "seq2seq": "text2text-generation",
    "qa": "question-answering",
    "preference": "text-generation",
}
"""Task -> what the hub calls it. Source: the list of tasks in huggingface.js (packages/tasks)."""
_HUB = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[\w.-]{1,96}")
_LANGUAGE = re.compile(r'- "([a-z]{2,3})"')
_MOST_LABELS = 200
_LIBRARIES = ("torch", "transformers", "peft")
_PATHS = {"tokenizer", "template"}


@dataclass(frozen=True)
class RunCard:
    """All that a card says."""

    name: str
    """Of the run."""
    contract: Contract
    base_model: str
    """A hub id or the name of a folder or preset; no path."""
    base_license: str
    auto_class: str
    """The class of transformers that loads the model, such as `AutoModelForSequenceClassification`."""
    loads_with: str
    """`transformers` (a whole model), `peft` (an adapter that peft knows) or `dprep` (an adapter that only dprep knows)."""
    method: str
    trained: int
    """Weights that moved."""
    weights: int
    """Weights in all."""
    settings: Mapping[str, Any]
    """As `Settings.asked` tells them; only those that are not the default are worth telling."""
    steps: int
    ledger: Ledger
    scores: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Part -> what `scores.py` found: `rows`, `metrics` {name: {value, low, high}}."""
    leaks: str = ""
    """What the leak gate says, as text."""
    languages: tuple[str, ...] = ()
    libraries: Mapping[str, str] = field(default_factory=dict)
    dprep: str = ""


def write_card(folder: Path, card: RunCard) -> Path:
    """Write README.md into the folder of a run or of its model. Raises Error where the disk fails."""
    path = folder / "README.md"
    write_file(path, f"{front_matter(metadata(card))}\n{_text(card)}")
    return path


def write(folder: Path, prepared: Prepared, plan: Mapping[str, Any], scores: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the card of a run into its folder and into `model/`.

    plan: what `plan.json` says; scores: by part, what `scores.py` found. Raises Error where the disk fails.
    """
    card = card_of(folder, prepared, plan, scores)
    write_card(folder, card)
    write_card(folder / "model", card)


def card_of(folder: Path, prepared: Prepared, plan: Mapping[str, Any], scores: Mapping[str, Mapping[str, Any]]) -> RunCard:
    """What the card of a run says. folder: with the model saved in `model/`."""
    settings = prepared.settings
    with_peft = (folder / "model" / "adapter_config.json").is_file()
    return RunCard(
        name=folder.name,
        contract=prepared.contract,
        base_model=_without_place(prepared.base.name),
        base_license=getattr(prepared.base, "license", ""),
        auto_class=prepared.task.auto_class(),
        loads_with=_loads_with(settings, with_peft=with_peft, new=not prepared.base.name),
        method=settings.method,
        trained=plan["weights_trained"],
        weights=plan["weights"],
        settings=_changed(settings),
        steps=plan.get("steps_done", plan["steps"]),
        ledger=prepared.ledger,
        scores=scores,
        leaks=leak_gate.as_text(prepared.leaks),
        languages=languages_of(prepared.version),
        libraries={name: importlib.metadata.version(name) for name in _LIBRARIES if importlib.util.find_spec(name)},
        dprep=importlib.metadata.version("dprep"),
    )


def _loads_with(settings: Settings, *, with_peft: bool, new: bool) -> str:
    """new: the base was drawn, so that no file holds it for others."""
    if not method_class(settings.method).adapter:
        return "transformers"
    return "peft" if with_peft and not new else "dprep"


def _without_place(name: str) -> str:
    """The name of a model without the folder it lies in on this machine."""
    return Path(name).name if name.startswith(("/", ".", "~")) else name


def _changed(settings: Settings) -> dict[str, Any]:
    """The settings that are not the default. A path says nothing to others, and may say too much: only its end is told."""
    usual = Settings().asked()
    told = {name: value for name, value in settings.asked().items() if value != usual[name] and name != "model"}
    return {name: Path(value).name if name in _PATHS else value for name, value in told.items()}


def metadata(card: RunCard) -> dict[str, Any]:
    """The front matter: base model, data, licences, scores."""
    contract = card.contract
    on_hub = bool(_HUB.fullmatch(card.base_model))
    found: dict[str, Any] = {
        **hub_license([*contract.licences, card.base_license]),
        "language": list(card.languages),
        "base_model": card.base_model if on_hub else "",
        "base_model_relation": ("finetune" if card.loads_with == "transformers" else "adapter") if on_hub else "",
        "datasets": [contract.dataset],
        "library_name": card.loads_with,
        "pipeline_tag": _pipeline(card),
        "tags": ["dprep", contract.task, card.method],
        "model-index": _index(card),
    }
    return {key: value for key, value in found.items() if value not in ("", [], {}, None)}


def languages_of(version: Version) -> tuple[str, ...]:
    """The languages that the card of a version names; none where nothing was tagged."""
    try:
        card = (version.folder / "README.md").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    front = card.partition("\n---\n")[0]
    lines = front.partition("\nlanguage:\n")[2].splitlines()
    found = []
    for line in lines:
        listed = _LANGUAGE.fullmatch(line.strip())
        if not listed:
            break
        found.append(listed[1])
    return tuple(found)


def _pipeline(card: RunCard) -> str:
    masked = card.contract.task == "text" and card.auto_class == "AutoModelForMaskedLM"
    return "fill-mask" if masked else PIPELINES.get(card.contract.task, "")


def _index(card: RunCard) -> list[dict[str, Any]]:
    """The scores as the hub shows them, one result for each part; intervals have no place there."""
    contract = card.contract
    results = [
        {
            "task": {"type": _pipeline(card), "name": contract.task},
            "dataset": {"type": contract.dataset, "name": str(contract), "split": part, "revision": contract.got},
            "metrics": [
                {"type": name, "name": name, "value": each["value"]}
                for name, each in scores.get("metrics", {}).items()
                if each.get("value") is not None
            ],
        }
        for part, scores in card.scores.items()
    ]
    return [{"name": card.name, "results": results}] if results else []


def _text(card: RunCard) -> str:
    sections = [
        f"# {_plain(card.name)}",
        _summary(card),
        "## Data",
        _data(card.contract),
        _plain_lines(card.leaks),
        "## What was lost on the way",
        card.ledger.as_markdown().rstrip(),
        "## Scores",
        _scores(card),
        "## Load it",
        _loading(card),
        *_labels(card.contract),
        "## How it was trained",
        _settings(card),
        "## Limits",
        _limits(card),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _summary(card: RunCard) -> str:
    share = 100 * card.trained / card.weights if card.weights else 0.0
    base = f"`{_code(card.base_model)}`" if card.base_model else "random weights"
    return (
        f"Made from {base} with method `{_code(card.method)}` for task {_plain(card.contract.task)}: "
        f"{card.trained:,} of {card.weights:,} weights were trained ({share:.3g} %), in {card.steps:,} steps."
    )


def _data(contract: Contract) -> str:
    rows = ", ".join(f"{count:,} in `{_code(part)}`" for part, count in contract.rows.items())
    lines = [
        ["dataset", _plain(contract.dataset)],
        ["version", _plain(contract.version)],
        ["hash of its rows", f"`{_code(contract.got)}`"],
        ["rows", rows],
        ["sources", _plain(", ".join(contract.sources)) or "-"],
        ["licences", _plain(", ".join(contract.licences)) or "not stated"],
        ["tokenizer", f"`{_code(contract.tokenizer)}`" if contract.tokenizer else "-"],
        ["chat template", f"`{_code(contract.template)}`" if contract.template else "none"],
    ]
    if contract.columns:
        lines.append(["columns", _plain(", ".join(f"{ours} = {theirs}" for ours, theirs in contract.columns.items()))])
    return markdown.table(["", ""], lines)


def _scores(card: RunCard) -> str:
    """A table for each part, with 95 % intervals."""
    told = []
    for part, scores in card.scores.items():
        lines = [
            [_plain(name), _number(each.get("value")), _interval(each)] for name, each in scores.get("metrics", {}).items()
        ]
        rows = f", {scores['rows']:,} rows" if "rows" in scores else ""
        told += [f"`{_code(part)}`{rows}:", markdown.table(["metric", "value", "95 % interval"], lines)]
    return "\n\n".join(told) or "No part was held out to score it on."


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else "-"


def _interval(each: Mapping[str, Any]) -> str:
    if each.get("low") is None or each.get("high") is None:
        return "-"
    return f"{_number(each['low'])} to {_number(each['high'])}"


def _loading(card: RunCard) -> str:
    if card.loads_with == "dprep":
        told = "dprep predict path/to/this/run rows.jsonl"
        why = "Its method is dprep's own" if card.base_model else "Its base are random weights, which dprep draws again"
        return f"{why}, so dprep loads it:\n\n```console\n$ {told}\n```"
    code = ["from transformers import AutoTokenizer, " + card.auto_class]
    if card.loads_with == "peft":
        head = f", num_labels={_outputs(card.contract)}" if _outputs(card.contract) else ""
        base = json.dumps(_place_of(card.base_model))
        code += [
            "from peft import PeftModel",
            "",
            f"base = {card.auto_class}.from_pretrained({base}{head})",
            'model = PeftModel.from_pretrained(base, "path/to/this/folder")',
        ]
    else:
        code += ["", f'model = {card.auto_class}.from_pretrained("path/to/this/folder")']
    code.append('tokenizer = AutoTokenizer.from_pretrained("path/to/this/folder")')
    return "\n".join(["```python", *code, "```"])


def _place_of(base: str) -> str:
    """What `from_pretrained` takes: only models of the hub can be had by their name."""
    if base.startswith("run:"):
        return f"path/to/runs/{base.removeprefix('run:')}/model"
    return base if _HUB.fullmatch(base) else f"path/to/{base}"


def _outputs(contract: Contract) -> int:
    """Of a new head; 0 where the model has the usual one."""
    return 1 if contract.task == "regression" else len(contract.labels)


def _labels(contract: Contract) -> Iterator[str]:
    if contract.labels:
        yield "## Labels"
        shown = [f"{number}. {_plain(label)}" for number, label in enumerate(contract.labels[:_MOST_LABELS])]
        more = len(contract.labels) - _MOST_LABELS
        yield "\n".join([*shown, f"\n… and {more:,} more, in the model's `config.json`."] if more > 0 else shown)


def _settings(card: RunCard) -> str:
    lines = [[f"`{_code(name)}`", f"`{_code(_value(value))}`"] for name, value in card.settings.items()]
    made = ", ".join(f"{_plain(name)} {_plain(number)}" for name, number in card.libraries.items())
    told = [markdown.table(["setting", "value"], lines)] if lines else []
    return "\n\n".join([*told, f"Made with dprep {_plain(card.dprep)}{f' ({made})' if made else ''}."])


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _limits(card: RunCard) -> str:
    contract = card.contract
    told = [
        f"- It knows what is in `{_code(str(contract))}`: on other texts the scores above say little.",
        "- The intervals tell how much scores vary with the rows they were measured on, not with the seed of the training.",
    ]
    if not card.scores:
        told.append("- It was not scored on rows that it had not seen.")
    if not contract.licences:
        told.append("- The licences of its data are not stated.")
    if not card.languages:
        told.append("- The languages of its data are not known.")
    return "\n".join(told)


def _plain_lines(text: str) -> str:
    return "\n".join(f"- {_plain(line)}" for line in text.splitlines() if line.strip())


def _plain(text: str) -> str:
    return markdown.plain(escaped(text))


def _code(text: str) -> str:
    """Text between backticks: it must not end them, nor the table's cell."""
    return escaped(" ".join(text.split())).replace("`", "'").replace("|", "\\|")
