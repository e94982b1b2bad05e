"""Which model a run begins with: a folder, an installed package, an earlier run, or a model of a hub."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xxhash

from dprep.base.files import content_hash
from dprep.base.problem import Error, Problem, did_you_mean, fail
from dprep.models.folders import checked
from dprep.store import layout
from dprep.train.loading.hub import HUB_ID, snapshot

if TYPE_CHECKING:
    from dprep.train.settings import Settings

_LICENSE = re.compile(r"^license(?:_name)?:\s*[\"']?([\w.+-]+)", re.MULTILINE)


@dataclass(frozen=True)
class Base:
    """A model to begin with."""

    folder: Path
    name: str
    """As cards may tell it: without the folders of this machine. Empty for a model from scratch."""
    hash: str
    """32 hex digits for the files of weights, configuration and tokenizer; or for the architecture."""
    revision: str = ""
    """The commit of a hub."""
    license: str = ""
    """What its card says; empty where it says nothing."""
    architecture: dict[str, Any] = field(default_factory=dict)
    """Of a model from scratch: it has no folder, its weights are drawn."""

    @property
    def new(self) -> bool:
        """Whether the weights are drawn instead of read."""
        return bool(self.architecture)


def resolve(model: str, store: Path) -> Base:
    """The model that a recipe names: a folder, `package:NAME`, `run:NAME` or `org/name[@revision]` of a hub.

    Raises Error (`train-model`, `unreadable-file`, `missing-library`).
    """
    if model.startswith("package:"):
        return of_folder(_package(model[8:]), model[8:])
    if model.startswith("run:"):
        return _run(model[4:], store)
    folder = Path(model).expanduser()
    if folder.is_dir():
        return of_folder(folder, folder.resolve().name)
    found = HUB_ID.fullmatch(model)
    if not found or model.startswith((".", "/", "~")):
        raise no_model(f"there is no model `{model[:200]}`", _near(folder))
    at, revision = snapshot(found["id"], found["revision"] or "")
    return of_folder(at, found["id"], revision)


def demand_libraries() -> None:
    """Raises Error (`missing-library`) where no model can be loaded, before anything that needs one is imported."""
    missing = next((name for name in ("torch", "transformers", "peft") if find_spec(name) is None), None)
    if missing:
        sentence = f"models need the library `{missing}`, which is not installed"
        raise fail("missing-library", sentence, "`pip install 'dprep[train]'` provides it")


def demand(settings: Settings, recipe: str) -> None:
    """Raises Error (`train-model`) where it is known before any row is read that nothing can be trained."""
    if not settings.model and not settings.architecture:
        help = 'write `[train]` with `model = "…"`, or add `--model …` to the command'
        raise no_model(f"`{recipe}` says nothing of a model", help)
    folder = Path(settings.model).expanduser()
    if settings.model.startswith((".", "/", "~")) and not folder.is_dir():
        raise no_model(f"there is no model `{settings.model[:200]}`", _near(folder))


def _near(folder: Path) -> str:
    near = did_you_mean(folder.name, (each.name for each in folder.parent.iterdir())) if folder.parent.is_dir() else ""
    return near or "name a folder, `org/name` of a hub, `package:NAME` or `run:NAME`"


def of_folder(folder: Path, name: str, revision: str = "") -> Base:
    """The model in a folder. Raises Error (`unreadable-file`)."""
    checked(str(folder))
    return Base(folder, name, hash_of(folder), revision, license_of(folder))


def hash_of(folder: Path) -> str:
    """32 hex digits for the files that make the model and its tokenizer, whatever lies beside them."""
    digest = xxhash.xxh3_128()
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.suffix in {".safetensors", ".json", ".txt", ".model", ".jinja"}:
            digest.update(file.name.encode() + b"\0" + bytes.fromhex(content_hash(str(file))))
    return digest.hexdigest()


def license_of(folder: Path) -> str:
    """What the card of a model says of its licence; empty where there is none."""
    card = folder / "README.md"
    try:
        text = card.read_text(encoding="utf-8", errors="replace")[:20_000] if card.is_file() else ""
    except OSError:
        return ""
    head = text.split("\n---", 1)[0] if text.startswith("---") else ""
    found = _LICENSE.search(head)
    return found[1] if found else ""


def _package(name: str) -> Path:
    """The model's folder in an installed package, whose code is not run. Raises Error (`train-model`)."""
    module = name.replace("-", "_")
    spec = find_spec(module) if module.isidentifier() else None
    if spec is None:
        raise no_model(f"there is no package `{name}`", f"`pip install {name}` provides it" if module.isidentifier() else "")
    for place in spec.submodule_search_locations or ():
        found = sorted(Path(place).glob("config.json")) + sorted(Path(place).glob("*/config.json"))
        if found:
            return found[0].parent
    raise no_model(f"the package `{name}` holds no model", "a package of a model holds a folder with `config.json`")


def _run(name: str, store: Path) -> Base:
    """The model that a run ended with. Raises Error (`train-model`)."""
    runs = layout.runs(store)
    whole = [each.parent.name for each in sorted(runs.glob("*/run.json"))]
    if name not in whole:
        begun = name and "/" not in name and (runs / name).is_dir()
        sentence = f"the run `{name}` is not finished" if begun else f"there is no run `{name}`"
        help = "go on with it first: the same command again" if begun else did_you_mean(name, whole)
        known = f"the runs are {', '.join(f'`{each}`' for each in whole[:10])}" if whole else "`dprep train` makes one"
        raise no_model(sentence, help or known)
    folder = runs / name / "model"
    if not folder.is_dir():
        raise no_model(f"the run `{name}` kept no model", "train it again")
    if not (folder / "config.json").is_file():
        raise no_model(f"the run `{name}` kept an adapter, not a whole model", f"`dprep merge {name}` makes one to go on from")
    found = of_folder(folder, f"run:{name}")
    return found if found.license else replace(found, license=license_of(folder.parent))


def no_model(sentence: str, help: str = "") -> Error:
    """What is wrong with a model that a recipe names."""
    return Error(Problem("train-model", sentence, help=help))
