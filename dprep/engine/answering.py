"""Operators whose answers vary in their last bits (`varies`) are asked each text once: later, what they said then is repeated.

So reruns, other blocks, other workers and other devices give the same bytes. A question is the operator's code, parameters
and files, and the text; answers lie in the cache, `answers/<question>/`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import orjson
import polars as pl
import xxhash

from dprep.base.operator import Tag
from dprep.base.step import Asked, Step
from dprep.base.text import Text
from dprep.kernels.hashing import text_hashes
from dprep.plan.fingerprint import revision
from dprep.store.answers import AnswerStore

AT_ONCE = 8_192
"""Texts asked before their answers are kept: what a killed run loses at most."""


def answer_folders(steps: Iterable[Step], cache: Path, ops_folder: Path | None) -> dict[str, str]:
    """Steps whose answers are remembered -> where."""
    return {
        step.name: str(cache / "answers" / question(step, ops_folder))
        for step in steps
        if isinstance(step.op, Tag) and step.op.varies and step.op.text_only and not step.op.reads()
    }


def question(step: Step, ops_folder: Path | None) -> str:
    """32 hex digits for what a step asks of a text, whatever its columns are called."""
    identity = {name: value for name, value in step.op.identity().items() if name != "as"}
    told = [step.op_name, identity, revision(step.op_name, ops_folder)]
    return xxhash.xxh3_128_hexdigest(orjson.dumps(told))


def remembering(folders: Mapping[str, str], keep: bool = True) -> Asked:
    """Asks operators for their notes, but repeats what those in `folders` said before. keep: new answers are kept."""

    def asked(step: Step, text: Text) -> dict[str, pl.Series]:
        assert isinstance(step.op, Tag)
        if step.name not in folders or not len(text):
            return step.op.note(text)
        return _remembered(step.op, text, _store(folders[step.name]), keep)

    return asked


@cache
def _store(folder: str) -> AnswerStore:
    return AnswerStore(Path(folder))


def _remembered(op: Tag, text: Text, store: AnswerStore, keep: bool) -> dict[str, pl.Series]:
    keys, places, of = np.unique(text_hashes(text.buffers), axis=0, return_index=True, return_inverse=True)
    missing = np.flatnonzero(~store.known(keys))
    if len(missing) and not keep:
        return op.note(text)
    for start in range(0, len(missing), AT_ONCE):
        some = missing[start : start + AT_ONCE]
        notes = op.note(Text(text.series.gather(places[some])))
        types = op.notes().items()
        store.keep(keys[some], pl.DataFrame([notes[name].cast(dtype).alias(name) for name, dtype in types]))
    answers = store.find(keys)
    return {name: answers.get_column(name).gather(of.ravel()) for name in answers.columns}
