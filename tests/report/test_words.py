"""Every sentence of the report is there in Chinese too, with the same places."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import dprep.report
from dprep.report.say import Say, translations

ROOM = Path(dprep.report.__file__).parent


def templates(tree: ast.AST) -> Iterator[tuple[str | None, int]]:
    """First argument of `say(...)`, third of `say.many(...)`; None where it is no literal."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        of_say = name == "say" or (
            name == "many" and isinstance(node.func, ast.Attribute) and "say" in ast.dump(node.func.value)
        )
        if not of_say:
            continue
        place = 2 if name == "many" else 0
        told = node.args[place] if len(node.args) > place else None
        yield (told.value if isinstance(told, ast.Constant) and isinstance(told.value, str) else None), node.lineno


def said() -> list[tuple[str, str | None]]:
    files = sorted(path for path in ROOM.rglob("*.py") if path.parent.name != "chinese" and path.name != "say.py")
    return [
        (f"{path.relative_to(ROOM)}:{line}", template)
        for path in files
        for template, line in templates(ast.parse(path.read_text("utf-8")))
    ]


SAID = said()


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_there_are_sentences_to_look_at() -> None:
    assert len(SAID) > 15


@pytest.mark.parametrize(("where", "template"), SAID, ids=[where for where, _ in SAID])
def test_every_sentence_has_its_chinese(where: str, template: str | None) -> None:
    assert template is not None, "a template is a literal, so that it can be translated"
    assert template in translations()
    assert places(template) == places(translations()[template])


def test_chinese_is_chinese_and_not_a_copy() -> None:
    bare_of_places = {english: re.sub(r"\{[^}]*\}", "", english) for english in translations()}
    alike = [
        english
        for english, told in translations().items()
        if english == told and re.search("[a-z]{4}", bare_of_places[english])
    ]
    bare = [
        english
        for english, told in translations().items()
        if re.search("[a-z]{3}", re.sub(r"\{[^}]*\}|`[^`]*`", "", english)) and not re.search("[\u4e00-\u9fff]", told)
    ]

    assert alike == []
    assert bare == []


def test_chinese_has_chinese_punctuation() -> None:
    narrow = re.compile("[\u4e00-\u9fff][,;:?!(]|[)][\u4e00-\u9fff]")  # in code, between backticks, it may stand

    assert [told for told in translations().values() if narrow.search(re.sub("`[^`]*`", "", told))] == []


def test_nothing_is_translated_that_nobody_says() -> None:
    assert set(translations()) - {template for _, template in SAID} == set()


def test_a_sentence_is_translated_once() -> None:
    files = sorted((ROOM / "chinese").glob("*.py"))
    keys = [
        key.value
        for path in files
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    ]

    assert sorted(key for key in set(keys) if keys.count(key) > 1) == []


def test_values_are_inserted_as_they_are() -> None:
    assert Say()("{clauses}.", clauses="{n} `x` {0}") == "{n} `x` {0}."
    assert Say("zh")("{clauses}.", clauses="{n}") == "{n}。"


def test_one_row_is_not_one_rows() -> None:
    assert Say().many(1, "{n} row in, {out} out", "{n} rows in, {out} out", out=1200) == "1 row in, 1,200 out"
    assert Say("zh").many(1, "{n} row in, {out} out", "{n} rows in, {out} out", out=1) == "输入 1 行，输出 1 行"
