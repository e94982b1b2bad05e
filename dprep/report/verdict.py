"""What a version comes to, in at most three sentences with numbers: for the head of the report and the end of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dprep.report.numbers import share
from dprep.report.say import Say
from dprep.store.funnel import Stage, stages

PARTS = 4
"""Parts that are named; more are counted."""


def verdict(manifest: Mapping[str, Any], ledger: Mapping[str, Any], say: Say) -> tuple[str, ...]:
    """Where the rows went, what took most of them, what they are now."""
    steps = stages(ledger)
    return tuple(filter(None, (went(manifest, steps, say), took(manifest, steps, say), _became(manifest, steps, say))))


def went(manifest: Mapping[str, Any], steps: list[Stage], say: Say) -> str:
    """How many rows came, went and are there."""
    rows = manifest["rows"]
    cut, pieces = (sum(getattr(stage, what) for stage in steps if _cuts(stage)) for what in ("dropped", "added"))
    own = [stage for stage in steps if not _cuts(stage) and stage.op != "extends"]
    dropped, added = (sum(getattr(stage, what) for stage in own) for what in ("dropped", "added"))
    there = rows["in"] - cut + pieces + added
    words = [say.many(rows["in"], "{n} row in, {out} out", "{n} rows in, {out} out", out=rows["out"])]
    words += [say("{cut} cut into {pieces} pieces", cut=cut, pieces=pieces)] if cut else []
    if not dropped:
        words += [say("none dropped")]
    elif cut or added:  # the rows in are not all that there was to drop
        words += [say("{dropped} of {there} dropped ({share})", dropped=dropped, there=there, share=share(dropped, there))]
    else:
        words += [say("{dropped} dropped ({share})", dropped=dropped, share=share(dropped, there))]
    words += [say("{added} added", added=added)] if added else []
    if base := manifest.get("extends"):
        name = f"{base['dataset']}@{base['version']}"
        words += [say("{rows} there already from `{version}`", rows=base["rows"], version=name)]
    return say("{clauses}.", clauses=say(", ").join(words))


def took(manifest: Mapping[str, Any], steps: list[Stage], say: Say) -> str:
    """What took most of the rows, and what could not be read; empty if nothing."""
    rows, words, most = manifest["rows"], [], largest_door(steps)
    if most:
        stage, reason, number = most
        words.append(say("Most went at `{step}`, reason `{reason}` ({rows})", step=stage.name, reason=reason, rows=number))
    if rows["rejected"]:
        words.append(say.many(rows["rejected"], "{n} record could not be read", "{n} records could not be read"))
    if broken := len(manifest.get("broke_off", ())):
        words.append(say.many(broken, "{n} file broke off before the end", "{n} files broke off before the end"))
    return say("{clauses}.", clauses=say("; ").join(words)) if words else ""


def _became(manifest: Mapping[str, Any], steps: list[Stage], say: Say) -> str:
    changed = [stage for stage in steps if stage.changed]
    words = []
    if changed:
        most = max(changed, key=lambda stage: stage.changed)
        told = {"step": most.name, "rows": most.changed}
        words.append(
            say.many(
                len(changed),
                "{n} step changed texts: `{step}`, in {rows} rows",
                "{n} steps changed texts, most of them `{step}`, in {rows} rows",
                **told,
            )
        )
    parts = manifest["rows"]["parts"]
    if len(parts) > 1:
        out = manifest["rows"]["out"]
        named = [say("{part} {n} ({share})", part=part, n=rows, share=share(rows, out)) for part, rows in parts.items()]
        more = [say("{n} other parts", n=len(named) - PARTS)] if len(named) > PARTS else []
        words.append(say("parts: {parts}", parts=say(", ").join([*named[:PARTS], *more])))
    return say("{clauses}.", clauses=_upper(say("; ").join(words))) if words else ""


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def largest_door(steps: list[Stage]) -> tuple[Stage, str, int] | None:
    """The step and reason through which most rows left; rows of which the pieces stayed are not counted."""
    doors = [(number, stage, reason) for stage in steps if not _cuts(stage) for reason, number in stage.reasons.items()]
    if not doors:
        return None
    number, stage, reason = max(doors, key=lambda door: door[0])
    return stage, reason, number


def _cuts(stage: Stage) -> bool:
    """Whether a row that left the step came back in pieces."""
    return stage.op.partition(".")[0] == "expand"
