"""From a prediction back to its row: what a run said of it, and what is true. The row's own life is told by the version."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as compute
import pyarrow.parquet as parquet

from dprep.base.problem import Error, Problem, fail
from dprep.base.rowdiff import escaped
from dprep.train.data.contract import Contract, read_contract

TRUTHS = {
    "classification": "label",
    "regression": "label",
    "tagging": "tags",
    "qa": "answers",
    "seq2seq": "target",
    "chat": "reference",
    "completion": "reference",
}
"""Task -> the column of the predictions that says what is true."""
LIKELIEST = 5
_SHOWN = 300
_PREFIX = 4


@dataclass(frozen=True)
class Said:
    """What a run said of one row."""

    run: str
    part: str
    id: str
    task: str
    values: dict[str, Any]
    """The row of `predictions/<part>.parquet`."""
    likeliest: tuple[tuple[str, float], ...] = ()
    """(label, probability), the likeliest first."""
    right: bool | None = None
    """Whether it is as it should be; None where right and wrong are not all there is."""
    made: dict[str, Any] = field(default_factory=dict)
    """The contract of the model: `dataset`, `version`, `got` …; empty where it has none."""

    def lines(self) -> list[str]:
        """The tale for a terminal."""
        told = [("run", self.run), ("part", self.part), ("row", self.id)]
        if self.made:
            told.append(("data", f"{self.made['dataset']}@{self.made['version']}, rows with the hash {self.made['got']}"))
        shown = {
            name: value for name, value in self.values.items() if name not in {"id", "probabilities"} and value is not None
        }
        told += [(name, _value(value)) for name, value in shown.items()]
        if self.likeliest:
            told.append(("likeliest", ", ".join(f"{label} {share:.3f}" for label, share in self.likeliest)))
        if self.right is not None:
            told.append(("right", "yes" if self.right else "no"))
        width = max(len(name) for name, _ in told) + 2
        return [f"{name:<{width}}{escaped(text)}" for name, text in told]


def why_prediction(run: Path, row: str) -> Said:
    """What the run in the folder `run` said of `row`, an id or the start of one.

    Raises Error (`train-no-run`, `train-no-prediction`, `ambiguous-row`).
    """
    folder = run / "predictions"
    if not folder.is_dir():
        help = "`dprep evaluate RUN` predicts the rows of a part; a run has its folder under `runs/` in the store"
        raise Error(Problem("train-no-run", f"`{run}` holds no predictions", help=help))
    wanted = row.strip()
    found = [(file.stem, told) for file in sorted(folder.glob("*.parquet")) for told in _rows(file, wanted)]
    found = [each for each in found if str(each[1]["id"]) == wanted] or found
    if not found:
        raise _unknown(run, wanted)
    if len({str(told["id"]) for _, told in found}) > 1:
        shown = ", ".join(f"`{escaped(str(told['id']))}`" for _, told in found[:5])
        raise Error(Problem("ambiguous-row", f"`{escaped(wanted)}` begins the ids of several rows", help=f"they are {shown}"))
    part, values = found[0]
    return _said(run, part, values)


def _said(run: Path, part: str, values: dict[str, Any]) -> Said:
    contract = read_contract(run / "model")
    task = contract.task if contract else ""
    made = {name: getattr(contract, name) for name in ("dataset", "version", "got")} if contract else {}
    said = {name: value for name, value in values.items() if name != "id"}
    return Said(run.name, part, str(values["id"]), task, said, _likeliest(values, contract), _right(task, values), made)


def _likeliest(values: dict[str, Any], contract: Contract | None) -> tuple[tuple[str, float], ...]:
    shares = values.get("probabilities")
    if not shares:
        return ()
    named = contract.labels if contract and len(contract.labels) == len(shares) else [str(n) for n in range(len(shares))]
    return tuple(sorted(zip(named, shares, strict=True), key=lambda each: (-each[1], each[0]))[:LIKELIEST])


def _right(task: str, values: dict[str, Any]) -> bool | None:
    """Whether prediction and truth are equal, of tasks in which that is the question."""
    if task == "preference" and values.get("margin") is not None:
        return bool(values["margin"] > 0)
    truth = values.get(TRUTHS.get(task, ""))
    if task not in {"classification", "tagging", "qa"} or truth is None:
        return None
    said = values.get("prediction")
    if task == "qa":
        return said in truth["text"] if truth["text"] else said == ""
    if task == "classification" and isinstance(truth, list):
        return sorted(truth) == sorted(said or [])
    return bool(said == truth)


def _rows(file: Path, wanted: str) -> Iterator[dict[str, Any]]:
    """The rows of a file whose id is, or begins with, `wanted`; other columns are read only where there are some."""
    try:
        table = parquet.ParquetFile(file)
        for number in range(table.num_row_groups if table.metadata.num_rows else 0):  # no rows, maybe no columns
            ids = table.read_row_group(number, columns=["id"]).column("id").cast(pa.large_string())
            fits = compute.starts_with(ids, wanted) if len(wanted) >= _PREFIX else compute.equal(ids, wanted)
            if compute.any(fits).as_py():
                yield from table.read_row_group(number).filter(fits).to_pylist()
    except (OSError, pa.ArrowException, KeyError) as fault:
        sentence = f"`{file}` cannot be read: {escaped(str(fault))}"
        raise fail("train-no-prediction", sentence, "evaluate the run again") from fault


def _unknown(run: Path, row: str) -> Error:
    parts = ", ".join(f"`{file.stem}`" for file in sorted((run / "predictions").glob("*.parquet")))
    help = f"it has predictions for {parts}: rows of other parts were not asked" if parts else "`dprep evaluate RUN` makes them"
    return Error(Problem("train-no-prediction", f"run `{run.name}` said nothing of a row `{escaped(row[:80])}`", help=help))


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
