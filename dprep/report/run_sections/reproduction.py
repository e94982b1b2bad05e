"""How the run is made again: commands, settings, hashes, versions of everything."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any

from dprep.report.blocks import Block, Column, Command, Fold, Notice, Prose, Section, Table
from dprep.report.reading.found_run import FoundRun
from dprep.report.say import Say

ID = "reproduction"
MACHINE = frozenset(("device", "precision", "report_to", "checkpoint_every", "keep_checkpoints", "dynamics"))
"""Settings that say where a run is made, not what comes out."""


@dataclass(frozen=True)
class Setting:
    """A key of `[train]` with its value as JSON. changed: it is not the default; None where the default is not known."""

    key: str
    value: str
    changed: bool | None


@dataclass(frozen=True)
class ReproductionFacts:
    """commands: to train again, to score again, to see a row's life. hashes: (what, 32 hex digits)."""

    commands: tuple[str, ...]
    settings: tuple[Setting, ...]
    hashes: tuple[tuple[str, str], ...]
    libraries: tuple[tuple[str, str], ...]
    device: str
    precision: str
    processes: int
    seed: int
    round_trip: float | None


def facts(found: FoundRun) -> ReproductionFacts:
    """From `run.json` and `asked.json`."""
    told, asked, settings = found.told, found.asked, found.settings
    names = (
        ("rows", told["got"]),
        ("base model", asked.get("base")),
        ("tokenizer", asked.get("words")),
        ("template", asked.get("template")),
    )
    return ReproductionFacts(
        commands=(_command(found), f"dprep evaluate {quote(found.name)}"),
        settings=tuple(Setting(key, _json(value), _changed(found, key, value)) for key, value in sorted(settings.items())),
        hashes=tuple((name, str(value)) for name, value in (*names, ("all that was asked", asked.get("identity"))) if value),
        libraries=tuple(sorted({**told.get("libraries", {}), "dprep": told["dprep"]}.items())),
        device=str(asked.get("device", "")),
        precision=str(asked.get("precision", "")),
        processes=int(asked.get("processes", 1)),
        seed=int(settings["seed"]),
        round_trip=found.round_trip,
    )


def _changed(found: FoundRun, key: str, value: Any) -> bool | None:
    return None if key not in found.defaults else _json(value) != _json(found.defaults[key])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _command(found: FoundRun) -> str:
    """`dprep train` on the version, with every setting that is not the default, or that the recipe of the version has."""
    written = _table(found)
    words = []
    for key, value in sorted(found.settings.items()):
        if key in MACHINE or key in {"method", "options"}:
            continue
        if key in written or _changed(found, key, value):
            words += [f"{key}={_toml(value)}"]
    words.append(f"method={_toml(found.settings['method'])}")
    words += [f"method.{key}={_toml(value)}" for key, value in sorted((found.settings.get("options") or {}).items())]
    return " ".join(
        [f"dprep train {quote(str(found.told['dataset']))}", *(f"--set {quote(f'train.{word}')}" for word in words)]
    )


def _table(found: FoundRun) -> Mapping[str, Any]:
    """`[train]` of the recipe that the version keeps."""
    if found.version is None:
        return {}
    try:
        table = tomllib.loads((found.version.folder / "recipe.toml").read_text("utf-8")).get("train", {})
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, Mapping) else {}


def _toml(value: Any) -> str:
    """A value as TOML has it on one line."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{json.dumps(key)} = {_toml(each)}' for key, each in value.items())} }}"
    return json.dumps(value, ensure_ascii=False)


# in words


def section(facts: ReproductionFacts, say: Say) -> Section:
    """Commands first, then the books."""
    blocks: list[Block] = [Prose(say("Train it again, on the same version, and score it again:"))]
    blocks += [Command(command) for command in facts.commands]
    text = say(
        "The same settings on the same version, machine and libraries give the same weights: bit by bit on a "
        "CPU, nearly on a GPU. It ran on {device} in {precision}; processes: {processes}, seed: {seed}.",
        device=facts.device,
        precision=facts.precision,
        processes=facts.processes,
        seed=facts.seed,
    )
    blocks.append(Prose(text, soft=True))
    if facts.round_trip is not None:
        value = f"{facts.round_trip:.2g}"
        blocks.append(
            Prose(
                say(
                    "Opened again from its files, the model answers the same: numbers differ by {value} of the largest.",
                    value=value,
                ),
                soft=True,
            )
        )
    hashes = Table(say("Hashes"), (Column(say("What")), Column(say("Hash"), "code")), tuple((*each,) for each in facts.hashes))
    libraries = Table(
        say("Libraries"),
        (Column(say("Name"), "code"), Column(say("Release"), "code")),
        tuple((*each,) for each in facts.libraries),
    )
    blocks += [hashes, Fold(say("All settings"), (_settings(facts, say),)), Fold(say("Libraries"), (libraries,))]
    return Section(ID, say("Reproduction"), tuple(blocks))


def _settings(facts: ReproductionFacts, say: Say) -> Table:
    head = (Column(say("Key"), "code"), Column(say("Value"), "code"), Column(say("Remark")))
    lines = tuple((each.key, each.value, say("not the default") if each.changed else "") for each in facts.settings)
    return Table(say("Settings of [train]"), head, lines, most=200, filter=True)


def notices(facts: ReproductionFacts, say: Say) -> list[Notice]:
    """None."""
    return []
