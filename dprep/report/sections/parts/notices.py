"""What a person should know of parts and labels before using the data."""

from __future__ import annotations

from dprep.report.blocks import Notice
from dprep.report.numbers import number, share
from dprep.report.say import Say
from dprep.report.sections.parts.difference_words import effect, is_large, measured
from dprep.report.sections.parts.facts import ID, Parts
from dprep.report.sections.parts.label_words import named
from dprep.report.sections.parts.labels import TINY, Labels

FEWEST = 100
"""Rows of the smaller part from which a drift is told."""
IMBALANCE = 100
"""Rows of the largest class to one of the smallest, above which it is told."""
NAMED = 5


def notices(facts: Parts, say: Say) -> list[Notice]:
    """Empty parts, classes that cannot be learnt or tested, contradictions, drift."""
    empty = [Notice("warning", say("`{part}` has no rows.", part=part), ID) for part in _empty(facts)]
    found = [*empty, *(_classes(facts, facts.labels, say) if facts.labels is not None else [])]
    return [*found, *_conflicts(facts, say), *_doubts(facts, say), *_drift(facts, say)]


def _empty(facts: Parts) -> list[str]:
    """Parts that a split was to fill and that no row is in."""
    filled = {part.name for part in facts.parts if part.rows}
    wanted = [part.name for part in facts.parts]
    wanted += [each.part for split in facts.splits for each in split.parts if each.asked_share]
    return [part for part in dict.fromkeys(wanted) if part not in filled] if filled else []


def _classes(facts: Parts, labels: Labels, say: Say) -> list[Notice]:
    found = []
    if labels.kind != "tags" and labels.tiny.count:
        told = say.many(
            labels.tiny.count,
            "{n} class has fewer than {least} rows in `{part}`: {names}.",
            "{n} classes have fewer than {least} rows in `{part}`: {names}.",
            least=TINY,
            part=facts.train,
            names=named(labels.tiny, say, NAMED),
        )
        found.append(Notice("warning", told, f"{ID}-labels"))
    rows = {part.name: part.rows for part in facts.parts}
    for part, few in labels.missing:
        if few.count and rows[part]:
            told = say.many(
                few.count,
                "{n} class is not in `{part}`: {names}.",
                "{n} classes are not in `{part}`: {names}.",
                part=part,
                names=named(few, say, NAMED),
            )
            found.append(Notice("warning", told, f"{ID}-labels"))
    if labels.kind != "tags":
        found += _imbalance(facts.train, labels, say)
    return found


def _imbalance(train: str, labels: Labels, say: Say) -> list[Notice]:
    """Of `train`: what is rare there is hard to learn."""
    each = next(each for each in labels.balance if each.part == train)
    if not each.smallest_rows or each.largest_rows <= IMBALANCE * each.smallest_rows:
        return []
    told = say(
        "The largest class of `{part}`, `{large}`, has {ratio} times the rows of the smallest, `{small}`.",
        part=train,
        large=each.largest.replace("`", "'"),
        small=each.smallest.replace("`", "'"),
        ratio=number(float(round(each.largest_rows / each.smallest_rows))),
    )
    return [Notice("warning", told, f"{ID}-labels")]


def _conflicts(facts: Parts, say: Say) -> list[Notice]:
    if facts.conflicts is None or not facts.conflicts.texts:
        return []
    told = say.many(
        facts.conflicts.texts,
        "{n} text has different labels in different rows.",
        "{n} texts have different labels in different rows.",
    )
    return [Notice("warning", told, f"{ID}-conflicts")]


def _doubts(facts: Parts, say: Say) -> list[Notice]:
    if facts.doubts is None or not facts.doubts.suspicious:
        return []
    told = say.many(
        facts.doubts.suspicious,
        "{n} label is suspicious to `{model}` ({share} of those it judged).",
        "{n} labels are suspicious to `{model}` ({share} of those it judged).",
        model=facts.doubts.classifier,
        share=share(facts.doubts.suspicious, facts.doubts.judged),
    )
    return [Notice("warning", told, f"{ID}-doubts")]


def _drift(facts: Parts, say: Say) -> list[Notice]:
    return [
        Notice(
            "warning",
            say(
                "`{part}` differs from `{train}` in the {what}: effect {size} ({word}).",
                part=each.part,
                train=facts.train,
                what=measured(each, say),
                size=number(round(abs(each.effect), 3)),
                word=effect(each, say),
            ),
            f"{ID}-drift",
        )
        for each in facts.drift
        if is_large(each) and each.rows >= FEWEST
    ]
