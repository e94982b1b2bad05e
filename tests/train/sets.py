"""Small versions of every task, made by real runs: what the tests of whole trainings train on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dprep import api
from dprep.store.versions import Version, open_version
from dprep.train.table import read_settings
from dprep.train.training import Trained, train
from dprep.train.watcher import Nobody
from tests.train.tiny import CHATML, KINDS, tiny_model, tiny_tokenizer

COLOURS = {"red": "红", "blue": "蓝", "green": "绿", "black": "黑"}
THINGS = {"car": "车", "house": "房子", "dog": "狗", "cup": "杯子", "shoe": "鞋", "door": "门", "book": "书", "hat": "帽子"}
PAIRS = [(colour, thing) for thing in THINGS for colour in COLOURS]


def rows_of(task: str) -> list[dict[str, Any]]:
    """32 rows, English and Chinese by turns, from which the answer can be learnt."""
    return [{**_ROWS[task](place, *pair), "name": f"{task}-{place}"} for place, pair in enumerate(PAIRS)]


def _words(place: int, colour: str, thing: str) -> str:
    return f"我有一个{COLOURS[colour]}色的{THINGS[thing]}" if place % 3 == 2 else f"I have a {colour} {thing} at home"


def _classification(place: int, colour: str, thing: str) -> dict[str, Any]:
    return {"text": _words(place, colour, thing), "label": "warm" if colour in {"red", "black"} else "cold"}


def _regression(place: int, colour: str, thing: str) -> dict[str, Any]:
    return {"text": _words(place, colour, thing), "label": 10.0 * list(COLOURS).index(colour)}


def _tagging(place: int, colour: str, thing: str) -> dict[str, Any]:
    if place % 3 == 2:
        return {"tokens": ["我", "有", COLOURS[colour], THINGS[thing]], "tags": ["O", "O", "B-COL", "B-OBJ"]}
    return {"tokens": ["I", "have", "a", colour, thing], "tags": ["O", "O", "O", "B-COL", "B-OBJ"]}


def _qa(place: int, colour: str, thing: str) -> dict[str, Any]:
    context = f"At home there is a {thing}. Its colour is {colour}."
    answer = {"text": [colour], "answer_start": [context.index(colour)]}
    return {"context": context, "question": f"What colour is the {thing}?", "answers": answer}


def _seq2seq(place: int, colour: str, thing: str) -> dict[str, Any]:
    return {"source": f"{colour} {thing}", "target": f"{COLOURS[colour]}{THINGS[thing]}"}


def _chat(place: int, colour: str, thing: str) -> dict[str, Any]:
    said = [{"role": "user", "content": f"{thing}?"}, {"role": "assistant", "content": f"It is {colour}."}]
    return {"messages": said}


def _completion(place: int, colour: str, thing: str) -> dict[str, Any]:
    return {"prompt": f"The {thing} is ", "completion": f"{colour} and 很{COLOURS[colour]}"}


def _text(place: int, colour: str, thing: str) -> dict[str, Any]:
    return {"text": f"{_words(place, colour, thing)}. {_words(place + 1, colour, thing)}."}


def _preference(place: int, colour: str, thing: str) -> dict[str, Any]:
    return {"prompt": f"The {thing}: ", "chosen": f"{colour}, thank you", "rejected": f"no {colour}"}


_ROWS = {
    "classification": _classification,
    "regression": _regression,
    "tagging": _tagging,
    "qa": _qa,
    "seq2seq": _seq2seq,
    "chat": _chat,
    "completion": _completion,
    "text": _text,
    "preference": _preference,
}
TASKS = tuple(_ROWS)
TYPES = {
    "classification": "bert",
    "regression": "bert",
    "tagging": "bert",
    "qa": "bert",
    "seq2seq": "t5",
    "chat": "qwen2",
    "completion": "llama",
    "text": "llama",
    "preference": "qwen2",
}
"""Task -> a type of model that does it."""


def version_of(folder: Path, task: str, rows: Sequence[Mapping[str, Any]] | None = None, parts: Sequence[str] = ()) -> Version:
    """A version of a task in `folder/store`, made by a run. parts: of each row; default: 16 train, 8 validation, 8 test."""
    rows = rows_of(task) if rows is None else rows
    of = parts or ["train" if place < 16 else "validation" if place < 24 else "test" for place in range(len(rows))]
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({**row, "part": part}, ensure_ascii=False) for row, part in zip(rows, of, strict=True)]
    (folder / f"{task}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    mapped = ", ".join(f'{name} = "{name}"' for name in [*dict.fromkeys(key for row in rows for key in row), "part"])
    recipe = f"""
        [dataset]
        name = "{task}"
        task = "{task}"

        [[source]]
        path = "{task}.jsonl"
        columns = {{ {mapped.replace('name = "name", ', "").replace(', name = "name"', "")} }}
        id = "name"
        license = "CC0-1.0"
    """
    (folder / f"{task}.toml").write_text(recipe.replace("        ", ""), "utf-8")
    return open_version(api.run(folder / f"{task}.toml", store=folder / "store", workers=1).folder)


def model_of(folder: Path, task: str, type: str = "", **config: Any) -> Path:
    """A tiny base model for a task, with a tokenizer that knows the words of the sets."""
    type = type or TYPES[task]
    texts = [json.dumps(list(row.values()), ensure_ascii=False) for each in TASKS for row in rows_of(each)]
    words = tiny_tokenizer(
        folder, [*texts, "What colour is the?"], KINDS[type], template=CHATML if KINDS[type] == "bpe" else ""
    )
    return tiny_model(folder, type, words, **config)


def trained(folder: Path, version: Version, model: Path, *, name: str = "", **settings: Any) -> Trained:
    """One run in `folder/store`, silent."""
    size = {} if "batch_tokens" in settings else {"batch_size": 8}
    table = {"model": str(model), **size, "device": "cpu", **settings}
    return train(version, read_settings(table), folder / "store", Nobody(), name=name)
