"""Scores and comparisons as people see them: aligned in a terminal, or as Markdown in cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dprep.base.problem import width
from dprep.base.rowdiff import escaped
from dprep.store.markdown import plain, table

HEAD = ("score", "value", "95 % interval")
CLASSES = ("label", "precision", "recall", "F1", "rows")
DELTAS = ("score", "a", "b", "b - a", "95 % interval", "p", "test")
WORST = 20
"""Labels shown at most, those with the least F1 first; all of them are in the JSON."""
CONFUSED = 10


def as_text(scores: Mapping[str, Any]) -> str:
    """What `scores.score` found: the scores, the labels that are hardest, and what is taken for what."""
    told = [f"{scores['rows']:,} rows{_unanswered(scores)}", aligned([HEAD, *_scores(scores)])]
    if lines := list(_classes(scores)):
        told.append(aligned([CLASSES, *lines]))
    told += [f"  {each}" for each in _confused(scores)]
    return "\n".join(told) + "\n"


def as_markdown(scores: Mapping[str, Any]) -> str:
    """The same as Markdown."""
    told = [f"{scores['rows']:,} rows{_unanswered(scores)}.", table(HEAD, _plain(_scores(scores)))]
    if lines := list(_classes(scores)):
        told.append(table(CLASSES, _plain(lines)))
    if confused := list(_confused(scores)):
        told.append("\n".join(f"- {plain(each)}" for each in confused))
    return "\n\n".join(told) + "\n"


def comparison_as_text(found: Mapping[str, Any]) -> str:
    """What `compare_runs.compare` found."""
    told = [f"{side}: {_run(found[side])}" for side in ("a", "b")]
    told += [f"{found['rows']:,} rows of {_name(found['part'])}", aligned([DELTAS, *_deltas(found)])]
    return "\n".join([*told, *_changes(found), *(escaped(note) for note in found["notes"])]) + "\n"


def comparison_as_markdown(found: Mapping[str, Any]) -> str:
    """The same as Markdown."""
    told = [f"- {side}: {plain(_run(found[side]))}" for side in ("a", "b")]
    parts = [
        "\n".join(told),
        f"{found['rows']:,} rows of {plain(_name(found['part']))}:",
        table(DELTAS, _plain(_deltas(found))),
    ]
    notes = [f"- {plain(each)}" for each in (*_changes(found), *found["notes"])]
    return "\n\n".join([*parts, *(["\n".join(notes)] if notes else [])]) + "\n"


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Columns side by side; the first to the left, the others to the right. Wide characters take two cells."""
    widths = [max(width(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(_padded(line, widths) for line in lines)


def _padded(cells: Sequence[str], widths: Sequence[int]) -> str:
    rooms = [" " * (wide - width(cell)) for cell, wide in zip(cells, widths, strict=True)]
    first, *others = zip(cells, rooms, strict=True)
    return "  ".join([first[0] + first[1], *(room + cell for cell, room in others)]).rstrip()


def _scores(scores: Mapping[str, Any]) -> list[list[str]]:
    return [[name, _number(each["value"]), _interval(each)] for name, each in scores["metrics"].items()]


def _classes(scores: Mapping[str, Any]) -> Iterator[list[str]]:
    seen = [line for line in scores.get("per_class", ()) if line["rows"] or line["predicted"]]
    for line in sorted(seen, key=lambda each: (each["f1"], each["label"]))[:WORST]:
        yield [_name(line["label"]), *(_number(line[name]) for name in ("precision", "recall", "f1")), f"{line['rows']:,}"]
    if len(seen) > WORST:
        yield [f"({len(seen) - WORST:,} more are better)", "", "", "", ""]


def _confused(scores: Mapping[str, Any]) -> Iterator[str]:
    for each in (scores.get("confusion") or {}).get("top", ())[:CONFUSED]:
        yield f"{each['rows']:,} x {_name(each['truth'])} taken for {_name(each['prediction'])}"


def _deltas(found: Mapping[str, Any]) -> list[list[str]]:
    return [
        [name, _number(each["a"]), _number(each["b"]), _signed(each["delta"]), _interval(each), _p(each["p"]), each["test"]]
        for name, each in found["metrics"].items()
    ]


def _changes(found: Mapping[str, Any]) -> Iterator[str]:
    for name, words in (
        ("right_to_wrong", "right with a and wrong with b"),
        ("wrong_to_right", "wrong with a and right with b"),
    ):
        group = (found["changed"] or {}).get(name)
        if group and group["rows"]:
            yield f"{group['rows']:,} rows {words}, such as {', '.join(_name(row) for row in group['ids'][:3])}"


def _run(side: Mapping[str, Any]) -> str:
    return ", ".join(_name(side[name]) for name in ("run", "dataset", "model") if side[name])


def _unanswered(scores: Mapping[str, Any]) -> str:
    return f", {scores['unanswered']:,} of them without an answer" if scores["unanswered"] else ""


def _plain(lines: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[plain(cell) for cell in line] for line in lines]


def _name(text: object) -> str:
    return escaped(str(text))[:60]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}" if abs(value) < 1 else f"{value:.4g}"


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + _number(value)


def _p(value: float | None) -> str:
    return "-" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"


def _interval(each: Mapping[str, Any]) -> str:
    if each.get("low") is None or each.get("high") is None:
        return "-"
    return f"{_number(each['low'])} to {_number(each['high'])}"
