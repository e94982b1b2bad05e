"""What was decided over all rows, from the notes of the steps: how near parts came to what was asked, samples, leaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

CLASSES = 5
"""Classes that are named; the manifest has all that a step has noted."""


def noted(manifest: Mapping[str, Any], families: Sequence[str]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The steps of these families (or with these names of operators) that noted something, with their notes."""
    for step in manifest["steps"]:
        if step.get("notes") and (step["op"] in families or step["op"].partition(".")[0] in families):
            yield step, step["notes"]


def sentences(manifest: Mapping[str, Any]) -> list[str]:
    """What each split came to, with the classes that its units keep off, and what the check for leaks has found."""
    found = []
    for step, notes in noted(manifest, ["split"]):
        if "off" in notes:
            found += [f"`{step['name']}`: {_nearness(notes)}", *forced(notes)]
    base = manifest.get("extends")
    apart = f"; rows of `{base['dataset']}@{base['version']}` were not compared" if base else ""
    return [*found, *(_leaks(step, notes) + apart for step, notes in noted(manifest, ["dedup.leaks"]))]


def _nearness(notes: Mapping[str, Any]) -> str:
    off, points = notes["off"]["rows"], notes["off"]["points"]
    if not notes.get("classes_beyond"):
        return f"every class is within {off:g} rows of what was asked"
    beyond = f"{notes['classes_beyond']:,} of {notes['classes']:,} classes"
    return f"units keep {beyond} off, at most by {off:g} rows ({points:g} points)"


def forced(notes: Mapping[str, Any]) -> list[str]:
    """The classes that units keep furthest from what was asked, and how near any placing could come."""
    found = []
    for each in notes.get("beyond", [])[:CLASSES]:
        parts = ", ".join(f"{part} {got['rows']:,} of {got['asked']:g}" for part, got in each["parts"].items())
        least = f"off by {each['off']:g}, and no placing of its units comes nearer than {each['at_least']:g}"
        found.append(f"class `{each['class']}` has {parts}: {least}")
    return found


def _leaks(step: Mapping[str, Any], notes: Mapping[str, Any]) -> str:
    kinds = "equal texts, near twins, children" if "ngram" in notes else "equal texts, children"
    pairs = [(pair, pair["exact"] + pair["child"] + pair["near"]) for pair in notes.get("pairs", [])]
    told: dict[bool, list[str]] = {True: [], False: []}  # those of `train`, which may be taken out, and others, which never are
    for pair, rows in pairs:
        if rows:
            told["train" in (pair["part"], pair["against"])].append(f"{rows:,} of `{pair['part']}` in `{pair['against']}`")
    if not any(told.values()):
        return f"no row is in two parts ({kinds})"
    gone = ", taken out of `train`" if told[True] and step["parameters"].get("leak") == "drop-from-train" else ""
    return f"rows in two parts ({kinds}): " + "; ".join(
        part for part in (", ".join(told[True]) + gone, ", ".join(told[False])) if part
    )
