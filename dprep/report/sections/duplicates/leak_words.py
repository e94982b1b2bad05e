"""What two parts share, in words."""

from __future__ import annotations

from dprep.report.blocks import Block, Cell, Change, Column, Command, Fold, Prose, Subhead, Table
from dprep.report.numbers import number
from dprep.report.say import Say
from dprep.report.sections.duplicates.facts import ID, Duplicates
from dprep.report.sections.duplicates.leaks import Example, Leaks

ANCHOR = f"{ID}-leaks"


def leak_blocks(facts: Duplicates, say: Say) -> list[Block]:
    """Nothing where there is one part only."""
    if facts.parts < 2 and not facts.leaks:
        return []
    blocks: list[Block] = [Subhead(say("Leaks between parts"), anchor=ANCHOR)]
    if not facts.leaks:
        told = say("Whether a row of one part is in another was not checked: a step `dedup.leaks` or `dprep leaks` does it.")
        return [*blocks, Prose(told, soft=True), *([Command(f"dprep leaks {facts.version}")] if facts.version else [])]
    for check in facts.leaks:
        blocks += [Prose(sentence) for sentence in _told(check, say)]
        blocks.append(_pairs(check, say))
        if check.examples:
            title = say.many(len(check.examples), "{n} example", "{n} examples")
            shown = tuple(_example(one, say) for one in check.examples)
            blocks.append(Fold(title, shown, open=bool(check.left)))
    return blocks


def _told(check: Leaks, say: Say) -> list[str]:
    """What was looked for, and what became of what was found."""
    if check.nearly:
        looked = say(
            "`{step}` looked for texts that are equal, or nearly so (likeness {threshold} or more), and rows made from others.",
            step=check.name,
            threshold=number(check.threshold),
        )
    else:
        looked = say(
            "`{step}` looked for equal texts and for rows made from others, not for nearly equal texts.", step=check.name
        )
    told = [looked]
    if check.extends:
        told.append(say("Rows of `{version}` were not compared.", version=check.extends))
    if check.taken:
        told.append(say.many(check.taken, "{n} row was taken out of `train`.", "{n} rows were taken out of `train`."))
    if check.left:
        told.append(say.many(check.left, "{n} row is in two parts still.", "{n} rows are in two parts still."))
    elif not check.taken:
        told.append(say("No row is in two parts."))
    return told


def _pairs(check: Leaks, say: Say) -> Table:
    head = [Column(say("Part")), Column(say("Rows"), "number"), Column(say("Also in"))]
    head += [Column(say("Equal texts"), "number"), Column(say("Made from"), "number")]
    lines: list[tuple[Cell, ...]] = [(pair.part, pair.rows, pair.against, pair.exact, pair.child) for pair in check.pairs]
    if check.nearly:
        head.append(Column(say("Nearly equal"), "number"))
        lines = [(*line, pair.near) for line, pair in zip(lines, check.pairs, strict=True)]
    return Table(say("Rows found in another part"), tuple(head), tuple(lines))


def _example(one: Example, say: Say) -> Block:
    titles = [" · ".join(each for each in told if each) for told in (
        (one.part, one.origins[0], one.labels[0]), (one.against, one.origins[1], one.labels[1])
    )]  # fmt: skip
    note = one.why + (f", {say('one of them was dropped')}" if one.dropped else "")
    return Change(one.texts[0], one.texts[1], titles[0], titles[1], note, side_by_side=True)
