"""Problems: what is wrong, where, and what to do about it. Data, never sentences glued together.

Error                the one public exception; carries every problem found
  Problem            code, sentence, place, help, notes; severity error or warning
    Place            file, line, column, length and the line's text
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands: 1-based line and column (in code points), `length` code points long."""

    file: str
    line: int = 0
    column: int = 0
    length: int = 1
    text: str = field(default="", compare=False)
    """The whole line, for display."""

    def __str__(self) -> str:
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n and self.line)])


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. `sentence`: lower case, no full stop, code in backticks."""

    code: str
    sentence: str
    place: Place | None = None
    help: str = ""
    notes: tuple[tuple[str, Place], ...] = ()
    """Other places that matter, each with a few words ("split here")."""
    severity: Literal["error", "warning"] = "error"

    def render(self) -> str:
        """The problem as rustc shows it: header, place, line, caret, help."""
        lines = [f"{self.severity}[{self.code}]: {_shown(self.sentence)}"]
        if self.place:
            lines += _excerpt(self.place, "^")
        for words, place in self.notes:
            lines += _excerpt(place, "-", words)
        gutter = max([1, *(len(str(place.line)) for place in (self.place, *(place for _, place in self.notes)) if place)])
        if self.help:
            lines.append(f"{' ' * gutter} = help: {_shown(self.help)}")
        elif lines[-1].strip() == "|":
            lines.pop()
        return "\n".join(lines)


class Error(Exception):
    """Everything that is wrong, as problems. The only exception a user of dprep meets."""

    def __init__(self, problems: Problem | Iterable[Problem], exit_code: int = 2) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.exit_code = exit_code
        """2: the recipe or the command is wrong; 1: the run failed."""
        super().__init__("\n\n".join(p.render() for p in self.problems))

    def __reduce__(self) -> tuple[type, tuple[tuple[Problem, ...], int]]:
        return Error, (self.problems, self.exit_code)


def fail(code: str, sentence: str, help: str = "", place: Place | None = None) -> Error:
    """An error of the run (exit code 1) with one problem."""
    return Error(Problem(code, sentence, place, help), exit_code=1)


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """The likeliest candidate as a help sentence, or an empty string."""
    near = nearest(word, candidates)
    return f"did you mean `{near}`?" if near else ""


def nearest(word: str, candidates: Iterable[str], cutoff: float = 0.6) -> str:
    """The candidate that `word` is likely a misspelling of, or an empty string. cutoff: how alike they must be, of 1."""
    near = difflib.get_close_matches(word, list(candidates), n=1, cutoff=cutoff)
    return near[0] if near else ""


def did_you_mean_file(name: str, names: Iterable[str]) -> str:
    """As `did_you_mean`, for names of files: alike endings do not make two of them alike."""
    stem = name.partition(".")[0]
    alike = (each for each in names if difflib.SequenceMatcher(None, stem, each.partition(".")[0]).ratio() >= 0.6)
    return did_you_mean(name, alike)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Errors before warnings, then by place."""
    return sorted(problems, key=lambda p: (p.severity != "error", p.place or Place(""), p.code, p.sentence))


def _shown(text: str) -> str:
    """`text` with control and bidi characters made visible: data may be hostile to terminals."""
    return "".join(c if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else f"\\u{ord(c):04x}" for c in text)


def width(text: str) -> int:
    """Terminal cells that `text` takes: East Asian wide characters take two."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _excerpt(place: Place, mark: str, words: str = "") -> list[str]:
    lines = [f" --> {_shown(str(place))}"]
    if not place.text:
        return [f"{lines[0]}  {words}".rstrip()]
    start = max(place.column - 1, 0)
    text = place.text.replace("\t", " ")
    cut = max(0, start - 60)
    before, marked, after = text[cut:start], text[start : start + place.length][:80], text[start + place.length :][:60]
    shown = [_shown(part) for part in (before, marked, after)]
    number = str(place.line) if place.line else " "
    gutter = " " * len(number)
    carets = mark * max(1, width(shown[1]))
    return [
        f"{gutter}{lines[0].lstrip()}",
        f"{gutter} |",
        f"{number} | {'…' if cut else ''}{''.join(shown).rstrip()}",
        f"{gutter} | {' ' * (width(shown[0]) + bool(cut))}{carets} {words}".rstrip(),
        f"{gutter} |",
    ]
