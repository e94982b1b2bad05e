"""The tour of the READMEs, taken for real: every `console` block is run in a copy of corpora/ and recipes/.

`python tests/docs/tour.py` puts what is printed now into README.md and README.zh-CN.md.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")
COLUMNS = 90
"""Width of the terminal that the READMEs show."""

_CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_CLOCKS = (
    (re.compile(r"\b\d+\.\d+ s\b"), "0 s"),
    (re.compile(r" +\d+\.\d\d$", re.MULTILINE), " 0"),
    (re.compile(r"\b\d+(\.\d+)? (B|KiB|MiB|bytes)\b"), "0 B"),
    (re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b"), "now"),
    (re.compile(r"─+"), "─"),
    (re.compile(r" {2,}"), "  "),
)


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a Markdown text in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[str]:
    """What a reader types in the tour, in order."""
    return [line[2:] for block in blocks(text, "console") for line in block.splitlines() if line.startswith("$ ")]


def prepare(folder: Path) -> None:
    """Make `folder` look like a fresh checkout to the tour."""
    for name in ("corpora", "recipes"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))


def take(lines: list[str], folder: Path) -> list[str]:
    """What each command prints, as a terminal would show it, without blanks at the ends of lines."""
    told = []
    for line in lines:
        done = subprocess.run(
            ["bash", "-c", line], cwd=folder, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        told.append(re.sub(r"[ \t]+$", "", done.stdout.decode(), flags=re.MULTILINE).strip("\n"))
    return told


def shown(text: str, told: list[str]) -> str:
    """`text` with what was told under the commands of its console blocks."""
    answers = iter(told)

    def block(found: re.Match[str]) -> str:
        lines = [line for line in found[1].splitlines() if line.startswith("$ ")]
        parts = ["\n".join(part for part in (line, next(answers)) if part) for line in lines]
        return "```console\n" + "\n".join(parts) + "\n```"

    return _CONSOLE.sub(block, text)


def timeless(text: str) -> str:
    """`text` without what differs from run to run and from machine to machine: seconds, sizes, dates and so widths."""
    for pattern, instead in _CLOCKS:
        text = pattern.sub(instead, text)
    return text


def _environment() -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    kept = {name: value for name, value in os.environ.items() if name not in {"DPREP_ROOT", "FORCE_COLOR"}}
    return {**kept, "PATH": path, "COLUMNS": str(COLUMNS), "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}


def main() -> None:
    """Take the tour of the English README and show it in both."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        told = take(commands(READMES[0].read_text(encoding="utf-8")), Path(folder))
    for file in READMES:
        if file.is_file():
            file.write_text(shown(file.read_text(encoding="utf-8"), told), encoding="utf-8")


if __name__ == "__main__":
    main()
