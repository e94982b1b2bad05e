"""The worst mistakes: what was asked, what is true, what was answered, and where the row comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote

from dprep.report.blocks import Block, Card, Command, Deck, Notice, Prose, Section
from dprep.report.numbers import share
from dprep.report.reading.found_run import FoundRun
from dprep.report.run_sections.history import History, Twin, histories
from dprep.report.run_sections.words import score, shortened, without_empty
from dprep.report.run_sections.wrong import Worst, Wrong, worst
from dprep.report.say import Say

ID = "mistakes"
PREFIX = 16
"""Digits of an id in a command."""
TWIN = 200
"""Characters of a twin's text that are shown."""


@dataclass(frozen=True)
class Mistake:
    """An answer and its row. history: None where the version is gone."""

    wrong: Wrong
    history: History | None


@dataclass(frozen=True)
class MistakesFacts:
    """The SHOWN worst of a part."""

    run: str
    part: str
    measure: str
    asked: int
    wrong: int | None
    version_there: bool
    mistakes: tuple[Mistake, ...]
    contradicted: int
    """Of the mistakes: rows with a twin that has another label."""


def facts(found: FoundRun) -> MistakesFacts | None:
    """From the predictions, and of the chosen rows from the version."""
    told: Worst | None = worst(found)
    if told is None or not told.rows:
        return None
    known = histories(found, [each.id for each in told.rows])
    mistakes = tuple(Mistake(each, known.get(each.id)) for each in told.rows)
    return MistakesFacts(
        run=found.name,
        part=found.judged,
        measure=told.measure,
        asked=told.asked,
        wrong=told.wrong,
        version_there=found.version is not None,
        mistakes=mistakes,
        contradicted=sum(_contradicted(each.history) for each in mistakes) if found.task == "classification" else 0,
    )


def _contradicted(history: History | None) -> bool:
    return history is not None and any(twin.label != history.label for twin in history.twins if twin.relation != "family")


# in words


def section(facts: MistakesFacts, say: Say) -> Section:
    """A card for each."""
    cards = without_empty(tuple(_card(each, facts, say) for each in facts.mistakes))
    filters = (say("truth"), say("answer")) if facts.measure == "confidence" and facts.version_there else ()
    blocks: list[Block] = [*_head(facts, say), Deck(_title(facts, say), cards, filters)]
    blocks += [
        Prose(say("What every step did to a row, and all that was said of it:")),
        Command(_why(facts, facts.mistakes[0].wrong.id)),
    ]
    return Section(ID, say("Mistakes"), tuple(blocks))


def _head(facts: MistakesFacts, say: Say) -> Iterator[Block]:
    if facts.wrong is not None and facts.measure != "error":
        told = {"wrong": facts.wrong, "asked": facts.asked, "part": facts.part, "share": share(facts.wrong, facts.asked)}
        yield Prose(say("{wrong} of {asked} rows of `{part}` are wrong ({share}).", **told))
    if not facts.version_there:
        yield Prose(say("The version is gone, so that only ids can be told, and no texts."))
    if facts.contradicted:
        text = say(
            "{n} of the rows below have a twin with another label: the label may be wrong, not the answer.",
            n=facts.contradicted,
        )
        yield Prose(text)


def _title(facts: MistakesFacts, say: Say) -> str:
    n = len(facts.mistakes)
    if facts.measure == "confidence":
        return say("The {n} wrong answers that the model was surest of", n=n)
    if facts.measure == "error":
        return say("The {n} answers furthest from the truth", n=n)
    if facts.measure == "tags":
        return say("The {n} rows with most wrong tags", n=n)
    if facts.measure == "margin":
        return say("The {n} rows where the rejected answer was preferred most", n=n)
    return say("The {n} rows with the greatest loss per token", n=n)


def _card(each: Mistake, facts: MistakesFacts, say: Say) -> Card:
    wrong, history = each.wrong, each.history
    told = [
        (say("truth"), wrong.truth),
        (say("answer"), wrong.answer),
        (_measure(facts.measure, say), _far(wrong.far, facts.measure)),
    ]
    if facts.measure == "confidence":
        told.append((say("probability of the truth"), score(wrong.of_truth) if wrong.of_truth is not None else ""))
    if history is not None:
        told += [(say("origin"), history.origin), (say("made by"), history.made_by), (say("twins"), _twins(history, say))]
    told.append((say("life"), _why(facts, wrong.id)))
    return Card(history.text if history else "", tuple((name, value) for name, value in told))


def _far(far: float, measure: str) -> str:
    return f"{far:,.0f}" if measure == "tags" else score(far)


def _measure(measure: str, say: Say) -> str:
    if measure == "confidence":
        return say("confidence")
    if measure == "error":
        return say("distance")
    if measure == "tags":
        return say("wrong tags")
    return say("margin") if measure == "margin" else say("loss per token")


def _twins(history: History, say: Say) -> str:
    if not history.twins:
        return ""
    told = " | ".join(_twin(twin, history, say) for twin in history.twins)
    more = history.twins_in_all - len(history.twins)
    return say("{twins} | and {n} more", twins=told, n=more) if more > 0 else told


def _twin(twin: Twin, history: History, say: Say) -> str:
    text = shortened(twin.text, TWIN)
    if twin.relation == "dropped":
        how = say("dropped by {step}", step=twin.step)
    elif twin.relation == "cluster":
        how = say("near twin in train")
    elif twin.relation == "family":
        how = say("of one family, in train")
    else:
        how = say("the same text in train")
    label = say("labelled {label}", label=shortened(twin.label, 80)) if twin.label and twin.label != history.label else ""
    return say("{how}: {text}", how=" ".join(filter(None, (how, label))), text=text)


def _why(facts: MistakesFacts, id: str) -> str:
    return f"dprep why {quote(facts.run)} {quote(id[:PREFIX])}"


def notices(facts: MistakesFacts, say: Say) -> list[Notice]:
    """Labels that contradict each other among the worst mistakes."""
    if not facts.contradicted:
        return []
    text = say(
        "{n} of the {shown} worst mistakes have a twin with another label: see whether the labels are right",
        n=facts.contradicted,
        shown=len(facts.mistakes),
    )
    return [Notice("warning", text, ID)]
