"""Advice: recipes that run but are likely not what their author wants. One function each, one page each."""

from __future__ import annotations

from collections.abc import Iterator

from dprep.base.operator import Augment, Clean, Dedup, Operator, Split
from dprep.base.problem import Problem
from dprep.plan.flow import Candidate, Flow

EMPTY_BELOW = 0.001
"""A part with a smaller share gets no row at all from a thousand."""


def advice(flow: Flow) -> list[Problem]:
    """Every warning that the recipe deserves."""
    found: list[Problem] = []
    for rule in (split_before_dedup, augment_before_split, clean_after_dedup, augment_without_split, unseeded, part_empty):
        found += rule(flow)
    return found


def split_before_dedup(flow: Flow) -> Iterator[Problem]:
    """Twins may have fallen into different parts before the dedup looks at them."""
    for split in _of(flow, Split):
        if "twins" in getattr(split.op, "unit", ()):
            continue
        for dedup in _of(flow, Dedup, after=split):
            sentence = f"step `{dedup.step.name}` finds duplicates only after step `{split.step.name}` has put them into parts"
            help = 'move it before the split, or give the split `unit = ["twins"]`'
            yield _warning("split-before-dedup", sentence, flow, dedup, help, ("split here", split))


def augment_before_split(flow: Flow) -> Iterator[Problem]:
    """A variant of a row may be trained on while the row itself is tested on."""
    for augment in _of(flow, Augment):
        for split in _of(flow, Split, after=augment)[:1]:
            sentence = (
                f"step `{augment.step.name}` adds variants before step `{split.step.name}`: one may train what another tests"
            )
            yield _warning("augment-before-split", sentence, flow, augment, "move it behind the split", ("split here", split))


def clean_after_dedup(flow: Flow) -> Iterator[Problem]:
    """Cleaning makes texts equal that were not, after the step that looks for equal texts."""
    for dedup in _of(flow, Dedup)[-1:]:
        for clean in _of(flow, Clean, after=dedup)[:1]:
            sentence = f"step `{clean.step.name}` may make new duplicates after step `{dedup.step.name}` has looked for them"
            yield _warning("clean-after-dedup", sentence, flow, clean, "clean first", ("duplicates sought here", dedup))


def augment_without_split(flow: Flow) -> Iterator[Problem]:
    """Variants without parts leak as soon as somebody splits the version."""
    if flow.split or _of(flow, Split):
        return
    for augment in _of(flow, Augment)[:1]:
        sentence = (
            f"step `{augment.step.name}` adds variants, and no step makes parts: whoever splits the version later tests on them"
        )
        yield _warning("augment-without-split", sentence, flow, augment, "add `split.stratified` before it")


def unseeded(flow: Flow) -> Iterator[Problem]:
    """Chance without a seed in the recipe: repeatable all the same, but only by accident."""
    if flow.recipe.dataset.seed is None:
        for step in [*_of(flow, Split), *_of(flow, Augment)][:1]:
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


def _of(flow: Flow, family: type[Operator], after: Candidate | None = None) -> list[Candidate]:
    start = after.step.index + 1 if after else 0
    return [candidate for candidate in flow.candidates[start:] if isinstance(candidate.op, family)]


def _warning(
    code: str, sentence: str, flow: Flow, at: Candidate, help: str, note: tuple[str, Candidate] | None = None
) -> Problem:
    notes = ((note[0], flow.value(note[1].step, "op")),) if note else ()
    return Problem(code, sentence, flow.value(at.step, "op"), help, notes, "warning")
