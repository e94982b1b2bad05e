"""Text portrait: what the texts of a version look like, from a seeded sample of each part."""

from __future__ import annotations

from dataclasses import dataclass

from dprep.report.blocks import Block, Column, Notice, Prose, Section, Table
from dprep.report.reading.found import CHARACTERS, ROWS, Found
from dprep.report.say import Say
from dprep.report.sections.portrait import cards, characters, languages, ngrams, personal, reading, repeats, tokens, vocabulary
from dprep.report.sections.portrait.words import number

ID = "portrait"


@dataclass(frozen=True)
class Facts:
    """Each theme's own."""

    read: tuple[reading.PartRead, ...]
    languages: languages.Languages
    characters: characters.Characters
    ngrams: ngrams.Ngrams
    repeats: repeats.Repeats
    vocabulary: vocabulary.Vocabulary
    tokens: tokens.Tokens | None
    personal: personal.Personal
    cards: cards.Cards


def facts(found: Found) -> Facts | None:
    """None where the version has no row with a text."""
    texts = reading.read(found)
    if not texts.parts or not texts.texts.str.contains(r"\S").any():
        return None
    words = number(texts.texts)
    return Facts(
        read=reading.amounts(texts),
        languages=languages.look(texts),
        characters=characters.look(texts),
        ngrams=ngrams.look(texts, words),
        repeats=repeats.look(texts, words),
        vocabulary=vocabulary.look(texts, words),
        tokens=tokens.look(texts),
        personal=personal.look(texts),
        cards=cards.look(texts),
    )


def section(facts: Facts, say: Say) -> Section:
    """All themes, after what they were read from."""
    blocks: list[Block] = [*_read(facts, say)]
    blocks += languages.blocks(facts.languages, say)
    blocks += characters.blocks(facts.characters, say)
    blocks += ngrams.blocks(facts.ngrams, say)
    blocks += repeats.blocks(facts.repeats, say)
    blocks += vocabulary.blocks(facts.vocabulary, say)
    blocks += tokens.blocks(facts.tokens, say)
    blocks += personal.blocks(facts.personal, say)
    blocks += cards.blocks(facts.cards, say)
    return Section(ID, say("Text portrait"), tuple(blocks))


def _read(facts: Facts, say: Say) -> list[Block]:
    """How much of the texts the figures are of."""
    if all(part.read == part.rows and not part.cut for part in facts.read):
        return [Prose(say("All rows are read whole."), soft=True)]
    told = say(
        "Read are at most {rows} rows per part, drawn by the recipe's seed, of each text the first {characters} characters; of "
        "long texts fewer rows.",
        rows=ROWS,
        characters=CHARACTERS,
    )
    head = (
        Column(say("Part")),
        Column(say("Rows"), "number"),
        Column(say("Rows read"), "number"),
        Column(say("Cut short"), "number"),
    )
    return [
        Prose(told, soft=True),
        Table(say("What is read"), head, tuple((p.part, p.rows, p.read, p.cut) for p in facts.read)),
    ]


def notices(facts: Facts, say: Say) -> list[Notice]:
    """What a person should look at."""
    return [
        *characters.notices(facts.characters, say),
        *repeats.notices(facts.repeats, say),
        *tokens.notices(facts.tokens, say),
        *personal.notices(facts.personal, say),
    ]
