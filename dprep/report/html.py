"""report.html: one page about a version, from its books and its rejected records. No script, nothing fetched; data is inert."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dprep.report.decided import drawn_rows, leak_rows, sentences
from dprep.report.histogram import draw, limits, yes_or_no
from dprep.report.rejections import Rejection, rejections
from dprep.report.safe import cut, isolated, safe
from dprep.report.style import CSS
from dprep.report.summary import moment, share, size, verdict
from dprep.store.commit import write_file
from dprep.store.funnel import Stage, stages
from dprep.store.manifest import read_manifest

MOST = 100
"""Files of a source, reasons of a step or labels that are listed one by one."""
SHORT = 300
"""Characters shown of a record that could not be read."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def write_report(
    folder: Path, *, manifest: Mapping[str, Any] | None = None, ledger: Mapping[str, Any] | None = None, out: Path | None = None
) -> Path:
    """Write the page of the version in `folder` to `out` (default: report.html in it) and return where it is.

    `manifest` and `ledger` are read from the folder where they are not given: a version under construction has none yet.
    Raises Error where the folder is no version or the disk fails.
    """
    told = read_manifest(folder) if manifest is None else manifest
    books = json.loads((folder / "ledger.json").read_bytes()) if ledger is None else ledger
    path = out or folder / "report.html"
    write_file(path, page(told, books, rejections(folder)))
    return path


def page(manifest: Mapping[str, Any], ledger: Mapping[str, Any], rejected: Sequence[Rejection] = ()) -> str:
    """The whole page. The same for the same version, but for the times in the two clocks."""
    name = f"{manifest['dataset']}@{manifest['version']}"
    clock = manifest.get("clock", {})
    made = moment(str(clock.get("started", ""))) + (f" · {clock['seconds']:,.1f} s" if "seconds" in clock else "")
    steps = {step["name"]: step for step in manifest["steps"]}
    body = [
        f"<h1>{isolated(name)}</h1>",
        f'<p class="soft">{safe(manifest["task"])} · {safe(made)} · dprep {safe(manifest["dprep"])}</p>',
        f"<p>{isolated(manifest['description'])}</p>" if manifest["description"] else "",
        f'<p class="verdict">{_code(isolated(verdict(manifest, ledger)))}</p>',
        _section("Funnel", _funnel(stages(ledger))),
        _section("Parts", _parts(manifest["rows"]["parts"]) + _decided(manifest)),
        _section("Labels", _list(manifest.get("labels") or [])),
        _section("What was measured", _histograms(ledger, steps)),
        _section("Samples", _samples(ledger)),
        _section(
            "Files that broke off", "".join(f"<p>{_code(isolated(fault))}</p>" for fault in manifest.get("broke_off", ()))
        ),
        _section("Records that could not be read", _rejected(rejected)),
        _section("Sources", _sources(manifest["sources"])),
        _section("Make it again", _again(manifest)),
    ]
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{safe(name)}</title><style>{CSS}</style>'
    )
    whole = "\n".join(part for part in body if part)
    return f'<!doctype html>\n<html lang="en" dir="ltr"><head>{head}</head>\n<body>\n{whole}\n</body></html>\n'


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>\n{content}</section>" if content else ""


def _table(head: Mapping[str, bool], lines: Iterable[list[str]]) -> str:
    """`head`: title -> whether the column is numbers. Cells are HTML."""
    kinds = [' class="n"' if numbers else "" for numbers in head.values()]
    top = "".join(f"<th{kind}>{title}</th>" for title, kind in zip(head, kinds, strict=True))
    rows = ("".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(line, kinds, strict=True)) for line in lines)
    inner = "\n".join(f"<tr>{row}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>\n{inner}\n</tbody></table></div>'


def _funnel(steps: list[Stage]) -> str:
    head = {"step": False, "in": True, "changed": True, "dropped": True, "added": True, "out": True, "seconds": True}
    lines = [
        [
            isolated(stage.name) + (f" <small>{safe(stage.op)}</small>" if stage.op != stage.name else ""),
            f"{stage.rows_in:,}",
            "<br>".join([_number(stage.changed), *_some(_kind(*each) for each in stage.counts.items())]),
            "<br>".join([_number(stage.dropped), *_some(_reason(*each) for each in stage.reasons.items())]),
            _number(stage.added),
            f"{stage.out:,}",
            "" if stage.seconds is None else f"{stage.seconds:,.2f}",
        ]
        for stage in steps
    ]
    return f'<div class="funnel">{_table(head, lines)}</div>'


def _reason(reason: str, rows: int) -> str:
    return f"<small>{isolated(reason)} {rows:,}</small>"


def _kind(kind: str, times: int) -> str:
    """Times, not rows: one text may hold many."""
    return f"<small>{isolated(kind)} {times:,}×</small>"


def _number(number: int) -> str:
    """Nothing is told softly, so that the steps that did something stand out."""
    return f"{number:,}" if number else '<span class="soft">0</span>'


def _code(told: str) -> str:
    """Words between backticks as code. `told` is HTML already, in which nothing can be a tag but ours."""
    return re.sub("`([^`<>]*)`", r"<code>\1</code>", told)


def _parts(parts: Mapping[str, int]) -> str:
    total = sum(parts.values())
    most = max(parts.values(), default=0) or 1
    bar = '<span class="bar" style="width:{:.1f}%"></span>'
    lines = [[isolated(part), f"{rows:,}", share(rows, total), bar.format(100 * rows / most)] for part, rows in parts.items()]
    return f'<div class="parts">{_table({"part": False, "rows": True, "share": True, "": False}, lines)}</div>'


def _decided(manifest: Mapping[str, Any]) -> str:
    """How near the parts came to what was asked, what is in two of them, and what samples drew."""
    told = "".join(f"<p>{_code(isolated(sentence))}</p>" for sentence in sentences(manifest))
    leaks = [[isolated(cell) for cell in line] for line in leak_rows(manifest)]
    drawn = _some_lines([[isolated(cell) for cell in line] for line in drawn_rows(manifest)])
    head = {"rows of": False, "that are in": False, "rows": True, "equal": True, "children": True, "near twins": True}
    told += _table(head, leaks) if leaks else ""
    return told + (_table({"sample": False, "group": False, "in": True, "out": True, "epochs": True}, drawn) if drawn else "")


def _some_lines(lines: list[list[str]]) -> list[list[str]]:
    """At most MOST of them, and how many there are besides."""
    more = [["", f"and {len(lines) - MOST:,} more", "", "", ""]] if len(lines) > MOST else []
    return lines[:MOST] + more


def _list(values: list[Any]) -> str:
    return f"<p>{', '.join(_some(isolated(str(value)) for value in values))}</p>" if values else ""


def _histograms(ledger: Mapping[str, Any], steps: Mapping[str, Any]) -> str:
    found = []
    for step in ledger["steps"]:
        figures = [
            draw(measure, counts, limits(steps.get(step["name"]), measure))
            for measure, counts in step["histograms"].items()
            if not yes_or_no(counts)
        ]
        if any(figures):
            told = f"<h3>{isolated(step['name'])} <small>{safe(step['op'])}</small></h3>"
            found.append(f"<div>{told}\n{''.join(figures)}</div>")
    return f'<div class="figures">{chr(10).join(found)}</div>' if found else ""


def _samples(ledger: Mapping[str, Any]) -> str:
    found = []
    for step in ledger["steps"]:
        for door, texts in step["samples"].items():
            if texts:
                found.append(f"<h3>{isolated(step['name'])} <small>{isolated(door)}</small></h3>\n{''.join(map(_diff, texts))}")
    return "\n".join(found)


def _diff(text: str) -> str:
    """One sample, which may be several lines of row-diff."""
    kinds = {"-": "gone", "+": "new"}
    lines = [f'<div class="{kinds.get(line[:1], "same")}">{isolated(line)}</div>' for line in text.split("\n") if line.strip()]
    return f'<div class="diff">{"".join(lines)}</div>'


def _rejected(rejected: Sequence[Rejection]) -> str:
    """By reason; a record is shown as it stands in its file."""
    lines = []
    for each in rejected:
        for place, record in enumerate(each.first):
            where = f"{isolated(str(record['file']))}:{record['line']}"
            told = (
                f"{_code(isolated(str(record.get('detail') or '')))}<br><code>{cut(str(record.get('raw') or ''), SHORT)}</code>"
            )
            lines.append([isolated(each.reason) if not place else "", f"{each.count:,}" if not place else "", where, told])
    return _table({"reason": False, "records": True, "first": False, "": False}, lines) if lines else ""


def _sources(sources: Iterable[Mapping[str, Any]]) -> str:
    found = []
    head = {"file": False, "size": True, "rows": True, "rejected": True, "xxh3-128": False}
    for source in sources:
        files = source["files"]
        lines = [
            [isolated(f["name"]), size(f["bytes"]), f"{f['rows']:,}", f"{f['rejected']:,}", f"<code>{safe(f['hash'])}</code>"]
            for f in files[:MOST]
        ]
        more = f"<p class='soft'>and {len(files) - MOST:,} more files, all in manifest.json</p>" if len(files) > MOST else ""
        stated = isolated(source["license"]) if source["license"] else "not stated"
        found.append(f"<h3>{isolated(source['name'])} <small>licence: {stated}</small></h3>\n{_table(head, lines)}{more}")
    return "\n".join(found)


def _again(manifest: Mapping[str, Any]) -> str:
    libraries = ", ".join(f"{safe(name)} {safe(version)}" for name, version in manifest["libraries"].items())
    base = manifest.get("extends")
    behind = f"{isolated(base['dataset'])}@{safe(base['version'])} <small>got {safe(base['got'])}</small>" if base else ""
    lines = [
        ["recipe", "<code>dprep run recipe.toml</code>, with the recipe that stands beside this page"],
        *([["extends", behind]] if base else []),
        ["seed", safe(str(manifest["seed"]))],
        ["asked", f"<code>{safe(manifest['asked'])}</code> <small>inputs, steps and operators</small>"],
        ["got", f"<code>{safe(manifest['got'])}</code> <small>rows</small>"],
        ["libraries", libraries],
    ]
    return _table({"what": False, "": False}, lines)


def _some(cells: Iterable[str]) -> list[str]:
    """At most MOST of them, and how many there are besides."""
    found = list(cells)
    return found[:MOST] + ([f"<small>and {len(found) - MOST:,} more</small>"] if len(found) > MOST else [])
