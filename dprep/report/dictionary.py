"""What `dprep report --json` holds, key by key, from the dataclasses that the chapters tell their facts in."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, get_args, get_type_hints

from dprep.report.run_sections import CHAPTERS as OF_RUNS
from dprep.report.sections import CHAPTERS as OF_VERSIONS


def dictionary() -> str:
    """Two tables of contents and a table per chapter, in Markdown: key, type, meaning."""
    parts = [
        "# What `dprep report --json` holds",
        "One object: what the report is about, `notices` (level `error`, `warning` or `good`, an English sentence, the place "
        "of its evidence in the page) and `chapters` with the facts of each. A chapter that has nothing to tell is absent, "
        "and a value that is not known is `null`. The page, the terminal and Markdown say the same facts in words. Keys may "
        "be added in any release; before 1.0 they may be renamed in a minor one.",
        "```bash\ndprep report support@v3 --json | jq -e '[.notices[] | select(.level == \"error\")] | length == 0'\n```",
    ]
    for title, chapters in (("Reports of versions", OF_VERSIONS), ("Reports of runs", OF_RUNS)):
        parts.append(f"## {title}")
        parts += [_chapter(chapter) for chapter in chapters]
    return "\n\n".join(parts) + "\n"


def _chapter(chapter: Any) -> str:
    kinds = list(dict.fromkeys(_dataclasses(get_type_hints(chapter.facts)["return"])))
    return "\n\n".join([f"### `{chapter.ID}`", *(_described(kind, first=number == 0) for number, kind in enumerate(kinds))])


def _dataclasses(hint: Any) -> Iterator[type]:
    """Those in a type hint, and in those of their fields, the outer ones first."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        yield hint
        for kind in get_type_hints(hint, vars(sys.modules[hint.__module__])).values():
            yield from _dataclasses(kind)
    for inner in get_args(hint):
        yield from _dataclasses(inner)


def _described(kind: type, *, first: bool) -> str:
    head = "" if first else f"**{kind.__name__}** "
    meanings = _meanings(sys.modules[kind.__module__], kind.__name__)
    hints = {field.name: str(field.type) for field in dataclasses.fields(kind)}
    lines = [f"| `{name}` | `{_spelt(hint)}` | {_cell(meanings.get(name, ''))} |" for name, hint in hints.items()]
    told = _sentence(inspect.getdoc(kind) or "")
    return "\n".join([f"{head}{told}".strip(), "", "| key | type | meaning |", "|---|---|---|", *lines]).strip()


def _meanings(module: ModuleType, name: str) -> dict[str, str]:
    """The docstrings under the fields of a dataclass, which Python itself does not keep."""
    tree = next(
        node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.ClassDef) and node.name == name
    )
    found = {}
    for field, after in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and (told := _string(after)):
            found[field.target.id] = _sentence(told)
    return found


def _string(node: ast.stmt) -> str:
    """A string that stands alone; empty for anything else."""
    return (
        node.value.value
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        else ""
    )


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _spelt(hint: str) -> str:
    """A type as JSON has it: a tuple is a list, a table has keys."""
    for ours, theirs in (("tuple[", "list["), (", ...]", "]"), ("Mapping[", "table["), ("dict[", "table["), ("None", "null")):
        hint = hint.replace(ours, theirs)
    return hint.replace("|", "or")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
