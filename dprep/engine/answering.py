"""Operators whose answers vary in their last bits (`varies`) are asked each text once: later, what they said then is repeated.

So reruns, other blocks, other workers and other devices give the same bytes. A question is the operator's code, parameters
and files, and the text; answers lie in the cache, `answers/<question>/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
import xxhash

from dprep.base.chance import splitmix64
from dprep.base.gate import Gate
from dprep.base.operator import Augment, Operator, Tag
from dprep.base.step import Ask, Asked, Question, Step
from dprep.base.text import buffers
from dprep.kernels.hashing import text_hashes
from dprep.plan.fingerprint import revision
from dprep.store.answers import AnswerStore

_NOT_ASKED = {"as", "variants", "share", "per_class_target", "classes", "before_split", "of"}
"""Parameters that do not change what is said of a text: which rows are asked, and where the answer goes."""


def answer_folders(steps: Iterable[Step], cache: Path, ops_folder: Path | None) -> dict[str, str]:
    """Steps whose answers are remembered -> where."""
    return {step.name: str(cache / "answers" / question(step, ops_folder)) for step in steps if _remembers(step.op)}


def _remembers(op: Operator) -> bool:
    if isinstance(op, Augment):
        return op.remembers
    if isinstance(op, Gate):
        return bool(op.varies)
    return isinstance(op, Tag) and bool(op.varies) and op.text_only and not op.reads()


def question(step: Step, ops_folder: Path | None) -> str:
    """32 hex digits for what a step asks of a text, whatever its columns are called."""
    bounds = {bound.reason for bound in step.op.bounds()} if isinstance(step.op, Gate) else set()
    identity = {name: value for name, value in step.op.identity().items() if name not in _NOT_ASKED | bounds}
    told = [step.op_name, identity, revision(step.op_name, ops_folder)]
    return xxhash.xxh3_128_hexdigest(orjson.dumps(told))


def remembering(folders: Mapping[str, str], keep: bool = True) -> Asked:
    """Asks operators, but repeats what those in `folders` said before. keep: new answers are kept."""

    def asked(step: Step, question: Question, ask: Ask) -> dict[str, pl.Series]:
        if step.name not in folders or not len(question):
            return ask(None)
        return _remembered(step.op, question, ask, _store(folders[step.name]), keep)

    return asked


@cache
def _store(folder: str) -> AnswerStore:
    return AnswerStore(Path(folder))


def _remembered(op: Operator, question: Question, ask: Ask, store: AnswerStore, keep: bool) -> dict[str, pl.Series]:
    keys, places, of = np.unique(_keys(question), axis=0, return_index=True, return_inverse=True)
    missing = np.flatnonzero(~store.known(keys))
    if len(missing) and not keep:
        return ask(None)
    for start in range(0, len(missing), op.at_once):
        some = missing[start : start + op.at_once]
        store.keep(keys[some], pl.DataFrame(ask(places[some])))
    answers = store.find(keys)
    return {name: answers.get_column(name).gather(of.ravel()) for name in answers.columns}


def _keys(question: Question) -> npt.NDArray[np.uint64]:
    """(questions, 2): 128 bits for everything that an answer depends on."""
    keys = text_hashes(question.texts[0].buffers)
    for other in question.texts[1:]:
        keys = splitmix64(keys) ^ text_hashes(other.buffers)
    if question.columns:
        rows = question.texts[0].rows.select(pl.struct(question.columns).struct.json_encode()).to_series()
        keys = splitmix64(keys) ^ text_hashes(buffers(rows))
    return keys if question.luck is None else splitmix64(keys) ^ splitmix64(question.luck)[:, None]
