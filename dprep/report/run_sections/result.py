"""The result: what the run came to, against what one would get for nothing, and how it ended."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import polars as pl

from dprep.report.blocks import Block, Figures, Notice, Prose, Section
from dprep.report.numbers import share
from dprep.report.reading.found_run import JUDGED, FoundRun, is_share, larger_is_better
from dprep.report.run_sections.words import Estimate, between, estimates, lasted, rounded, score, shortened
from dprep.report.say import Say

ID = "result"
WIDE = 0.1
"""An interval of a share wider than that says little."""


@dataclass(frozen=True)
class Held:
    """The deciding score on a part that was held out."""

    part: str
    rows: int
    score: Estimate


@dataclass(frozen=True)
class Baseline:
    """What one gets without looking at a text. kind: `majority`, `mean` or `coin`."""

    kind: str
    answer: str
    value: float


@dataclass(frozen=True)
class ResultFacts:
    """What came of a run, and what it took."""

    task: str
    model: str
    method: str
    dataset: str
    version_there: bool
    metric: str
    larger_is_better: bool
    held: tuple[Held, ...]
    baseline: Baseline | None
    rows: int
    epochs: float
    steps: int
    steps_planned: int
    kept_step: int
    keeps_best: bool
    seconds: float
    seconds_of_training: float | None
    weights: int
    weights_trained: int
    leaks: tuple[str, ...]


def facts(found: FoundRun) -> ResultFacts:
    """From `run.json`, `plan.json`, the scores and the log."""
    told, plan, settings = found.told, found.plan, found.settings
    ended = found.logged("ended")
    done = int(told["plan"].get("steps_done", plan["steps"]))
    return ResultFacts(
        task=found.task,
        model=str(told.get("model") or ""),
        method=str(told["method"]),
        dataset=str(told["dataset"]),
        version_there=found.version is not None,
        metric=found.metric,
        larger_is_better=larger_is_better(found.metric),
        held=_held(found),
        baseline=baseline(found),
        rows=int(plan["examples"]),
        epochs=float(settings["epochs"]) if not settings.get("max_steps") else 0.0,
        steps=done,
        steps_planned=int(plan["steps"]),
        kept_step=kept_step(found),
        keeps_best=bool(settings.get("keep_best")) and "validation" in found.scores,
        seconds=float((told.get("clock") or {}).get("seconds", 0.0)),
        seconds_of_training=ended[-1]["train_runtime"] if ended else None,
        weights=int(plan["weights"]),
        weights_trained=int(plan["weights_trained"]),
        leaks=tuple(str(each) for each in (told.get("leaks") or {}).get("warnings", ())),
    )


def _held(found: FoundRun) -> tuple[Held, ...]:
    there = [(part, found.scores[part]) for part in JUDGED if part in found.scores]
    chosen = [(part, told, [each for each in estimates(told["metrics"]) if each.name == found.metric]) for part, told in there]
    return tuple(Held(part, int(told["rows"]), named[0]) for part, told, named in chosen if named)


def kept_step(found: FoundRun) -> int:
    """The step that the weights are of: the best that was scored, or the last."""
    last = int(found.told["plan"].get("steps_done", found.plan["steps"]))
    name, scored = f"eval_{found.metric}", found.logged("scored")
    known = [(float(line[name]), int(line["step"])) for line in scored if isinstance(line.get(name), int | float)]
    if not known or not found.settings.get("keep_best"):
        return last
    sign = 1 if larger_is_better(found.metric) else -1
    return min(known, key=lambda each: (-sign * each[0], each[1]))[1]


# for nothing


def baseline(found: FoundRun) -> Baseline | None:
    """What always the same answer would score on the part that the run is judged by; None where that is not told."""
    if found.task == "classification":
        return _majority(found)
    if found.task == "regression":
        return _mean(found)
    return Baseline("coin", "", 0.5) if found.task == "preference" and found.metric == "accuracy" else None


def _majority(found: FoundRun) -> Baseline | None:
    learnt = found.told.get("facts") or {}
    lines = found.scores.get(found.judged, {}).get("per_class", [])
    rows = sum(int(line["rows"]) for line in lines)
    if learnt.get("several") or not learnt.get("counts") or not rows:
        return None
    _, label = max(zip(learnt["counts"], found.told["labels"], strict=True), key=lambda each: (each[0], each[1]))
    hits = next((int(line["rows"]) for line in lines if line["label"] == label), 0)
    kinds = sum(1 for line in lines if line["rows"] or line["label"] == label)
    f1 = 2 * hits / (rows + hits)
    scores = {"accuracy": hits / rows, "f1_micro": hits / rows, "f1_macro": f1 / kinds, "f1_weighted": f1 * hits / rows}
    value = rounded(scores.get(found.metric))
    return None if value is None else Baseline("majority", str(label), value)


def _mean(found: FoundRun) -> Baseline | None:
    said = found.predictions(found.judged)
    mean = next((value for name, value in sorted((found.told.get("facts") or {}).items()) if "mean" in name), None)
    if said is None or mean is None or found.metric not in {"rmse", "mse", "mae"} or "label" not in said.collect_schema():
        return None
    off = pl.col("label") - float(mean)
    square, plain = said.select((off**2).mean().alias("square"), off.abs().mean().alias("plain")).collect().row(0)
    scores: dict[str, float | None] = {"mse": square, "rmse": None if square is None else math.sqrt(square), "mae": plain}
    value = rounded(scores[found.metric])
    return None if value is None else Baseline("mean", f"{float(mean):.4g}", value)


# in words


def verdict(facts: ResultFacts, say: Say) -> tuple[str, ...]:
    """The head of the report: the score, what was trained, how it ended."""
    return tuple(filter(None, (_scored(facts, say), _trained(facts, say), _ended(facts, say))))


def _scored(facts: ResultFacts, say: Say) -> str:
    if not facts.held:
        return say("No part was held out, so nothing is known of how good the model is.")
    held = facts.held[0]
    told = {"metric": facts.metric, "value": score(held.score.value), "part": held.part, "rows": held.rows}
    interval = between(held.score, say)
    if interval:
        sentence = say("{metric} is {value} on `{part}` ({rows} rows, 95 % interval {interval})", interval=interval, **told)
    else:
        sentence = say("{metric} is {value} on `{part}` ({rows} rows)", **told)
    return (
        say("{sentence}; {baseline}.", sentence=sentence, baseline=_nothing(facts.baseline, say))
        if facts.baseline
        else (say("{sentence}.", sentence=sentence))
    )


def _nothing(baseline: Baseline, say: Say) -> str:
    value = score(baseline.value)
    if baseline.kind == "majority":
        return say("always answering `{answer}` would give {value}", answer=shortened(baseline.answer, 60), value=value)
    if baseline.kind == "mean":
        return say("always answering the mean of train ({answer}) would give {value}", answer=baseline.answer, value=value)
    return say("a coin would give {value}", value=value)


def _how(baseline: Baseline, say: Say) -> str:
    if baseline.kind == "majority":
        return say("always answering {answer}", answer=shortened(baseline.answer, 60))
    return say("always answering the mean of train") if baseline.kind == "mean" else say("by a coin")


def _trained(facts: ResultFacts, say: Say) -> str:
    return say(
        "`{model}` was trained by `{method}` on {rows} examples of `{dataset}`: {steps} steps, {trained} of "
        "{weights} weights ({share}).",
        model=facts.model or say("random weights"),
        method=facts.method,
        rows=facts.rows,
        dataset=facts.dataset,
        steps=facts.steps,
        trained=facts.weights_trained,
        weights=facts.weights,
        share=share(facts.weights_trained, facts.weights),
    )


def _ended(facts: ResultFacts, say: Say) -> str:
    time = lasted(facts.seconds, say)
    if facts.steps < facts.steps_planned:
        sentence = say(
            "It took {time}; patience ended it at step {step} of {planned}",
            time=time,
            step=facts.steps,
            planned=facts.steps_planned,
        )
    else:
        sentence = say("It took {time} and went through all its steps", time=time)
    if not facts.keeps_best:
        return say("{sentence}; the last weights were kept.", sentence=sentence)
    return say(
        "{sentence}; kept are the weights of step {step}, the best on validation.", sentence=sentence, step=facts.kept_step
    )


def section(facts: ResultFacts, say: Say) -> Section:
    """Key figures."""
    figures: list[tuple[str, Any, str]] = [
        (f"{facts.metric} · {held.part}", score(held.score.value), between(held.score, say)) for held in facts.held
    ]
    if facts.baseline:
        figures.append((say("Without a model"), score(facts.baseline.value), _how(facts.baseline, say)))
    figures += [
        (say("Examples learnt from"), facts.rows, say("{epochs} epochs", epochs=f"{facts.epochs:g}") if facts.epochs else ""),
        (say("Steps"), facts.steps, say("of {planned} planned", planned=facts.steps_planned)),
        (say("Weights trained"), facts.weights_trained, share(facts.weights_trained, facts.weights)),
        (say("Time"), lasted(facts.seconds, say), say("by the run's own clock, reading and scoring included")),
    ]
    blocks: list[Block] = [Figures(tuple(figures))]
    blocks.append(
        Prose(
            say(
                "Intervals tell how much a score varies with the rows it was measured on. They do not tell how "
                "much it varies with the seed of the training."
            ),
            soft=True,
        )
    )
    if not facts.version_there:
        gone = say(
            "`{version}` is not in the store any more, or holds other rows: texts cannot be shown.", version=facts.dataset
        )
        blocks.append(Prose(gone))
    return Section(ID, say("Result"), tuple(blocks))


def notices(facts: ResultFacts, say: Say) -> list[Notice]:
    """What speaks against trusting the score."""
    found = [Notice("warning", each, ID) for each in facts.leaks]
    if not facts.held:
        found.append(Notice("warning", say("no part was held out: how good the model is was not measured"), ID))
        return found
    held = facts.held[0]
    if facts.baseline:
        found += _against_nothing(facts, held, facts.baseline, say)
    low, high = held.score.low, held.score.high
    if low is not None and high is not None and is_share(facts.metric) and high - low > WIDE:
        text = say(
            "{metric} is known only to lie between {low} and {high}: `{part}` has {rows} rows",
            metric=facts.metric,
            low=score(low),
            high=score(high),
            part=held.part,
            rows=held.rows,
        )
        found.append(Notice("warning", text, ID))
    return found


def _against_nothing(facts: ResultFacts, held: Held, baseline: Baseline, say: Say) -> list[Notice]:
    low, high, value = held.score.low, held.score.high, held.score.value
    if value is None or low is None or high is None:
        return []
    told = {"metric": facts.metric, "value": score(value), "baseline": _nothing(baseline, say)}
    worse = high < baseline.value if facts.larger_is_better else low > baseline.value
    if worse:
        return [Notice("error", say("the model is worse than none: {metric} is {value}, {baseline}", **told), ID)]
    if low <= baseline.value <= high:
        return [Notice("warning", say("the model may be no better than none: {metric} is {value}, {baseline}", **told), ID)]
    return []
