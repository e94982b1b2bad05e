"""Advice: recipes that run but are likely not what their author wants. One function each, one page each."""

from __future__ import annotations

from collections.abc import Iterator

from dprep.base.dedup import Dedup
from dprep.base.operator import Augment, Clean, Operator, Split
from dprep.base.problem import Problem
from dprep.base.sample import Sample
from dprep.plan.candidates import Candidate
from dprep.plan.flow import Flow

EMPTY_BELOW = 0.001
"""A part with a smaller share gets no row at all from a thousand."""
TOGETHER = {"twins", "cluster"}
"""Units by which a split keeps near-duplicates in one part."""


def advice(flow: Flow) -> list[Problem]:
    """Every warning that the recipe deserves. What a broken step may yet say is not held against it."""
    found: list[Problem] = []
    for rule in RULES:
        found += rule(flow)
    return found


def split_before_dedup(flow: Flow) -> Iterator[Problem]:
    """Twins may have fallen into different parts before the dedup looks at them."""
    for split in _of(flow, Split):
        if flow.unclear(split, "unit") or TOGETHER & set(getattr(split.op, "unit", ())):
            continue
        earlier = _of(flow, Dedup, before=split)
        for dedup in _of(flow, Dedup, after=split):
            if any(_finds_as_much(first, dedup, flow) for first in earlier):
                continue  # what it still finds was made since, by variants or by cleaning
            sentence = f"step `{dedup.step.name}` finds duplicates only after step `{split.step.name}` has put them into parts"
            help = 'move it before the split, or give the split `unit = ["twins"]`'
            yield _warning("split-before-dedup", sentence, flow, dedup, help, ("split here", split))


def _finds_as_much(first: Candidate, later: Candidate, flow: Flow) -> bool:
    """Whether `first` has dropped before all that `later` takes for duplicates; True where a broken step does not say."""
    if first.broken or later.broken or not isinstance(first.op, Dedup) or not isinstance(later.op, Dedup):
        return True
    everywhere = first.step.parts is None and first.step.when is None
    # similarities of two kinds cannot be compared
    wide = first.op.action != "mark" and first.op.metric() == later.op.metric() and first.op.least() <= later.op.least()
    return everywhere and wide and _texts(first, flow) == _texts(later, flow)


def copies_before_split(flow: Flow) -> Iterator[Problem]:
    """Copies of a row stay with it, so that the parts to test on get some too."""
    for sample in _of(flow, Sample):
        if sample.broken or sample.op is None or "copy" not in sample.op.makes():
            continue
        for split in _of(flow, Split, after=sample)[:1]:
            sentence = (
                f"step `{sample.step.name}` repeats rows before step `{split.step.name}`: the parts to test on get copies"
            )
            yield _warning("copies-before-split", sentence, flow, sample, "move it behind the split", ("split here", split))


def clean_after_dedup(flow: Flow) -> Iterator[Problem]:
    """Cleaning makes texts equal that were not, after the last step that looks for equal texts among them."""
    for clean in _of(flow, Clean):
        before = [dedup for dedup in _of(flow, Dedup, before=clean) if _share_texts(dedup, clean, flow)]
        if not before or any(_share_texts(dedup, clean, flow) for dedup in _of(flow, Dedup, after=clean)):
            continue
        sentence = f"step `{clean.step.name}` may make new duplicates after step `{before[-1].step.name}` has looked for them"
        yield _warning("clean-after-dedup", sentence, flow, clean, "clean first", ("duplicates sought here", before[-1]))
        return


def _share_texts(one: Candidate, other: Candidate, flow: Flow) -> bool:
    """Whether two steps act on the same texts of the same parts, as far as they say."""
    parts = set(one.step.parts or ()), set(other.step.parts or ())
    apart = all(parts) and not parts[0] & parts[1]
    return not apart and bool(_texts(one, flow) & _texts(other, flow))


def _texts(candidate: Candidate, flow: Flow) -> set[str]:
    """The columns that a step acts on, empty where it does not say so legibly."""
    said = candidate.step.columns
    if said is None and flow.unclear(candidate, "columns"):
        return set()
    return {path.partition(".")[0].partition("[")[0] for path in (flow.texts() if said is None else said)}


WRITTEN = {"seq2seq": "target", "completion": "completion", "chat": "messages", "preference": "chosen"}
"""Task -> the column that a model learns to write."""


def augment_targets(flow: Flow) -> Iterator[Problem]:
    """What a model is to write is changed along with what it reads."""
    written = WRITTEN.get(flow.recipe.dataset.task)
    for augment in _of(flow, Augment) if written else ():
        if (
            augment.op is None
            or not augment.op.text_only
            or augment.step.columns is not None
            or flow.unclear(augment, "columns")
        ):
            continue
        reads = "messages[user].content" if written == "messages" else flow.texts()[0]
        sentence = f"step `{augment.step.name}` changes `{written}` too, which a model learns to write"
        yield _warning("augment-targets", sentence, flow, augment, f'name what it may change: `columns = ["{reads}"]`')


def augment_without_split(flow: Flow) -> Iterator[Problem]:
    """Variants without parts leak as soon as somebody splits the version."""
    if flow.split or flow.open_parts:
        return
    for augment in _of(flow, Augment)[:1]:
        sentence = (
            f"step `{augment.step.name}` adds variants, and no step makes parts: whoever splits the version later tests on them"
        )
        yield _warning("augment-without-split", sentence, flow, augment, "add `split.stratified` before it")


def unseeded(flow: Flow) -> Iterator[Problem]:
    """Chance without a seed in the recipe: repeatable all the same, but only by accident."""
    if flow.recipe.dataset.seed is None and not flow.recipe.is_unclear("dataset", "seed"):
        splits = [split for split in _of(flow, Split) if getattr(split.cls, "random", True)]
        for step in [*splits, *_of(flow, Sample), *_of(flow, Augment)][:1]:
            sentence = f"step `{step.step.name}` uses chance, and `[dataset]` has no `seed`; 0 is taken"
            place = flow.recipe.places.key(("dataset",))
            yield Problem("unseeded", sentence, place, "write one, such as `seed = 7`", severity="warning")


def part_empty(flow: Flow) -> Iterator[Problem]:
    """A part that gets next to nothing."""
    for split in _of(flow, Split):
        ratios = getattr(split.op, "ratios", None) or {}
        total = sum(ratios.values())
        for part, ratio in ratios.items():
            if ratio < EMPTY_BELOW * total:
                sentence = (
                    f"part `{part}` gets {ratio / total:.2g} of the rows: none at all of the first {int(total / ratio / 2):,}"
                )
                place = flow.value(split.step, "ratios", part)
                yield Problem("part-empty", sentence, place, "raise its ratio, or drop the part", severity="warning")


def _of(flow: Flow, family: type[Operator], after: Candidate | None = None, before: Candidate | None = None) -> list[Candidate]:
    start, end = after.step.index + 1 if after else 0, before.step.index if before else None
    return [candidate for candidate in flow.candidates[start:end] if isinstance(candidate.op, family)]


def _warning(
    code: str, sentence: str, flow: Flow, at: Candidate, help: str, note: tuple[str, Candidate] | None = None
) -> Problem:
    notes = ((note[0], flow.value(note[1].step, "op")),) if note else ()
    return Problem(code, sentence, flow.value(at.step, "op"), help, notes, "warning")


RULES = (
    split_before_dedup,
    copies_before_split,
    clean_after_dedup,
    augment_targets,
    augment_without_split,
    unseeded,
    part_empty,
)
