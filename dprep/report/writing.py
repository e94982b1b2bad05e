"""report.html: the page of a version, written when the version is made and whenever somebody asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dprep.base.problem import Error
from dprep.report.making import gather, report
from dprep.report.reading.found import Found
from dprep.report.renderers.html_page.page import write_page
from dprep.report.say import Language
from dprep.store.commit import write_file

NAME = "report.html"


def write_report(
    folder: Path,
    *,
    manifest: Mapping[str, Any] | None = None,
    ledger: Mapping[str, Any] | None = None,
    out: Path | None = None,
    language: Language = "en",
) -> Path:
    """Write the page of the version in `folder` to `out` (default: report.html in it) and return where it is.

    `manifest` and `ledger` are read from the folder where they are not given: a version under construction has none yet.
    Raises Error where the folder is no version or the disk fails.
    """
    path = out or folder / NAME
    write_file(path, write_page(report(gather(Found.of(folder, manifest, ledger)), language)))
    return path


def report_of_run(folder: Path, *, manifest: Mapping[str, Any], ledger: Mapping[str, Any]) -> str:
    """`write_report` for a run that has just ended: what is wrong with the page, in a word, or nothing.

    The rows took hours, the page a second: a fault of ours in a chapter must not cost the version. A full disk still does.
    """
    try:
        write_report(folder, manifest=manifest, ledger=ledger)
    except (Error, MemoryError):
        raise
    except Exception as fault:
        return f"{type(fault).__name__}: {fault}"
    return ""
