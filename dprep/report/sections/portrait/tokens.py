"""How many tokens the rows have under the recipe's tokenizer: that of `[train]`, or one that a step names."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dprep.base.problem import Error
from dprep.models.tokenizers import NAMES
from dprep.models.unknown_tokens import counted
from dprep.report.blocks import Block, Column, Distributions, Notice, Prose, Subhead, Table
from dprep.report.numbers import share
from dprep.report.reading.found import Found
from dprep.report.say import Say
from dprep.report.sections.portrait.reading import PartTexts, Reading
from dprep.store.artifacts import is_reference, resolve

Ints = npt.NDArray[np.int64]
ANCHOR = "portrait-tokens"
ACT = 0.01
"""Share of rows longer than `max_length` from which on a person is told."""
_BUDGET = 300_000
"""Bytes of text per part that are cut into tokens."""
_EDGES = (0, *(base << power for power in range(20) for base in (2, 3)))
_PERCENTILES = (50, 90, 95, 99)
_ROOMS = ("artifacts", "datasets", "cache")
"""Folders of a store, one of which is there."""
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"


@dataclass(frozen=True)
class PartTokens:
    """Of `read` rows of a part: percentiles of their lengths, tokens per character and word, and what all rows come to.

    `total`: mean x rows; `error`: its standard error. `over`: rows read that are longer than `max_length`.
    """

    part: str
    rows: int
    read: int
    percentiles: tuple[tuple[int, int], ...]
    most: int
    per_character: float
    per_word: float | None
    unknown: float
    total: int
    error: int
    over: int | None
    bins: tuple[int, ...]


@dataclass(frozen=True)
class Tokens:
    """`tokenizer`: how the recipe names it; `max_length`: of `[train]`, None where that does not say; `edges`: of the bins."""

    tokenizer: str
    max_length: int | None
    edges: tuple[int, ...]
    parts: tuple[PartTokens, ...]


def look(reading: Reading) -> Tokens | None:
    """None where the recipe names no tokenizer, or it is not on this machine."""
    recipe = _recipe(reading.found)
    for named in _named(recipe):
        path = _path(named, reading.found)
        if path is None:
            continue
        most = _train(recipe).get("max_length")
        limit = most if isinstance(most, int) and most > 0 else None
        try:
            parts = [_part(part, str(path), limit) for part in reading.parts]
        except Error:  # its library is missing, or the file is none: the section says that there are no figures
            continue
        last = max((max(np.flatnonzero(part.bins), default=0) for part in parts), default=0)
        cut = tuple(PartTokens(**{**vars(part), "bins": part.bins[: last + 1]}) for part in parts)
        return Tokens(_told(named), limit, _EDGES[: last + 2], cut)
    return None


def _recipe(found: Found) -> dict[str, Any]:
    """The recipe as it was written: the manifest tells files without their places."""
    try:
        return tomllib.loads((found.folder / "recipe.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # a version by hand may have none
        return {}


def _train(recipe: Mapping[str, Any]) -> Mapping[str, Any]:
    """`[train]` of the recipe."""
    table = recipe.get("train", {})
    return table if isinstance(table, dict) else {}


def _named(recipe: Mapping[str, Any]) -> list[str]:
    """Tokenizers that the recipe names: of training first, then of steps."""
    train, steps = _train(recipe), recipe.get("step", [])
    of_steps = [step.get("tokenizer") for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []
    named = (train.get("tokenizer"), train.get("model"), *of_steps)
    return list(dict.fromkeys(each for each in named if isinstance(each, str) and each))


def _told(named: str) -> str:
    """Without the folders of this machine."""
    return named if named.startswith("package:") or is_reference(named) else Path(named).name


def _path(named: str, found: Found) -> Path | None:
    """The file or folder that `named` means, if it is on this machine and holds a tokenizer."""
    folder = found.folder.resolve()
    store = next((above for above in folder.parents if any((above / room).is_dir() for room in _ROOMS)), folder)
    if named.startswith("package:"):
        return _package(named.removeprefix("package:"))
    clock = found.manifest.get("clock", {})
    beside = [store / str(clock[key]) for key in ("root", "recipe") if key in clock]
    for place in (Path(named).expanduser(), *(each / named for each in beside)):
        if place.is_file() or any((place / name).is_file() for name in NAMES):
            return place
    if not is_reference(named):
        return None
    try:
        return resolve(store, named, "tokenizer").folder / "tokenizer.model"
    except Error:  # deleted since
        return None


def _package(name: str) -> Path | None:
    """The folder of an installed package that holds a tokenizer; its code is not run."""
    module = name.replace("-", "_")
    spec = find_spec(module) if module.isidentifier() else None
    for place in (spec.submodule_search_locations or ()) if spec else ():
        held = sorted(
            path for wanted in NAMES for path in [Path(place) / wanted, *Path(place).glob(f"*/{wanted}")] if path.is_file()
        )
        if held:
            return held[0].parent
    return None


def _part(part: PartTexts, path: str, limit: int | None) -> PartTokens:
    bytes_ = np.cumsum(part.texts.str.len_bytes().to_numpy())
    texts = part.texts.head(max(1, int(np.searchsorted(bytes_, _BUDGET, side="right"))))
    found = counted(path, texts)
    heads = texts.str.len_chars().to_numpy().astype(np.int64)
    whole = part.lengths.head(len(texts)).to_numpy()
    lengths = np.rint(found.tokens * (whole / np.maximum(1, heads))).astype(np.int64)
    blanks = ~texts.str.contains(_UNSPACED)  # elsewhere a run of letters is no word
    words = int(texts.filter(blanks).str.count_matches(r"[\p{L}\p{N}]+").sum())
    tokens, read = int(found.tokens.sum()), len(texts)
    deviation = float(lengths.std(ddof=1)) if read > 1 else 0.0
    return PartTokens(
        part=part.name,
        rows=part.rows,
        read=read,
        percentiles=tuple((each, int(np.percentile(lengths, each, method="higher"))) for each in _PERCENTILES),
        most=int(lengths.max(initial=0)),
        per_character=round(tokens / max(1, int(heads.sum())), 4),
        per_word=round(int(found.tokens[blanks.to_numpy()].sum()) / words, 4) if words else None,
        unknown=round(int(found.unknown.sum()) / max(1, tokens), 6),
        total=round(float(lengths.mean()) * part.rows),
        error=round(deviation / np.sqrt(read) * part.rows * np.sqrt(max(0.0, 1 - read / part.rows))),
        over=None if limit is None else int(np.count_nonzero(lengths > limit)),
        bins=tuple(np.histogram(lengths, bins=_EDGES)[0].tolist()),
    )


def blocks(facts: Tokens | None, say: Say) -> list[Block]:
    """Lengths per part, and a table."""
    title = Subhead(say("Tokens"), facts.tokenizer if facts else "", anchor=ANCHOR)
    if facts is None:
        sentence = say(
            "The recipe names no tokenizer that is on this machine, so tokens are not counted: `[train]` or `tag.tokens` may."
        )
        return [title, Prose(sentence, soft=True)]
    groups = tuple((part.part, part.bins) for part in facts.parts)
    edges = tuple(float(edge) for edge in facts.edges)
    head = [Column(say("Part")), Column(say("Tokens in all, about"), "number"), Column(say("Standard error"), "number")]
    head += [Column(f"p{each}", "number") for each in _PERCENTILES]
    head += [Column(say("Longest"), "number"), Column(say("Per character"), "number"), Column(say("Per word"), "number")]
    head += [Column(say("Unknown"), "share")]
    if facts.max_length is not None:
        head.append(Column(say("Over {n} tokens", n=facts.max_length), "share"))
    return [
        title,
        Distributions(say("Tokens per row"), edges, groups),
        Table(say("Tokens"), tuple(head), tuple(_line(part) for part in facts.parts)),
        Prose(_how(facts, say), soft=True),
    ]


def _line(part: PartTokens) -> tuple[str | int | float | None, ...]:
    over = () if part.over is None else (round(part.over / max(1, part.read), 6),)
    figures = tuple(value for _, value in part.percentiles)
    return (part.part, part.total, part.error, *figures, part.most, part.per_character, part.per_word, part.unknown, *over)


def _how(facts: Tokens, say: Say) -> str:
    return say(
        "Of {rows} rows of the sample, without special tokens; where only the beginning of a text is read, the rest is taken "
        "to have as many tokens per character. The sum is the mean times the rows.",
        rows=sum(part.read for part in facts.parts),
    )


def notices(facts: Tokens | None, say: Say) -> list[Notice]:
    """Rows that training would cut."""
    if facts is None or facts.max_length is None:
        return []
    worst = max(facts.parts, key=lambda part: (part.over or 0) / max(1, part.read))
    if not worst.over or worst.over <= ACT * worst.read:
        return []
    sentence = say(
        "{share} of the rows of {part} have more than the {length} tokens of `max_length`: training cuts them off",
        share=share(worst.over, worst.read),
        part=worst.part,
        length=facts.max_length,
    )
    return [Notice("warning", sentence, ANCHOR)]
