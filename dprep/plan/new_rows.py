"""New rows are for training: what the plan refuses of steps that add rows, and of gates that judge them."""

from __future__ import annotations

from dprep.base.gate import Gate
from dprep.base.operator import Augment, Operator, Split
from dprep.base.problem import did_you_mean
from dprep.base.sample import Sample
from dprep.base.step import Step
from dprep.plan.candidates import Candidate
from dprep.plan.flow import Flow
from dprep.recipe.model import RecipeStep
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
    makers = [each for each in before if each.cls is None or issubclass(each.cls, Augment)]
    if not makers and not any("variant" in known for known in (flow.columns, flow.possible)):
        sentence = f"step `{step.name}` judges new rows, and no step before it makes any"
        flow.problem("no-new-rows", sentence, flow.value(step, "op"), "move it behind an augmenter, or drop it")
        return
    names = [each.step.name for each in makers]
    for number, name in enumerate(getattr(op, "of", ())):
        if name not in names:
            sentence = f"no step `{name}` makes new rows before `{step.name}`"
            help = f"{did_you_mean(name, names)} before it there are {listed(names)}".lstrip()
            flow.problem("unknown-step", sentence, flow.value(step, "of", number), help)
    for copies in before[makers[0].step.index + 1 :] if makers else ():
        if isinstance(copies.op, Sample) and not copies.broken and "copy" in copies.op.makes():
            sentence = f"step `{copies.step.name}` repeats new rows before `{step.name}` has judged them: the copies would stay"
            note = (("repeated here", flow.value(copies.step, "op")),)
            flow.problem("copies-before-gate", sentence, flow.value(step, "op"), "put the gate before that step", note)


def judged(op: Operator, step: RecipeStep, flow: Flow) -> Operator:
    """A gate that names no steps judges the rows of those that reword; where all before it do, nothing need be said."""
    if not isinstance(op, Gate) or op.__dict__.get("of"):
        return op
    makers = [each for each in flow.candidates[: step.index] if each.cls is not None and issubclass(each.cls, Augment)]
    own = [each.step.name for each in makers if each.cls is not None and getattr(each.cls, "rewords", True)]
    return op if len(own) == len(makers) or not own else op.model_copy(update={"of": tuple(own)})
