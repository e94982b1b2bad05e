"""New rows are for training: what the plan refuses of steps that add rows, and of gates that judge them."""

from __future__ import annotations

from dprep.base.gate import Gate
from dprep.base.operator import Augment, Split
from dprep.base.problem import did_you_mean
from dprep.base.step import Step
from dprep.plan.candidates import Candidate
from dprep.plan.flow import Flow
from dprep.recipe.table import listed


def check_new_rows(candidate: Candidate, made: Step, flow: Flow) -> None:
    """Problems for an augmenter that reaches rows to test on, and for a gate without new rows before it."""
    if isinstance(made.op, Augment) and getattr(made.op, "before_split", None) is None:
        _check_before_split(candidate, flow)
        _check_parts(candidate, made, flow)
    if isinstance(made.op, Gate):
        _check_gate(candidate, made.op, flow)


def _check_before_split(candidate: Candidate, flow: Flow) -> None:
    step = candidate.step
    later = [each for each in flow.candidates[step.index + 1 :] if each.cls is not None and issubclass(each.cls, Split)]
    if not later or flow.unclear(candidate, "before_split"):
        return
    split = later[0].step
    sentence = f"step `{step.name}` adds variants before step `{split.name}`: the parts to test on would get some too"
    help = 'move it behind the split, or write `before_split = "accepted"`'
    flow.problem("augment-before-split", sentence, flow.value(step, "op"), help, (("split here", flow.value(split, "op")),))


def _check_parts(candidate: Candidate, made: Step, flow: Flow) -> None:
    step = candidate.step
    if step.parts is None or flow.unclear(candidate, "parts") or flow.unclear(candidate, "before_split"):
        return
    others = [(number, part) for number, part in enumerate(made.parts or ()) if part != "train"]
    for number, part in others[:1]:
        sentence = f"step `{step.name}` adds variants to part `{part}`, on which a model is judged"
        help = 'drop the line: `train` is meant, or write `before_split = "accepted"`'
        flow.problem("augment-other-part", sentence, flow.value(step, "parts", number), help)


def _check_gate(candidate: Candidate, op: Gate, flow: Flow) -> None:
    step = candidate.step
    before = flow.candidates[: step.index]
    makers = [each.step.name for each in before if each.cls is None or issubclass(each.cls, Augment)]
    if not makers and not any(name in flow.columns or name in flow.possible for name in ("variant",)):
        sentence = f"step `{step.name}` judges new rows, and no step before it makes any"
        flow.problem("no-new-rows", sentence, flow.value(step, "op"), "move it behind an augmenter, or drop it")
        return
    for number, name in enumerate(getattr(op, "of", ())):
        if name not in makers:
            help = f"{did_you_mean(name, makers)} before it there are {listed(makers)}".lstrip()
            flow.problem(
                "unknown-step", f"no step `{name}` makes new rows before `{step.name}`", flow.value(step, "of", number), help
            )
