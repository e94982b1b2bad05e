"""The data contract: what a run was trained on, checked before step 1 and written beside every set of weights.

check         refuses a version that does not fit the task, or that is not as its manifest says
Contract      version, hashes, labels, licences; `dprep.json` beside checkpoints, adapters and models
differences   why a saved model cannot be judged on another version
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.parquet as parquet

from dprep.base.problem import Error, Problem, did_you_mean, fail
from dprep.base.rowdiff import escaped
from dprep.store.card import licenses
from dprep.store.manifest import file_hash, write_json
from dprep.store.versions import Version
from dprep.train.data.column_types import TASKS, fits
from dprep.train.settings import Settings

NAME = "dprep.json"
FORMAT = 1


@dataclass(frozen=True)
class Contract:
    """What weights owe to their data."""

    dataset: str
    version: str
    got: str
    """The hash of the version's rows."""
    asked: str
    task: str
    rows: Mapping[str, int]
    """Part -> rows, of the parts of the run."""
    columns: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """What the task calls a column = what the version calls it, where they differ."""
    labels: tuple[str, ...] = ()
    template: str = ""
    """Hash of the chat template; empty where there is none."""
    tokenizer: str = ""
    """Hash of the tokenizer."""
    licences: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.dataset}@{self.version}"

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT, **json.loads(json.dumps(dataclasses.asdict(self)))}


def check(version: Version, settings: Settings, task: str, part: str = "", *, verify: bool = True) -> Contract:
    """What the version has for the task.

    part: the one that is to be asked, where nothing is to be trained; else those that the settings name.
    verify: hash the files of the rows (some GB/s), else only their sizes are compared.

    Raises Error with all that is wrong: `train-task`, `train-columns`, `train-part`, `train-changed`.
    """
    changed = _changed(version, verify)
    if changed:
        raise Error(changed, exit_code=1)
    needed = part or settings.train
    parts = [needed] if part else _used(version, settings)
    wrong = [*_part(version, needed, "" if part else "train"), *_columns(version, settings, task, parts)]
    if wrong:
        raise Error(wrong)
    rows = {part: _rows(version, part, task) for part in parts}
    if not rows[needed]:
        raise Error(_empty(version, needed, task))
    manifest = version.manifest
    return Contract(
        dataset=manifest["dataset"],
        version=manifest["version"],
        got=manifest["got"],
        asked=manifest["asked"],
        task=task,
        rows=rows,
        columns=dict(settings.columns),
        labels=tuple(manifest.get("labels") or ()),
        licences=tuple(sorted({each.strip() for each in licenses(manifest) if each.strip()})),
        sources=tuple(source["name"] for source in manifest["sources"]),
    )


def with_tokenizer(contract: Contract, tokenizer: Any, labels: Sequence[str], template: str | None = None) -> Contract:
    """The contract with what is known once the tokenizer is there: labels as the model has them, hashes.

    template: the chat template that rows are rendered by; None: the tokenizer's own.
    """
    own = getattr(tokenizer, "chat_template", None) or ""
    text = template if template is not None else own if isinstance(own, str) else json.dumps(own, sort_keys=True)
    return dataclasses.replace(
        contract, labels=tuple(labels), tokenizer=tokenizer_hash(tokenizer), template=template_hash(text)
    )


def write_contract(folder: Path, contract: Contract) -> None:
    """Write `dprep.json` beside weights. Raises Error where the disk fails."""
    write_json(folder / NAME, contract.to_json())


def read_contract(folder: Path) -> Contract | None:
    """What `write_contract` wrote; None where there is none, as beside weights of others. Raises Error (`train-contract`)."""
    path = folder / NAME
    try:
        told = json.loads(path.read_bytes())
        if told.pop("format") != FORMAT:
            raise ValueError(f"it has a format that this dprep does not read, which reads {FORMAT}")
        named = {each.name for each in dataclasses.fields(Contract)}
        lists = {name: tuple(told[name]) for name in ("labels", "licences", "sources")}
        return Contract(**{**{name: told[name] for name in named}, **lists})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        sentence = f"`{path}` cannot be read: {escaped(str(fault))}"
        raise fail("train-contract", sentence, "copy the model folder again, or train again") from fault


def differences(model: Contract, version: Contract) -> list[str]:
    """Where a saved model and the version that it is to be used on disagree. Hashes that one of them lacks are not compared."""
    found = []
    if model.task != version.task:
        found.append(f"the model does `{model.task}`, the rows are for `{version.task}`")
    unknown = sorted(set(version.labels) - set(model.labels)) if model.labels else []
    if unknown:
        shown = ", ".join(f"`{escaped(label[:40])}`" for label in unknown[:5])
        found.append(f"the model does not know {len(unknown):,} of {len(version.labels):,} labels: {shown}")
    for name in ("tokenizer", "template"):
        mine, theirs = getattr(model, name), getattr(version, name)
        if mine and theirs and mine != theirs:
            found.append(f"another {name}: `{mine[:12]}` of the model, `{theirs[:12]}` here")
    return found


def demand_same(model: Contract, version: Contract) -> None:
    """Raises Error (`train-mismatch`) that lists what differs."""
    found = differences(model, version)
    if found:
        sentence = f"the model trained on `{model}` does not fit `{version}`: {'; '.join(found)}"
        help = "choose a version with the same task and labels, and the tokenizer and template that were saved with the model"
        raise Error(Problem("train-mismatch", sentence, help=help))


def same_base(trained_on: str, base: Any) -> None:
    """Raises Error (`train-mismatch`) where a base model (`name`, `hash`) is not the one that an adapter was trained on."""
    if base.hash != trained_on:
        sentence = f"`{escaped(str(base.name))}` is not the base model that was trained on: its files have changed"
        help = f"it had the hash `{trained_on[:12]}`, and has `{base.hash[:12]}` now: bring that one back, or train again"
        raise Error(Problem("train-mismatch", sentence, help=help))


def template_hash(template: str) -> str:
    """32 hex digits of a chat template's text; empty for none."""
    return _digest(template) if template else ""


def tokenizer_hash(tokenizer: Any) -> str:
    """32 hex digits of all that makes ids out of text: the same before and after saving, and after any use.

    Of fast tokenizers their whole definition but for padding and truncation, which calls leave behind; of others the
    vocabulary and, where there is one, the SentencePiece model. Special tokens count.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    special = {name: str(token) for name, token in tokenizer.special_tokens_map.items() if name.endswith("_token")}
    if backend is not None:
        told = json.loads(backend.to_str())
        made = {name: value for name, value in told.items() if name not in {"padding", "truncation", "version"}}
    else:
        pieces = getattr(tokenizer, "sp_model", None)
        model = hashlib.blake2b(pieces.serialized_model_proto(), digest_size=16).hexdigest() if pieces is not None else ""
        made = {"vocabulary": tokenizer.get_vocab(), "model": model}
    return _digest(json.dumps({"made": made, "special": special}, sort_keys=True))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _changed(version: Version, verify: bool) -> list[Problem]:
    """Files of the rows that are not as the manifest says."""
    listed = {entry["path"]: entry for entry in version.manifest["files"] if entry["path"].startswith("data/")}
    found = []
    for name, entry in listed.items():
        path = version.folder / name
        if not path.is_file():
            found.append(f"`{escaped(name)}` is gone")
        elif path.stat().st_size != entry["bytes"]:
            found.append(f"`{escaped(name)}` has {path.stat().st_size:,} bytes instead of {entry['bytes']:,}")
        elif verify and file_hash(path) != entry["hash"]:
            found.append(f"`{escaped(name)}` has another hash")
    if listed:
        there = {f"data/{path.name}" for path in (version.folder / "data").glob("*.parquet")}
        found += [f"`{escaped(name)}` is new" for name in sorted(there - listed.keys())]
    help = "copy the version again, or run its recipe again with `--fresh`; a changed set is a new version"
    told = "; ".join(found[:5])
    return [Problem("train-changed", f"`{version}` is not as it was made: {told}", help=help)] if found else []


def _used(version: Version, settings: Settings) -> list[str]:
    """The parts of a run that the version has rows for."""
    named = dict.fromkeys((settings.train, settings.validation, settings.test))
    return [part for part in named if version.manifest["rows"]["parts"].get(part)]


def _part(version: Version, part: str, key: str) -> list[Problem]:
    """That a part is there and has rows. key: of the settings that names it."""
    cure = f"name another with `{key} = …`" if key else "name another part"
    if part not in version.parts:
        parts = ", ".join(f"`{escaped(name)}`" for name in version.parts)
        help = did_you_mean(part, version.parts) or f"its parts are {parts}: {cure}"
        return [Problem("train-part", f"`{version}` has no part `{escaped(part)}`{' to train on' if key else ''}", help=help)]
    if not version.manifest["rows"]["parts"][part]:
        return [Problem("train-part", f"part `{escaped(part)}` of `{version}` has no rows", help=cure)]
    return []


def _columns(version: Version, settings: Settings, task: str, parts: Sequence[str]) -> list[Problem]:
    """What the parts lack for the task; what several lack is told once."""
    if task not in TASKS:
        help = did_you_mean(task, TASKS) or f"the tasks are {', '.join(f'`{each}`' for each in TASKS)}"
        return [Problem("train-task", f"there is no task `{escaped(task)}`", help=help)]
    found = [_no_such(ours, task) for ours in settings.columns if ours not in TASKS[task]]
    there = [part for part in parts if part in version.parts]
    for number, part in enumerate(there or version.parts):
        where = f"part `{escaped(part)}` of `{version}`" if number else f"`{version}`"
        for path in version.data_files(part)[:1]:
            found += _columns_of(where, version, parquet.read_schema(path), settings, task)
        if found:  # the same is most likely missing in the others
            break
    return found


def _columns_of(where: str, version: Version, schema: pa.Schema, settings: Settings, task: str) -> list[Problem]:
    missing, unfit = [], []
    for ours, wanted in TASKS[task].items():
        theirs = settings.columns.get(ours, ours)
        if theirs not in schema.names:
            missing += [(ours, theirs)] if wanted.required or ours in settings.columns else []
        elif not fits(schema.field(theirs).type, wanted.kinds):
            unfit.append(_unfit(where, theirs, str(schema.field(theirs).type), task, wanted.kinds))
    if missing and version.manifest["task"] not in {"", task} and not settings.columns and "task" not in schema.names:
        return [_other_task(version, task, [ours for ours, _ in missing])]
    spare = [name for name in schema.names if name not in _SYSTEM]
    return [*(_missing(where, ours, theirs, spare) for ours, theirs in missing), *unfit]


_SYSTEM = {"id", "origin", "part", "parent", "made_by", "variant", "copy", "piece", "cluster", "cluster_size", "similarity"}


def _no_such(ours: str, task: str) -> Problem:
    names = list(TASKS[task])
    help = did_you_mean(ours, names) or f"its columns are {', '.join(f'`{name}`' for name in names)}"
    return Problem("train-columns", f"task `{task}` has no column `{escaped(ours)}`", help=help)


def _missing(where: str, ours: str, theirs: str, spare: Sequence[str]) -> Problem:
    named = "" if ours == theirs else f", which is to be `{ours}`"
    listed = ", ".join(f"`{escaped(name)}`" for name in spare[:12])
    near = did_you_mean(theirs, spare)
    help = f'{near + " " if near else ""}say which column it is with `columns = {{ {ours} = "…" }}`; there are {listed}'
    return Problem("train-columns", f"{where} has no column `{escaped(theirs)}`{named}", help=help)


def _unfit(where: str, theirs: str, dtype: str, task: str, kinds: Sequence[str]) -> Problem:
    sentence = f"column `{escaped(theirs)}` of {where} is {escaped(dtype)}, and task `{task}` wants {' or '.join(kinds)}"
    help = "name another column with `columns = {…}`, or give the type in the recipe with `types = {…}` of the source"
    return Problem("train-columns", sentence, help=help)


def _other_task(version: Version, task: str, missing: Sequence[str]) -> Problem:
    lacks = ", ".join(f"`{name}`" for name in missing)
    made_for = escaped(str(version.manifest["task"]))
    sentence = f"`{version}` is made for task `{made_for}`, and has no {lacks} for task `{task}`"
    return Problem(
        "train-task", sentence, help=f"train task `{made_for}`, or say with `columns = {{…}}` which columns are meant"
    )


def _rows(version: Version, part: str, task: str) -> int:
    """The rows of a part that are for the task: all, or those whose column `task` names it, or nothing."""
    rows = 0
    for path in version.data_files(part):
        file = parquet.ParquetFile(path)
        if "task" not in file.schema_arrow.names:
            rows += file.metadata.num_rows
            continue
        for batch in file.iter_batches(columns=["task"]):
            column = batch.column(0)
            rows += column.null_count + (compute.sum(compute.equal(column, task)).as_py() or 0)
    return rows


def _empty(version: Version, part: str, task: str) -> Problem:
    total = version.manifest["rows"]["parts"][part]
    sentence = f"none of {total:,} rows in part `{escaped(part)}` of `{version}` is for task `{task}`"
    help = "the column `task` says what each row is for; rename it in the recipe if it means another thing"
    return Problem("train-task", sentence, help=help)
