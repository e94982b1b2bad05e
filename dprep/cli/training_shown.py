"""What a person sees while a model is trained: a bar with loss, speed and time left; lines where stderr is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from dprep.base.problem import Problem
from dprep.train.watcher import Nobody

EVERY = 10.0
"""Seconds between lines where there is no terminal."""


class Lines:
    """Tells progress in lines on stderr, now and then."""

    def __init__(self) -> None:
        self.told = 0.0
        self.last: dict[str, Any] = {}

    def stage(self, what: str, done: int, total: int) -> None:
        told = f"{done:,} of {total:,}" if total else f"{done:,} rows"  # how many there are of a file is not known
        self._now_and_then(f"{what}: {told}", last=done >= total)

    def step(self, numbers: Mapping[str, Any]) -> None:
        self.last.update(numbers)
        scores = [name for name in numbers if name.startswith("eval_")]
        if scores:
            self.say(f"step {numbers['step']:,}: validation {metrics_said(numbers)}")
        else:
            self._now_and_then(line_of(self.last), last=False)

    def say(self, text: str) -> None:
        click.echo(text, err=True)

    def warn(self, problem: Problem) -> None:
        self.say(problem.render())

    def _now_and_then(self, text: str, *, last: bool) -> None:
        if time.monotonic() - self.told > EVERY:
            self.told = time.monotonic()
            click.echo(text, err=True)


class Bar:
    """A bar for what is going on, on a terminal."""

    def __init__(self, shown: Any) -> None:
        self.shown = shown
        self.tasks: dict[str, Any] = {}
        self.last: dict[str, Any] = {}

    def stage(self, what: str, done: int, total: int) -> None:
        if what not in self.tasks:
            self.tasks[what] = self.shown.add_task(what, total=total or None, told="")
        self.shown.update(self.tasks[what], completed=done, total=total or None)

    def step(self, numbers: Mapping[str, Any]) -> None:
        self.last.update(numbers)
        self.stage("training", int(numbers["step"]), int(numbers["steps"]))
        self.shown.update(self.tasks["training"], told=line_of(self.last, steps=False))
        if any(name.startswith("eval_") for name in numbers):
            self.say(f"step {numbers['step']:,}: validation {metrics_said(numbers)}")

    def say(self, text: str) -> None:
        self.shown.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def warn(self, problem: Problem) -> None:
        self.say(problem.render())


class Silent(Nobody):
    """Says nothing but what may be wrong."""

    def warn(self, problem: Problem) -> None:
        click.echo(problem.render(), err=True)


TOLD = (
    "accuracy",
    "subset_accuracy",
    "f1_macro",
    "span_f1",
    "exact_match",
    "f1",
    "rmse",
    "spearman",
    "chrf",
    "perplexity",
    "margin",
)
"""Scores that are told while a model is trained; the others are in the log."""


def metrics_said(numbers: Mapping[str, Any]) -> str:
    """The scores of a line of the log that say most."""
    found = {name.removeprefix("eval_"): value for name, value in numbers.items() if name.startswith("eval_")}
    shown = [name for name in TOLD if name in found] or list(found)[:3]
    return ", ".join(f"{name} {found[name]:.4g}" for name in shown[:3])


def line_of(numbers: Mapping[str, Any], *, steps: bool = True) -> str:
    """Step, loss and speed in a line."""
    said = [f"step {numbers.get('step', 0):,} of {numbers.get('steps', 0):,}"] if steps else []
    said += [f"loss {numbers['loss']:.4g}"] if "loss" in numbers else []
    said += [str(numbers["speed"])] if "speed" in numbers else []
    return ", ".join(said)


@contextmanager
def watching(*, quiet: bool) -> Iterator[Any]:
    """Someone to look on while a model is trained."""
    if quiet:
        yield Silent()
        return
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    title, told = TextColumn("{task.description}", markup=False), TextColumn("{task.fields[told]}", markup=False)
    columns = (
        title,
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(compact=True),
        told,
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        yield Bar(shown)
