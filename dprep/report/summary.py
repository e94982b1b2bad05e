"""What a version comes to, in words that the page and the terminal share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dprep.store.funnel import Stage, stages


def verdict(manifest: Mapping[str, Any], ledger: Mapping[str, Any]) -> str:
    """One or two sentences: how many rows are left, what took most of the others, what could not be read."""
    rows, steps = manifest["rows"], stages(ledger)
    cut, pieces = (sum(getattr(stage, what) for stage in steps if _cuts(stage)) for what in ("dropped", "added"))
    own = [stage for stage in steps if not _cuts(stage) and stage.op != "extends"]
    dropped, added = (sum(getattr(stage, what) for stage in own) for what in ("dropped", "added"))
    words = [f"{count(rows['in'], 'row')} in, {rows['out']:,} out"]
    words += [f"{cut:,} cut into {pieces:,} pieces"] if cut else []
    there = rows["in"] - cut + pieces + added
    of = f" of {there:,}" if cut else ""  # the rows in are not all that there was to drop
    words += [f"{dropped:,} dropped ({share(dropped, there)}{of})"] if dropped else ["none dropped"]
    words += [f"{added:,} added"] if added else []
    if base := manifest.get("extends"):
        words += [f"{base['rows']:,} there already from `{base['dataset']}@{base['version']}`"]
    sentences = [", ".join(words)]
    most = largest_door(steps)
    if most:
        stage, reason, number = most
        sentences.append(f"most went at `{stage.name}`, reason `{reason}` ({number:,})")
    if rows["rejected"]:
        sentences.append(f"{count(rows['rejected'], 'record')} could not be read")
    if manifest.get("broke_off"):
        sentences.append(f"{count(len(manifest['broke_off']), 'file')} broke off before the end")
    return "; ".join(sentences) + "."


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


def share(part: int, whole: int) -> str:
    """A part as a percentage; what is not nothing never reads as 0 %."""
    if not whole or not part:
        return "0 %"
    percent = 100 * part / whole
    return "under 0.1 %" if percent < 0.1 else f"{percent:.1f} %"


def count(number: int, noun: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def moment(time: str) -> str:
    """`2026-01-02T03:04:05Z` as `2026-01-02 03:04 UTC`; anything else as it stands."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:[\d.]+)?(Z|\+00:00)", time)
    return f"{found[1]} {found[2]} UTC" if found else time


def size(bytes: float) -> str:
    """Bytes as people read them, in powers of 1024."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if bytes < 1024:
            return f"{bytes:.0f} {unit}" if unit == "B" else f"{bytes:.1f} {unit}"
        bytes /= 1024
    return f"{bytes:.1f} TiB"
