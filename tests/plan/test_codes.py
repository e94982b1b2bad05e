"""Every problem code that the code uses has a page, and every page is of use."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import dprep.base
from dprep.plan.codes import CODES

HOUSE = Path(dprep.base.__file__).parent.parent
MAKERS = {"Problem", "fail", "problem", "_warning"}


def _codes(path: Path) -> set[str]:
    """Literals that stand as the code of a problem."""
    found = set()
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", getattr(call.func, "attr", "")) in MAKERS:
            first = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "code")]
            found |= {node.value for node in first if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return found


USED = sorted(set().union(*(_codes(path) for path in HOUSE.rglob("*.py"))))


def test_the_search_finds_the_codes() -> None:
    assert {"unknown-operator", "unseeded", "missing-key", "no-such-file"} <= set(USED)
    assert len(USED) > 40


@pytest.mark.parametrize("code", USED)
def test_every_code_has_a_page(code: str) -> None:
    assert code in CODES, f"write a section `## {code}` in dprep/plan/codes.md"


@pytest.mark.parametrize("code", CODES)
def test_every_page_has_a_title_an_example_and_a_cure(code: str) -> None:
    title, text = CODES[code]

    assert title.endswith((".", "(Advice)"))
    assert text.count("```") == 2
    assert len(text.replace("```", "").split()) >= 8


def test_pages_stand_in_order() -> None:
    assert list(CODES) == sorted(CODES)
