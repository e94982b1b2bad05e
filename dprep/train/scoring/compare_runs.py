"""Two runs on the same rows: which is better, by how much, how sure that is, and which rows changed.

Rows are the same row when they have the same id and the same truth; rows that only one run was asked are told and left out,
so that two versions of a dataset can be compared on what their test parts share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dprep.base.problem import Error, Problem, fail
from dprep.train.runs import Run
from dprep.train.scoring import intervals, scores
from dprep.train.scoring.kind import Bools, Kind, batches, check_columns, number

CODE = "train-compare"
LEAST_COMMON = 0.5
"""Share of the rows of the larger part that both runs must have been asked."""
SHARES_OF_RIGHT = frozenset(("accuracy", "subset_accuracy", "exact_match", "row_accuracy"))
"""Scores that are the share of rows answered right: McNemar's test is exact for them."""
BY_TOKEN = frozenset(("perplexity", "nll"))
"""Scores that mean nothing across tokenizers."""
LISTED = 20
"""Ids named of the rows that changed."""


@dataclass(frozen=True)
class Common:
    """What both runs said of the rows that they share, in the order of the first."""

    a: pa.Table
    b: pa.Table
    only_a: int
    only_b: int
    other_truth: int
    """Rows with the same id and another truth; left out."""


def compare(a: Run, b: Run, part: str = "test", *, seed: int = 0, resamples: int = scores.RESAMPLES) -> dict[str, Any]:
    """Both runs on the rows of a part that both were asked, as JSON. `delta` is b minus a; p is of each score by itself.

    Gives `rows`, `only_a`, `only_b`, `other_truth`, `metrics` (name -> `a`, `b`, `delta`, `low`, `high`, `p`, `test`,
    `better`), `changed` (rows that went from right to wrong and back, with ids) and `notes`, sentences. The same runs and
    seed give the same result. Raises Error (`train-compare`, `broken-run`, `train-predictions`).
    """
    task = _task(a, b)
    scorer = scores.kind(task)(0, labels=tuple(a.told.get("labels") or ()), seed=seed)
    truth = _truth(scorer, task)
    common = _common(_said(a, part, scorer, task), _said(b, part, scorer, task), truth, part)
    rights = scorer.right(common.a), scorer.right(common.b)
    deltas = intervals.paired(scorer.pair(common.a, common.b), seed, resamples)
    notes = [*_rows_told(common, a, b), *_different_tokens(a, b, deltas)]
    deltas = {name: each for name, each in deltas.items() if not (name in BY_TOKEN and _tokenizers_differ(a, b))}
    return {
        "task": task,
        "part": part,
        "a": _named(a),
        "b": _named(b),
        "rows": common.a.num_rows,
        "only_a": common.only_a,
        "only_b": common.only_b,
        "other_truth": common.other_truth,
        "interval": {"method": "paired bootstrap over rows", "level": intervals.LEVEL, "resamples": resamples, "seed": seed},
        "metrics": {name: _line(name, each, *rights) for name, each in deltas.items() if number(each.b - each.a) is not None},
        "changed": _changed(common.a.column("id"), *rights),
        "notes": notes,
    }


def _task(a: Run, b: Run) -> str:
    """The task of both runs. Raises Error where tasks or labels differ."""
    one, other = a.told.get("task", ""), b.told.get("task", "")
    if one != other:
        raise _refused(f"`{a.name}` is a run of task `{one}` and `{b.name}` of task `{other}`", "compare runs of one task")
    labels, others = set(a.told.get("labels") or ()), set(b.told.get("labels") or ())
    if labels != others:
        some = ", ".join(f"`{label[:60]}`" for label in sorted(labels ^ others)[:5])
        sentence = f"the runs know different labels: {len(labels ^ others)} are known to one of them alone, such as {some}"
        raise _refused(sentence, "train both on versions with the same labels")
    return str(one)


def _refused(sentence: str, help: str) -> Error:
    return Error(Problem(CODE, sentence, help=help))


def _truth(scorer: Kind, task: str) -> str:
    """The column that says what is right; empty where there is none."""
    return {"chat": "reference", "completion": "reference", "text": "", "preference": ""}.get(task, scorer.columns[0])


def _said(run: Run, part: str, scorer: Kind, task: str) -> pa.Table:
    """The predictions of a run, without what no score needs."""
    path = run.predictions(part)
    if not path.is_file():
        there = ", ".join(f"`{each.stem}`" for each in sorted(path.parent.glob("*.parquet"))) or "none"
        help = f"parts with predictions: {there}; `dprep evaluate` makes those of another part"
        raise _refused(f"`{run.name}` has no predictions of part `{part}`", help)
    wanted = {"id", *scorer.columns, *scores.OPTIONAL, _truth(scorer, task)} - {"probabilities", "confidence"}
    try:
        with pq.ParquetFile(path) as file:
            have = [name for name in file.schema_arrow.names if name in wanted]
            table = file.read(columns=have)
    except (OSError, pa.ArrowInvalid) as fault:
        raise fail("train-predictions", f"`{path.name}` of `{run.name}` cannot be read: {fault}", "evaluate it anew") from None
    check_columns(have, type(scorer), task)
    if "id" not in have or pc.count_distinct(table.column("id"), mode="all").as_py() != table.num_rows:
        raise fail("train-predictions", f"rows of `{path.name}` of `{run.name}` have no id of their own", "evaluate it anew")
    return table


def _common(a: pa.Table, b: pa.Table, truth: str, part: str) -> Common:
    """The rows of both. Raises Error where they are too few."""
    place = pc.index_in(a.column("id"), value_set=b.column("id").combine_chunks())
    both_a, both_b = a.filter(pc.is_valid(place)), b.take(place.drop_null())
    rows = both_a.num_rows
    same = np.ones(rows, np.bool_)
    if truth in both_a.column_names and truth in both_b.column_names:
        same = _same(both_a, both_b, truth)
    shared = int(same.sum())
    if not shared or shared < LEAST_COMMON * max(a.num_rows, b.num_rows):
        asked = f"{a.num_rows:,} and {b.num_rows:,} rows of part `{part}`"
        sentence = f"of {asked} the runs share {shared:,}, which is too few for a comparison"
        raise _refused(sentence, "evaluate both on the same version: `dprep evaluate RUN --on VERSION`")
    kept = pa.array(same)
    return Common(both_a.filter(kept), both_b.filter(kept), a.num_rows - rows, b.num_rows - rows, rows - shared)


def _same(a: pa.Table, b: pa.Table, name: str) -> Bools:
    pairs = zip(batches(a.select([name])), batches(b.select([name])), strict=True)
    values = ((one.column(0).to_pylist(), other.column(0).to_pylist()) for one, other in pairs)
    return np.asarray([x == y for pair in values for x, y in zip(*pair, strict=True)], np.bool_)


def _line(name: str, delta: intervals.Delta, one: Bools | None, other: Bools | None) -> dict[str, Any]:
    p, test = delta.p, f"sign flips, {delta.permutations:,}"
    if name in SHARES_OF_RIGHT and one is not None and other is not None:
        p, test = intervals.mcnemar(int((one & ~other).sum()), int((~one & other).sum())), "McNemar, exact"
    difference = delta.b - delta.a
    gain = difference if scores.larger_is_better(name) else -difference
    return {
        "a": delta.a,
        "b": delta.b,
        "delta": difference,
        "low": number(delta.low),
        "high": number(delta.high),
        "p": number(p),
        "test": test,
        "better": "b" if gain > 0 else "a" if gain < 0 else "",
    }


def _changed(ids: pa.ChunkedArray, one: Bools | None, other: Bools | None) -> dict[str, Any] | None:
    """Rows by what became of them; None where rows are not right or wrong."""
    if one is None or other is None:
        return None
    return {
        "right_to_wrong": _listed(ids, one & ~other),
        "wrong_to_right": _listed(ids, ~one & other),
        "both_right": int((one & other).sum()),
        "both_wrong": int((~one & ~other).sum()),
    }


def _listed(ids: pa.ChunkedArray, marked: Bools) -> dict[str, Any]:
    return {"rows": int(marked.sum()), "ids": ids.take(pa.array(np.flatnonzero(marked)[:LISTED])).to_pylist()}


def _named(run: Run) -> dict[str, Any]:
    return {"run": run.name, "dataset": run.told.get("dataset", ""), "model": run.told.get("model", "")}


def _rows_told(common: Common, a: Run, b: Run) -> list[str]:
    """What was left out, and why."""
    told = []
    if a.told.get("got") != b.told.get("got"):
        told.append(
            f"the runs learnt from different versions, {a.told.get('dataset')} and {b.told.get('dataset')}; "
            f"only the {common.a.num_rows:,} rows that both were asked are compared"
        )
    for rows, run in ((common.only_a, a), (common.only_b, b)):
        if rows:
            told.append(f"{rows:,} rows that only {run.name} was asked are left out")
    if common.other_truth:
        told.append(f"{common.other_truth:,} rows are left out because their truth differs between the two")
    return told


def _tokenizers_differ(a: Run, b: Run) -> bool:
    one, other = ((run.told.get("contract") or {}).get("tokenizer") for run in (a, b))
    return one != other


def _different_tokens(a: Run, b: Run, names: Sequence[str] | dict[str, Any]) -> list[str]:
    if not (BY_TOKEN & set(names) and _tokenizers_differ(a, b)):
        return []
    return ["perplexity and nll are left out: they are per token, and the runs have different tokenizers"]
