"""The seven laws that every operator obeys, each a function that fails with a sentence."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from hypothesis import HealthCheck, Phase, given, settings
from polars.testing import assert_frame_equal
from pydantic_core._pydantic_core import list_all_errors

from dprep.base import rowdiff
from dprep.base.chance import child_id
from dprep.base.gate import Gate
from dprep.base.operator import Bound, Filter, Operator
from dprep.base.rowdiff import Line
from dprep.base.step import DROP_COLUMNS, Step
from dprep.engine.memory import Result, run_rows
from tests.laws import broken, process
from tests.laws.inputs import Trial, trials
from tests.laws.subject import Example, Setting, Subject, planned, problems, ran, spelled

BY_CHANCE = {"augment", "split", "sample"}
ONCE_IS_ENOUGH = {"clean", "filter", "dedup", "gate"}


@dataclass
class Tally:
    """What a law's test has seen: a test that saw nothing happen has tested nothing."""

    rows: int = 0
    touched: int = 0
    seeds_differ: bool = False
    settings_seen: set[int] = field(default_factory=set)

    def enough(self, name: str) -> None:
        """At least 10 % of the rows changed or dropped, and 10 % untouched."""
        assert self.rows, f"{name}: no rows were tried"
        share = self.touched / self.rows
        assert 0.1 <= share <= 0.9, (
            f"{name}: {share:.0%} of {self.rows} rows were touched; the law needs 10 % to 90 % to mean something"
        )


# ------------------------------------------------------------------------------------------------- 1


def examples(subject: Subject) -> None:
    """Examples hold, reasons included: in one block, in blocks of a single row, and in a run that makes a version.

    The parameters of a page's `toml` block go through the same check as a recipe's step, and the rows that come out
    of the engine must be exactly those of the `diff` block. Columns that no line of the example names are not compared.
    Answers by chance depend on the rows' ids, so examples of such operators are not run from files.
    """
    assert subject.examples, f"{subject.name} has no example on its page"
    for example in subject.examples:
        steps = planned(subject, example.toml, example.rows)
        ways = {f"blocks of {size}": run_rows(steps, example.rows, block_rows=size) for size in (50_000, 1)}
        if steps[-1].op.family not in BY_CHANCE:
            ways["a run"] = _version(subject, example)
        for way, result in ways.items():
            found = _found(steps[-1], _judged(steps, example.rows), result, example.lines)
            assert _told(example.lines) == found, (
                f"{subject.name}, example {example.number}, {way}:\n"
                f"the page says\n{rowdiff.render(example.lines)}the engine says\n{rowdiff.render(found)}"
            )


def _judged(steps: tuple[Step, ...], rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that the last step acts on, where the page shows them: a gate's rows are made by the step before it."""
    return run_rows(steps[:-1], rows).rows if steps[-1].op.family == "gate" else rows


def _version(subject: Subject, example: Example) -> Result:
    """The version that the example's recipe makes, its rows under the ids that the example's rows have."""
    with ran(subject, example) as version:
        ids = dict(
            example.rows.with_row_index("n", offset=1)
            .select(origin=pl.concat_str(pl.lit("rows.jsonl:"), "n"), id="id")
            .iter_rows()
        )
        known = pl.col("origin").replace_strict(ids, return_dtype=pl.String)
        rows = version.scan().collect()
        if "piece" in rows.columns:
            made = pl.col("piece").is_not_null()
            rows = rows.with_columns(id=pl.when(made).then("id").otherwise(known), parent=pl.when(made).then(known))
        else:
            rows = _renamed(rows, known)
        gone = version.dropped().collect()
        steps = _renamed(gone, known).partition_by("step", as_dict=True) if len(gone) else {}
        return Result(rows, {str(name): dropped for (name,), dropped in steps.items()})


def _renamed(rows: pl.DataFrame, known: pl.Expr) -> pl.DataFrame:
    """`rows` under the ids that the example's rows have, new rows under those that follow from them."""
    rows = rows.with_columns(id=known)
    if "variant" not in rows.columns:
        return rows
    named = rows.select("id", "made_by", "variant").iter_rows()
    ids = [parent if variant is None else child_id(parent, maker, variant) for parent, maker, variant in named]
    return rows.with_columns(pl.Series("id", ids, dtype=pl.String), parent=pl.when(pl.col("variant").is_not_null()).then("id"))


def _told(lines: tuple[Line, ...]) -> list[Line]:
    return [Line(line.sign, _without_nulls(line.row), line.reason) for line in lines]


def _found(step: Step, rows: pl.DataFrame, result: Result, like: tuple[Line, ...]) -> list[Line]:
    """What the engine did, in the columns that the example shows. Columns that a step adds are new in the `+` row."""
    shown = {name for line in like for name in line.row}
    gone = result.dropped.get(step.name)
    reasons = dict(gone.select("id", "reason").iter_rows()) if gone is not None else {}
    old, new = ([_shown(row, shown) for row in _short(side).iter_rows(named=True)] for side in (rows, result.rows))
    return rowdiff.difference(old, new, key="\0id", parent="\0parent", reasons=reasons, without={"\0id", "\0parent"})


def _short(rows: pl.DataFrame) -> pl.DataFrame:
    """Lists of 32-bit floats as a page writes them: 0.11, not 0.10999999940395355."""
    shorter = pl.col(pl.List(pl.Float32)).cast(pl.List(pl.Float64)).list.eval(pl.element().round_sig_figs(7))
    return rows.with_columns(shorter)


def _shown(row: dict[str, Any], shown: set[str]) -> dict[str, Any]:
    hidden = {"\0id": row["id"], "\0parent": row.get("parent")}
    return {**hidden, **_without_nulls({name: value for name, value in row.items() if name in shown})}


def _without_nulls(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


# ------------------------------------------------------------------------------------------------- 2


def pieces(trial: Trial, tally: Tally) -> None:
    """Whole = pieces: any rows, cut into any blocks and in any order, give the same rows and the same ledger.

    Only `keep = "first"` may care for the order in which rows come. That any number of workers gives the same bytes
    is tested with the engine.
    """
    steps, rows = trial.setting.steps, trial.rows
    whole = run_rows(steps, rows, block_rows=50_000)
    tally.touched += int(touched(trial, whole).sum())
    for block_rows in (2, 7):
        cut = run_rows(steps, rows, block_rows=block_rows)
        _same(whole, cut, f"{trial.setting.subject.name} in blocks of {block_rows}")
        assert _books(whole) == _books(cut), f"{trial.setting.subject.name}: the ledger depends on the blocks"
    if not any(getattr(step.op, "keep", "") == "first" for step in steps):
        moved = run_rows(steps, rows[trial.order], block_rows=50_000)
        _same(_sorted(whole), _sorted(moved), f"{trial.setting.subject.name} with its rows in another order")


def _books(result: Result) -> dict[str, Any]:
    return {key: value for key, value in result.ledger.to_json().items() if key != "clock"}


def _same(one: Result, other: Result, what: str) -> None:
    assert_same(one.rows, other.rows, f"{what}: other rows came out")
    assert {n for n, d in one.dropped.items() if len(d)} == {n for n, d in other.dropped.items() if len(d)}, (
        f"{what}: other steps dropped"
    )
    for name, gone in one.dropped.items():
        if len(gone):
            assert_same(gone, other.dropped[name], f"{what}: other rows were dropped")


def assert_same(one: pl.DataFrame, other: pl.DataFrame, what: str) -> None:
    try:
        assert_frame_equal(one, other, check_exact=True)
    except AssertionError as fault:
        raise AssertionError(f"{what}: {fault}") from fault


def _sorted(result: Result) -> Result:
    gone = {name: dropped.sort("id") for name, dropped in result.dropped.items()}
    return dataclasses.replace(result, rows=result.rows.sort("id"), dropped=gone)


# ------------------------------------------------------------------------------------------------- 3


def books(trial: Trial, tally: Tally) -> None:
    """Books balance: `in + added == out + dropped`, and dropped == sum by reason, after every step.

    Every row that came in is exactly once among the rows that came out or were dropped, as it was; every dropped row
    has a reason, and the numbers measured for it break the bound that the reason names and none before it.
    """
    name, steps, rows = trial.setting.subject.name, trial.setting.steps, trial.rows
    result = run_rows(steps, rows, block_rows=7)
    tally.touched += int(touched(trial, result).sum())
    assert result.ledger.unbalanced() == [], f"{name}: {result.ledger.unbalanced()}"
    entries = {entry["name"]: entry for entry in result.ledger.to_json()["steps"]}
    gone = [dropped for dropped in result.dropped.values() if len(dropped)]
    for step in steps:
        entry, dropped = entries[step.name], result.dropped.get(step.name, pl.DataFrame({"reason": []}))
        assert entry["in"] + entry["added"] == entry["out"] + entry["dropped"], f"{name}: {entry}"
        assert entry["dropped"] == sum(entry["reasons"].values()) == len(dropped), f"{name}: {entry}"
        counted = dict(dropped.get_column("reason").value_counts().iter_rows()) if len(dropped) else {}
        assert entry["reasons"] == counted, f"{name}: the ledger says {entry['reasons']}, the dropped rows say {counted}"
    last = entries[steps[-1].name]
    assert last["out"] == len(result.rows), f"{name}: {last['out']} out in the ledger, {len(result.rows)} rows"
    _every_row_once(name, rows, result, gone)
    _reasons_are_true(name, trial.setting.step, result)


def _every_row_once(name: str, rows: pl.DataFrame, result: Result, gone: list[pl.DataFrame]) -> None:
    out = result.rows.get_column("id").to_list()
    left = [row for dropped in gone for row in dropped.get_column("id").to_list()]
    came = set(rows.get_column("id").to_list())
    born = set(out + left) - came
    assert len(out) + len(left) == len(set(out + left)), f"{name}: a row came out twice"
    assert came <= set(out + left), f"{name}: rows vanished without a door: {sorted(came - set(out + left))}"
    if born:
        children = result.rows.filter(pl.col("id").is_in(list(born)))
        assert set(children.get_column("parent").to_list()) <= came, f"{name}: a row came from nowhere"
    for dropped in gone:
        as_it_was = dropped.filter(pl.col("id").is_in(list(came))).select(rows.columns)
        before = rows.filter(pl.col("id").is_in(as_it_was.get_column("id").to_list()))
        assert_same(before.sort("id"), as_it_was.sort("id"), f"{name}: a dropped row is not as it was")


def _reasons_are_true(name: str, step: Step, result: Result) -> None:
    dropped = result.dropped.get(step.name)
    if dropped is None or not len(dropped):
        return
    reasons = dropped.get_column("reason")
    assert all(reasons.to_list()), f"{name}: a row was dropped without a reason"
    if not isinstance(step.op, Filter | Gate) or not step.op.bounds():
        return
    reasons = reasons.str.strip_prefix("gate.")
    bounds = step.op.bounds()
    for reason, measured in zip(reasons, dropped.get_column("measured"), strict=True):
        first = next((bound.reason for bound in bounds if not _kept(bound, json.loads(measured))), None)
        assert reason == first, f"{name}: dropped for `{reason}`, but {measured} breaks `{first}`"


def _kept(bound: Bound, measured: dict[str, float | None]) -> bool:
    number = measured.get(bound.measure)
    if number is None or math.isnan(number):
        return False
    if number == bound.limit:
        return not bound.strict
    return number > bound.limit if bound.side == "min" else number < bound.limit


# ------------------------------------------------------------------------------------------------- 4


def again(trial: Trial, tally: Tally) -> None:
    """Again = same, byte for byte; a changed seed changes only `augment`, `split` and `sample`.

    Fixed rows are also run in a fresh process with another hash seed, and must give the same bytes there.
    """
    name, steps, rows = trial.setting.subject.name, trial.setting.steps, trial.rows
    first = run_rows(steps, rows, block_rows=7)
    tally.touched += int(touched(trial, first).sum())
    second = run_rows(steps, rows, block_rows=7)
    _same(first, second, f"{name} run again")
    assert process.digest(first.rows, first.dropped) == process.digest(second.rows, second.dropped), (
        f"{name} run again: other bytes"
    )
    other = run_rows([dataclasses.replace(step, seed=step.seed + 1) for step in steps], rows, block_rows=7)
    if _by_chance(trial.setting.step.op):
        tally.seeds_differ |= not first.rows.equals(other.rows)
    else:
        _same(first, other, f"{name} with another seed")


def _by_chance(op: Operator) -> bool:
    """Whether a seed may change what an operator answers. Augmenters that draw no words still draw the rows of a `share`."""
    return op.family in BY_CHANCE and (getattr(op, "random", True) or getattr(op, "share", 1.0) < 1)


def again_elsewhere(subject: Subject) -> None:
    told = process.elsewhere(subject)
    if subject.cls.extra and told["fault"]:
        return  # the extra is not installed here
    here = process.digests(subject)
    assert told["fault"] == "", f"{subject.name} fails in another process: {told['fault']}"
    assert here == told["digests"], f"{subject.name} gives other bytes in another process"


# ------------------------------------------------------------------------------------------------- 5


def twice(trial: Trial, tally: Tally) -> None:
    """Twice = once for `clean`, `filter` and `dedup`: on its own output such an operator changes and drops nothing."""
    name, steps = trial.setting.subject.name, trial.setting.steps
    once = run_rows(steps, trial.rows, block_rows=50_000)
    tally.touched += int(touched(trial, once).sum())
    if trial.setting.step.op.family not in ONCE_IS_ENOUGH:
        return
    again = steps[-1:] if trial.setting.step.op.family == "gate" else steps
    more = run_rows(again, once.rows, block_rows=50_000)
    assert_same(once.rows, more.rows, f"{name} run on its own output")
    assert sum(map(len, more.dropped.values())) == 0, f"{name} drops rows of its own output: {more.dropped}"


# ------------------------------------------------------------------------------------------------- 6


def parameters(subject: Subject) -> None:
    """Parameters round-trip through TOML; every broken bound gives a problem that names it in our own words.

    For every parameter: values beyond each bound, of the wrong type, outside its list of words; and a parameter that
    does not exist. The recipe's check must answer with a problem that names the parameter, never with a sentence of
    the library that validates.
    """
    for setting in subject.settings:
        op, name = setting.step.op, setting.subject.name
        base = {"op": name, **op.parameters()}
        given_back = planned(subject, spelled(base), setting.rows)[-1].op
        assert op == given_back, f"{name}: {op!r} came back from TOML as {given_back!r}"
        for key, value in broken.values(subject.cls):
            _refused(subject, setting, {**base, key: value}, key)


def _refused(subject: Subject, setting: Setting, step: dict[str, Any], key: str) -> None:
    told = [problem.sentence for problem in problems(subject, spelled(step), setting.rows)]
    assert told, f"{subject.name} takes {key} = {step[key]!r}"
    assert any(f"`{key}" in sentence or f"{key}`" in sentence for sentence in told), (
        f"{subject.name}: no problem names `{key}`: {told}"
    )
    leaked = [(part, sentence) for part in _foreign() for sentence in told if part in sentence.lower()]
    assert not leaked, f"{subject.name}: a library's sentence reaches the user: {leaked[0]}"


def _foreign() -> list[str]:
    """The fixed parts of every sentence that pydantic has."""
    words: set[str] = {"pydantic", "type=", "input_value"}
    for error in list_all_errors():
        for part in error["message_template_python"].replace("}", "{").split("{")[::2]:
            words |= {part.strip().lower()} if len(part.strip()) >= 16 else set()
    return sorted(words)


# ------------------------------------------------------------------------------------------------- 7


def alone(subject: Subject) -> None:
    """An operator pickles, imports nothing heavy, and needs no extra unless its page says so.

    A fresh process gets the steps as bytes and runs them while every import that the core does not depend on
    fails. An operator with an extra names it on its page.
    """
    for setting in subject.settings:
        assert pickle.loads(pickle.dumps(setting.step)) == setting.step, f"{subject.name} does not survive pickling"
    told = process.elsewhere(subject)
    if subject.cls.extra:
        assert f"dprep[{subject.cls.extra}]" in process.page_of(subject), f"{subject.name} does not name its extra on its page"
        return
    assert told["fault"] == "", f"{subject.name} does not run on the core alone: {told['fault']}"
    assert told["heavy"] == [], f"importing {subject.name} imports {told['heavy']}"


# --------------------------------------------------------------------------------------------- all


def touched(trial: Trial, result: Result) -> pl.Series:
    """True for the rows that came in and are dropped, changed, multiplied, or told apart from the commonest answer."""
    rows, step = trial.rows, trial.setting.step
    out = result.rows.filter(pl.col("id").is_in(rows.get_column("id").to_list()))
    gone = ~rows.get_column("id").is_in(out.get_column("id").to_list())
    if step.op.family == "gate":
        left = result.dropped.get(step.name)
        return rows.get_column("id").is_in(left.get_column("parent").to_list() if left is not None else [])
    if step.op.family == "augment":
        return rows.get_column("id").is_in(result.rows.get_column("parent").drop_nulls().to_list())
    was = rows.join(out.select("id"), on="id", maintain_order="left")
    same = [was.get_column(name).eq_missing(out.get_column(name)) for name in rows.columns if name in out.columns]
    changed = ~pl.DataFrame([s.alias(str(n)) for n, s in enumerate(same)]).select(pl.all_horizontal(pl.all())).to_series()
    for name in (name for name in step.op.makes() if name in out.columns and name not in DROP_COLUMNS and len(out)):
        made = out.get_column(name)
        told = out.select(pl.struct(name).struct.json_encode()).to_series() if made.dtype.is_nested() else made.cast(pl.String)
        note = told.fill_null("")
        if name in {"cluster", "similarity"}:
            continue  # every row's own cluster differs; its size tells
        changed |= note != note.value_counts(sort=True)[name][0]
    moved = out.filter(changed).get_column("id").to_list()
    return gone | rows.get_column("id").is_in(moved)


@dataclass(frozen=True)
class Law:
    """A law: what it asks of any rows, what it asks of the operator itself, or both."""

    number: int
    name: str
    of_rows: Callable[[Trial, Tally], None] | None = None
    of_operator: Callable[[Subject], None] | None = None


LAWS = (
    Law(1, "examples", of_operator=examples),
    Law(2, "pieces", of_rows=pieces),
    Law(3, "books", of_rows=books),
    Law(4, "again", of_rows=again, of_operator=again_elsewhere),
    Law(5, "twice", of_rows=twice),
    Law(6, "parameters", of_operator=parameters),
    Law(7, "alone", of_operator=alone),
)


TRIES = int(os.environ.get("DPREP_LAW_TRIES", "20"))
"""Sets of rows that each law tries on each operator; a night may afford thousands."""


def obey(subject: Subject, law: Law, tries: int = TRIES) -> Tally:
    """Fails with a sentence unless `subject` obeys `law`; gives what was seen."""
    tally = Tally()
    if law.of_rows is not None:
        _try(subject, law.of_rows, tally, tries)
        tally.enough(f"{subject.name}, law {law.name}")
        if law.name == "again" and any(_by_chance(setting.step.op) for setting in subject.settings):
            assert tally.seeds_differ, f"{subject.name}: another seed never gave other rows"
    if law.of_operator is not None:
        law.of_operator(subject)
    return tally


def _try(subject: Subject, of_rows: Callable[[Trial, Tally], None], tally: Tally, tries: int) -> None:
    @settings(
        max_examples=tries,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(trials(subject))
    def holds(trial: Trial) -> None:
        tally.rows += len(trial.rows)
        of_rows(trial, tally)

    holds()
