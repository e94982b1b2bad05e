"""Before step 1: all that can be known without training is known, and whatever is wrong is said, with nothing trained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dprep.base.problem import Error, Problem, fail
from dprep.store import layout
from dprep.store.manifest import write_json
from dprep.train import table
from dprep.train.data import contract, encoded, leak_gate, rows
from dprep.train.ledger import loss_budget, loss_ledger
from dprep.train.loading import models
from dprep.train.methods import method_class
from dprep.train.settings import Settings
from dprep.train.tasks import task_class

if TYPE_CHECKING:
    import pyarrow as pa

    from dprep.store.versions import Version
    from dprep.train.data.contract import Contract
    from dprep.train.data.encoded import Encoded
    from dprep.train.ledger.loss_ledger import Ledger
    from dprep.train.loading.bases import Base
    from dprep.train.task import Row, Task
    from dprep.train.watcher import Watcher


@dataclass(frozen=True, eq=False)
class Prepared:
    """A version and a base model that fit each other, and the version as the model sees it."""

    version: Version
    settings: Settings
    contract: Contract
    base: Base
    kind: str
    """Of the model: `encoder`, `decoder` or `encoder-decoder`."""
    task: Task
    parts: Mapping[str, Encoded]
    """By what the part is for: `train`, `validation`, `test`; those that the version has."""
    ledger: Ledger
    leaks: Mapping[str, Any]
    warnings: Sequence[Problem] = ()

    @property
    def train(self) -> Encoded:
        return self.parts["train"]

    def name_of(self, use: str) -> str:
        """What the version calls the part."""
        return str(getattr(self.settings, use))

    def rows(self, use: str) -> Iterable[list[Row]]:
        """The rows of a part, as the task sees them."""
        return rows.of_task(self.version, self.name_of(use), self.task, self.settings.columns)

    def id_blocks(self, use: str, most: int) -> Iterator[pa.Array]:
        """The ids of the rows of a part, in the order of `rows`, at most so many at once."""
        return rows.ids(self.version, self.name_of(use), self.task, most)

    def ids(self, use: str, places: Sequence[int]) -> list[str]:
        """The ids of rows at some places of a part."""
        wanted, found, first = set(places), {}, 0
        for block in self.rows(use):
            found.update({at: str(block[at - first].get("id")) for at in wanted if first <= at < first + len(block)})
            first += len(block)
        return [found[place] for place in places if place in found]


def prepare(version: Version, settings: Settings, store: Path, watcher: Watcher) -> Prepared:
    """Check the version against the settings and encode it. Raises Error with what is wrong."""
    kind_of_task = task_class(version.manifest["task"])
    agreed = contract.check(version, settings, kind_of_task.name)
    _demand_parts(version, settings)
    leaks = leak_gate.gate(version, settings, kind_of_task.name)
    base = models.resolve(settings, store)
    kind = models.kind_of(base, settings)
    refused = _refused(kind_of_task, kind) or method_class(settings.method).refuses(kind_of_task, kind)
    if refused:
        raise Error(Problem("train-method", refused, help="`dprep train --methods` lists the methods"))
    labels = kind_of_task.find_labels(_train_rows(version, settings, kind_of_task))
    unknown = table.of_task(settings, kind_of_task.name)
    if unknown:
        raise Error(unknown)
    tokenizer = models.load_tokenizer(base, settings, store)
    task = kind_of_task(settings, tokenizer, labels, models.limit(base, settings, kind, tokenizer))
    agreed = contract.with_tokenizer(agreed, task.tokenizer, labels)
    parts, ledger = _encoded(version, settings, task, agreed, store, watcher)
    warnings = [
        *leaks.warnings,
        *loss_budget.judge(ledger, settings, task.limit, settings.max_target_length),
        *_serving(task, version),
    ]
    if not len(parts.get("train", ())):
        raise fail("train-nothing-supervised", f"`{settings.train}` of `{version}` has no row that can be learnt from")
    return Prepared(version, settings, agreed, base, kind, task, parts, ledger, leaks.to_json(), warnings)


def _serving(task: Task, version: Version) -> list[Problem]:
    """Where what is trained is not what is served, judged on the first rows. Raises Error where that would be for nothing."""
    first = next(iter(rows.of_task(version, task.settings.train, task, task.settings.columns)), [])
    found = list(task.parity(first))
    if any(problem.severity == "error" for problem in found):
        raise Error(found)
    return found


def _refused(task: type[Task], kind: str) -> str:
    if kind in task.models:
        return ""
    return f"the task `{task.name}` needs a model that is an {' or '.join(task.models)}, and this one is an {kind}"


def _train_rows(version: Version, settings: Settings, task: type[Task]) -> Iterable[Row]:
    return (row for block in rows.of_task(version, settings.train, task, settings.columns) for row in block)


def _demand_parts(version: Version, settings: Settings) -> None:
    """Raises Error (`train-part`) where a part is named that is not there, or missed: the defaults need not be there."""
    usual, there = Settings(), version.manifest["rows"]["parts"]
    for use in ("validation", "test"):
        named = str(getattr(settings, use))
        if named and named != getattr(usual, use) and not there.get(named):
            listed = ", ".join(f"`{part}`" for part in there)
            help = f'its parts are {listed}: name another with `{use} = …`, or none with `{use} = ""`'
            raise fail("train-part", f"`{version}` has no part `{named[:120]}` for {use}", help)
    if settings.patience and not there.get(settings.validation):
        sentence = f"`patience = {settings.patience}` waits for a better score, and `{version}` has no part to validate on"
        raise fail("train-part", sentence, "split off a part `validation` in the recipe, or leave `patience` out")


def uses(version: Version, settings: Settings) -> dict[str, str]:
    """`train`, `validation`, `test` -> the part of the version, where it has rows."""
    named = {use: str(getattr(settings, use)) for use in ("train", "validation", "test")}
    return {use: part for use, part in named.items() if version.manifest["rows"]["parts"].get(part)}


def _encoded(
    version: Version, settings: Settings, task: Task, agreed: Contract, store: Path, watcher: Watcher
) -> tuple[dict[str, Encoded], Ledger]:
    found: dict[str, Encoded] = {}
    ledger = loss_ledger.Ledger(loss_ledger.sources_of(version))
    for use, part in uses(version, settings).items():
        found[use], told = encode_part(version, part, task, agreed, store, watcher)
        ledger = ledger + told
    return found, ledger


def encode_part(
    version: Version, part: str, task: Task, agreed: Contract, store: Path, watcher: Watcher
) -> tuple[Encoded, Ledger]:
    """A part as the model sees it, and what it does not get to see. Kept in the cache of the store."""
    key = encoded.key(task, part, agreed.got, task.settings, agreed.tokenizer, agreed.template)
    folder = layout.cache(store) / "encoded" / key
    file, beside = folder / "examples.arrow", folder / "ledger.json"
    kept = encoded.kept_ledger(beside) if file.is_file() else None
    if kept is None:
        ledger = loss_ledger.Ledger(loss_ledger.sources_of(version))
        total = version.manifest["rows"]["parts"][part]
        source = rows.of_task(version, part, task, task.settings.columns)
        encoded.write(file, task, encoded.encode(task, part, source, ledger, watcher.stage, total))
        write_json(beside, ledger.to_json())
        return encoded.read(file), ledger
    return encoded.read(file), loss_ledger.Ledger.from_json(kept)
