"""Curves: loss, scores, learning rate, length of the gradient and throughput by step, from the log alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dprep.report.blocks import Block, Column, Lines, Notice, Prose, Section, Table
from dprep.report.numbers import share
from dprep.report.reading.found_run import FoundRun
from dprep.report.run_sections.result import kept_step
from dprep.report.run_sections.words import score, thinned
from dprep.report.say import Say

ID = "curves"
POINTS = 300
"""Of a curve at most, evenly taken."""
SHOWN = ("accuracy", "f1_macro", "span_f1", "exact_match", "f1", "chrf", "rouge1", "pearson", "r2", "perplexity", "rmse", "mae")
"""Scores that get a curve besides the one that decides, where they are there."""
CURVES = 4
LOSSES = ("nll", "brier", "mse")
"""Scores of validation that are a loss: they fall while something is learnt that holds for other rows too."""
RISES = 0.1
"""A loss on validation that rises by such a share of its least value is worth a word."""
RESTING = 0.02
"""Losses of training further down than that share have fallen."""
Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Overfit:
    """The loss on validation has risen while that of training fell. kept: what it is at the weights that were kept."""

    metric: str
    least: float
    least_step: int
    last: float
    last_step: int
    kept: float
    kept_step: int
    loss_before: float
    loss_after: float


@dataclass(frozen=True)
class CurvesFacts:
    """(step, value) each; at most POINTS of a curve."""

    loss: Curve
    loss_of_validation: Curve
    scores: tuple[tuple[str, Curve], ...]
    learning_rate: Curve
    gradient: Curve
    tokens_per_second: Curve
    supervised_per_second: Curve
    seconds_of_training: float | None
    examples_per_second: float | None
    kept_step: int
    steps: int
    overfit: Overfit | None


def facts(found: FoundRun) -> CurvesFacts | None:
    """None where nothing was logged."""
    learnt, scored, ended = (found.logged(kind) for kind in ("learnt", "scored", "ended"))
    if not learnt:
        return None
    seconds = float(ended[-1]["train_runtime"]) if ended else None
    named = _named(found, scored)
    kept = kept_step(found)
    return CurvesFacts(
        loss=_curve(learnt, "loss"),
        loss_of_validation=_curve(scored, "eval_nll") if found.task not in {"preference"} else (),
        scores=tuple((name, _curve(scored, f"eval_{name}")) for name in named),
        learning_rate=_curve(learnt, "learning_rate"),
        gradient=_curve(learnt, "grad_norm"),
        tokens_per_second=_curve(learnt, "tokens_per_second"),
        supervised_per_second=_curve(learnt, "supervised_per_second"),
        seconds_of_training=seconds,
        examples_per_second=_examples_per_second(found, seconds),
        kept_step=kept,
        steps=int(found.plan["steps"]),
        overfit=_overfit(learnt, scored, kept),
    )


def _curve(lines: Sequence[Mapping[str, Any]], name: str) -> Curve:
    points = [(float(line["step"]), float(f"{line[name]:.6g}")) for line in lines if isinstance(line.get(name), int | float)]
    return thinned(points, POINTS)


def _named(found: FoundRun, scored: Sequence[Mapping[str, Any]]) -> list[str]:
    there = {name.removeprefix("eval_") for line in scored for name in line if name.startswith("eval_")}
    wanted = dict.fromkeys([found.metric, *SHOWN, "brier"])
    return [name for name in wanted if name in there][:CURVES]


def _examples_per_second(found: FoundRun, seconds: float | None) -> float | None:
    """Only where the whole run was timed: a run that went on behind a kill has timed its last leg alone."""
    settings = found.settings
    first = next(iter(found.logged("learnt")), {})
    once = len(found.logged("ended")) == 1 and not _broken_off(found)
    if not seconds or settings.get("max_steps") or not once or not first:
        return None
    done = int(found.told["plan"].get("steps_done", found.plan["steps"]))
    examples = int(found.plan["examples"]) * float(settings["epochs"]) * done / int(found.plan["steps"])
    return float(f"{examples / seconds:.6g}")


def _broken_off(found: FoundRun) -> bool:
    """Whether the log tells of steps twice: then the run went on behind a kill."""
    text = (found.folder / "log.jsonl").read_text("utf-8")
    return sum(1 for line in text.splitlines() if line.strip()) != len(found.log)


def _overfit(learnt: Sequence[Mapping[str, Any]], scored: Sequence[Mapping[str, Any]], kept: int) -> Overfit | None:
    metric = next((name for name in LOSSES if scored and isinstance(scored[-1].get(f"eval_{name}"), int | float)), "")
    known = (
        [(int(line["step"]), float(line[f"eval_{metric}"])) for line in scored if f"eval_{metric}" in line] if metric else []
    )
    if len(known) < 2:
        return None
    least_step, least = min(known, key=lambda each: (each[1], each[0]))
    last_step, last = known[-1]
    before, after = _near(learnt, least_step), _near(learnt, last_step)
    if last <= least * (1 + RISES) or after >= before * (1 - RESTING):
        return None
    kept_at, kept_loss = min(known, key=lambda each: (abs(each[0] - kept), each[0]))
    numbers = (float(f"{value:.6g}") for value in (least, last, kept_loss, before, after))
    least, last, kept_loss, before, after = numbers
    return Overfit(metric, least, least_step, last, last_step, kept_loss, kept_at, before, after)


def _near(learnt: Sequence[Mapping[str, Any]], step: int, width: int = 3) -> float:
    """The mean training loss of the lines around a step."""
    known = [(int(line["step"]), float(line["loss"])) for line in learnt if isinstance(line.get("loss"), int | float)]
    nearest = sorted(known, key=lambda each: (abs(each[0] - step), each[0]))[:width]
    return sum(loss for _, loss in nearest) / max(1, len(nearest))


# in words


def section(facts: CurvesFacts, say: Say) -> Section:
    """A chart for each unit."""
    blocks = [*_losses(facts, say), *_scores(facts, say), *_machine(facts, say), _table(facts, say)]
    return Section(ID, say("Curves"), tuple(blocks))


def _losses(facts: CurvesFacts, say: Say) -> Iterator[Block]:
    series = [(say("train"), facts.loss)]
    if facts.loss_of_validation:
        series.append((say("validation"), facts.loss_of_validation))
    yield Lines(say("Loss"), say("step"), say("loss"), tuple(series))
    text = say(
        "The loss of train is the mean over the steps since the last point, with dropout; kept are the weights of step {step}.",
        step=facts.kept_step,
    )
    yield Prose(text, soft=True)
    if facts.overfit:
        yield Prose(_rise(facts.overfit, say))


def _scores(facts: CurvesFacts, say: Say) -> Iterator[Block]:
    for name, curve in facts.scores:
        if len(curve) > 1:
            yield Lines(say("{metric} on validation", metric=name), say("step"), name, ((name, curve),))


def _machine(facts: CurvesFacts, say: Say) -> Iterator[Block]:
    yield Lines(say("Learning rate"), say("step"), say("rate"), ((say("rate"), facts.learning_rate),))
    if facts.gradient:
        title = say("Length of the gradient before it was cut")
        yield Lines(
            title, say("step"), say("length"), ((say("length"), facts.gradient),), log=all(y > 0 for _, y in facts.gradient)
        )
    if facts.tokens_per_second:
        yield Lines(say("Tokens each second"), say("step"), say("tokens"), ((say("tokens"), facts.tokens_per_second),))
    if facts.supervised_per_second:
        title = say("Tokens or labels learnt each second")
        yield Lines(title, say("step"), say("learnt"), ((say("learnt"), facts.supervised_per_second),))
    told = say("Times are those of the run's own clock.")
    if facts.examples_per_second is not None:
        told = say(
            "{rows} examples a second over the whole training. Times are those of the run's own clock.",
            rows=score(facts.examples_per_second),
        )
    yield Prose(told, soft=True)


def _table(facts: CurvesFacts, say: Say) -> Table:
    """What was scored, step by step."""
    by_step: dict[float, dict[str, float]] = {}
    for name, curve in facts.scores:
        for step, value in curve:
            by_step.setdefault(step, {})[name] = value
    names = [name for name, _ in facts.scores]
    head = (Column(say("Step"), "number"), *(Column(name, "number") for name in names))
    lines = tuple((int(step), *(by_step[step].get(name) for name in names)) for step in sorted(by_step))
    return Table(say("Scores on validation by step"), head, lines, most=60)


def _rise(rise: Overfit, say: Say) -> str:
    return say(
        "{metric} on validation rose by {share} from step {least} to step {last}, while the loss of train fell from {before} "
        "to {after}.",
        metric=rise.metric,
        share=share(rise.last - rise.least, rise.least),
        least=rise.least_step,
        last=rise.last_step,
        before=score(rise.loss_before),
        after=score(rise.loss_after),
    )


def notices(facts: CurvesFacts, say: Say) -> list[Notice]:
    """Learning by heart, where the weights that were kept suffer from it."""
    rise = facts.overfit
    if rise is None or rise.kept <= rise.least * (1 + RISES):
        return []
    text = say(
        "it learnt train by heart: {metric} on validation was {least} at step {step} and is {kept} in the weights that were "
        "kept",
        metric=rise.metric,
        least=score(rise.least),
        step=rise.least_step,
        kept=score(rise.kept),
    )
    return [Notice("warning", text, ID)]
